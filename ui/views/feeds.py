"""Renders what comes from the web: the field for an address, the feeds that are followed, the latest fetches."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from markupsafe import Markup

from rag import Feed, FeedNews
from ui.views.markup import Template

INTERVALS: Final = {0: "only when asked", 1: "every hour", 6: "every 6 hours", 24: "every day"}
"""How often a feed may be refreshed by itself, in hours."""
FETCHES_SHOWN: Final = 20

_STATES: Final = {
    "added": "Added",
    "updated": "Updated",
    "unchanged": "Unchanged",
    "feed": "Followed",
    "failed": "Not added",
}


def web_html(news: FeedNews, by: str | None = None) -> Markup:
    """Renders the part; `by` is the login of the reader, who may remove only feeds of their own."""
    feeds = [(feed, _removable(feed, by), _intervals(feed)) for feed in news.feeds]
    return _SHOW("web", feeds, news.fetches[:FETCHES_SHOWN], news.busy, news.trouble)


def _removable(feed: Feed, by: str | None) -> bool:
    return by is None or feed.by == by


def _intervals(feed: Feed) -> dict[int, str]:
    own = feed.every or 0
    return INTERVALS if own in INTERVALS else {**INTERVALS, own: f"every {own} hours"}


def moment(written: str) -> str:
    """Returns a time as a reader writes it, in UTC."""
    at = datetime.fromisoformat(written)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


_SHOW = Template("feeds.html", STATES=_STATES, moment=moment)
