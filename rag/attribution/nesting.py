"""Which cues stand by themselves and which are part of what another cue introduces. Uses grammar only.

A cue inside the content of another is part of what was said and no statement of its own, with four exceptions: words
that an outlet reports ("RBK reports that Peskov acknowledged …"), quoted words ("Police say Prell said “hit them”"), a
second cue that the parser hung too low ("said A but warned of B"), and a claim that is being denied ("dismissed a claim
by Pashinyan that …"). Of the first two the speaker is whose words they are, and who tells of them stands in `via`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.attribution.relays import voices
from rag.attribution.syntax import LED_BY, children, is_cue, outer_cue
from rag.core import Polarity, Span
from rag.text.names import is_body
from rag.text.speech_verbs import lexicon

if TYPE_CHECKING:
    from spacy.tokens import Token

_REPORTING = {"report"}
_CONTRASTING = {"while", "whereas", "although", "though"}


@dataclass(slots=True)
class Attribution:
    """What grammar alone tells. `words` are indices of the content's tokens in the parsed unit."""

    cue: Token
    frame: str
    words: set[int]
    speaker: Token | None
    preposition: Token | None = None
    via: tuple[Token, ...] = ()
    polarity: Polarity = "asserts"
    content: list[Span] = field(default_factory=list)
    likelihood: float = 1.0

    @property
    def cue_text(self) -> str:
        """The cue as written, with its preposition."""
        return self.cue.text if self.preposition is None else f"{self.cue.text} {self.preposition.text}"


def standing_apart(found: list[Attribution]) -> list[Attribution]:
    """Frees cues that hang inside another's content only because the parser put them there."""
    passing: list[Attribution] = []
    for inner in found:
        for outer in found:
            if outer is inner or inner.cue.i not in outer.words or outer.frame == "according":
                continue
            if inner.frame == "according":
                if inner.cue.i > outer.cue.i and inner.cue.nbor(-1).text == "," and outer.frame != "noun":
                    # “Lavrov said the talks had failed, according to News Armenia.”
                    outer.words = {index for index in outer.words if index < inner.cue.i}
                    _pass_on(inner, outer)
                    passing.append(inner)
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
    return [one for one in found if one not in passing]


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
    return _conjoined(inner, outer) if cue.dep_ == "conj" else None


def _conjoined(inner: Attribution, outer: Attribution) -> int | None:
    """“emphasized that A is a right but warned of B”: tense tells that the second verb goes with the first cue."""
    cue = inner.cue
    both_participles = cue.tag_ == "VBG" == outer.cue.tag_ and inner.frame in {"clause", "urge"}
    finite = {child.tag_ for child in children(cue.head, "aux", "auxpass")} | {cue.head.tag_}
    same_tense = cue.tag_ in {"VBD", "VBZ"} and cue.tag_ == outer.cue.tag_ and cue.tag_ not in finite
    if not (both_participles or same_tense):
        return None
    linking = [child.i for child in cue.head.children if child.dep_ == "cc" and child.i < cue.i]
    return max(linking, default=int(cue.i))


def leave_participles(one: Attribution) -> None:
    """“told reporters that Russia is pleased, noting …”: what the participle adds is not inside what was told."""
    for token in one.cue.doc:
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


def without_nested(found: list[Attribution], quoted: Collection[int] = ()) -> list[Attribution]:
    """Drops what is only part of another's content; who says that words were said is handed on as `via`.

    `quoted` are the words in quotation marks: whose they are comes before who tells of it.
    """
    kept: list[Attribution] = []
    relays = [outer for outer in found if _only_relays(outer, found, quoted)]
    rest = [one for one in found if one not in relays]
    for relay in reversed(relays):  # the outermost stands in front
        for inner in rest:
            if inner.cue.i in relay.words and relay.speaker is not None:
                inner.via = (relay.speaker, *inner.via)
    for one in rest:
        outers = [other for other in rest if other is not one and one.cue.i in other.words and one.words != other.words]
        nested = [other for other in outers if other.frame != "according" and not _denied_claim(one, other)]
        if not nested and not (one.frame == "according" and _is_via(one, rest)):
            kept.append(one)
    for one in kept:
        if one.frame not in {"according", "noun"}:  # also where who tells of it was too unlikely to be kept
            above = voices(one.cue)
            one.via = (*(voice for voice in above if voice not in {one.speaker, *one.via}), *one.via)
    return kept


def _denied_claim(inner: Attribution, outer: Attribution) -> bool:
    return inner.frame == "noun" and inner.speaker is not None and outer.frame in {"object", "about", "noun"}


def _only_relays(outer: Attribution, found: Sequence[Attribution], quoted: Collection[int]) -> bool:
    """Whether a report is nothing but another's statement: an outlet's, or one that ends in that other's own words."""
    if outer.frame != "clause" or outer.speaker is None:
        return False
    told = [one for one in found if one.cue.dep_ == "ccomp" and one.cue.head == outer.cue and one.frame != "noun"]
    if outer.cue.lemma_ in _REPORTING:
        return bool(told)
    told = [one for one in told if one.speaker is not None and one.speaker.pos_ != "PRON"]  # “said he hoped”
    return any(not one.words.isdisjoint(quoted) and outer.words & {*quoted} <= one.words for one in told)


def _is_via(one: Attribution, others: Sequence[Attribution]) -> bool:
    """“Lavrov advised caution, according to News Armenia”: passes the words on to the statement it stands beside."""
    passed = False
    for other in others:
        if other is not one and other.cue.i in one.words and other.frame not in {"according", "noun"}:
            _pass_on(one, other)
            passed = True
    return passed


def _pass_on(one: Attribution, other: Attribution) -> None:
    """Takes the outlet of `one` for the voice that relays `other`."""
    voice = one.speaker
    if not other.via and voice is not None and voice.pos_ == "PROPN":
        name = tuple(word.text for word in voice.subtree)
        other.via = (voice,) if is_body(name) or voice.ent_type_ != "PERSON" else ()
