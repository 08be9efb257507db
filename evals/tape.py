"""Writes down what a chat model said, and plays it again: so that a check that was mended judges the same replies.

Knows what was asked and what was said, and nothing of what is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rag import ChatModel, OnrecordError
from rag.core import Message, ReplyChunk, Tool, ToolCall, ToolRound
from rag.core.errors import ModelError

_MARK = re.compile(r"~[0-9a-f]{4}(?:[0-9a-f]{4})?")
"""What begins the lines of the pieces, new in every request."""


@dataclass(frozen=True, slots=True)
class Take:
    """One request: the question with its pieces, without the mark that is new each time, and the whole reply to it.

    `wanted` are the look-ups that it asked for; `earlier` are the requests of the same question before it.
    """

    asked: str
    said: str
    is_cut: bool = False
    tokens: tuple[int, int] | None = None
    wanted: tuple[ToolCall, ...] = ()
    earlier: tuple[Take, ...] = ()


class Recorder:
    """A chat model that keeps what was asked and said; set `take` to None before a question that is to stand alone."""

    def __init__(self, chat: ChatModel) -> None:
        self.name = chat.name
        self.host = chat.host
        self.take: Take | None = None
        self._chat = chat

    def reply(
        self, system: str, turns: Sequence[Message], calls: int = 3, tools: Sequence[Tool] = ()
    ) -> Iterator[ReplyChunk]:
        """What the model says, as it says it. A reply that breaks off is not kept."""
        said, take = [], Take(_asked(turns), "")
        for heard in self._chat.reply(system, turns, calls, tools):
            said.append(heard.text)
            is_cut, tokens = take.is_cut or heard.is_cut, heard.tokens or take.tokens
            take = replace(take, is_cut=is_cut, tokens=tokens, wanted=heard.wanted or take.wanted)
            yield heard
        earlier = (*self.take.earlier, replace(self.take, earlier=())) if self.take else ()
        self.take = replace(take, said="".join(said), earlier=earlier)


class Player:
    """A chat model that says again what it said to the same words; to others it fails, with the reason."""

    def __init__(self, chat: ChatModel, takes: Iterable[Take]) -> None:
        self.name = chat.name
        self.host = chat.host
        self._takes = {one.asked: one for take in takes for one in (*take.earlier, take)}

    def reply(
        self,
        system: str,  # noqa: ARG002 - as the seam has it
        turns: Sequence[Message],
        calls: int = 3,  # noqa: ARG002 - as the seam has it
        tools: Sequence[Tool] = (),  # noqa: ARG002 - as the seam has it
    ) -> Iterator[ReplyChunk]:
        """The reply as it was written down. Raises ModelError where the question or its pieces are not the same."""
        take = self._takes.get(_asked(turns))
        if take is None:
            raise ModelError(f"{self.name} was never asked this with these pieces; ask it anew.")
        yield ReplyChunk(take.said, take.tokens, is_cut=take.is_cut, wanted=take.wanted)


def written(take: Take | None) -> dict[str, Any] | None:
    """A take as JSON; None where the model was not asked."""
    return asdict(take) if take else None


def read(written_down: Mapping[str, Any] | None) -> Take | None:
    """The same, read again. OnrecordError for what is no take."""
    if written_down is None:
        return None
    try:
        tokens = written_down["tokens"]
        return Take(
            written_down["asked"],
            written_down["said"],
            written_down["is_cut"],
            (tokens[0], tokens[1]) if tokens else None,
            tuple(ToolCall(**call) for call in written_down.get("wanted", ())),
            tuple(take for one in written_down.get("earlier", ()) if (take := read(one))),
        )
    except (KeyError, TypeError, IndexError):
        raise OnrecordError("The file holds no replies; write one with `--out`.") from None


def _asked(turns: Sequence[Message]) -> str:
    told = ("\n".join(turn.results) if isinstance(turn, ToolRound) else turn.content for turn in turns)
    return "\n\n".join(_MARK.sub("~", one) for one in told)
