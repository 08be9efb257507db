"""Damage: whatever happens to the files of a library is noticed, and no answer is silently wrong.

Chroma's files are damaged in six ways each, after they were closed properly and after they were not: the index must be
built anew by itself. The library's own file is the truth: what is damaged there must be told with its cure, or do no
harm to what is answered.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.conftest import Outcome
from tests.faults.library_children import failed, onrecord, started
from tests.faults.library_world import Library, examined, lost_vectors
from tests.faults.rows import Row, Trials, Tried

ARTICLES: Final = 1_100
"""So many that Chroma writes its graph to disk, which it does at a thousand."""

Damage = Callable[[Path, random.Random], None]


def cut(path: Path, chance: random.Random) -> None:
    """Half of it is gone."""
    del chance
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path, chance: random.Random) -> None:
    """All of it is gone but its name."""
    del chance
    path.write_bytes(b"")


def zero(path: Path, chance: random.Random) -> None:
    """As long as before, and nothing but zeros."""
    del chance
    path.write_bytes(bytes(path.stat().st_size))


def flip(path: Path, chance: random.Random) -> None:
    """One bit in each of a hundred places is another."""
    content = bytearray(path.read_bytes())
    for place in chance.sample(range(len(content)), min(100, len(content))):
        content[place] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def flip_one(path: Path, chance: random.Random) -> None:
    """One bit is another."""
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def flip_words(path: Path, chance: random.Random) -> None:
    """One bit is another in the words of an article, where SQLite does not look."""
    content = bytearray(path.read_bytes())
    places = [found.start() for found in re.finditer(b"Mayor Ada Lund said on Monday", content)]
    content[chance.choice(places) + chance.randrange(29)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def delete(path: Path, chance: random.Random) -> None:
    """It is gone."""
    del chance
    shutil.rmtree(path) if path.is_dir() else path.unlink()


DAMAGES: Final[tuple[Damage, ...]] = (cut, empty, zero, flip, flip_one, delete)
FILES: Final = (
    "chroma.sqlite3",
    "*/header.bin",
    "*/data_level0.bin",
    "*/length.bin",
    "*/link_lists.bin",
    "*/index_metadata.pickle",
)
"""Of a directory of Chroma."""


def damage_chroma(library: Library, chance: random.Random, *, clean: bool) -> Iterator[tuple[str, list[str]]]:
    """Each file damaged in each way, and what was missed of it."""
    whole = library.home / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    shutil.copytree(library.data, whole)
    for pattern in FILES:
        for damage in DAMAGES:
            shutil.rmtree(library.data)
            shutil.copytree(whole, library.data)
            for path in (library.data / "chroma").glob(f"*/{pattern}"):
                damage(path, chance)
            name = f"{damage.__name__} {pattern} {'closed' if clean else 'left open'}"
            yield name, list(examined(library, timed=False).missed)
    shutil.rmtree(library.data)
    whole.rename(library.data)


def leave_open(library: Library) -> None:
    """Opens Chroma in a process that ends without closing it."""
    outcome = started(library.home, _leave_open, library.data).finish()
    if outcome.code != _LEFT:
        raise AssertionError(failed("leaving Chroma open", outcome))


_LEFT: Final = 9


def _leave_open(data: Path) -> None:
    import os

    from rag.library.store import Store
    from rag.vectors.chroma import ChromaIndex

    store = Store.open(data)
    index = ChromaIndex.embedded(store)
    index.follow()
    if lost_vectors(store, index, 5):
        os._exit(1)
    os._exit(_LEFT)


def damage_store(library: Library, chance: random.Random, flips: int) -> Iterator[str]:
    """The library's file damaged in each way, and by so many single bits more; what of it was answered wrongly."""
    right, whole = _record(library), library.whole()
    if right.code or not right.stdout:
        yield failed("control: the whole record", right)
    for damage in (*DAMAGES, *[flip_one] * flips, *[flip_words] * flips):
        damage(library.store, chance)
        answered = _record(library)
        if (
            answered.code == 1
            and len(answered.stderr.strip().splitlines()) == 1
            and str(library.data) in answered.stderr
        ):
            pass
        elif answered.code or (answered.stdout, answered.stderr) != (right.stdout, right.stderr):
            yield f"{damage.__name__} of the store: {failed('it is not told', answered)}"
        library.give_back(whole)
    yield from _from_the_folder(library)


def _from_the_folder(library: Library) -> Iterator[str]:
    """Follows the cure that the sentence names: the file is deleted, and the folder read again."""
    library.store.unlink()
    yield from library.index()
    yield from examined(library, timed=False).missed


def _record(library: Library) -> Outcome:
    """All that the library says of itself: every statement."""
    return onrecord(library.home, "statements", "--json", "--data", library.data)


def run(trials: Trials, articles: int = ARTICLES) -> Tried:
    """Chroma's files one by one, closed and left open, and the library's own with as many single bits as trials."""
    library = Library(trials.folder / "library")
    library.write(range(articles))
    missed = library.index()
    chance = random.Random(trials.seed)  # noqa: S311 - places, not secrets
    count = len(DAMAGES) + 2 * trials.count
    for clean in (True, False):
        if not clean:
            leave_open(library)
        for name, wrong in damage_chroma(library, chance, clean=clean):
            count += 1
            missed += [f"{name}: {one}" for one in wrong]
    missed += damage_store(library, chance, trials.count)
    held = f"{len(FILES)} files of Chroma in {len(DAMAGES)} ways, closed and left open, rebuilt; the store's own told"
    return Tried(count, held, tuple(missed))


ROWS = (Row("damage", "100 % noticed, 0 silently wrong, Chroma rebuilt by itself, the store's cure named", 24, run),)
