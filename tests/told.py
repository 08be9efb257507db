"""A library whose statements are written down by hand, and an assistant over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.answering.assistant import Assistant
from rag.answering.retrieval.ranking import Meaning
from rag.answering.writing.extractive import OfflineWriter
from rag.core import Article, Kind, Span, Standing, Statement
from rag.core.settings import Settings
from rag.library.store import Store
from rag.library.writer import Record
from rag.vectors.exact import ExactIndex
from tests.case_files import rows
from tests.library_parts import WordEmbedder, WordReader, article, fill, record, said


@dataclass(frozen=True, slots=True)
class Told:
    """A line of an article that tells what somebody said: `content` stands in it. A `line` alone is only reporting."""

    line: str
    content: str = ""
    speaker: str | None = None
    written: str = ""
    kind: Kind = "direct"
    via: str | None = None
    standing: Standing = "said"
    candidates: tuple[str, ...] = ()
    speaks_for: str | None = None
    confidence: float = 0.95


def report(source: str, *lines: Told, title: str | None = None, outlet: str | None = None) -> Record:
    """An article of these lines, with its statements."""
    whole = article(source, "\n".join(one.line for one in lines), title=title, outlet=outlet)
    start, statements = 0, []
    for one in lines:
        if one.content:
            statements.append(_statement(whole, start, one))
        start += len(one.line) + 1
    return record(whole, statements)


def _statement(whole: Article, start: int, one: Told) -> Statement:
    begins = start + one.line.index(one.content)
    span = Span(start, start + len(one.line))
    base = said(whole, span, Span(begins, begins + len(one.content)), one.speaker, one.kind)
    return replace(
        base,
        id=f"{whole.source}:{begins}",
        speaker_as_written=one.written or one.speaker or "",
        via=one.via,
        standing=one.standing,
        candidates=tuple(one.candidates),
        speaks_for=one.speaks_for,
        confidence=one.confidence,
        marked=one.kind == "direct",
    )


def stored(data: Path, *records: Record) -> Store:
    """A library of these articles, its people settled."""
    return fill(Store.create(data), *records)


def press(name: str) -> list[Record]:
    """The articles of that name in `cases/articles.jsonl`, which has a row a line of an article."""
    articles: dict[str, list[dict[str, Any]]] = {}
    for row in rows("articles"):
        if row.pop("press") == name:
            articles.setdefault(row.pop("source"), []).append(row)
    titles = {source: lines[0].pop("title", None) for source, lines in articles.items()}
    return [
        report(source, *(Told(**line) for line in lines), title=titles[source]) for source, lines in articles.items()
    ]


@contextmanager
def asking(data: Path, *records: Record) -> Iterator[Assistant]:
    """An assistant over a library of these articles."""
    store = stored(data, *records)
    settings = Settings.from_environment({}, data=data)
    writer = OfflineWriter(settings.support, settings.sure)
    assistant = Assistant(store, Meaning(WordEmbedder(), ExactIndex(store), WordReader()), writer, settings)
    try:
        yield assistant
    finally:
        assistant.close()
