"""Reads numbers, shares, sums of money, lengths of time and dates in English text.

Figures are folded for comparison. A day that can be read two ways (03/04/2024) is no date: nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MONTH_NAMES = tuple(
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)

ONES = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
    """.split()  # noqa: SIM905 - a list of words reads better so
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905 - a list of words
_WORDS = {word: float(value) for value, word in enumerate(ONES)} | {
    word: 10.0 * value for value, word in enumerate(_TENS, start=2)
}
_ORDINALS = {"first": 1.0, "second": 2.0, "third": 3.0, "fourth": 4.0, "fifth": 5.0, "sixth": 6.0, "seventh": 7.0}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "m": 1e6, "bn": 1e9}
_VAGUE = {"dozens", "hundreds", "thousands", "millions", "billions", "tens", "half", "quarter", "third", "dozen"}
_SHORT = {name[:3]: name for name in MONTH_NAMES} | {"sept": "september"}
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()  # noqa: SIM905 - a list of words
_SEASONS = {"spring": "spring", "summer": "summer", "autumn": "autumn", "fall": "autumn", "winter": "winter"}
_UNITS = {
    "%": "percent", "percent": "percent", "cent": "percent", "percentage": "percent", "point": "point",
    "second": "second", "minute": "minute", "hour": "hour", "day": "day", "week": "week", "month": "month",
    "year": "year", "decade": "decade", "century": "century", "dollar": "$", "$": "$", "euro": "€", "€": "€",
    "pound": "£", "£": "£", "rouble": "rouble", "ruble": "rouble", "yuan": "yuan", "km": "km", "kilometre": "km",
    "kilometer": "km", "mile": "mile", "metre": "metre", "meter": "metre", "foot": "foot", "feet": "foot",
    "ton": "ton", "tonne": "ton", "kg": "kg", "kilogram": "kg", "degree": "degree", "time": "time",
}  # fmt: skip
_TOKEN = re.compile(
    r"[$€£]|%|\d[\d,]*(?:\.\d+)?(?=s\b|st\b|nd\b|rd\b|th\b|[^\w]|[a-z]|$)|[^\W\d_]+(?:\.(?=\w))?", re.UNICODE
)
_HEDGE = (
    r"\b(?:about|around|roughly|approximately|some|nearly|almost|close|under|below|fewer|less|least|more|over|above|up"
    r"|exceeding)(?: than| to)? "
)
_ROUNDED = rf"{_HEDGE}(?:a |the |[$€£])?"
"""What stands before a figure that is rounded."""

_ROUNDING = 0.1
"""Share of a rounded figure by which it may be off."""

_DATES = frozenset({*MONTH_NAMES, *_DAYS})


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the unit that it counts ("" where it counts things), as written for the reader of a reason."""

    value: str
    unit: str
    written: str


def figures(text: str) -> tuple[Figure, ...]:
    """Finds every number, month, weekday and vague amount of the text."""
    tokens = [match[0] for match in _TOKEN.finditer(text)]
    lower = [token.lower().rstrip(".") for token in tokens]
    found: list[Figure] = []
    place = 0
    while place < len(lower):
        value, after = _number(lower, place)
        if value is None:
            if named := _named(tokens[place], lower, place):
                found.append(Figure(named, "", tokens[place]))
            place += 1
            continue
        unit = "$€£".find(lower[place - 1]) >= 0 and place > 0 and lower[place - 1]
        found.append(Figure(f"{value:g}", unit or _unit(lower, after), " ".join(tokens[place:after])))
        place = after
    return tuple(found)


def unproved(sentence: str, source: str) -> Figure | None:
    """Returns the first figure of the sentence that the source does not hold, with its unit; None if all are there."""
    held = figures(source)
    units = {(figure.value, figure.unit) for figure in held}
    left = Counter(figure.value for figure in held)
    for figure in figures(sentence):
        # Each may be used as often as it stands there: “from 15 to 22” proves no “from 22 to 22”.
        if not left[figure.value] or (figure.unit and (figure.value, figure.unit) not in units):
            return figure
        left[figure.value] -= 1
    return None


def foreign(sentence: str, source: str) -> Figure | None:
    """Returns the first figure or date of the sentence that the source lacks, or has with another unit.

    What is written out in words, and what is rounded and says so, is left to whoever reads it.
    """
    held = figures(source)
    for figure in figures(sentence):
        units = {other.unit for other in held if other.value == figure.value}
        is_certain = figure.written[:1].isdigit() or figure.value in _DATES
        if not units and is_certain and not _is_rounded(figure, sentence, held):
            return figure
        if units and figure.unit and "" not in units and figure.unit not in units:
            return figure
    return None


def _is_rounded(figure: Figure, sentence: str, held: Sequence[Figure]) -> bool:
    """Tells whether a figure stands behind an “about” and near one of the source's that is written more exactly."""
    first = re.escape(figure.written.split()[0])
    if not figure.value[:1].isdigit() or not re.search(rf"{_ROUNDED}{first}", sentence, re.IGNORECASE):
        return False
    value = float(figure.value)
    known = [float(other.value) for other in held if other.value[:1].isdigit()]
    return any(abs(exact - value) <= _ROUNDING * value and _digits(value) < _digits(exact) for exact in known)


