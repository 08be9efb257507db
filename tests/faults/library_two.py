"""Two at once: two that index, an index while the chat serves, questions while files are read; nothing is mixed up."""

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.faults.library_serving import Chat, Said, chatting
from tests.faults.library_world import Library, article, digest_of, examined
from tests.faults.rows import Row, Trials, Tried
from tests.processes import Child, command, failed

ARTICLES: Final = 240
"""So many that a run over all of them outlasts a second writer's patience."""
SECONDS_TO_SAY_SO: Final = 2
"""How long a second writer may wait before it says that there is a first."""
_START: Final = 1.5
"""What a process may take to begin and to end, beside that."""
_POLL: Final = 0.01
_IDLE_QUESTIONS: Final = 40


@dataclass
class Two:
    """One library, and what came of each trial."""

    library: Library
    chance: random.Random
    among: int = ARTICLES
    timed: bool = True
    version: int = 1
    refused: int = 0
    questions: int = 0
    idle: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def writers(self, changed: int) -> Iterator[str]:
        """Indexes twice at the same moment: both succeed, or one says at once that the other is at it."""
        self._edit(changed)
        with self._index() as first, self._index() as second:
            lives = self._lives(first, second)
            outcomes = [child.finish() for child in (first, second)]
        for outcome, life in zip(outcomes, lives, strict=True):
            if outcome.code and "Another process" in outcome.stderr:
                self.refused += 1
                if self.timed and life > SECONDS_TO_SAY_SO + _START:
                    yield f"the second writer said so after {life:.1f} s"
            elif outcome.code:
                yield failed("one of two that index", outcome)
        if all(outcome.code for outcome in outcomes):
            yield "neither of two that index did"
        yield from self._whole()
        yield from examined(self.library, timed=False).missed

    def beside_chat(self, chat: Chat, changed: int) -> Iterator[str]:
        """Indexes while the chat answers: each answer holds, and no vector is missing afterwards."""
        self._edit(changed)
        with self._index() as child:
            while child.is_at_work(_POLL):
                yield from self._holds(chat.ask(), self.busy)
            outcome = child.finish()
        if outcome.code:
            yield failed("an index beside the chat", outcome)
        yield from self._sound(chat)

    def both_read(self, chat: Chat, changed: int) -> Iterator[str]:
        """Has the chat and `onrecord index` read the folder: one waits for the other."""
        self._edit(changed)
        with self._index() as child:
            said = chat.read()
            outcome = child.finish()
        if said.broken or (said.trouble and "Another process" not in said.trouble):
            yield f"the chat that reads: {said.broken or said.trouble}"
        if outcome.code and "Another process" not in outcome.stderr:
            yield failed("an index beside a chat that reads", outcome)
        if outcome.code:
            chat.read()
        yield from self._sound(chat)

    def rest(self, chat: Chat) -> Iterator[str]:
        for _ in range(_IDLE_QUESTIONS):
            yield from self._holds(chat.ask(), self.idle)

    def slowdown(self) -> float:
        """Divides the 95th percentile of answers beside an index by that of answers alone."""
        return _p95(self.busy) / _p95(self.idle)

    def _holds(self, said: Said, times: list[float] | None) -> Iterator[str]:
        """Checks that every citation is a slice of one version of its article, with the digest of that version."""
        self.questions += 1
        if times is not None:
            times.append(said.seconds)
        if said.broken or said.trouble:
            yield f"a question: {said.broken or said.trouble}"
        for source, start, end, quote, digest in said.cited:
            versions = {self._digest(source, version): version for version in range(1, self.version + 1)}
            version = versions.get(digest)
            if version is None or article(_number(source), version)[start:end] != quote:
                yield f"a citation of {source} is of no version of it, or of two"

    def _sound(self, chat: Chat) -> Iterator[str]:
        """Checks that the chat still answers, misses no vector, and holds what the folder holds."""
        yield from self._holds(chat.ask(), None)
        lost = chat.lost()
        if lost.trouble or lost.broken:
            yield f"afterwards: {lost.trouble or lost.broken}"
        yield from self._whole()

    def _digest(self, source: str, version: int) -> str:
        return digest_of(article(_number(source), version).encode())

    def _lives(self, *children: Child) -> list[float]:
        start, lives = time.monotonic(), [0.0] * len(children)
        while not all(lives):
            for number, child in enumerate(children):
                if not lives[number] and not child.is_at_work(_POLL):
                    lives[number] = time.monotonic() - start
        return lives

    def _whole(self) -> Iterator[str]:
        if self.library.held() != self.library.wanted():
            yield "the library does not hold what the folder holds"

    def _index(self) -> Child:
        return command("index", "--data", str(self.library.data))

    def _edit(self, count: int) -> None:
        self.version += 1
        self.library.write(self.chance.sample(range(self.among), count), self.version)


def _number(source: str) -> int:
    return int(source.removesuffix(".txt"))


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _ms(times: list[float]) -> str:
    return (
        f"{len(times)} answers, half within {1000 * statistics.median(times):.0f} ms, 95 % in {1000 * _p95(times):.0f}"
    )


def run(trials: Trials) -> Tried:
    """Tries each pair so many times; now and then most articles change, so that the first writer takes long."""
    library, missed = Library.of(trials, ARTICLES)
    two = Two(library, trials.chance())
    for number in range(trials.count):
        missed += two.writers(ARTICLES if number % 10 == 0 else 4)
    with chatting(library) as chat:
        missed += two.rest(chat)
        two.idle.clear()  # the first answers load what later ones find loaded
        missed += two.rest(chat)
        for number in range(trials.count):
            missed += two.beside_chat(chat, 20)
            missed += two.both_read(chat, ARTICLES if number % 10 == 0 else 4)
        missed += two.rest(chat)
    missed += examined(library, timed=False).missed
    held = (
        f"{two.refused} second writers said so, {two.questions:,} answers of one state each; p95 beside an index "
        f"{two.slowdown():.1f} times that alone ({_ms(two.busy)}, alone {_ms(two.idle)})"
    )
    if two.slowdown() > 2:
        missed.append(f"p95 beside an index is {two.slowdown():.1f} times that alone")
    return Tried(3 * trials.count, held, tuple(missed))


ROWS = (
    Row(
        "two",
        "no vector missing, a second writer waits or says so in 2 s, answers of one state, p95 ≤ 2 x",
        10,
        run,
        alone=True,
    ),
)
