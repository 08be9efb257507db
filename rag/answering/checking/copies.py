"""Whether the further places of a claim hold the same words by the same speaker. Pure; a part of the check."""

from __future__ import annotations

from rag.types import Claim, Evidence, Place


def objection_to_copies(claim: Claim, evidence: Evidence) -> str | None:
    """Why one of the further places may not be cited with the claim, as a sentence; None if all may."""
    words = {tuple(evidence.quote(place).split()) for place in claim.places}
    for place in claim.also:
        article = evidence.articles.get(place.source)
        if article is None or place.span.end > len(article.text) or not article.is_quotable(place.span):
            return "It cites a copy that is not in the evidence."
        if tuple(evidence.quote(place).split()) not in words:
            return "It cites a copy that has other words."
        if _speakers(place, evidence) - {claim.speaker}:
            return "It cites a copy that somebody else is speaking in."
    return None


def _speakers(place: Place, evidence: Evidence) -> set[str | None]:
    return {one.speaker for one in evidence.record if one.tells(place)}
