"""Purges, backs up and restores a library; a backup from SQLite may be restored into PostgreSQL."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Final

from rag.core.errors import EmptyLibrary, LibraryError, LibraryLocked
from rag.library.database import Connection, Database, Row, insert_all
from rag.library.folder import UPLOADS
from rag.library.reply_cache import Replies
from rag.library.schema import SCHEMA, DamagedRow
from rag.library.sqlite import SQLiteFile, locked
from rag.library.store import LIBRARY, Store, database_of
from rag.library.uploads import WebPages

_MANIFEST: Final = "backup.json"
_DATABASE = re.compile(r"[\w-]+\.sqlite")
_CHUNK = 1 << 20


Forget = Callable[[Path, Collection[str]], int]
"""Deletes entries about articles other than these sources from files in a library's folder; returns their number."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What purging deleted: corrections of articles that are gone, entries in other files, bytes of the library."""

    corrections: int
    entries: int
    before: int
    after: int


def purge(store: Store, also: Iterable[Forget] = ()) -> Purged:
    """Deletes what removed articles left in the files; `also` does the same in files that others keep beside it.

    The vectors of the embedded index must be rebuilt afterwards. Raises LibraryLocked while another process writes,
    reads or owns the vectors, because bytes would stay.
    """
    before = store.database.size()
    with _sole_owner(store.data):
        Replies(store.database).forget()
        with store.writing() as changes:
            corrections = changes.forget_traces()
            if not changes.compact():
                raise LibraryLocked(
                    f"Another process is reading the library {store.data}; close the chat, then run `onrecord purge`."
                )
        for folder in ("chroma", "evals"):  # kept runs of an evaluation hold whole answers
            shutil.rmtree(store.data / folder, ignore_errors=True)
    with store.reading() as view:
        sources = view.sources()
    WebPages(store.data).forget_but(sources)
    entries = sum(forget(store.data, sources) for forget in also)
    return Purged(corrections, entries, before, store.database.size())


def backup(store: Store, file: Path) -> int:
    """Writes the library, the databases beside it and the uploads, as of one moment, into one new file.

    Returns its size. Raises LibraryError, and leaves nothing, if the file exists or cannot be written, or if the
    library is in PostgreSQL, which has tools of its own.
    """
    if not isinstance(store.database, SQLiteFile):
        raise LibraryError(
            f"The library is in PostgreSQL; back it up with `pg_dump --format=custom --schema=onrecord` of "
            f"{store.database.name}, and copy {store.data / UPLOADS}."
        )
    if file.exists():
        raise LibraryError(f"{file} exists already; name a new file to back up to.")
    partial = file.with_name(f".{file.name}.partial")
    try:
        with store.writing(), tempfile.TemporaryDirectory(dir=file.resolve().parent) as folder:
            _pack(store.data, partial, Path(folder))
        partial.rename(file)
    except OSError as error:
        raise LibraryError(f"{file} cannot be written ({error.strerror}); name one in a folder that can be.") from error
    finally:
        partial.unlink(missing_ok=True)
    return file.stat().st_size


def restore(file: Path, data: Path, address: str | None = None, *, replace: bool = False) -> None:
    """Restores the library of the folder `data` from a backup; its vectors must be rebuilt.

    With an `address` of PostgreSQL the library goes there, and only the uploads into the folder. Raises LibraryError,
    and changes nothing, if the file is no whole backup, or if there is a library and not `replace`.
    """
    database = database_of(data, address)
    if not replace:
        _require_none(database, data)
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=data, prefix=".restoring-") as folder:
            unpacked, old = Path(folder) / "new", Path(folder) / "old"
            _unpack(file, unpacked)
            source = SQLiteFile(unpacked / LIBRARY)
            _examine(source)
            if not isinstance(database, SQLiteFile):
                if source.check() < SCHEMA:
                    source.bring_up()
                database.make()
                _move(source, database)
                for path in unpacked.glob(f"{LIBRARY}*"):
                    path.unlink()
            with _sole_owner(data), _write_lock(data):
                _exchange(data, unpacked, old)
    except OSError as error:
        raise LibraryError(f"{data} cannot be restored to ({error}); check its rights and its room.") from error
    finally:
        with contextlib.suppress(OSError):
            data.rmdir()  # which it lets us only if nothing is in it


