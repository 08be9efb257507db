"""Fills the prompts: the question, the numbered pieces, the conversation. Knows `prompts/`, and no model."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template

from rag.answering.voice import remarks
from rag.answering.writing.context import Piece, latest, words_of
from rag.types import Article, Evidence, Query, Turn

_NUMBERS = re.compile(r" ?\[\d{1,3}\]")
_HISTORY_SHARE = 4
"""The part of the cap, one in so many, that the conversation may take."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told, and then asked: the last of `turns` is the question with its pieces.

    `digest` is the same wherever the same was asked, of the same words, in the same way.
    """

    system: str
    turns: tuple[Turn, ...]
    digest: str


def prompt(query: Query, pieces: list[Piece], evidence: Evidence, cap: int) -> Prompt:
    """The prompt. Each line of the pieces begins with a mark that no article can foresee.

    What is the same for every question comes first, then the conversation: servers keep what they have read of a prompt
    up to the first word that is new.
    """
    marker = f"~{secrets.token_hex(4)}"
    history = tuple(map(_without_numbers, latest(query.history, history_cap(cap))))
    system = template("write").template
    pieces_marked = _numbered(pieces, evidence, marker)
    asked = template("ask").substitute(question=query.standalone, marker=marker, pieces=pieces_marked)
    turns = (*history, Turn("user", asked))
    told = "\0".join([system, *(f"{turn.role}:{turn.content}" for turn in turns)])
    return Prompt(system, turns, hashlib.sha256(told.replace(marker, "").encode()).hexdigest())


def _without_numbers(turn: Turn) -> Turn:
    """What was answered without the numbers of its citations, which mean nothing now; what was asked stays as it is."""
    return turn if turn.role == "user" else Turn(turn.role, _NUMBERS.sub("", turn.content))


def history_cap(cap: int) -> int:
    """How many tokens of the cap the conversation may take."""
    return cap // _HISTORY_SHARE


@cache
def template(name: str) -> Template:
    """The prompt of that name."""
    return Template(resources.files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8"))


def _numbered(pieces: list[Piece], evidence: Evidence, marker: str) -> str:
    lines: list[str] = []
    source = None
    for number, piece in enumerate(pieces, start=1):
        if piece.source != source:
            source = piece.source
            lines.append(f"{marker} From {_named(evidence.articles[source])}:")
        lines.append(f"{marker} [{number}] ({kind(piece)}) {words_of(piece, evidence)}")
    return "\n".join(lines)


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
