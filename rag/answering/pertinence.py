"""Whether a sentence that is proved was asked for: true and beside the question is no answer. Knows no proof."""

from __future__ import annotations

from rag.answering.checking.wording import uncovered
from rag.types import Claim, Evidence, Place, Query, Statement

LEAST_SUPPORT = 0.15
"""Least support of the best slice before a model is asked what it says, and of one that it cites; with less, it could
only tell something true that was not asked."""


def is_asked_for(claim: Claim, query: Query, evidence: Evidence) -> bool:
    """Whether what the claim cites bears on the question: by the record of what was said, by support for a fact."""
    if query.intent == "statement" and evidence.statements:
        return _is_statement_asked_for(claim, query, evidence)
    if query.intent == "fact":
        return support_of(claim, evidence) >= LEAST_SUPPORT
    return True


def _is_statement_asked_for(claim: Claim, query: Query, evidence: Evidence) -> bool:
    """One of the statements that answer, or another by the same speaker in which the claim names the whole topic."""
    asked = {one.id for one in evidence.statements}
    cited = {place.statement for place in claim.places if place.statement}
    cited |= {one.id for one in evidence.record for place in claim.places if _introduces(place, one)}
    own = {one.id for one in evidence.record if one.speaker == query.speaker}
    told = claim.text if claim.rephrased else " ".join(map(evidence.quote, claim.places))  # no title names a topic
    on_topic = query.topic is not None and not uncovered(query.topic, told)
    return bool(cited & asked or (on_topic and cited & own))


def _introduces(place: Place, one: Statement) -> bool:
    """Whether a place is of the words by which an article introduces a statement."""
    return not place.statement and place.source == one.source and one.span.covers(place.span)


def support_of(claim: Claim, evidence: Evidence) -> float:
    """How well what a claim cites answers a question of fact."""
    return max((_support(place, evidence) for place in claim.places), default=0.0)


def _support(place: Place, evidence: Evidence) -> float:
    """How likely the question is answered, where the reader read the place."""
    around = (
        evidence.answered * one.likelihood / evidence.read[0].likelihood
        for one in evidence.read
        if one.place.source == place.source and one.place.span.overlaps(place.span)
    )
    return max(around, default=0.0)
