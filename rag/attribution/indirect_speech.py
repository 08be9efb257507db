"""Finds attributions without quotation marks in a parsed unit: cue, speaker's words, content. Uses grammar only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.attribution.masking import Unit, is_title
from rag.attribution.nesting import Attribution, apart, leave_participles, without_nested
from rag.attribution.syntax import (
    RELATIVES,
    can_hold_a_view,
    children,
    citing,
    has_mark,
    inverted,
    is_deed,
    is_passive,
    is_spoken,
    relayed,
    subject,
)
from rag.text.quotation_marks import balanced
from rag.text.speech_verbs import lexicon
from rag.types import Polarity, Span

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_LABELLING = {"call", "label", "brand", "dub", "deem", "term", "declare"}
_COMPLETING = {
    *("of", "for", "to", "toward", "towards", "about", "in", "on", "over", "with", "against", "from", "between", "as")
}
_ADDRESSED = {"reporter", "journalist", "crowd", "audience", "supporter"}
_LONGEST_TAG = 8  # words of “, the senator from Vermont said,”
_SHOWING = {"show", "find", "indicate", "suggest"}
_ACCUSING = {"of", "for", "with", "over", "as", "to"}


def complements(token: Token, frames: frozenset[str]) -> Iterator[tuple[str, list[Token], Token | None]]:
    """What a cue verb governs: its frame, the heads of the content, and a preposition that belongs to the cue."""
    if "relay" in frames and children(token, "prep") and any(child.lower_ == "as" for child in token.children):
        return
    if "name" in frames and (found := _naming(token)):
        yield "name", *found
        return
    if "accuse" in frames and (found := _accusing(token)):
        yield "accuse", *found
        return
    if "clause" in frames and (clauses := _clauses(token)):
        yield "clause", clauses, None
        return
    if "urge" in frames and (found := _urging(token)):
        yield "urge", *found
        return
    for preposition in children(token, "prep"):
        if "about" in lexicon().frames(f"{token.lemma_}:{preposition.lower_}") and (
            heads := children(preposition, "pobj", "pcomp")
        ):
            yield "about", heads, preposition
            return
    if "object" in frames and (objects := _objects(token)):
        yield "object", objects, None


def _clauses(token: Token) -> list[Token]:
    found = [child for child in children(token, "ccomp") if child.tag_ != "VBG" or children(child, "nsubj", "aux")]
    if "quote" not in lexicon().frames(token.lemma_):  # “saw her speak”, “found it odd” are no clauses of belief
        shown = token.lemma_ in _SHOWING  # “polls show Novak leading”
        found = [child for child in found if _is_finite(child) or (shown and child.tag_ == "VBG")]
    if not found:
        found = [child for child in children(token, "advcl", "acl") if child.i > token.i and has_mark(child, "that")]
    if token.dep_ == "parataxis" and not found and token.head != token:
        return [token.head]
    return found or _interrupted(token)


def _interrupted(token: Token) -> list[Token]:
    """What stands before “, he said,” and is no clause to the parser, as where a quote goes on behind it."""
    after = token.nbor() if token.i + 1 < len(token.doc) else None
    voices = [child for child in children(token, "nsubj") if child.i < token.i]
    if after is None or after.text != "," or not voices or token.dep_ != "ROOT" or token.tag_ not in {"VBD", "VBZ"}:
        return []
    edge = voices[0].left_edge.i
    if edge <= token.sent.start or token.doc[edge - 1].text != "," or token.i - edge > _LONGEST_TAG:
        return []
    return [child for child in token.children if token.sent.start <= child.i < edge and not child.is_punct]


def _is_finite(clause: Token) -> bool:
    finite = {"VBD", "VBZ", "VBP", "MD"}
    return clause.tag_ in finite or any(child.tag_ in finite for child in children(clause, "aux", "auxpass"))


def _naming(token: Token) -> tuple[list[Token], Token | None] | None:
    objects = [child for child in children(token, "dobj", "nsubjpass") if child.i < token.i or child.dep_ == "dobj"]
    for child in children(token, "oprd"):
        return [*[thing for thing in objects if thing.i > token.i], child], None
    for child in children(token, "ccomp", "xcomp"):  # “calling them rhetoric”, read as a clause
        if child.pos_ in {"NOUN", "ADJ", "PROPN"} and token.lemma_ in _LABELLING:
            return [child], None
    for preposition in children(token, "prep"):
        heads = children(preposition, "pobj", "pcomp", "amod")
        heads = heads[-1:] if all(head.dep_ == "pobj" for head in heads) else heads
        if (
            preposition.lower_ == "as"
            and preposition.i > token.i
            and heads
            and token.lemma_ not in {"call", "declare", "deem"}
        ):
            things = [thing for thing in objects if token.i < thing.i]
            return ([*things, preposition], None) if things else (heads, preposition)
    if token.lemma_ in {"call", "brand", "label", "dub"} and (len(objects) > 1 or _is_renamed(objects)):
        return objects, None
    return None


def _is_renamed(objects: list[Token]) -> bool:
    """“called Merkel the chancellor of the free world”, which the parser reads as one noun with Merkel in front."""
    if len(objects) != 1:
        return False
    articles = children(objects[0], "det")
    return bool(articles) and any(
        child.i < articles[0].i for child in children(objects[0], "compound", "nmod", "nsubj", "poss")
    )


def _accusing(token: Token) -> tuple[list[Token], Token | None] | None:
    objects = [thing for thing in children(token, "dobj") if thing.i > token.i]
    for preposition in children(token, "prep", "dative"):
        if preposition.lower_ in _ACCUSING and children(preposition, "pobj", "pcomp") and preposition.i > token.i:
            return ([*objects, preposition], None) if objects or is_passive(token) else None
    return (objects, None) if objects and token.lemma_ in {"blame", "thank", "congratulate"} else None


def _urging(token: Token) -> tuple[list[Token], Token | None] | None:
    for child in children(token, "xcomp", "ccomp"):
        if child.tag_ == "VB" and any(leaf.lower_ == "to" for leaf in children(child, "aux")) and child.i > token.i:
            things = [thing for thing in children(token, "dobj") if token.i < thing.i < child.i]
            return [*things, child], None
    return None


def _completes(preposition: Token, objects: list[Token]) -> bool:
    """Whether a prepositional phrase right behind the object belongs to it: “reiterated its dedication to peace”."""
    return (
        bool(objects)
        and preposition.lower_ in _COMPLETING
        and preposition.i == objects[-1].right_edge.i + 1
        and not any(
            word.lemma_ in _ADDRESSED or word.ent_type_ in {"PERSON", "DATE", "TIME"} for word in preposition.subtree
        )
    )


def _objects(token: Token) -> list[Token]:
    label = "nsubjpass" if is_passive(token) else "dobj"
    found = children(token, label)
    if token.dep_ == "relcl" and any(thing.lower_ in {"that", "which"} for thing in found):
        return [token.head]
    if label == "dobj":
        found += [child for child in children(token, "prep", "dative") if _completes(child, found)]
    if not found and label == "dobj":  # “insisting on addressing”, “acknowledged meeting him”
        behind = [child for child in children(token, "xcomp", "ccomp") if child.i > token.i]
        found = [child for child in behind if child.tag_ == "VBG" or child.left_edge.lower_ in {"what", "how", "why"}]
    return [
        thing
        for thing in found
        if thing.lower_ not in {*RELATIVES, "himself", "herself", "itself", "themselves", "what"}
    ]


_SETTING = {
    "speak",
    "talk",
    "comment",
    "refer",
    "allude",
    "write",
}  # “Speaking about the deal, Novak said …” sets the topic and says nothing
_OF_NOUNS = {
    *(
        "announcement",
        "accusation",
        "denial",
        "admission",
        "claim",
        "warning",
        "promise",
        "assertion",
        "acknowledgment",
    ),
    *("criticism", "rejection", "endorsement", "mention", "hope", "fear", "concern", "complaint", "call", "question"),
}
_TELLING = frozenset({"clause", "object", "name", "accuse"})
_LEAST_QUOTED = 4  # words in quotation marks that are more than a name or a word held at arm's length
_ASIDE = {"say", "report", "note", "put", "write", "argue", "explain", "observe", "tell", "tweet", "state"}
_NEAR_CUE = 6  # words between a cue and the quoted words that it introduces
_ENDING = frozenset({".", "?", "!", ";", ":"})
_NEEDS_SPEAKER = {"object", "about", "urge", "accuse", "name"}


def attributions(unit: Unit, doc: Doc, text: str) -> list[Attribution]:
    """Every attribution by clause, object or noun in the unit, in text order."""
    quoted = _quoted_words(unit, doc)
    found = [one for one in (*_by_verbs(doc), *_by_nouns(doc), *_according(doc)) if one.cue.i not in quoted]
    found += [one for one in _asides(doc) if one.cue.i not in quoted]
    found = without_nested([one for one in apart(found) if _is_able(one)])
    found += _by_fragments(unit, doc, text, found)
    for one in found:
        leave_participles(one)
        if _stands_behind_a_quote(unit, one.cue, text):  # “Biden “has a role to play,” said Doyle”
            one.speaker = inverted(one.cue) or one.speaker
    for attribution in found:
        attribution.content = _slices(attribution, unit, doc, text)
    return sorted((one for one in found if one.content), key=lambda one: one.cue.i)


def _quoted_words(unit: Unit, doc: Doc) -> set[int]:
    """Indices of the words in quotation marks: a cue among them is part of what somebody said."""
    marked = [quote.inner for quote in unit.fragments if quote.marked]
    if not marked:
        return set()
    return {token.i for token in doc if any(span.start <= unit.origin[token.idx] < span.end for span in marked)}


def _by_verbs(doc: Doc) -> Iterator[Attribution]:
    for token in doc:
        frames = lexicon().frames(token.lemma_) if token.pos_ in {"VERB", "AUX"} else frozenset()
        if not frames - {"human", "said to", "noun"} or not is_spoken(token):
            continue
        for frame, heads, preposition in complements(token, frames):
            speaker, via = _speaker(token)
            if frame in _NEEDS_SPEAKER - {"urge", "accuse", "name"} and _is_idle(heads[0], token):
                continue
            if is_deed(token, frame, heads, speaker):
                continue
            if token.tag_ == "VBG" and (token.lemma_ == "cite" or (frame == "about" and token.lemma_ in _SETTING)):
                continue
            key = (
                f"{token.lemma_}:{preposition.lower_}" if preposition is not None and frame == "about" else token.lemma_
            )
            polarity = lexicon().polarity(key, frame)
            words = _behind_colon(token, _words(token, heads))
            yield Attribution(token, frame, words, speaker, preposition, via, polarity)


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
                leaf
                for of in children(noun, "prep")
                if of.lower_ in {"of", "about", "for"}
                for leaf in children(of, "pobj", "pcomp")
            ]
        if owners and clauses and owners[0].pos_ in {"PROPN", "NOUN", "PRON"}:
            polarity: Polarity = "denies" if noun.lemma_ == "denial" else "asserts"
            yield Attribution(noun, "noun", {word.i for word in clauses[0].subtree}, owners[0], polarity=polarity)


def _by_fragments(unit: Unit, doc: Doc, text: str, found: Sequence[Attribution]) -> Iterator[Attribution]:
    """Words in quotation marks that a cue governs from further off: “said he had offers, but “the offers were …””."""
    told = set[int]().union(*(one.words for one in found))
    for fragment in (one for one in unit.fragments if one.marked):
        words = {token.i for token in doc if fragment.inner.start <= unit.origin[token.idx] < fragment.inner.end}
        if len(words) < _LEAST_QUOTED or words & told or is_title(text, unit.span.start, fragment):
            continue
        heads = [doc[index] for index in sorted(words) if doc[index].head.i not in words]
        cue = _governing_cue(heads[0]) if heads and heads[0].head != heads[0] else None
        if cue is None or cue.i in words:
            cue = _cue_in_front(doc, min(words))
        if cue is None or not can_hold_a_view(speaker := subject(cue)):
            continue
        same = next((one for one in found if one.cue == cue and one.frame != "according"), None)
        if same is not None:
            same.words |= words
        else:
            yield Attribution(cue, "object", words, speaker, polarity=lexicon().polarity(cue.lemma_, "object"))


def _cue_in_front(doc: Doc, first: int) -> Token | None:
    """The cue a few words before a fragment, in its sentence, whatever the parser has made of the quoted words."""
    for index in range(first - 1, max(first - 1 - _NEAR_CUE, -1), -1):
        token = doc[index]
        if token.text in _ENDING:
            return None
        if token.pos_ == "VERB" and lexicon().frames(token.lemma_) & _TELLING:
            return token if is_spoken(token) else None
    return None


def _stands_behind_a_quote(unit: Unit, cue: Token, text: str) -> bool:
    place = unit.origin[cue.idx]
    before = (quote.outer.end for quote in unit.fragments if quote.marked and quote.outer.end <= place)
    return any(not text[end:place].strip(" ,") for end in before)


def _governing_cue(token: Token) -> Token | None:
    """The nearest verb above a word that tells of something said."""
    while token.head != token:
        token = token.head
        if token.pos_ == "VERB" and lexicon().frames(token.lemma_) & _TELLING:
            return token if is_spoken(token) else None
    return None


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


def _asides(doc: Doc) -> Iterator[Attribution]:
    """“As The Daily Caller reported, …”: what the sentence says is what the outlet reported."""
    for token in doc:
        if token.dep_ != "advcl" or token.lemma_ not in _ASIDE or not has_mark(token, "as") or not is_spoken(token):
            continue
        objects = [thing for thing in children(token, "dobj", "ccomp", "xcomp") if thing.lower_ != "it"]
        speaker = subject(token)
        if objects or speaker is None or not can_hold_a_view(speaker) or token.head.pos_ not in {"VERB", "AUX"}:
            continue
        if has_mark(token.head, "if", "unless") or _compares(token):  # “If it were as deadly as Novak says, …”
            continue
        inside = {word.i for word in token.head.subtree} - {word.i for word in token.subtree}
        yield Attribution(token, "according", inside, speaker)


def _compares(clause: Token) -> bool:
    """Whether the clause is the second half of “as deadly as Novak says”."""
    led = next((child.i for child in children(clause, "mark") if child.lower_ == "as"), 0)
    return any(word.lower_ == "as" for word in clause.doc[max(0, led - 3) : led])


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


def _behind_colon(cue: Token, words: set[int]) -> set[int]:
    """The content without the heading that a sentence may open with: “Harbour closed: Police said it was full.”."""
    colons = [token.i for token in cue.doc[min(words, default=cue.i) : cue.i] if token.text == ":"]
    if not colons or not any(index > cue.i for index in words):
        return words
    return {index for index in words if index > colons[-1]}


def _after_comma(clause: Token) -> bool:
    """Whether a relative clause is an aside of the journalist: “described as “anti-terror”, which claimed …”."""
    edge = clause.left_edge.i
    return edge > 0 and clause.doc[edge - 1].text == ","


def _is_able(one: Attribution) -> bool:
    return one.frame not in _NEEDS_SPEAKER or can_hold_a_view(one.speaker)


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
