"""Keeps the library in one SQLite file, with full text by FTS5."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from rag.core.errors import EmptyLibrary, LibraryError, LibraryLocked
from rag.library.database import LOCK_SECONDS, Connection
from rag.library.full_text import fts5
from rag.library.schema import SCHEMA, DamagedRow, checksum, outside, steps_after
from rag.people.linking import block_of
from rag.text.names import is_body

APPLICATION: Final = 0x6F6E7263
"""Kept in the file as `PRAGMA application_id` ("onrc"), so that no other program's database is taken for a library."""

BUSY_SECONDS: Final = 30
"""Seconds a statement waits for another process's transaction; ours last milliseconds."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NO_TEXT = "Could not decode to UTF-8"
"""The message of Python's sqlite3, which has no error code, for bytes that are not text."""
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_CLOSED_TO_US = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH})
_NO_ROOM = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})


class SQLiteFile:
    """The library in a file. Other processes may have it open too."""

    failure: type[Exception] = sqlite3.Error

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    def connect(self, *, wait: int | None = None) -> Connection:
        """Returns a new connection to the existing file.

        `synchronous` stays FULL: an article that was reported as indexed is on disk even if the power fails.
        """
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS if wait is None else wait / 1_000,
            isolation_level=None,
            check_same_thread=False,
            factory=_Connection,
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -16384")  # in KiB, for each connection
        connection.create_function("names_body", 1, lambda name: is_body(tuple(name.split())), deterministic=True)
        connection.create_function("block_of", 2, lambda name, body: block_of(name, is_body=body), deterministic=True)
        connection.create_function("checksum", -1, checksum, deterministic=True)
        connection.create_function("outside", 2, outside, deterministic=True)
        return connection

    @contextlib.contextmanager
    def writer(self) -> Iterator[Connection]:
        """Returns a connection while this process holds the lock beside the file."""
        with self._write_lock(), contextlib.closing(self.connect()) as connection:
            yield connection

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Converts SQLite's errors to one sentence that names the remedy."""
        try:
            yield
        except (sqlite3.Error, DamagedRow, UnicodeDecodeError) as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> Exception:
        """Returns the error in our words, or itself if it is a mistake of ours."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the rest is detail
        is_no_text = _NO_TEXT in str(error)
        if code in _DAMAGED or not isinstance(error, sqlite3.Error) or is_no_text:
            what = "words in it are no text" if is_no_text else error
            return LibraryError(
                f"The library {self.path} is damaged ({what}); delete that file and run `onrecord index FOLDER` again."
            )
        if code in _LOCKED:
            return LibraryLocked(f"Another process is writing to the library {self.path}; try again when it is done.")
        if code in _CLOSED_TO_US:
            return LibraryError(
                f"The library {self.path} cannot be used ({error}); check that its folder exists and may be written to."
            )
        if code in _NO_ROOM:
            return LibraryError(
                f"The library {self.path} cannot be read or written ({error}); check that its disk is well and has "
                "room."
            )
        return error

    def check(self) -> int:
        """Returns the library's schema. Raises EmptyLibrary or LibraryError."""
        self._require_file()
        with self.errors(), contextlib.closing(self.connect()) as connection:
            version = _version(connection)
            application = connection.number("PRAGMA application_id")
            tables = connection.number("SELECT count(*) FROM sqlite_schema")
        if not tables:
            raise EmptyLibrary(self.path.parent)
        if application != APPLICATION:
            raise self._no_library()
        if not 1 <= version <= SCHEMA:
            raise LibraryError(
                f"The library {self.path} has schema {version} and this onrecord knows {SCHEMA}; "
                "use the onrecord that wrote it, or index into a new library with `--data`."
            )
        return version

    def _require_file(self) -> None:
        """Raises EmptyLibrary if nothing is there, LibraryError for what is no file or is out of reach."""
        try:
            is_file = stat.S_ISREG(self.path.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            raise EmptyLibrary(self.path.parent) from None
        except OSError as error:
            raise LibraryError(
                f"The library {self.path} cannot be used ({error.strerror}); check its rights."
            ) from error
        if not is_file:
            raise self._no_library()

    def _no_library(self) -> LibraryError:
        return LibraryError(f"{self.path} is not a library of onrecord; choose another folder with `--data`.")

    def make(self) -> None:
        """Makes the file and its tables, all or none."""
        with self._write_lock(), self.errors():
            self.path.touch()
            with contextlib.closing(self.connect()) as connection:
                if connection.number("SELECT count(*) FROM sqlite_schema"):
                    return  # another process made them while this one waited for the lock
                connection.execute("PRAGMA journal_mode = WAL")
                with connection.transaction():
                    connection.execute(f"PRAGMA application_id = {APPLICATION}")
                    _step_up(connection, 0)
                    connection.execute("INSERT INTO library (one, id) VALUES (1, ?)", (secrets.token_hex(8),))

    def bring_up(self) -> None:
        """Upgrades a library of an older schema, all or nothing."""
        with (
            self._write_lock(),
            self.errors(),
            contextlib.closing(self.connect()) as connection,
            connection.transaction(),
        ):
            _step_up(connection, _version(connection))

    def _write_lock(self) -> contextlib.AbstractContextManager[None]:
        """Holds a lock on a file beside the library."""
        folder = self.path.parent
        taken = f"Another process is writing to the library {folder}; try again when it is done."
        return locked(folder / "write.lock", taken, seconds=LOCK_SECONDS)

    def size(self) -> int:
        """Returns the size of the file."""
        return self.path.stat().st_size


@contextlib.contextmanager
def locked(path: Path, taken: str, *, seconds: float = 0) -> Iterator[None]:
    """Holds the lock on a file. Raises LibraryLocked, with what `taken` says, if others hold it for so many seconds."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise LibraryLocked(taken) from error
    except OSError as error:
        raise LibraryError(f"{path.parent} cannot be written to ({error.strerror}); check its rights.") from error
    try:
        yield
    finally:
        lock.release()


def _version(connection: Connection) -> int:
    return connection.number("PRAGMA user_version")


def _step_up(connection: Connection, version: int) -> None:
    """Applies every remaining step within the caller's transaction."""
    for statement in steps_after(version):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA}")


