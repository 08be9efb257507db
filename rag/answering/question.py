"""From a question and its conversation to a Query. Knows the names on record, and nothing of what was said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answering import patterns, words
from rag.answering.known import Known, bare
from rag.errors import UsageError
from rag.types import Query, Turn

LONGEST_QUESTION = 2_000
_LONGEST_NAME = 5
_TURNS_READ = 10


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who a question asks about, and on what, in its own words; `topic` where those words are a noun ("the EU")."""

    speaker: str | None
    about: str
    topic: str | None


def understand(question: str, history: Sequence[Turn], asked: dt.date, known: Known) -> Query:
    """Reads a question against the conversation and the people on record.

    Raises UsageError for an empty question or one longer than LONGEST_QUESTION characters.
    """
    text = " ".join(question.split())
    if not any(character.isalnum() for character in text):
        raise UsageError("Ask a question in words.")
    if len(text) > LONGEST_QUESTION:
        raise UsageError(f"The question has {len(text):,} characters; ask it in at most {LONGEST_QUESTION:,}.")
    standalone = _standalone(text, _questions(history), known)
    plain = Query(question=text, standalone=standalone, intent="fact", asked=asked)
    if patterns.NOT_A_QUESTION.search(standalone):
        return replace(plain, intent="off_topic")
    if short := patterns.STANDS_FOR.match(standalone):
        return _with_terms(plain, short["short"], known)
    found = _asked(standalone, known)
    if found is None:
        return _with_terms(plain, patterns.QUESTION_WORDS.sub("", patterns.LEADING.sub("", standalone)), known)
    speaker = _on_record(found.speaker, known) if found.speaker else None
    about, dated = _without_dates(found.about)
    query = replace(
        plain,
        intent="statement",
        speaker=speaker or (bare(found.speaker) if found.speaker else None),
        speaker_is_known=speaker is not None,
        topic=_without_dates(found.topic)[0] if found.topic else None,
        notes=(f"“{dated}” was not used: statements are not yet chosen by date.",) if dated else (),
    )
    return _with_terms(query, about, known)


def _on_record(speaker: str, known: Known) -> str | None:
    """The name under which the library knows the speaker, named or called by an office; None if it knows nobody so."""
    person = known.named(speaker)
    return person.name if person else known.holder(speaker)


def _without_dates(text: str) -> tuple[str, str]:
    """A topic without the dates in it, and these."""
    dated = patterns.DATED.search(text)
    return (patterns.DATED.sub("", text).strip(), dated.group().strip()) if dated else (text, "")


def _with_terms(query: Query, text: str, known: Known) -> Query:
    terms = tuple(words.phrases(text))
    first = next(iter(words.words(text)), "")
    names = tuple(
        term
        for term in terms
        if words.is_name(term)
        and (term != first or words.is_acronym(term) or query.intent == "statement" or known.named(term))
    )
    return replace(query, terms=terms, names=names)


def _asked(question: str, known: Known) -> _Asked | None:
    """The speaker and topic of a question about what somebody said; None for any other question."""
    asked = patterns.LEADING.sub("", question).strip(" ?!.")
    if match := patterns.WHO_SAID.fullmatch(asked):
        return _Asked(None, f"{_telling(match)} {match['topic']}", None)
    for pattern in patterns.ASKS_WHAT_SOMEBODY_SAID:
        match = pattern.fullmatch(asked)
        if match and _may_speak(match["speaker"], known):
            return _asked_of(match, pattern)
    return None


def _asked_of(match: re.Match[str], pattern: re.Pattern[str]) -> _Asked:
    about = match["topic"] or ""
    topic = patterns.TOPIC_LEAD.sub("", about).strip()
    is_noun = bool(topic) and (pattern in patterns.TOPIC_IS_A_NOUN or bool(patterns.ABOUT.match(about)))
    return _Asked(match["speaker"], f"{_telling(match)} {topic}".strip(), topic if is_noun else None)


def _telling(match: re.Match[str]) -> str:
    """The verb of saying if it tells how: "accuse", "deny"; nothing for "say"."""
    verb = match.groupdict().get("verb") or ""
    return "" if patterns.PLAIN_VERBS.match(verb) else verb


def _may_speak(name: str, known: Known) -> bool:
    """Whether the words can name somebody who speaks: on record, written as a name, or an office."""
    if _on_record(name, known) or patterns.OFFICE.search(name):
        return True
    parts = [word for word in bare(name).split() if word.lower() not in patterns.PARTICLES]
    return 0 < len(parts) <= _LONGEST_NAME and all(
        words.is_name(word) and word.lower() not in words.FUNCTION_WORDS for word in parts
    )


def _questions(history: Sequence[Turn]) -> list[str]:
    return [" ".join(turn.content.split()) for turn in history if turn.role == "user"][-_TURNS_READ:]


def _standalone(question: str, earlier: Sequence[str], known: Known) -> str:
    """The question with what it leaves to the conversation filled in; as it is where nothing is left out."""
    before = ""
    for asked in earlier:
        before = _completed(asked, before, known)
    return _completed(question, before, known)


def _completed(question: str, before: str, known: Known) -> str:
    """`question` completed by the one before it: "and Peskov?" asks the same of Peskov, "he" is whom it asked about."""
    asked = _asked(before, known) if before else None
    if asked is None or asked.speaker is None:
        return question
    rest = patterns.LEADING.sub("", question).strip(" ?!.")
    if speaker := _on_record(patterns.WHAT_ABOUT.sub("", rest), known):
        return before.replace(asked.speaker, speaker, 1)
    if patterns.PRONOUN.search(rest) and not _names_somebody(question, known):
        completed = patterns.PRONOUN.sub(asked.speaker, patterns.LEADING.sub("", question), count=1)
        return completed[:1].upper() + completed[1:]
    return question


def _names_somebody(question: str, known: Known) -> bool:
    asked = _asked(question, known)
    return asked is not None and asked.speaker is not None and _on_record(asked.speaker, known) is not None