def _require_none(database: Database, data: Path) -> None:
    """Raises LibraryError if there is a library already."""
    if isinstance(database, SQLiteFile):
        if database.path.exists():
            raise LibraryError(
                f"{data} holds a library already; restore elsewhere with `--data DIR`, or over it with `--replace`."
            )
    elif _holds_articles(database):
        raise LibraryError(
            f"{database.name} holds a library already; restore into another database, or over it with `--replace`."
        )


def _holds_articles(database: Database) -> bool:
    try:
        database.check()
    except EmptyLibrary:
        return False
    with database.errors(), contextlib.closing(database.connect()) as connection:
        return connection.first("SELECT 1 FROM article LIMIT 1") is not None


def _pack(data: Path, partial: Path, folder: Path) -> None:
    digests: dict[str, str] = {}
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(data.glob("*.sqlite")):
            copy = folder / path.name
            with SQLiteFile(path).errors(), _opened(path) as source, _opened(copy, "rwc") as target:
                source.backup(target)
            digests[path.name] = _add(archive, copy, path.name)
            copy.unlink()
        for path in sorted((data / UPLOADS).rglob("*")):
            if path.is_file() and not path.is_symlink():
                name = path.relative_to(data).as_posix()
                digests[name] = _add(archive, path, name)
        archive.writestr(_MANIFEST, json.dumps({"schema": SCHEMA, "files": digests}, indent=1))


@contextlib.contextmanager
def _opened(path: Path, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)) as connection:
        yield connection


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> str:
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        return _copied(source, target)


def _copied(source: IO[bytes], target: IO[bytes]) -> str:
    """Copies to the end and returns the sha256 of what was copied."""
    digest = hashlib.sha256()
    while piece := source.read(_CHUNK):
        digest.update(piece)
        target.write(piece)
    return digest.hexdigest()


def _unpack(file: Path, folder: Path) -> None:
    """Unpacks the files of a backup and checks each against its digest in the backup."""
    broken = LibraryError(f"{file} is no whole backup of onrecord; name a file that `onrecord backup` wrote.")
    try:
        with zipfile.ZipFile(file) as archive:
            digests: dict[str, str] = json.loads(archive.read(_MANIFEST))["files"]
            if LIBRARY not in digests or not all(map(_is_ours, digests)):
                raise broken
            for name, digest in digests.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, path.open("wb") as target:
                    if _copied(source, target) != digest:
                        raise broken
    except FileNotFoundError as error:
        raise LibraryError(f"There is no file {file}; name one that `onrecord backup` wrote.") from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, NotImplementedError) as error:
        raise broken from error


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    if len(path.parts) == 1:
        return bool(_DATABASE.fullmatch(name))
    return path.parts[0] == UPLOADS and ".." not in path.parts and "\\" not in name and path.as_posix() == name


def _examine(library: SQLiteFile) -> None:
    """Raises LibraryError unless the library is whole; clears its record of indexes, as none follows it here."""
    library.check()
    with library.errors(), contextlib.closing(library.connect()) as connection:
        try:
            connection.require_whole()
        except DamagedRow as error:
            raise LibraryError(f"The library in the backup is damaged ({error}); restore another one.") from error
        connection.execute("DELETE FROM follower")
        connection.settle()


def _exchange(data: Path, new: Path, old: Path) -> None:
    """Moves the old files aside and the unpacked ones in; restores everything if that fails."""
    old.mkdir()
    there = [path for path in data.iterdir() if _belongs(path.name)]
    moved: list[tuple[Path, Path]] = []
    try:
        for path in [*there, *new.iterdir()]:
            target = (old if path.parent == data else data) / path.name
            path.replace(target)
            moved.append((path, target))
    except OSError:
        for path, target in reversed(moved):
            target.replace(path)
        raise


