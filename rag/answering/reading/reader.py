"""The seam of reading: sentences that may answer a question, and what scores them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    `speaker` is whose words it tells, "" where the article itself speaks. `before` is the sentence in front of it, ""
    at the beginning of an article: it often names whom "he" or "the company" means.
    """

    sentence: str
    speaker: str = ""
    title: str = ""
    before: str = ""


class Reader(Protocol):
    """Tells how well sentences answer a question."""

    @property
    def name(self) -> str:
        """Identifies the model and its numerics: scores of readers with one name may be compared."""

    def scores(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
        """One score a candidate, in order; higher is better. A pair's score depends on no other candidate."""
