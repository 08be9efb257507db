"""Pairs speeches (words quoted as utterances) with the cue that introduces them. Knows no names.

Slices that share a cue make one utterance: “A,” he said, “B”; a quote that goes on over paragraphs; a further quote in
the same paragraph without a cue of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rag.corpus.grammar import children, citing, relayed
from rag.corpus.quotes import Quotation
from rag.corpus.skeleton import Unit
from rag.corpus.tags import bare_speaker, led_in, own_cue, passed_on, signature, speech_subject, spoken_before
from rag.types import Span

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token


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
