"""Searches vectors by pgvector, in the PostgreSQL database that keeps the library."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Sequence
from typing import Final

from rag.core.errors import LibraryError
from rag.library.database import Connection, Database
from rag.library.queries import PassageIds, Vectors
from rag.library.store import Store
from rag.vectors.replica import Doubt, FollowingIndex, Home

_LONGEST: Final = 2_000
"""Dimensions that pgvector can index; longer vectors are compared one by one."""

_LOOKED_AT, _MOST_LOOKED_AT = 400, 1_000
"""How many candidates the graph keeps, as Chroma is told too, and the most that pgvector allows."""

_FILLING: Final = 0x6F6E7669
"""The key of the advisory lock that whoever fills a collection holds ("onvi")."""


class PgvectorIndex(FollowingIndex):
    """Cosine similarity by pgvector's HNSW graph, for any number of processes at once."""

    def __init__(self, store: Store) -> None:
        """Raises LibraryError if the library is in no PostgreSQL, or its server has no pgvector."""
        super().__init__(store, _Tables(store))


class _Collection:
    """A table of vectors, with a connection to itself."""

    def __init__(self, database: Database, connection: Connection, table: str, extension: str) -> None:
        self._database = database
        self._connection = connection
        self._table = table
        self._type = f"{extension}.vector"
        self._distance = f"OPERATOR({extension}.<=>)"

    def put(self, ids: PassageIds, vectors: Vectors) -> None:
        rows = [(int(number), _literal(vector)) for number, vector in zip(ids, vectors, strict=True)]
        with _doubting(self._database):
            self._connection.executemany(
                f"INSERT INTO {self._table} (passage, vector) VALUES (?, ?::{self._type}) "  # noqa: S608 - names of our own
                "ON CONFLICT (passage) DO UPDATE SET vector = excluded.vector",
                rows,
            )

    def drop(self, ids: Sequence[int]) -> None:
        with _doubting(self._database):
            self._connection.execute(f"DELETE FROM {self._table} WHERE passage = ANY (?::bigint[])", ([*ids],))  # noqa: S608 - likewise

    def count(self) -> int:
        with _doubting(self._database):
            return int(self._connection.execute(f"SELECT count(*) FROM {self._table}").fetchone()[0])  # noqa: S608 - likewise

    def nearest(self, vectors: Vectors, limit: int) -> list[list[tuple[int, float]]]:
        with _doubting(self._database):
            self._connection.execute(f"SET hnsw.ef_search = {min(_MOST_LOOKED_AT, max(_LOOKED_AT, limit))}")
            return [self._nearest(_literal(vector), limit) for vector in vectors]

    def _nearest(self, vector: str, limit: int) -> list[tuple[int, float]]:
        rows = self._connection.execute(
            f"SELECT passage, 1 - (vector {self._distance} ?1::{self._type}) AS cosine FROM {self._table} "  # noqa: S608 - likewise
            f"ORDER BY vector {self._distance} ?1::{self._type} LIMIT ?2",
            (vector, limit),
        )
        return [(row["passage"], row["cosine"]) for row in rows]

    def close(self) -> None:
        self._connection.close()


class _Tables(Home):
    """A table for each collection, in the schema of the library."""

    name = "pgvector"
    key = "pgvector"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = store.database
        with self._database.errors(), contextlib.closing(self._database.connect()) as connection:
            self._extension = _extension(connection, self._database)

    @contextlib.contextmanager
    def turn(self) -> Iterator[bool]:
        """Holds the advisory lock of whoever fills, which ends with its connection."""
        with self._database.errors(), contextlib.closing(self._database.connect()) as connection:
            yield bool(connection.execute("SELECT pg_try_advisory_lock(?)", (_FILLING,)).fetchone()[0])

    def open(self, place: str) -> _Collection:
        connection = self._database.connect()
        if connection.execute("SELECT to_regclass(?)::text", (place,)).fetchone()[0] is None:
            connection.close()
            raise Doubt("it is gone")
        return _Collection(self._database, connection, place, self._extension)

    def create(self, library: str) -> tuple[str, _Collection]:
        del library  # it is the only one in its database
        with self._store.reading() as view:
            embedder = view.vectors.embedder
        if embedder is None:
            raise Doubt("the library has no vectors yet")
        place, length = f"vectors_{secrets.token_hex(6)}", embedder.dimension
        connection = self._database.connect()
        with _doubting(self._database):
            connection.execute(
                f"CREATE TABLE {place} (passage BIGINT PRIMARY KEY, vector {self._extension}.vector({length}))"
            )
            if length <= _LONGEST:
                operators = f"{self._extension}.vector_cosine_ops"
                options = "WITH (m = 32, ef_construction = 200)"
                connection.execute(f"CREATE INDEX ON {place} USING hnsw (vector {operators}) {options}")
        return place, _Collection(self._database, connection, place, self._extension)

    def discard(self, place: str) -> None:
        with (
            contextlib.suppress(Doubt),
            _doubting(self._database),
            contextlib.closing(self._database.connect()) as connection,
        ):
            connection.execute(f"DROP TABLE IF EXISTS {place}")


def _extension(connection: Connection, database: Database) -> str:
    """Returns the schema that pgvector stands in, after making it where it is not yet."""
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
    except database.failure as error:
        raise LibraryError(
            f"The PostgreSQL of {database.name} has no pgvector ({' '.join(str(error).split())}); install it there, or "
            "unset ONRECORD_VECTORS."
        ) from error
    row = connection.execute(
        "SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace "
        "WHERE e.extname = 'vector'"
    ).fetchone()
    return str(row[0])


@contextlib.contextmanager
def _doubting(database: Database) -> Iterator[None]:
    """Converts the database's errors about a collection to Doubt."""
    try:
        yield
    except database.failure as error:
        raise Doubt(" ".join(str(error).split())) from error


def _literal(vector: Sequence[float]) -> str:
    return f"[{','.join(map(repr, map(float, vector)))}]"
