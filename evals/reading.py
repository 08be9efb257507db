"""From a line of a file of cases to a case: what may be written there, refused with a sentence where it may not.

Knows JSON values, not files.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar, cast, get_args

from evals.case import Case, Difference, Excerpt
from rag.core import Kind, Reason, Turn

T = TypeVar("T")


def read_case(value: object) -> Case:
    """The case that a parsed line describes. ValueError says what is wrong with it, as a sentence."""
    given = _object(value, "A case", {field.name for field in fields(Case)})
    speaker = _alternatives(given.get("speaker", []), "speaker")

    def excerpts(key: str, speakers: tuple[str, ...] = ()) -> tuple[tuple[Excerpt, ...], ...]:
        return _groups(given.get(key, []), key, lambda item: _excerpt(item, speakers))

    case = Case(
        id=_text(given.get("id"), "id"),
        kind=_text(given.get("kind"), "kind"),
        question=_text(given.get("question"), "question"),
        history=_several(given.get("history", []), "history", _turn),
        asked=_date(given.get("asked")),
        standalone=_alternatives(given.get("standalone", []), "standalone"),
        speaker=speaker,
        evidence=excerpts("evidence", speaker),
        allowed=_several(given.get("allowed", []), "allowed", lambda item: _excerpt(item, ())),
        forbidden=_several(given.get("forbidden", []), "forbidden", lambda item: _excerpt(item, (), whole=True)),
        words=_groups(given.get("words", []), "words", lambda item: _text(item, "words")),
        unsaid=_several(given.get("unsaid", []), "unsaid", lambda item: _text(item, "unsaid")),
        count=_count(given.get("count")),
        differences=_differences(given.get("differences")),
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


def _differences(value: object) -> tuple[Difference, ...] | None:
    """Each difference is a list of two sides or more; a side is an excerpt, or a list any of which will do."""
    if value is None:
        return None
    sides = _several(value, "differences", lambda item: _groups(item, "differences", lambda side: _excerpt(side, ())))
    if any(len(difference) < 2 for difference in sides):  # noqa: PLR2004 - it takes two to differ
        raise ValueError("`differences` holds one side alone; a difference has two sides or more.")
    return sides


def _count(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise ValueError(f"`count` is {json.dumps(value)}; write a whole number.")


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
