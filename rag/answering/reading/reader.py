"""The reader protocol: sentences that may answer a question, and their scores."""

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

    `speaker` is whose words it gives, "" if the article itself speaks. `before` is the sentence before it, "" at the
    beginning of an article: it often names whom "he" or "the company" means.
    """

    sentence: str
    speaker: str = ""
    title: str = ""
    before: str = ""


class Reader(Protocol):
    """Scores how well sentences answer a question."""

    @property
    def name(self) -> str:
        """Identifies the model and its numerics: scores of readers with the same name are comparable."""

    def scores(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
        """Returns one score a candidate, in order; higher is better. Other candidates do not affect a pair's score."""
