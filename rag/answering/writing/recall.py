"""Lays out what a follow-up wants of the answer before: shorter, more, in full, who said it, whether it is a quote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rag.answering.claims import attribution_claim, framed, slice_claim, statement_claim
from rag.answering.spoken import statement_at, told_in
from rag.answering.voice import CLOSING, OPENING, credits_for, listed, number, who_says
from rag.types import Claim, Evidence, Place, Query, Span, Statement

_SHORT = 2
_ITEMS = 6
_MORE = 3
"""Sentences that are told beyond the ones before, of each of two articles."""

_AROUND = (1, 6)
"""Sentences before and behind what is shown in full."""


def recalled(query: Query, evidence: Evidence) -> list[Claim]:
    """The claims about the places that the query points back at."""
    places = [place for place in query.recall.places if place.source in evidence.articles] if query.recall else []
    wants = query.recall.wants if query.recall else None
    if not places:
        return list(framed(nothing_before, query, evidence))
    if wants == "shorter":
        return [_cut(place, evidence) for place in _items(places, evidence)[:_SHORT]]
    if wants == "in_full":
        return [*framed(surroundings_follow, query, evidence), *_sentences(places, evidence, *_AROUND)]
    if wants == "more":
        return list(_more(query, places, evidence))
    if wants == "source":
        made = [_told_where(place, evidence) for place in _items(places, evidence)[:_ITEMS]]
        return [*framed(who_told, query, evidence), *made]
    made = [_whole(place, evidence) for place in _items(places, evidence)[:_ITEMS]]
    return [*framed(how_given, query, evidence), *made]


def nothing_before(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """That the last answer rests on no article, so that nothing of it can be shown again."""
    return "The answer before cites no such place." if query.recall else None


def surroundings_follow(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - one signature for all rules
    """That what follows is a place with what stands around it."""
    return "With what stands around it:" if query.recall else None


def no_more(query: Query, evidence: Evidence) -> str | None:
    """That the articles cited before say nothing beyond what was shown."""
    places = list(query.recall.places) if query.recall else []
    return None if any(_behind(places, evidence)) else "The articles cited before say no more."


def who_told(query: Query, evidence: Evidence) -> str | None:
    """Who said what was told, each once, and how much of it the articles tell themselves."""
    spoken = _spoken(query, evidence)
    names = list(dict.fromkeys(who_says(statement) for statement in spoken if statement))
    told = {place.source for place, one in zip(_places(query, evidence), spoken, strict=True) if one is None}
    if not names:
        return f"Nobody is quoted: the {'article itself says' if len(told) == 1 else 'articles themselves say'} so."
    return f"{listed(names)}{'; the rest is told by the articles themselves' if told else ''}."


def how_given(query: Query, evidence: Evidence) -> str | None:
    """Whether what was told is quoted, reported, or the article's own."""
    counts = Counter(map(_kind, _spoken(query, evidence)))
    if len(counts) == 1:
        return _ALONE[next(iter(counts))]
    return f"Not all of it: {listed([f'{number(count)} {_AMONG[kind]}' for kind, count in counts.most_common()])}."


_ALONE = {
    "direct": "Yes, a direct quote.",
    "unmarked": "These are given as the speaker’s own words, but printed without quotation marks.",
    "mixed": "In part: the article reports what was said and quotes some words of it.",
    "reported": "No, the article reports it in its own words.",
    "narration": "No, these are the article’s own words.",
}
_AMONG = {
    "direct": "quoted directly",
    "unmarked": "quoted without quotation marks",
    "mixed": "reported and quoted in part",
    "reported": "only reported",
    "narration": "in the article’s own words",
}


def _kind(one: Statement | None) -> str:
    if one is None:
        return "narration"
    return "unmarked" if one.kind == "direct" and not one.marked else one.kind


def _places(query: Query, evidence: Evidence) -> list[Place]:
    places = query.recall.places if query.recall else ()
    return _items([place for place in places if place.source in evidence.articles], evidence)[:_ITEMS]


