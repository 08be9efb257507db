"""Resolves which recorded speakers a generated sentence credits, and whether its names fit the cited words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rag.answering.checking.semantic_roles import ReportedSpeech, Roles, roles
from rag.answering.checking.source_words import (
    alike,
    introductions,
    is_short_for,
    read_around,
    same_name,
    touching,
    uncovered,
)
from rag.core import Evidence, Place, Span, Statement
from rag.text import tokens
from rag.text.name_matching import compatible, fold_name, sound
from rag.text.names import is_body, is_person_noun, name_lists, nation_of
from rag.text.quantities import figures
from rag.text.quotation_marks import QUOTATION
from rag.text.speech_verbs import lexicon

_OFFICES = frozenset(
    {"lady", "capital", "leader", "head", "chief", "member", "ally", "wife", "husband", "son", "daughter"}
)
"""Nouns beside the titles of the lists that somebody or something is of somebody else."""

_TOGETHER = 6
"""Words from an office to whose it is: "the foreign minister and deputy head of government of Armenia"."""

_PAIR = re.compile(r"(?=\b([A-Z][\w-]*[a-z][\w-]*) ([A-Z][\w-]*[a-z][\w-]*))")
_RUN = re.compile(r"\b(?:[A-Z][\w-]* )*(?P<last>[A-Z][\w-]*[a-z][\w-]*)\b")


def objections_to_names(text: str, places: Sequence[Place], evidence: Evidence) -> Iterator[str]:
    """Why the names of a sentence may not be used so."""
    yield from _to_pairs(text, places, evidence)
    yield from _to_longer_names(text, places, evidence)
    yield from _to_offices(text, places, evidence)


def _to_pairs(text: str, places: Sequence[Place], evidence: Evidence) -> Iterator[str]:
    """Two words of one name must be beside each other in an article or on record too: no “Vladimir Lavrov”."""
    held = [evidence.articles[source].text for source in {place.source for place in places}]
    held += [name for one in evidence.record for name in (one.speaker, one.via) if name]
    heard = {(sound(one), sound(other)) for words_there in held for one, other in _pairs(words_there)}
    lists = name_lists()
    for first, second in _pairs(text):
        is_free = first in lists.nations or first in lists.titles or first in tokens.FUNCTION_WORDS
        if not is_free and (sound(first), sound(second)) not in heard:
            yield f"The article names no “{first.title()} {second.title()}”."


def _pairs(text: str) -> set[tuple[str, str]]:
    """Words with a capital that stand beside each other, folded."""
    return {(fold_name(one), fold_name(two)) for one, two in _PAIR.findall(text)}


def _to_longer_names(text: str, places: Sequence[Place], evidence: Evidence) -> Iterator[str]:
    """A name that an article only ever writes with another behind it is another's: Port is not Port Albena."""
    titles, own = name_lists().titles, {fold_name(word) for word in tokens.words(text)}
    read = "\n".join(evidence.articles[source].text for source in {place.source for place in places})
    for name in sorted({match["last"] for match in _RUN.finditer(text)}):
        behind = [match[1] for match in re.finditer(rf"\b{re.escape(name)}\b(?: ([A-Z][\w-]*[a-z][\w-]*))?", read)]
        if behind and all(word and fold_name(word) not in own | titles for word in behind):
            yield f"The articles say it of “{name} {behind[0]}”."


def _to_offices(text: str, places: Sequence[Place], evidence: Evidence) -> Iterator[str]:
    """An office, whose it is and who holds it must stand together.

    A first lady who went to Albena is not that of Albena; one who met that of Albena is not she.
    """
    read = [tokens.words(one) for one in read_around(places, evidence)]
    told = roles(text)
    speaking = {word.lower() for one in told.speeches for word in tokens.words(one.speaker)}  # proved by the record
    offices = (_OFFICES | name_lists().titles) - speaking
    of = {
        slot.head: [word for word in slot.filler if tokens.is_name(word)]
        for slot in told.slots
        if slot.relation == "of"
    }
    for office, whose in of.items():
        if office in offices and whose and not any(_together(office, [whose], one) for one in read):
            yield f"The cited words do not say “{office} of {' '.join(whose)}”."
    for office, holder in _said_to_hold(text, told, offices):
        if not any(_together(office, [names for names in (of.get(office), holder) if names], one) for one in read):
            yield f"The cited words do not say that {' '.join(holder)} is the {office}."


