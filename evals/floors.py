"""The floors below which the eval fails.

`evals/floors.json` pins, for each set of cases, the floors and the digest of the cases they were settled on: other
cases, other figures. A lowered floor keeps its highest value and the reason.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.metrics import BETTER_LOW
from evals.runs import MEASURES, Run
from rag.core.errors import OnrecordError

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
