"""Damage: whatever happens to the files of a library is noticed, and no answer is silently wrong.

Chroma's files are damaged in six ways each, after they were closed properly and after they were not: the index must be
built anew by itself. The library's own file is the truth: what is damaged there must be told with its cure, or do no
harm to what is answered.
"""

import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.faults.library_world import Library, examined, lost_vectors
from tests.faults.rows import Row, Trials, Tried
from tests.processes import Outcome, failed, onrecord, started

ARTICLES: Final = 1_100
"""So many that Chroma writes its graph to disk, which it does at a thousand."""

Damage = Callable[[bytes, random.Random], bytes | None]
"""What becomes of the bytes of a file; None deletes it."""


def _flipped(content: bytes, places: list[int], chance: random.Random) -> bytes:
    changed = bytearray(content)
    for place in places:
        changed[place] ^= 1 << chance.randrange(8)
    return bytes(changed)


def flip_words(content: bytes, chance: random.Random) -> bytes:
    """Flips one bit in the words of an article, where SQLite does not look."""
    places = [found.start() for found in re.finditer(b"Mayor Ada Lund said on Monday", content)]
    return _flipped(content, [chance.choice(places) + chance.randrange(29)], chance)


DAMAGES: Final[dict[str, Damage]] = {
    "cut": lambda content, _: content[: len(content) // 2],
    "empty": lambda _, __: b"",
    "zero": lambda content, _: bytes(len(content)),
    "flip": lambda content, chance: _flipped(
        content, chance.sample(range(len(content)), k=min(100, len(content))), chance
    ),
    "flip one": lambda content, chance: _flipped(
        content, chance.sample(range(len(content)), k=min(1, len(content))), chance
    ),
    "delete": lambda _, __: None,
}


def spoil(path: Path, damage: Damage, chance: random.Random) -> None:
    """Damages a file."""
    changed = damage(path.read_bytes(), chance)
    path.unlink() if changed is None else path.write_bytes(changed)


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
    """Damages each file in each way; yields what was missed."""
    whole = library.home / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    shutil.copytree(library.data, whole)
    for pattern in FILES:
        for way, damage in DAMAGES.items():
            shutil.rmtree(library.data)
            shutil.copytree(whole, library.data)
            for path in (library.data / "chroma").glob(f"*/{pattern}"):
                spoil(path, damage, chance)
            name = f"{way} {pattern} {'closed' if clean else 'left open'}"
            yield name, list(examined(library, timed=False).missed)
    shutil.rmtree(library.data)
    whole.rename(library.data)


def leave_open(library: Library) -> None:
    """Opens Chroma in a process that ends without closing it."""
    outcome = started(_leave_open, library.data).finish()
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
    """Damages the library's file in each way; yields what was answered wrongly."""
    right, whole = _record(library), library.whole()
    if right.code or not right.stdout:
        yield failed("control: the whole record", right)
    more = [("flip one", DAMAGES["flip one"]), ("flip words", flip_words)] * flips
    for way, damage in (*DAMAGES.items(), *more):
        spoil(library.store, damage, chance)
        answered = _record(library)
        one_sentence = len(answered.stderr.strip().splitlines()) == 1 and str(library.data) in answered.stderr
        is_right = (answered.code, answered.stdout, answered.stderr) == (0, right.stdout, right.stderr)
        if not is_right and not (answered.code == 1 and one_sentence):
            yield f"{way} of the store: {failed('it is not told', answered)}"
        library.give_back(whole)
    library.store.unlink()  # the cure that the sentence names
    yield from library.index()
    yield from examined(library, timed=False).missed


def _record(library: Library) -> Outcome:
    return onrecord("statements", "--json", "--data", library.data)


def run(trials: Trials) -> Tried:
    """Damages Chroma's files one by one, closed and left open, then the library's own."""
    library, missed = Library.of(trials, ARTICLES)
    chance = trials.chance()
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
