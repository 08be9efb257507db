"""Reads the time a question names as a range of days, and whether it bounds when an article appeared."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.understanding.normalise import phrasing_pattern, piece
from rag.text import quantities, tokens

_MONTH = f"(?:{quantities.MONTHS})"
_YEAR = r"(?:19|20)\d\d"
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_COUNTS = {"few": 3, "couple of": 2, **{name: count for count, name in enumerate(_NUMBERS, start=1)}}
_WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_PART = "(?:early |mid[- ]|late |the (?:start|beginning|middle|end) of )?"
_POINT = (
    rf"(?:\d{{4}}-\d\d-\d\d|(?:the )?{_NTH}(?: of)? {_MONTH}(?:,? {_YEAR})?|{_MONTH} {_NTH}(?:,? {_YEAR})?"
    rf"|{_PART}(?:{_MONTH}(?: of)? {_YEAR}|{_YEAR}|{_MONTH}))\b"
)
_RELATIVE = (
    rf"(?:today|yesterday|(?:this|last|past) (?:week|month|year|{_WEEKDAY})|the (?:week|month|year) before last"
    rf"|(?:the )?(?:last|past) (?:\d{{1,3}}|{'|'.join(_COUNTS)}) (?:day|week|month|year)s"
    rf"|(?:\d{{1,3}}|{'|'.join(_NUMBERS)}) (?:day|week|month|year)s ago)\b"
)
_PREPOSITION = r"(?:in|on|during|over|throughout|within|since|from|after|before|until|till|by|as of|up to)"
_ANY = f"(?:{_POINT}|{_RELATIVE})"
_DATED = re.compile(
    rf"\b(?:(?:between|from) (?P<first>{_ANY}) (?:and|to|until|till|through) (?P<second>{_ANY})"
    rf"|(?P<preposition>{_PREPOSITION}) (?:the (?=(?:past|last) ))?(?P<dated>{_ANY})(?: (?:onwards?|on)\b)?"
    rf"|(?P<bare>{_RELATIVE}))(?:[’']s)?",
    re.IGNORECASE,
)

Days = tuple[dt.date, dt.date]
"""The first day and the last, both inclusive."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A stretch of a question that names a time. `is_relative` says that it counts from the day of asking."""

    start: int
    end: int
    written: str
    since: dt.date | None
    until: dt.date | None
    is_relative: bool

    def cut_from(self, text: str) -> str:
        """Returns the text without it."""
        return " ".join(f"{text[: self.start].rstrip(' ,')} {text[self.end :].lstrip(' ,')}".split())

    @property
    def words(self) -> str:
        """The time alone, as a text may contain it: "March 2024" of "in March 2024"."""
        return re.sub(rf"^{_PREPOSITION} (?:the )?", "", self.written, flags=re.IGNORECASE)

    @property
    def note(self) -> str:
        """How it was read, for the reader."""
        return f"“{self.written}” was read as {_told(self.since, self.until)}."


def dates_in(text: str, asked: dt.date) -> list[Dated]:
    """Finds every time that the text names, in order; ignores what is no calendar date ("since the war")."""
    return [dated for match in _DATED.finditer(text) if (dated := _dated(match, asked))]


def _dated(match: re.Match[str], asked: dt.date) -> Dated | None:
    written = re.sub("[’']s?$", "", match.group().strip())
    bounds = _bounds(match, asked)
    if bounds is None or (bounds[0] and bounds[1] and bounds[0] > bounds[1]):
        return None
    return Dated(match.start(), match.end(), written, *bounds, re.search(_POINT, written, re.IGNORECASE) is None)


def _bounds(match: re.Match[str], asked: dt.date) -> tuple[dt.date | None, dt.date | None] | None:
    """Returns the range that the words set; None if they name no valid day."""
    if match["first"]:
        year = re.search(rf"\b{_YEAR}\b", match["second"])
        bare = year is not None and re.search(_YEAR, match["first"]) is None  # "from January to March 2024"
        first = _days(f"{match['first']} {year.group()}" if year and bare else match["first"], asked)
        second = _days(match["second"], asked)
        return (first[0], second[1]) if first and second else None
    days = _days(match["dated"] or match["bare"], asked)
    if days is None:
        return None
    preposition, day = (match["preposition"] or "in").lower(), dt.timedelta(days=1)
    if preposition in {"since", "from", "as of", "after"}:
        return days[1] + day if preposition == "after" else days[0], None
    if preposition in {"until", "till", "by", "up to", "before"}:
        return None, days[0] - day if preposition == "before" else days[1]
    return days


