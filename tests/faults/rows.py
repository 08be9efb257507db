"""The rows of the fault harness, and what a row is. A row knows its bar; who prints it knows no row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Final

MODULES: Final = (
    "tests.faults.library_kill",
    "tests.faults.library_damage",
    "tests.faults.library_disk",
    "tests.faults.app_planted",
    "tests.faults.app_naughty",
    "tests.faults.app_templates",
    "tests.faults.library_torture",
    "tests.faults.app_surface",
    "tests.faults.library_forget",
    "tests.faults.app_poisoned",
    "tests.faults.library_place",
    "tests.faults.app_supply",
    "tests.faults.app_sessions",
    "tests.faults.app_model",
    "tests.faults.app_phone",
    "tests.faults.library_two",
    "tests.faults.app_much",
)
"""Where rows are told, each module with its `ROWS`, the longest first. A new row is a new line here."""


@dataclass(frozen=True, slots=True)
class Trials:
    """How a row is tried: about so many times, from this seed, in a folder of its own that is empty.

    `payloads` is where collections of hostile strings lie, if there are any.
    """

    count: int
    seed: int
    folder: Path
    payloads: Path | None = None

    @property
    def data(self) -> Path:
        """Where the row's library lies."""
        return self.folder / "data"

    def chance(self, number: int = 0) -> Random:
        """Chance that is the same in every run with this seed."""
        return Random(self.seed + number)  # noqa: S311 - moments, places and words, not secrets


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a row: how often it was tried, what was held, and a sentence for all that missed the bar."""

    trials: int
    held: str
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A fault and its bar. `trials` is how often the full form tries it.

    `alone` if a neighbour would move it; `waits` if it mostly waits, so that it is tried beside those that compute.
    """

    name: str
    bar: str
    trials: int
    run: Callable[[Trials], Tried]
    alone: bool = False
    waits: bool = False


def rows() -> Iterator[Row]:
    for module in MODULES:
        yield from import_module(module).ROWS