def _spoken(query: Query, evidence: Evidence) -> list[Statement | None]:
    return [_statement(place, evidence) for place in _places(query, evidence)]


def _items(places: list[Place], evidence: Evidence) -> list[Place]:
    """One place of each statement, and the others but for words that only introduce one."""
    named = {place.statement for place in places if place.statement}
    kept: dict[str | Place, Place] = {}
    for place in places:
        one = _statement(place, evidence)
        if place.statement or one is None or one.id not in named:
            kept.setdefault(one.id if one else place, place)
    introduces = {
        place
        for place in kept.values()
        if not place.statement and any(_touches(place, other, evidence) for other in kept.values() if other.statement)
    }
    return [place for place in kept.values() if place not in introduces]


def _touches(place: Place, other: Place, evidence: Evidence) -> bool:
    """Whether a place lies within the attribution of a statement."""
    one = _statement(other, evidence)
    return one is not None and one.source == place.source and one.span.overlaps(place.span)


def _statement(place: Place, evidence: Evidence) -> Statement | None:
    return statement_at(place, None, evidence) if place.statement else told_in(place, evidence)


def _whole(place: Place, evidence: Evidence) -> Claim:
    """The statement or slice, credited in full."""
    one = _statement(place, evidence)
    return statement_claim(one, evidence) if one else slice_claim(place, evidence)


def _told_where(place: Place, evidence: Evidence) -> Claim:
    """The same with all the words that tell of it, where, when and to whom; a quote alone says nothing of that."""
    one = _statement(place, evidence)
    return attribution_claim(one, evidence) if one else slice_claim(place, evidence)


def _cut(place: Place, evidence: Evidence) -> Claim:
    """The first sentence of a place, credited in short."""
    first = next((span for span in evidence.sentences[place.source] if span.overlaps(place.span)), place.span)
    part = Place(
        place.source, Span(max(first.start, place.span.start), min(first.end, place.span.end)), place.statement
    )
    one = _statement(place, evidence)
    if one is None or one.kind != "direct" or not any(content.covers(part.span) for content in one.content):
        return slice_claim(part, evidence, short=True)
    credit = credits_for(one, evidence.articles[part.source], (part,))[1]
    return Claim(f"{credit}{OPENING}{evidence.quote(part)}{CLOSING}", (part,), one.speaker)


def _more(query: Query, places: list[Place], evidence: Evidence) -> Iterator[Claim]:
    """The sentences that follow what was cited, of the first two articles that go on."""
    yield from framed(no_more, query, evidence)
    for behind in list(_behind(places, evidence))[:_SHORT]:
        yield from _told(behind[:_MORE], evidence)


def _behind(places: list[Place], evidence: Evidence) -> Iterator[list[Place]]:
    """For each article that was cited and goes on, the sentences behind the first place cited that tell more."""
    for source in dict.fromkeys(place.source for place in places):
        cited = [place.span for place in places if place.source == source]
        said = [one for one in evidence.record if one.source == source]
        quoted = [one.span for one in said if any(part.overlaps(at) for part in one.content for at in cited)]
        every = [span for span in evidence.sentences.get(source, ()) if span.start > min(cited).end]
        if left := [Place(source, span) for span in every if not any(span.overlaps(at) for at in (*cited, *quoted))]:
            yield left


def _sentences(places: list[Place], evidence: Evidence, before: int, behind: int) -> Iterator[Claim]:
    """The sentences around the first place."""
    every = evidence.sentences[places[0].source]
    inside = [at for at, span in enumerate(every) if any(span.overlaps(place.span) for place in places)]
    around = every[max(0, inside[0] - before) : inside[-1] + behind] if inside else ()
    yield from _told([Place(places[0].source, span) for span in around], evidence)


def _told(sentences: list[Place], evidence: Evidence) -> Iterator[Claim]:
    """The sentences as claims; each is credited in full where the article changes, and a quote is told once."""
    named = None
    told: set[tuple[Place, ...]] = set()
    for place in sentences:
        claim = slice_claim(place, evidence, short=place.source == named)
        if claim.places not in told:
            yield claim
        told.add(claim.places)
        named = place.source
