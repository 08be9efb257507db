"""The nearest things that the articles do say, offered beside a decline. Knows the evidence, and no reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from rag.answering.checking.contradictions import contrasting
from rag.answering.claims import templates
from rag.answering.claims.credits import remarks
from rag.answering.claims.quoting import (
    attribution_claim,
    framed,
    slice_claim,
    statement_at,
    statement_claim,
    told_in,
)
from rag.answering.reading.answer_spans import key_spans
from rag.answering.reading.candidates import LONGEST
from rag.answering.retrieval.statements import distinct
from rag.answering.writing import layouts
from rag.core import Claim, Draft, Evidence, NearMiss, Place, Query, ReadSlice, Span, Statement
from rag.core.protocols import Library

_MOST = 3


def nearest(query: Query, evidence: Evidence) -> tuple[NearMiss, ...]:
    """Statements on the same topic or by the same speaker, else the sentences that hold most of the question."""
    if query.intent == "off_topic":
        return ()
    statements = [one for one in distinct(evidence.beside) if one.source in evidence.articles]
    near = list(dict.fromkeys(_statement(one, query, evidence) for one in statements))
    if not near:
        near = [
            _miss(one.place, statement_at(one.place, None, evidence), "the nearest words", evidence)
            for one in templates.near_enough(evidence)
        ]
    return tuple(near[:_MOST])


def _statement(one: Statement, query: Query, evidence: Evidence) -> NearMiss:
    why = "the same speaker on another topic" if one.speaker in query.voices else "the same topic, another speaker"
    if query.link and query.link.by == "family" and one.speaker in {bearer.person for bearer in query.link.bearers}:
        why = "another of that surname" if " " in query.link.written else "somebody of that name"
    return _miss(templates.telling_place(one, query, evidence), one, why, evidence)


def _miss(place: Place, spoken: Statement | None, why: str, evidence: Evidence) -> NearMiss:
    speaker = spoken.speaker if spoken else None
    told = "; ".join((why, *(remarks(spoken) if spoken else ())))
    return NearMiss(place.source, place.span.start, place.span.end, evidence.quote(place), speaker, told)


_LONGEST_ANSWER = 4
_CLOSEST = 3
"""Slices of an answer, and of what is only close to one."""

_LIKELIEST = 6
"""Slices looked at where nothing on record answers."""

_OF_THE_TELLING = {"where", "when"}
"""What is asked of a statement and told by the words around it."""

_SHORT = 5
"""Terms of a question that is so short that each of its names must stand in an answer."""

_NOUN = 2
"""Terms of a topic that is a mere noun: "the ceasefire", "a peace treaty"."""

_BESIDE = 0.15
"""Share of the best slice's likelihood that another needs to be shown beside it."""

_AS_TIMELY = 0.5
"""And for how near it is to the time asked for: last year's prize is no second answer to who won this week's."""


