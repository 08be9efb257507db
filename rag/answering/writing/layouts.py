"""How comparisons, counts, timelines and attributed quotes are laid out. Chooses claims, words none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from itertools import islice

from rag.answering import counting, forms, frames, words
from rag.answering.claims import framed, slice_claim, statement_claim
from rag.answering.quoted import holds_in_a_row
from rag.answering.record import distinct
from rag.answering.tallies import LISTED
from rag.answering.writing import summaries
from rag.answering.writing.recall import recalled
from rag.types import Claim, Evidence, Place, Query, ReadSlice, Side, Statement

_STANDING = 3
"""Places that are shown of quoted words which are nobody's on record."""

_ON_A_LINE = 10
_ON_TOPIC = 0.6
"""Least share of a timeline's topic without a name, by weight, that a dated slice holds."""

_OF_ITS_NAMES = 0.5
"""Least share of a timeline's names, by weight, in a slice whose passage holds all words of the topic."""


def planned(query: Query, evidence: Evidence) -> list[Claim] | None:
    """The claims of a question that has a layout of its own, none where it has no answer; None for any other."""
    if query.is_about_itself:
        return _of_itself(query, evidence)
    if query.quote:
        return list(_said(query, evidence))
    if evidence.sides:
        return list(_compared(query, evidence))
    if evidence.tally is not None:
        return list(framed(counting.counted, query, evidence, _counted_places(query, evidence)))
    if query.intent == "timeline":
        return _timeline(query, evidence)
    return summaries.summed_up(query, evidence) if query.intent == "summary" else None


def _of_itself(query: Query, evidence: Evidence) -> list[Claim]:
    """What is told of all articles, or of the answer before; nothing to small talk."""
    if query.recall:
        return recalled(query, evidence)
    return list(summaries.of_all_articles(query, evidence)) if query.intent == "overview" else []


def _said(query: Query, evidence: Evidence) -> Iterator[Claim]:
    """Who said the words, then the words with what stands around them; where they stand if nobody is on record."""
    yield from framed(counting.said_by, query, evidence)
    yield from framed(counting.not_said_by, query, evidence)
    for one in frames.shown(evidence):
        yield statement_claim(one, evidence)
    if not evidence.statements:
        found = list(_standing(query.quote or "", evidence))
        yield from framed(partial(counting.unattributed, count=len(found)), query, evidence)
        yield from (slice_claim(place, evidence) for place in found)


def _standing(quote: str, evidence: Evidence) -> Iterator[Place]:
    """The sentences of the passages found in which the quoted words stand, the first few."""
    sought = [word.lower() for word in words.words(quote)]
    found = dict.fromkeys(Place(hit.passage.source, span) for hit in evidence.hits for span in hit.passage.sentences)
    holding = (place for place in found if holds_in_a_row(words.words(evidence.quote(place).lower()), sought))
    at_hand = (place for place in holding if evidence.articles[place.source].is_quotable(place.span))
    yield from islice(at_hand, _STANDING)


def _compared(query: Query, evidence: Evidence) -> Iterator[Claim]:
    """Each speaker's statements under their count; who said nothing is named."""
    if not any(side.statements for side in evidence.sides):
        return
    yield from framed(frames.several, query, evidence)
    room = max(1, evidence.shown // len(evidence.sides))
    for side in evidence.sides:
        yield from framed(partial(counting.side, speaker=side.speaker), query, evidence)
        for one in _at_hand(side, evidence)[:room]:
            yield statement_claim(one, evidence)


def _at_hand(side: Side, evidence: Evidence) -> list[Statement]:
    return [one for one in distinct(side.statements) if one.source in evidence.articles]


def _counted_places(query: Query, evidence: Evidence) -> tuple[Place, ...]:
    """One place for each article or speaker that the count names: their first statement, or the first mention."""
    tally = evidence.tally
    named = [name for name, _ in tally.entries[:LISTED]] if tally else []
    return tuple(place for name in named if (place := _place_of(name, query, evidence)))


def _place_of(name: str, query: Query, evidence: Evidence) -> Place | None:
    for one in distinct(evidence.statements):
        if name in {one.source, one.speaker} and one.source in evidence.articles:
            return frames.telling_place(one, query, evidence)
    sentences = evidence.sentences.get(name, ())
    return next((Place(name, span) for span in sentences if frames.mentions(Place(name, span), query, evidence)), None)


def _timeline(query: Query, evidence: Evidence) -> list[Claim]:
    """One item an article, in order of publication; what has no date comes last, under a frame that says so."""
    items = _items(query, evidence)
    dated = sorted((one for one in items if _published(one, evidence)), key=lambda one: _published(one, evidence))
    undated = [one for one in items if not _published(one, evidence)]
    if not items:
        return []
    claims = [*framed(frames.in_order, query, evidence)] if len(dated) > 1 else []
    claims += dated
    claims += [*framed(frames.without_dates, query, evidence)] if undated else []
    return [*claims, *undated]


def _items(query: Query, evidence: Evidence) -> list[Claim]:
    if query.speaker:
        return [statement_claim(one, evidence, dated=True) for one in frames.shown(evidence)]
    told = [one for one in evidence.read if _is_on_topic(one, query) and _year(one, query, evidence)]
    if not told:
        told = summaries.one_an_article(evidence, _ON_A_LINE)
    told = sorted(told[:_ON_A_LINE], key=lambda one: _year(one, query, evidence))
    return list(dict.fromkeys(slice_claim(one.place, evidence, dated=True) for one in told))


def _is_on_topic(one: ReadSlice, query: Query) -> bool:
    """Whether a slice holds every name of the topic, or some beside the others; most of its words if it has none."""
    if not query.names:
        return one.signals.overlap >= _ON_TOPIC
    return one.signals.names >= 1 or (one.signals.around >= 1 and one.signals.names >= _OF_ITS_NAMES)


def _year(one: ReadSlice, query: Query, evidence: Evidence) -> str:
    """The first year that the slice names, in digits, of those that are to be told; nothing where it names none."""
    first, last = query.years or (dt.MINYEAR, dt.MAXYEAR)
    named = forms.CALENDAR_YEAR.findall(evidence.quote(one.place))
    return next((year for year in named if first <= int(year) <= last), "")


def _published(claim: Claim, evidence: Evidence) -> str:
    return evidence.articles[claim.places[0].source].published or ""
