"""Follow-ups that name one thing and mean the question before, asked of that: "and Peskov?", "what about the CSTO?".

Knows names on record and how names are written, and nothing of what was said.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

from rag.answering import words
from rag.answering.asking import grammar, speakers
from rag.answering.asking.conversation import Asked, names_in, nouns_in
from rag.answering.asking.dates import Dated, dates_in
from rag.answering.asking.phrasings import phrasings
from rag.answering.asking.places import looked_in
from rag.answering.known import Known
from rag.text.names import is_body, nation_of

_ABOUT = re.compile(r"^(?:anything |something )?(?:about|on|regarding|concerning|of) (?P<topic>.+)", re.IGNORECASE)
_IN_PLACE = re.compile(r"^(?P<preposition>in|at|from|to|near|under|by|with|for|against) (?P<place>.+)", re.IGNORECASE)
_PLACED = re.compile(r"\b(?:in|at|from|near) (?:the )?[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*")
_AND = re.compile(r",? (?:and|or) |, ", re.IGNORECASE)
_LONGEST = 8
_ANY_DAY = dt.date(2000, 1, 1)
_MOST_PARTS_OF_A_NAME = 3


def same_of_another(rest: str, before: Asked, known: Known) -> str | None:
    """The question before, asked of another person, topic, place or time; None where the words are a question."""
    noun = _noun(rest)
    if not noun or (noun == rest and not _ABOUT.match(noun) and grammar.read(rest, known) is not None):
        return None
    if (dated := _date(noun)) is not None:
        return _at_another_time(dated, before)
    if about := _ABOUT.match(noun):
        return _on_another_topic(about["topic"], before, known) or f"What do the articles say about {about['topic']}?"
    return _in_another_place(noun, before, known) or _of_another(noun, before, known, is_led_in=noun != rest)


def _noun(rest: str) -> str | None:
    """What "what about the CSTO" asks about; None where the words are no noun."""
    noun = _opening().sub("", rest).strip(" ,")
    is_none = any(pattern.match(noun) for pattern in phrasings("follow_up", "no_noun"))
    return None if is_none or len(noun.split()) > _LONGEST else noun


@cache
def _opening() -> re.Pattern[str]:
    listed = "|".join(pattern.pattern for pattern in phrasings("follow_up", "same_for"))
    return re.compile(f"^(?:{listed})", re.IGNORECASE)


def _of_another(noun: str, before: Asked, known: Known, *, is_led_in: bool) -> str | None:
    """The question asked of other people where the words name some, else on another topic."""
    people = [_called(name, known) for name in _AND.split(noun)]
    if all(people):
        return _of_another_person([str(name) for name in people], before, known)
    if before.speaker and _looks_like_a_person(noun):
        return _of_another_person([noun], before, known)
    return _on_another_topic(noun, before, known) or (f"What do the articles say about {noun}?" if is_led_in else None)


def _called(name: str, known: Known) -> str | None:
    """The full name of somebody on record, misspelt or not; a body keeps the name that the question gives it."""
    person = speakers.on_record(name, known)
    if person is None and speakers.resembled(name, known):
        return name  # put right, and said so, when the whole question is read
    return name if person and is_body(tuple(person.split())) else person


def _looks_like_a_person(noun: str) -> bool:
    """Whether words that no article credits are a person's name: capitals, no article, no country or body."""
    parts = noun.split()
    if len(parts) > _MOST_PARTS_OF_A_NAME or any(
        words.is_acronym(part) or words.has_other_names(part) for part in parts
    ):
        return False
    is_written_so = all(part.isalpha() and words.is_name(part) for part in parts)
    return is_written_so and not is_body(tuple(parts)) and not any(map(nation_of, parts))


def _of_another_person(people: list[str], before: Asked, known: Known) -> str | None:
    """The question with another speaker, or with another person in it."""
    name = " and ".join(people)
    reading = before.reading
    if reading is None:
        about = f" about {before.thing}" if before.thing else ""
        return _with_another_name(name, before, known) or f"What did {name} say{about}?"
    if reading.intent in {"summary", "timeline"} or (reading.intent in {"count", "list"} and not reading.speaker):
        return _on_another_topic(name, before, known)
    if reading.intent == "who_said" or reading.speaker is None:
        return f"What did {name} say about {reading.topic}?" if reading.topic else f"Did {name} say {_clause(before)}?"
    if reading.intent == "compare":
        return f"What did {name} say{before.about}?"
    return before.question.replace(reading.speaker, name, 1)