class OfflineWriter:
    """Prints what is on record, counts it, or shows the slices that answer best; declines below `support`."""

    name = "offline"
    host = None

    def __init__(self, support: float, sure: float) -> None:
        """Both are likelihoods of an answer: from which one is shown as the closest passage, and from which as one."""
        self._support = support
        self._sure = sure

    def write(self, query: Query, evidence: Evidence, library: Library | None = None) -> Draft:  # noqa: ARG002 - the evidence is enough
        """What the question asks for: statements, counts, a comparison, or the few slices that answer it."""
        planned = layouts.planned(query, evidence)
        if planned is not None:
            asides = () if planned and evidence.tally else _asides(query, evidence)
            return Draft([*(planned or [_declined(query, evidence)]), *asides], self.name)
        if query.is_of_the_record:
            chosen = printable_claims(query, evidence)
            return draft(query, evidence, chosen, self.name) if chosen else self._nearly(query, evidence)
        made = draft(query, evidence, self._answering(query, evidence), self.name)
        return replace(made, confidence=evidence.answered, is_closest=not self._is_sure(query, evidence))

    def _is_sure(self, query: Query, evidence: Evidence) -> bool:
        """Whether the slices are given as the answer: likely, and of a short question the likeliest has every name."""
        is_named = len(query.terms) > _SHORT or any(one.signals.names >= 1 for one in evidence.read[:1])
        return evidence.answered >= self._sure and is_named

    def _nearly(self, query: Query, evidence: Evidence) -> Draft:
        """That nothing on record answers, and the closest passage where one is likely to."""
        denied = [
            claim for rule in (templates.not_quoted, templates.nobody_found) for claim in framed(rule, query, evidence)
        ]
        named = replace(evidence, read=tuple(_may_tell(query, evidence)))
        if not (denied and named.read and evidence.answered >= self._support):
            return draft(query, evidence, [], self.name)
        shown = [*denied, *_closest(query, named), *_asides(query, evidence)]
        return Draft(shown, self.name, confidence=evidence.answered, is_closest=True)

    def _answering(self, query: Query, evidence: Evidence) -> list[Claim]:
        """The slices that answer, best first; the best alone, as the closest, where that is not sure; else none."""
        if not query.is_english or evidence.answered < self._support:
            return []
        if not self._is_sure(query, evidence):
            named = tuple(one for one in evidence.read if not query.names or one.signals.names > 0)
            return _closest(query, replace(evidence, read=named)) if named else []
        apart = _side_by_side(query, evidence)
        told = [place for claim in apart for place in claim.places]
        best = _best(query, evidence, _LONGEST_ANSWER)
        others = [place for place in best if not any(_overlap(place, other) for other in told)]
        glosses = [_gloss(place, query, evidence) for place in others[: _LONGEST_ANSWER - len(told)]]
        return [*apart, *_slice_claims(glosses, evidence)]


def _closest(query: Query, evidence: Evidence) -> list[Claim]:
    """The likeliest slices, said to be no more than that."""
    shown = _side_by_side(query, evidence) or _slice_claims(_best(query, evidence, _CLOSEST), evidence)
    count = sum(bool(claim.places) for claim in shown)
    return [*framed(partial(templates.closest, count=count), query, evidence), *shown]


def _side_by_side(query: Query, evidence: Evidence) -> list[Claim]:
    """What two articles say differently, each with its day, under a line that says so; nothing where they agree."""
    places = contrasting(query, evidence)
    if places is None:
        return []
    sides = [slice_claim(place, evidence, dated=True) for place in places]
    return [*framed(partial(templates.articles_differ, places=places), query, evidence), *sides]


def _may_tell(query: Query, evidence: Evidence) -> list[ReadSlice]:
    """The likeliest slices that may tell what the record does not: with all names of the question, in their place.

    A mere noun that nothing on record holds is not told in other words; who said something is told by somebody.
    """
    if query.intent == "who_said":
        return list(evidence.read) if evidence.read and evidence.read[0].speaker else []
    if query.topic is not None and len(query.terms) <= _NOUN:
        return []
    return [one for one in evidence.read[:_LIKELIEST] if one.signals.names >= 1]


def _best(query: Query, evidence: Evidence, most: int) -> list[Place]:
    """The likeliest slices, those that follow each other in one article as one."""
    best, kept = evidence.read[0], list[Place]()
    for one in _introducing(query, evidence):
        is_close = (
            one.likelihood >= _BESIDE * best.likelihood and one.signals.timely >= _AS_TIMELY * best.signals.timely
        )
        if is_close and not any(_overlap(one.place, place) for place in kept):
            kept = _joined(kept, one.place, evidence)
        if len(kept) == most:
            break
    return kept


def _gloss(place: Place, query: Query, evidence: Evidence) -> Place:
    """Of a sentence that reports somebody and tells beside it what a thing is, the latter if that is asked."""
    told = told_in(place, evidence) if query.asks == "identity" else None
    if told is None or told.kind != "reported":
        return place
    behind = max(part.end for part in told.content) - place.span.start
    keys = [key for key in key_spans(evidence.quote(place), query) if key.start <= behind < key.end]
    return Place(place.source, Span(place.span.start + keys[0].start, place.span.end)) if keys else place


def _introducing(query: Query, evidence: Evidence) -> Sequence[ReadSlice]:
    """The slices, the likeliest first; where it is asked what something is, those that introduce it come before."""
    if query.asks != "identity":
        return evidence.read
    return sorted(evidence.read, key=lambda one: not key_spans(evidence.quote(one.place), query))


