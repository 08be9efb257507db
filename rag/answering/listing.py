"""Every statement that passes the filters, with the true count, and apart from them what is near in meaning only.

Knows filters, and no question: nothing here is ranked or cut off.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from rag.answering.known import Known
from rag.answering.meaning import nearest_statements
from rag.answering.record import distinct
from rag.answering.spelling import Groups
from rag.answering.topics import depends_on_case, learn, tells, topic_groups
from rag.errors import UsageError
from rag.library.view import View
from rag.protocols import Embedder
from rag.types import Bearer, Kind, Statement

NEAR: Final = 0.4
"""Least cosine between a topic and a statement, lead-in included, that is perhaps on it."""

_PERHAPS: Final = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which statements to list. `by` and `about` are in anybody's words; days are included."""

    by: str | None = None
    about: str | None = None
    source: str | None = None
    kind: Kind | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    outlet: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found. `undated` passes every filter but the dates, because its articles have none.

    `speaker` is the name on record of whom `by` meant; None if nobody was asked for, or not just one person is meant.
    `bearers` are all who may be meant and are quoted, the most quoted first; the statements are by any of them.
    `count` is the number of `statements` as a reader counts them: what repeats the same words in the same article, and
    what one sentence tells twice, counts once.
    """

    statements: tuple[Statement, ...]
    undated: tuple[Statement, ...]
    speaker: str | None = None
    bearers: tuple[Bearer, ...] = ()

    @property
    def count(self) -> int:
        """How many statements there are."""
        return len(distinct(self.statements))

    @property
    def by_speaker(self) -> dict[str, int]:
        """How many of the statements are by each speaker who has a name, the most quoted first."""
        counts = Counter(one.speaker for one in distinct(self.statements) if one.speaker)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def listed(view: View, wanted: Wanted) -> Listing:
    """Every statement that passes, by source and place. Raises UsageError for a topic without a word to look for."""
    known = Known(view.people())
    bearers = _bearers(view, wanted.by) if wanted.by else ()
    by = None if wanted.by is None else [bearer.person for bearer in bearers]
    about = _about(view, wanted, known)
    since, until = (day.isoformat() if day else None for day in (wanted.since, wanted.until))

    def passing(*, undated: bool) -> tuple[Statement, ...]:
        found = view.statements(
            by=by,
            about=about,
            source=wanted.source,
            kind=wanted.kind,
            since=None if undated else since,
            until=None if undated else until,
            undated=undated,
        )
        return tuple(_in_outlet(view, _as_written(view, found, about), wanted.outlet))

    speaker = bearers[0].person if len(bearers) == 1 else None
    return Listing(passing(undated=False), passing(undated=True) if since or until else (), speaker, bearers)


def perhaps(view: View, wanted: Wanted, listing: Listing, embedder: Embedder) -> list[Statement]:
    """The few statements by the same speaker that are near the topic in meaning but do not hold its words.

    Nothing without a speaker and a topic. The nearest first; never counted.
    """
    if not wanted.by or not wanted.about:
        return []
    told = {one.id for one in (*listing.statements, *listing.undated)}
    every = listed(view, replace(wanted, about=None)).statements
    others = [one for one in every if one.id not in told and one.repeats not in told]
    near = nearest_statements(wanted.about, others, view, embedder)
    return distinct(one for one, cosine in near if cosine >= NEAR)[:_PERHAPS]


def _as_written(view: View, found: list[Statement], about: Groups) -> list[Statement]:
    """Without the statements that only hold `us` or `start` where the topic is the US or START."""
    if not depends_on_case(about):
        return found
    articles = view.articles({one.source for one in found})
    return [one for one in found if tells(articles[one.source].cut(one.span), about)]


def _in_outlet(view: View, found: list[Statement], outlet: str | None) -> list[Statement]:
    if outlet is None:
        return found
    shelf = view.shelf()
    return [one for one in found if (shelf[one.source].outlet or "").casefold() == outlet.casefold()]


def _bearers(view: View, name: str) -> tuple[Bearer, ...]:
    """Everybody quoted whom a name or an office may mean, else those who are mentioned; none if it is nobody's."""
    found = view.bearers(name)
    if not found and (holder := Known((), view.introductions()).holder(name)):
        found = view.bearers(holder)
    return tuple(bearer for bearer in found if bearer.statements) or found


def _about(view: View, wanted: Wanted, known: Known) -> Groups:
    if not wanted.about:
        return ()
    groups = topic_groups(wanted.about, known, learn(view.abbreviations()))
    if not groups:
        raise UsageError(f"“{wanted.about}” holds no word to look for; name the topic.")
    return groups
