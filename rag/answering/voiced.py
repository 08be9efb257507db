"""What those whom a question of fact names are on record with: "Does Moscow think that Armenia …", "Why did X …"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from rag.answering import words
from rag.answering.asking.speakers import entity_link
from rag.answering.known import Known
from rag.answering.record import distinct
from rag.answering.spelling import spellings
from rag.library.view import View
from rag.types import Query, Statement

_MOST = 16
_MOST_OF_A_NAME = 12
"""People whom one name may mean; a nation has many officials."""


def voiced(
    query: Query, view: View, known: Known, sources: Collection[str] | None, limit: int
) -> tuple[Statement, ...]:
    """Finds statements of the people, bodies and nations that a question names, on the rest of it, ranked."""
    named = {term: _people(term, known) for term in query.names} if limit else {}
    people = {person for bearers in named.values() for person in bearers}
    if not people:
        return ()
    weights = words.weights(view.frequency(query.terms), view.passage_count())
    found: dict[str, Statement] = {}
    worth: dict[str, float] = defaultdict(float)
    for term in query.terms:
        by = people - named.get(term, frozenset())  # what somebody says holds their own name
        for statement in view.statements(by=by, about=[spellings(term, known)], sources=sources) if by else ():
            found[statement.id] = statement
            worth[statement.id] += weights.get(term, 0.0)
    said = [one for one in sorted(found.values(), key=lambda one: -worth[one.id]) if one.is_said]
    return tuple(distinct(said)[: min(limit, _MOST)])


def _people(term: str, known: Known) -> frozenset[str]:
    """Those on record whom a name may mean: who bears it, or speaks for the nation."""
    link = entity_link(term, known)
    bearers = [bearer for bearer in link.bearers if bearer.statements] if link else []
    return frozenset(bearer.person for bearer in bearers[:_MOST_OF_A_NAME])
