"""Determines which articles a question may be answered from, and ranks their passages.

By words and by vectors, fused, by the time asked for, and again by what the reader found in them. Also what is near in
meaning otherwise: passages to a text, statements to a topic.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp

import numpy as np

from rag.answering.reading.signals import Reader
from rag.answering.retrieval.near_duplicates import collapse
from rag.answering.understanding.entity_index import EntityIndex, groups
from rag.core import Hit, Passage, Query, ReadSlice
from rag.core.protocols import Embedder, VectorIndex
from rag.core.settings import Settings
from rag.library.queries import View
from rag.library.statement_keys import AnyStatement

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
    undated = {source for source, date in published.items() if date is None} if is_bounded else set()
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


_RAREST_TERMS = 20
_TRUST = (1.5, 1.0, 1.0)
"""Weights of a rank in full text, among the vectors, and in the articles that the previous answer cited.

News is asked for by names, which vectors find badly.
"""

_TITLE_WEIGHT = 2.0
_FRESH = 1.0
_FROM_ONE_ARTICLE = 3
_COMPARED = 20
"""How many of the best passages are checked for copies of each other."""

_TOLD = 0.6
"""Weight of the likelihood of a passage's best slice, beside its fused score, which is 0.5 at most."""

_WIDER = 20
"""Multiple of vectors to look at if only some articles may answer."""

_LOOKED_AT = 24
"""How many of the statements in the nearest passages are compared with the topic themselves."""

