"""When the statements on record were published, as bars that filter by their days. Escaped HTML, no script."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from urllib.parse import parse_qsl, urlencode

from rag import Recorded
from ui.chat import count
from ui.escape import attribute

MOST_BARS = 60
"""With more days than this, months are counted together; with more months, years."""

_GRAINS = ((10, "day"), (7, "month"), (4, "year"))


def timeline_html(recorded: Recorded, query: str) -> str:
    """Bars in the order of time, one for each day, month or year that has statements; a bar is a link to its days.

    Nothing where the articles are of fewer than two days. `query` are the other filters, as part of an address.
    """
    days = Counter(published[:10] for one in recorded.statements if (published := recorded.shelf[one.source].published))
    if len(days) < 2:  # noqa: PLR2004 - one day is no line
        return ""
    length, grain = next((one for one in _GRAINS if len({day[: one[0]] for day in days}) <= MOST_BARS), _GRAINS[-1])
    bars: Counter[str] = Counter()
    for day, number in days.items():
        bars[day[:length]] += number
    highest = max(bars.values())
    items = "".join(_bar_html(period, bars[period], bars[period] / highest, query) for period in sorted(bars))
    first, last = min(bars), max(bars)
    return (
        f'<figure class="timeline"><figcaption>Statements by {grain} of publication, {first} to {last}</figcaption>'
        f"<ol>{items}</ol></figure>"
    )


def _bar_html(period: str, number: int, share: float, query: str) -> str:
    first, last = (period + "0000-01-01"[len(period) :], period + _last_of(period))
    others = [(name, value) for name, value in parse_qsl(query) if name not in {"since", "until"}]
    address = urlencode([*others, ("since", first), ("until", last)])
    told = f"{period}: {count(number, 'statement')}"
    return (
        f'<li><a href="#record?{attribute(address)}" title="{told}" aria-label="{told}">'
        f'<span style="height:{max(share * 100, 4):.0f}%"></span></a></li>'
    )


def _last_of(period: str) -> str:
    """What is missing from a period to its last day."""
    if len(period) == 10:  # noqa: PLR2004 - a whole date
        return ""
    if len(period) == 4:  # noqa: PLR2004 - a year
        return "-12-31"
    year, month = map(int, period.split("-"))
    return f"-{monthrange(year, month)[1]}"