def _digits(value: float) -> int:
    return len(f"{value:g}".replace(".", "").partition("e")[0].strip("0"))


def _number(words: list[str], place: int) -> tuple[float | None, int]:
    first = _value(words[place])
    if first is None:
        return None, place
    total, place = first, place + 1
    while place < len(words):
        word = words[place]
        if word in _SCALES and not (word == "m" and total < 1):
            total *= _SCALES[word]
        elif word in ONES[1:10] and words[place - 1] in _TENS:
            total += _WORDS[word]
        else:
            break
        place += 1
    return total, place


def _value(word: str) -> float | None:
    if word[:1].isdigit():
        digits = re.sub(r"\D+$", "", word.replace(",", ""))
        return float(digits) if digits.count(".") <= 1 else None
    return _WORDS.get(word)


def _named(written: str, words: list[str], place: int) -> str | None:
    """Returns a month, weekday, season, ordinal or vague amount, by its common name."""
    word = words[place]
    month = word if word in MONTH_NAMES else _SHORT.get(word)
    if month and written[:1].isupper():
        is_a_verb = month in {"may", "march"} and not place and not _is_dated(words, place)
        return None if is_a_verb else month
    if word in _DAYS:
        return word
    if word in _SEASONS and _is_season(words, place):
        return _SEASONS[word]
    if word in _VAGUE:
        return word.rstrip("s") if word != "tens" else "tens"
    return str(_ORDINALS[word]) if word in _ORDINALS else None


def _is_dated(words: list[str], place: int) -> bool:
    around = [*words[max(0, place - 1) : place], *words[place + 1 : place + 2]]
    return any(word[:1].isdigit() or word in {"in", "since", "late", "early", "last", "of"} for word in around)


def _is_season(words: list[str], place: int) -> bool:
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    return before in {"in", "the", "by", "this", "last", "next", "of", "early", "late"} or after[:2] in {"19", "20"}


def _unit(words: list[str], place: int) -> str:
    """Returns the unit behind a number: "44-day", "62 per cent", "19 points"; nothing where it counts things."""
    following = words[place : place + 2]
    if following[:1] == ["per"]:
        following = following[1:]
    if not following:
        return ""
    word = following[0]
    return _UNITS.get(word) or _UNITS.get(word.removesuffix("s")) or ""


MONTHS, WEEKDAYS = "|".join(MONTH_NAMES), "|".join(_DAYS)
_ABBREVIATED = "|".join(sorted(_SHORT.keys() - {"may"}))
DATE = re.compile(
    rf"\b(?:(?:{MONTHS}|(?:{_ABBREVIATED})\.) \d{{1,2}}(?:, \d{{4}})?\b|\d{{1,2}} (?:{MONTHS})(?:,? \d{{4}})?\b|"
    rf"(?:early |mid |late )?(?:{MONTHS}),? \d{{4}}\b|"
    r"(?:early |mid-? ?|late )?(?:(?:1[0-9]{3}|20[0-9]{2})s?|\d0s)\b|"
    rf"(?:{WEEKDAYS})\b|(?:{MONTHS})\b(?<!may)|(?<=in )may\b|\w+ century\b|decades?\b|"
    r"\w+ years? ago\b|(?:next|last|this|coming) (?:week|month|year|spring|summer|autumn|fall|winter)\b)",
    re.IGNORECASE,
)
_NUMBER_WORDS = "|".join([*ONES[1:13], "dozens?|hundreds?|thousands?|millions?|half"])
_SCALE = r"(?:[\s-](?:hundred|thousand|million|billion|trillion|percent|per cent))*"
NUMBER = re.compile(
    rf"[$€£]?\b(?!(?:1[0-9]|20)[0-9]{{2}}\b(?![,.]\d))\d[\d,.]*\d?(?:st|nd|rd|th)?\b%?{_SCALE}"
    rf"|\b(?:{_NUMBER_WORDS})\b{_SCALE}",
    re.IGNORECASE,
)
PERCENT = re.compile(
    r"\b\d[\d.,]*(?:%|[\s-]?(?:percent|per cent)\b)"
    r"|\b(?:half|a third|a quarter|two[- ]thirds|three[- ]quarters|majority)\b",
    re.IGNORECASE,
)
MONEY = re.compile(
    rf"(?:[$€£¥₽₹]|\b(?:US|AU|C|NZ|HK)\$|\b(?:USD|EUR|GBP|Rs\.?) ?)\d[\d.,]*\d?{_SCALE}"
    rf"|\b\d[\d.,]*{_SCALE}[\s-](?:US )?"
    "(?:dollars?|euros?|pounds?|pence|cents?|rou?bles?|yuan|yen|won|rupees?|francs?|pesos?|kronor|kroner|tenge|drams?)"
    r"\b",
    re.IGNORECASE,
)
DURATION = re.compile(
    rf"(?:\d[\d,.]*|\b(?:{_NUMBER_WORDS}))[\s-]+(?:second|minute|hour|day|week|month|year|decade|centur)\w*",
    re.IGNORECASE,
)
AGE = re.compile(
    rf"\b(?:\d{{1,3}}|{_NUMBER_WORDS})(?=[\s-]years?[\s-]old\b)|, (?P<beside>\d{{1,3}})(?=[,.;])"
    r"|\b(?:aged?|age of|was|is|turned|at) \d{1,3}\b(?![,.]\d|\s?%| \w+ (?:ago|later))",
    re.IGNORECASE,
)
CALENDAR_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d(?=s?\b)")

