"""Pairs quoted speech with the cue that introduces it: in front, behind, in a colon line, or carried over.

Quotations that share a cue make one utterance: “A,” he said, “B”; a quote that goes on over paragraphs; a further
quote in the same paragraph without a cue of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from rag.attribution.masking import Unit
from rag.attribution.quote_cues import (
    STOP,
    bare_speaker,
    colon_line,
    has_foreign_tag,
    label,
    led_in,
    names_another,
    own_cue,
    passed_on,
    signature,
    speech_subject,
    spoken_before,
    tells_of_quote,
)
from rag.attribution.relays import author_token, conveyed, heard, is_reading, quoted_first, set_in, voices
from rag.attribution.syntax import SUBORDINATE, children, citing, is_said, is_somebody, relayed, subject
from rag.core import Span
from rag.text.names import gender_of, is_person_noun, lookup_form, name_lists
from rag.text.quotation_marks import Quotation
from rag.text.spacy_models import parser
from rag.text.speech_verbs import lexicon

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_LISTENING = {"listen", "hear", "wait", "ask", "die", "receive", "get"}
_LONGEST_NAME = 6  # tokens


def introduced(tokens: Iterable[Token], speaker: Token | None) -> list[Token]:
    """Finds everybody but the speaker in the main clauses of some narration."""
    return [token for token in tokens if is_somebody(token) and _is_main(token) and not _means(token, speaker)]


def presented(tokens: Sequence[Token]) -> Token | None:
    """Returns the only person whom a sentence in front of a quotation presents: “Next to speak was farmer Amy Frost.”.

    As its subject, its predicate or its topic; None if somebody else is in it too.
    """
    people = [token for token in tokens if is_somebody(token)]
    if len(people) != 1 or people[0].pos_ == "PRON" or not _is_main(people[0]):
        return None
    only = people[0]
    if any(token.text == "(" and token.i < only.i for token in tokens):  # “Millers (CW, Tuesdays): “Smithy” star …”
        return None
    acting = only.dep_ in {"nsubj", "attr", "ROOT"} and only.head.lemma_ not in _LISTENING
    topic = (
        only.dep_ == "pobj"
        and only.head.lower_ in {"for", "to"}
        and only.head.dep_ == "prep"
        and only.i < only.head.head.i
    )
    turn = (
        only.dep_ == "poss" and only.head.dep_ in {"attr", "nsubj"} and only.head.lemma_ in {"turn", "reply", "answer"}
    )
    return only if acting or topic or turn else None


def _is_main(token: Token) -> bool:
    while token.head != token:
        if token.dep_ in SUBORDINATE:
            return False
        token = token.head
    return True


def is_stranger(token: Token) -> bool:
    """Tells whether a noun brings in a person without a name: “a man in a green anorak”."""
    new = any(child.lower_ in {"a", "an", "another", "one"} for child in children(token, "det", "nummod"))
    named = any(child.pos_ == "PROPN" for child in children(token, "appos"))
    return token.pos_ == "NOUN" and new and not named and is_person_noun(token.lemma_.lower())


def _means(token: Token, speaker: Token | None) -> bool:
    """Tells whether a mention may be the speaker again: a word of their name or office, or a pronoun that agrees."""
    if speaker is None:
        return False
    if token.pos_ == "PRON":
        return agrees(token.lower_, speaker)
    if token.pos_ == speaker.pos_ == "PROPN":
        given, other = _given(token), _given(speaker)
        return (token.lower_ in _words(speaker) or speaker.lower_ in _words(token)) and (
            not (given and other) or given == other
        )
    return bool(_words(token) & _words(speaker))


def _given(name: Token) -> str:
    before = name.nbor(-1) if name.i else name
    known = before != name and before.pos_ == "PROPN" and before.head == name
    return before.lower_ if known and lookup_form(before.text) not in name_lists().titles else ""


def agrees(pronoun: str, speaker: Token) -> bool:
    """Tells whether “he” or “she” may mean who is named by a token."""
    if speaker.pos_ == "PRON":
        return pronoun == speaker.lower_
    words = tuple(word.text for word in _phrase(speaker))
    gender = gender_of(tuple(map(lookup_form, words)), words)
    return gender is None or gender == pronoun


def _phrase(token: Token) -> Sequence[Token]:
    start = max(token.left_edge.i, token.i - _LONGEST_NAME)
    apposed = [word for child in children(token, "appos") for word in child.subtree]
    return [*token.doc[start : token.i + 1], *apposed]


def _words(token: Token) -> set[str]:
    return {word.lower_ for word in _phrase(token) if word.pos_ in {"PROPN", "NOUN"}}


_NEAR = 3  # units in front of a pronoun in which a person without a name may be brought in


@dataclass(slots=True)
class Utterance:
    """Quotations by one speaker under one cue. `cue` is None where the article gives none.

    `how` says how the cue was found: beside the quote, by a colon line, by a name below the quote, or carried over from
    the quote before; "voiced" stands for a quote that a clause tags without naming anybody (“came a shout”), "unsaid"
    for words that nobody spoke ("could say “…”"). `voices` are those who pass the words on, outermost first, each with
    its unit.
    """

    unit: int
    quotations: list[Quotation] = field(default_factory=list)
    cue: Token | None = None
    cue_text: str = ""
    cue_span: Span | None = None
    cue_unit: int = -1
    speaker: Token | None = None
    speaker_unit: int = -1
    voices: tuple[tuple[Token, int], ...] = ()
    how: str = "beside"
    last_unit: int = -1
    lead: tuple[Token, int] | None = None  # cue and unit of a colon line in front, beside a cue of its own


def utterances(units: Sequence[Unit], docs: Sequence[Doc | None]) -> list[Utterance]:
    """Finds every utterance of the article, in text order.

    `docs` are the parsed skeletons, None where there was no need.
    """
    pairing = _Pairing(units, docs)
    for number, unit in enumerate(units):
        for place, speech in enumerate(unit.speeches):
            utterance = pairing.join(number, place)
            if utterance is None:
                utterance = pairing.begin(number, place)
                pairing.found.append(utterance)
            elif utterance.how in {"unknown", "carried"} and (own := pairing.own_cue(number, place)) is not None:
                # A quote over several paragraphs may name its speaker only at its end.
                tag = pairing.under(number, *own, number)
                pairing.found[-1] = utterance = replace(tag, unit=utterance.unit, quotations=utterance.quotations)
            utterance.quotations.append(speech.quotation)
            utterance.last_unit = number
    return [utterance for utterance in pairing.found if utterance.how != "unsaid"]


@dataclass(frozen=True, slots=True)
class _Pairing:
    """The units of an article, their parses, and the utterances found so far. `late` are parses made on demand."""

    units: Sequence[Unit]
    docs: Sequence[Doc | None]
    found: list[Utterance] = field(default_factory=list)
    late: dict[int, Doc] = field(default_factory=dict)

    def join(self, number: int, place: int) -> Utterance | None:
        """Returns the utterance before, if speech number `place` of unit `number` goes on with it."""
        last = self.found[-1] if self.found else None
        if last is None:
            return None
        own = self.own_cue(number, place)
        if last.quotations[-1].continues and not self._is_by_another(last, own):
            return last
        if own is not None:
            return last if last.cue is not None and last.cue.doc is own[0].doc and last.cue.i == own[0].i else None
        if self._bare(number, place) is not None or (last.how != "signed" and self._is_signed(number, place)):
            return None  # “Bush: “…””, or “…” (Kari Holm, baker), behind another's quote
        return last if self._follows(last, number, place) and self._goes_on(last, number, place) else None

    def _is_signed(self, number: int, place: int) -> bool:
        """Tells whether a name in brackets or behind a dash follows a quote: “…” (Kari Holm, baker)."""
        return place + 1 == len(self.units[number].speeches) and signature(self.units, self.docs, number) is not None

    def _is_by_another(self, last: Utterance, own: tuple[Token, str] | None) -> bool:
        if own is None or last.how not in {"before", "after"}:
            return False
        speaker = speech_subject(*own)
        return speaker is not None and speaker.pos_ == "PROPN" and bool(introduced([speaker], last.speaker))

    def begin(self, number: int, place: int) -> Utterance:
        """Returns a new utterance, with the best cue there is for it."""
        speech = self.units[number].speeches[place]
        if (own := self.own_cue(number, place)) is not None:
            return self._with_lead(self.under(number, *own, number), place)
        if place == 0 and speech.lead == "none" and (lead := led_in(self.units, self.docs, number)) is not None:
            return self.under(number, lead, "colon", number - 1)
        if (named := self._bare(number, place)) is not None:
            return self._after_colon(number, named, number)
        if (line := self._by_line(number, place)) is not None:
            return line
        carried = self._carried(number) if place == 0 and speech.lead != "colon" else None
        unknown = "voiced" if self._is_voiced(number, place) else "unknown"
        return carried or self._presented(number, place) or Utterance(number, how=unknown)

    def _by_line(self, number: int, place: int) -> Utterance | None:
        if place == 0 and (line := colon_line(self.units, self.docs, number)) is not None:
            return self._after_colon(number, *line)
        above = label(self.units, self.docs, number) if place == 0 else None
        named = above or signature(self.units, self.docs, number)
        if named is None:
            return None
        dash = "—" if above is None else ""
        return Utterance(number, cue_text=dash, cue_unit=named[1], speaker=named[0], how="signed")

    def _carried(self, number: int) -> Utterance | None:
        """Returns the utterance of whoever spoke or was quoted last, for a quote that opens unit `number`."""
        if self._has_foreign_tag(number, 0) or self._is_heading(number):
            return None
        if names_another(self.units, self.docs, number):
            return None
        return self._told_in_front(number) or self._gone_on(number)

    def _is_heading(self, number: int) -> bool:
        """Tells whether a unit is a quotation alone in its paragraph that no full stop closes.

        It opens a section, or asks what is answered next.
        """
        unit, last = self.units[number], self.units[number].speeches[-1]
        beside = self.units[max(0, number - 1) : number + 2]
        alone = sum(other.block == unit.block for other in beside) == 1 and len(unit.speeches) == 1
        stopless = last.last.isalnum() or last.last in "?\"'”’"  # the mark of words quoted in it
        return alone and stopless and not (unit.skeleton.strip() or last.quotation.continues)

    def _told_in_front(self, number: int) -> Utterance | None:
        before = spoken_before(self.units, self.docs, number)
        if before is None or self._brings_in_another(number, before):
            return None
        return self.under(number, before, "carried", number - 1)

    def _gone_on(self, number: int) -> Utterance | None:
        """Finds whoever was quoted last, if nobody else comes in between."""
        last = self.found[-1] if self.found else None
        if last is None or last.speaker is None or last.how in {"signed", "unsaid"}:
            return None  # whoever signs a quote says nothing more
        unit = self.units[number]
        if unit.is_item and unit.block != self.units[last.last_unit].block:
            return None  # every item of a list names its own speaker
        if self.units[number].block - self.units[last.last_unit].block not in {0, 1} or not self._goes_on(
            last, number, 0
        ):
            return None
        asked = last.cue is not None and lexicon().polarity(last.cue.lemma_, "clause") == "asks"
        if asked and self.units[number].block != self.units[last.last_unit].block:
            return None  # what follows a question is somebody's answer
        return replace(last, unit=number, quotations=[], how="carried", lead=None)

    def _brings_in_another(self, number: int, cue: Token) -> bool:
        """Tells whether the narration behind an opening quote is about somebody else than the cue's speaker."""
        block = self.units[number].block
        if self.units[number - 1].block == block:
            return False
        ends = takewhile(lambda place: self.units[place].block == block, range(number, len(self.units)))
        told = [place for place in ends if self.units[place].skeleton.strip(" .,")][:1]
        speaker = speech_subject(cue, "carried")
        return any(tells_of_quote(self._doc(place)) or introduced(self._doc(place), speaker) for place in told)

    def _presented(self, number: int, place: int) -> Utterance | None:
        """Finds whoever alone the words right in front of a quote present, in the same paragraph."""
        unit, speech = self.units[number], self.units[number].speeches[place]
        if self._has_foreign_tag(number, place):
            return None
        start = unit.speeches[place - 1].hole if place else 0
        ahead = number
        if not unit.skeleton[start : speech.hole].strip() and place == 0:
            ahead, start = number - 1, 0
            if ahead < 0 or self.units[ahead].block != unit.block or self.units[ahead].speeches:
                return None
        end = speech.hole if ahead == number else len(self.units[ahead].skeleton)
        sentence = [token for token in self._doc(ahead) if start <= token.idx < end]
        sentence = [token for token in sentence if token.sent == sentence[-1].sent]
        named = presented(sentence)
        if named is None:
            return None
        how = "colon" if speech.lead == "colon" else "carried"
        return Utterance(number, cue_text=":" if how == "colon" else "", cue_unit=ahead, speaker=named, how=how)

    def own_cue(self, number: int, place: int) -> tuple[Token, str] | None:
        doc = self.docs[number]
        return own_cue(self.units[number], doc, place) if doc is not None else None

    def _bare(self, number: int, place: int) -> Token | None:
        speech, doc = self.units[number].speeches[place], self.docs[number]
        return bare_speaker(doc, speech) if speech.lead == "colon" and doc is not None else None

    def _after_colon(self, number: int, named: Token, unit: int) -> Utterance:
        """Returns the utterance of “Lavrov: “…””, or of “Ruud played a recording of Pia Kron: “…””."""
        whose = conveyed(named.head) if named.head.pos_ == "VERB" else None
        voices_ = ((named, unit),) if whose is not None else ()
        return Utterance(number, cue_text=":", cue_unit=unit, speaker=whose or named, voices=voices_, how="colon")

    def _follows(self, last: Utterance, number: int, place: int) -> bool:
        """Tells whether a quote stands right behind another in the same paragraph, with no other cue between."""
        if last.how in {"unknown", "unsaid", "voiced"}:
            return False
        if last.last_unit == number:
            return place > 0
        return (
            place == 0 and number - last.last_unit == 1 and self.units[last.last_unit].block == self.units[number].block
        )

    def _goes_on(self, last: Utterance, number: int, place: int) -> bool:
        if _asks_somebody(last.cue) and self.units[number].speeches[place].last != "?":
            return False  # “Is it late?” Lund asked Holm. “It is.”
        between = self._between(last, number, place)
        led = self.units[number].speeches[place].lead == "colon" and any(token.is_alpha for token in between)
        return not (led or self._has_foreign_tag(number, place) or introduced(between, last.speaker))

    def _has_foreign_tag(self, number: int, place: int) -> bool:
        doc, speech = self.docs[number], self.units[number].speeches[place]
        return doc is not None and has_foreign_tag(self.units[number], doc, speech)

    def _is_voiced(self, number: int, place: int) -> bool:
        """Tells whether the clause behind a quote tells of a voice, a crowd, a reply: “Liar!” came a shout."""
        speech = self.units[number].speeches[place]
        if not self._has_foreign_tag(number, place):
            return False
        behind = [token for token in self._doc(number) if token.idx >= speech.hole]
        verb = next((token for token in behind if token.pos_ in {"VERB", "AUX"}), None)
        voices_ = [token for token in behind if verb is not None and token.i > verb.i and token.head == verb]
        return any(token.dep_ in {"nsubj", "attr"} and is_somebody(token) for token in voices_)

    def _between(self, last: Utterance, number: int, place: int) -> list[Token]:
        found: list[Token] = []
        for between in range(last.last_unit, number + 1):
            start, end = 0, len(self.units[between].skeleton)
            if between == last.last_unit:
                start = self._behind_tag(last, between)
            if between == number:
                end = self.units[number].speeches[place].hole
            if self.units[between].skeleton[start:end].strip(" .,:;—–-"):
                found += [token for token in self._doc(between) if start <= token.idx < end]
        return found

    def _behind_tag(self, last: Utterance, number: int) -> int:
        """Finds where the sentence of a quote ends in the skeleton of its unit."""
        unit = self.units[number]
        hole = next(speech.hole for speech in unit.speeches if speech.quotation == last.quotations[-1])
        rest = unit.skeleton[hole:].lstrip()
        if not rest or not (last.how == "after" or rest[0].islower() or rest[0] in ",—–-("):
            return hole
        stop = STOP.search(unit.skeleton, hole)
        return stop.end() if stop else len(unit.skeleton)

    def _doc(self, number: int) -> Doc:
        found = self.docs[number] or self.late.get(number)
        if found is None:
            found = self.late[number] = parser()(self.units[number].skeleton)
        return found

    def under(self, number: int, cue: Token, how: str, cue_unit: int) -> Utterance:
        """Returns an utterance under `cue`, which stands in unit `cue_unit`."""
        if not is_said(cue, quoted=True):
            return Utterance(number, how="unsaid")
        unit = self.units[cue_unit]
        text, end = cue.text, cue.idx + len(cue.text)
        if cue.lower_ == "according":
            text, end = "according to", end + len(" to")
        speaker, through = _voices(cue, how)
        span = unit.span_of(cue.idx, min(end, len(unit.origin)))
        passing = tuple((voice, cue_unit) for voice in through)
        place = cue_unit
        if how != "carried" and speaker is not None and speaker.lower_ in {"he", "she"}:
            speaker, place = self._stranger(speaker, cue_unit) or (speaker, place)
        return Utterance(number, [], cue, text, span, cue_unit, speaker, place, passing, how)

    def _stranger(self, pronoun: Token, number: int) -> tuple[Token, int] | None:
        """Returns the person without a name, and their unit, whom the narration right in front of a pronoun brings in.

        “A man in a green anorak stood up. “Give me back my years,” he said.”
        """
        block = self.units[number].block
        for place in range(number, max(-1, number - _NEAR), -1):
            if self.units[place].block != block:
                return None
            ahead = [token for token in self._doc(place) if place != number or token.i < pronoun.i]
            for token in reversed(ahead):
                if token.dep_ in {"nsubj", "nsubjpass"} and is_somebody(token) and token.lower_ != pronoun.lower_:
                    is_new = is_stranger(token) and agrees(pronoun.lower_, token)
                    return (token, place) if is_new else None
        return None

    def _speaks_in_lead(self, utterance: Utterance, lead: Token, number: int) -> None:
        """Takes the subject of a colon line for the pronoun of a quote behind it: “the captain said: “…,” he said”."""
        voice, speaker = subject(lead), utterance.speaker
        is_pronoun = speaker is not None and speaker.lower_ in {"he", "she"}
        if voice is not None and voice.pos_ == "NOUN" and is_pronoun and is_somebody(voice):
            utterance.speaker, utterance.speaker_unit = voice, number

    def _with_lead(self, utterance: Utterance, place: int) -> Utterance:
        """Adds the colon line in front of a quote that has a cue of its own, with the voice that the line cites."""
        number = utterance.unit
        if place == 0 and self.units[number].speeches[0].lead == "none" and utterance.how != "unsaid":
            lead = led_in(self.units, self.docs, number)
            if lead is not None:
                utterance.lead = (lead, number - 1)
                self._speaks_in_lead(utterance, lead, number - 1)
                if not utterance.voices and (via := passed_on(lead)) is not None:
                    utterance.voices = ((via, number - 1),)
        return utterance


