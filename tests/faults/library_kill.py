"""Kill: a library whose processes are killed at any moment keeps what it has said that it has, and finds it.

Four scenes on one library, one after the other: indexing and rebuilding the vectors, each killed at random moments and
at the moments between its own steps.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.faults.library_children import Child, command, failed, started, told
from tests.faults.library_raw import raw_chroma_breaks
from tests.faults.library_steps import Moments
from tests.faults.library_world import Held, Library, examined, lost_articles
from tests.faults.rows import Row, Trials, Tried

ARTICLES: Final = 1_100
"""So many that Chroma writes its graph to disk, which it does at a thousand."""
_POLL: Final = 0.01


@dataclass
class Killing:
    """One library, and what its kills have shown so far."""

    library: Library
    chance: random.Random
    version: int = 1
    kills: int = 0
    slowest: float = 0
    acknowledged: int = 0

    def index_at_random(self, count: int) -> Iterator[str]:
        """Kills `onrecord index` at random moments of its life."""
        longest = self._life(lambda: command(self.library.home, *self._words("index")), self._edit)
        for _ in range(count):
            self._edit()
            child = command(self.library.home, *self._words("index"))
            yield from self._cut_short(child, self.chance.uniform(0, longest))

    def index_by_steps(self, count: int) -> Iterator[str]:
        """Kills `onrecord index` at moments between its own steps."""
        yield from self._by_steps("index", count, self._edit)

    def rebuild_at_random(self, count: int) -> Iterator[str]:
        """Kills `onrecord doctor` at random moments while it builds the vectors anew."""
        longest = self._life(lambda: command(self.library.home, *self._words("doctor")), self._ruin)
        for _ in range(count):
            self._ruin()
            child = command(self.library.home, *self._words("doctor"))
            yield from self._cut_short(child, self.chance.uniform(longest / 4, longest))

    def rebuild_by_steps(self, count: int) -> Iterator[str]:
        """Kills `onrecord doctor` at moments between the steps by which new vectors take the place of the old."""
        yield from self._by_steps("doctor", count, self._ruin)

    def settled(self) -> Iterator[str]:
        """What is missing after a run that nobody cuts short."""
        yield from self.library.index()
        if self.library.held() != self.library.wanted():
            yield "after a whole run the library does not hold what the folder holds"
        yield from examined(self.library).missed

    def _by_steps(self, name: str, count: int, prepare: Callable[[], None]) -> Iterator[str]:
        prepare()
        whole = started(self.library.home, _dying, 0, *self._words(name)).finish()
        moments = json.loads(whole.stdout.splitlines()[-1])
        for number in range(count):
            prepare()
            moment = 1 + number * moments // count
            child = started(self.library.home, _dying, moment, *self._words(name))
            for missed in self._cut_short(child, None):
                yield f"{name}, moment {moment} of {moments}: {missed}"

    def _cut_short(self, child: Child, life: float | None) -> Iterator[str]:
        """Waits for the child to die, by our hand after `life` seconds or by its own; then examines what is left."""
        before, wanted = self.library.held(), self.library.wanted()
        seen: Held = before
        end = time.monotonic() + (300 if life is None else life)
        while time.monotonic() < end and child.is_at_work(_POLL):
            seen = self.library.held()
        child.kill()
        self.kills += 1
        outcome = child.finish()
        if outcome.code > 0:
            yield failed("a run before it was killed", outcome)
        self.acknowledged += len(seen)
        yield from lost_articles(before, seen, self.library.held(), wanted)
        found = examined(self.library)
        self.slowest = max(self.slowest, found.seconds)
        yield from found.missed

    def _life(self, start: Callable[[], Child], prepare: Callable[[], None]) -> float:
        """How long the command lives if nobody kills it."""
        prepare()
        begun = time.monotonic()
        start().finish()
        return time.monotonic() - begun

    def _edit(self) -> None:
        """Changes some articles, adds one, removes one."""
        self.version += 1
        names = sorted(path.stem for path in self.library.folder.glob("*.txt"))
        chosen = [int(name) for name in self.chance.sample(names, 4)]
        self.library.write([*chosen[:3], int(names[-1]) + 1], self.version)
        self.library.write_lines(range(900_000, 900_003), self.version)
        (self.library.folder / f"{chosen[3]:05}.txt").unlink()

    def _ruin(self) -> None:
        """Takes a file of Chroma's away."""
        for path in (self.library.data / "chroma").glob("*/chroma.sqlite3"):
            path.write_bytes(b"\xff" * path.stat().st_size)
            for beside in path.parent.glob("chroma.sqlite3-*"):
                beside.unlink()

    def _words(self, name: str) -> tuple[str, ...]:
        return (name, "--data", str(self.library.data))


def _dying(moment: int, *words: str) -> int:
    """A command that kills itself at a moment of its own; one that does not says how many moments it had."""
    from rag.app.cli import main

    moments = Moments(moment)
    moments.watch()
    code = main(words)
    told(moments.met)
    return code


def run(trials: Trials, articles: int = ARTICLES) -> Tried:
    """All four scenes, a quarter of the trials each, and raw Chroma beside them, which must fail."""
    library = Library(trials.folder / "library")
    library.write(range(articles))
    missed = library.index()
    killing = Killing(library, random.Random(trials.seed))  # noqa: S311 - moments, not secrets
    each = max(1, trials.count // 4)
    for scene in (
        killing.index_at_random,
        killing.index_by_steps,
        killing.rebuild_at_random,
        killing.rebuild_by_steps,
    ):
        missed += [f"{scene.__name__}: {one}" for one in scene(each)]
    missed += [f"at the end: {one}" for one in killing.settled()]
    broken = raw_chroma_breaks(trials.folder / "raw", random.Random(trials.seed))  # noqa: S311 - likewise
    if broken is None:
        missed.append("control: raw Chroma was not seen to fail")
    held = (
        f"{killing.acknowledged:,} readings of articles seen before a kill, all there after it; "
        f"slowest answer {killing.slowest:.1f} s; control: raw Chroma fails at kill {broken}"
    )
    return Tried(killing.kills, held, tuple(missed))


ROWS = (
    Row("kill", "0 seen articles lost, 0 twice, answers within 10 s, every probe found by its own vector", 200, run),
)
