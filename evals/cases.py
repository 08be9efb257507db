"""The cases as they are kept in files. Knows nothing of how they are answered.

A case is one JSON object on one line of a `.jsonl` file; `evals/README.md` describes its keys.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from evals.case import Case
from evals.reading import read_case
from rag.core.errors import OnrecordError

CASES = Path(__file__).parent / "cases"
UNSEEN = Path(__file__).parent / "unseen"
"""Cases by somebody who has not seen the code; asked with the others, reported apart."""


class CaseError(OnrecordError):
    """A case cannot be used; the message names the file and the line, or the case."""


@dataclass(frozen=True, slots=True)
class CaseSet:
    """Cases that are reported together: those of one file, or the unseen ones. `digest` is the sha256 of the files."""

    name: str
    cases: tuple[Case, ...]
    digest: str


def case_sets(path: Path | None = None, unseen: Path | None = None) -> tuple[CaseSet, ...]:
    """The sets to ask: one for each file at `path` (by default onrecord's own), then "unseen", if there are such.

    Raises CaseError if an id occurs twice.
    """
    sets = [_case_set(file.stem, (file,)) for file in case_files(path)]
    apart = unseen or (UNSEEN if path is None and UNSEEN.is_dir() else None)
    if apart is not None:
        sets.append(_case_set("unseen", case_files(apart)))
    taken: dict[str, str] = {}
    for one in sets:
        for case in one.cases:
            if case.id in taken:
                raise CaseError(f"{one.name}: the id {case.id!r} is taken in {taken[case.id]}; give each case its own.")
            taken[case.id] = one.name
    return tuple(sets)


def case_files(path: Path | None = None) -> tuple[Path, ...]:
    """The files of cases at `path` (a file, or a folder of `.jsonl`), by default our own; `seeds` stands first."""
    place = path or CASES
    if place.is_file():
        return (place,)
    found = tuple(sorted(place.glob("*.jsonl"), key=lambda file: (file.stem != "seeds", file.name)))
    if not found:
        raise CaseError(f"There are no cases in {place}; name a .jsonl file or a folder that holds some.")
    return found


def load(file: Path) -> tuple[Case, ...]:
    """The cases of one file, in order. CaseError names the file, the line and what is wrong there."""
    cases: dict[str, Case] = {}
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            case = read_case(json.loads(line))
        except json.JSONDecodeError as error:
            raise CaseError(f"{file.name}, line {number}: this is not JSON ({error}).") from error
        except ValueError as error:
            raise CaseError(f"{file.name}, line {number}: {error}") from error
        if case.id in cases:
            raise CaseError(f"{file.name}, line {number}: the id {case.id!r} is taken; give each case its own.")
        cases[case.id] = case
    return tuple(cases.values())


def _case_set(name: str, files: tuple[Path, ...]) -> CaseSet:
    total = hashlib.sha256()
    for file in files:
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return CaseSet(name, tuple(case for file in files for case in load(file)), total.hexdigest())


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise CaseError(f"{file.name} is not UTF-8; save it as UTF-8.") from error
