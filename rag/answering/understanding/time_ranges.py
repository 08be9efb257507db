"""Reads the time a question names as a range of days, and whether it bounds when an article appeared."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from rag.answering.understanding.phrasings import phrasing_pattern
from rag.text import tokens

_MONTHS = [name.lower() for name in calendar.month_name]
_MONTH = f"(?:{'|'.join(_MONTHS[1:])})"
_YEAR = r"(?:19|20)\d\d"
_SEASON = "(?:spring|summer|autumn|fall|winter)"
_SEASON_STARTS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_WEEKDAYS = [name.lower() for name in calendar.day_name]
_WEEKDAY = f"(?:{'|'.join(_WEEKDAYS)})"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"

_POINT = (
    rf"(?:\d{{4}}-\d\d-\d\d|(?:the )?{_NTH}(?: of)? {_MONTH}(?:,? {_YEAR})?|{_MONTH} {_NTH}(?:,? {_YEAR})?"
    rf"|(?:early |mid[- ]|late |the (?:start|beginning|middle|end) of )?(?:{_MONTH}(?: of)? {_YEAR}|{_YEAR}|{_MONTH})"
    rf"|(?:the )?(?:first|second) half of {_YEAR}|(?:the )?{_SEASON} (?:of )?{_YEAR})\b"
)
_RELATIVE = (
    rf"(?:today|yesterday|(?:this|last|past) (?:week|month|year|{_WEEKDAY})|the (?:week|month|year) before last"
    rf"|(?:the )?(?:last|past) (?:\d{{1,3}}|few|couple of|{'|'.join(_NUMBERS)}) (?:day|week|month|year)s"
    rf"|(?:\d{{1,3}}|{'|'.join(_NUMBERS)}) (?:day|week|month|year)s ago)\b"
)
_ANY = f"(?:{_POINT}|{_RELATIVE})"
_DATED = re.compile(
    rf"\b(?:(?:between|from) (?P<first>{_ANY}) (?:and|to|until|till|through) (?P<second>{_ANY})"
    rf"|(?P<preposition>in|on|during|over|throughout|within|since|from|after|before|until|till|by|as of|up to)"
    rf" (?:the (?=(?:past|last) ))?(?P<dated>{_ANY})(?: (?:onwards?|on)\b)?"
    rf"|(?P<bare>{_RELATIVE}))(?:[’']s)?",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    "^(?:in|on|during|over|throughout|within|since|from|after|before|until|till|by|as of|up to) (?:the )?",
    re.IGNORECASE,
)
_FROM = frozenset({"since", "from", "as of"})
_UNTIL = frozenset({"until", "till", "by", "up to"})
_THIRDS = {"early": (0, 1), "start": (0, 1), "beginning": (0, 1), "mid": (1, 2), "middle": (1, 2), "late": (2, 3)}

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
        """The text without it."""
        return " ".join(f"{text[: self.start].rstrip(' ,')} {text[self.end :].lstrip(' ,')}".split())

    @property
    def words(self) -> str:
        """The time alone, as a text may carry it: "March 2024" of "in March 2024"."""
        return _PREPOSITION.sub("", self.written)

    @property
    def note(self) -> str:
        """How it was read, for the reader."""
        return f"“{self.written}” was read as {_told(self.since, self.until)}."


def dates_in(text: str, asked: dt.date) -> list[Dated]:
    """Every time that the text names, in order; what is no date of the calendar ("since the war") is none."""
    found = (_dated(match, asked) for match in _DATED.finditer(text))
    return [one for one in found if one is not None]


def _dated(match: re.Match[str], asked: dt.date) -> Dated | None:
    written = re.sub("[’']s?$", "", match.group().strip())
    is_relative = re.search(_POINT, written, re.IGNORECASE) is None
    bounds = _bounds(match, asked)
    if bounds is None or (bounds[0] and bounds[1] and bounds[0] > bounds[1]):
        return None
    return Dated(match.start(), match.end(), written, *bounds, is_relative)


def _bounds(match: re.Match[str], asked: dt.date) -> tuple[dt.date | None, dt.date | None] | None:
    """What the words bound the time by; None where they name no day that there is."""
    if match["first"]:
        year = re.search(rf"\b{_YEAR}\b", match["second"])
        bare = year is not None and re.search(_YEAR, match["first"]) is None  # "from January to March 2024"
        first = _days(f"{match['first']} {year.group()}" if year and bare else match["first"], asked)
        second = _days(match["second"], asked)
        return (first[0], second[1]) if first and second else None
    days = _days(match["dated"] or match["bare"], asked)
    if days is None:
        return None
    preposition = (match["preposition"] or "in").lower()
    if preposition in _FROM:
        return days[0], None
    if preposition in _UNTIL:
        return None, days[1]
    if preposition == "before":
        return None, days[0] - dt.timedelta(days=1)
    return (days[1] + dt.timedelta(days=1), None) if preposition == "after" else days


def _days(written: str, asked: dt.date) -> Days | None:
    """The days that a year, a month, a day or a stretch comprises."""
    words = " ".join(written.lower().replace(",", " ").replace("mid-", "mid ").split()).removeprefix("the ")
    try:
        return _relative(words, asked) or _calendar(words, asked)
    except (ValueError, OverflowError):  # 31 June, or a year before the first
        return None


def _relative(words: str, asked: dt.date) -> Days | None:
    """A stretch that counts from the day of asking; weeks begin on Monday."""
    first, _, last = words.partition(" ")
    if words in {"today", "yesterday"}:
        return _day_before(asked, int(words == "yesterday"))
    if words.endswith(" ago"):
        days = _stretch(words.removesuffix(" ago"))
        return _day_before(asked, days) if "day" in words else _around(asked - dt.timedelta(days=days), words)
    if words.endswith(" before last"):
        return _whole(first, asked, back=2)
    return _last(first, last, asked) if first in {"this", "last", "past"} else None


def _last(first: str, rest: str, asked: dt.date) -> Days:
    """This or last week, month, year, Monday; the last three days."""
    if rest in _WEEKDAYS:
        behind = (asked.weekday() - _WEEKDAYS.index(rest)) % 7
        return _day_before(asked, behind or (0 if first == "this" else 7))
    if rest in _UNIT_DAYS:
        return _whole(rest, asked, back=int(first != "this"))
    return asked - dt.timedelta(days=_stretch(rest)), asked


def _day_before(asked: dt.date, days: int) -> Days:
    day = asked - dt.timedelta(days=days)
    return day, day


def _stretch(words: str) -> int:
    """The length of "three weeks" in days."""
    number, unit = words.rsplit(" ", 1)
    few = {"few": 3, "couple of": 2, **{name: count for count, name in enumerate(_NUMBERS, start=1)}}
    return (few[number] if number in few else int(number)) * _UNIT_DAYS[unit.removesuffix("s")]


def _around(day: dt.date, words: str) -> Days:
    """The week, month or year in which a day lies."""
    unit = next(unit for unit in ("week", "month", "year") if unit in words)
    return _whole(unit, day, back=0)


def _whole(unit: str, day: dt.date, *, back: int) -> Days:
    """The whole week, month or year around a day, or that many before."""
    if unit == "week":
        monday = day - dt.timedelta(days=day.weekday() + 7 * back)
        return monday, monday + dt.timedelta(days=6)
    if unit == "month":
        month = day.year * 12 + day.month - 1 - back
        return _month(month // 12, month % 12 + 1)
    return dt.date(day.year - back, 1, 1), dt.date(day.year - back, 12, 31)


def _calendar(words: str, asked: dt.date) -> Days | None:
    """A date of the calendar; a month or day without a year is the latest that has begun."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", words):
        day = dt.date.fromisoformat(words)
        return day, day
    year_found = re.search(rf"\b{_YEAR}\b", words)
    rest = words.replace(year_found.group(), "") if year_found else words
    year = int(year_found.group()) if year_found else asked.year
    month = next((number for number, name in enumerate(_MONTHS) if name and name in rest.split()), None)
    number = re.search(r"\d{1,2}", rest)
    if month is None:
        return _year(year, rest) if year_found else None
    if year_found is None and (month, int(number.group()) if number else 1) > (asked.month, asked.day):
        year -= 1
    if number:
        day = dt.date(year, month, int(number.group()))
        return day, day
    return _third(_month(year, month), rest)


