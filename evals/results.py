"""What an exam gives: cases with their answers and scores, and the figures over them. Knows no rule of any metric."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.case import Case
from evals.metrics import METRICS, is_perfect
from evals.ranking import RANKINGS
from rag.core import Answer

MEASURES = (*METRICS, *RANKINGS)
"""Every figure of a run, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Result:
    """One case with its answer, what the metrics gave, and how long the answer took as the asker sees it."""

    case: Case
    answer: Answer
    scores: Mapping[str, float | None]
    seconds: float

    @property
    def faults(self) -> tuple[str, ...]:
        """The metrics by which this answer is not perfect; `right` sums them up, and a passage's rank is no fault."""
        judged = (name for name in METRICS if name != "right")
        return tuple(name for name in judged if not is_perfect(name, self.scores.get(name)))

    @property
    def is_right(self) -> bool:
        """Whether nothing essential is wrong."""
        return self.scores["right"] == 1.0


@dataclass(frozen=True, slots=True)
class Mean:
    """A metric over many answers: its mean where it applied, and how many answers that were."""

    value: float | None
    judged: int


@dataclass(frozen=True, slots=True)
class Run:
    """All cases of a set asked once. `digest` is that of the files of cases."""

    name: str
    results: tuple[Result, ...]
    digest: str
    writer: str

    def means(self, kind: str | None = None) -> dict[str, Mean]:
        """Every metric over the run, or over the cases of one kind."""
        chosen = [result for result in self.results if kind in {None, result.case.kind}]
        return {name: _mean(result.scores.get(name) for result in chosen) for name in MEASURES}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of cases, in the order of their first appearance."""
        return tuple(dict.fromkeys(result.case.kind for result in self.results))

    def latency(self, share: float) -> float:
        """The seconds within which this share of the answers was there."""
        return percentile([result.seconds for result in self.results], share)


@dataclass(frozen=True, slots=True)
class Exam:
    """One examination: a run for each set of cases, and the same by the baseline and by a model, if they were asked.

    `taken` is when, as an ISO time in UTC with seconds.
    """

    taken: str
    runs: tuple[Run, ...]
    baseline: tuple[Run, ...] = ()
    model: tuple[Run, ...] = ()

    @property
    def writer(self) -> str:
        """Who wrote the answers."""
        return self.runs[0].writer

    @property
    def results(self) -> tuple[Result, ...]:
        """Every answer of every set."""
        return tuple(result for run in self.runs for result in run.results)

    @property
    def beside(self) -> dict[str, tuple[Run, ...]]:
        """Who was asked the same cases beside the writer, by name: the baseline, the model."""
        named = (("baseline", self.baseline), *((run.writer, self.model) for run in self.model[:1]))
        return {name: runs for name, runs in named if runs}

    def usage(self) -> dict[str, float]:
        """What a model's writing took over all answers, by kind of token (and dollars, where the writer knows)."""
        total: dict[str, float] = {}
        for result in [*self.results, *(result for run in self.model for result in run.results)]:
            for kind, amount in (result.answer.usage or {}).items():
                total[kind] = total.get(kind, 0.0) + (amount or 0.0)
        return total


@dataclass(frozen=True, slots=True)
class Point:
    """Of the answers that are at least this confident: their share of all questions, and the share of them wrong."""

    coverage: float
    risk: float
    confidence: float


def risk_coverage(results: Sequence[Result]) -> tuple[Point, ...]:
    """The risk-coverage curve of the answered questions, most confident first (El-Yaniv and Wiener, JMLR 2010).

    Only questions whose answers are weighed count, declined ones too: what the record tells is not a matter of
    confidence. Empty where no answer has one. Equal confidence is one point, so that the order of cases says nothing.
    """
    weighed = [(result.answer.confidence, result) for result in results if result.answer.confidence is not None]
    ranked = sorted(
        ((sure, result.is_right) for sure, result in weighed if result.answer.status == "answered"), reverse=True
    )
    points, wrong = [], 0
    for number, (confidence, is_right) in enumerate(ranked, start=1):
        wrong += not is_right
        if number == len(ranked) or ranked[number][0] < confidence:
            points.append(Point(number / len(weighed), wrong / number, confidence))
    return tuple(points)


def area(points: Sequence[Point]) -> float | None:
    """The mean risk over the coverage that the curve reaches; lower is better. None of no curve."""
    if not points:
        return None
    reached, total = 0.0, 0.0
    for point in points:
        total += (point.coverage - reached) * point.risk
        reached = point.coverage
    return total / reached


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least this share of them does not exceed (nearest rank)."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def _mean(scores: Iterable[float | None]) -> Mean:
    judged = [score for score in scores if score is not None]
    return Mean(sum(judged) / len(judged) if judged else None, len(judged))