def _clause(before: Asked) -> str:
    """What was asked about in "Who said that the pier is late?": the words after the verb."""
    return re.sub(r"^who (?:else )?\w+ ", "", before.plain, flags=re.IGNORECASE)


def _on_another_topic(topic: str, before: Asked, known: Known) -> str | None:
    """The question with another topic in the place of its own, or one where it had none."""
    reading = before.reading
    if reading is None:
        return _with_another_name(topic, before, known)
    whole = before.question
    if reading.topic and reading.topic in whole:
        at = whole.rindex(reading.topic)
        return f"{whole[:at]}{topic}{whole[at + len(reading.topic) :]}"
    if reading.speaker and reading.intent != "compare":
        return f"What did {reading.speaker} say about {topic}?"
    if reading.intent == "compare":
        return f"{_unmarked(whole)} on {topic}?" if not reading.topic else None
    return f"Who spoke about {topic}?" if reading.intent == "who_said" else None


def _with_another_name(name: str, before: Asked, known: Known) -> str | None:
    """A question of fact with another name in the place of the one most like it, or another noun for its noun."""
    whole = before.question
    stretches = [stretch for stretch in names_in(whole) if whole[stretch[0] : stretch[1]].lower() not in name.lower()]
    bare_name = re.sub("^(?:the|a|an) ", "", name, flags=re.IGNORECASE)
    if words.is_name(bare_name) and stretches:
        start, end = max(stretches, key=lambda one: (_likeness(whole[one[0] : one[1]], bare_name, known), one))
        if whole[max(0, start - 4) : start].lower() == "the ":
            start -= 4
            name = name if name != bare_name or not words.is_acronym(name) else f"the {name}"
        return f"{whole[:start]}{name}{whole[end:]}"
    nouns = nouns_in(whole)
    if nouns and not words.is_name(bare_name):
        start, end = nouns[-1] if len(nouns) == 1 else nouns[0]
        return f"{whole[:start]}{name}{whole[end:]}"
    return None


def _likeness(name: str, other: str, known: Known) -> int:
    """How far two names are of a kind: people, acronyms, peoples with a plural."""
    return sum(
        3 * (kind(name) and kind(other)) + (kind(name) == kind(other))
        for kind in (
            lambda one: speakers.on_record(one, known) is not None and not is_body(tuple(one.split())),
            words.is_acronym,
            lambda one: one.endswith("s"),
        )
    )


def _in_another_place(noun: str, before: Asked, known: Known) -> str | None:
    """The question asked of another article, outlet or place: "and in the Orda article?", "in Georgia?"."""
    looked = looked_in(f"What is said {noun}?", known)
    if looked.source or looked.outlet:
        return f"{_unmarked(looked_in(before.question, known).rest)} {noun}?"
    match = _IN_PLACE.match(noun)
    if match is None:
        return None
    whole = _unmarked(before.question)
    placed = list(_PLACED.finditer(whole))
    if placed and match["preposition"].lower() in {"in", "at", "from", "near"}:
        return f"{whole[: placed[-1].start()]}{noun}{whole[placed[-1].end() :]}?"
    return f"{whole} {noun}?"


def _date(noun: str) -> Dated | None:
    """The one date that the words are; a bare "2023" is one too."""
    for written in (noun, f"in {noun}"):
        found = dates_in(written, _ANY_DAY)
        if len(found) == 1 and not found[0].cut_from(written):
            return found[0]
    return None


def _at_another_time(dated: Dated, before: Asked) -> str:
    """The question with this time in the place of its own, or at its end."""
    whole = _unmarked(before.question)
    own = dates_in(whole, _ANY_DAY)
    if own:
        return f"{whole[: own[-1].start]}{dated.written}{whole[own[-1].end :]}?"
    return f"{whole} {dated.written}?"


def _unmarked(question: str) -> str:
    return question.rstrip(" ?!.…")
