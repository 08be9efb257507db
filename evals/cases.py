"""The cases: questions with what a good answer cites, says and leaves alone. Knows nothing of how they are answered.

A case is one JSON object on one line of `evals/cases/*.jsonl`; `evals/README.md` describes its keys.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from rag.errors import OnrecordError
from rag.types import Citation, Kind, NearMiss, Reason, Turn

CASES = Path(__file__).parent / "cases"

T = TypeVar("T")


class CaseError(OnrecordError):
    """A case cannot be used; the message names the file and the line, or the case."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Words of a file. `speakers` are the names that may be credited with them, `kind` how they must be presented.

    Without `quote` the whole file is meant. Without `speakers` (or `kind`) the credit is not judged; an excerpt of kind
    "narration" must be credited to nobody.
    """

    source: str
    quote: str | None = None
    speakers: tuple[str, ...] = ()
    kind: Kind | None = None

    def is_held_by(self, citation: Citation) -> bool:
        """Whether the citation shows all of these words."""
        return citation.source == self.source and (self.quote is None or self.quote in citation.quote)

    def meets(self, place: Citation | NearMiss) -> bool:
        """Whether the place shows these words or is a part of them (one sentence of two, half of a cut quote)."""
        if place.source != self.source:
            return False
        return self.quote is None or self.quote in place.quote or place.quote in self.quote


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what is expected of its answer.

    `evidence` must be cited: every group, by any excerpt of it. `allowed` may be cited too. `forbidden` must not.
    `words` must stand in the answer: of every group one. `reasons` are the accepted reasons to decline; with none the
    question is to be answered.
    """

    id: str
    kind: str
    question: str
    history: tuple[Turn, ...] = ()
    asked: dt.date | None = None
    speaker: tuple[str, ...] = ()
    evidence: tuple[tuple[Excerpt, ...], ...] = ()
    allowed: tuple[Excerpt, ...] = ()
    forbidden: tuple[Excerpt, ...] = ()
    words: tuple[tuple[str, ...], ...] = ()
    reasons: tuple[Reason, ...] = ()
    note: str | None = None

    @property
    def is_to_be_declined(self) -> bool:
        """Whether a good answer declines."""
        return bool(self.reasons)

    def expected(self) -> Iterator[Excerpt]:
        """Every excerpt that a good answer may cite: the evidence, then what is allowed beside it."""
        for group in self.evidence:
            yield from group
        yield from self.allowed

    def excerpts(self) -> Iterator[Excerpt]:
        """Every excerpt that the case names."""
        yield from self.expected()
        yield from self.forbidden


def case_files(path: Path | None = None) -> tuple[Path, ...]:
    """The files of cases at `path` (a file, or a folder of `.jsonl`), by default onrecord's own, sorted by name."""
    place = path or CASES
    if place.is_file():
        return (place,)
    found = tuple(sorted(place.glob("*.jsonl")))
    if not found:
        raise CaseError(f"There are no cases in {place}; name a .jsonl file or a folder that holds some.")
    return found


def digest(path: Path | None = None) -> str:
    """The sha256 of all files of cases at `path`, names included."""
    total = hashlib.sha256()
    for file in case_files(path):
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def load(path: Path | None = None) -> tuple[Case, ...]:
    """The cases at `path`, in order. CaseError names the file, the line and what is wrong there."""
    cases: dict[str, Case] = {}
    for file in case_files(path):
        for number, line in enumerate(_lines(file), start=1):
            if not line.strip():
                continue
            try:
                case = _case(json.loads(line))
            except json.JSONDecodeError as error:
                raise CaseError(f"{file.name}, line {number}: this is not JSON ({error}).") from error
            except ValueError as error:
                raise CaseError(f"{file.name}, line {number}: {error}") from error
            if case.id in cases:
                raise CaseError(f"{file.name}, line {number}: the id {case.id!r} is taken; give each case its own.")
            cases[case.id] = case
    return tuple(cases.values())


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise CaseError(f"{file.name} is not UTF-8; save it as UTF-8.") from error


