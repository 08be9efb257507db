"""The results of an eval, the floors below which it fails, and the runs that are kept for comparison.

`evals/floors.json` pins, for each set of cases, the floors and the digest of the cases they were settled on: other
cases, other figures. A lowered floor keeps its highest value and the reason.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.cases import Case
from evals.metrics import BETTER_LOW, METRICS, RANKINGS, is_perfect
from rag.core import Answer
from rag.core.errors import OnrecordError

MEASURES = (*METRICS, *RANKINGS)
"""Every figure of a run, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Result:
    """A case with its answer, the scores of the metrics, and the seconds that the asker waited."""

    case: Case
    answer: Answer
    scores: Mapping[str, float | None]
    seconds: float

    @property
    def faults(self) -> tuple[str, ...]:
        """The metrics by which this answer is not perfect, but for `right`, which sums them up, and the rankings."""
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
        """Averages every metric over the run, or over the cases of one kind."""
        chosen = [result for result in self.results if kind in {None, result.case.kind}]
        return {name: _mean(result.scores.get(name) for result in chosen) for name in MEASURES}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of cases, in the order of their first appearance."""
        return tuple(dict.fromkeys(result.case.kind for result in self.results))

    def latency(self, share: float) -> float:
        """Returns the seconds within which this share of the answers arrived."""
        return percentile([result.seconds for result in self.results], share)


@dataclass(frozen=True, slots=True)
class Exam:
    """One eval: a run for each set of cases, and the same by the baseline and by a model, if they were asked.

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
        """Adds up what a model used over all answers, by kind of token (and dollars, where they are known)."""
        total: dict[str, float] = {}
        for result in [*self.results, *(result for run in self.model for result in run.results)]:
            for kind, amount in (result.answer.usage or {}).items():
                total[kind] = total.get(kind, 0.0) + (amount or 0.0)
        return total


@dataclass(frozen=True, slots=True)
class Point:
    """For answers of at least this confidence: their share of all questions, and the share that is wrong."""

    coverage: float
    risk: float
    confidence: float


def risk_coverage(results: Sequence[Result]) -> tuple[Point, ...]:
    """Draws the risk-coverage curve of the answered questions, most confident first (El-Yaniv and Wiener, JMLR 2010).

    Only answers with a confidence count, declined ones included; empty where none has one. Equal confidence is one
    point, so that the order of the cases does not matter.
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
    """Gives the mean risk over the coverage that the curve reaches; lower is better. None if there is no curve."""
    if not points:
        return None
    reached, total = 0.0, 0.0
    for point in points:
        total += (point.coverage - reached) * point.risk
        reached = point.coverage
    return total / reached


def percentile(values: Sequence[float], share: float) -> float:
    """Finds the smallest value that at least this share of the values does not exceed (nearest rank)."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def _mean(scores: Iterable[float | None]) -> Mean:
    judged = [score for score in scores if score is not None]
    return Mean(sum(judged) / len(judged) if judged else None, len(judged))


TRACED = ("right", "evidence_recall", "citation_precision", "decline_recall")
"""The metrics whose trend is drawn."""

TREND = 40
"""How many runs the trend goes back."""


class RunError(OnrecordError):
    """A kept run cannot be read or written; the message names the file."""


@dataclass(frozen=True, slots=True)
class Past:
    """The figures of one exam: when it was taken, and by set the traced metrics that were judged."""

    taken: str
    figures: dict[str, dict[str, float]]

    @classmethod
    def of(cls, exam: Exam) -> Past:
        """Takes the figures of an exam."""
        means = {run.name: {name: mean.value for name, mean in run.means().items()} for run in exam.runs}
        return cls(exam.taken, {name: _traced(values) for name, values in means.items()})


@dataclass(frozen=True, slots=True)
class Change:
    """How one case changed between two runs: "mended", "broken", "added", "gone", or "reworded"."""

    case: str
    what: str
    question: str
    before: str
    after: str
    faults: tuple[str, ...]


def keep(folder: Path, taken: str, text: str) -> Path:
    """Writes a run under the time it was taken at, and returns the file."""
    path = folder / f"{taken.replace(':', '-').removesuffix('+00-00')}Z.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunError(
            f"The run cannot be kept at {path} ({error.strerror}); name another folder with `--data`."
        ) from error
    return path


