"""Lays out follow-ups on the previous answer: shorter, more, in full, who said it, whether it is a quote."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rag.answering.claims import counting
from rag.answering.claims.credits import (
    CLOSING,
    OPENING,
    credits_for,
    told_in,
)
from rag.answering.claims.quoting import (
    attribution_claim,
    slice_claim,
    statement_at,
    statement_claim,
    statements_in,
)
from rag.answering.claims.templates import framed
from rag.core import Claim, Evidence, Place, Query, Span, Statement
from rag.text.tokens import holds, holds_name

_SHORT = 2
_ITEMS = 6
_MORE = 6
"""Sentences added to the previous ones, of one article or by halves of two."""

_BESIDE = 2
"""Sentences compared for each name, and quotes beside unattributed text."""

_LEAST_SENTENCE = 25
_AROUND = (1, 6)
"""Sentences before and after a place that is shown in full."""


def recalled(query: Query, evidence: Evidence) -> list[Claim]:
    """Lays out the claims about the places that the query refers to."""
    places = [place for place in query.recall.places if place.source in evidence.articles] if query.recall else []
    lay_out = _LAYOUTS[query.recall.wants] if query.recall and places else None
    return list(lay_out(query, places, evidence) if lay_out else framed(counting.nothing_before()))


def _quoted_beside(query: Query, evidence: Evidence) -> list[Statement]:
    """Returns the named statements with most of the question's words, beside text without a speaker."""
    if any(statement and statement.speaker for statement in _spoken(query, evidence)):
        return []
    sources = dict.fromkeys(place.source for place in _places(query, evidence))
    said = [statement for source in sources for statement in statements_in(source, evidence)]
    held = {statement.id: _held(evidence.quote(Place(statement.source, statement.span)), query) for statement in said}
    most = max(held.values(), default=0)
    return [statement for statement in said if most > 1 and held[statement.id] == most][:_BESIDE]


def _held(text: str, query: Query) -> int:
    """Counts the question's words in a text."""
    return sum(holds(text, (term,)) for term in query.terms)


def _side_by_side(query: Query, places: list[Place], evidence: Evidence) -> Iterator[Claim]:
    """Yields for each compared name the cited articles' sentences with it and most of the question."""
    sources = dict.fromkeys(place.source for place in places)
    every = [Place(source, span) for source in sources for span in evidence.sentences.get(source, ())]
    for name in query.recall.names if query.recall else ():
        naming = [place for place in every if holds_name(evidence.quote(place), (name,))]
        naming.sort(key=lambda place: -_held(evidence.quote(place), query))
        yield from _told(naming[:_BESIDE], evidence)


def _places(query: Query, evidence: Evidence) -> list[Place]:
    places = query.recall.places if query.recall else ()
    return _items([place for place in places if place.source in evidence.articles], evidence)[:_ITEMS]


def _spoken(query: Query, evidence: Evidence) -> list[Statement | None]:
    return [_statement(place, evidence) for place in _places(query, evidence)]


def _items(places: list[Place], evidence: Evidence) -> list[Place]:
    """Returns one place of each statement, and the others except those that only introduce one."""
    named = {place.statement for place in places if place.statement}
    kept: dict[str | Place, Place] = {}
    for place in places:
        statement = _statement(place, evidence)
        if place.statement or statement is None or statement.id not in named:
            kept.setdefault(statement.id if statement else place, place)
    introduces = {
        place
        for place in kept.values()
        if not place.statement
        and any(_touches(place, kept_place, evidence) for kept_place in kept.values() if kept_place.statement)
    }
    return [place for place in kept.values() if place not in introduces]


def _touches(place: Place, other: Place, evidence: Evidence) -> bool:
    """Returns whether a place is within a statement's attribution."""
    statement = _statement(other, evidence)
    return statement is not None and statement.source == place.source and statement.span.overlaps(place.span)


def _statement(place: Place, evidence: Evidence) -> Statement | None:
    return statement_at(place, None, evidence) if place.statement else told_in(place, evidence)


def _whole(place: Place, evidence: Evidence) -> Claim:
    """Writes the statement or slice, credited in full."""
    statement = _statement(place, evidence)
    return statement_claim(statement, evidence) if statement else slice_claim(place, evidence)


def _told_where(place: Place, evidence: Evidence) -> Claim:
    """Writes it with its whole attribution, where, when and to whom; a quote alone lacks that."""
    statement = _statement(place, evidence)
    return attribution_claim(statement, evidence) if statement else slice_claim(place, evidence)


