"""Keeps the library in PostgreSQL, in the schema `onrecord` of a database, for many servers at once."""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from rag.core.errors import EmptyLibrary, LibraryError, LibraryLocked
from rag.library.database import LOCK_SECONDS, Connection, LostConnection
from rag.library.full_text import tsvector
from rag.library.schema import SCHEMA, SCHEMA_NAME, DamagedRow, in_postgres, postgres_steps_after

try:
    import psycopg
    from psycopg import errors as problems
    from psycopg.abc import Buffer
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
    from psycopg.pq import TransactionStatus
    from psycopg.types.numeric import Int8Dumper
    from psycopg.types.string import StrBinaryDumper, StrDumper, TextBinaryLoader, TextLoader
except ImportError as error:
    raise LibraryError(
        "A library in PostgreSQL needs a package that is not installed; install `onrecord[postgres]`."
    ) from error

CONNECT_SECONDS: Final = 10

_OPTIONS: Final = f"-c search_path={SCHEMA_NAME},public -c client_min_messages=warning -c jit=off"

_WRITERS: Final = 0x6F6E7263
"""The key of the advisory lock that the only writer of the database holds ("onrc")."""

_PREPARED: Final = 300
"""Statements that the server keeps ready: ours, each with several numbers of rows."""

_PARAMETER = re.compile(r"\?(\d*)")

# PostgreSQL's text holds no NUL, and an article's may: the two are exchanged at the door, with a noncharacter that
# Unicode keeps for such uses.
_MARK: Final = "\ufdd0"
_MARKED = re.compile(f"{_MARK}([01])")


def _escaped(text: str) -> str:
    return text.replace(_MARK, f"{_MARK}1").replace("\0", f"{_MARK}0") if "\0" in text or _MARK in text else text


def _restored(text: str) -> str:
    return _MARKED.sub(lambda match: "\0" if match[1] == "0" else _MARK, text) if _MARK in text else text


class _Text(StrDumper):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(_escaped(obj))


class _BinaryText(StrBinaryDumper):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(_escaped(obj))


class _Truth(Int8Dumper):
    def dump(self, obj: bool) -> Buffer | None:  # noqa: FBT001 - the signature of psycopg
        return super().dump(int(obj))


class _Number(Int8Dumper):
    """Writes every number as one type, so that a statement is prepared once and not for each size of its numbers."""


class _LoadedText(TextLoader):
    def load(self, data: Buffer) -> bytes | str:
        return _restored(str(super().load(data)))


class _LoadedBinaryText(TextBinaryLoader):
    def load(self, data: Buffer) -> bytes | str:
        return _restored(str(super().load(data)))


class _Row(tuple[Any, ...]):  # noqa: SLOT001 - Python lets no tuple have slots of its own
    """A row whose values can be had by number or name."""

    _names: dict[str, int]

    def __getitem__(self, column: Any) -> Any:  # noqa: ANN401 - a tuple's overloads say no more
        return super().__getitem__(self._names[column] if isinstance(column, str) else column)

    def keys(self) -> Iterable[str]:
        return self._names


def _records(cursor: Any) -> Callable[[Sequence[Any]], _Row]:  # noqa: ANN401 - any cursor of psycopg
    names: dict[str, int] = {}
    for number, column in enumerate(cursor.description or ()):
        names.setdefault(column.name, number)

    def made(values: Sequence[Any]) -> _Row:
        row = _Row(values)
        row._names = names  # noqa: SLF001 - it has no other maker
        return row

    return made


@lru_cache(maxsize=1_000)
def _translated(statement: str) -> str:
    """Returns one of our statements with PostgreSQL's parameters; `?` is the one after the highest so far."""
    highest = 0

    def numbered(match: re.Match[str]) -> str:
        nonlocal highest
        number = int(match[1]) if match[1] else highest + 1
        highest = max(highest, number)
        return f"${number}"

    return _PARAMETER.sub(numbered, statement).replace("CROSS JOIN", "JOIN")  # CROSS is how SQLite keeps the order


_ONE_ROW = re.compile(r"VALUES (\((?:\?(?:::\w+)?(?:, )?)+\))(?= ON CONFLICT| RETURNING|$)")
"""The values of an INSERT of one row."""

_LOT: Final = 1_000
"""Rows that one statement inserts; it takes 65,535 parameters, and no table of ours has sixty columns."""


def _in_lots(rows: Sequence[Sequence[object]]) -> Iterator[Sequence[Sequence[object]]]:
    for start in range(0, len(rows), _LOT):
        yield rows[start : start + _LOT]


