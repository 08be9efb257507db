"""The nouns of the exam: a question, and what a good answer to it cites, says and leaves alone. Knows no file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from rag.core import Citation, Kind, NearMiss, Reason, Turn


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Words of a file. `speakers` are the names that may be credited with them, `kind` how they must be presented.

    Without `quote` the whole file is meant. Without `speakers` (or `kind`) the credit is not judged; an excerpt of kind
    "narration" must be credited to nobody.
    """

    source: str
    quote: str | None = None
    speakers: tuple[str, ...] = ()
    kind: Kind | None = None

    def is_held_by(self, place: Citation | NearMiss) -> bool:
        """Whether the place shows all of these words."""
        return place.source == self.source and (self.quote is None or self.quote in place.quote)

    def meets(self, place: Citation | NearMiss) -> bool:
        """Whether the place shows these words or is a part of them (one sentence of two, half of a cut quote)."""
        if place.source != self.source:
            return False
        return self.quote is None or self.quote in place.quote or place.quote in self.quote


Difference = tuple[tuple[Excerpt, ...], ...]
"""Sides that cannot all be true; of each side any excerpt will do."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what is expected of its answer.

    `standalone` are the accepted wordings of the question without its history; words in (brackets) may be left out.
    `evidence` must be cited: every group, by any excerpt of it. `allowed` may be cited too. `forbidden` must not.
    `words` must stand in the answer: of every group one; `unsaid` must not. `count` is the number that it must tell.
    `differences` must be shown as such; empty, none may be; None is not judged. `reasons` are the accepted reasons to
    decline; with none the question is to be answered.
    """

    id: str
    kind: str
    question: str
    history: tuple[Turn, ...] = ()
    asked: dt.date | None = None
    standalone: tuple[str, ...] = ()
    speaker: tuple[str, ...] = ()
    evidence: tuple[tuple[Excerpt, ...], ...] = ()
    allowed: tuple[Excerpt, ...] = ()
    forbidden: tuple[Excerpt, ...] = ()
    words: tuple[tuple[str, ...], ...] = ()
    unsaid: tuple[str, ...] = ()
    count: int | None = None
    differences: tuple[Difference, ...] | None = None
    reasons: tuple[Reason, ...] = ()
    note: str | None = None

    @property
    def is_to_be_declined(self) -> bool:
        """Whether a good answer declines."""
        return bool(self.reasons)

    def expected(self) -> Iterator[Excerpt]:
        """Every excerpt that a good answer may cite: the evidence, then what is allowed beside it."""
        for group in self.evidence:
            yield from group
        yield from self.allowed

    def excerpts(self) -> Iterator[Excerpt]:
        """Every excerpt that the case names."""
        yield from self.expected()
        yield from self.forbidden
        for difference in self.differences or ():
            for side in difference:
                yield from side
