"""Lays out answers: comparisons, counts, timelines, quotes, overviews and summaries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from rag.answering.claims import counting, templates
from rag.answering.claims.quoting import (
    holds_name_or_term,
    neighbours,
    passage_claims,
    printable_sentences,
    shown,
    slice_claim,
    statement_claim,
    telling_place,
)
from rag.answering.claims.templates import framed
from rag.answering.reading.candidates import begins_with_reference
from rag.answering.retrieval.counts import LISTED
from rag.answering.retrieval.near_duplicates import repeats
from rag.answering.retrieval.other_languages import LEAST_COVERED, share_covered
from rag.answering.retrieval.overview import central_sentences
from rag.answering.retrieval.statements import distinct, holds_in_a_row
from rag.answering.writing.recall import recalled
from rag.core import Claim, Comparand, Evidence, Place, Query, ReadSlice, Span, Statement
from rag.text import quantities, tokens

_OPENING, _SUMMARY = 2, 8
"""Sentences of an article that open its summary, and of the whole summary."""

_MOST = 0.5
"""Minimum share of the likelihood of all sentences read for the only article on an event."""

_OF_THE_TOPIC = 0.6
_LEAST_SENTENCE = 40
_ARTICLES = 5
_SAID = 4
_FOREIGN = 3
"""Sentences shown for a question that is not in English."""


def of_all_articles(query: Query, evidence: Evidence) -> Iterator[Claim]:
    """Lays out what all articles are about, who speaks most, what is new."""
    if query.asks == "who":
        yield from framed(counting.quoted_most(evidence))
        yield from (statement_claim(statement, evidence) for statement in evidence.statements[: counting.QUOTED_MOST])
    else:
        is_of_a_time = evidence.overview is not None and evidence.overview.is_of_a_time
        is_of_news = query.asks == "when" and not is_of_a_time
        yield from framed(counting.newest(query, evidence) if is_of_news else counting.all_articles(evidence))
        for at, topic in enumerate(evidence.overview.topics if evidence.overview else ()):
            yield from framed(counting.around(query, evidence, at))
            yield slice_claim(topic.best, evidence, dated=query.asks == "when")


def summed_up(query: Query, evidence: Evidence) -> list[Claim] | None:
    """Summarises an article, a person, or several articles of an event; None for a topic within one article."""
    if query.within.source:
        return None if query.terms else list(_article(query.within.source, query, evidence))
    if query.within.of_article:
        source = _article_about(evidence)
        return list(_article(source, query, evidence)) if source else []
    if query.speaker and evidence.statements:
        said = by_turns_of_articles(evidence.statements)[:_SAID]
        return [
            *framed(counting.on_somebody(query, evidence)),
            *(statement_claim(statement, evidence) for statement in said),
        ]
    if evidence.unmentioned:
        return []
    if source := _only_article(query, evidence):
        of_one = _article(source, query, evidence)
        counted = framed(counting.articles_on_topic(query, evidence))
        return list(dict.fromkeys([*counted, *of_one, *_besides(source, query, evidence)]))
    told = _event(query, evidence)
    return [*(framed(counting.articles_on_topic(query, evidence)) if told else ()), *told]


def by_turns_of_articles(statements: Sequence[Statement]) -> list[Statement]:
    """Orders statements: one of each article first, quotes before reports."""
    first: dict[str, Statement] = {}
    for statement in sorted(statements, key=lambda statement: statement.kind == "reported"):
        first.setdefault(statement.source, statement)
    taken = {statement.id for statement in first.values()}
    return [*first.values(), *(statement for statement in statements if statement.id not in taken)]


def _article_about(evidence: Evidence) -> str | None:
    """Returns the article found first, if its title and passage contain most of the topic; else None."""
    first = evidence.hits[0].passage.source if evidence.hits else None
    around = (read_slice.signals.around for read_slice in evidence.read if read_slice.place.source == first)
    return first if max(around, default=0.0) >= _OF_THE_TOPIC else None


def _only_article(query: Query, evidence: Evidence) -> str | None:
    """Returns the article with most of the likelihood; None if there is none, or news is asked for."""
    if query.asks == "when" or not query.terms or not evidence.read:
        return None
    likely: dict[str, float] = defaultdict(float)
    for read in evidence.read:
        likely[read.place.source] += read.likelihood
    source = max(likely, key=likely.__getitem__)
    return source if likely[source] >= _MOST * sum(likely.values()) else None


def _besides(source: str, query: Query, evidence: Evidence) -> Iterator[Claim]:
    """Yields sentences of further articles that name the whole topic, with their title."""
    others = [read_slice for read_slice in one_an_article(evidence, _ARTICLES) if read_slice.place.source != source]
    yield from (
        slice_claim(read_slice.place, evidence)
        for read_slice in others
        if query.names and read_slice.signals.names == 1
    )


def _article(source: str, query: Query, evidence: Evidence) -> Iterator[Claim]:
    """Yields the opening and the most central sentences of an article, in its order, and says who speaks in it.

    One names what a summary is asked of.
    """
    article = evidence.articles[source]
    told = [place.span for place in printable_sentences(source, evidence.sentences.get(source, ()), evidence)]
    long = [span for span in told if span.end - span.start >= _LEAST_SENTENCE] or told
    alone = [span for at, span in enumerate(long) if at < _OPENING or not begins_with_reference(article.cut(span))]
    central = central_sentences([article.cut(span) for span in alone], _OPENING, _SUMMARY)
    chosen = [Place(source, alone[at]) for at in central]
    if query.terms and not any(holds_name_or_term(place, query, evidence) for place in chosen):
        naming = (place for span in told if holds_name_or_term(place := Place(source, span), query, evidence))
        chosen = sorted((*chosen, *islice(naming, 1)), key=lambda place: place.span)
    for number, run in enumerate(neighbours(chosen, evidence)):
        yield from passage_claims(run, evidence, short=number > 0)
    yield from framed(counting.quotes(source, evidence))


def _opens(sentence: str) -> bool:
    """Returns whether a sentence can be read without the one before it, or the headline."""
    return len(sentence) >= _LEAST_SENTENCE and not begins_with_reference(sentence)


def _event(query: Query, evidence: Evidence) -> list[Claim]:
    """Lists what several articles say on an event, the most central first; then those that name it in the headline."""
    is_latest = query.asks == "when"
    best = [] if is_latest else one_an_article(evidence, _ARTICLES)
    best = [read_slice for read_slice in best if read_slice.signals.names_around == 1] or best[:1]
    told = [read_slice.place for read_slice in best]
    sources = dict.fromkeys(
        [*(place.source for place in told), *(evidence.overview.newest if evidence.overview else ())]
    )
    told += filter(None, (_naming_sentence(source, query, evidence) for source in sources))
    return [slice_claim(place, evidence, dated=is_latest) for place in islice(_unlike(told, evidence), _ARTICLES)]


def _unlike(places: Iterable[Place], evidence: Evidence) -> Iterator[Place]:
    """Yields one sentence an article, and none that says the same as an earlier one in nearly the same words."""
    told: dict[str, str] = {}
    for place in places:
        if place.source not in told and not repeats(evidence.quote(place), told.values()):
            told[place.source] = evidence.quote(place)
            yield place


def _naming_sentence(source: str, query: Query, evidence: Evidence) -> Place | None:
    """Returns an article's first sentence that names the topic and can be read alone."""
    every = (Place(source, span) for span in evidence.sentences.get(source, ()))
    naming = (place for place in every if holds_name_or_term(place, query, evidence) and _opens(evidence.quote(place)))
    return next(naming, None)