def _cut(place: Place, evidence: Evidence) -> Claim:
    """Writes the first sentence of a place, with a short credit."""
    first = next((span for span in evidence.sentences[place.source] if span.overlaps(place.span)), place.span)
    part = Place(
        place.source, Span(max(first.start, place.span.start), min(first.end, place.span.end)), place.statement
    )
    statement = _statement(place, evidence)
    if (
        statement is None
        or statement.kind != "direct"
        or not any(content.covers(part.span) for content in statement.content)
    ):
        return slice_claim(part, evidence, short=True)
    credit = credits_for(statement, evidence.articles[part.source], (part,))[1]
    return Claim(f"{credit}{OPENING}{evidence.quote(part)}{CLOSING}", (part,), statement.speaker)


def _more(query: Query, places: list[Place], evidence: Evidence) -> Iterator[Claim]:
    """Yields further sentences of the first two articles that have any."""
    further = list(_further(query, places, evidence))[:_SHORT]
    yield from framed(None if further else counting.no_more())
    for left in further:
        yield from _told(left[: _MORE // len(further)], evidence)


def _further(query: Query, places: list[Place], evidence: Evidence) -> Iterator[list[Place]]:
    """Yields the uncited sentences of each cited article: those after the words of the person asked about.

    For any other subject, the first ones: an article gives the gist first.
    """
    for source in dict.fromkeys(place.source for place in places):
        cited = [place.span for place in places if place.source == source]
        said = [statement for statement in evidence.record if statement.source == source]
        quoted = [
            statement.span for statement in said if any(part.overlaps(at) for part in statement.content for at in cited)
        ]
        start = min(cited).end if query.speaker else 0
        every = [span for span in evidence.sentences.get(source, ()) if span.start >= start and _tells(span)]
        if left := [Place(source, span) for span in every if not any(span.overlaps(at) for at in (*cited, *quoted))]:
            yield left


def _tells(span: Span) -> bool:
    """Returns whether a sentence is long enough to be one; a dateline is not."""
    return span.end - span.start >= _LEAST_SENTENCE


def _sentences(places: list[Place], evidence: Evidence, before: int, behind: int) -> Iterator[Claim]:
    """Yields the sentences around the first place."""
    every = evidence.sentences[places[0].source]
    inside = [at for at, span in enumerate(every) if any(span.overlaps(place.span) for place in places)]
    around = every[max(0, inside[0] - before) : inside[-1] + behind] if inside else ()
    yield from _told([Place(places[0].source, span) for span in around], evidence)


def _told(sentences: list[Place], evidence: Evidence) -> Iterator[Claim]:
    """Writes the sentences as claims, with a full credit when the article changes; a quote is written once."""
    named = None
    told: set[tuple[Place, ...]] = set()
    for place in sentences:
        claim = slice_claim(place, evidence, short=place.source == named)
        if claim.places not in told:
            yield claim
        told.add(claim.places)
        named = place.source


def _shorter(query: Query, places: list[Place], evidence: Evidence) -> Iterator[Claim]:  # noqa: ARG001 - as all layouts
    yield from (_cut(place, evidence) for place in _items(places, evidence)[:_SHORT])


def _in_full(query: Query, places: list[Place], evidence: Evidence) -> Iterator[Claim]:  # noqa: ARG001 - as all layouts
    yield from framed(counting.surroundings_follow())
    yield from _sentences(places, evidence, *_AROUND)


def _source(query: Query, places: list[Place], evidence: Evidence) -> Iterator[Claim]:
    """Writes who said it, where, and whom the article quotes beside it if it has no speaker."""
    yield from framed(counting.who_told(dict(zip(_places(query, evidence), _spoken(query, evidence), strict=True))))
    yield from (_told_where(place, evidence) for place in _items(places, evidence)[:_ITEMS])
    yield from framed(counting.quoted_beside(_quoted_beside(query, evidence)))
    yield from (attribution_claim(statement, evidence) for statement in _quoted_beside(query, evidence))


def _quote(query: Query, places: list[Place], evidence: Evidence) -> Iterator[Claim]:
    yield from framed(counting.how_given(_spoken(query, evidence)))
    yield from (_whole(place, evidence) for place in _items(places, evidence)[:_ITEMS])


_LAYOUTS: dict[str, Callable[[Query, list[Place], Evidence], Iterator[Claim]]] = {
    "shorter": _shorter,
    "more": _more,
    "in_full": _in_full,
    "source": _source,
    "quote": _quote,
    "beside": _side_by_side,
}
