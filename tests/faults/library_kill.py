"""Kill: a library whose processes are killed at any moment keeps what it has said that it has, and finds it.

Four scenes on one library, one after the other: indexing and rebuilding the vectors, each killed at random moments and
between its own steps.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from tests.faults.library_world import Held, Library, examined, lost_articles
from tests.faults.rows import Row, Trials, Tried
from tests.processes import Child, command, failed, run_command, started, told

if TYPE_CHECKING:
    pass


STEPS: Final = {
    "library.writer.Changes": ("put", "remove", "begin", "finish", "set_folder", "settle_people"),
    "library.writer": ("insert", "forget"),
    "library.store.Store": ("remember",),
    "vectors.chroma._Collection": ("put", "drop", "close"),
    "vectors.chroma._Directory": ("create", "open", "discard"),
    "library.upkeep": ("_pack", "_exchange", "_examine"),
    "library.upkeep.Path": ("replace", "rename"),
}
"""The steps by which a library changes on disk: transactions, what is within them, and what Chroma is told."""


class Moments:
    """Counts the moments of this process, and ends it at one of them as a power cut would."""

    def __init__(self, last: int) -> None:
        """`last` is the moment to die at, counted from 1; 0 is never."""
        self.met = 0
        self._last = last

    def watch(self, names: Mapping[str, tuple[str, ...]]) -> None:
        """Wraps every step."""
        for place, steps in names.items():
            room, name, *owner = place.split(".")
            home: Any = import_module(f"rag.{room}.{name}")
            for step in steps:
                target = getattr(home, owner[0]) if owner else home
                setattr(target, step, self._between(getattr(target, step)))

    def _between(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def between(*words: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the step takes and gives
            self._pass()
            result = step(*words, **named)
            self._pass()
            return result

        return between

    def _pass(self) -> None:
        self.met += 1
        if self.met == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def dying(moment: int, steps: Mapping[str, tuple[str, ...]], *words: str) -> int:
    """Runs a command that kills itself at a moment; one that ends says how many moments it had."""
    moments = Moments(moment)
    moments.watch(steps)
    code = run_command(*words)
    told(moments.met)
    return code


ARTICLES: Final = 1_100
"""So many that Chroma writes its graph to disk, which it does at a thousand."""
_POLL: Final = 0.01


@dataclass
class Killing:
    """One library, and what its kills have shown so far."""

    library: Library
    chance: random.Random
    timed: bool = True
    version: int = 1
    kills: int = 0
    slowest: float = 0
    acknowledged: int = 0

    def at_random(self, name: str, count: int) -> Iterator[str]:
        """Kills a command at random moments."""
        self._prepare(name)
        begun = time.monotonic()
        command(*self._words(name)).finish()
        longest = time.monotonic() - begun
        earliest = longest / 4 if name == "doctor" else 0  # before, it has not begun to rebuild the vectors
        for _ in range(count):
            self._prepare(name)
            child = command(*self._words(name))
            yield from self._cut_short(child, self.chance.uniform(earliest, longest))

    def by_steps(self, name: str, count: int) -> Iterator[str]:
        """Kills a command between its own steps."""
        self._prepare(name)
        whole = started(dying, 0, STEPS, *self._words(name)).finish()
        moments = json.loads(whole.stdout.splitlines()[-1])
        for number in range(count):
            self._prepare(name)
            moment = 1 + number * moments // count
            child = started(dying, moment, STEPS, *self._words(name))
            for missed in self._cut_short(child, None):
                yield f"{name}, moment {moment} of {moments}: {missed}"

    def settled(self) -> Iterator[str]:
        """Says what is missing after a run that nobody cuts short."""
        yield from self.library.index()
        if self.library.held() != self.library.wanted():
            yield "after a whole run the library does not hold what the folder holds"
        yield from examined(self.library, timed=self.timed).missed

    def _cut_short(self, child: Child, life: float | None) -> Iterator[str]:
        """Waits for the child to die, by our hand after `life` seconds or by its own; examines what is left."""
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
        found = examined(self.library, timed=self.timed)
        self.slowest = max(self.slowest, found.seconds)
        yield from found.missed

    def _prepare(self, name: str) -> None:
        """Gives the command its work: edits for `index`, ruined vectors for `doctor`."""
        self._edit() if name == "index" else self._ruin()

    def _edit(self) -> None:
        self.version += 1
        names = sorted(path.stem for path in self.library.folder.glob("*.txt"))
        chosen = [int(name) for name in self.chance.sample(names, 4)]
        self.library.write([*chosen[:3], int(names[-1]) + 1], self.version)
        self.library.write_lines(range(900_000, 900_003), self.version)
        (self.library.folder / f"{chosen[3]:05}.txt").unlink()

    def _ruin(self) -> None:
        for path in (self.library.data / "chroma").glob("*/chroma.sqlite3"):
            path.write_bytes(b"\xff" * path.stat().st_size)
            for beside in path.parent.glob("chroma.sqlite3-*"):
                beside.unlink()

    def _words(self, name: str) -> tuple[str, ...]:
        return (name, "--data", str(self.library.data))


def run(trials: Trials) -> Tried:
    """Plays all four scenes."""
    library, missed = Library.of(trials, ARTICLES)
    killing = Killing(library, trials.chance())
    each = max(1, trials.count // 4)
    for name in ("index", "doctor"):
        for scene in (killing.at_random, killing.by_steps):
            missed += [f"{name} {scene.__name__}: {one}" for one in scene(name, each)]
    missed += [f"at the end: {one}" for one in killing.settled()]
    held = (
        f"{killing.acknowledged:,} readings of articles seen before a kill, all there after it; "
        f"slowest answer {killing.slowest:.1f} s"
    )
    return Tried(killing.kills, held, tuple(missed))


ROWS = (
    Row(
        "kill",
        "0 seen articles lost, 0 twice, answers within 10 s, every probe found by its own vector",
        100,
        run,
    ),
)
