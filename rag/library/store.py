"""Opens the library on disk, one SQLite file, for reading and writing."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from threading import Lock
from typing import Final

from filelock import FileLock, Timeout

from rag.core.errors import EmptyLibrary, LibraryError, LibraryLocked
from rag.library.queries import View
from rag.library.rows import Follower
from rag.library.schema import SCHEMA, bring_up, check_schema, connect, make, plain_errors
from rag.library.writer import Changes, Record

__all__ = ["Changes", "Record", "Store", "View"]

LOCK_SECONDS: Final = 2
"""How long a second writer waits for the first."""


class Store:
    """The library in a folder. Thread-safe; other processes may have it open too. Use `open` or `create`.

    Every reading has a connection to itself, taken from a pool.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        self.path = data / "library.sqlite"
        self._idle: list[sqlite3.Connection] = []
        self._pool = Lock()
        self._vouched: set[int] = set()
        self._closed = False

    @classmethod
    def open(cls, data: Path) -> Store:
        """Opens the library in the folder `data`. Raises EmptyLibrary or, if it is unusable, LibraryError."""
        store = cls(data)
        if check_schema(store.path) < SCHEMA:
            with store._write_lock():
                bring_up(store.path)
        return store

    @classmethod
    def create(cls, data: Path) -> Store:
        """Returns the library in the folder `data`, made if there is none."""
        try:
            return cls.open(data)
        except EmptyLibrary:
            store = cls(data)
        try:
            data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"{data} cannot be made ({error.strerror}); choose another with `--data`.") from error
        with store._write_lock():
            make(store.path)
        return store

    @contextlib.contextmanager
    def reading(self) -> Iterator[View]:
        """Opens one state of the library, without later commits. Close it before anything slow."""
        with plain_errors(self.path):
            connection = self._take()
            try:
                connection.execute("BEGIN")
                connection.execute(
                    "SELECT one FROM library"
                ).fetchone()  # the state is fixed by the first look, not by BEGIN
                yield View(connection, self._vouched)
            finally:
                self._give_back(connection)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Changes]:
        """Returns access to change the library. Raises LibraryLocked if another writer holds it for two seconds."""
        with self._write_lock(), plain_errors(self.path), contextlib.closing(connect(self.path)) as connection:
            yield Changes(connection)

    def remember(self, follower: Follower) -> None:
        """Stores the progress of an index; needs no writers' lock."""
        with plain_errors(self.path), contextlib.closing(connect(self.path)) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO follower (name, collection, embedder, cursor, clean) VALUES (?, ?, ?, ?, ?)",
                astuple(follower),
            )

    def close(self) -> None:
        """Closes the idle connections now, and the others when they are returned."""
        with self._pool:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._pool:
            if self._closed:
                raise LibraryError(f"The library {self.path} was closed; open it again.")
            if self._idle:
                return self._idle.pop()
        return connect(self.path)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.rollback()
        with self._pool:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    @contextlib.contextmanager
    def _write_lock(self) -> Iterator[None]:
        lock = FileLock(self.data / "write.lock", timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            raise LibraryLocked(
                f"Another process is writing to the library {self.data}; try again when it is done."
            ) from error
        except OSError as error:
            raise LibraryError(f"{self.data} cannot be written to ({error.strerror}); check its rights.") from error
        try:
            yield
        finally:
            lock.release()
