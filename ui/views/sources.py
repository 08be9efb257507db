"""Renders the sources: every article and file with its status, what may be uploaded, and what comes from the web."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup

from rag import Feed, FeedNews, SourceStatus
from ui.views.markup import Template

STATES = {
    "indexed": "indexed",
    "changed": "changed since it was read",
    "gone": "the file is gone",
    "new": "not read yet",
    "failed": "cannot be read",
}
SOURCES_A_PAGE = 200
"""How many are listed at once."""

INTERVALS: Final = {0: "only when asked", 1: "every hour", 6: "every 6 hours", 24: "every day"}
"""How often a feed may be refreshed by itself, in hours."""
FETCHES_SHOWN: Final = 20

_FETCH_STATES: Final = {
    "added": "Added",
    "updated": "Updated",
    "unchanged": "Unchanged",
    "feed": "Followed",
    "failed": "Not added",
}


@dataclass(frozen=True, slots=True)
class Sought:
    """Filters of the list of sources: by words and by state; without either, all."""

    search: str = ""
    state: str = ""
    page: int = 1

    def finds(self, one: SourceStatus) -> bool:
        """Returns whether the source matches."""
        return (not self.state or one.state == self.state) and self.search.strip().casefold() in _searched(one)

    @property
    def next_page(self) -> str:
        """The address of the next page of the list."""
        return f"sources?{urlencode({'search': self.search, 'state': self.state, 'page': self.page + 1})}"


@dataclass(frozen=True, slots=True)
class Intake:
    """What a reader may change about the sources. `removable` are the uploads that this reader may remove."""

    formats: Sequence[str]
    most_bytes: int
    removable: Collection[str] = field(default=frozenset())
    watched: bool = False


ALL = Sought()


def sources_room_html(
    standing: Sequence[SourceStatus], sought: Sought = ALL, intake: Intake | None = None, web: str = ""
) -> Markup:
    """Renders the room: numbers, uploads, what comes from the web, a search, the list; later pages only the rows."""
    found = [status for status in standing if sought.finds(status)]
    shown = found[(sought.page - 1) * SOURCES_A_PAGE : sought.page * SOURCES_A_PAGE]
    removable = _removable(shown, intake.removable if intake else ())
    rows = _SHOW("rows", removable, len(found) - sought.page * SOURCES_A_PAGE, sought.next_page)
    if sought.page > 1:
        return rows
    handing_in = _SHOW("intake", intake, _formats(intake)) if intake else ""
    search = _SHOW("search", sought, intake is None)
    listed = _SHOW("listed", "" if found else _nothing(sought), rows)
    return _SHOW("room", _tally(standing, sought, intake), handing_in, web, search, listed)


def _tally(standing: Sequence[SourceStatus], sought: Sought, intake: Intake | None) -> Markup:
    """Renders the totals and what to do about files that are not up to date in the library."""
    states = Counter(status.state for status in standing)
    told = [
        (state, f"{states[state]:,} {STATES[state]}", sought.state == state)
        for state in ("new", "changed", "gone", "failed")
        if states[state]
    ]
    articles = sum(status.listing is not None for status in standing)
    stale = states["new"] + states["changed"] + states["gone"]
    shows_all = bool(sought.state or sought.search)
    return _SHOW("tally", articles, sum(status.words for status in standing), told, shows_all, stale and not intake)


def _formats(intake: Intake) -> str:
    return ", ".join(suffix.removeprefix(".") for suffix in intake.formats if suffix != ".htm")


def _nothing(sought: Sought) -> str:
    if sought.search:
        return "No source has these words in its name, title, outlet or date."
    return "No source is in that state." if sought.state else "There is nothing yet."


def _removable(shown: Sequence[SourceStatus], removable: Collection[str]) -> Iterator[tuple[SourceStatus, bool]]:
    """Yields each source with whether it can be removed; a file of many articles only at its first."""
    offered: set[str] = set()
    for status in shown:
        yield status, status.file in removable and status.file not in offered
        offered.add(status.file)


def _searched(status: SourceStatus) -> str:
    listing = status.listing
    parts = (status.source, listing.title, listing.outlet, listing.published) if listing else (status.source,)
    return " ".join(part for part in parts if part).casefold()


def web_html(news: FeedNews, by: str | None = None) -> Markup:
    """Renders the part; `by` is the login of the reader, who may remove only feeds of their own."""
    feeds = [(feed, by is None or feed.by == by, _intervals(feed)) for feed in news.feeds]
    return _SHOW("web", feeds, news.fetches[:FETCHES_SHOWN], news.busy, news.trouble)


def _intervals(feed: Feed) -> dict[int, str]:
    own = feed.every or 0
    return INTERVALS if own in INTERVALS else {**INTERVALS, own: f"every {own} hours"}


def moment(written: str) -> str:
    """Returns a time as a reader writes it, in UTC."""
    at = datetime.fromisoformat(written)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


_SHOW = Template("sources.html", FETCH_STATES=_FETCH_STATES, STATES=STATES, moment=moment)