_OWN = 2 / 3
"""Weight of the similarity of a statement's own words, against that of the passage around it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """An embedder, an index of the passages by its vectors, and a reader.

    `is_multilingual` tells whether the embedder reads more than English; the reader does not.
    """

    embedder: Embedder
    index: VectorIndex
    reader: Reader
    is_multilingual: bool = False

    def passages(self, text: str, limit: int) -> Sequence[tuple[int, float]]:
        """Finds the passages nearest to a text: their ids with their cosine, best first."""
        return self.index.nearest(self.embedder.embed_query(text), limit)


def passages_naming(query: Query, view: View, among: Collection[str] | None = None) -> list[Hit]:
    """Finds a passage that names somebody asked about who is not on record as a speaker."""
    if query.speaker is None or query.speaker_is_known:
        return []
    found = view.full_text([[query.speaker]], 1, among=among)
    passages = view.passages([passage for passage, _ in found])
    return [Hit(passages[passage], score) for passage, score in found if passage in passages]


def rank(
    query: Query,
    view: View,
    known: EntityIndex,
    meaning: Meaning,
    settings: Settings,
    scope: SearchScope,
) -> list[Hit]:
    """Ranks passages by full text and by meaning, fused, best first; copies of one text are one hit."""
    terms = rarest(query.terms, view)
    by_words = view.full_text(
        groups(terms, known), settings.candidates, title_weight=_TITLE_WEIGHT, among=scope.sources
    )
    near = meaning.passages(query.standalone, settings.candidates * (_WIDER if scope.sources is not None else 1))
    cited = view.full_text(groups(terms, known), settings.candidates, among=scope.within(query.near))
    found = view.passages([passage for passage, _ in [*by_words, *near, *cited]])
    by_meaning = [(passage, cosine) for passage, cosine in near if passage in found and scope.allows(found[passage])]
    by_meaning = by_meaning[: settings.candidates]
    rankings = [[passage for passage, _ in ranking] for ranking in (by_words, by_meaning, cited)]
    scores = fuse(rankings, settings.fusion_constant, _TRUST)
    places = [{passage: place for place, passage in enumerate(ranking, start=1)} for ranking in rankings]
    similar = dict(by_meaning)
    hits = []
    for passage_id, score in scores.items():
        fresh = freshness(found[passage_id].source, scope) if passage_id in found else None
        if passage_id in found:
            timely = score * (1.0 + _FRESH * (fresh or 0.0))
            ranks = places[0].get(passage_id), places[1].get(passage_id)
            hits.append(
                Hit(found[passage_id], timely, similar.get(passage_id), *ranks, timely=1.0 if fresh is None else fresh)
            )
    hits.sort(key=lambda hit: (-hit.score, hit.passage.source, hit.passage.start))
    return collapse(hits[:_COMPARED]) + hits[_COMPARED : settings.candidates]


def reranked(hits: Iterable[Hit], read: Iterable[ReadSlice]) -> list[Hit]:
    """Reranks the hits by their score and the likelihood of their best slice."""
    likely: dict[str, list[ReadSlice]] = defaultdict(list)
    for read_slice in read:
        likely[read_slice.place.source].append(read_slice)

    def worth(hit: Hit) -> float:
        within = (
            read_slice.likelihood
            for read_slice in likely[hit.passage.source]
            if read_slice.place.span.overlaps(hit.passage.span)
        )
        return hit.score + _TOLD * max(within, default=0.0)

    scored = [replace(hit, score=worth(hit)) for hit in hits]
    return sorted(scored, key=lambda hit: -hit.score)


def spread(hits: Iterable[Hit]) -> list[Hit]:
    """Limits the hits of one article until all other articles have had theirs."""
    first: list[Hit] = []
    rest: list[Hit] = []
    taken: Counter[str] = Counter()
    for hit in hits:
        taken[hit.passage.source] += 1
        (first if taken[hit.passage.source] <= _FROM_ONE_ARTICLE else rest).append(hit)
    return first + rest


def rarest(terms: Iterable[str], view: View) -> list[str]:
    """Returns the rarest few of the terms that occur: common ones cost time and find nothing of their own."""
    frequency = view.frequency(terms)
    return sorted((term for term in frequency if frequency[term]), key=frequency.__getitem__)[:_RAREST_TERMS]


def fuse(rankings: Sequence[Sequence[int]], constant: int, weights: Sequence[float] = (1.0, 1.0)) -> dict[int, float]:
    """Reciprocal rank fusion: a ranking adds weight / (constant + rank), rank from 1 (Cormack et al., SIGIR 2009)."""
    scores: dict[int, float] = defaultdict(float)
    for ranking, weight in zip(rankings, weights, strict=False):
        for position, passage in enumerate(ranking, start=1):
            scores[passage] += weight / (constant + position)
    return dict(scores)


def cosines(text: str, passages: Iterable[int], view: View, embedder: Embedder) -> dict[int, float]:
    """Measures how near passages lie to a text, by id."""
    ids, vectors = view.vectors.of(passages)
    vector = np.asarray(embedder.embed_query(text), np.float32)
    return dict(zip(ids.tolist(), (vectors @ vector).tolist(), strict=True)) if len(ids) else {}


def in_nearest_passages(
    text: str, among: Iterable[AnyStatement], view: View, embedder: Embedder
) -> list[tuple[AnyStatement, float]]:
    """Finds the statements in the passages nearest to a text, with that cosine, best first."""
    every = {statement.id: statement for statement in among}
    passages = view.passages_of_statements(every)
    cosine = cosines(text, (number for numbers in passages.values() for number in numbers), view, embedder)
    best = {name: max(cosine.get(number, -1.0) for number in numbers) for name, numbers in passages.items()}
    ranked = sorted(best, key=lambda name: (-best[name], name)) if cosine else []
    return [(every[name], best[name]) for name in ranked[:_LOOKED_AT]]


def nearness(
    topic: str, among: Iterable[AnyStatement], view: View, embedder: Embedder, on_topic: Collection[str] = ()
) -> dict[AnyStatement, float]:
    """Measures how near statements are to a topic, by their attribution and the passage around it, nearest first.

    Of very many, only those in the nearest passages are compared, and none of the articles that are known to be
    `on_topic`.
    """
    nearest = in_nearest_passages(topic, among, view, embedder)
    near = [(statement, cosine) for statement, cosine in nearest if statement.source not in on_topic]
    articles = view.articles({statement.source for statement, _ in near})
    texts = [articles[statement.source].cut(statement.span) for statement, _ in near]
    vector = np.asarray(embedder.embed_query(topic), np.float32)
    own = (np.asarray(embedder.embed_documents(texts), np.float32) @ vector).tolist() if texts else []
    both = [
        (statement, _OWN * cosine + (1 - _OWN) * around) for (statement, around), cosine in zip(near, own, strict=True)
    ]
    return dict(sorted(both, key=lambda pair: (-pair[1], pair[0].id)))
