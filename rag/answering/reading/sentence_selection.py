"""Chooses the sentences that an answer shows: likely ones, and those near them that belong to the answer.

How likely a sentence answers says little about the second sentence of an answer; its place beside the likeliest says
more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import log, log1p

from rag.answering.reading.signals import SentenceStanding, likelihood, trained
from rag.core import Place, ReadSlice, Span

_LEAST = 1e-4
"""Likelihoods nearer to 0 and 1 than this count as this: logarithms stay small."""


def standings(read: Sequence[ReadSlice], sentences: Mapping[str, Sequence[Span]]) -> dict[Place, SentenceStanding]:
    """Returns each sentence's standing, in the order of `read`; a slice of several counts for its last sentence."""
    slices: dict[Place, ReadSlice] = {}
    for read_slice in read:
        slices.setdefault(_last_sentence(read_slice.place, sentences), read_slice)
    if not slices:
        return {}
    logits = {place: _logit(read_slice.likelihood) for place, read_slice in slices.items()}
    best = max(logits, key=logits.__getitem__)
    highest = max(read_slice.signals.score for read_slice in slices.values())
    at = {place: bisect_right(sentences.get(place.source, ()), place.span) for place in slices}
    first = {place.source: place for place in sorted(logits, key=logits.__getitem__)}
    return {
        place: SentenceStanding(
            own=logits[place],
            score=read_slice.signals.score - highest,
            article=logits[first[place.source]] - logits[best],
            same=float(place.source == best.source),
            distance=log1p(abs(at[place] - at[first[place.source]])),
        )
        for place, read_slice in slices.items()
    }


def belonging(read: Sequence[ReadSlice], sentences: Mapping[str, Sequence[Span]]) -> dict[Place, float]:
    """Returns the likelihood that each sentence belongs to the answer, the likeliest first."""
    weights = trained("sentence_selection")["shown"]
    told = {place: likelihood(standing, weights) for place, standing in standings(read, sentences).items()}
    return dict(sorted(told.items(), key=lambda item: -item[1]))


def _last_sentence(place: Place, sentences: Mapping[str, Sequence[Span]]) -> Place:
    touched = [sentence for sentence in sentences.get(place.source, ()) if sentence.overlaps(place.span)]
    return Place(place.source, touched[-1] if touched else place.span)


def _logit(probability: float) -> float:
    kept = min(max(probability, _LEAST), 1 - _LEAST)
    return log(kept / (1 - kept))
