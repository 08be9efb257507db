"""Pairs speeches (words quoted as utterances) with the cue that introduces them. Knows no names.

Slices that share a cue make one utterance: “A,” he said, “B”; a quote that goes on over paragraphs; a further quote in
the same paragraph without a cue of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.corpus.clauses import can_hold_a_view, is_cue
from rag.corpus.cues import lexicon
from rag.corpus.grammar import children, citing, relayed, subject
from rag.corpus.quotes import Quotation
from rag.corpus.skeleton import Speech, Unit
from rag.types import Span

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_STOP = re.compile(r"[.?!…](?=\s+[A-Z“\"(\[]|\s*$)")
_DASHES = {"-", "–", "—", "•"}
_PARTICIPLES = {
    "saying",
    "writing",
    "adding",
    "noting",
    "reading",
    "asking",
    "replying",
    "stating",
    "tweeting",
    "declaring",
}
_LONGEST_BARE = 6  # words before a colon that are no clause: “Foreign Minister Lavrov, on Tuesday:”


@dataclass(slots=True)
class Utterance:
    """Quotations by one speaker under one cue. `cue` is None where the article gives none.

    `how` says how the cue was found: beside the quote, by a colon line, or carried over from the quote before.
    """

    unit: int
    quotations: list[Quotation]
    cue: Token | None = None
    cue_text: str = ""
    cue_span: Span | None = None
    cue_unit: int = -1
    speaker: Token | None = None
    via: Token | None = None
    via_unit: int = -1
    how: str = "beside"
    last_unit: int = -1
    lead: tuple[Token, int] | None = None  # cue and unit of a colon line in front, beside a cue of its own


def utterances(units: Sequence[Unit], docs: Sequence[Doc | None]) -> list[Utterance]:
    """Every utterance of the article, in text order."""
    found: list[Utterance] = []
    for number, unit in enumerate(units):
        for place, speech in enumerate(unit.speeches):
            current = _pair(units, docs, number, place, found)
            if current is not None:
                current.quotations.append(speech.quotation)
                current.last_unit = number
    return found


def _pair(
    units: Sequence[Unit], docs: Sequence[Doc | None], number: int, place: int, found: list[Utterance]
) -> Utterance | None:
    """The utterance that a speech belongs to, made if it is new."""
    unit, doc, speech = units[number], docs[number], units[number].speeches[place]
    last = found[-1] if found else None
    if last is not None and last.quotations and last.quotations[-1].continues:
        return last
    own = _own_cue(unit, doc, place) if doc is not None else None
    if own is not None:
        cue, side = own
        if last is not None and last.cue is not None and last.cue.doc is cue.doc and last.cue.i == cue.i:
            return last
        return _with_lead(_begin(found, number, unit, cue, number, side), units, docs, number, place)
    if last is not None and _continues(units, last, number, place):
        return last
    led = _led_in(units, docs, number) if place == 0 and speech.lead == "none" else None
    if led is not None:
        return _begin(found, number, units[led[1]], led[0], led[1], "colon")
    if speech.lead == "colon" and doc is not None and (named := _bare_speaker(doc, speech)) is not None:
        found.append(Utterance(number, [], None, ":", None, number, named, how="colon"))
        return found[-1]
    if speech.lead in {"comma", "cue"}:
        return None
    before = _spoken_before(units, docs, number) if place == 0 else None
    if before is not None:
        return _begin(found, number, units[number - 1], before, number - 1, "carried")
    follows = last is not None and units[last.last_unit].block in {unit.block, unit.block - 1} and place == 0
    if follows and last is not None and last.speaker is not None:
        found.append(
            Utterance(
                number,
                [],
                last.cue,
                last.cue_text,
                last.cue_span,
                last.cue_unit,
                last.speaker,
                last.via,
                last.via_unit,
                how="carried",
            )
        )
    else:
        found.append(Utterance(number, [], how="unknown"))
    return found[-1]


def _with_lead(
    utterance: Utterance, units: Sequence[Unit], docs: Sequence[Doc | None], number: int, place: int
) -> Utterance:
    """Takes the colon line in front of a quote that has a cue of its own into the utterance, with the voice it cites."""
    if place == 0 and units[number].speeches[0].lead == "none" and (lead := _led_in(units, docs, number)) is not None:
        utterance.lead = lead
        if utterance.via is None and (via := _passed_on(lead[0])) is not None:
            utterance.via, utterance.via_unit = via, lead[1]
    return utterance


def _begin(found: list[Utterance], number: int, cue_unit: Unit, cue: Token, cue_number: int, how: str) -> Utterance:
    relay = relayed(cue)
    speaker, via = relay or (_speech_subject(cue, how), _passed_on(cue) or citing(cue))
    text, end = cue.text, cue.idx + len(cue.text)
    if cue.lower_ == "according":
        speakers = [leaf for to in children(cue, "prep") for leaf in children(to, "pobj")]
        speaker, via, text, end = (speakers[0] if speakers else None), None, "according to", end + len(" to")
    span = cue_unit.span_of(cue.idx, min(end, len(cue_unit.origin)))
    found.append(Utterance(number, [], cue, text, span, cue_number, speaker, via, cue_number, how))
    return found[-1]


def _speech_subject(cue: Token, how: str) -> Token | None:
    found = subject(cue)
    if found is not None and not (how == "after" and found.i > cue.i + 12):
        return found
    if how != "after":
        root = cue.sent.root
        return subject(root) if root != cue and root.pos_ in {"VERB", "AUX"} and root.i < cue.i else None
    after = [child for child in children(cue, "dobj", "attr", "npadvmod", "dep", "oprd", "appos") if child.i > cue.i]
    if (
        after
        and after[0].pos_ in {"PROPN", "NOUN", "PRON"}
        and after[0].lower_ not in {"him", "her", "them", "me", "us"}
    ):
        return after[0]
    for token in cue.doc[
        cue.i + 1 : cue.i + 8
    ]:  # “said retired neurosurgeon Ben Carson”, whatever the tree makes of it
        if token.is_punct or token.pos_ in {"ADP", "SCONJ"}:
            return None
        if token.pos_ == "PROPN" and (token.i + 1 == len(cue.doc) or token.nbor().pos_ != "PROPN"):
            return token
    return None


def _passed_on(cue: Token) -> Token | None:
    """The outlet of “Lavrov advised caution, according to News Armenia:”, or that reports the clause of the cue."""
    for child in cue.subtree:
        if child.lower_ == "according":
            names = [leaf for to in children(child, "prep") for leaf in children(to, "pobj")]
            return names[0] if names and names[0].pos_ == "PROPN" else None
    if cue.dep_ == "ccomp" and cue.head.lemma_ == "report":
        return subject(cue.head)
    return None


def _own_cue(unit: Unit, doc: Doc, place: int) -> tuple[Token, str] | None:
    speech = unit.speeches[place]
    start = unit.speeches[place - 1].hole if place else 0
    end = unit.speeches[place + 1].hole if place + 1 < len(unit.speeches) else len(unit.skeleton)
    before, after = unit.skeleton[start : speech.hole], unit.skeleton[speech.hole : end]
    stops = list(_STOP.finditer(before.rstrip() + " "))
    sentence_start = start + (stops[-1].end() if stops else 0)
    stop = _STOP.search(after)
    sentence_end = speech.hole + (stop.end() if stop else len(after))
    ahead = [token for token in doc if sentence_start <= token.idx < speech.hole]
    behind = [token for token in doc if speech.hole <= token.idx < sentence_end]
    if speech.lead in {"colon", "comma", "cue"}:
        cue = _cue_before(ahead)
        if cue is not None:
            return cue, "before"
    if _may_follow(speech, after):
        cue = _cue_after(behind, speech)
        if cue is not None:
            return cue, "after"
    return None


def _may_follow(speech: Speech, after: str) -> bool:
    """Whether the words after a quote may name its speaker: not if the quote ended its sentence and a new one begins."""
    rest = after.lstrip()
    if not rest:
        return False
    last = speech.last
    if not speech.quotation.marked or last in ",—–-" or rest[0] in ",—–" or rest[0].islower():
        return True
    words = rest.split()
    if last in ".?!…":
        end = _STOP.search(rest)
        tag = rest[: end.end()] if end else rest
        return (
            last in "?!"
            and words[0][0].isupper()
            and not re.match(r"[A-Z]\w+ (?:that|the)\b", rest)
            or len(tag.split()) <= 5
        )  # noqa: PLR2004, RUF021  “Peskov said on Tuesday.”
    return True


def _cue_before(tokens: Sequence[Token]) -> Token | None:
    words = [token for token in tokens if not token.is_punct and not token.is_space]
    if words and words[-1].lower_ in _PARTICIPLES:  # whatever the tagger takes “Trump took to Twitter, writing:” for
        return words[-1]
    verbs = [token for token in tokens if is_cue(token, "quote") or is_cue(token, "object") or is_cue(token, "about")]
    spoken = [token for token in verbs if token.dep_ != "relcl"] or verbs
    if not spoken:
        return None
    quoting = [token for token in spoken if is_cue(token, "quote")]
    return (quoting or spoken)[-1]


def _cue_after(tokens: Sequence[Token], speech: Speech) -> Token | None:
    for token in tokens:
        if token.lower_ == "according" and not any(is_cue(other, "quote") for other in tokens if other.i < token.i):
            return token
    verbs = [token for token in tokens if is_cue(token, "quote") and token.dep_ not in {"relcl", "amod"}]
    verbs = [
        token
        for token in verbs
        if not (token.tag_ == "VB" and any(leaf.lower_ == "to" for leaf in children(token, "aux")))
    ] or verbs
    if verbs:
        return verbs[0]
    if speech.last in ",?!—":
        # Any verb may stand for speaking right after a quote that a comma closes: “…,” quipped Smith.
        for token in tokens[:8]:
            if (
                token.pos_ == "VERB"
                and token.tag_ in {"VBD", "VBZ"}
                and (token.dep_ in {"ROOT", "conj"})
                and can_hold_a_view(subject(token))
            ):
                return token
    return None


def _continues(units: Sequence[Unit], last: Utterance, number: int, place: int) -> bool:
    """A further quote in the same paragraph right after one of a known speaker, with no other cue between."""
    if last.how == "unknown" or not last.quotations:
        return False
    if last.last_unit == number:
        return place > 0
    if units[last.last_unit].block != units[number].block or place:
        return False
    return number - last.last_unit == 1


def _spoken_before(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> Token | None:
    """The last cue of the sentence in front, in the same paragraph: its speaker goes on in a quote without a cue."""
    doc = docs[number - 1] if number else None
    if doc is None or units[number - 1].block != units[number].block or units[number - 1].speeches:
        return None
    cues = [token for token in doc if is_cue(token, "quote") and token.dep_ in {"ROOT", "conj", "advcl", "parataxis"}]
    cues = [
        token for token in cues if token.tag_ in {"VBD", "VBZ", "VBP", "VBG", "VBN"} and can_hold_a_view(subject(token))
    ]
    return cues[-1] if cues else None


def _led_in(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> tuple[Token, int] | None:
    """The last cue of a unit right before this one that ends in a colon."""
    if number == 0 or units[number].block - units[number - 1].block > 1:
        return None
    doc = docs[number - 1]
    if doc is None or not units[number - 1].skeleton.rstrip().endswith(":"):
        return None
    cues = [
        token
        for token in doc
        if token.pos_ in {"VERB", "AUX"}
        and lexicon().frames(token.lemma_) & {"quote", "object", "about"}
        and token.dep_ not in {"relcl", "amod", "acl"}
        and token.i < token.sent.end
    ]
    last_sentence = [token for token in cues if token.sent.end == len(doc)] or cues
    finite = [token for token in last_sentence if token.tag_ in {"VBD", "VBZ", "VBP", "VBG", "VBN"}]
    return (finite[-1], number - 1) if finite else None


def _bare_speaker(doc: Doc, speech: Speech) -> Token | None:
    """The name in “Lavrov: “…””, or the subject of whatever leads in by a colon: “Sanders had a snappy retort: “…””."""
    before = [token for token in doc if token.idx < speech.hole]
    sentence = [token for token in before if token.sent == before[-1].sent] if before else []
    dashes = [place for place, token in enumerate(sentence) if token.text in _DASHES]
    words = [
        token for token in sentence[dashes[-1] + 1 if dashes else 0 :] if not token.is_punct and not token.is_space
    ]
    if not words:
        return None
    if len(words) <= _LONGEST_BARE and not any(token.pos_ in {"VERB", "AUX"} for token in words):
        names = [token for token in words if token.pos_ == "PROPN" and token.dep_ != "compound"]
        return names[0] if names and words[0].text[0].isupper() and words[0].pos_ in {"PROPN", "ADJ", "NOUN"} else None
    root = words[0].sent.root
    found = subject(root) if root.pos_ in {"VERB", "AUX"} and root in words else None
    return found if found is not None and can_hold_a_view(found) else None
