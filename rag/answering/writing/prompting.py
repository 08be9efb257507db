"""Fills the prompts: the question, the numbered pieces, the conversation. Knows `prompts/`, and no model."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template

from rag.answering.voice import remarks
from rag.answering.writing.context import Piece, latest, sentence_of, tokens
from rag.types import Article, Evidence, Message, Query, Tool, ToolRound, Turn

_NUMBERS = re.compile(r" ?\[\d{1,3}\]")
_HISTORY_SHARE = 4
"""The part of the cap, one in so many, that the conversation may take."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told, and then asked: the last of `turns` is the question with its pieces.

    Each line of the pieces begins with the `marker`, which no article can foresee.
    """

    system: str
    turns: tuple[Message, ...]
    marker: str

    def digest(self, tools: Sequence[Tool] = ()) -> str:
        """The same wherever the same was asked, of the same words, in the same way."""
        told = [self.system, *map(_written, self.turns), *(tool.name for tool in tools)]
        return hashlib.sha256("\0".join(told).replace(self.marker, "").encode()).hexdigest()


def _written(turn: Message) -> str:
    """A turn as it counts for the digest; the ids of calls are new each time."""
    if isinstance(turn, ToolRound):
        calls = [[call.name, dict(call.arguments), call.trouble] for call in turn.calls]
        return json.dumps([turn.content, calls, turn.results])
    return f"{turn.role}:{turn.content}"


def new_marker() -> str:
    """A mark that begins the lines of the pieces of one question."""
    return f"~{secrets.token_hex(2)}"


def prompt(query: Query, pieces: Sequence[Piece], evidence: Evidence, cap: int, marker: str | None = None) -> Prompt:
    """The prompt: what is the same for every question, the conversation, the question with its pieces.

    Servers keep what they have read of a prompt up to the first word that is new.
    """
    marker = marker or new_marker()
    asked = template("ask").substitute(
        question=query.question,
        reading="".join(f"{line}\n" for line in _readings(query)),
        marker=marker,
        pieces="\n".join(lines_of(pieces, evidence, marker)) or f"{marker} There are none.",
    )
    return Prompt(template("write").template, (*_conversation(query, cap), Turn("user", asked)), marker)


def cost_without_pieces(query: Query, cap: int) -> int:
    """How many tokens the prompt takes beside its pieces."""
    told = [template("write").template, template("ask").template, query.question, query.question, *_readings(query)]
    return sum(map(tokens, (*told, *(turn.content for turn in _conversation(query, cap)))))


def _readings(query: Query) -> Iterator[str]:
    """How the question was read, where its own words leave that open: what it refers to, the time that it names."""
    if query.standalone != query.question:
        yield f"It was read as: {query.standalone}"
    if query.since or query.until:
        yield f"It was asked on {query.asked}."


def _conversation(query: Query, cap: int) -> list[Turn]:
    """The last turns, without the numbers of citations, which mean nothing now, but with the articles behind them."""
    return [_told(turn) for turn in latest(query.history, cap // _HISTORY_SHARE)]


def _told(turn: Turn) -> Turn:
    if turn.role == "user":
        return turn
    sources = list(dict.fromkeys(cited.place.source for cited in turn.cited))
    cited = f"\n(It cited {', '.join(sources)}.)" if sources else ""
    return Turn(turn.role, f"{_NUMBERS.sub('', turn.content)}{cited}")


@cache
def template(name: str) -> Template:
    """The prompt of that name."""
    return Template(resources.files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8"))


def lines_of(pieces: Sequence[Piece], evidence: Evidence, marker: str, first: int = 1) -> list[str]:
    """The pieces as numbered lines, the first of them with the number `first`, each article under its name."""
    lines: list[str] = []
    source = None
    for number, piece in enumerate(pieces, start=first):
        if piece.source != source:
            source = piece.source
            lines.append(f"{marker} From {_named(evidence.articles[source])}:")
        told = f"({kind(piece)}) " if piece.spoken else ""
        lines.append(f"{marker} [{number}] {told}{sentence_of(piece, evidence)}")
    return lines


def _named(article: Article) -> str:
    parts = [article.source, article.title, article.outlet, article.published or "no date"]
    return " ".join(", ".join(part for part in parts if part).split())


def kind(piece: Piece) -> str:
    """Who speaks, and how the article gives it."""
    one = piece.spoken
    if one is None:
        return "the article itself"
    speaker = one.speaker or one.speaker_as_written or "somebody without a name"
    speaker += f" ({'; '.join(told)})" if (told := remarks(one)) else ""
    how = {"direct": "direct quote", "mixed": "reported, in part quoted"}.get(one.kind, "reported")
    denied = {"denies": ", a denial", "asks": ", a question"}.get(one.polarity, "")
    return " ".join(f"{speaker}, {how}{denied}{f', via {one.via}' if one.via else ''}".split())
