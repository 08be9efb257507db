"""From a question and its conversation to a Query. Knows the names on record, and nothing of what was said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answering import patterns, words
from rag.corpus.people import fold
from rag.errors import UsageError
from rag.types import Person, Query, Turn

LONGEST_QUESTION = 2_000
_LONGEST_NAME = 5
_TURNS_READ = 10


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who a question asks about, and on what, in its own words; `topic` where those words are a noun ("the EU")."""

    speaker: str | None
    about: str
    topic: str | None


def understand(question: str, history: Sequence[Turn], asked: dt.date, people: Sequence[Person]) -> Query:
    """Reads a question against the conversation and the people on record.

    Raises UsageError for an empty question or one longer than LONGEST_QUESTION characters.
    """
    text = " ".join(question.split())
    if not any(character.isalnum() for character in text):
        raise UsageError("Ask a question in words.")
    if len(text) > LONGEST_QUESTION:
        raise UsageError(f"The question has {len(text):,} characters; ask it in at most {LONGEST_QUESTION:,}.")
    standalone = _standalone(text, _questions(history), people)
    plain = Query(question=text, standalone=standalone, intent="fact", asked=asked)
    if patterns.NOT_A_QUESTION.search(standalone):
        return replace(plain, intent="off_topic")
    found = _asked(standalone, people)
    if found is None:
        return _with_terms(plain, patterns.QUESTION_WORDS.sub("", patterns.LEADING.sub("", standalone)), people)
    person = person_named(found.speaker, people) if found.speaker else None
    query = replace(
        plain,
        intent="statement",
        speaker=person.name if person else _bare(found.speaker) if found.speaker else None,
        speaker_is_known=person is not None,
        topic=found.topic,
    )
    return _with_terms(query, found.about, people)


def _with_terms(query: Query, text: str, people: Sequence[Person]) -> Query:
    terms = tuple(words.phrases(text))
    first = next(iter(words.words(text)), "")
    names = tuple(
        term
        for term in terms
        if words.is_name(term)
        and (term != first or words.is_acronym(term) or query.intent == "statement" or person_named(term, people))
    )
    return replace(query, terms=terms, names=names)


def _asked(question: str, people: Sequence[Person]) -> _Asked | None:
    """The speaker and topic of a question about what somebody said; None for any other question."""
    bare = patterns.LEADING.sub("", question).strip(" ?!.")
    if match := patterns.WHO_SAID.fullmatch(bare):
        return _Asked(None, f"{_telling(match)} {match['topic']}", None)
    for pattern in patterns.ASKS_WHAT_SOMEBODY_SAID:
        match = pattern.fullmatch(bare)
        if match and _may_speak(match["speaker"], people):
            return _asked_of(match, pattern)
    return None


def _asked_of(match: re.Match[str], pattern: re.Pattern[str]) -> _Asked:
    about = match["topic"] or ""
    bare = patterns.TOPIC_LEAD.sub("", about).strip()
    is_noun = bool(bare) and (pattern in patterns.TOPIC_IS_A_NOUN or bool(patterns.ABOUT.match(about)))
    return _Asked(match["speaker"], f"{_telling(match)} {bare}".strip(), bare if is_noun else None)


def _telling(match: re.Match[str]) -> str:
    """The verb of saying if it tells how: "accuse", "deny"; nothing for "say"."""
    verb = match.groupdict().get("verb") or ""
    return "" if patterns.PLAIN_VERBS.match(verb) else verb


def _may_speak(name: str, people: Sequence[Person]) -> bool:
    """Whether the words can name somebody who speaks: on record, or written as a name."""
    if person_named(name, people):
        return True
    bare = [word for word in _bare(name).split() if word.lower() not in patterns.PARTICLES]
    return 0 < len(bare) <= _LONGEST_NAME and all(
        words.is_name(word) and word.lower() not in words.FUNCTION_WORDS for word in bare
    )


def _bare(name: str) -> str:
    """A name without article and title: "the President Macron" gives Macron."""
    while (shorter := patterns.SPEAKER_LEAD.sub("", name)) not in {name, ""}:
        name = shorter
    return name


def person_named(name: str, people: Sequence[Person]) -> Person | None:
    """The one person on record whom the words name, in full or by the last word of a name; None where two would fit."""
    wanted = fold(_bare(name))
    for person in people:
        if wanted in {fold(_bare(alias)) for alias in (person.name, *person.aliases)}:
            return person
    named = [person for person in people if wanted in {_last(alias) for alias in (person.name, *person.aliases)}]
    return named[0] if len(named) == 1 else None


def _last(name: str) -> str:
    return fold(name).rsplit(" ", 1)[-1]


def _questions(history: Sequence[Turn]) -> list[str]:
    return [" ".join(turn.content.split()) for turn in history if turn.role == "user"][-_TURNS_READ:]


def _standalone(question: str, earlier: Sequence[str], people: Sequence[Person]) -> str:
    """The question with what it leaves to the conversation filled in; as it is where nothing is left out."""
    before = ""
    for asked in earlier:
        before = _completed(asked, before, people)
    return _completed(question, before, people)


def _completed(question: str, before: str, people: Sequence[Person]) -> str:
    """`question` completed by the one before it: "and Peskov?" asks the same of Peskov, "he" is whom it asked about."""
    asked = _asked(before, people) if before else None
    if asked is None or asked.speaker is None:
        return question
    bare = patterns.LEADING.sub("", question).strip(" ?!.")
    if person := person_named(patterns.WHAT_ABOUT.sub("", bare), people):
        return before.replace(asked.speaker, person.name, 1)
    if patterns.PRONOUN.search(bare) and not _names_somebody(question, people):
        completed = patterns.PRONOUN.sub(asked.speaker, patterns.LEADING.sub("", question), count=1)
        return completed[:1].upper() + completed[1:]
    return question


def _names_somebody(question: str, people: Sequence[Person]) -> bool:
    asked = _asked(question, people)
    return asked is not None and asked.speaker is not None and person_named(asked.speaker, people) is not None
