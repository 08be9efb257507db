"""Questions about what somebody said, or who said it, as grammar. Knows English, and asks who may be a speaker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from rag.answering.asking.phrasings import expression, open_verbs, phrasings
from rag.answering.asking.reading import Reading, bare_topic, group
from rag.answering.asking.wanted import asks_of, without_question_words
from rag.types import Asks


class MaySpeak(Protocol):
    """Whether words can name a speaker; `openly` says that the question is of speech and nothing else."""

    def __call__(self, name: str, *, openly: bool) -> bool:
        """Whether they can."""


_NOT_SPEECH = re.compile(
    r"(?:wrote|writes|written) |(?:called|calls) (?:(?:an?|the) (?!.+ an? )|in |off |up |on (?!the )|upon)"
    r"|(?:told|tells|asked|asks) (?:him|her|them)$|noted (?:for|as)|added (?:to|an? )|(?:blamed|stated)$"
    r"|claimed (?:the |an? )?(?:title|victory|gold|silver|prize|responsibility|medal|win)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile("(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day", re.IGNORECASE)
_ITEMS = re.compile(r"[“\"„«‘]")
_ANSWERS = re.compile("(?:(?:react|respond|repl)\\w* to|mention\\w*) (?!that )", re.IGNORECASE)
_QUESTION_WORDS: dict[str, Asks] = {
    "when": "when", "since when": "when", "on what occasion": "when", "where": "where", "in which": "where",
    "why": "why", "how come": "why", "how long": "how_long", "who": "who",
}  # fmt: skip
_OPENINGS: tuple[tuple[tuple[str, ...], str, Asks | None], ...] = (
    (("asked",), "{what} ", None),
    (("told",), "(what|how|whatever|the things|{everything}) ", "what"),
    (("more", "seen", "nouns"), "", "what"),
    (("asked",), "", "yes_no"),
    (("told",), "(if|whether|is it (true|correct|right) that|true or false:?) ", "yes_no"),
    (("whether",), "", "yes_no"),
    (("asked",), "{when} ", None),
)
"""Groups of phrasings of statements, what each of them stands behind, and what that asks for."""

_PLAIN_VERBS = re.compile(
    "(?:say|said|saying|think|thought|tell|told|state|stating|add|note|noting|comment|remark|mention|report|write|wrote"
    "|ask|have|had|tweet|make|see|view)",
    re.IGNORECASE,
)
"""Beginnings of the verbs that say nothing of how something was said."""

_OWN_VIEWS = re.compile(
    "(?:view|opinion|position|statement|comment|remark|quote|quotation)s?|stance|thoughts|take|attitude|words",
    re.IGNORECASE,
)
"""What only somebody who speaks can have."""


def who_said(question: str) -> Reading | None:
    """The reading of a question that asks who said something; None for any other."""
    for pattern in phrasings("who_said"):
        match = pattern.fullmatch(question)
        if match is None or _is_no_speech(match):
            continue
        lead = group(match, "lead") or ""
        words = match["topic"] or ""
        is_noun = bool(lead) or (_leads_in(words) and not _ITEMS.search(words))
        topic = bare_topic(words)
        about = f"{_telling(match)} {topic}".strip()
        return Reading("who_said", about, topic=topic if is_noun and topic else None, asks="who")
    return None


def _is_no_speech(match: re.Match[str]) -> bool:
    """Whether the verb means another thing than speech: calling an election, writing “The Pier”."""
    verb = group(match, "verb") or ""
    is_marked = bool(_ITEMS.search(match["topic"] or "")) and not verb.startswith(("wr", "ca"))
    return bool(verb and not is_marked and _NOT_SPEECH.match(f"{verb} {match['topic']}"))


def statement(question: str, may_speak: MaySpeak) -> Reading | None:
    """The reading of a question about what somebody said; None for any other."""
    for pattern, asks in _statements():
        match = pattern.fullmatch(question)
        if match and _speaks(match, may_speak) and not _asks_for_a_day(match):
            return _reading(match, asks or _asks_of(match))
    for pattern in phrasings("statement", "passives"):
        match = pattern.fullmatch(question)
        if match and _is_said(match) and _speaks(match, may_speak):
            return _reading(match, "yes_no" if group(match, "whether") else "what")
    for pattern in phrasings("statement", "on"):
        match = pattern.fullmatch(question)
        if match and may_speak(match["speaker"], openly=False):
            return _reading(match, "what")
    return _according(question, may_speak)


def _statements() -> Iterator[tuple[re.Pattern[str], Asks | None]]:
    """The phrasings in their order, and what they ask for; None where the question word tells."""
    for names, opening, asks in _OPENINGS:
        for name in names:
            yield from ((pattern, asks) for pattern in phrasings("statement", name, opening))


def _according(question: str, may_speak: MaySpeak) -> Reading | None:
    """What is asked of the words of somebody on record: "According to Lavrov, what does the US not need?"."""
    for pattern in phrasings("statement", "according"):
        match = pattern.fullmatch(question)
        if match and may_speak(match["speaker"], openly=False):
            about = without_question_words(bare_topic(match["topic"]))
            return Reading("statement", about, match["speaker"].strip(" ,"), asks=asks_of(match["topic"]))
    return None


def _speaks(match: re.Match[str], may_speak: MaySpeak) -> bool:
    """Whether the words in the speaker's place can name one, given how openly the question is of speech."""
    verb, noun = ((group(match, name) or "").lower() for name in ("verb", "noun"))
    said = verb in open_verbs() or verb.startswith(("have ", "had ")) or group(match, "past") is not None
    talked = not verb and not noun and group(match, "lead") in {"about", "of"}
    return may_speak(match["speaker"].strip(), openly=said or talked or bool(_OWN_VIEWS.fullmatch(noun)))


