"""Which statement a place of an article is a part of. Knows the record of the evidence, and no wording."""

from __future__ import annotations

from rag.types import Evidence, Place, Statement


def told_in(place: Place, evidence: Evidence) -> Statement | None:
    """The statement that the place tells, the one with most content there; None where the article is speaking."""
    told = [one for one in evidence.record if one.tells(place)]
    return max(told, key=lambda one: one.said_within(place.span), default=None)


def statement_at(place: Place, speaker: str | None, evidence: Evidence) -> Statement | None:
    """The statement that the place names; else the speaker's that it touches; else, for nobody, the one it tells."""
    touched = [one for one in evidence.record if touches(one, place)]
    if place.statement:
        return next((one for one in touched if one.id == place.statement), None)
    if speaker:
        return next((one for one in touched if one.speaker == speaker), None)
    return next((one for one in touched if one.tells(place)), None)


def touches(one: Statement, place: Place) -> bool:
    """Whether the place holds a part of what was said."""
    return one.source == place.source and any(part.overlaps(place.span) for part in one.content)
