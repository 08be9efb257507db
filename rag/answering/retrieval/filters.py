"""Determines which articles a question may be answered from, and its time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import exp

from rag.core import Passage, Query
from rag.library.queries import View

_RECENT = re.compile(
    r"\b(?:this|last|past|next) (?:week|month|year|summer|winter|spring|fall|autumn|season|\w+day)\b|"
    r"\b(?:today|yesterday|tonight|recent(?:ly)?|latest|newest|currently|now|just|newly|new|on \w+day)\b",
    re.IGNORECASE,
)
_DATED_BY_PUBLICATION = frozenset({"statement", "compare", "count", "list", "timeline", "summary"})
_MOST_PASSAGES = 10_000
_LATELY = dt.timedelta(days=14)
_FADES = 30.0
"""Days: an article this far outside the time asked for counts 1/e of one inside."""


@dataclass(frozen=True, slots=True)
class SearchScope:
    """`sources` are the only ones allowed, None allows all. `since` and `until` are the time asked about.

    `published` has the date of every article if a time is asked for. `worded` are the undated articles whose text names
    the time in the question's words, `dated`; `undated` counts the others.
    """

    sources: frozenset[str] | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    published: Mapping[str, str | None] = field(default_factory=dict)
    undated: int = 0
    worded: frozenset[str] = frozenset()
    dated: str = ""

    def allows(self, passage: Passage) -> bool:
        """Returns whether the passage's article may be used."""
        return self.sources is None or passage.source in self.sources

    def within(self, sources: Collection[str]) -> list[str]:
        """Returns the articles that may be used."""
        return [source for source in sources if self.sources is None or source in self.sources]


def scope_of(query: Query, view: View, among: Collection[str] | None = None) -> SearchScope:
    """Returns the part of the library that the query and `among` allow.

    The dates in a question about facts are usually those of the event: they rank articles and exclude none. "This week"
    ends on the day of asking, or with the newest article if that is older: an archive answers about its own time, and
    the calendar does not decide whether it can.
    """
    recent = bool(_RECENT.search(query.standalone))
    is_timed = bool(query.time.since or query.time.until or recent)
    is_bounded = bool(query.time.since or query.time.until) and query.intent in _DATED_BY_PUBLICATION
    if not (is_timed or query.within.source or query.within.outlet):
        return SearchScope(None if among is None else frozenset(among))
    published = view.dates(
        source=query.within.source,
        outlet=query.within.outlet,
        since=query.time.since.isoformat() if query.time.since and is_bounded else None,
        until=query.time.until.isoformat() if query.time.until and is_bounded else None,
    )
    undated = {source for source, date in published.items() if date is None}
    worded = _naming(query.time.dated, undated, view) if is_bounded and query.time.dated else frozenset()
    sources: frozenset[str] | None = None if among is None else frozenset(among)
    if query.within.source or query.within.outlet or is_bounded:
        kept = (published.keys() - undated) | worded if is_bounded else published.keys()
        sources = frozenset(kept if sources is None else sources & kept)
    newest = max((date for date in published.values() if date), default=None)
    now = min(query.asked, dt.date.fromisoformat(newest[:10])) if newest else query.asked
    until = query.time.until or (now if recent or query.time.since else None)
    since = query.time.since or (now - _LATELY if recent and query.time.until is None else None)
    left_out = len(undated - worded) if is_bounded else 0
    return SearchScope(sources, since, until, published, left_out, worded, query.time.dated or "")


def _naming(dated: str, sources: Collection[str], view: View) -> frozenset[str]:
    """Returns the articles that contain the words of a time, "March 2024"."""
    found = view.full_text([[dated]], _MOST_PASSAGES, among=sources)
    return frozenset(passage.source for passage in view.passages([number for number, _ in found]).values())


def freshness(source: str, scope: SearchScope) -> float | None:
    """Returns 1 for an article of the time asked for, less the further outside; None if no time is asked or known."""
    written = scope.published.get(source)
    if written is None or (scope.since is None and scope.until is None):
        return None
    day = dt.date.fromisoformat(written[:10])
    early = (scope.since - day).days if scope.since else 0
    late = (day - scope.until).days if scope.until else 0
    return exp(-max(early, late, 0) / _FADES)
