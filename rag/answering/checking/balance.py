"""Keeps an answer from misleading by what is left of it: where a side of a dispute fell away, its own words return."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from rag.answering.checking.gate import Pieces, cited_by, places_of
from rag.answering.checking.usable import touching
from rag.answering.claims import framed, statement_claim
from rag.answering.voice import called, capital, listed
from rag.types import Claim, Evidence, Place, Query, Statement

_IS_VERDICT = re.compile(r"\W*(?:yes|no)\b", re.IGNORECASE)
_MOST = 3
"""Statements of those who would not be heard that are printed."""


def balanced(
    fell: Sequence[Claim], shown: Sequence[Place], pieces: Pieces, query: Query, evidence: Evidence
) -> Iterator[Claim]:
    """Says that the answer lost a side or its yes or no, and prints the words of all whom the lost sentences cite.

    `fell` are the sentences that were withheld and gave way to nothing, `shown` is what the others rest on.
    """
    if query.asks != "yes_no" and query.intent != "compare":
        return
    lost = _said_in([place for claim in fell for place in places_of(cited_by(claim, pieces), pieces)], evidence)
    heard = {one.speaker for one in touching(shown, evidence)}
    unheard = [one for one in lost if one.speaker not in heard]
    if not unheard:
        if query.asks == "yes_no" and any(_IS_VERDICT.match(claim.text) for claim in fell):
            yield from framed(without_verdict, query, evidence)
        return
    speakers = tuple(dict.fromkeys(str(one.speaker) for one in unheard))
    yield from framed(partial(one_sided, speakers=speakers), query, evidence)
    beside = [one for one in _said_in(shown, evidence) if one.speaker not in speakers]
    yield from (statement_claim(one, evidence) for one in (*unheard[:_MOST], *beside[:1]))


def without_verdict(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - a rule of frames
    """That the yes or no of a model could not be confirmed."""
    return "The yes or no that was written to this question could not be confirmed."


def one_sided(query: Query, evidence: Evidence, speakers: Sequence[str]) -> str | None:  # noqa: ARG001 - a rule of frames
    """That what a model told of these speakers could not be confirmed, and that their words follow."""
    names = capital(listed(list(map(called, speakers))))
    return f"{names}: what was written of them on this could not be confirmed; here are the articles' own words."


def _said_in(places: Sequence[Place], evidence: Evidence) -> list[Statement]:
    """The statements by people known by name that the places tell."""
    return [one for one in touching(places, evidence) if one.speaker and any(one.tells(place) for place in places)]
