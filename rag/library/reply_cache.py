"""Stores chat models' replies, judges' exam results and the tokens spent per day beside the library.

A kept reply is checked again each time it is used.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path

from rag.core.errors import LibraryError
from rag.library.database import Database, Row
from rag.library.sqlite import SQLiteFile

_MOST = 2_000
"""Replies kept; the oldest go first."""

_WAIT = 1_000
"""Milliseconds to wait for another process's transaction: a reply that cannot be kept is no loss."""

_TABLES = (
    "CREATE TABLE IF NOT EXISTS reply (key TEXT PRIMARY KEY, text TEXT NOT NULL, day TEXT NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS exam (key TEXT PRIMARY KEY, result TEXT NOT NULL, day TEXT NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS spent (day TEXT PRIMARY KEY, tokens INTEGER NOT NULL) STRICT",
)


class Replies:
    """The replies that a library keeps. Safe to use from several threads and processes."""

    def __init__(self, place: Path | Database) -> None:
        """`place` is the library's file, or the database that keeps it."""
        self._database = SQLiteFile(place) if isinstance(place, Path) else place

    def find(self, key: str) -> str | None:
        """Returns the reply kept under the key; None if there is none, or it cannot be read now."""
        row = self._run("SELECT text FROM reply WHERE key = ?", key)
        return str(row["text"]) if row else None

    def keep(self, key: str, text: str) -> None:
        """Stores a reply and deletes the oldest."""
        self._run(
            "INSERT INTO reply (key, text, day) VALUES (?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET text = excluded.text, day = excluded.day",
            key,
            text,
            dt.datetime.now().astimezone().isoformat(timespec="microseconds"),
        )
        self._run("DELETE FROM reply WHERE key NOT IN (SELECT key FROM reply ORDER BY day DESC LIMIT ?)", _MOST)

    def exam(self, key: str) -> str | None:
        """Returns the exam result of the judge with that key, as JSON; None if it was not examined."""
        row = self._run("SELECT result FROM exam WHERE key = ?", key)
        return str(row["result"]) if row else None

    def keep_exam(self, key: str, result: str) -> None:
        """Stores the exam result of a judge."""
        self._run(
            "INSERT INTO exam (key, result, day) VALUES (?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET result = excluded.result, day = excluded.day",
            key,
            result,
            _today().isoformat(),
        )

    def spend(self, tokens: int) -> None:
        """Adds tokens to today's count."""
        self._run(
            "INSERT INTO spent (day, tokens) VALUES (?, ?) "
            "ON CONFLICT (day) DO UPDATE SET tokens = spent.tokens + excluded.tokens",
            _today().isoformat(),
            tokens,
        )

    def spent(self) -> int:
        """Returns how many tokens were counted today."""
        row = self._run("SELECT tokens FROM spent WHERE day = ?", _today().isoformat())
        return int(row["tokens"]) if row else 0

    def forget(self) -> None:
        """Forgets every reply. Raises LibraryError if it cannot."""
        with self._database.errors(), contextlib.closing(self._database.connect()) as connection:
            connection.define(*_TABLES)
            connection.erase("reply")

    def _run(self, statement: str, *values: str | int) -> Row | None:
        """Executes one statement and returns its first row; None while the library cannot be used."""
        with (
            contextlib.suppress(self._database.failure, LibraryError),
            contextlib.closing(self._database.connect(wait=_WAIT)) as connection,
        ):
            connection.define(*_TABLES)
            row: Row | None = connection.first(statement, values)
            return row
        return None


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()
