"""Questions with what a good answer cites, says and leaves out, and how they are read from files.

A case is one JSON object on one line of a `.jsonl` file; `evals/README.md` describes its keys.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from rag.core import Citation, Kind, NearMiss, Reason, Turn
from rag.core.errors import OnrecordError

CASES = Path(__file__).parent / "cases"
UNSEEN = Path(__file__).parent / "unseen"
"""Cases by somebody who has not seen the code; asked with the others, reported separately."""


class CaseError(OnrecordError):
    """A case cannot be used; the message names the file and the line, or the case."""


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


T = TypeVar("T")
Text = Annotated[str, StringConstraints(pattern=r"\S")]
Alternatives = Annotated[tuple[T, ...], Field(min_length=1), BeforeValidator(_listed)]
"""Any of these will do; a file may give a single one without its list."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Words of a file, who may be credited with them, and the kind as which they must be presented.

    Without `quote` the whole file is meant. Without `speakers` (or `kind`) the credit is not judged; an excerpt of kind
    "narration" must be credited to nobody.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    source: Text
    quote: Text | None = None
    speakers: Annotated[tuple[Text, ...], BeforeValidator(_listed), Field(validation_alias="speaker")] = ()
    kind: Kind | None = None

    def is_held_by(self, place: Citation | NearMiss) -> bool:
        """Returns whether the place shows all of these words."""
        return place.source == self.source and (self.quote is None or self.quote in place.quote)

    def meets(self, place: Citation | NearMiss) -> bool:
        """Returns whether the place shows these words or a part of them (one sentence of two, half of a cut quote)."""
        if place.source != self.source:
            return False
        return self.quote is None or self.quote in place.quote or place.quote in self.quote


Difference = Annotated[tuple[Alternatives[Excerpt], ...], Field(min_length=2)]
"""Sides that cannot all be true; of each side any excerpt will do."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what is expected of its answer.

    `standalone` are the accepted wordings of the question without its history; words in (brackets) may be left out.
    `evidence` must be cited: every group, by any excerpt of it. `allowed` may be cited too, `forbidden` must not.
    `words` must stand in the answer: of every group one; `unsaid` must not. `count` is the number that it must tell.
    `differences` must be shown as such; if empty, none may be; None is not judged. `reasons` are the accepted reasons
    to decline; with none the question is to be answered.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    id: Text
    kind: Text
    question: Text
    history: tuple[Turn, ...] = ()
    asked: dt.date | None = None
    standalone: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    speaker: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    evidence: tuple[Alternatives[Excerpt], ...] = ()
    allowed: tuple[Excerpt, ...] = ()
    forbidden: tuple[Excerpt, ...] = ()
    words: tuple[Alternatives[Text], ...] = ()
    unsaid: tuple[Text, ...] = ()
    count: Annotated[int, Field(ge=0, strict=True)] | None = None
    differences: tuple[Difference, ...] | None = None
    reasons: tuple[Reason, ...] = ()
    note: Text | None = None

    @property
    def is_to_be_declined(self) -> bool:
        """Whether a good answer declines."""
        return bool(self.reasons)

    def expected(self) -> Iterator[Excerpt]:
        """Yields every excerpt that a good answer may cite: the evidence, then what is allowed beside it."""
        for group in self.evidence:
            yield from group
        yield from self.allowed

    def excerpts(self) -> Iterator[Excerpt]:
        """Yields every excerpt that the case names."""
        yield from (*self.expected(), *self.forbidden)
        for difference in self.differences or ():
            for side in difference:
                yield from side


@dataclass(frozen=True, slots=True)
class CaseSet:
    """Cases that are reported together: those of one file, or the unseen ones. `digest` is the sha256 of the files."""

    name: str
    cases: tuple[Case, ...]
    digest: str


def case_sets(path: Path | None = None, unseen: Path | None = None) -> tuple[CaseSet, ...]:
    """Reads the sets to ask: one for each file at `path` (by default our own), then "unseen", if there is one.

    Raises CaseError if an id occurs twice.
    """
    sets = [_case_set(file.stem, (file,)) for file in case_files(path)]
    apart = unseen or (UNSEEN if path is None and UNSEEN.is_dir() else None)
    if apart is not None:
        sets.append(_case_set("unseen", case_files(apart)))
    taken: dict[str, str] = {}
    for case_set in sets:
        for case in case_set.cases:
            if case.id in taken:
                raise CaseError(f"{case_set.name}: the id {case.id!r} is taken in {taken[case.id]}; rename one.")
            taken[case.id] = case_set.name
    return tuple(sets)


def case_files(path: Path | None = None) -> tuple[Path, ...]:
    """Lists the files of cases at `path` (a file, or a folder of `.jsonl`), by default our own; `seeds` first."""
    place = path or CASES
    if place.is_file():
        return (place,)
    found = tuple(sorted(place.glob("*.jsonl"), key=lambda file: (file.stem != "seeds", file.name)))
    if not found:
        raise CaseError(f"There are no cases in {place}; name a .jsonl file or a folder that holds some.")
    return found


def load(file: Path) -> tuple[Case, ...]:
    """Reads the cases of one file, in order. CaseError names the file, the line and what is wrong there."""
    cases: dict[str, Case] = {}
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            case = read_case(line)
        except ValueError as error:
            raise CaseError(f"{file.name}, line {number}: {_told(error)}") from error
        if case.id in cases:
            raise CaseError(f"{file.name}, line {number}: the id {case.id!r} is taken; give each case its own.")
        cases[case.id] = case
    return tuple(cases.values())


def read_case(line: str) -> Case:
    """Reads one case. ValueError says what is wrong with it.

    Evidence without a speaker of its own is by the speaker of the case, but for narration, which is nobody's.
    """
    case = _adapter().validate_json(line)
    if case.is_to_be_declined == bool(case.evidence):
        raise ValueError("A case names either `evidence` to be cited or `reasons` to decline.")
    if any(excerpt.quote is None for excerpt in case.expected()):
        raise ValueError("`quote` is missing; only what is forbidden may be a whole file.")
    return replace(
        case, evidence=tuple(tuple(_credited(excerpt, case.speaker) for excerpt in group) for group in case.evidence)
    )


@cache
def _adapter() -> TypeAdapter[Case]:
    return TypeAdapter(Case)


def _credited(excerpt: Excerpt, speakers: tuple[str, ...]) -> Excerpt:
    return replace(excerpt, speakers=() if excerpt.kind == "narration" else excerpt.speakers or speakers)


def _told(error: ValueError) -> str:
    """Returns the first complaint, with the key that it is about and what stands there."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    return f"{f'`{key}`' if key else 'the line'} is {first['input']!r}: {first['msg']}."


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
