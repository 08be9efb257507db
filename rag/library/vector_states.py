"""The vectors of one state of the library, and what changed since an index last looked; knows no index."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.library.rows import Vectors, vectors_of

PassageIds = NDArray[np.int64]
"""Shape (n,): passage ids, ascending, in step with the rows of a matrix of vectors."""


@dataclass(frozen=True, slots=True)
class EmbedderState:
    """The embedder whose vectors count. `number` is given anew with every change of embedder."""

    number: int
    name: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Follower:
    """How far an index has followed. `collection` says where it keeps its vectors, in its own words.

    `embedder` is the number of the embedder they are by, `cursor` the last change it took over, and `clean` whether it
    was closed properly after that.
    """

    name: str
    collection: str
    embedder: int
    cursor: int
    clean: bool


class VectorView:
    """A state of the library's vectors. Good inside `with store.reading()` only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def library(self) -> str:
        """The library's own random id."""
        identity: str = self._connection.execute("SELECT id FROM library").fetchone()["id"]
        return identity

    @property
    def embedder(self) -> EmbedderState | None:
        """Whose vectors count; None before the first was set."""
        row = self._connection.execute(
            "SELECT e.id, e.name, e.dimension FROM library AS l JOIN embedder AS e ON e.id = l.embedder"
        ).fetchone()
        return EmbedderState(row["id"], row["name"], row["dimension"]) if row else None

    def count(self) -> int:
        """How many vectors by the current embedder there are: one a passage."""
        row = self._connection.execute(
            "SELECT count(*) FROM vector WHERE embedder = (SELECT embedder FROM library)"
        ).fetchone()
        count: int = row[0]
        return count

    def of(self, ids: Iterable[int]) -> tuple[PassageIds, Vectors]:
        """The vectors of those of the passages that the library still holds."""
        return self._matrix(
            "SELECT v.passage, v.coordinates FROM json_each(?) AS wanted JOIN vector AS v ON v.passage = wanted.value "
            "WHERE v.embedder = (SELECT embedder FROM library) ORDER BY v.passage",
            (json.dumps(sorted(set(ids))),),
        )

    def after(self, passage: int, limit: int = -1) -> tuple[PassageIds, Vectors]:
        """The vectors of the first `limit` passages whose id is above `passage`; all of them if `limit` is negative."""
        return self._matrix(
            "SELECT passage, coordinates FROM vector WHERE passage > ? AND embedder = (SELECT embedder FROM library) "
            "ORDER BY passage LIMIT ?",
            (passage, limit),
        )

    def last_change(self) -> int:
        """The number of the last change to the passages, 0 before the first."""
        number: int = self._connection.execute("SELECT coalesce(max(id), 0) FROM change").fetchone()[0]
        return number

    def changes(self, cursor: int, limit: int = -1) -> list[tuple[int, int]]:
        """Up to `limit` changes after number `cursor`, as pairs of number and passage id, in order.

        A passage comes once and goes once: whether it is there now says what to do.
        """
        rows = self._connection.execute(
            "SELECT id, passage FROM change WHERE id > ? ORDER BY id LIMIT ?", (cursor, limit)
        )
        return [(row["id"], row["passage"]) for row in rows]

    def removed(self, cursor: int) -> set[int]:
        """The passages that went after change `cursor`."""
        rows = self._connection.execute("SELECT passage FROM change WHERE id > ? AND NOT added", (cursor,))
        return {row["passage"] for row in rows}

    def sample(self, cursor: int, limit: int) -> Vectors:
        """Up to `limit` vectors that an index at `cursor` must hold: half of them the latest, half drawn by lot."""
        held = (
            "SELECT c.passage, v.coordinates FROM change AS c JOIN vector AS v ON v.passage = c.passage "
            "WHERE c.added AND c.id <= ? AND v.embedder = (SELECT embedder FROM library) ORDER BY "
        )
        _, latest = self._matrix(held + "c.id DESC LIMIT ?", (cursor, limit - limit // 2))
        _, drawn = self._matrix(held + "random() LIMIT ?", (cursor, limit // 2))
        return np.concatenate([latest, drawn])

    def follower(self, name: str) -> Follower | None:
        """How far the index of that name has followed."""
        row = self._connection.execute("SELECT * FROM follower WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        return Follower(row["name"], row["collection"], row["embedder"], row["cursor"], bool(row["clean"]))

    def _matrix(self, query: str, values: tuple[object, ...]) -> tuple[PassageIds, Vectors]:
        embedder = self.embedder
        if embedder is None:
            return np.empty(0, np.int64), np.empty((0, 0), np.float32)
        rows = self._connection.execute(query, values).fetchall()
        ids = np.fromiter((row["passage"] for row in rows), np.int64, len(rows))
        return ids, vectors_of(rows, embedder.dimension)