def _asks_somebody(cue: Token | None) -> bool:
    """Tells whether a cue asks somebody who is named: what follows may be the answer."""
    if cue is None or lexicon().polarity(cue.lemma_, "clause") != "asks":
        return False
    return any(is_somebody(asked) or asked.pos_ == "PRON" for asked in children(cue, "dobj", "dative"))


def _voices(cue: Token, how: str) -> tuple[Token | None, list[Token]]:
    """Finds who speaks at a cue, and through whom the words come, outermost first."""
    if cue.lower_ == "according":
        return next((leaf for to in children(cue, "prep") for leaf in children(to, "pobj")), None), []
    if (quoted := relayed(cue)) is not None:
        return quoted[0], [voice for voice in quoted[1:] if voice is not None]
    speaker = heard(cue) or speech_subject(cue, how)
    outer = [voice for voice in voices(cue) if voice != speaker]
    if outer and speaker is not None and speaker.lower_ in {"he", "she"} and agrees(speaker.lower_, outer[-1]):
        outer.pop()  # “Hart says he told staff”: most likely Hart again
    outer += [voice for voice in (passed_on(cue) or citing(cue),) if voice is not None and voice not in outer]
    first = quoted_first(cue)
    if first is not None and first == speaker:  # “Quoting Bo Lund, Irma Falk said”, taken for one name
        return first, [*outer, *children(first, "appos")]
    whose = first or conveyed(cue)
    if whose is None and (speaker is None or speaker.pos_ == "PRON"):
        return set_in(token for token in cue.sent if token.i < cue.i) or speaker, outer
    reads = how != "after" and is_reading(cue)
    if speaker is not None and (reads if whose is None else whose != speaker):
        return whose, [*outer, speaker]
    return whose or (author_token(speaker) if speaker is not None else None) or speaker, outer
