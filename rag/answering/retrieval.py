"""From a Query to Evidence: full text, vectors and the record of statements, fused. Knows nothing of wording."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from rag.answering import words
from rag.answering.known import Known
from rag.answering.record import near_misses, on_record
from rag.answering.spelling import groups
from rag.library.view import View
from rag.settings import Settings
from rag.types import Evidence, Hit, Query, Statement

Nearest = Callable[[str, int], Sequence[tuple[int, float]]]
"""Ids of the passages nearest to a text, with their similarity, best first."""

_RAREST_TERMS = 6


def find(query: Query, view: View, known: Known, nearest: Nearest, settings: Settings) -> Evidence:
    """All that the library holds on the query, read in the one transaction of `view`."""
    if query.intent == "off_topic":
        return Evidence(articles={})
    hits = [*mentions(query, view), *rank(query, view, known, nearest, settings)][: settings.evidence_passages]
    statements: list[Statement] = []
    beside: list[Statement] = []
    if query.is_of_the_record:
        statements = on_record(query, view, known)
        beside = near_misses(query, view, known, statements, settings.shown_statements)
    shown = [*statements[: settings.shown_statements], *beside]
    articles = view.articles(dict.fromkeys([hit.passage.source for hit in hits] + [one.source for one in shown]))
    return Evidence(
        articles=articles,
        hits=tuple(hits),
        statements=tuple(statements),
        beside=tuple(beside),
        record=tuple(view.statements(sources=list(articles))),
        weights=words.weights(view.frequency(query.terms), view.passage_count()),
        spellings=dict(zip(query.terms, groups(query.terms, known), strict=True)),
        sentences=view.sentences(articles),
        shown=settings.shown_statements,
    )


def mentions(query: Query, view: View) -> list[Hit]:
    """A passage that names somebody who is asked about and not on record as a speaker, if there is one."""
    if query.speaker is None or query.speaker_is_known:
        return []
    found = view.full_text([[query.speaker]], 1)
    passages = view.passages([passage for passage, _ in found])
    return [Hit(passages[passage], score) for passage, score in found if passage in passages]


def rank(query: Query, view: View, known: Known, nearest: Nearest, settings: Settings) -> list[Hit]:
    """Passages by full text and by meaning, fused, best first."""
    terms = rarest(query.terms, view)
    by_words = view.full_text(groups(terms, known), settings.candidates)
    by_meaning = nearest(query.standalone, settings.candidates)
    scores = fuse(
        [[passage for passage, _ in by_words], [passage for passage, _ in by_meaning]], settings.fusion_constant
    )
    best = sorted(scores, key=lambda passage: (-scores[passage], passage))[: settings.candidates]
    passages = view.passages(best)
    return [Hit(passages[passage], scores[passage]) for passage in best if passage in passages]


def rarest(terms: Iterable[str], view: View) -> list[str]:
    """The rarest few of the terms that occur: common ones cost time and find nothing of their own."""
    frequency = view.frequency(terms)
    return sorted((term for term in frequency if frequency[term]), key=frequency.__getitem__)[:_RAREST_TERMS]


def fuse(rankings: Sequence[Sequence[int]], constant: int) -> dict[int, float]:
    """Reciprocal rank fusion: each ranking adds 1 / (constant + rank), rank from 1 (Cormack et al., SIGIR 2009)."""
    scores: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for position, passage in enumerate(ranking, start=1):
            scores[passage] += 1 / (constant + position)
    return dict(scores)