class _Connection:
    """A connection that takes the statements of this folder."""

    def __init__(self, vendor: psycopg.Connection[_Row]) -> None:
        self._vendor = vendor
        self.words = tsvector(self)

    def execute(self, statement: str, values: Sequence[object] = (), /) -> psycopg.Cursor[_Row]:
        return self._vendor.cursor(binary=True).execute(_translated(statement), values)

    def executemany(self, statement: str, values: Iterable[Sequence[object]], /) -> None:
        rows = [*values]
        if _ONE_ROW.search(statement) and "DO UPDATE" not in statement:  # which may meet a row but once
            for some in _in_lots(rows):
                self._at_once(statement, some)
        elif rows:
            self._vendor.cursor().executemany(_translated(statement), rows)

    def added(self, statement: str, values: Sequence[Sequence[object]]) -> list[int]:
        # The ids are drawn in the order of the rows.
        found = [self._at_once(f"{statement} RETURNING id", some) for some in _in_lots(values)]
        return sorted(int(row[0]) for cursor in found for row in cursor)

    def _at_once(self, statement: str, rows: Sequence[Sequence[object]]) -> psycopg.Cursor[_Row]:
        """Executes an INSERT of one row with many."""
        widened = _ONE_ROW.sub(lambda one: f"VALUES {', '.join([one[1]] * len(rows))}", statement)
        return self.execute(widened, [value for row in rows for value in row])

    def first(self, statement: str, values: Sequence[object] = ()) -> _Row | None:
        cursor = self.execute(statement, values)
        return cursor.fetchone() if cursor.description else None

    def number(self, query: str, *values: object) -> int:
        return int(self.execute(query, values).fetchall()[0][0])

    def define(self, *statements: str) -> None:
        for statement in statements:
            made = re.search(r"(?:TABLE|INDEX) IF NOT EXISTS (\w+)", statement)
            known = made and self.first("SELECT to_regclass(?)::text", (f"{SCHEMA_NAME}.{made[1]}",))
            if not known or known[0] is None:
                with contextlib.suppress(problems.UniqueViolation):  # another process made it at the same moment
                    self.execute(in_postgres(statement))

    def erase(self, table: str) -> None:
        self.execute(f"TRUNCATE {table}")

    def overwrite(self) -> None:
        """Leaves it to VACUUM, which PostgreSQL runs by itself."""

    def settle(self) -> None:
        """Leaves the log to the server."""

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        with self._vendor.transaction():
            yield

    def begin_reading(self) -> None:
        try:
            self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self.execute("SELECT one FROM library")
        except psycopg.OperationalError as error:
            if self._vendor.closed:
                raise LostConnection(str(error)) from error
            raise

    def end_reading(self) -> None:
        if not self._vendor.closed and self._vendor.info.transaction_status != TransactionStatus.IDLE:
            with contextlib.suppress(psycopg.OperationalError):
                self._vendor.execute("ROLLBACK")

    def require_whole(self) -> None:
        """Leaves it to PostgreSQL, which checks every page that it reads."""

    def compact(self) -> bool:
        self.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        tables = self.execute("SELECT tablename FROM pg_tables WHERE schemaname = ?", (SCHEMA_NAME,)).fetchall()
        try:
            for row in tables:
                self.execute(f'VACUUM (FULL) {SCHEMA_NAME}."{row[0]}"')
        except problems.LockNotAvailable:
            return False
        return True

    def close(self) -> None:
        self._vendor.close()


