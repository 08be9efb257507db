"""Frozen values as JSON text and back, field by field; it knows what a dataclass is, and nothing of what they mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_json(value: object) -> str:
    """A dataclass as JSON, its nested ones too."""
    return json.dumps(asdict(value), ensure_ascii=False, default=dict)  # type: ignore[call-overload] # a dataclass


def from_json(kind: type[T], words: str) -> T:
    """The value that `to_json` made the text of. ValueError, KeyError or TypeError for any other text."""
    return _revived(kind, json.loads(words))  # type: ignore[no-any-return] # the kind that was asked for


def _revived(kind: Any, value: Any) -> Any:  # noqa: ANN401 - any field of any dataclass
    if value is None:
        return None
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        given = {field.name: value[field.name] for field in fields(kind) if field.name in value}
        return kind(**{name: _revived(hints[name], one) for name, one in given.items()})  # type: ignore[operator] # a class
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return tuple(_revived(inner[0], one) for one in value)
    if origin in {Union, UnionType}:
        return _revived(next(one for one in inner if one is not type(None)), value)
    return dict(value) if origin is Mapping else value