def one_an_article(evidence: Evidence, most: int) -> list[ReadSlice]:
    """Returns the likeliest slice of each of the first articles, if it or its passage contains most of the topic."""
    first: dict[str, ReadSlice] = {}
    for read_slice in evidence.read:
        if read_slice.signals.around >= _OF_THE_TOPIC:
            first.setdefault(read_slice.place.source, read_slice)
    return list(first.values())[:most]


_STANDING = 3
"""Maximum places shown for quoted words without a speaker on record."""

_ON_A_LINE = 10
_ON_TOPIC = 0.6
"""Minimum share of a nameless timeline topic, by weight, in a dated slice."""

_OF_ITS_NAMES = 0.5
"""Minimum share of a timeline's names, by weight, in a slice whose passage contains all words of the topic."""


def planned(query: Query, evidence: Evidence) -> list[Claim] | None:
    """Returns the claims of a question with its own layout, none without an answer; None for any other question."""
    if query.is_about_itself:
        return _of_itself(query, evidence)
    if query.quote:
        return list(_said(query, evidence))
    if any(side.statements for side in evidence.sides):
        return list(_compared(query, evidence))
    if evidence.tally is not None:
        return list(framed(counting.counts_frame(query, evidence), _counted_places(query, evidence)))
    if query.intent == "timeline":
        return _timeline(query, evidence)
    return summed_up(query, evidence) if query.intent == "summary" else None


def _of_itself(query: Query, evidence: Evidence) -> list[Claim]:
    """Lays out what is asked of all articles, or of the previous answer; nothing for small talk."""
    if not query.is_english:
        return list(_in_other_languages(query, evidence))
    if query.recall:
        return recalled(query, evidence)
    return list(of_all_articles(query, evidence)) if query.intent == "overview" else []


def _in_other_languages(query: Query, evidence: Evidence) -> Iterator[Claim]:
    """Asks for a question in English; then the sentences that hold most of the question's words, or are nearest to it.

    Nothing if no passage holds enough of the words, so that the answer declines with the same sentence.
    """
    found: dict[Place, None] = {}
    for hit in evidence.hits:
        is_near = hit.by_meaning is not None and hit.by_meaning <= _FOREIGN
        if is_near or share_covered(hit.passage.text, evidence.spellings) >= LEAST_COVERED:
            best = max(hit.passage.sentences, key=lambda span: _share_told(hit.passage.source, span, evidence))
            found[Place(hit.passage.source, best)] = None
    if found:
        yield from framed(templates.greeting(query, evidence))
        yield from framed(counting.nearest_in_other_languages(evidence))
        yield from (slice_claim(place, evidence) for place in list(found)[:_FOREIGN])