def _asks_for_a_day(match: re.Match[str]) -> bool:
    """Whether "when" asks for the day of an event: that of a denial or a warning, not of plain words."""
    return _asks_of(match) in {"when", "how_long"} and not _PLAIN_VERBS.match(group(match, "verb") or "")


def _is_said(match: re.Match[str]) -> bool:
    """Whether the passive is one of speech: said, announced, called; not built or won."""
    verb = group(match, "verb")
    return verb is None or re.fullmatch(expression("past"), verb, re.IGNORECASE) is not None


def _asks_of(match: re.Match[str]) -> Asks:
    """What the question word asks for; "how" asks what was said."""
    asked = (group(match, "wh") or "").lower()
    return next((asks for word, asks in _QUESTION_WORDS.items() if asked.startswith(word)), "what")


def _reading(match: re.Match[str], asks: Asks) -> Reading:
    words = group(match, "topic") or ""
    topic = bare_topic(words)
    leads = bool(group(match, "lead")) or _leads_in(words) or bool(_ANSWERS.match(f"{group(match, 'verb')} {words}"))
    is_noun = bool(topic) and (leads or "noun" in match.groupdict()) and not _WEEKDAY.fullmatch(topic)
    about = f"{_telling(match)} {topic}".strip()
    return Reading("statement", about, match["speaker"].strip(" ,"), topic=topic if is_noun else None, asks=asks)


def _leads_in(words: str) -> bool:
    """Whether the topic comes after a preposition: "about the EU", and not "that the EU is late"."""
    lead = (
        f"(?:(?:anything|something|everything|a lot|much|that|so|this|it) )?{expression('about').replace('|to|', '|')} "
    )
    return re.match(lead, words.strip(), re.IGNORECASE) is not None


def _telling(match: re.Match[str]) -> str:
    """The verb of saying if it tells how: "accuse", "deny"; nothing for "say"."""
    verb = group(match, "verb") or ""
    return "" if _PLAIN_VERBS.match(verb) else verb