_DAYS_OF = {
    "second": 1 / 86_400, "minute": 1 / 1_440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30.44, "year": 365.25,
}  # fmt: skip
_FULL_SCALES = [word for word in _SCALES if len(word) > len("bn")]
COUNTING = frozenset({*_WORDS, *_FULL_SCALES, *_DAYS_OF})
"""Words that count or measure."""

_MEASURE = re.compile(
    rf"(?P<hedge>{_HEDGE})?(?P<money>[$€£])?(?P<number>\d[\d,]*(?:\.\d+)?|\b(?:{'|'.join(_WORDS)})\b)"
    rf"(?:[ -](?P<scale>{'|'.join(_FULL_SCALES)}))?(?P<percent> ?%| percent| per cent)?"
    r"[ -]?(?P<unit>[a-z]+)?(?:[ -](?P<head>[a-z]+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with what it counts, where it stands in a text.

    `unit` is "days" for any time, a sign of money, "%", or the noun; `head` is the noun that a time belongs to. `step`
    is the length in days of the unit that a time is given in, 0 for anything else.
    """

    start: int
    end: int
    amount: float
    unit: str
    head: str
    is_hedged: bool
    step: float


def measures(text: str) -> Iterator[Measure]:
    """Finds all numbers of a text with what they count."""
    for match in _MEASURE.finditer(text):
        number, unit, head = (str(match[part] or "").lower() for part in ("number", "unit", "head"))
        days = _DAYS_OF.get(unit.removesuffix("s"), 0.0)
        amount = _WORDS[number] if number in _WORDS else float(number.replace(",", ""))
        amount *= _SCALES.get((match["scale"] or "").lower(), 1.0) * (days or 1.0)
        kind = "days" if days else match["money"] or ("%" if match["percent"] else unit)
        yield Measure(*match.span(), amount, kind, head if days else unit, bool(match["hedge"]), days)


_FIRST_YEAR = 1605
"""No newspaper is older; pages without a date of their own state 0001-01-01."""
_MONTH = rf"(?P<month>{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in MONTH_NAMES)}|sept)\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_WRITTEN = tuple(
    re.compile(rf"(?<!\w){pattern}(?!\w)", re.IGNORECASE)
    for pattern in (rf"{_DAY}[ -]{_MONTH},?[ -]{_YEAR}", rf"{_MONTH} {_DAY},? {_YEAR}", r"(?P<iso>\d{4}-\d\d-\d\d)")
)


def iso_date(value: str) -> str | None:
    """Returns the day of an ISO 8601 date or time, as YYYY-MM-DD in the time zone it was written in.

    None for anything else.
    """
    try:
        day = dt.datetime.fromisoformat(value.strip()).date()
    except ValueError:
        return None
    return day.isoformat() if day.year >= _FIRST_YEAR else None


def written_date(text: str) -> str | None:
    """Returns the one day that `text` names with its year ("12 March 2024", "Sept. 14, 2017"), in ISO form.

    None if not one.
    """
    days = {day for pattern in _WRITTEN for match in pattern.finditer(text) if (day := _day(match))}
    return days.pop() if len(days) == 1 else None


def _day(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    if "iso" in parts:
        return iso_date(parts["iso"])
    month = [name[:3] for name in MONTH_NAMES].index(parts["month"][:3].lower()) + 1
    try:
        return dt.date(int(parts["year"]), month, int(parts["day"])).isoformat()
    except ValueError:
        return None
