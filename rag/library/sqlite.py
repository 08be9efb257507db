"""Keeps the library in one SQLite file, with full text by FTS5."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from rag.core.errors import LibraryError, LibraryLocked
from rag.library import schema
from rag.library.database import Connection, Groups, PassageText, one_number
from rag.library.rows import DamagedRow, listed

LOCK_SECONDS: Final = 2
"""How long a second writer waits for the first."""

LONGEST_PHRASE: Final = 1_000
"""Characters. No passage is much longer, so none contains a longer phrase; looking one up would take seconds."""

_PASSAGES_OF = """SELECT p.id FROM json_each(?) AS wanted JOIN article AS a ON a.source = wanted.value
    JOIN passage AS p ON p.article = a.id"""


class SQLiteFile:
    """The library in a file. Other processes may have it open too."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    failure: type[Exception] = sqlite3.Error

    def connect(self, *, wait: int | None = None) -> SQLiteConnection:
        """Returns a new connection to the existing file."""
        connection = schema.connect_as(SQLiteConnection, self.path)
        if wait is not None:
            connection.execute(f"PRAGMA busy_timeout = {wait}")
        return connection

    @contextlib.contextmanager
    def writer(self) -> Iterator[Connection]:
        """Returns a connection while this process holds the lock beside the file."""
        with self._write_lock(), contextlib.closing(self.connect()) as connection:
            yield connection

    def errors(self) -> contextlib.AbstractContextManager[None]:
        """Converts SQLite's errors to one sentence that names the remedy."""
        return schema.plain_errors(self.path)

    def check(self) -> int:
        """Returns the library's schema. Raises EmptyLibrary or LibraryError."""
        return schema.check_schema(self.path)

    def make(self) -> None:
        """Makes the file and its tables."""
        with self._write_lock():
            schema.make(self.path)

    def bring_up(self) -> None:
        """Upgrades a library of an older schema."""
        with self._write_lock():
            schema.bring_up(self.path)

    @contextlib.contextmanager
    def _write_lock(self) -> Iterator[None]:
        """Holds a lock on a file beside the library."""
        folder = self.path.parent
        lock = FileLock(folder / "write.lock", timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except Timeout as error:
            raise LibraryLocked(
                f"Another process is writing to the library {folder}; try again when it is done."
            ) from error
        except OSError as error:
            raise LibraryError(f"{folder} cannot be written to ({error.strerror}); check its rights.") from error
        try:
            yield
        finally:
            lock.release()

    def size(self) -> int:
        """Returns the size of the file."""
        return self.path.stat().st_size


class SQLiteConnection(sqlite3.Connection):
    """A connection that also speaks full text, and begins, ends and tidies as the library asks."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of sqlite3
        super().__init__(*arguments, **options)
        self.words = FTS5(self)

    def added(self, statement: str, values: Sequence[Sequence[object]]) -> list[int]:
        """Executes an INSERT once for each of the values and returns the ids of the new rows, in order."""
        return [int(self.execute(f"{statement} RETURNING id", row).fetchone()[0]) for row in values]

    def first(self, statement: str, values: Sequence[object] = ()) -> Any:  # noqa: ANN401 - a Row, or None
        """Executes one statement and returns the first row of its result, if it has any."""
        return self.execute(statement, values).fetchone()

    def define(self, *statements: str) -> None:
        """Makes tables where they are missing."""
        if self.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            self.execute("PRAGMA journal_mode = WAL")
        for statement in statements:
            self.execute(statement)

    def erase(self, table: str) -> None:
        """Overwrites every row of a table."""
        self.overwrite()
        self.execute(f"DELETE FROM {table}")  # noqa: S608 - a table of ours

    def overwrite(self) -> None:
        """Has what is deleted from now on overwritten."""
        self.execute("PRAGMA secure_delete = ON")

    def settle(self) -> None:
        """Copies the log into the file and empties it."""
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Runs a transaction, rolled back on any interruption, Ctrl-C included."""
        self.execute("BEGIN IMMEDIATE")
        with self:
            yield

    def begin_reading(self) -> None:
        """Begins to read; the state is fixed by the first look, not by BEGIN."""
        self.execute("BEGIN")
        self.execute("SELECT one FROM library").fetchone()

    def end_reading(self) -> None:
        """Ends it, if it was begun."""
        if self.in_transaction:
            self.rollback()

    def require_whole(self) -> None:
        """Raises DamagedRow unless SQLite finds its file whole."""
        found = self.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok" or self.execute("PRAGMA foreign_key_check").fetchone():
            raise DamagedRow(found)

    def compact(self) -> bool:
        """Rewrites the file without what was deleted; False if another process still reads its old pages."""
        for table in ("passage_words", "statement_words"):
            self.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608 - constants
        self.execute("VACUUM")
        self.execute("PRAGMA busy_timeout = 2000")
        return not self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


class FTS5:
    """Full text by SQLite's FTS5. Its tables keep no copy of the words, so they must be told the old ones."""

    def __init__(self, connection: SQLiteConnection) -> None:
        self._connection = connection

    def add_passages(self, passages: Sequence[PassageText]) -> None:
        """Makes new passages findable."""
        self._connection.executemany("INSERT INTO passage_words (rowid, title, slice) VALUES (?, ?, ?)", passages)

    def add_statements(self, statements: Sequence[tuple[int, str]]) -> None:
        """Makes new statements findable."""
        self._connection.executemany("INSERT INTO statement_words (rowid, span) VALUES (?, ?)", statements)

    def remove(self, article: int, title: str, text: str) -> None:
        """Forgets the words of an article that is about to be deleted."""
        for row in self._connection.execute('SELECT id, start, "end" FROM passage WHERE article = ?', (article,)):
            self._connection.execute(
                "INSERT INTO passage_words (passage_words, rowid, title, slice) VALUES ('delete', ?, ?, ?)",
                (row["id"], title, text[row["start"] : row["end"]]),
            )
        for row in self._connection.execute('SELECT id, start, "end" FROM statement WHERE article = ?', (article,)):
            self._connection.execute(
                "INSERT INTO statement_words (statement_words, rowid, span) VALUES ('delete', ?, ?)",
                (row["id"], text[row["start"] : row["end"]]),
            )

    def ranked(
        self, groups: Groups, limit: int, *, every: bool, title_weight: float, among: Collection[str] | None
    ) -> list[tuple[int, float]]:
        """Finds the best passages by FTS5's BM25."""
        sought = _expression(groups, every=every)
        if sought is None:
            return []
        # The plus keeps SQLite from asking the full text anew for every passage that is allowed.
        only = "" if among is None else f"AND +rowid IN ({_PASSAGES_OF}) "
        rows = self._connection.execute(
            f"SELECT rowid, -bm25(passage_words, ?, 1.0) AS score FROM passage_words WHERE passage_words MATCH ? {only}"  # noqa: S608 - constants, values are bound
            "ORDER BY score DESC, rowid LIMIT ?",
            [title_weight, sought, *([] if among is None else [listed(among)]), limit],
        )
        return [(row["rowid"], row["score"]) for row in rows]

    def count(self, word: str) -> int:
        """Counts the passages that hold a word or phrase."""
        sought = _expression([[word]], every=True)
        query = "SELECT count(*) FROM passage_words WHERE passage_words MATCH ?"
        return one_number(self._connection, query, sought) if sought else 0

    def examples(self, word: str, limit: int) -> list[int]:
        """Returns the ids of passages that hold a word."""
        sought = f"slice : {_expression([[word]], every=True)}"
        rows = self._connection.execute(
            "SELECT rowid FROM passage_words WHERE passage_words MATCH ? LIMIT ?", (sought, limit)
        )
        return [row["rowid"] for row in rows]

    def beginning(self, letters: str) -> list[str]:
        """Returns every word of the passages that begins with these letters."""
        self._connection.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'passage_words', 'row')"
        )
        rows = self._connection.execute(
            "SELECT term FROM temp.vocabulary WHERE term >= ? AND term < ?", (letters, f"{letters}\U0010ffff")
        )
        return [row["term"] for row in rows]

    def sources(self, group: Sequence[str], *, in_title: bool) -> set[str]:
        """Returns the sources of the articles that hold one of the alternatives."""
        sought = _expression([group], every=True)
        if sought is None:
            return set()
        rows = self._connection.execute(
            "SELECT DISTINCT a.source FROM passage_words JOIN passage AS p ON p.id = passage_words.rowid "
            "JOIN article AS a ON a.id = p.article WHERE passage_words MATCH ?",
            (f"title : {sought}" if in_title else sought,),
        )
        return {row["source"] for row in rows}

    def condition(self, about: Groups) -> tuple[str, str] | None:
        """Returns the condition of a statement `s` that holds one of each group, and its value."""
        sought = _expression(about, every=True)
        if sought is None:
            return None
        return "s.id IN (SELECT rowid FROM statement_words WHERE statement_words MATCH ?)", sought


def _expression(groups: Groups, *, every: bool) -> str | None:
    """Joins groups of alternatives into one FTS5 expression, by AND if `every`, else by OR; None without a word."""
    alternatives = ([_phrase(text) for text in group if _has_word(text)] for group in groups)
    joined = [" OR ".join(group) for group in alternatives if group]
    if not joined:
        return None
    return " AND ".join(f"({group})" for group in joined) if every else " OR ".join(joined)


def _has_word(text: str) -> bool:
    """Returns whether there is a letter or a digit in the text, and so something that FTS5 can look up."""
    return any(character.isalnum() for character in text)


def _phrase(text: str) -> str:
    """Returns the text as one quoted phrase. NUL would end the expression, and a lone surrogate is no character."""
    whole = text[:LONGEST_PHRASE].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    return '"' + whole.replace('"', '""') + '"'
