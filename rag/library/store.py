"""Opens the library, kept in SQLite or PostgreSQL, for reading and writing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Final

from rag.core.errors import EmptyLibrary, LibraryError
from rag.library.database import Connection, Database, LostConnection, upsert
from rag.library.queries import VectorView, View
from rag.library.schema import SCHEMA, Follower
from rag.library.sqlite import SQLiteFile
from rag.library.stories import Survey
from rag.library.writer import Changes, Record

__all__ = ["Changes", "Record", "Store", "View", "database_of"]

LIBRARY: Final = "library.sqlite"

_MOST_WORDS: Final = 10_000
"""Maximum words whose passage counts are kept; beyond it, all counts are dropped."""

_MOST_IDLE: Final = 8
"""Connections that are kept for later; a server has no more than a hundred to give."""


def database_of(data: Path, address: str | None = None) -> Database:
    """Returns where the library of the folder `data` is kept: a file in it, or PostgreSQL at the `address`."""
    if address is None:
        return SQLiteFile(data / LIBRARY)
    from rag.library.postgres import PostgresDatabase

    return PostgresDatabase(address)


class Store:
    """The library of a folder. Thread-safe; other processes may have it open too. Use `open` or `create`.

    Every reading has a connection to itself, taken from a pool.
    """

    def __init__(self, data: Path, database: Database) -> None:
        self.data = data
        self.database = database
        self._idle: list[Connection] = []
        self._pool = Lock()
        self._vouched: set[int] = set()
        self._survey = Survey()
        self._closed = False

    @property
    def path(self) -> Path:
        """The file of a library that is kept in one."""
        return self.data / LIBRARY

    @classmethod
    def open(cls, data: Path, address: str | None = None) -> Store:
        """Opens the library of the folder `data`. Raises EmptyLibrary or, if it is unusable, LibraryError."""
        store = cls(data, database_of(data, address))
        if store.database.check() < SCHEMA:
            store.database.bring_up()
        return store

    @classmethod
    def create(cls, data: Path, address: str | None = None) -> Store:
        """Returns the library of the folder `data`, made if there is none."""
        try:
            data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"{data} cannot be made ({error.strerror}); choose another with `--data`.") from error
        try:
            return cls.open(data, address)
        except EmptyLibrary:
            store = cls(data, database_of(data, address))
        store.database.make()
        return store

    @contextlib.contextmanager
    def reading(self) -> Iterator[View]:
        """Opens one state of the library, without later commits. Close it before anything slow."""
        with self.database.errors():
            connection = self._begun()
            try:
                yield View(connection, self._vouched, self._surveyed(VectorView(connection).last_change()))
            finally:
                self._give_back(connection)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Changes]:
        """Returns access to change the library. Raises LibraryLocked if another writer holds it for two seconds."""
        with self.database.errors(), self.database.writer() as connection:
            yield Changes(connection)

    def remember(self, follower: Follower) -> None:
        """Stores the progress of an index; needs no writers' lock."""
        with self.database.errors(), contextlib.closing(self.database.connect()) as connection:
            upsert(connection, "follower", ["name"], [asdict(follower)])

    def close(self) -> None:
        """Closes the idle connections now, and the others when they are returned."""
        with self._pool:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _surveyed(self, change: int) -> Survey:
        """Returns what is kept of the library as of its last change."""
        kept = self._survey
        if kept.change != change or len(kept.frequency) > _MOST_WORDS:
            kept = self._survey = Survey(change)
        return kept

    def _begun(self) -> Connection:
        """Returns a connection that reads one state; one that the server ended meanwhile is replaced."""
        while True:
            connection, is_new = self._take()
            try:
                connection.begin_reading()
            except LostConnection:
                connection.close()
                if is_new:
                    raise
            except BaseException:
                self._give_back(connection)
                raise
            else:
                return connection

    def _take(self) -> tuple[Connection, bool]:
        with self._pool:
            if self._closed:
                raise LibraryError(f"The library {self.database.name} was closed; open it again.")
            if self._idle:
                return self._idle.pop(), False
        return self.database.connect(), True

    def _give_back(self, connection: Connection) -> None:
        connection.end_reading()
        with self._pool:
            if not self._closed and len(self._idle) < _MOST_IDLE:
                self._idle.append(connection)
                return
        connection.close()