def _joined(kept: list[Place], place: Place, evidence: Evidence) -> list[Place]:
    """The places with one more, which becomes a part of one that it follows or that follows it."""
    for position, other in enumerate(kept):
        both = Span(min(place.span.start, other.span.start), max(place.span.end, other.span.end))
        if place.source == other.source and _are_one_slice(place, other, both, evidence):
            return [*kept[:position], Place(place.source, both), *kept[position + 1 :]]
    return [*kept, place]


def _are_one_slice(one: Place, other: Place, both: Span, evidence: Evidence) -> bool:
    """Whether two places stand side by side, told by the same voice, and are short enough to be shown as one."""
    article, first, second = evidence.articles[one.source], *sorted((one.span, other.span))
    is_near = both.end - both.start <= LONGEST and not article.text[first.end : second.start].strip()
    voices = [told_in(place, evidence) for place in (one, other)]
    return is_near and article.is_quotable(both) and voices == [None, None]


def _overlap(one: Place, other: Place) -> bool:
    return one.source == other.source and one.span.overlaps(other.span)


def printable_claims(query: Query, evidence: Evidence) -> list[Claim]:
    """All that could be printed in answer: the statements on record, or the slices of the evidence, best first."""
    if not query.is_of_the_record:
        return _slice_claims([one.place for one in evidence.read], evidence)
    claims = []
    named = templates.only_article(evidence)
    put = attribution_claim if query.asks in _OF_THE_TELLING else statement_claim
    for one in templates.shown(evidence):
        claims.append(put(one, evidence, short=one.source == named))
        named = one.source
    return claims


def draft(query: Query, evidence: Evidence, chosen: list[Claim], writer: str) -> Draft:
    """The chosen claims, among the frames that count and delimit them; a frame that declines where none is chosen."""
    if not chosen:
        return Draft([_declined(query, evidence), *_asides(query, evidence)], writer)
    if not query.is_of_the_record:
        return Draft(chosen, writer)
    before = list(framed(templates.speaker_on_record, query, evidence))
    namesakes = list(framed(templates.namesakes, query, evidence))
    leads_in = bool(before) and before[-1].text.endswith(":")  # nothing comes between such a line and the words
    before, behind = (before, namesakes) if leads_in else ([*before, *namesakes], [])
    printed = frozenset(place.statement for claim in chosen for place in claim.places if place.statement)
    closing = (partial(templates.unmarked, among=printed), templates.more)
    delimiting = (claim for rule in closing for claim in framed(rule, query, evidence))
    after = [*behind, *_asides(query, evidence), *delimiting]
    others = tuple(evidence.printable(one)[0] for one in templates.other_speakers(query, evidence))
    return Draft([*before, *chosen, *after, *framed(templates.also_spoke, query, evidence, others)], writer)


def _asides(query: Query, evidence: Evidence) -> list[Claim]:
    """What is near the answer and must not be taken for it: words not said, or perhaps another's, or an aide's."""
    claims = []
    for rule, statements in ((templates.unsaid, evidence.unsaid), (templates.unclear, evidence.unclear)):
        at_hand = [one for one in statements if one.source in evidence.articles]
        if at_hand:
            claims += [*framed(rule, query, evidence), *(statement_claim(one, evidence) for one in at_hand)]
    said = tuple(evidence.printable(one)[0] for one in evidence.aides if one.source in evidence.articles)
    return [*claims, *framed(templates.aides, query, evidence, said)]


def _declined(query: Query, evidence: Evidence) -> Claim:
    decline = templates.decline(query, evidence)
    return Claim(decline.text, frame=decline)


def _slice_claims(places: Sequence[Place], evidence: Evidence) -> list[Claim]:
    """Each slice once: slices of one quote make one claim, and so do the same words in several articles."""
    claims: dict[tuple[str | None, str], Claim] = {}
    for made in (slice_claim(place, evidence) for place in places):
        told = made.speaker, " ".join(" ".join(map(evidence.quote, made.places)).split())
        first = claims.setdefault(told, made)
        sources = {place.source for place in (*first.places, *first.also)}
        further = [place for place in made.places if len(made.places) == 1 and place.source not in sources]
        claims[told] = replace(first, also=(*first.also, *further))
    return list(claims.values())
