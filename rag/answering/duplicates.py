"""Passages that say the same in nearly the same words, as agencies' reports do, whatever the article."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rag.answering.words import words
from rag.types import Hit, Passage

_SHINGLE = 4
_SAME = 0.7
"""Share of the shorter passage's shingles that the other must hold. Quotes alone, shared by two reports, hold less."""


def collapse(hits: Iterable[Hit]) -> list[Hit]:
    """The hits without those whose words an earlier one has; the earlier one names them as its copies."""
    kept: list[tuple[Hit, frozenset[tuple[str, ...]]]] = []
    for hit in hits:
        own = shingles(hit.passage.text)
        same = next((place for place, (_, others) in enumerate(kept) if _is_copy(own, others)), None)
        if same is None:
            kept.append((hit, own))
        elif hit.passage.source != kept[same][0].passage.source:
            kept[same] = (_with_copy(kept[same][0], hit.passage), kept[same][1])
    return [hit for hit, _ in kept]


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Every run of four words, lower case (Broder, 1997); the whole text where it has fewer."""
    folded = [word.lower() for word in words(text)]
    return frozenset(tuple(folded[start : start + _SHINGLE]) for start in range(max(1, len(folded) - _SHINGLE + 1)))


def _is_copy(own: frozenset[tuple[str, ...]], others: frozenset[tuple[str, ...]]) -> bool:
    return len(own & others) >= _SAME * min(len(own), len(others))


def _with_copy(hit: Hit, copy: Passage) -> Hit:
    if copy.source in {one.source for one in hit.copies}:
        return hit
    return replace(hit, copies=(*hit.copies, copy))
