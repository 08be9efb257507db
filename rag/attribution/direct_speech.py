"""Pairs quoted speech with the cue that introduces it: before it, behind it, in a colon line, or carried over.

Slices that share a cue make one utterance: “A,” he said, “B”; a quote that goes on over paragraphs; a further quote in
the same paragraph without a cue of its own. Uses grammar only; who is meant by a name is `coreference`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from rag.attribution.masking import Speech, Unit
from rag.attribution.syntax import (
    SPEECH_CARRIERS,
    can_hold_a_view,
    children,
    citing,
    inverted,
    is_cue,
    relayed,
    subject,
)
from rag.text.quotation_marks import Quotation
from rag.text.speech_verbs import is_told, lexicon, participles
from rag.types import Span

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_STOP = re.compile(
    r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bLt)(?<!\bMrs)(?<!\bSen)(?<!\bRep)(?<!\bGov)(?<!\bGen)(?<!\bCol)"
    r"(?<!\bRev)(?<!\bSgt)(?<!\bProf)(?<!\bCapt)(?<!\b[A-Z])[.?!…](?=\s+[A-Z“\"(\[]|\s*$)"
)
_DASHES = {"-", "–", "—", "•"}
_LONGEST_BARE = 6  # words before a colon that are no clause: “Foreign Minister Lavrov, on Tuesday:”
_LONGEST_NAME = 4  # words
_LONGEST_TAG = 5  # words of a tag that is a sentence: “Peskov said on Tuesday.”
_FAR = 12  # tokens between a cue and a subject behind it that cannot be its own
_NEAR = 8  # tokens behind a quote in which its tag stands
_TENSED = {"VBD", "VBZ", "VBP", "VBG", "VBN"}
_POINTING = {"that", "this", "it", "there"}
_OTHERS = {"him", "her", "them", "me", "us"}


def speech_subject(cue: Token, how: str) -> Token | None:
    """Whoever speaks at the cue of a quotation; behind the quote also where the parser missed an inversion."""
    told = is_told(cue.lower_)
    if told and how != "carried" and (named := inverted(cue)) is not None:
        return named
    found = subject(cue)
    if found is not None and not (how == "after" and found.i > cue.i + _FAR):
        return found
    if told and (beside := _right_before(cue, how)) is not None:
        return beside
    if how == "after":
        return _behind(cue)
    root = cue.sent.root
    return subject(root) if root != cue and root.pos_ in {"VERB", "AUX"} and root.i < cue.i else None


def _right_before(cue: Token, how: str) -> Token | None:
    """The name or pronoun in front of a cue that the tagger takes for a noun: “Novak notes”."""
    words = [token for token in cue.doc[max(0, cue.i - 2) : cue.i] if token.text != ","]
    last = words[-1] if words else None
    if last is None or not (last.pos_ == "PROPN" or last.lower_ in {"he", "she"} or how == "after"):
        return None
    return last if last.text[0].isupper() or last.pos_ == "PRON" else None


def _behind(cue: Token) -> Token | None:
    """The speaker of “said retired neurosurgeon Ben Carson”, whatever the tree."""
    after = [child for child in children(cue, "dobj", "attr", "npadvmod", "dep", "oprd", "appos") if child.i > cue.i]
    if after and after[0].pos_ in {"PROPN", "NOUN", "PRON"} and after[0].lower_ not in _OTHERS:
        return after[0]
    for token in cue.doc[cue.i + 1 : cue.i + _NEAR]:
        if token.is_punct or token.pos_ in {"ADP", "SCONJ"}:
            return None
        if token.pos_ == "PROPN" and (token.i + 1 == len(cue.doc) or token.nbor().pos_ != "PROPN"):
            return token
    return None


def passed_on(cue: Token) -> Token | None:
    """The outlet of “Lavrov advised caution, according to News Armenia:”, or that reports the clause of the cue."""
    for child in cue.subtree:
        if child.lower_ == "according":
            names = [leaf for to in children(child, "prep") for leaf in children(to, "pobj")]
            return names[0] if names and names[0].pos_ == "PROPN" else None
    if cue.dep_ == "ccomp" and cue.head.lemma_ == "report":
        return subject(cue.head)
    return None


def own_cue(unit: Unit, doc: Doc, place: int) -> tuple[Token, str] | None:
    """The cue in the sentence around speech number `place` of the unit, and the side of the quote it stands on."""
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
    first = _first_word(behind)
    turned = first is not None and is_told(first.lower_) and inverted(first) is not None
    tagged = speech.last in ",?!" and (turned or _told_by_name(behind) is not None)
    if speech.lead in {"colon", "comma", "cue"} and not tagged:
        cue = _cue_before(ahead)
        if cue is not None:
            return cue, "before"
    if _may_follow(speech, after):
        cue = _cue_after(behind, speech)
        if cue is not None:
            return cue, "after"
    return None


def _may_follow(speech: Speech, after: str) -> bool:
    """Whether the words behind a quote may name its speaker: not if the quote ended its sentence and one begins."""
    rest = after.lstrip()
    if not rest:
        return False
    if not speech.quotation.marked or speech.last in ",—–-" or rest[0] in ",—–" or rest[0].islower():
        return True
    if speech.last not in ".?!…":
        return True
    end = _STOP.search(rest)
    tag = rest[: end.end()] if end else rest
    asked = speech.last in "?!" and rest[0].isupper() and not re.match(r"[A-Z]\w+ (?:that|the)\b", rest)
    return asked or len(tag.split()) <= _LONGEST_TAG


def _cue_before(tokens: Sequence[Token]) -> Token | None:
    words = [token for token in tokens if not token.is_punct and not token.is_space]
    if words and words[-1].lower_ in participles():  # whatever the tagger takes “Trump took to Twitter, writing:” for
        return words[-1]
    verbs = [token for token in tokens if is_cue(token, "quote") or is_cue(token, "object") or is_cue(token, "about")]
    if words and words[0].lower_ == "according" and not any(token.dep_ == "ROOT" for token in verbs):
        return words[0]
    spoken = [token for token in verbs if token.dep_ != "relcl"] or verbs
    if not spoken:
        return None
    quoting = [token for token in spoken if is_cue(token, "quote")]
    return (quoting or spoken)[-1]


def _cue_after(tokens: Sequence[Token], speech: Speech) -> Token | None:
    for token in tokens:
        if token.lower_ == "according" and not any(is_cue(other, "quote") for other in tokens if other.i < token.i):
            return token
    if (first := _first_word(tokens)) is not None and is_told(first.lower_):
        return first  # “…,” added Novak, whatever the parser makes of it
    if (told := _told_by_name(tokens)) is not None:
        return told  # “…,” Novak notes, which the tagger may take for two nouns
    verbs = [token for token in tokens if is_cue(token, "quote") and token.dep_ not in {"relcl", "amod"}]
    verbs = [token for token in verbs if not _is_infinitive(token)] or verbs
    if verbs:
        return verbs[0]
    if speech.last in ",?!—":
        # Any verb may stand for speaking right after a quote that a comma closes: “…,” quipped Smith.
        return next((token for token in tokens[:_NEAR] if _is_telling(token)), None)
    return None


def _first_word(tokens: Sequence[Token]) -> Token | None:
    return next((token for token in tokens if not token.is_punct and not token.is_space), None)


def _told_by_name(tokens: Sequence[Token]) -> Token | None:
    """The cue right behind a name or pronoun that opens what follows a quote."""
    words = [token for token in tokens[:_NEAR] if not token.is_space]
    while words and words[0].is_punct:
        words = words[1:]
    for place, token in enumerate(words[: _LONGEST_NAME + 1]):
        if place and is_told(token.lower_):
            return token
        if token.is_punct or not (token.text[0].isupper() or token.lower_ in {"he", "she", "they"}):
            return None
    return None


def _is_infinitive(token: Token) -> bool:
    return token.tag_ == "VB" and any(leaf.lower_ == "to" for leaf in children(token, "aux"))


def _is_telling(token: Token) -> bool:
    past = token.pos_ == "VERB" and token.tag_ in {"VBD", "VBZ"} and token.dep_ in {"ROOT", "conj"}
    return past and can_hold_a_view(subject(token))


def spoken_before(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> Token | None:
    """The last cue of the sentence in front, in the same paragraph: its speaker goes on in a quote without a cue."""
    doc = docs[number - 1] if number else None
    if doc is None or units[number - 1].speeches:
        return None
    same = units[number - 1].block == units[number].block
    if not same and not (_is_all_quote(units, number) and units[number].block - units[number - 1].block == 1):
        return None
    cues = [token for token in doc if is_cue(token, "quote") and token.dep_ in {"ROOT", "conj", "advcl", "parataxis"}]
    cues = [token for token in cues if token.tag_ in _TENSED and can_hold_a_view(subject(token))]
    if not same:
        cues = [token for token in cues if token.sent.end == len(doc)] or _told_of(doc)
    return cues[-1] if cues else None


def _told_of(doc: Doc) -> list[Token]:
    """The verb of the last sentence if it tells of somebody: a paragraph of nothing but quotes goes on with them."""
    root = doc[len(doc) - 1].sent.root
    acting = subject(root) if root.pos_ in {"VERB", "AUX"} else None
    return [root] if acting is not None and (acting.pos_ == "PROPN" or acting.lower_ in {"he", "she"}) else []


def signature(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> tuple[Token, int] | None:
    """The name, and its unit, behind a quote or under a paragraph of it: “— Ana Doral, mayor”."""
    behind, unit = number + 1, units[number]
    signed = behind < len(units) and units[behind].block == unit.block and units[behind].is_signature
    while not signed and behind < len(units) and units[behind].block == unit.block:
        behind += 1
    under = signed or _is_all_quote(units, number)
    if not under or behind >= len(units) or not units[behind].is_signature or units[behind].block > unit.block + 1:
        return None
    doc = docs[behind]
    name = takewhile(lambda token: token.text not in {",", "."} or token.i == 0, doc) if doc is not None else ()
    found = next((token for token in reversed(list(name)) if token.pos_ == "PROPN"), None)
    while found is not None and found.dep_ == "pobj" and found.head.lower_ == "of":  # the Ministry of Commerce
        found = found.head.head
    return (found, behind) if found is not None else None


def _is_all_quote(units: Sequence[Unit], number: int) -> bool:
    """Whether the paragraph of a unit is nothing but quotes."""
    paragraph = takewhile(lambda unit: unit.block == units[number].block, islice(units, number, None))
    return not any(unit.skeleton.strip(" .,") for unit in paragraph)


def led_in(units: Sequence[Unit], docs: Sequence[Doc | None], number: int) -> Token | None:
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
    ]
    last_sentence = [token for token in cues if token.sent.end == len(doc)] or cues
    finite = [token for token in last_sentence if token.tag_ in _TENSED]
    return finite[-1] if finite else _stated(doc)


def _stated(doc: Doc) -> Token | None:
    """The verb of “Novak issued the following statement:”, and the cue of “Stated Novak:”."""
    if is_told(doc[0].lower_) and inverted(doc[0]) is not None:
        return doc[0]
    root = doc[len(doc) - 1].sent.root
    words = any(token.lemma_ in SPEECH_CARRIERS for token in root.sent)
    return root if words and root.pos_ == "VERB" and can_hold_a_view(subject(root)) else None


def _stands_free(dash: Token) -> bool:
    """Whether a dash parts phrases, not the halves of a word."""
    return dash.i == 0 or bool(dash.nbor(-1).whitespace_)


def bare_speaker(doc: Doc, speech: Speech) -> Token | None:
    """The name in “Lavrov: “…””, or the subject of what leads in by a colon: “Sanders had a snappy retort: “…””."""
    before = [token for token in doc if token.idx < speech.hole]
    sentence = [token for token in before if token.sent == before[-1].sent] if before else []
    dashes = [place for place, token in enumerate(sentence) if token.text in _DASHES and _stands_free(token)]
    words = [token for token in sentence[dashes[-1] + 1 if dashes else 0 :] if not token.is_space]
    brackets = next((place for place, token in enumerate(words) if token.text == "("), len(words))  # “(R-Fla.)”
    words = [token for token in words[:brackets] if not token.is_punct]
    if not words:
        return None
    if len(words) <= _LONGEST_BARE and not any(token.pos_ in {"VERB", "AUX"} for token in words):
        if len(words) <= _LONGEST_NAME and all(token.text[0].isupper() for token in words):
            return words[-1] if words[-1].is_upper or words[-1].pos_ == "PROPN" else None
        names = [token for token in words if token.pos_ == "PROPN" and token.dep_ != "compound"]
        return names[0] if names and words[0].text[0].isupper() and words[0].pos_ in {"PROPN", "ADJ", "NOUN"} else None
    root = words[0].sent.root
    found = subject(root) if root.pos_ in {"VERB", "AUX"} and root in words else None
    if found is not None and can_hold_a_view(found) and found.lower_ not in _POINTING:
        return found
    return words[-1] if words[-1].pos_ == "PROPN" and words[-1].ent_type_ == "PERSON" else None


@dataclass(slots=True)
class Utterance:
    """Quotations by one speaker under one cue. `cue` is None where the article gives none.

    `how` says how the cue was found: beside the quote, by a colon line, by a name below the quote, or carried over from
    the quote before.
    """

    unit: int
    quotations: list[Quotation] = field(default_factory=list)
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
    """Every utterance of the article, in text order. `docs` are the parsed skeletons, None where there was no need."""
    pairing = _Pairing(units, docs)
    for number, unit in enumerate(units):
        for place, speech in enumerate(unit.speeches):
            utterance = pairing.join(number, place)
            if utterance is None:
                utterance = pairing.begin(number, place)
                pairing.found.append(utterance)
            elif utterance.how in {"unknown", "carried"} and (tag := pairing.closing_tag(number, place)) is not None:
                # A quote over several paragraphs may name its speaker only at its end.
                pairing.found[-1] = utterance = replace(tag, unit=utterance.unit, quotations=utterance.quotations)
            utterance.quotations.append(speech.quotation)
            utterance.last_unit = number
    return pairing.found


@dataclass(frozen=True, slots=True)
class _Pairing:
    """The units of an article, their parses, and the utterances found so far."""

    units: Sequence[Unit]
    docs: Sequence[Doc | None]
    found: list[Utterance] = field(default_factory=list)

    def join(self, number: int, place: int) -> Utterance | None:
        """The utterance before, if speech number `place` of unit `number` goes on with it."""
        last = self.found[-1] if self.found else None
        if last is None:
            return None
        if last.quotations[-1].continues:
            return last
        own = self._own_cue(number, place)
        if own is not None:
            return last if last.cue is not None and last.cue.doc is own[0].doc and last.cue.i == own[0].i else None
        if self._bare(number, place) is not None:
            return None  # “Bush: “…”” behind another's quote
        return last if self._follows(last, number, place) else None

    def begin(self, number: int, place: int) -> Utterance:
        """A new utterance, with the best cue there is for it."""
        speech = self.units[number].speeches[place]
        if (own := self._own_cue(number, place)) is not None:
            return self._with_lead(self._under(number, *own, number), place)
        if place == 0 and speech.lead == "none" and (lead := led_in(self.units, self.docs, number)) is not None:
            return self._under(number, lead, "colon", number - 1)
        if (named := self._bare(number, place)) is not None:
            return Utterance(number, cue_text=":", cue_unit=number, speaker=named, how="colon")
        if (signed := signature(self.units, self.docs, number)) is not None:
            return Utterance(number, cue_text="—", cue_unit=signed[1], speaker=signed[0], how="signed")
        carried = self._carried(number) if place == 0 and speech.lead != "colon" else None
        return carried or Utterance(number, how="unknown")

    def closing_tag(self, number: int, place: int) -> Utterance | None:
        """What the cue beside a speech alone tells."""
        own = self._own_cue(number, place)
        return self._under(number, *own, number) if own is not None else None

    def _carried(self, number: int) -> Utterance | None:
        """Whoever spoke in the sentence before, or was quoted last, goes on in a quote that opens unit `number`."""
        before = spoken_before(self.units, self.docs, number)
        if before is not None:
            return self._under(number, before, "carried", number - 1)
        last = self.found[-1] if self.found else None
        if last is None or last.speaker is None or last.how == "signed" or not self._is_next_block(last, number):
            return None  # whoever signs a quote says nothing more
        return replace(last, unit=number, quotations=[], how="carried", lead=None)

    def _own_cue(self, number: int, place: int) -> tuple[Token, str] | None:
        doc = self.docs[number]
        return own_cue(self.units[number], doc, place) if doc is not None else None

    def _bare(self, number: int, place: int) -> Token | None:
        """Who stands before the colon in front of a speech, without any verb."""
        speech, doc = self.units[number].speeches[place], self.docs[number]
        return bare_speaker(doc, speech) if speech.lead == "colon" and doc is not None else None

    def _follows(self, last: Utterance, number: int, place: int) -> bool:
        """Whether a quote stands right behind another in the same paragraph, with no other cue between."""
        if last.how == "unknown":
            return False
        if last.last_unit == number:
            return place > 0
        return (
            place == 0 and number - last.last_unit == 1 and self.units[last.last_unit].block == self.units[number].block
        )

    def _is_next_block(self, last: Utterance, number: int) -> bool:
        return self.units[number].block - self.units[last.last_unit].block in {0, 1}

    def _under(self, number: int, cue: Token, how: str, cue_unit: int) -> Utterance:
        """An utterance under `cue`, which stands in unit `cue_unit`."""
        unit = self.units[cue_unit]
        speaker, via = relayed(cue) or (speech_subject(cue, how), passed_on(cue) or citing(cue))
        text, end = cue.text, cue.idx + len(cue.text)
        if cue.lower_ == "according":
            speakers = [leaf for to in children(cue, "prep") for leaf in children(to, "pobj")]
            speaker, via, text, end = (speakers[0] if speakers else None), None, "according to", end + len(" to")
        span = unit.span_of(cue.idx, min(end, len(unit.origin)))
        return Utterance(number, [], cue, text, span, cue_unit, speaker, via, cue_unit, how)

    def _with_lead(self, utterance: Utterance, place: int) -> Utterance:
        """Takes in the colon line in front of a quote that has a cue of its own, with the voice that the line cites."""
        number = utterance.unit
        if place == 0 and self.units[number].speeches[0].lead == "none":
            lead = led_in(self.units, self.docs, number)
            if lead is not None:
                utterance.lead = (lead, number - 1)
                if utterance.via is None and (via := passed_on(lead)) is not None:
                    utterance.via, utterance.via_unit = via, number - 1
        return utterance
