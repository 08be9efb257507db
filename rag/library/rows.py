"""Converts rows of the library to dataclasses and back: articles, statements, mentions and vectors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rag.core import Article, ArticlePerson, Block, Span, Statement
from rag.core.articles import SURE_ENOUGH
from rag.library.database import EVERY, Connection, Row, one_number

Vectors = NDArray[np.float32]
"""Shape (n, dimension), one vector a row; kept in the file as little-endian bytes."""

LITTLE_ENDIAN: Final = np.dtype("<f4")

_OF_ARTICLE: Final = (
    "source", "text", "digest", "extractor", "encoding", "title", "byline", "outlet", "published", "url",
)  # fmt: skip
_OF_STATEMENT: Final = (
    "speaker_as_written", "via", "cue", "kind", "polarity", "confidence", "repeats", "standing", "speaks_for",
)  # fmt: skip
"""The fields that are stored as columns unchanged."""

CHECKED: Final = {
    "article": (*_OF_ARTICLE, "blocks", "warnings", "body"),
    "statement": (
        *("id", "article", "name", "start", "end", "content", "speaker", "attributed", "correction", "marked"),
        *("candidates", *_OF_STATEMENT),
    ),
    "person": ("id", "name", "called", "is_body"),
}
"""The columns of each table that its checksum is made of."""


def as_vectors(vectors: Sequence[Sequence[float]], dimension: int) -> Vectors:
    """Returns what an embedder gave as an array of shape (n, dimension)."""
    return np.array(vectors, np.float32).reshape(len(vectors), -1 if len(vectors) else dimension)


BY_DATABASE: Final = "kept by the database"
"""The checksum of a row in a database that keeps its own."""


class DamagedRow(ValueError):
    """Raised when a row does not hold what was written into it."""


def checksum(*values: object) -> str:
    """Computes the digest of a row's values, which reveals flipped bits that SQLite does not notice."""
    return hashlib.blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def vouch(row: Row, table: str, prefix: str = "") -> None:
    """Raises DamagedRow if the row of the table is not what was written; `prefix` precedes its column names."""
    kept = row[f"{prefix}checksum"]
    if kept != BY_DATABASE and kept != checksum(*(row[f"{prefix}{name}"] for name in CHECKED[table])):
        raise DamagedRow(f"row {row[f'{prefix}id']} of its table {table} is not what was written")


def listed(values: Iterable[int | str]) -> str:
    """Writes values as JSON, for `IN (SELECT value FROM json_each(?))`: any number of values is one parameter.

    NUL and lone surrogates stand in no name on record, and PostgreSQL reads none.
    """
    return json.dumps([value if isinstance(value, int) else _readable(value) for value in values])


def _readable(text: str) -> str:
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def spans_as_json(spans: Iterable[Span]) -> str:
    """Writes spans as JSON: `[[start,end],…]`."""
    return json.dumps([(span.start, span.end) for span in spans], separators=(",", ":"))


def spans_of(text: str) -> tuple[Span, ...]:
    """Reads what `spans_as_json` wrote. Raises DamagedRow."""
    return tuple(Span(start, end) for start, end in _loaded(text))


def article_columns(article: Article) -> dict[str, object]:
    """Converts the article to columns of the table `article`."""
    columns: dict[str, object] = {name: getattr(article, name) for name in _OF_ARTICLE}
    blocks = [(block.start, block.end, block.role) for block in article.blocks]
    columns["blocks"] = json.dumps(blocks, separators=(",", ":"))
    columns["warnings"] = json.dumps(article.warnings)
    columns["body"] = body_digest(article)
    return columns | {"checksum": checksum(*(columns[name] for name in CHECKED["article"]))}


def body_digest(article: Article) -> str | None:
    """Returns the sha256 of the words of the reporting, whatever its line ends and headline; None if there are none."""
    words = " ".join(article.cut(block.span) for block in article.body).split()
    return hashlib.sha256(" ".join(words).encode()).hexdigest() if words else None


def article_of(row: Row) -> Article:
    """Makes the article of a row of the table `article`. Raises DamagedRow for a list that cannot be read."""
    return Article(
        **{name: row[name] for name in _OF_ARTICLE},
        blocks=tuple(Block(start, end, role) for start, end, role in _loaded(row["blocks"])),
        warnings=tuple(_loaded(row["warnings"])),
    )


def _loaded(text: str) -> Any:  # noqa: ANN401 - whoever asks knows what was written
    try:
        return json.loads(text)
    except ValueError as error:
        raise DamagedRow(f"a list in it cannot be read: {error}") from error


def statement_columns(statement: Statement) -> dict[str, object]:
    """Converts the statement to columns of the table `statement`: only here does confidence decide who is named."""
    speaker = statement.speaker if statement.confidence >= SURE_ENOUGH else None
    return {name: getattr(statement, name) for name in _OF_STATEMENT} | {
        "name": statement.id,
        "start": statement.span.start,
        "end": statement.span.end,
        "content": spans_as_json(statement.content),
        "speaker": speaker,
        "attributed": speaker,
        "marked": statement.marked,
        "candidates": json.dumps(statement.candidates),
    }


def statement_of(row: Row) -> Statement:
    """Makes the statement of a row that also has its `source`, and as `person_…` whom its speaker is known as.

    Raises DamagedRow if the row, or the person's, is not what was written.
    """
    vouch(row, "statement")
    if row["person_id"] is not None:
        vouch(row, "person", "person_")
    return Statement(
        **{name: row[name] for name in _OF_STATEMENT},
        id=row["name"],
        source=row["source"],
        span=Span(row["start"], row["end"]),
        content=spans_of(row["content"]),
        speaker=row["person_name"] or row["speaker"],
        marked=bool(row["marked"]),
        corrected=row["correction"] is not None,
        candidates=tuple(_loaded(row["candidates"])),
    )


