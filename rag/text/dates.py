"""Reads dates as articles and catalogues write them, as ISO dates.

A day that can be read two ways (03/04/2024) is no date: nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import re

_FIRST_YEAR = 1605
"""No newspaper is older; pages without a date of their own state 0001-01-01."""
MONTH_NAMES = tuple(
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
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
