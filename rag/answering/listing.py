"""Every statement that passes the filters, with the true count, and apart from them what is near in meaning only.

Knows filters, and no question: nothing here is ranked or cut off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rag.answering.frames import distinct
from rag.answering.known import Known
from rag.answering.spelling import Groups
from rag.answering.topics import depends_on_case, learn, tells, topic_groups
from rag.errors import UsageError
from rag.library.rows import Vectors
from rag.library.view import View
from rag.protocols import Embedder
from rag.types import Kind, Statement

NEAR: Final = 0.4
"""Least cosine between a topic and a statement, lead-in included, that is perhaps on it."""

_PERHAPS: Final = 5
_LOOKED_AT: Final = 24
"""How many of the statements in the nearest passages are compared with the topic themselves."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which statements to list. `by` and `about` are in anybody's words; days are included."""

    by: str | None = None
    about: str | None = None
    source: str | None = None
    kind: Kind | None = None
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found. `undated` passes every filter but the dates, because its articles have none.

    `count` is the number of `statements` as a reader counts them: what repeats the same words in the same article, and
    what one sentence tells twice, counts once.
    """

    statements: tuple[Statement, ...]
    undated: tuple[Statement, ...]

    @property
    def count(self) -> int:
        """How many statements there are."""
        return len(distinct(self.statements))


def listed(view: View, wanted: Wanted) -> Listing:
    """Every statement that passes, by source and place. Raises UsageError for a topic without a word to look for."""
    known = Known(view.people(), view.introductions())
    about = _about(view, wanted, known)
    found = view.statements(by=_by(wanted, known), about=about, source=wanted.source, kind=wanted.kind)
    if depends_on_case(about):
        articles = view.articles({one.source for one in found})
        found = [one for one in found if tells(articles[one.source].cut(one.span), about)]
    if wanted.since is None and wanted.until is None:
        return Listing(tuple(found), ())
    published = view.published({one.source for one in found})
    return Listing(
        tuple(one for one in found if _within(published[one.source], wanted.since, wanted.until)),
        tuple(one for one in found if published[one.source] is None),
    )


def perhaps(view: View, wanted: Wanted, listing: Listing, embedder: Embedder) -> list[Statement]:
    """The few statements by the same speaker that are near the topic in meaning but do not hold its words.

    Nothing without a speaker and a topic. The nearest first; never counted.
    """
    if not wanted.by or not wanted.about:
        return []
    told = {one.id for one in (*listing.statements, *listing.undated)}
    every = listed(view, Wanted(by=wanted.by, source=wanted.source, kind=wanted.kind)).statements
    others = {one.id: one for one in every if one.id not in told and one.repeats not in told}
    topic = np.asarray(embedder.embed_query(wanted.about), np.float32)
    nearest = [others[name] for name in _in_nearest_passages(view, list(others), topic)]
    articles = view.articles({one.source for one in nearest})
    texts = [articles[one.source].cut(one.span) for one in nearest]
    vectors = np.asarray(embedder.embed_documents(texts) if texts else [], np.float32).reshape(len(texts), -1)
    cosines = (vectors @ topic).tolist() if texts else []
    ranked = sorted(zip(cosines, nearest, strict=True), key=lambda pair: (-pair[0], pair[1].id))
    fitting = [one for cosine, one in ranked if cosine >= NEAR]
    days = view.published({one.source for one in fitting}) if wanted.since or wanted.until else {}
    dated = [one for one in fitting if not days or _within(days[one.source], wanted.since, wanted.until)]
    return distinct(dated)[:_PERHAPS]


def _in_nearest_passages(view: View, names: Sequence[str], topic: Vectors) -> list[str]:
    """The statements whose passages lie nearest to the topic."""
    passages = view.passages_of_statements(names)
    ids, vectors = view.vectors.of(number for numbers in passages.values() for number in numbers)
    if not len(ids):
        return []
    cosine = dict(zip(ids.tolist(), (vectors @ topic).tolist(), strict=True))
    best = {name: max(cosine.get(number, -1.0) for number in numbers) for name, numbers in passages.items()}
    return sorted(best, key=lambda name: (-best[name], name))[:_LOOKED_AT]


def _by(wanted: Wanted, known: Known) -> list[str] | None:
    """The person meant by a name or an office; nobody if there is none, everybody if none is asked for."""
    if wanted.by is None:
        return None
    person = known.named(wanted.by)
    name = person.name if person else known.holder(wanted.by)
    return [name] if name else []


def _about(view: View, wanted: Wanted, known: Known) -> Groups:
    if not wanted.about:
        return ()
    groups = topic_groups(wanted.about, known, learn(view.abbreviations()))
    if not groups:
        raise UsageError(f"--about {wanted.about!r} holds no word to look for; name the topic.")
    return groups


def _within(published: str | None, since: dt.date | None, until: dt.date | None) -> bool:
    """Whether a day of publication lies in the range."""
    if published is None:
        return False
    day = published[:10]
    return (since is None or since.isoformat() <= day) and (until is None or day <= until.isoformat())
