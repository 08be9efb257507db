"""Wrong place: a folder that is no library of ours, or may not be used, is told in one sentence and left as it is."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rag.library.schema import SCHEMA
from tests.faults.library_disk import small_disk
from tests.faults.library_world import QUESTION, Library
from tests.faults.rows import Row, Trials, Tried
from tests.processes import Outcome, failed, onrecord, run_command, started

NOBODY: Final = 65534
"""Whom a command is run as where it must not be root, who may do everything."""

_ANOTHER_MODEL: Final = (("ONRECORD_EMBEDDINGS", "openai:other"), ("OPENAI_API_KEY", "none"))

Commands = tuple[str, ...]
READING: Final[Commands] = ("ask", "search", "statements", "text", "backup")
WRITING: Final[Commands] = ("index", "purge")
ALL: Final[Commands] = (*READING, *WRITING)


@dataclass(frozen=True, slots=True)
class Place:
    """A wrong place: how `data`, a copy of a library, becomes one, and which commands must refuse it.

    `words` is what the sentence must hold besides the path, for the cure. `as_nobody`: by whom it is tried.
    """

    name: str
    spoil: Callable[[Path], None]
    refused_by: Commands
    words: str
    as_nobody: bool = False
    variables: tuple[tuple[str, str], ...] = ()


def _execute(data: Path, *statements: str) -> None:
    with closing(sqlite3.connect(data / "library.sqlite")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def _foreign(data: Path) -> None:
    (data / "library.sqlite").unlink()
    _execute(data, "CREATE TABLE recipes (name TEXT)", "INSERT INTO recipes VALUES ('soup')")


def _newer(data: Path) -> None:
    _execute(data, f"PRAGMA user_version = {SCHEMA + 1}", "PRAGMA wal_checkpoint(TRUNCATE)")


def _file(data: Path) -> None:
    shutil.rmtree(data)
    data.write_text("a letter")


def _folder(data: Path) -> None:
    (data / "library.sqlite").unlink()
    (data / "library.sqlite").mkdir()


def _diary(data: Path) -> None:
    (data / "library.sqlite").write_text("dear diary" * 99)


def _nowhere(data: Path) -> None:
    shutil.rmtree(data)
    data.parent.chmod(0o555)


def _closed(data: Path) -> None:
    for path in data.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    data.chmod(0o555)


PLACES: Final = (
    Place("missing", shutil.rmtree, tuple(name for name in ALL if name != "index"), "onrecord index"),
    Place("a file", _file, ("index",), "--data"),
    Place("a file to be read", _file, ("purge", *READING), "onrecord index"),
    Place("a folder in the library's place", _folder, ALL, "--data"),
    Place("another program's database", _foreign, ALL, "--data"),
    Place("no database", _diary, ALL, "delete"),
    Place("a newer schema", _newer, ALL, "--data"),
    Place("not to be written", _closed, WRITING, "check", as_nobody=True),
    Place("not to be read", lambda data: (data / "library.sqlite").chmod(0), ALL, "check", as_nobody=True),
    Place("not to be entered", lambda data: data.chmod(0), ALL, "check", as_nobody=True),
    Place("nowhere to make it", _nowhere, ("index",), "--data", as_nobody=True),
    Place("another model", lambda _: None, ("ask", "search"), "onrecord index", variables=_ANOTHER_MODEL),
)


def tried(library: Library, place: Place) -> Iterator[str]:
    """Runs each command in a copy of the wrong place: one sentence must name it, nothing may change."""
    for name in place.refused_by:
        room = library.home / "rooms" / f"{PLACES.index(place) if place in PLACES else 99}-{name}"
        room.mkdir(parents=True)
        if place.as_nobody:
            os.chown(room, NOBODY, NOBODY)
        data = room / "data"
        shutil.copytree(library.data, data)
        place.spoil(data)
        before = contents(room)
        words = (*_words(name, library, room), "--data", str(data))
        act = _as_nobody if place.as_nobody else run_command
        outcome = started(act, *words, **dict(place.variables)).finish()
        yield from (f"{place.name}, {name}: {one}" for one in _unclear(outcome, data, place.words))
        if contents(room) != before:
            yield f"{place.name}, {name}: what was there is not as it was"


def _words(name: str, library: Library, room: Path) -> tuple[str, ...]:
    more = {
        "ask": (QUESTION,),
        "search": ("bridge",),
        "text": ("00001.txt",),
        "backup": (str(room / "backup"),),
        "index": (str(library.folder),),
    }
    return (name, *more.get(name, ()))


def _unclear(outcome: Outcome, data: Path, words: str) -> Iterator[str]:
    if outcome.code != 1:
        yield failed("it is not refused", outcome)
    elif len(outcome.stderr.strip().splitlines()) != 1 or "Traceback" in outcome.stderr:
        yield f"it is not told in one sentence: {outcome.stderr[-300:]!r}"
    elif str(data) not in outcome.stderr:
        yield f"the sentence does not name the place: {outcome.stderr.strip()!r}"
    elif words not in outcome.stderr:
        yield f"the sentence does not name the cure, {words!r}: {outcome.stderr.strip()!r}"


def contents(folder: Path) -> dict[str, str]:
    """Digests every file in a folder, by path, without locks."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and not path.name.endswith(("-shm", "-wal"))
    }


def _as_nobody(*words: str) -> int:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    return run_command(*words)


def on_a_disk_not_to_be_written(library: Library) -> Iterator[str]:
    """Tries a library on a read-only disk."""
    disk = library.home / "disk"
    with small_disk(disk) as trouble:
        if trouble:
            return
        shutil.copytree(library.data, disk / "data")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)  # noqa: S607 - our own disk
        for name in ALL:
            outcome = onrecord(*_words(name, library, library.home), "--data", disk / "data")
            yield from (f"a disk not to be written, {name}: {one}" for one in _unclear(outcome, disk / "data", "check"))


def run(trials: Trials) -> Tried:
    """Tries every wrong place once."""
    library, missed = Library.of(trials, 10)
    for place in PLACES:
        if not place.as_nobody or os.geteuid() == 0:
            missed += tried(library, place)
    missed += on_a_disk_not_to_be_written(library)
    count = sum(len(place.refused_by) for place in PLACES) + len(ALL)
    return Tried(count, f"{len(PLACES) + 1} places, told in one sentence each, all left as they were", tuple(missed))


ROWS = (Row("place", "one sentence that names the path and the cure, exit code 1, nothing there changed", 1, run),)
