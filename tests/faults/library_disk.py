"""Full disk: a library on a disk with ever less room loses nothing, says so, answers on, and recovers by itself."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.faults.library_serving import Chat, Said, chatting
from tests.faults.library_world import Library, article, examined
from tests.faults.rows import Row, Trials, Tried
from tests.processes import failed, onrecord

ARTICLES: Final = 40
SIZE: Final = 96 << 20
"""Bytes of the disk."""
MOST_ROOM: Final = 48 << 20
"""Bytes that are left at the last point; by then a run has all the room it needs, and Chroma too."""
TO_OPEN: Final = 64_000
"""Bytes without which SQLite can open no library that nobody has open yet."""
_PAGE: Final = 4096
_SECONDS_TO_RECOVER: Final = 30


@contextmanager
def small_disk(place: Path, size: int = SIZE) -> Iterator[str | None]:
    """Mounts a small disk in memory; gives a sentence where that is not possible."""
    place.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(place)],  # noqa: S607 - where it lies differs
        capture_output=True,
        check=False,
    )
    if done.returncode:
        yield f"no small disk can be mounted here ({done.stderr.decode().strip()})"
        return
    try:
        yield None
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False)  # noqa: S607 - likewise


class Filled:
    """A file that takes all the room of a disk but so much."""

    def __init__(self, disk: Path) -> None:
        self._path = disk / "filling"

    def leave(self, room: int) -> None:
        self.free()
        free = os.statvfs(self._path.parent)
        size = max(0, free.f_bavail * free.f_frsize - room)
        with self._path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, size))

    def free(self) -> None:
        self._path.unlink(missing_ok=True)


class Filling:
    """A library on a small disk, and a chat over it, through one point of fullness after another."""

    def __init__(self, home: Path, disk: Path) -> None:
        self.library = Library(home)
        self.filled = Filled(disk)
        self.refused = 0
        self._next = ARTICLES

    def point(self, number: int, room: int) -> Iterator[str]:
        """Reads, uploads and asks with so little room, by chat and command; then with all of it."""
        with chatting(self.library) as chat:
            yield from self._wrong("the first question", chat.ask(), must=True)
            self._add(3)
            self.filled.leave(room)
            yield from self._wrong("reading", chat.read())
            yield from self._wrong("an upload", chat.take(f"{number}.txt", article(800_000 + number).encode()))
            yield from self._wrong("a question", chat.ask(), must=True)
            yield from self._commands(room)
            yield from self._lost()
            self.filled.free()
            yield from self._recovered(chat)
        yield from examined(self.library, timed=False).missed

    def rebuild(self, room: int) -> Iterator[str]:
        """Deletes Chroma's files, which must be built anew with so little room."""
        for path in (self.library.data / "chroma").glob("*/*"):
            if path.is_file():
                path.unlink()
        self.filled.leave(room)
        with chatting(self.library) as chat:
            said = chat.ask()
            yield from self._wrong("a question without Chroma", said, must=room >= TO_OPEN)
            self.filled.free()
            if not said.trouble:
                yield from self._recovered(chat)
        yield from examined(self.library, timed=False).missed

    def _commands(self, room: int) -> Iterator[str]:
        if room % 3:
            return
        read = onrecord("index", "--data", self.library.data)
        if read.code not in {0, 1} or "Traceback" in read.stderr or len(read.stderr.strip().splitlines()) > 1:
            yield failed("index", read)
        asked = onrecord("search", "bridge", "--data", self.library.data)
        if asked.code or not asked.stdout:
            yield failed("search", asked)

    def _wrong(self, name: str, said: Said, *, must: bool = False) -> Iterator[str]:
        """Says what is wrong with a reply. It may name the disk as its trouble, unless it `must` do it."""
        self.refused += said.trouble is not None
        if said.broken:
            yield f"{name}: {said.broken}"
        elif said.trouble and (must or not ("room" in said.trouble or "disk" in said.trouble)):
            yield f"{name}: {said.trouble}"
        elif must and not said.cited:
            yield f"{name}: nothing is cited"

    def _recovered(self, chat: Chat) -> Iterator[str]:
        end = time.monotonic() + _SECONDS_TO_RECOVER
        while chat.read().trouble and time.monotonic() < end:
            time.sleep(1)
        for name, said in (("reading", chat.read()), ("asking", chat.ask()), ("vectors", chat.lost())):
            if said.trouble or said.broken:
                yield f"{name} with room again: {said.trouble or said.broken}"
        folder = {source: digest for source, digest in self.library.held().items() if "/" not in source}
        if folder != self.library.wanted():
            yield "with room again the library does not hold what the folder holds"

    def _lost(self) -> Iterator[str]:
        held = self.library.held()
        for source, digest in self._before.items():
            if held.get(source) != digest:
                yield f"{source} was lost"

    def _add(self, count: int) -> None:
        self._before = self.library.held()
        self.library.write(range(self._next, self._next + count))
        self._next += count


def run(trials: Trials) -> Tried:
    """Goes from no room at all upwards; at each point reads, uploads and rebuilds."""
    disk = trials.folder / "disk"
    with small_disk(disk) as trouble:
        if trouble:
            return Tried(0, f"skipped: {trouble}")
        library = Library(trials.folder / "library")
        library.write(range(ARTICLES))
        (disk / "data").mkdir()
        library.data.symlink_to(disk / "data")
        missed = library.index()
        filling = Filling(library.home, disk)
        for number in range(trials.count):
            share = (number / max(1, trials.count - 1)) ** 3  # most points where room is scarce
            room = _PAGE * int(MOST_ROOM * share // _PAGE)
            for one in (*filling.point(number, room), *filling.rebuild(room)):
                missed.append(f"{room:,} bytes left: {one}")
    held = f"{filling.refused} sentences said that the disk is full, all else was done; control: 0 bytes left refuse"
    if not filling.refused:
        missed.append("control: nothing was ever refused, so the disk was never full")
    return Tried(2 * trials.count, held, tuple(missed))


ROWS = (
    Row("disk", "0 lost, questions answered throughout, a sentence for what is refused, recovers by itself", 20, run),
)