def mention_columns(person: ArticlePerson, block: str) -> dict[str, object]:
    """Converts a person or body of an article to columns of the table `mention`."""
    return {
        "name": person.name,
        "block": block,
        "is_body": person.is_body,
        "titles": json.dumps(person.titles),
        "roles": json.dumps(person.roles),
        "gender": person.gender,
        "start": person.first.start,
        "end": person.first.end,
        "mentions": person.mentions,
    }


def stored_words(text: str) -> tuple[str, ...]:
    """Reads titles or roles as `mention_columns` wrote them. Raises DamagedRow."""
    return () if text == "[]" else tuple(_loaded(text))


def coordinates(vectors: Vectors) -> list[bytes]:
    """Converts every row of the matrix to the stored bytes."""
    return [row.tobytes() for row in vectors.astype(LITTLE_ENDIAN)]


PassageIds = NDArray[np.int64]
"""Shape (n,): passage ids, ascending, in step with the rows of a matrix of vectors."""


@dataclass(frozen=True, slots=True)
class EmbedderState:
    """The embedder whose vectors are in use. `number` changes with every change of embedder."""

    number: int
    name: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Follower:
    """The progress of an index: the last change it applied, and whether it was closed properly after that.

    `collection` says where it keeps its vectors, in the index's own format; `embedder` is the number of their embedder.
    """

    name: str
    collection: str
    embedder: int
    cursor: int
    clean: bool


class VectorView:
    """A consistent state of the library's vectors, valid only inside `with store.reading()`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def library(self) -> str:
        """The library's own random id."""
        identity: str = self._connection.execute("SELECT id FROM library").fetchone()["id"]
        return identity

    @property
    def embedder(self) -> EmbedderState | None:
        """Returns the embedder whose vectors are in use; None before the first is set."""
        row = self._connection.execute(
            "SELECT e.id, e.name, e.dimension FROM library AS l JOIN embedder AS e ON e.id = l.embedder"
        ).fetchone()
        return EmbedderState(row["id"], row["name"], row["dimension"]) if row else None

    def count(self) -> int:
        """Returns how many vectors by the current embedder there are: one a passage."""
        return one_number(
            self._connection, "SELECT count(*) FROM vector WHERE embedder = (SELECT embedder FROM library)"
        )

    def of(self, ids: Iterable[int]) -> tuple[PassageIds, Vectors]:
        """Returns the vectors of those of the passages that the library still holds."""
        return self._matrix(
            "SELECT v.passage, v.coordinates FROM json_each(?) AS wanted "
            "JOIN vector AS v ON v.passage = CAST(wanted.value AS BIGINT) "
            "WHERE v.embedder = (SELECT embedder FROM library) ORDER BY v.passage",
            (listed(sorted(set(ids))),),
        )

    def after(self, passage: int, limit: int = EVERY) -> tuple[PassageIds, Vectors]:
        """Returns the vectors of the first `limit` passages with an id above `passage`."""
        return self._matrix(
            "SELECT passage, coordinates FROM vector WHERE passage > ? AND embedder = (SELECT embedder FROM library) "
            "ORDER BY passage LIMIT ?",
            (passage, limit),
        )

    def last_change(self) -> int:
        """Returns the number of the last change to the passages, 0 before the first."""
        return one_number(self._connection, "SELECT coalesce(max(id), 0) FROM change")

    def changes(self, cursor: int, limit: int = EVERY) -> list[tuple[int, int]]:
        """Returns up to `limit` changes after number `cursor`, as pairs of number and passage id, in order.

        A passage is added once and removed once; whether it exists now says which change applies.
        """
        rows = self._connection.execute(
            "SELECT id, passage FROM change WHERE id > ? ORDER BY id LIMIT ?", (cursor, limit)
        )
        return [(row["id"], row["passage"]) for row in rows]

    def removed(self, cursor: int) -> set[int]:
        """Returns the passages removed after change `cursor`."""
        rows = self._connection.execute("SELECT passage FROM change WHERE id > ? AND added = 0", (cursor,))
        return {row["passage"] for row in rows}

    def sample(self, cursor: int, limit: int) -> Vectors:
        """Returns up to `limit` vectors that an index at `cursor` must hold: half the latest, half random."""
        held = (
            "SELECT c.passage, v.coordinates FROM change AS c JOIN vector AS v ON v.passage = c.passage "
            "WHERE c.added = 1 AND c.id <= ? AND v.embedder = (SELECT embedder FROM library) ORDER BY "
        )
        _, latest = self._matrix(held + "c.id DESC LIMIT ?", (cursor, limit - limit // 2))
        _, drawn = self._matrix(held + "random() LIMIT ?", (cursor, limit // 2))
        return np.concatenate([latest, drawn])

    def follower(self, name: str) -> Follower | None:
        """Tells how far the index of that name has followed."""
        row = self._connection.execute("SELECT * FROM follower WHERE name = ?", (name,)).fetchone()
        return Follower(**{**dict(row), "clean": bool(row["clean"])}) if row else None

    def _matrix(self, query: str, values: tuple[object, ...]) -> tuple[PassageIds, Vectors]:
        embedder = self.embedder
        if embedder is None:
            return np.empty(0, np.int64), np.empty((0, 0), np.float32)
        rows = self._connection.execute(query, values).fetchall()
        ids = np.fromiter((row["passage"] for row in rows), np.int64, len(rows))
        return ids, _vectors_of(rows, embedder.dimension)


def _vectors_of(rows: Sequence[Row], dimension: int) -> Vectors:
    joined = b"".join(row["coordinates"] for row in rows)
    return np.frombuffer(joined, dtype=LITTLE_ENDIAN).reshape(len(rows), dimension).astype(np.float32)
