"""Drafts of cases from the statements of a library, for a person to correct. Knows nothing of how they are answered.

A draft believes the record, which may be wrong: until somebody has read it against the article, it only tests that
answers stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from rag.core import Article, Statement
from rag.core.errors import OnrecordError

MOST = 60
_FEWEST_WORDS, _MOST_WORDS = 5, 14
_NAME = re.compile(r"(?<![.!?“\"]\s)(?<!^)\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")
_NOTE = "Drafted from the record: read it against the article, then take this note away."


class DraftError(OnrecordError):
    """Cases cannot be drafted; the message says why."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A statement with one slice of its words that stands once in its article."""

    statement: Statement
    speaker: str
    quote: str
    topics: tuple[str, ...]

    def excerpt(self) -> dict[str, Any]:
        """As a case names it."""
        one = self.statement
        return {"source": one.source, "quote": self.quote, "speaker": self.speaker, "kind": one.kind}


def make_cases(folder: Path, statements: Sequence[Statement], articles: Mapping[str, Article]) -> Path:
    """Write `drafted.jsonl` into the folder and return it. DraftError if it is there, or nothing is on record."""
    path = folder / "drafted.jsonl"
    if path.exists():
        raise DraftError(f"{path} is there already; rename it, so that no correction of yours is lost.")
    drafts = list(draft(statements, articles))
    if not drafts:
        raise DraftError("The library holds no statement with a named speaker to draft cases from.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in drafts), encoding="utf-8")
    except OSError as error:
        raise DraftError(f"{path} cannot be written ({error.strerror}); name another folder.") from error
    return path


def draft(statements: Sequence[Statement], articles: Mapping[str, Article]) -> Iterator[dict[str, Any]]:
    """Up to `MOST` cases: every speaker's first statement before anybody's second."""
    said = [one for statement in statements for one in _said(statement, articles[statement.source])]
    by_speaker: dict[str, list[_Said]] = {}
    for one in said:
        by_speaker.setdefault(one.speaker, []).append(one)
    turns = (one for turn in zip_longest(*by_speaker.values()) for one in turn if one is not None)
    cases = (case for one in turns for case in _cases(one, by_speaker))
    for number, case in zip(range(1, MOST + 1), cases, strict=False):
        yield {"id": f"drafted-{number:03}"} | case | {"note": _NOTE}


def _said(one: Statement, article: Article) -> Iterator[_Said]:
    quote = article.cut(max(one.content, key=lambda span: span.end - span.start))
    if one.speaker and one.repeats is None and len(quote.split()) >= _FEWEST_WORDS and article.text.count(quote) == 1:
        names = [name for name in _NAME.findall(quote) if not set(name.split()) & set(one.speaker.split())]
        yield _Said(one, one.speaker, quote, tuple(dict.fromkeys(names)))


def _cases(one: _Said, by_speaker: Mapping[str, Sequence[_Said]]) -> Iterator[dict[str, Any]]:
    """Who said it; what they said about its topic; and what somebody who did not speak of it said about it."""
    evidence = [one.excerpt()]
    if one.statement.kind == "direct" and '"' not in one.quote:
        words = " ".join(one.quote.split()[:_MOST_WORDS])
        if words in one.quote:
            yield {"kind": "who_said", "question": f"Who said “{words}”?", "evidence": evidence, "words": [one.speaker]}
    if one.topics:
        topic = one.topics[0]
        same = [other.excerpt() for other in by_speaker[one.speaker] if other is not one and topic in other.quote]
        yield {
            "kind": "attribution",
            "question": f"What did {one.speaker} say about {topic}?",
            "evidence": evidence,
        } | ({"allowed": same} if same else {})
        silent = [name for name, lines in by_speaker.items() if not any(topic in line.quote for line in lines)]
        if silent:
            yield {
                "kind": "wrong_speaker",
                "question": f"What did {silent[0]} say about {topic}?",
                "allowed": evidence,
                "reasons": ["not_quoted_on_topic"],
            }
