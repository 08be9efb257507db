"""Whom a model's sentence credits. Knows the record, no truth."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rag.answering import patterns, words
from rag.answering.checking.semantic_roles import Roles, Speech, roles
from rag.answering.checking.usable import read_around, touching
from rag.answering.checking.wording import alike, same_name
from rag.text.name_matching import compatible, fold
from rag.text.speech_verbs import lexicon
from rag.types import Evidence, Place, Span, Statement

QUOTATION = re.compile(r"[“«\"](?P<words>[^“”«»\"]+)[”»\"]")
PRONOUNS = frozenset({"he", "she", "they", "it", "who", "him", "her", "them", "his", "their", "its", "i", "we", "this"})
_SOFT = frozenset(
    """
    continue begin start put go find show see read take open play keep hold make give face mark allow become include
    remain lead run come use turn move set know learn indicate document score order reference sign press attack threaten
    prove establish determine project reveal post list total number strain break build break help work lie charge fight
    consider prepare regard recall cover form base cause plan trust
    """.split()  # noqa: SIM905 - a list of words reads better so
)
"""Verbs that may tell of speech and mostly tell of something else: alone they credit nobody."""

_WHEN = re.compile(r"\b(?:[Ww]hen|[Ii]f|[Aa]s)(?: being)? $")
_A_FULL_NAME = 2
_ONE_WORD = re.compile(r"\w+")
_BEFORE = 30
"""Characters before a verb without a speaker that must stand before it in a source, too."""


@dataclass(frozen=True, slots=True)
class Voices:
    """The statements that a sentence credits, and why it credits one that it may not (None if all is well)."""

    credited: tuple[Statement, ...]
    objection: str | None = None


def voices(text: str, told: Roles, places: Sequence[Place], evidence: Evidence) -> Voices:
    """Matches everybody who speaks in the sentence with the record, or with the words of the sources themselves."""
    quoted = [Span(*found.span()) for found in QUOTATION.finditer(text)]
    aloud = [one for one in told.speeches if not any(span.start <= one.start < span.end for span in quoted)]
    listener = _Listener(text, places, evidence)
    for speech in sorted(aloud, key=lambda one: one.speaker_start):
        if objection := listener.objection_to(speech):
            return Voices((), objection)
    listener.credit_whom_it_names(aloud)
    if any(not one.is_said for one in listener.credited):
        return Voices((), "The article does not give these words as said.")
    return Voices(tuple(listener.credited), None)


class _Listener:
    """Hears a sentence speech by speech, and keeps the statements that it credits so far."""

    def __init__(self, text: str, places: Sequence[Place], evidence: Evidence) -> None:
        self.credited: list[Statement] = []
        self._text = text
        self._evidence = evidence
        self._record = touching(places, evidence)
        self._read = read_around(places, evidence)
        self._sources = [roles(text) for text in self._read]
        self._outlets = {fold(_bare(name)) for place in places if (name := evidence.articles[place.source].outlet)}
        self._is_copied = False

    def objection_to(self, speech: Speech) -> str | None:
        """Why the speech may not be told so; None if it may, and what it credits is kept."""
        named = _named_by(speech, self._record)
        if (speech.cue in _SOFT and not named) or self._credits_nobody(speech):
            return None
        if not named and (speech.speaker or self._is_copied) and self._stands_word_for_word(speech):
            self._is_copied = True
            return None
        if not speech.speaker:
            return "It does not say who is speaking." if not self.credited and _is_telling(speech) else None
        if speech.speaker.lower() in PRONOUNS:
            return self._objection_to_pronoun(speech)
        found = named or _in_office(speech, self._record, self._evidence)
        if not found and not _stands_in(speech, self._sources):
            return f"The article does not attribute these words to {speech.speaker}."
        self._credit(found)
        return None

    def credit_whom_it_names(self, aloud: Iterable[Speech]) -> None:
        """Credits whose words are told with a noun, too: "… dismissed a claim by Lund that …"."""
        cues = {one.cue for one in aloud if one.speaker and not self._stands_word_for_word(one)}
        self._credit(one for one in self._record if _is_told_of(one, self._text, cues))

    def _objection_to_pronoun(self, speech: Speech) -> str | None:
        if not self.credited and not _is_pronoun_there(speech, self._sources):
            return "It does not say who is speaking."
        before = self._text[: speech.speaker_start]
        self._credit(one for one in self._record if _is_meant(speech, one, before))
        return None

    def _credit(self, found: Iterable[Statement]) -> None:
        self.credited += [one for one in found if one not in self.credited]

    def _credits_nobody(self, speech: Speech) -> bool:
        return fold(_bare(speech.speaker)) in self._outlets or _is_prompted(speech, self._text)

    def _stands_word_for_word(self, speech: Speech) -> bool:
        """Whether a source has the very words from the speaker to the verb, "a resolution acknowledging"; no pronoun.

        Of a verb without a speaker the words before it.
        """
        if speech.speaker.lower() in PRONOUNS:
            return False
        begins = speech.speaker_start if speech.speaker else max(0, speech.start - _BEFORE)
        verb = _ONE_WORD.match(self._text, speech.start)
        words_there = self._text[begins : verb.end()] if verb and begins < speech.start else None
        return words_there is not None and any(words_there in one for one in self._read)


def _is_prompted(speech: Speech, text: str) -> bool:
    """Whether the words only tell what somebody was asked: "Lund confirmed, when questioned about …"."""
    return speech.cue in {"ask", "question"} and _WHEN.search(text[: speech.start]) is not None


def _is_telling(speech: Speech) -> bool:
    """Whether a verb without a subject reports speech: "it was said", not "the talks, described as …"."""
    return "clause" in lexicon().frames(speech.cue)


def _named_by(speech: Speech, record: Sequence[Statement]) -> list[Statement]:
    return [one for one in record if is_voice(speech.speaker, one)]


def _in_office(speech: Speech, record: Sequence[Statement], evidence: Evidence) -> list[Statement]:
    """The statements whose speaker articles introduce elsewhere by the office that the sentence names."""
    offices = [one for one in evidence.record if one.speaker and is_voice(speech.speaker, one)]
    held = {one.speaker for one in offices if patterns.OFFICE.search(speech.speaker)}
    return [one for one in record if one.speaker in held] if len(held) == 1 else []


def _is_told_of(one: Statement, text: str, of_others: Collection[str]) -> bool:
    """Whether a sentence names somebody and, in words that are nobody else's, how they put it: "a claim by Lund"."""
    family = words.words(one.speaker or "")[-1:]
    sentence = words.words(text)
    cues = [cue for cue in words.words(one.cue) if not any(alike(cue, other) for other in of_others)]
    named = any(same_name(word, name) for name in family for word in sentence)
    return named and any(alike(word, cue) for cue in cues for word in sentence)


