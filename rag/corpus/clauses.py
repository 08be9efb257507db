"""Finds attributions without quotation marks in a parsed unit: cue, speaker's words, content. Knows no names.

A cue inside the content of another is part of what was said and no statement of its own, with three exceptions: words
that an outlet reports ("RBK reports that Peskov acknowledged …"), a second cue that the parser hung too low ("said A
but warned of B"), and a claim that is being denied ("dismissed a claim by Pashinyan that …").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.corpus.cues import lexicon
from rag.corpus.grammar import LED_BY, children, citing, complements, is_passive, is_spoken, outer_cue, relayed, subject
from rag.corpus.names import is_body
from rag.corpus.quotes import balanced
from rag.corpus.skeleton import Unit
from rag.types import Polarity, Span

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_REPORTING = {"report"}
_CONTRASTING = {"while", "whereas", "although", "though"}
_OF_NOUNS = {
    "announcement",
    "accusation",
    "denial",
    "admission",
    "claim",
    "warning",
    "promise",
    "assertion",
    "acknowledgment",
}
_NEEDS_SPEAKER = {"object", "about", "urge", "accuse", "name"}


@dataclass(slots=True)
class Attribution:
    """What grammar alone tells. `words` are indices of the content's tokens in the parsed unit."""

    cue: Token
    frame: str
    words: set[int]
    speaker: Token | None
    preposition: Token | None = None
    via: Token | None = None
    polarity: Polarity = "asserts"
    content: list[Span] = field(default_factory=list)

    @property
    def cue_text(self) -> str:
        """The cue as written, with its preposition."""
        return self.cue.text if self.preposition is None else f"{self.cue.text} {self.preposition.text}"


def attributions(unit: Unit, doc: Doc, text: str) -> list[Attribution]:
    """Every attribution by clause, object or noun in the unit, in text order."""
    found = [*_by_verbs(doc), *_by_nouns(doc), *_according(doc)]
    found = _without_nested([one for one in _apart(found) if _is_able(one)])
    for one in found:
        _leave_participles(one, doc)
    for attribution in found:
        attribution.content = _slices(attribution, unit, doc, text)
    return sorted((one for one in found if one.content), key=lambda one: one.cue.i)


def is_cue(token: Token, frame: str) -> bool:
    """Whether the token is a verb that opens `frame`."""
    return token.pos_ in {"VERB", "AUX"} and frame in lexicon().frames(token.lemma_)


def _by_verbs(doc: Doc) -> Iterator[Attribution]:
    for token in doc:
        frames = lexicon().frames(token.lemma_) if token.pos_ in {"VERB", "AUX"} else frozenset()
        if not frames - {"human", "said to", "noun"} or not is_spoken(token):
            continue
        for frame, heads, preposition in complements(token, frames):
            speaker, via = _speaker(token)
            if frame in _NEEDS_SPEAKER - {"urge", "accuse", "name"} and _is_idle(heads[0], token):
                continue
            key = (
                f"{token.lemma_}:{preposition.lower_}" if preposition is not None and frame == "about" else token.lemma_
            )
            polarity = lexicon().polarity(key, frame)
            yield Attribution(token, frame, _words(token, heads), speaker, preposition, via, polarity)


def _by_nouns(doc: Doc) -> Iterator[Attribution]:
    for noun in doc:
        if noun.pos_ != "NOUN" or "noun" not in lexicon().frames(noun.lemma_):
            continue
        owners = children(noun, "poss") or [
            leaf for by in children(noun, "prep") if by.lower_ == "by" for leaf in children(by, "pobj")
        ]
        clauses = [
            child
            for child in children(noun, "acl", "ccomp", "relcl")
            if child.i > noun.i and any(leaf.lower_ == "that" for leaf in children(child, "mark"))
        ]
        if noun.lemma_ in _OF_NOUNS and not clauses:
            clauses = [
                leaf for of in children(noun, "prep") if of.lower_ == "of" for leaf in children(of, "pobj", "pcomp")
            ]
        if owners and clauses and owners[0].pos_ in {"PROPN", "NOUN", "PRON"}:
            polarity: Polarity = "denies" if noun.lemma_ == "denial" else "asserts"
            yield Attribution(noun, "noun", {word.i for word in clauses[0].subtree}, owners[0], polarity=polarity)


