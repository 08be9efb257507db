"""The nearest things that the articles do say, offered beside a decline. Knows the evidence, and no reason."""

from __future__ import annotations

from rag.answering import frames
from rag.answering.record import distinct
from rag.answering.spoken import statement_at
from rag.answering.voice import remarks
from rag.types import Evidence, NearMiss, Place, Query, Statement

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
            for one in frames.near_enough(evidence)
        ]
    return tuple(near[:_MOST])


def _statement(one: Statement, query: Query, evidence: Evidence) -> NearMiss:
    why = "the same speaker on another topic" if one.speaker in query.voices else "the same topic, another speaker"
    if query.link and query.link.by == "family" and one.speaker in {bearer.person for bearer in query.link.bearers}:
        why = "another of that surname" if " " in query.link.written else "somebody of that name"
    return _miss(frames.telling_place(one, query, evidence), one, why, evidence)


def _miss(place: Place, spoken: Statement | None, why: str, evidence: Evidence) -> NearMiss:
    speaker = spoken.speaker if spoken else None
    told = "; ".join((why, *(remarks(spoken) if spoken else ())))
    return NearMiss(place.source, place.span.start, place.span.end, evidence.quote(place), speaker, told)