def _share_told(source: str, span: Span, evidence: Evidence) -> float:
    return share_covered(evidence.articles[source].cut(span), evidence.spellings)


def _said(query: Query, evidence: Evidence) -> Iterator[Claim]:
    """Lays out who said the words, then their context; if nobody is on record, where the words occur."""
    yield from framed(counting.said_by(query, evidence))
    yield from framed(counting.not_said_by(query, evidence))
    for statement in shown(evidence):
        yield statement_claim(statement, evidence)
    if not evidence.statements:
        found = list(_standing(query.quote or "", evidence))
        yield from framed(counting.unattributed() if found else None)
        yield from (slice_claim(place, evidence) for place in found)


def _standing(quote: str, evidence: Evidence) -> Iterator[Place]:
    """Yields the first few sentences of the passages found that contain the quoted words."""
    sought = [word.lower() for word in tokens.words(quote)]
    found = dict.fromkeys(Place(hit.passage.source, span) for hit in evidence.hits for span in hit.passage.sentences)
    holding = (place for place in found if holds_in_a_row(tokens.words(evidence.quote(place).lower()), sought))
    at_hand = (place for place in holding if evidence.articles[place.source].is_quotable(place.span))
    yield from islice(at_hand, _STANDING)


def _compared(query: Query, evidence: Evidence) -> Iterator[Claim]:
    """Lays out each speaker's statements under their count; a speaker without any is named."""
    yield from framed(templates.several(query, evidence))
    room = max(1, evidence.shown // len(evidence.sides))
    for side in evidence.sides:
        said = (statement_claim(statement, evidence) for statement in _at_hand(side, evidence)[:room])
        for claim in (*framed(counting.side(query, evidence, side.speaker)), *said):
            yield replace(claim, side=side.speaker)


def _at_hand(side: Comparand, evidence: Evidence) -> list[Statement]:
    return [statement for statement in distinct(side.statements) if statement.source in evidence.articles]


def _counted_places(query: Query, evidence: Evidence) -> tuple[Place, ...]:
    """Returns a place for each counted article or speaker: their first statement, or the first mention."""
    tally = evidence.tally
    named = [name for name, _ in tally.entries[:LISTED]] if tally else []
    return tuple(place for name in named if (place := _place_of(name, query, evidence)))


def _place_of(name: str, query: Query, evidence: Evidence) -> Place | None:
    for statement in distinct(evidence.statements):
        if name in {statement.source, statement.speaker} and statement.source in evidence.articles:
            return telling_place(statement, query, evidence)
    sentences = evidence.sentences.get(name, ())
    return next(
        (Place(name, span) for span in sentences if holds_name_or_term(Place(name, span), query, evidence)),
        None,
    )


def _timeline(query: Query, evidence: Evidence) -> list[Claim]:
    """Lays out one item an article, in order of publication; undated ones come last, under a frame that says so."""
    items = _items(query, evidence)
    dated = sorted(
        (claim for claim in items if _published(claim, evidence)), key=lambda claim: _published(claim, evidence)
    )
    undated = [claim for claim in items if not _published(claim, evidence)]
    if not items:
        return []
    claims = [*framed(counting.order_of_publication(evidence))] if len(dated) > 1 else []
    claims += dated
    claims += [*framed(counting.without_dates(evidence))] if undated else []
    return [*claims, *undated]


def _items(query: Query, evidence: Evidence) -> list[Claim]:
    if query.speaker:
        return [statement_claim(statement, evidence, dated=True) for statement in shown(evidence)]
    told = [
        read_slice
        for read_slice in evidence.read
        if _is_on_topic(read_slice, query) and _year(read_slice, query, evidence)
    ]
    if not told:
        told = one_an_article(evidence, _ON_A_LINE)
    told = sorted(told[:_ON_A_LINE], key=lambda read_slice: _year(read_slice, query, evidence))
    return list(dict.fromkeys(slice_claim(read_slice.place, evidence, dated=True) for read_slice in told))


def _is_on_topic(one: ReadSlice, query: Query) -> bool:
    """Returns whether a slice contains every name of the topic, or some; most of its words if it has no names."""
    if not query.names:
        return one.signals.overlap >= _ON_TOPIC
    return one.signals.names >= 1 or (one.signals.around >= 1 and one.signals.names >= _OF_ITS_NAMES)


def _year(one: ReadSlice, query: Query, evidence: Evidence) -> str:
    """Returns the slice's first year of the timeline, in digits; nothing if it has none."""
    first, last = query.time.years or (dt.MINYEAR, dt.MAXYEAR)
    named = quantities.CALENDAR_YEAR.findall(evidence.quote(one.place))
    return next((year for year in named if first <= int(year) <= last), "")


def _published(claim: Claim, evidence: Evidence) -> str:
    return evidence.articles[claim.places[0].source].published or ""