def _according(doc: Doc) -> Iterator[Attribution]:
    for token in doc:
        if token.lower_ != "according" or token.i + 1 >= len(doc) or doc[token.i + 1].lower_ != "to":
            continue
        speakers = [leaf for to in children(token, "prep") for leaf in children(to, "pobj")]
        if not speakers:
            continue
        head = token.head
        while head.pos_ not in {"VERB", "AUX"} and head.head != head:
            head = head.head
        inside = {word.i for word in head.subtree} - {word.i for word in token.subtree}
        yield Attribution(token, "according", inside, speakers[0], doc[token.i + 1])


def can_hold_a_view(token: Token | None) -> bool:
    """Whether a subject is somebody: a name, a pronoun or a noun for people and bodies."""
    if token is None:
        return False
    if token.pos_ == "PROPN" or token.text[:1].isupper() or token.lower_ in {"he", "she", "they", "it", "who"}:
        return True
    return "human" in lexicon().frames(token.lemma_.lower())


def _speaker(token: Token) -> tuple[Token | None, Token | None]:
    relay = relayed(token)
    if relay is not None:
        return relay
    return subject(token), citing(token)


def _is_idle(head: Token, cue: Token) -> bool:
    """An object that says nothing by itself: a pronoun, or a person greeted or called."""
    if head.pos_ == "PRON":
        return not (is_passive(cue) or lexicon().polarity(cue.lemma_, "object") == "denies")
    somebody = any(word.ent_type_ == "PERSON" for word in (head, *head.children)) or "human" in lexicon().frames(
        head.lemma_
    )
    return somebody and cue.lemma_ in {"welcome", "greet", "thank", "tell", "cite", "note"}


def _words(cue: Token, heads: Sequence[Token]) -> set[int]:
    """The content's tokens: all that hangs on the heads, without the cue and what hangs on it alone."""
    words: set[int] = set()
    for head in heads:
        words |= {word.i for word in head.subtree}
    for index in list(words):
        if cue.doc[index].dep_ == "relcl" and "name" in lexicon().frames(cue.lemma_) and _after_comma(cue.doc[index]):
            words -= {word.i for word in cue.doc[index].subtree}
    if cue.i in words:
        words -= {word.i for word in cue.subtree}
        words |= {word.i for head in heads if head.i > cue.i and head.head == cue for word in head.subtree}
    return words


def _after_comma(clause: Token) -> bool:
    """Whether a relative clause is an aside of the journalist: “described as “anti-terror”, which claimed …”."""
    edge = clause.left_edge.i
    return edge > 0 and clause.doc[edge - 1].text == ","


def _is_able(one: Attribution) -> bool:
    return one.frame not in _NEEDS_SPEAKER or can_hold_a_view(one.speaker)


def _apart(found: list[Attribution]) -> list[Attribution]:
    """Frees cues that hang inside another's content only because the parser put them there."""
    for inner in found:
        for outer in found:
            if outer is inner or inner.cue.i not in outer.words or outer.frame == "according":
                continue
            if _answers(inner, outer):
                outer.words = {index for index in outer.words if index < inner.cue.head.left_edge.i}
                inner.words = set(outer.words)
                continue
            cut = _border(inner, outer)
            if cut is not None:
                outer.words = {index for index in outer.words if index < cut}
                inner.words = {index for index in inner.words if index >= cut}
                if not _has_own_subject(inner.cue):
                    inner.speaker = outer.speaker
    return found


def _answers(inner: Attribution, outer: Attribution) -> bool:
    """“… accuse them of failing, an accusation that the Kremlin has denied”: both speak of the same."""
    noun = inner.cue.head
    return (
        inner.cue.dep_ == "relcl"
        and noun.dep_ == "appos"
        and "noun" in lexicon().frames(noun.lemma_)
        and outer.cue.i < noun.i
    )


def _has_own_subject(cue: Token) -> bool:
    return any(child.dep_ in {"nsubj", "nsubjpass"} for child in cue.children)


def _border(inner: Attribution, outer: Attribution) -> int | None:
    """The token from which on `inner` is a cue beside `outer`, None if it is part of what `outer` says."""
    cue = inner.cue
    if inner.frame == "noun" or cue.i <= outer.cue.i:
        return None
    if _has_own_subject(cue):
        return _second_clause(cue) if inner.frame == "clause" else None
    lead = cue.nbor(-1)
    if cue.tag_ == "VBG" and lead.lower_ in LED_BY and outer.cue.tag_ != "VBG":
        return int(lead.i)
    if outer_cue(cue) == outer.cue:
        return int(cue.i)
    if cue.dep_ != "conj":
        return None
    both_participles = cue.tag_ == "VBG" == outer.cue.tag_ and inner.frame in {"clause", "urge"}
    finite = {child.tag_ for child in children(cue.head, "aux", "auxpass")} | {cue.head.tag_}
    same_tense = cue.tag_ in {"VBD", "VBZ"} and cue.tag_ == outer.cue.tag_ and cue.tag_ not in finite
    if not (both_participles or same_tense):
        return None
    linking = [child.i for child in cue.head.children if child.dep_ == "cc" and child.i < cue.i]
    return max(linking, default=cue.i)