def is_voice(written: str, one: Statement) -> bool:
    """Whether the words can name the statement's speaker, or who passed it on."""
    for name in filter(None, [one.speaker, one.via]):
        if fold(_bare(written)) == fold(_bare(name)) or _is_same_person(written, name):
            return True
    parts = [part for part in fold(_bare(written)).split() if part not in {"of", "and"}]
    written_there = fold(one.speaker_as_written).split()
    return bool(parts) and parts[0] not in PRONOUNS and set(parts) <= set(written_there)


def _is_same_person(written: str, name: str) -> bool:
    """Whether words end in the family name of a person: "Kremlin spokesman Peskov", "Dmitry Peskov"."""
    capitals = [word for word in words.words(written) if word[:1].isupper()]
    given, _, family = name.rpartition(" ")
    if not given or not capitals or not written.rstrip().endswith(capitals[-1]):
        return False
    # Two words may be a full name, which must agree in whole; one word or many end in the family name.
    in_full = len(capitals) == _A_FULL_NAME
    return same_name(capitals[-1], family) and (not in_full or compatible(" ".join(capitals), name))


def _bare(name: str) -> str:
    return re.sub(r"^(?:the|a|an) ", "", name, flags=re.IGNORECASE)


def _stands_in(speech: Speech, sources: Iterable[Roles]) -> bool:
    """Whether a source says of the same somebody that they did the same: it is the article that tells it."""
    parts = words.words(speech.speaker)
    return any(
        slot.relation in {"subject", "to", "of"}
        and (speech.cue in {"accord", "view"} or alike(slot.head, speech.cue))
        and any(same_name(part, parts[-1]) for part in slot.filler)
        for found in sources
        for slot in found.slots
    )


def _is_meant(speech: Speech, one: Statement, before: str) -> bool:
    """Whether a pronoun can mean the statement's speaker: they are named before it, and the cue is theirs."""
    last = words.words(one.speaker or "")[-1:]
    named = any(same_name(word, name) for name in last for word in words.words(before))
    return named and any(alike(speech.cue, word) for word in words.words(one.cue))


def _is_pronoun_there(speech: Speech, sources: Iterable[Roles]) -> bool:
    """Whether a source says the same of a pronoun: "an operation that it described as …"."""
    return any(
        slot.relation == "subject" and not slot.filler and alike(slot.head, speech.cue)
        for found in sources
        for slot in found.slots
    )