def _case(value: object) -> Case:
    """The case that a parsed line describes. ValueError says what is wrong with it, as a sentence."""
    given = _object(value, "A case", {field.name for field in fields(Case)})
    speaker = _alternatives(given.get("speaker", []), "speaker")
    case = Case(
        id=_text(given.get("id"), "id"),
        kind=_text(given.get("kind"), "kind"),
        question=_text(given.get("question"), "question"),
        history=_several(given.get("history", []), "history", _turn),
        asked=_date(given.get("asked")),
        speaker=speaker,
        evidence=_groups(given.get("evidence", []), "evidence", lambda item: _excerpt(item, speaker)),
        allowed=_several(given.get("allowed", []), "allowed", lambda item: _excerpt(item, ())),
        forbidden=_several(given.get("forbidden", []), "forbidden", lambda item: _excerpt(item, (), whole=True)),
        words=_groups(given.get("words", []), "words", lambda item: _text(item, "words")),
        reasons=_several(given.get("reasons", []), "reasons", _reason),
        note=None if given.get("note") is None else _text(given["note"], "note"),
    )
    if case.is_to_be_declined == bool(case.evidence):
        raise ValueError("A case names either `evidence` to be cited or `reasons` to decline.")
    return case


def _excerpt(value: object, speakers: tuple[str, ...], *, whole: bool = False) -> Excerpt:
    """An excerpt; where it names no `speaker` of its own, `speakers` holds, but narration has none."""
    given = _object(value, "An excerpt", {"source", "quote", "speaker", "kind"})
    kind = given.get("kind")
    if kind is not None and kind not in get_args(Kind):
        raise ValueError(f"`kind` is {kind!r}; it may be {', '.join(get_args(Kind))}.")
    if "speaker" in given:
        speakers = _alternatives(given["speaker"], "speaker")
    return Excerpt(
        source=_text(given.get("source"), "source"),
        quote=None if whole and "quote" not in given else _text(given.get("quote"), "quote"),
        speakers=() if kind == "narration" else speakers,
        kind=cast("Kind | None", kind),
    )


def _turn(value: object) -> Turn:
    given = _object(value, "A turn", {"role", "content"})
    role = given.get("role")
    if role not in {"user", "assistant"}:
        raise ValueError(f"`role` is {role!r}; it may be user or assistant.")
    return Turn(role, _text(given.get("content"), "content"))


def _reason(value: object) -> Reason:
    if value not in get_args(Reason):
        raise ValueError(f"`reasons` holds {value!r}; a reason may be {', '.join(get_args(Reason))}.")
    return cast("Reason", value)


def _date(value: object) -> dt.date | None:
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(_text(value, "asked"))
    except ValueError as error:
        raise ValueError(f"`asked` is {value!r}; write a day such as 2024-03-31.") from error


def _object(value: object, what: str, keys: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} must be an object, not {json.dumps(value)}.")  # noqa: TRY004 - load() catches one kind
    unknown = sorted(set(value) - keys)
    if unknown:
        raise ValueError(f"{what} has no `{unknown[0]}`; it may have {', '.join(sorted(keys))}.")
    return value


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"`{key}` must be a text that is not empty.")
    return value


def _several(value: object, key: str, parse: Callable[[object], T]) -> tuple[T, ...]:
    if not isinstance(value, list):
        raise ValueError(f"`{key}` must be a list.")  # noqa: TRY004 - load() catches one kind
    return tuple(parse(item) for item in value)


def _groups(value: object, key: str, parse: Callable[[object], T]) -> tuple[tuple[T, ...], ...]:
    """A list in which an inner list stands for alternatives."""
    if isinstance(value, list) and [] in value:
        raise ValueError(f"`{key}` holds an empty list; alternatives need at least one.")
    return _several(value, key, lambda item: _several(item if isinstance(item, list) else [item], key, parse))


def _alternatives(value: object, key: str) -> tuple[str, ...]:
    """A text, or a list of texts any of which will do."""
    return _several(value if isinstance(value, list) else [value], key, lambda item: _text(item, key))