def _leave_participles(one: Attribution, doc: Doc) -> None:
    """“told reporters that Russia is pleased, noting …”: what the participle adds is not inside what was told."""
    for token in doc:
        if token.i in one.words and token.i > one.cue.i and is_cue(token, "quote") and outer_cue(token) == one.cue:
            one.words = {index for index in one.words if index < token.i}
            return


def _second_clause(cue: Token) -> int | None:
    """Where “…, while Armenia's foreign minister said …” or “…, and Lavrov said …” begins."""
    edge = min(child.left_edge.i for child in cue.children if child.dep_ in {"nsubj", "mark", "cc"} or child.i > 0)
    marks = [child.i for child in children(cue, "mark") if child.lower_ in _CONTRASTING]
    linking = (
        [child.i for child in cue.head.children if child.dep_ == "cc" and child.i < cue.i] if cue.dep_ == "conj" else []
    )
    start = marks[0] if marks else linking[-1] if linking else None
    if start is None or start == 0 or cue.doc[start - 1].text != "," or abs(edge - start) > 1:
        return None
    return start


def _without_nested(found: list[Attribution]) -> list[Attribution]:
    kept: list[Attribution] = []
    relays = [outer for outer in found if _only_relays(outer, found)]
    for relay in relays:
        for inner in found:
            if inner is not relay and inner.cue.i in relay.words and inner.via is None:
                inner.via = relay.speaker
    rest = [one for one in found if one not in relays]
    for one in rest:
        outers = [other for other in rest if other is not one and one.cue.i in other.words and one.words != other.words]
        nested = [other for other in outers if other.frame != "according" and not _denied_claim(one, other)]
        if not nested and not (one.frame == "according" and _is_via(one, rest)):
            kept.append(one)
    return kept


def _denied_claim(inner: Attribution, outer: Attribution) -> bool:
    return inner.frame == "noun" and outer.frame in {"object", "about", "noun"}


def _only_relays(outer: Attribution, found: Sequence[Attribution]) -> bool:
    """Whether an outlet's report is nothing but another's statement."""
    if outer.cue.lemma_ not in _REPORTING or outer.frame != "clause" or outer.speaker is None:
        return False
    return any(inner.cue.dep_ == "ccomp" and inner.cue.head == outer.cue and inner.frame != "noun" for inner in found)


def _is_via(one: Attribution, others: Sequence[Attribution]) -> bool:
    """“Lavrov advised caution, according to News Armenia”: passes the words on to the statement it stands beside."""
    passed = False
    for other in others:
        if other is not one and other.cue.i in one.words and other.frame not in {"according", "noun"}:
            if (
                other.via is None
                and one.speaker is not None
                and one.speaker.pos_ == "PROPN"
                and (is_body(tuple(word.text for word in one.speaker.subtree)) or one.speaker.ent_type_ != "PERSON")
            ):
                other.via = one.speaker
            passed = True
    return passed


def _slices(attribution: Attribution, unit: Unit, doc: Doc, text: str) -> list[Span]:
    """The content as exact spans of the article: broken only where words that are not content stand between."""
    runs: list[list[int]] = []
    speaker_words = set() if attribution.frame != "according" else {attribution.cue.i}
    for index in sorted(attribution.words - speaker_words):
        if runs and all(doc[between].is_punct or doc[between].is_space for between in range(runs[-1][-1] + 1, index)):
            runs[-1].append(index)
        else:
            runs.append([index])
    slices = [span for run in runs if (span := _trimmed(run, unit, doc, text)) is not None]
    return [balanced(text, span, unit.fragments) for span in slices]


def _trimmed(run: list[int], unit: Unit, doc: Doc, text: str) -> Span | None:
    while run and _is_margin(doc[run[0]]):
        run = run[1:]
    while run and _is_margin(doc[run[-1]]):
        run = run[:-1]
    if not run:
        return None
    span = unit.span_of(doc[run[0]].idx, doc[run[-1]].idx + len(doc[run[-1]].text))
    return span if any(character.isalnum() for character in text[span.start : span.end]) else None


def _is_margin(token: Token) -> bool:
    return token.is_space or token.dep_ == "cc" or not token.text.strip(",;:.-–—")