def _year(year: int, rest: str) -> Days:
    """A year, its half or its season; winter runs into the next year."""
    if season := next((name for name in _SEASON_STARTS if name in rest.split()), None):
        start = _SEASON_STARTS[season]
        end = (year, start + 2) if start < 12 else (year + 1, 2)  # noqa: PLR2004 - December
        return dt.date(year, start, 1), _month(*end)[1]
    if "half" in rest:
        first, last = (1, 6) if "first" in rest else (7, 12)
        return dt.date(year, first, 1), _month(year, last)[1]
    return _third((dt.date(year, 1, 1), dt.date(year, 12, 31)), rest)


def _third(days: Days, rest: str) -> Days:
    """The part of it that "early", "mid" or "late" names, else all."""
    words = set(rest.split())
    part = next((third for word, third in _THIRDS.items() if word in words), (2, 3) if "end" in words else None)
    if part is None:
        return days
    start, end = days[0], days[1] + dt.timedelta(days=1)
    return start + (end - start) * part[0] // 3, start + (end - start) * part[1] // 3 - dt.timedelta(days=1)


def _month(year: int, month: int) -> Days:
    return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])


def _told(since: dt.date | None, until: dt.date | None) -> str:
    """A range in words: 9 to 15 November 2026; 1 March 2024 or later; 30 April 2024 or earlier."""
    if since is None or until is None:
        return f"{_day(since)} or later" if since else f"{_day(until)} or earlier"
    if since == until:
        return _day(since)
    if (since.year, since.month) == (until.year, until.month):
        return f"{since.day} to {_day(until)}"
    return f"{since.day} {_name(since)}{'' if since.year == until.year else f' {since.year}'} to {_day(until)}"


def _day(day: dt.date | None) -> str:
    return f"{day.day} {_name(day)} {day.year}" if day else ""


def _name(day: dt.date) -> str:
    return calendar.month_name[day.month]


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
    last = next(reversed(tokens.words(before)), "")
    if _OF_SPEECH.fullmatch(last) or any(re.fullmatch(phrasing_pattern(form), last, re.IGNORECASE) for form in _SPEECH):
        return False
    return bool(_EVENT.search(last)) or tokens.is_irregular_verb(last)