class PostgresDatabase:
    """The library in a PostgreSQL database. Any number of processes on any machine may have it open."""

    failure: type[Exception] = psycopg.Error

    def __init__(self, address: str) -> None:
        """`address` is one of PostgreSQL's own, `postgresql://user:password@host:port/database`."""
        try:
            given = conninfo_to_dict(address)
        except psycopg.ProgrammingError as error:
            raise LibraryError(f"ONRECORD_LIBRARY is no address of PostgreSQL ({error}).") from error
        self._address = make_conninfo(
            address,
            connect_timeout=given.get("connect_timeout") or CONNECT_SECONDS,
            options=f"{given.get('options') or ''} {_OPTIONS}",
        )
        where = f"{given.get('host') or 'localhost'}/{given.get('dbname') or given.get('user') or ''}"
        self.name = f"postgresql://{where}"  # without the password

    def connect(self, *, wait: int | None = None) -> Connection:
        """Returns a new connection."""
        vendor: psycopg.Connection[_Row] = psycopg.connect(
            self._address,
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
            row_factory=_records,
        )
        for dumper in (_Text, _BinaryText):
            vendor.adapters.register_dumper(str, dumper)
        vendor.adapters.register_dumper(bool, _Truth)
        vendor.adapters.register_dumper(int, _Number)
        vendor.prepared_max = _PREPARED
        for kind in ("text", "varchar", "name"):
            vendor.adapters.register_loader(kind, _LoadedText)
            vendor.adapters.register_loader(kind, _LoadedBinaryText)
        if wait is not None:
            vendor.execute(f"SET lock_timeout = {wait}")
        return _Connection(vendor)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Converts PostgreSQL's errors to one sentence that names the remedy."""
        try:
            yield
        except (psycopg.Error, DamagedRow, LostConnection, UnicodeDecodeError) as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> Exception:
        """Returns the error in our words, or itself if it is a mistake of ours."""
        why = " ".join(str(error).split())
        if isinstance(error, problems.LockNotAvailable | problems.SerializationFailure | problems.DeadlockDetected):
            return self._locked()
        if isinstance(error, DamagedRow | UnicodeDecodeError | problems.DataCorrupted | problems.IndexCorrupted):
            return LibraryError(
                f"The library {self.name} is damaged ({why}); restore it with `pg_restore`, or drop its schema "
                f"`{SCHEMA_NAME}` and run `onrecord index FOLDER` again."
            )
        if isinstance(error, problems.InsufficientPrivilege | problems.ReadOnlySqlTransaction):
            return LibraryError(
                f"The library {self.name} cannot be used ({why}); give its user the right to create the schema "
                f"`{SCHEMA_NAME}`."
            )
        if isinstance(error, problems.UndefinedTable | problems.InvalidSchemaName):
            return LibraryError(f"The library {self.name} is gone ({why}); run `onrecord index FOLDER`.")
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | LostConnection):
            return LibraryError(
                f"The library {self.name} cannot be reached ({why}); check that PostgreSQL answers there, has room, "
                "and that ONRECORD_LIBRARY is right."
            )
        return error

    def _locked(self) -> LibraryLocked:
        return LibraryLocked(f"Another process is writing to the library {self.name}; try again when it is done.")

    @contextlib.contextmanager
    def writer(self) -> Iterator[Connection]:
        """Returns the connection that holds the writers' advisory lock; it ends with the connection."""
        with contextlib.closing(self.connect()) as connection:
            deadline = time.monotonic() + LOCK_SECONDS
            while not connection.number("SELECT pg_try_advisory_lock(?)", _WRITERS):
                if time.monotonic() > deadline:
                    raise self._locked()
                time.sleep(0.05)
            yield connection

    def check(self) -> int:
        """Returns the library's schema. Raises EmptyLibrary or LibraryError."""
        with self.errors(), contextlib.closing(self.connect()) as connection:
            version = _version(connection)
        if version is None:
            raise EmptyLibrary(self.name)
        if not 1 <= version <= SCHEMA:
            raise LibraryError(
                f"The library {self.name} has schema {version} and this onrecord knows {SCHEMA}; "
                "use the onrecord that wrote it, or another database."
            )
        return version

    def make(self) -> None:
        """Makes the schema and its tables, all or nothing."""
        with self.errors(), self.writer() as connection, connection.transaction():
            if _version(connection) is not None:
                return  # another process made them while this one waited for the lock
            if not connection.execute("SELECT to_regnamespace(?) IS NOT NULL", (SCHEMA_NAME,)).fetchone()[0]:
                connection.execute(f"CREATE SCHEMA {SCHEMA_NAME}")
            for statement in postgres_steps_after(0):
                connection.execute(statement)
            connection.execute("INSERT INTO schema_version (number) VALUES (?)", (SCHEMA,))
            connection.execute("INSERT INTO library (one, id) VALUES (1, ?)", (secrets.token_hex(8),))

    def bring_up(self) -> None:
        """Upgrades a library of an older schema, all or nothing."""
        with self.errors(), self.writer() as connection, connection.transaction():
            for statement in postgres_steps_after(_version(connection) or SCHEMA):
                connection.execute(statement)
            connection.execute("UPDATE schema_version SET number = ?", (SCHEMA,))

    def size(self) -> int:
        """Returns how many bytes the tables and their indexes take."""
        with self.errors(), contextlib.closing(self.connect()) as connection:
            return connection.number(
                "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class "
                "WHERE relnamespace = to_regnamespace(?) AND relkind = 'r'",
                SCHEMA_NAME,
            )


def _version(connection: Connection) -> int | None:
    """Returns the schema's version; None where there is no library."""
    if connection.execute("SELECT to_regclass(?)::text", (f"{SCHEMA_NAME}.schema_version",)).fetchone()[0] is None:
        return None
    return connection.number("SELECT number FROM schema_version")
