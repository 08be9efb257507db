"""The writer without a model: an answer made of the articles' own words. Knows the evidence and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from rag.answering import frames
from rag.answering.claims import attribution_claim, framed, slice_claim, statement_claim
from rag.answering.support import Supported, supporting
from rag.answering.writing import layouts
from rag.protocols import Library
from rag.types import Claim, Draft, Evidence, Query

_LONGEST_ANSWER = 4
_OF_THE_TELLING = {"where", "when"}
"""What is asked of a statement and told by the words around it."""

_INTRODUCTIONS = 2
"""Slices that say who somebody is; a third tells nothing new."""

_FULL = 0.9
"""Share of the question that a slice carries which hardly needs another beside it."""

_BESIDE_FULL = (0.5, 0.75)
_BESIDE_OTHERS = (0.2, 0.2)
"""Shares of the best slice's worth, and of what it carries, that another needs to be shown beside it."""

_AS_TIMELY = 0.5
"""And for how near it is to the time asked for: last year's prize is no second answer to who won this week's."""


class OfflineWriter:
    """Prints what is on record, counts it, or shows the slices that answer best; declines below `support`."""

    name = "offline"
    host = None

    def __init__(self, support: float) -> None:
        self._support = support

    def write(self, query: Query, evidence: Evidence, library: Library | None = None) -> Draft:  # noqa: ARG002 - the evidence is enough
        """What the question asks for: statements, counts, a comparison, or the few slices that answer it."""
        planned = layouts.planned(query, evidence, self._support)
        if planned is not None:
            asides = () if planned and evidence.tally else _asides(query, evidence)
            return Draft([*(planned or [_declined(query, evidence)]), *asides], self.name)
        if query.is_of_the_record:
            return draft(query, evidence, candidates(query, evidence), self.name)
        found = supporting(query, evidence)
        made = draft(query, evidence, _slice_claims(self._close(query, found), evidence), self.name)
        return replace(made, confidence=found[0].support if found else 0.0)

    def _close(self, query: Query, found: Sequence[Supported]) -> list[Supported]:
        """The best slice, if it may be trusted to answer, and the few that are nearly as good."""
        best = found[0] if found else None
        if best is None or not (best.support >= self._support or _is_all_of_a_file(best, query)):
            return []
        worth, carried = _BESIDE_FULL if best.signals.carried >= _FULL else _BESIDE_OTHERS
        close = [
            one
            for one in found
            if one.support
            and one.worth >= worth * best.worth
            and one.signals.carried >= carried * best.signals.carried
            and one.signals.timely >= _AS_TIMELY * best.signals.timely
        ]
        return close[: _INTRODUCTIONS if query.asks == "identity" else _LONGEST_ANSWER]


def _is_all_of_a_file(best: Supported, query: Query) -> bool:
    """Whether a slice holds every word of a question for what one file says of them."""
    return query.source is not None and best.support > 0 and best.signals.carried >= 1


def candidates(query: Query, evidence: Evidence) -> list[Claim]:
    """All that could be printed in answer: the statements on record, or the slices of the evidence, best first."""
    if not query.is_of_the_record:
        return _slice_claims(supporting(query, evidence), evidence)
    claims = []
    named = frames.only_article(evidence)
    put = attribution_claim if query.asks in _OF_THE_TELLING else statement_claim
    for one in frames.shown(evidence) or evidence.rephrased or evidence.topical[: evidence.shown]:
        claims.append(put(one, evidence, short=one.source == named))
        named = one.source
    return claims


def draft(query: Query, evidence: Evidence, chosen: list[Claim], writer: str) -> Draft:
    """The chosen claims, among the frames that count and delimit them; a frame that declines where none is chosen."""
    if not chosen:
        return Draft([_declined(query, evidence), *_asides(query, evidence)], writer)
    if not query.is_of_the_record:
        return Draft(chosen, writer)
    rules = (frames.on_record, frames.in_articles_on_topic, frames.in_other_words)
    before = [claim for rule in rules for claim in framed(rule, query, evidence)]
    namesakes = list(framed(frames.namesakes, query, evidence))
    leads_in = bool(before) and before[-1].text.endswith(":")  # nothing comes between such a line and the words
    before, behind = (before, namesakes) if leads_in else ([*before, *namesakes], [])
    printed = frozenset(place.statement for claim in chosen for place in claim.places if place.statement)
    closing = (partial(frames.unmarked, among=printed), frames.more, frames.more_in_articles_on_topic)
    delimiting = (claim for rule in closing for claim in framed(rule, query, evidence))
    after = [*behind, *_asides(query, evidence), *delimiting]
    others = tuple(evidence.printable(one)[0] for one in frames.other_speakers(query, evidence))
    return Draft([*before, *chosen, *after, *framed(frames.also_spoke, query, evidence, others)], writer)


def _asides(query: Query, evidence: Evidence) -> list[Claim]:
    """What is near the answer and must not be taken for it: words not said, or perhaps another's, or an aide's."""
    claims = []
    for rule, statements in ((frames.unsaid, evidence.unsaid), (frames.unclear, evidence.unclear)):
        at_hand = [one for one in statements if one.source in evidence.articles]
        if at_hand:
            claims += [*framed(rule, query, evidence), *(statement_claim(one, evidence) for one in at_hand)]
    said = tuple(evidence.printable(one)[0] for one in evidence.aides if one.source in evidence.articles)
    return [*claims, *framed(frames.aides, query, evidence, said)]


def _declined(query: Query, evidence: Evidence) -> Claim:
    decline = frames.decline(query, evidence)
    return Claim(decline.text, frame=decline)


def _slice_claims(found: Sequence[Supported], evidence: Evidence) -> list[Claim]:
    """Each slice once: slices of one quote make one claim, and so do the same words in several articles."""
    claims: dict[tuple[str | None, str], Claim] = {}
    for made in (slice_claim(one.place, evidence) for one in found):
        told = made.speaker, " ".join(" ".join(map(evidence.quote, made.places)).split())
        first = claims.setdefault(told, made)
        sources = {place.source for place in (*first.places, *first.also)}
        further = [place for place in made.places if len(made.places) == 1 and place.source not in sources]
        claims[told] = replace(first, also=(*first.also, *further))
    return list(claims.values())
