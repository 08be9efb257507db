"""The runs that are kept: one file of JSON each, for the trend and for comparing two. Knows the JSON of `report`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.results import Exam
from rag.core.errors import OnrecordError

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
        """Those of an exam that has just been taken."""
        means = {run.name: run.means() for run in exam.runs}
        return cls(
            exam.taken,
            {
                name: {traced: value for traced in TRACED if (value := mean[traced].value) is not None}
                for name, mean in means.items()
            },
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one case between two runs: "mended", "broken", "added", "gone", or "reworded"."""

    case: str
    what: str
    question: str
    before: str
    after: str
    faults: tuple[str, ...]


def keep(folder: Path, taken: str, text: str) -> Path:
    """Write a run down under the time it was taken at, and return the file."""
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
    """The figures of the last kept runs, oldest first."""
    return [_past(load(path)) for path in sorted(folder.glob("*.json"))[-TREND:]]


def find(folder: Path, name: str) -> dict[str, Any]:
    """A kept run: by its path, by its name in the folder (the time it was taken at), or -1 for the last, -2 before it.

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
    """A run as it was written. Raises RunError if the file is no run."""
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} is no run of the eval ({error}); remove it.") from error
    if not isinstance(run, dict) or not {"taken", "sets"} <= run.keys():
        raise RunError(f"{path} is no run of the eval; remove it.")
    return run


def compare(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    """Every case that differs between two runs, in the order of the later one; what is gone comes last."""
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
    fewer, more = set(was["faults"]) - set(now["faults"]), set(now["faults"]) - set(was["faults"])
    if more:
        return "broken"
    return "mended" if fewer else "reworded"


def _moved(was: list[str], now: list[str]) -> tuple[str, ...]:
    """The faults that went, marked −, and those that came, marked +."""
    return (
        *(f"−{fault}" for fault in was if fault not in now),
        *(f"+{fault}" for fault in now if fault not in was),
    )


def _results(run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {result["id"]: result for one in run["sets"].values() for result in one["results"]}


def _past(run: dict[str, Any]) -> Past:
    figures = {
        name: {traced: value for traced in TRACED if (value := one["metrics"].get(traced, {}).get("value")) is not None}
        for name, one in run["sets"].items()
    }
    return Past(str(run["taken"]), figures)
