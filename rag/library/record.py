"""One article into and out of the tables, within a transaction of the caller's; decides nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.attribution.abbreviations import Abbreviation
from rag.errors import LibraryError
from rag.library.corrected import put_right
from rag.library.mentions import add_mentions, unsettle
from rag.library.rows import Vectors, article_columns, coordinates, spans_as_json, statement_columns
from rag.library.vectors import EmbedderState, VectorView
from rag.types import Article, ArticlePerson, Passage, Statement


@dataclass(frozen=True)
class Record:
    """All that the library keeps of one article. `vectors` has shape (len(passages), dimension)."""

    article: Article
    passages: tuple[Passage, ...]
    vectors: Vectors
    statements: tuple[Statement, ...]
    abbreviations: tuple[Abbreviation, ...] = ()
    people: tuple[ArticlePerson, ...] = ()

    def __post_init__(self) -> None:
        """The article's text is the truth: what is not cut from it is refused with a ValueError."""
        source = self.article.source
        for passage in self.passages:
            if passage != self.article.passage(passage.sentences):
                raise ValueError(f"The passage at {passage.start}:{passage.end} is not a slice of {source}.")
        for statement in self.statements:
            if statement.source != source:
                raise ValueError(f"Statement {statement.id} stands in {statement.source}, not in {source}.")
            for span in (statement.span, *statement.content):
                self.article.cut(span)
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.passages):  # noqa: PLR2004 - a matrix has two
            raise ValueError(f"{len(self.passages)} passages of {source} came with vectors {self.vectors.shape}.")


def forget(connection: sqlite3.Connection, source: str) -> bool:
    """Takes an article out with all that hangs on it, and says whether it was there.

    The full-text tables keep no copy, so they must be told the old words.
    """
    article = connection.execute("SELECT id, title, text FROM article WHERE source = ?", (source,)).fetchone()
    if article is None:
        return False
    text = article["text"]
    for row in connection.execute('SELECT id, start, "end" FROM passage WHERE article = ?', (article["id"],)):
        connection.execute(
            "INSERT INTO passage_words (passage_words, rowid, title, slice) VALUES ('delete', ?, ?, ?)",
            (row["id"], article["title"] or "", text[row["start"] : row["end"]]),
        )
    for row in connection.execute('SELECT id, start, "end" FROM statement WHERE article = ?', (article["id"],)):
        connection.execute(
            "INSERT INTO statement_words (statement_words, rowid, span) VALUES ('delete', ?, ?)",
            (row["id"], text[row["start"] : row["end"]]),
        )
    unsettle(connection, article["id"])
    connection.execute("DELETE FROM article WHERE id = ?", (article["id"],))
    return True


def insert(connection: sqlite3.Connection, record: Record, *, file: str, recipe: str) -> None:
    """Puts in an article that is not there. The row of its `file` is."""
    article = record.article
    number = _insert_row(connection, "article", article_columns(article) | {"file": file, "recipe": recipe})
    passages = []
    for passage in record.passages:
        span = {"start": passage.start, "end": passage.end}
        sentences = spans_as_json(passage.sentences)
        passages.append(_insert_row(connection, "passage", {"article": number, **span, "sentences": sentences}))
        words = {"rowid": passages[-1], "title": article.title or "", "slice": passage.text}
        _insert_row(connection, "passage_words", words)
    if passages:
        insert_vectors(connection, _current_embedder(connection), passages, record.vectors)
    for statement in record.statements:
        row = _insert_row(connection, "statement", {"article": number} | statement_columns(statement))
        _insert_row(connection, "statement_words", {"rowid": row, "span": article.cut(statement.span)})
    for one in record.abbreviations:
        _insert_row(connection, "abbreviation", {"article": number, "long": one.long, "short": one.short})
    add_mentions(connection, number, record.people)
    put_right(connection, article.digest)
    unsettle(connection, number)


def insert_vectors(
    connection: sqlite3.Connection, embedder: EmbedderState, passages: Sequence[int], vectors: Vectors
) -> None:
    """Keeps a vector by `embedder` for each of the passages; LibraryError if they are not vectors of its kind."""
    if vectors.shape != (len(passages), embedder.dimension):
        raise LibraryError(
            f"The library's vectors have {embedder.dimension} dimensions and these have shape {vectors.shape}; "
            "run `onrecord index` with one embedder."
        )
    if not (np.isfinite(vectors).all() and vectors.any(axis=1).all()):
        raise LibraryError(f"{embedder.name} gave a vector that has no direction; check the model or its server.")
    connection.executemany(
        "INSERT OR REPLACE INTO vector (passage, embedder, coordinates) VALUES (?, ?, ?)",
        [(number, embedder.number, row) for number, row in zip(passages, coordinates(vectors), strict=True)],
    )


def _current_embedder(connection: sqlite3.Connection) -> EmbedderState:
    embedder = VectorView(connection).embedder
    if embedder is None:
        raise LibraryError("The library does not know its embedder yet; call `set_embedder` before the first `put`.")
    return embedder


def _insert_row(connection: sqlite3.Connection, table: str, columns: dict[str, object]) -> int:
    """Inserts a row and returns its id."""
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - names of our own, values are bound
    row = connection.execute(statement, list(columns.values())).lastrowid
    if row is None:
        raise LibraryError("SQLite did not say which row it added; run `onrecord index` again.")
    return row