def _belongs(name: str) -> bool:
    return name in {UPLOADS, "chroma"} or bool(re.fullmatch(r"[\w-]+\.sqlite(?:-wal|-shm)?", name))


def _sole_owner(data: Path) -> contextlib.AbstractContextManager[None]:
    """Prevents others from owning the vectors, so that no chat is open."""
    return locked(data / "chroma.lock", f"Another process owns the vectors of {data}; close the chat and try again.")


def _write_lock(data: Path) -> contextlib.AbstractContextManager[None]:
    return locked(data / "write.lock", f"Another process is writing to {data}; try again when it is done.")


_TABLES: Final = (
    *("embedder", "file", "article", "passage", "vector", "correction", "statement", "person", "mention"),
    *("abbreviation", "unsettled", "by_hand", "by_hand_mention", "failure", "story", "sketch"),
)
"""What is moved, each behind what it refers to. The change log and the record of indexes begin anew."""

_KEPT_BY_DATABASE: Final = {"statement": {"checksum"}, "person": {"checksum"}}
_AT_ONCE: Final = 500


def _move(source: SQLiteFile, target: Database) -> None:
    """Replaces all that the library at `target` holds by what the one at `source` does, in one transaction."""
    with (
        target.errors(),
        target.writer() as into,
        source.errors(),
        contextlib.closing(source.connect()) as out,
        into.transaction(),
    ):
        names = _tables(out)
        _empty(into, names)
        for table in names:
            for rows in _batches(out, table):
                insert_all(into, table, [_columns(table, row) for row in rows])
        _set_counters(into)
        kept = out.execute("SELECT folder, embedder, people, rules FROM library").fetchone()
        into.execute("UPDATE library SET folder = ?, embedder = ?, people = ?, rules = ?", tuple(kept))
        _index_words(out, into)


def _tables(connection: Connection) -> list[str]:
    """Returns the tables of a library in SQLite that are moved; those that are not known here come last."""
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%\\_words%' ESCAPE '\\' "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN ('library', 'follower', 'change')"
    )
    there = [row["name"] for row in rows if row["name"] not in {"reply", "exam", "spent"}]
    return [*_TABLES, *sorted(set(there).difference(_TABLES))]


def _empty(connection: Connection, names: list[str]) -> None:
    connection.execute("UPDATE library SET embedder = NULL")
    for table in (*reversed(names), "change", "follower", "word"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a table of ours
    connection.execute("UPDATE words_total SET passages = 0, length = 0")


def _batches(connection: Connection, table: str) -> Iterator[list[Row]]:
    rows = iter(connection.execute(f"SELECT * FROM {table}"))  # noqa: S608 - a table of ours
    while batch := list(islice(rows, _AT_ONCE)):
        yield batch


def _columns(table: str, row: Row) -> dict[str, object]:
    left_out = _KEPT_BY_DATABASE.get(table, set())
    return {name: row[name] for name in row.keys() if name not in left_out}  # noqa: SIM118 - a row is no dict


def _set_counters(connection: Connection) -> None:
    """Lets new rows be numbered after those that were moved."""
    for row in connection.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'onrecord' AND is_identity = 'YES'"
    ).fetchall():
        after = f"SELECT coalesce(max(id), 0) + 1 FROM {row[0]}"  # noqa: S608 - a table of ours
        connection.execute(f"SELECT setval(pg_get_serial_sequence('{row[0]}', 'id'), ({after}), false)")


def _index_words(out: Connection, into: Connection) -> None:
    for article in out.execute("SELECT id, title, text FROM article"):
        text = article["text"]
        for table in ("passage", "statement"):
            spans = out.execute(f'SELECT id, start, "end" FROM {table} WHERE article = ?', (article["id"],))  # noqa: S608 - likewise
            cut = [(row["id"], text[row["start"] : row["end"]]) for row in spans]
            if table == "passage":
                into.words.add_passages([(number, article["title"] or "", words) for number, words in cut])
            else:
                into.words.add_statements(cut)