def _said_to_hold(text: str, told: Roles, offices: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """Who is said to be what: "the mayor was Ada Lund", "Ada Lund is the mayor"."""
    named = {word.lower(): word for word in tokens.words(text) if tokens.is_name(word)}
    said = {one.lemma for one in told.predicates}
    for slot in told.slots:
        if slot.relation == "subject" and slot.head in said:
            sides = [slot.head, *(word.lower() for word in slot.filler)]
            names = [named[word] for word in sides if word in named and word not in offices]
            yield from ((word, names) for word in sides if word in offices and names)


def _together(office: str, others: Sequence[Sequence[str]], read: Sequence[str]) -> bool:
    """Whether a word for the office stands a few words from one of each of the others' names, in any of its forms."""
    forms = [
        {part for word in names for form in tokens.alternatives(word) for part in form.split()} for names in others
    ]
    return any(
        all(any(same_name(form, word) for form in own for word in _around(read, place)) for own in forms)
        for place, word in enumerate(read)
        if alike(office, word.lower())
    )


def _around(read: Sequence[str], place: int) -> Sequence[str]:
    return read[max(0, place - _TOGETHER) : place + _TOGETHER + 1]


HIDDEN = "It leaves out who is speaking."
_OF_THE_ARTICLE = frozenset({"article", "articles", "piece", "passage", "text", "report", "source"})
_A_FULL_NAME = 2
_SPOKES = re.compile(r"(?<=okes|hair)(?:wo)?man\b")
"""The end of spokesman and chairwoman, who are spokesperson and chairperson too."""

_IMPERSONAL = re.compile(r"\b[Ii]t (?:is|was|has been|had been) $")
_PARTED = re.compile(r"[,;:—–]|\b(?:and|but|while|whereas|as|though|although)\b")
"""What parts a clause from what somebody says in the one before it."""


@dataclass(frozen=True, slots=True)
class Credits:
    """The statements that a sentence credits, and why it credits one that it may not (None if all is well).

    `titles` are the words with which it names and introduces those who speak, `via` is who alone
    passed these words on, where it leaves that out.
    """

    credited: tuple[Statement, ...]
    objection: str | None = None
    titles: tuple[str, ...] = ()
    via: str | None = None


def credits_of(text: str, places: Sequence[Place], evidence: Evidence, named_before: str = "") -> Credits:
    """Matches whoever speaks in the sentence with the record; `named_before` may hold whom a "he" means."""
    record = touching(places, evidence)
    read = [roles(sentence) for sentence in read_around(places, evidence)]
    outlets = {fold_name(_bare(name)) for place in places if (name := evidence.articles[place.source].outlet)}
    speaking = {sound(fold_name(name)) for found in read for one in found.speeches if (name := _name_of(one))}
    aloud = [_Voice.of(speech, text) for speech in _aloud(text)]
    heard = [one for one in record if any(voice.may_be(one, named_before, evidence) for voice in aloud)]
    is_known = any(one.speaker or one.via for one in record) if record else bool(speaking)
    if is_known and not heard:
        for voice in aloud:
            if voice.is_telling and not voice.acts_in(read) and fold_name(_bare(voice.written)) not in outlets:
                return Credits((), f"The article does not attribute these words to {voice.written}.")
    subjects = [" ".join(slot.filler) for slot in roles(text).slots if slot.relation == "subject"]
    offices = [subject for subject in subjects if subject.islower()]
    credited = [
        one
        for one in record
        if one in heard or _is_named(one, text) or any(is_voice(office, one, evidence) for office in offices)
    ]
    if any(not one.is_said for one in credited):
        return Credits((), "The article does not give these words as said.")
    is_heard = bool(credited) or (not record and bool(speaking & _sounds(f"{named_before} {text}")))
    if is_known and any(voice.is_hidden and not (is_heard and voice.is_led(named_before)) for voice in aloud):
        return Credits((), HIDDEN)
    if not credited and _is_all_told(places, record):
        return Credits((), HIDDEN)
    titles = tuple(tokens.words(" ".join(voice.phrase for voice in aloud)))
    return Credits(tuple(credited), None, titles, _left_out(credited, text) if credited else None)


def _aloud(text: str) -> Iterator[ReportedSpeech]:
    """The speeches of the sentence but for those within its quotations, and within what another says."""
    quoted = [Span(*found.span()) for found in QUOTATION.finditer(text)]
    before: ReportedSpeech | None = None
    for one in sorted(roles(text).speeches, key=lambda speech: speech.speaker_start):
        is_quoted = any(span.start <= one.start < span.end for span in quoted)
        is_told = before is not None and before.start < one.speaker_start
        if is_quoted or (before and is_told and not _PARTED.search(text, before.start, one.speaker_start)):
            continue
        before = one
        yield one


def _name_of(speech: ReportedSpeech) -> str | None:
    """The last word of whoever says something aloud by a name."""
    last = tokens.words(speech.speaker)[-1:]
    return last[0] if last and is_name_inside_sentence(last[0]) and _is_aloud(speech) else None


def _is_aloud(speech: ReportedSpeech) -> bool:
    """Whether the verb may introduce a quotation: to consider or to believe is not to say."""
    return not lexicon().frames(speech.cue) or "quote" in lexicon().frames(speech.cue)


def _sounds(text: str) -> set[str]:
    return {sound(fold_name(word)) for word in tokens.words(text)}


@dataclass(frozen=True, slots=True)
class _Voice:
    """Somebody who speaks in a sentence: the words for them, with what stands behind up to the verb; what is before."""

    written: str
    phrase: str
    before: str
    is_aloud: bool
    is_impersonal: bool

    @classmethod
    def of(cls, speech: ReportedSpeech, text: str) -> _Voice:
        """From one speech of the text."""
        end = speech.speaker_start + len(speech.speaker)
        behind = text[end : speech.start] if text[end:].startswith(",") and speech.start > end else ""
        before, is_nobody = (
            text[: speech.speaker_start],
            not speech.speaker and _IMPERSONAL.search(text[: speech.start]),
        )
        return cls(speech.speaker, f"{speech.speaker}{behind}", before, _is_aloud(speech), bool(is_nobody))

    @property
    def is_telling(self) -> bool:
        """Whether the words tell who it is: by a name or an office, not by a pronoun or a common noun."""
        own = tokens.words(self.written)
        is_office = bool({word.lower() for word in own[-1:]} & (_OF_THE_ARTICLE | name_lists().titles))
        return (
            bool(own)
            and own[0].lower() not in tokens.PRONOUNS
            and (is_office or any(map(is_name_inside_sentence, own)))
        )

    @property
    def is_hidden(self) -> bool:
        """Whether words are told of a "he", or of nobody: "it was said that"."""
        return self.written.lower() in {"he", "she", "his", "her"} or self.is_impersonal

    def is_led(self, named_before: str) -> bool:
        """Whether a "he" stands behind anybody whom it may mean, by name or by what they are."""
        own = tokens.words(f"{named_before} {self.before}")
        return self.is_impersonal or any(
            (is_name_inside_sentence(word) and not nation_of(word)) or is_person_noun(word.lower()) for word in own
        )

    def may_be(self, one: Statement, named_before: str, evidence: Evidence) -> bool:
        """Whether they can be the statement's speaker; a pronoun, where that one was named before."""
        if self.written.lower() in tokens.PRONOUNS:
            return _is_named(one, f"{named_before} {self.before}")
        return bool(self.written) and (
            (self.is_aloud and is_voice(self.written, one, evidence))
            or _is_named(one, self.phrase)
            or _is_unnamed(self.written)
        )

    def acts_in(self, read: Sequence[Roles]) -> bool:
        """Whether the cited sentences themselves have the same somebody speak or act."""
        last = _sounds(" ".join(tokens.words(self.written)[-1:]))
        return any(
            slot.relation == "subject" and any(sound(fold_name(part)) in last for part in slot.filler)
            for found in read
            for slot in found.slots
        )


def is_name_inside_sentence(word: str) -> bool:
    """Whether a word is written as a name, and is none of the words that open sentences: "He", "Three"."""
    return tokens.is_name(word) and word.lower() not in tokens.FUNCTION_WORDS and not figures(word)


def _is_unnamed(written: str) -> bool:
    """Whether people or a body speak without a name or an office; no article, which says nothing of its own."""
    own = tokens.words(written)
    head = own[-1].lower() if own else ""
    is_somebody = any(is_person_noun(noun) for noun in (head, head.removesuffix("s"))) or is_body((head,))
    return (
        is_somebody and not any(map(is_name_inside_sentence, own)) and head not in _OF_THE_ARTICLE | name_lists().titles
    )


def _is_named(one: Statement, text: str) -> bool:
    """Whether a text names the statement's speaker, by the family name alone, or in full who passed it on."""
    held = _sounds(text)
    people = [tokens.words(name)[-1:] for name in (one.speaker, *one.candidates) if name]
    return any(_sounds(" ".join(name)) <= held for name in (*people, tokens.words(one.via or "")) if name)


def _left_out(credited: Sequence[Statement], text: str) -> str | None:
    """The outlet or body through which alone all the credited words are known, if the text does not name it."""
    relays = [one.via for one in credited if one.via and any(map(is_name_inside_sentence, tokens.words(one.via)))]
    named = any(_sounds(via) & _sounds(text) for via in relays)
    return relays[0] if len(relays) == len(credited) and not named else None


def _is_all_told(places: Sequence[Place], record: Sequence[Statement]) -> bool:
    """Whether all the cited words are those of people known by name, and the article itself says none of them."""
    theirs = list(filter(_is_of_a_person, record))
    return bool(places) and all(any(one.tells(place) for one in theirs) for place in places)


def _is_of_a_person(one: Statement) -> bool:
    name = tuple((one.speaker or "").split())
    return len(name) > 1 and not is_body(name)


def is_voice(written: str, one: Statement, evidence: Evidence) -> bool:
    """Whether the words can name the statement's speaker, who passed it on, whom they speak for, or their office."""
    bare = fold_name(_bare(written))
    for name in filter(None, [one.speaker, one.via, one.speaks_for, *one.candidates]):
        if bare == fold_name(_bare(name)) or _is_same_person(written, name):
            return True
    told = f"{one.speaker_as_written} {one.speaker or ''}"
    parts = {fold_name(word) for word in tokens.words(written)} - {"of", "and", "the"}
    if parts and not parts & tokens.PRONOUNS and parts <= {fold_name(word) for word in tokens.words(told)}:
        return True
    is_told = bool(tokens.content_words(written)) and not uncovered(written, told)
    if is_told or is_short_for(_bare(written), told):
        return True
    return _is_of_office(written, one, evidence)


def _is_of_office(written: str, one: Statement, evidence: Evidence) -> bool:
    """Whether the words name the office or the nation that articles introduce the speaker by: "Tesla's boss", "Russia".

    A name alone is only that of a nation: another's may stand beside the speaker's as well.
    """
    held = tokens.words(_SPOKES.sub("person", introductions([one], evidence)))
    telling = [
        word for word in tokens.words(_SPOKES.sub("person", written)) if word.lower() not in tokens.FUNCTION_WORDS
    ]
    is_office = bool(telling) and not tokens.is_name(telling[-1])
    return bool(telling) and all(
        _is_home(word, held) or (is_office and any(same_name(word, other) for other in held)) for word in telling
    )


def _is_home(word: str, held: Sequence[str]) -> bool:
    """Whether a nation, or the seat of its government, is that of one of the words."""
    nations, seats = name_lists().nations, name_lists().seats
    nation = seats.get(word.lower()) or nations.get(word.lower())
    return nation is not None and any(nation in {seats.get(one.lower()), nations.get(one.lower())} for one in held)


def _is_same_person(written: str, name: str) -> bool:
    """Whether words end in the family name of a person: "Kremlin spokesman Peskov", "Dmitry Peskov"."""
    capitals = [word for word in tokens.words(written) if word[:1].isupper()]
    given, _, family = name.rpartition(" ")
    if not given or not capitals or not written.rstrip().endswith(capitals[-1]):
        return False
    # Two words may be a full name, which must agree in whole; one word or many end in the family name.
    in_full = len(capitals) == _A_FULL_NAME
    return same_name(capitals[-1], family) and (not in_full or compatible(" ".join(capitals), name))


def _bare(name: str) -> str:
    return re.sub(r"^(?:the|a|an) ", "", name, flags=re.IGNORECASE)
