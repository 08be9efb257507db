"""Which of a question's dates bound when an article appeared, and which belong to what happened. Knows no article."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from rag.answering import words
from rag.answering.asking.dates import dates_in
from rag.answering.asking.phrasings import expression

_EVENT = re.compile(
    r"(?:\b(?:war|wars|conflict|election|elections|attacks?|agreements?|summit|ceasefire|operation|referendum|visit|treaty|deal"
    r"|talks|resolution|revolution|pandemic|crisis|vote|invasion|coup|protests?|strikes?|events?|raid|earthquake|budget|season"
    r"|games|olympics|world cup|meeting|offensive|sanctions|uprising|exodus|population|born|died|happened|act|law)"
    r"|\w{3,}ed|going)$",
    re.IGNORECASE,
)
_SPEECH = ("finite", "past", "going")
_OF_SPEECH = re.compile("quoted|cited|talked|spoke|spoken", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bounded:
    """A question without the dates that bound it, both inclusive, and how these were read.

    `dated` are the words of the first that stands in the calendar.
    """

    text: str
    since: dt.date | None = None
    until: dt.date | None = None
    notes: tuple[str, ...] = ()
    dated: str | None = None


def bounded(text: str, asked: dt.date, *, relative_only: bool = False) -> Bounded:
    """The dates of the text as bounds; those of an event ("the war in 2020") stay, or all but relative ones."""
    dates = [
        one
        for one in dates_in(text, asked)
        if one.is_relative or not (relative_only or _is_of_an_event(text[: one.start]))
    ]
    for one in reversed(dates):
        text = one.cut_from(text)
    since = max((one.since for one in dates if one.since), default=None)
    until = min((one.until for one in dates if one.until), default=None)
    dated = next((one.words for one in dates if not one.is_relative), None)
    return Bounded(text, since, until, tuple(one.note for one in dates), dated)


def years_told(topic: str, asked: dt.date) -> tuple[str, tuple[int, int] | None]:
    """A topic without the years over which it is to be told ("since 2020"), and the first and the last of them.

    A single year belongs to the topic.
    """
    for one in dates_in(topic, asked):
        first, last = one.since.year if one.since else dt.MINYEAR, one.until.year if one.until else dt.MAXYEAR
        if first != last and not one.is_relative:
            return one.cut_from(topic), (first, last)
    return topic, None


def _is_of_an_event(before: str) -> bool:
    """Whether the word before a date is something that happened then, not a verb of saying."""
    last = next(reversed(words.words(before)), "")
    if _OF_SPEECH.fullmatch(last) or any(re.fullmatch(expression(form), last, re.IGNORECASE) for form in _SPEECH):
        return False
    return bool(_EVENT.search(last)) or words.is_irregular_verb(last)
