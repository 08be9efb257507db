"""From a Query to Evidence: full text, vectors and the record of statements, fused. Knows nothing of wording."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet

from rag.answering import words
from rag.corpus.people import fold
from rag.library.view import View
from rag.settings import Settings
from rag.types import Evidence, Hit, Person, Query, Statement

Nearest = Callable[[str, int], Sequence[tuple[int, float]]]
"""Ids of the passages nearest to a text, with their similarity, best first."""

Groups = tuple[tuple[str, ...], ...]
"""Terms, each with the other ways in which it may be written."""

_RAREST_TERMS = 6


def find(query: Query, view: View, nearest: Nearest, settings: Settings) -> Evidence:
    """All that the library holds on the query, read in the one transaction of `view`."""
    if query.intent == "off_topic":
        return Evidence(articles={})
    hits = [*mentions(query, view), *rank(query, view, nearest, settings)][: settings.evidence_passages]
    statements: list[Statement] = []
    beside: list[Statement] = []
    if query.intent == "statement":
        statements = on_record(query, view)
        beside = near_misses(query, view, statements)[: settings.shown_statements]
    shown = [*statements[: settings.shown_statements], *beside]
    articles = view.articles(dict.fromkeys([hit.passage.source for hit in hits] + [one.source for one in shown]))
    return Evidence(
        articles=articles,
        hits=tuple(hits),
        statements=tuple(statements),
        beside=tuple(beside),
        record=tuple(view.statements(sources=list(articles))),
        weights=words.weights(view.frequency(query.terms), view.passage_count()),
        spellings=dict(zip(query.terms, groups(query.terms, view.people()), strict=True)),
        shown=settings.shown_statements,
    )


def mentions(query: Query, view: View) -> list[Hit]:
    """A passage that names somebody who is asked about and not on record as a speaker, if there is one."""
    if query.speaker is None or query.speaker_is_known:
        return []
    found = view.full_text([[query.speaker]], 1)
    passages = view.passages([passage for passage, _ in found])
    return [Hit(passages[passage], score) for passage, score in found if passage in passages]


def rank(query: Query, view: View, nearest: Nearest, settings: Settings) -> list[Hit]:
    """Passages by full text and by meaning, fused, best first."""
    people = view.people()
    terms = rarest(query.terms, view)
    by_words = view.full_text(groups(terms, people), settings.candidates)
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


def groups(terms: Iterable[str], people: Sequence[Person]) -> Groups:
    """Each term with its other spellings: those of the alias list, and those of the person it names."""
    return tuple(_alternatives(term, people) for term in terms)


def _alternatives(term: str, people: Sequence[Person]) -> tuple[str, ...]:
    spellings = list(words.alternatives(term))
    if words.is_name(term):
        wanted = fold(term)
        for person in people:
            surnames = [name.split()[-1] for name in (person.name, *person.aliases)]
            if wanted in map(fold, surnames):
                spellings += surnames
    return tuple(dict.fromkeys(spellings))


def on_record(query: Query, view: View) -> list[Statement]:
    """Every statement by the query's speaker (by anybody, if none is named) on its topic, best match first.

    All names of the topic must stand in the statement or the words that introduce it. A topic that is a clause ("that
    the pier is a mistake") or has no names must be there with at least half of its words, by weight, but for those that
    no article uses; in a noun ("the pier at Portavia") the words beside the names only order the list.
    """
    if query.speaker and not query.speaker_is_known:
        return []
    by = [query.speaker] if query.speaker else None
    if not query.terms:
        return view.statements(by=by) if by else []
    frequency = {term: count for term, count in view.frequency(query.terms).items() if count or term in query.names}
    weights = words.weights(frequency, view.passage_count())
    least = 0.0 if query.topic and query.names else sum(weights.values()) / 2
    matches = _matches(query, view, by, set(query.names))
    weighed = [(one, sum(weights.get(term, 0.0) for term in terms)) for one, terms in matches]
    return [one for one, weight in sorted(weighed, key=lambda pair: -pair[1]) if weight >= least]


def _matches(
    query: Query, view: View, by: Sequence[str] | None, required: AbstractSet[str]
) -> list[tuple[Statement, set[str]]]:
    """Statements that hold all `required` terms of the query and at least one, with the terms they hold."""
    people = view.people()
    found: dict[str, tuple[Statement, set[str]]] = {}
    for term in query.terms:
        group = _alternatives(term, people)
        for one in _as_written(group, view.statements(by=by, about=[group]), view):
            found.setdefault(one.id, (one, set()))[1].add(term)
    return [(one, terms) for one, terms in found.values() if required <= terms]


def _as_written(group: Sequence[str], statements: list[Statement], view: View) -> list[Statement]:
    """Without the statements that only hold `us` or `who` where the question asks for the US or the WHO."""
    if not any(words.is_acronym(name) and name.lower() in words.FUNCTION_WORDS for name in group):
        return statements
    articles = view.articles({one.source for one in statements})
    return [one for one in statements if words.holds_name(articles[one.source].cut(one.span), group)]


def near_misses(query: Query, view: View, statements: Sequence[Statement]) -> list[Statement]:
    """Where the speaker said nothing on the topic, two statements on others; then the topic by others."""
    near: list[Statement] = []
    if not statements and query.speaker and query.speaker_is_known:
        near = view.statements(by=[query.speaker])[:2]
    if query.terms:
        on_topic = [one for one, _ in _matches(query, view, None, set(query.names) or set(query.terms))]
        near += sorted(
            (one for one in on_topic if one.speaker != query.speaker), key=lambda one: one.kind == "reported"
        )
    taken = {one.id for one in statements}
    return [one for one in dict.fromkeys(near) if one.id not in taken]
