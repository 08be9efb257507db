"""The gate: floors below which the eval fails. Knows metrics by name only.

`evals/floors.json` pins the floors together with the digest of the cases they were measured on: other cases, other
figures.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from evals.metrics import BETTER_LOW, METRICS, Run
from rag.errors import OnrecordError

FLOORS = Path(__file__).parent / "floors.json"


class FloorError(OnrecordError):
    """The file of floors cannot be used; the message says what is wrong there."""


@dataclass(frozen=True, slots=True)
class Floors:
    """The worst mean that each metric may have, and the digest of the cases that this was settled on."""

    digest: str
    bounds: dict[str, float]


def load_floors(path: Path = FLOORS) -> Floors:
    """The pinned floors. Raises FloorError if the file is damaged or names a metric that there is not."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        floors = Floors(str(given["digest"]), {name: float(bound) for name, bound in given["floors"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FloorError(
            f'{path.name} must be JSON such as {{"digest": "…", "floors": {{"evidence_recall": 0.9}}}}.'
        ) from error
    for name in floors.bounds.keys() - METRICS.keys():
        raise FloorError(f"{path.name} has a floor for {name!r}; the metrics are {', '.join(METRICS)}.")
    return floors


def missed(run: Run, floors: Floors) -> tuple[str, ...]:
    """A sentence for every floor that the run misses; one alone if the cases are not those of the floors."""
    if run.digest != floors.digest:
        return (_other_cases(run.digest),)
    means = run.means()
    return tuple(
        f"{name} is {_worded(means[name].value)}; its floor is {'at most' if name in BETTER_LOW else 'at least'} "
        f"{bound:.3f} (evals/{FLOORS.name})."
        for name, bound in floors.bounds.items()
        if not holds(name, means[name].value, bound)
    )


def holds(name: str, value: float | None, bound: float) -> bool:
    """Whether a mean keeps its bound. A metric that applied nowhere keeps none: then the cases do not test it."""
    if value is None:
        return False
    return value <= bound if name in BETTER_LOW else value >= bound


def _other_cases(digest: str) -> str:
    return (
        "The cases are not those that the floors were pinned for: if they are meant to be, read the table, settle the "
        f'floors and write "digest": "{digest}" in evals/{FLOORS.name}.'
    )


def _worded(value: float | None) -> str:
    return "not measured by any case" if value is None else f"{value:.3f}"
