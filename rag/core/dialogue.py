"""What goes between us and a chat model: the tools that it may use, what it says, what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.core.queries import Turn


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call; `parameters` is the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a model makes. `trouble` says what is wrong with one that cannot be read."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class ToolRound:
    """The calls of one reply, what the model wrote beside them, and a result for each call."""

    content: str
    calls: tuple[ToolCall, ...]
    results: tuple[str, ...]


Message = Turn | ToolRound
"""What a conversation with a model is made of."""


@dataclass(frozen=True, slots=True)
class ReplyChunk:
    """A chunk of what a chat model says. `tokens` are those read and written so far, once the model tells them.

    `calls` counts the requests that it took to hear it. `is_cut` where the model stopped before its own end. `wanted`
    are the tools that it calls instead of going on; they come in the last chunk.
    """

    text: str = ""
    tokens: tuple[int, int] | None = None
    calls: int = 1
    is_cut: bool = False
    wanted: tuple[ToolCall, ...] = ()
