"""The seam between the library and the database that keeps it: SQLite in a file, or PostgreSQL.

The queries of this folder are written once, in SQL that both understand. What only one of them has (full text, locks,
the reclaiming of room, its errors) stands behind these protocols.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

EVERY: Final = 1 << 62
"""A limit that nothing reaches."""

LOCK_SECONDS: Final = 2
"""How long a second writer waits for the first."""

WordGroups = Sequence[Sequence[str]]
"""WordGroups of alternatives: words or phrases of which one must be found."""

PassageText = tuple[int, str, str]
"""Id, title and text of a passage."""


class Row(Protocol):
    """A row of a result, read by the name or number of a column; `dict(row)` and `tuple(row)` work too."""

    def __getitem__(self, column: str | int, /) -> Any:  # noqa: ANN401 - what was stored
        """Returns the value of a column."""

    def __iter__(self) -> Iterator[Any]:
        """Yields the values in order."""

    def keys(self) -> Iterable[str]:
        """Returns the names of the columns."""


class Cursor(Protocol):
    """The result of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""

    def fetchone(self) -> Any:  # noqa: ANN401 - a Row, or None where there is none
        """Returns the next row."""

    def fetchall(self) -> list[Any]:
        """Returns the remaining rows."""

    def __iter__(self) -> Iterator[Any]:
        """Yields the remaining rows."""


class FullText(Protocol):
    """Finds passages and statements by words, folded and stemmed, whatever was typed."""

    def add_passages(self, passages: Sequence[PassageText]) -> None:
        """Makes new passages findable."""

    def add_margin(self, article: int) -> None:
        """Makes findable what a new article prints outside its passages, which are stored."""

    def add_statements(self, statements: Sequence[tuple[int, str]]) -> None:
        """Makes new statements findable, by id and words."""

    def remove(self, article: int, title: str, text: str) -> None:
        """Forgets the words of an article that is about to be deleted."""

    def ranked(
        self, groups: WordGroups, limit: int, *, title_weight: float, among: Collection[str] | None
    ) -> list[tuple[int, float]]:
        """Finds up to `limit` pairs of passage id and score, best first; see `View.full_text`."""

    def count(self, word: str) -> int:
        """Counts the passages, titles included, that hold a word or phrase."""

    def is_in_margin(self, words: str) -> bool:
        """Tells whether an article prints the word or phrase outside its passages."""

    def examples(self, words: str, limit: int) -> list[int]:
        """Returns the ids of up to `limit` passages that hold a word or phrase, their titles not considered."""

    def beginning(self, letters: str) -> list[str]:
        """Returns every folded and stemmed word of the passages that begins with these letters, in order."""

    def sources(self, group: Sequence[str], *, in_title: bool) -> set[str]:
        """Returns the sources of the articles that hold one of the alternatives."""

    def condition(self, about: WordGroups) -> tuple[str, str] | None:
        """Returns the condition of a statement `s` that holds one of each group, and its value; None without a word."""


class Connection(Protocol):
    """A connection in autocommit mode, usable from any one thread at a time. Numbered parameters: `?`, or `?1`."""

    @property
    def words(self) -> FullText:
        """Full text over this connection."""

    def execute(self, statement: str, values: Sequence[object] = (), /) -> Cursor:
        """Executes one statement."""

    def executemany(self, statement: str, values: Iterable[Sequence[object]], /) -> object:
        """Executes a statement once for each of the values."""

    def added(self, statement: str, values: Sequence[Sequence[object]]) -> list[int]:
        """Executes an INSERT once for each of the values and returns the ids of the new rows, in order."""

    def first(self, statement: str, values: Sequence[object] = ()) -> Row | None:
        """Executes one statement and returns the first row of its result, if it has any."""

    def number(self, query: str, *values: object) -> int:
        """Asks for one number."""

    def define(self, *statements: str) -> None:
        """Makes tables of the library, written as for SQLite, where they are missing."""

    def erase(self, table: str) -> None:
        """Deletes every row of a table, so that nothing of them stays in its file."""

    def overwrite(self) -> None:
        """Has what is deleted from now on overwritten in the file, where the database can do that."""

    def settle(self) -> None:
        """Brings the file itself up to date, where there is a log beside it."""

    def transaction(self) -> contextlib.AbstractContextManager[None]:
        """Runs a transaction, rolled back on any interruption, Ctrl-C included."""

    def begin_reading(self) -> None:
        """Begins to read one state of the library, fixed now."""

    def end_reading(self) -> None:
        """Ends it, if it was begun."""

    def require_whole(self) -> None:
        """Raises DamagedRow if the database itself finds damage."""

    def compact(self) -> bool:
        """Takes what was deleted out of the files; False if another process still reads it."""

    def close(self) -> None:
        """Closes the connection."""


class Database(Protocol):
    """The place where one library is kept."""

    @property
    def name(self) -> str:
        """The place as messages name it."""

    @property
    def failure(self) -> type[Exception]:
        """What the database raises."""

    def connect(self, *, wait: int | None = None) -> Connection:
        """Returns a new connection, which waits `wait` milliseconds for others' transactions."""

    def writer(self) -> contextlib.AbstractContextManager[Connection]:
        """Returns a connection of the only writer. Raises LibraryLocked if there is another for two seconds."""

    def errors(self) -> contextlib.AbstractContextManager[None]:
        """Converts the database's errors to one sentence that names the remedy."""

    def check(self) -> int:
        """Returns the schema of the library there, which may be older than ours.

        Raises EmptyLibrary if there is none, LibraryError if it is not one that can be used.
        """

    def make(self) -> None:
        """Makes the tables where there are none, all or nothing."""

    def bring_up(self) -> None:
        """Upgrades a library of an older schema, all or nothing."""

    def size(self) -> int:
        """Returns how many bytes the library takes."""


class LostConnection(Exception):
    """Raised by `begin_reading` if the server ended the connection since it was last used."""


Columns = Mapping[str, object]
"""Values by the name of their column."""


def insert(connection: Connection, table: str, columns: Columns) -> int:
    """Inserts a row and returns its id."""
    return int(connection.execute(f"{_into(table, columns)} RETURNING id", [*columns.values()]).fetchone()[0])


def insert_each(connection: Connection, table: str, rows: Sequence[Columns]) -> list[int]:
    """Inserts rows of the same columns and returns their ids, in order."""
    return connection.added(_into(table, rows[0]), [[*row.values()] for row in rows]) if rows else []


def insert_all(connection: Connection, table: str, rows: Sequence[Columns]) -> None:
    """Inserts rows of the same columns."""
    if rows:
        connection.executemany(_into(table, rows[0]), [[*row.values()] for row in rows])


def upsert(connection: Connection, table: str, key: Sequence[str], rows: Sequence[Columns]) -> None:
    """Inserts rows of the same columns, each in place of one with the same key."""
    if rows:
        names = ", ".join(f'"{name}"' for name in key)
        others = ", ".join(f'"{name}" = excluded."{name}"' for name in rows[0] if name not in key)
        statement = f"{_into(table, rows[0])} ON CONFLICT ({names}) DO UPDATE SET {others}"
        connection.executemany(statement, [[*row.values()] for row in rows])


def _into(table: str, columns: Columns) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - names of our own
