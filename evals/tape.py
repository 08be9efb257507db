"""Writes down what a chat model said, and plays it again: so that a check that was mended judges the same replies.

Knows what was asked and what was said, and nothing of what is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rag import ChatModel, OnrecordError
from rag.errors import ModelError
from rag.types import Heard, Turn

_MARK = re.compile(r"~[0-9a-f]{4}(?:[0-9a-f]{4})?")
"""What begins the lines of the pieces, new in every request."""


@dataclass(frozen=True, slots=True)
class Take:
    """One request: the question with its pieces, without the mark that is new each time, and the whole reply to it."""

    asked: str
    said: str
    is_cut: bool = False
    tokens: tuple[int, int] | None = None


class Recorder:
    """A chat model that keeps, of the last request, what was asked and said; `take` is None before there is one."""

    def __init__(self, chat: ChatModel) -> None:
        self.name = chat.name
        self.host = chat.host
        self.take: Take | None = None
        self._chat = chat

    def reply(self, system: str, turns: Sequence[Turn], calls: int = 3) -> Iterator[Heard]:
        """What the model says, as it says it. A reply that breaks off is not kept."""
        said, is_cut, tokens = [], False, None
        for heard in self._chat.reply(system, turns, calls):
            said.append(heard.text)
            is_cut, tokens = is_cut or heard.is_cut, heard.tokens or tokens
            yield heard
        self.take = Take(_asked(turns), "".join(said), is_cut, tokens)


class Player:
    """A chat model that says again what it said to the same words; to others it fails, with the reason."""

    def __init__(self, chat: ChatModel, takes: Iterable[Take]) -> None:
        self.name = chat.name
        self.host = chat.host
        self._takes = {take.asked: take for take in takes}

    def reply(
        self,
        system: str,  # noqa: ARG002 - as the seam has it
        turns: Sequence[Turn],
        calls: int = 3,  # noqa: ARG002 - as the seam has it
    ) -> Iterator[Heard]:
        """The reply as it was written down. Raises ModelError where the question or its pieces are not the same."""
        take = self._takes.get(_asked(turns))
        if take is None:
            raise ModelError(f"{self.name} was never asked this with these pieces; ask it anew.")
        yield Heard(take.said, take.tokens, is_cut=take.is_cut)


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
        )
    except (KeyError, TypeError, IndexError):
        raise OnrecordError("The file holds no replies; write one with `--out`.") from None


def _asked(turns: Sequence[Turn]) -> str:
    return "\n\n".join(_MARK.sub("~", turn.content) for turn in turns)
