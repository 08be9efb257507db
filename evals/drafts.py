"""Drafts cases for a person to correct: from the statements of a library, and from what readers said of answers.

A draft from statements believes the record, which may be wrong: until somebody has read it against the article, it only
tests that answers stay as they are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from evals.cases import CaseError
from rag.core import Article, Statement
from rag.core.errors import OnrecordError

MOST = 60
FILE = "feedback.jsonl"
"""Where the page keeps what readers say, in the library's folder."""

_FEWEST_WORDS, _MOST_WORDS = 5, 14
_NAME = re.compile(r"(?<![.!?“\"]\s)(?<!^)\b[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")
_NOTE = "Drafted from the record: read it against the article, then take this note away."
_TO_DO = {
    "good": "A reader found this answer good.",
    "speaker": "A reader says that a speaker is wrong: forbid the excerpt, and name the right one in `evidence`.",
    "unsupported": "A reader says that a sentence is not supported: move its excerpt to `forbidden`.",
    "missed": "A reader says that something is missing: name it in `evidence`.",
}


class DraftError(OnrecordError):
    """Cases cannot be drafted; the message says why."""


@dataclass(frozen=True, slots=True)
class _Quote:
    """A statement with one slice of its words that stands once in its article."""

    statement: Statement
    speaker: str
    quote: str
    topics: tuple[str, ...]

    def excerpt(self) -> dict[str, Any]:
        kind = self.statement.kind
        return {"source": self.statement.source, "quote": self.quote, "speaker": self.speaker, "kind": kind}


def make_cases(folder: Path, statements: Sequence[Statement], articles: Mapping[str, Article]) -> Path:
    """Writes `drafted.jsonl` into the folder and returns it. DraftError if it is there, or nothing is on record."""
    path = folder / "drafted.jsonl"
    if path.exists():
        raise DraftError(f"{path} is there already; rename it, so that no correction of yours is lost.")
    cases = list(from_statements(statements, articles))
    if not cases:
        raise DraftError("The library holds no statement with a named speaker to draft cases from.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{json.dumps(case, ensure_ascii=False)}\n" for case in cases), encoding="utf-8")
    except OSError as error:
        raise DraftError(f"{path} cannot be written ({error.strerror}); name another folder.") from error
    return path


def from_statements(statements: Sequence[Statement], articles: Mapping[str, Article]) -> Iterator[dict[str, Any]]:
    """Drafts up to `MOST` cases: every speaker's first statement before anybody's second."""
    by_speaker: dict[str, list[_Quote]] = {}
    for statement in statements:
        for quote in _quotes(statement, articles[statement.source]):
            by_speaker.setdefault(quote.speaker, []).append(quote)
    turns = (quote for turn in zip_longest(*by_speaker.values()) for quote in turn if quote is not None)
    cases = (case for quote in turns for case in _cases(quote, by_speaker))
    for number, case in zip(range(1, MOST + 1), cases, strict=False):
        yield {"id": f"drafted-{number:03}"} | case | {"note": _NOTE}


def _quotes(said: Statement, article: Article) -> Iterator[_Quote]:
    quote = article.cut(max(said.content, key=lambda span: span.end - span.start))
    if said.speaker and said.repeats is None and len(quote.split()) >= _FEWEST_WORDS and article.text.count(quote) == 1:
        names = [name for name in _NAME.findall(quote) if not set(name.split()) & set(said.speaker.split())]
        yield _Quote(said, said.speaker, quote, tuple(dict.fromkeys(names)))


def _cases(quote: _Quote, by_speaker: Mapping[str, Sequence[_Quote]]) -> Iterator[dict[str, Any]]:
    """Asks who said it, what they said about its topic, and what somebody who did not speak of it said about it."""
    evidence = [quote.excerpt()]
    words = " ".join(quote.quote.split()[:_MOST_WORDS])
    if quote.statement.kind == "direct" and '"' not in quote.quote and words in quote.quote:
        yield {"kind": "who_said", "question": f"Who said “{words}”?", "evidence": evidence, "words": [quote.speaker]}
    for topic in quote.topics[:1]:
        asked = f"What did {quote.speaker} say about {topic}?"
        same = [rival.excerpt() for rival in by_speaker[quote.speaker] if rival is not quote and topic in rival.quote]
        allowed = {"allowed": same} if same else {}
        yield {"kind": "attribution", "question": asked, "evidence": evidence, **allowed}
        silent = [name for name, quotes in by_speaker.items() if not any(topic in quote.quote for quote in quotes)]
        for name in silent[:1]:
            asked = f"What did {name} say about {topic}?"
            declines = ["not_quoted_on_topic"]
            yield {"kind": "wrong_speaker", "question": asked, "allowed": evidence, "reasons": declines}


def from_feedback(data: Path) -> Iterator[dict[str, Any]]:
    """Drafts a case for each question that readers judged, by its latest judgement. CaseError if nothing was judged.

    A good answer gives a whole case. What a wrong answer cited stands under `allowed`: only a person knows what would
    be right, and the case does not load until they have added `evidence` or `reasons`.
    """
    path = data / FILE
    if not path.exists():
        raise CaseError(f"Nobody has judged an answer yet ({path} is missing); do so in `onrecord chat`.")
    latest = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            judged = json.loads(line)
            latest[judged["question"]] = _judged_case(judged)
        except (ValueError, KeyError, TypeError) as error:
            raise CaseError(f"{path}, line {number} is no judgement ({error}); take the line out.") from error
    yield from latest.values()


def _judged_case(judged: dict[str, Any]) -> dict[str, Any]:
    question = judged["standalone_question"]
    note = f"DRAFT. {_TO_DO[judged['judgement']]} {judged.get('note', '')}".strip()
    name = hashlib.sha256(question.encode()).hexdigest()[:8]
    case = {"id": f"feedback-{name}", "kind": "feedback", "question": question, "note": note}
    excerpts = [_cited(citation) for citation in judged["citations"]]
    if judged["judgement"] != "good":
        return case | {"allowed": excerpts}
    return case | ({"evidence": excerpts} if excerpts else {"reasons": [judged["reason"]]})


def _cited(citation: dict[str, Any]) -> dict[str, Any]:
    excerpt = {name: citation[name] for name in ("source", "quote", "kind")}
    return excerpt | ({"speaker": citation["speaker"]} if citation["speaker"] else {})