def trend(folder: Path) -> list[Past]:
    """Reads the figures of the last kept runs, oldest first."""
    return [_past(load(path)) for path in sorted(folder.glob("*.json"))[-TREND:]]


def find(folder: Path, name: str) -> dict[str, Any]:
    """Finds a kept run by its path, by its name in the folder, or by its place from the end (-1 is the last).

    Raises RunError, which lists what there is.
    """
    kept = sorted(folder.glob("*.json"))
    if name.startswith("-") and name[1:].isdecimal() and 0 < int(name[1:]) <= len(kept):
        return load(kept[-int(name[1:])])
    for path in (Path(name), folder / name, folder / f"{name}.json"):
        if path.is_file():
            return load(path)
    there = ", ".join(path.stem for path in kept[-5:]) or "none yet"
    raise RunError(f"There is no run {name!r}; the last kept in {folder} are: {there}.")


def load(path: Path) -> dict[str, Any]:
    """Reads a run. Raises RunError if the file is no run."""
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} is no run of the eval ({error}); remove it.") from error
    if not isinstance(run, dict) or not {"taken", "sets"} <= run.keys():
        raise RunError(f"{path} is no run of the eval; remove it.")
    return run


def compare(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    """Finds every case that differs between two runs, in the order of the later one; those that are gone come last."""
    earlier, later = _results(before), _results(after)
    for case, now in later.items():
        was = earlier.get(case)
        if was is None:
            yield Change(case, "added", now["question"], "", now["answer"]["text"], tuple(now["faults"]))
            continue
        texts = was["answer"]["text"], now["answer"]["text"]
        if was["faults"] == now["faults"] and texts[0] == texts[1]:
            continue
        yield Change(case, _what(was, now), now["question"], *texts, _moved(was["faults"], now["faults"]))
    for case in earlier.keys() - later.keys():
        was = earlier[case]
        yield Change(case, "gone", was["question"], was["answer"]["text"], "", tuple(was["faults"]))


def _what(was: dict[str, Any], now: dict[str, Any]) -> str:
    if set(now["faults"]) - set(was["faults"]):
        return "broken"
    return "mended" if set(was["faults"]) - set(now["faults"]) else "reworded"


def _moved(was: list[str], now: list[str]) -> tuple[str, ...]:
    """Marks removed faults with − and new ones with +."""
    return (*(f"−{fault}" for fault in was if fault not in now), *(f"+{fault}" for fault in now if fault not in was))


def _results(run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {result["id"]: result for case_set in run["sets"].values() for result in case_set["results"]}


def _past(run: dict[str, Any]) -> Past:
    figures = {
        name: _traced({metric: mean["value"] for metric, mean in case_set["metrics"].items()})
        for name, case_set in run["sets"].items()
    }
    return Past(str(run["taken"]), figures)


def _traced(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name in TRACED if (value := values.get(name)) is not None}


FLOORS = Path(__file__).parent / "floors.json"
_PLACES = 3
_SHAPE = '{"seeds": {"digest": "…", "floors": {"evidence_recall": 0.9}}}'


class FloorError(OnrecordError):
    """The file of floors cannot be used; the message says what is wrong there."""


@dataclass(frozen=True, slots=True)
class Floors:
    """The worst mean that each metric may have on a set, and the digest of the cases it was measured on.

    `highest` are the best floors there ever were, where the present ones are worse; `reasons` say why they are.
    """

    digest: str
    bounds: Mapping[str, float]
    highest: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


def load_floors(path: Path = FLOORS) -> dict[str, Floors]:
    """Reads the pinned floors by set. FloorError if the file is damaged or lowers a floor without a reason."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        floors = {str(name): _floors(entry) for name, entry in given.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FloorError(f"{path.name} must be JSON such as {_SHAPE}.") from error
    for name, floor in floors.items():
        for complaint in _complaints(name, floor):
            raise FloorError(f"{path.name}: {complaint}")
    return floors


def save_floors(floors: Mapping[str, Floors], path: Path = FLOORS) -> None:
    """Writes the floors. FloorError if that is not possible."""
    text = {
        name: {"digest": floor.digest, "floors": dict(floor.bounds)}
        | ({"highest": dict(floor.highest), "reasons": dict(floor.reasons)} if floor.highest else {})
        for name, floor in floors.items()
    }
    try:
        path.write_text(json.dumps(text, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise FloorError(f"{path} cannot be written ({error.strerror}).") from error


def missed(runs: Sequence[Run], floors: Mapping[str, Floors]) -> tuple[str, ...]:
    """Gives a sentence for every floor that a run misses, or one alone for a set whose cases have changed."""
    gone = floors.keys() - {run.name for run in runs}
    return (
        *(f"The cases of {name!r} are gone, and their floors stand in {FLOORS.name}." for name in sorted(gone)),
        *(sentence for run in runs if run.name in floors for sentence in _missed(run, floors[run.name])),
    )


def raised(runs: Sequence[Run], floors: Mapping[str, Floors]) -> dict[str, Floors]:
    """Raises the floors to what the runs reach and pins them to their cases; a floor that is missed stays.

    A set without floors gets one for every metric that its cases measure.
    """
    return dict(floors) | {run.name: _raised(run, floors.get(run.name)) for run in runs}


def holds(name: str, value: float | None, bound: float) -> bool:
    """Returns whether a mean keeps its bound. A metric that applied nowhere keeps none."""
    if value is None:
        return False
    return value <= bound if name in BETTER_LOW else value >= bound


def _floors(given: dict[str, Any]) -> Floors:
    def numbers(key: str) -> dict[str, float]:
        return {name: float(bound) for name, bound in given.get(key, {}).items()}

    reasons = {name: str(reason) for name, reason in given.get("reasons", {}).items()}
    return Floors(str(given["digest"]), numbers("floors"), numbers("highest"), reasons)


def _complaints(name: str, floors: Floors) -> Iterator[str]:
    for metric in (*floors.bounds, *floors.highest):
        if metric not in MEASURES:
            yield f"{name!r} has a floor for {metric!r}; the metrics are {', '.join(MEASURES)}."
    for metric, best in floors.highest.items():
        if not _keeps(metric, floors.bounds, best) and not floors.reasons.get(metric, "").strip():
            yield (
                f"{name!r} lowers the floor of {metric} from {best} to {floors.bounds.get(metric, 'nothing')} without "
                'a reason; write one under "reasons", or put it back.'
            )


def _missed(run: Run, floors: Floors) -> tuple[str, ...]:
    if run.digest != floors.digest:
        return (_other_cases(run),)
    means = run.means()
    return tuple(
        f"{run.name}: {name} is {_worded(means[name].value)}; its floor is "
        f"{'at most' if name in BETTER_LOW else 'at least'} {bound:.3f} (evals/{FLOORS.name})."
        for name, bound in floors.bounds.items()
        if not holds(name, means[name].value, bound)
    )


def _raised(run: Run, floors: Floors | None) -> Floors:
    means = {name: mean.value for name, mean in run.means().items() if mean.value is not None}
    bounds = dict(floors.bounds) if floors else dict.fromkeys(means, math.nan)
    for name in bounds.keys() & means.keys():
        reached = _rounded(name, means[name])
        if math.isnan(bounds[name]) or holds(name, reached, bounds[name]):
            bounds[name] = reached
    lowered = {
        name: best for name, best in (floors.highest if floors else {}).items() if not _keeps(name, bounds, best)
    }
    reasons = {name: reason for name, reason in (floors.reasons if floors else {}).items() if name in lowered}
    ordered = {name: bounds[name] for name in MEASURES if name in bounds}
    return Floors(run.digest, ordered, lowered, reasons)


def _keeps(name: str, bounds: Mapping[str, float], best: float) -> bool:
    return name in bounds and holds(name, bounds[name], best)


def _rounded(name: str, value: float) -> float:
    """Rounds to three places, to the side on which the value itself keeps the bound."""
    scale = 10.0**_PLACES
    return (math.ceil if name in BETTER_LOW else math.floor)(round(value * scale, 6)) / scale


def _other_cases(run: Run) -> str:
    return (
        f"{run.name}: the cases are not those that the floors were pinned for; if they are meant to be, read the "
        f"table, then `onrecord eval --raise-floors` pins them, or write the digest {run.digest} in {FLOORS.name}."
    )


def _worded(value: float | None) -> str:
    return "not measured by any case" if value is None else f"{value:.3f}"