def _days(written: str, asked: dt.date) -> Days | None:
    """Returns the days of a year, a month, a day or a range; "early 2024" is the whole year."""
    words = " ".join(re.sub(r"\bthe |,", " ", written.lower()).split())
    words = re.sub("^(?:early|late|(?:start|beginning|middle|end) of|mid[- ]?) ?", "", words).replace("past ", "last ")
    stretch = re.fullmatch(rf"last (?P<count>\d+|{'|'.join(_COUNTS)}) (?P<unit>\w+)", words)
    if stretch:
        words = f"{_COUNTS.get(stretch['count'], stretch['count'])} {stretch['unit']} ago"
    words = re.sub(r"^(\w+) before last$", r"2 \1s ago", words).removeprefix("this " if words.endswith("day") else "")
    found = _parsed(words, asked)
    if found is None:
        return None
    return (found[0], asked) if stretch else _whole(*found)


@lru_cache(maxsize=200)
def _parsed(words: str, asked: dt.date) -> tuple[dt.date, str] | None:
    """Parses English words into a day and its period, "week"; without a year, the latest that has begun."""
    from dateparser.date import DateDataParser  # type: ignore[import-untyped] # takes half a second to import

    base = dt.datetime.combine(asked, dt.time())
    settings = {"RELATIVE_BASE": base, "PREFER_DATES_FROM": "past", "PREFER_DAY_OF_MONTH": "first"}
    try:
        found = DateDataParser(languages=["en"], settings=settings).get_date_data(words)
    except (ValueError, OverflowError):  # before the first year
        return None
    return (found.date_obj.date(), found.period) if found.date_obj else None


def _whole(day: dt.date, period: str) -> Days:
    """Returns the whole day, week (from Monday), month or year around a day."""
    if period == "week":
        monday = day - dt.timedelta(days=day.weekday())
        return monday, monday + dt.timedelta(days=6)
    if period == "month":
        return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return (day.replace(month=1, day=1), day.replace(month=12, day=31)) if period == "year" else (day, day)


def _told(since: dt.date | None, until: dt.date | None) -> str:
    """Returns a range in words: 9 to 15 November 2026; 1 March 2024 or later; 30 April 2024 or earlier."""
    if since is None or until is None:
        return f"{_day(since)} or later" if since else f"{_day(until)} or earlier"
    if since == until:
        return _day(since)
    told = _day(since).split()
    same = 1 if (since.year, since.month) == (until.year, until.month) else 2 if since.year == until.year else 3
    return f"{' '.join(told[:same])} to {_day(until)}"


def _day(day: dt.date | None) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}" if day else ""


_OF_SPEECH = re.compile("quoted|cited|talked|spoke|spoken", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bounded:
    """A question without the dates that bound it, both inclusive, and how these were read.

    `dated` are the words of the first calendar date.
    """

    text: str
    since: dt.date | None = None
    until: dt.date | None = None
    notes: tuple[str, ...] = ()
    dated: str | None = None


def bounded(text: str, asked: dt.date, *, relative_only: bool = False) -> Bounded:
    """Turns the text's dates into bounds; dates of an event ("the war in 2020") stay, or all but relative ones."""
    dates = [
        dated
        for dated in dates_in(text, asked)
        if dated.is_relative or not (relative_only or _is_of_an_event(text[: dated.start]))
    ]
    for dated in reversed(dates):
        text = dated.cut_from(text)
    since = max((dated.since for dated in dates if dated.since), default=None)
    until = min((dated.until for dated in dates if dated.until), default=None)
    words = next((dated.words for dated in dates if not dated.is_relative), None)
    return Bounded(text, since, until, tuple(dated.note for dated in dates), words)


def years_told(topic: str, asked: dt.date) -> tuple[str, tuple[int, int] | None]:
    """Returns a topic without the years of its timeline ("since 2020"), and the first and last of these years.

    A single year belongs to the topic.
    """
    for dated in dates_in(topic, asked):
        first = dated.since.year if dated.since else dt.MINYEAR
        last = dated.until.year if dated.until else dt.MAXYEAR
        if first != last and not dated.is_relative:
            return dated.cut_from(topic), (first, last)
    return topic, None


def _is_of_an_event(before: str) -> bool:
    """Returns whether the word before a date is an event, not a verb of saying."""
    last = next(reversed(tokens.words(before)), "")
    said = "|".join(map(phrasing_pattern, ("finite", "past", "going"))).replace("?P<verb>", "?:")
    if _OF_SPEECH.fullmatch(last) or re.fullmatch(said, last, re.IGNORECASE):
        return False
    return bool(piece("of_an_event").search(last)) or tokens.is_irregular_verb(last)