class _Connection(sqlite3.Connection):
    """A connection that also speaks full text, and begins, ends and tidies as the library asks."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of sqlite3
        super().__init__(*arguments, **options)
        self.words = fts5(self)

    def added(self, statement: str, values: Sequence[Sequence[object]]) -> list[int]:
        return [int(self.execute(f"{statement} RETURNING id", row).fetchone()[0]) for row in values]

    def first(self, statement: str, values: Sequence[object] = ()) -> Any:  # noqa: ANN401 - a Row, or None
        return self.execute(statement, values).fetchone()

    def number(self, query: str, *values: object) -> int:
        return int(self.execute(query, values).fetchone()[0])

    def define(self, *statements: str) -> None:
        if self.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            self.execute("PRAGMA journal_mode = WAL")
        for statement in statements:
            self.execute(statement)

    def erase(self, table: str) -> None:
        self.overwrite()
        self.execute(f"DELETE FROM {table}")  # noqa: S608 - a table of ours

    def overwrite(self) -> None:
        self.execute("PRAGMA secure_delete = ON")

    def settle(self) -> None:
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("BEGIN IMMEDIATE")
        with self:
            yield

    def begin_reading(self) -> None:
        self.execute("BEGIN")
        self.execute("SELECT one FROM library").fetchone()  # the first look fixes the state, not BEGIN

    def end_reading(self) -> None:
        if self.in_transaction:
            self.rollback()

    def require_whole(self) -> None:
        found = self.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok" or self.execute("PRAGMA foreign_key_check").fetchone():
            raise DamagedRow(found)

    def compact(self) -> bool:
        for table in ("passage_words", "statement_words", "margin_words"):
            self.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608 - constants
        self.execute("VACUUM")
        self.execute("PRAGMA busy_timeout = 2000")
        return not self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
