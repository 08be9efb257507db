"""Sentences in nearly the same words: how alike two are, and where one has other words than the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Indel, Levenshtein

from rag.types import Span

ALIKE = 0.6
"""Share of their words that sentences in nearly the same words have in common."""

_TOKEN = re.compile(r"[$€£]?\d+(?:[.,]\d+)*%?|\w+(?:[.-]\w+)*(?:[’'](?![sS]\b)\w+)?")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a number of a sentence, folded, and where it stands there."""

    folded: str
    span: Span


@dataclass(frozen=True, slots=True)
class Change:
    """What two sentences have in the same place; one of them may have nothing there."""

    one: tuple[Token, ...]
    other: tuple[Token, ...]


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """The words and numbers of a text, without possessive endings and case."""
    return tuple(
        Token(match.group().lower().replace("’", "'"), Span(*match.span()))
        for match in _TOKEN.finditer(text)
        if match.group().lower() != "s"
    )


def likeness(one: Sequence[Token], other: Sequence[Token]) -> float:
    """The share of two sentences' tokens that both have in the same order; 0 where it is less than ALIKE."""
    return float(Indel.normalized_similarity(_folded(one), _folded(other), score_cutoff=ALIKE))


def changes(one: Sequence[Token], other: Sequence[Token]) -> tuple[Change, ...]:
    """Where two sentences have other words, in order; neighbouring changes are one."""
    edits = Levenshtein.opcodes(_folded(one), _folded(other))
    return tuple(
        Change(tuple(one[group[0] : group[1]]), tuple(other[group[2] : group[3]])) for group in _grouped(edits)
    )


def _grouped(edits: Levenshtein.Opcodes) -> Iterator[tuple[int, int, int, int]]:  # type: ignore[name-defined]
    current: tuple[int, int, int, int] | None = None
    for edit in edits:
        if edit.tag == "equal":
            if current:
                yield current
            current = None
            continue
        start, start_of_other = (current[0], current[2]) if current else (edit.src_start, edit.dest_start)
        current = start, edit.src_end, start_of_other, edit.dest_end
    if current:
        yield current


def _folded(sentence: Sequence[Token]) -> list[str]:
    return [token.folded for token in sentence]
