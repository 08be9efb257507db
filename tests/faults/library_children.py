"""Real commands and other acts in processes of their own, to be waited for or killed. Knows no fault.

They are forked from a process that has imported everything and started nothing, so that each begins within a moment.
"""

import itertools
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.conftest import Outcome

PATIENCE: Final = 300
"""Seconds after which a child counts as hanging."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.library_warm"])
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Child(AbstractContextManager["Child"]):
    """An act in a process of its own; what it prints goes to files."""

    process: BaseProcess
    out: Path
    err: Path

    def said(self) -> str:
        return self.out.read_text(encoding="utf-8")

    def is_at_work(self, seconds: float = 0) -> bool:
        """Whether it still runs after so many seconds."""
        self.process.join(seconds)
        return self.process.is_alive()

    def kill(self) -> None:
        """Ends it with SIGKILL."""
        self.process.kill()
        self.process.join(PATIENCE)

    def finish(self, seconds: float = PATIENCE) -> Outcome:
        """Waits for its end; one that hangs is killed."""
        if self.is_at_work(seconds):
            self.kill()
        code = self.process.exitcode
        outcome = Outcome(-1 if code is None else code, self.said(), self.err.read_text(encoding="utf-8"))
        self.out.unlink(missing_ok=True)
        self.err.unlink(missing_ok=True)
        return outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.is_alive():
            self.kill()


def started(folder: Path, act: Callable[..., int | None], *words: object, **variables: str) -> Child:
    """Starts a function of a module in its own process; what it returns is the exit code."""
    number = next(_NUMBERS)
    child = Child(
        _FORKS.Process(target=_perform, args=(act, words, variables, folder, number)),
        folder / f".{number}.out",
        folder / f".{number}.err",
    )
    child.out.touch()  # it may be killed before it prints anything
    child.err.touch()
    child.process.start()
    return child


def command(folder: Path, *words: str | Path, **variables: str) -> Child:
    return started(folder, run_command, *map(str, words), **variables)


def onrecord(folder: Path, *words: str | Path, **variables: str) -> Outcome:
    """Runs the command to its end. `folder` keeps what it prints meanwhile."""
    return command(folder, *words, **variables).finish()


def told(value: object) -> None:
    """Prints a value for the parent process, as a line of JSON."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def pipe() -> tuple[Connection, Connection]:
    """Gives two ends for us and a child to talk through."""
    return _FORKS.Pipe()


def failed(name: str, outcome: Outcome) -> str:
    """Describes a child that did not do what it should."""
    last = (outcome.stderr.strip() or outcome.stdout.strip()).rpartition("\n")[2]
    return f"{name}: exit code {outcome.code}, {last[:300]!r}"


def run_command(*words: str) -> int:
    """Runs `onrecord` in this process."""
    from rag.app.cli import main

    return main(words)


def _perform(
    act: Callable[..., int | None], words: tuple[Any, ...], variables: Mapping[str, str], folder: Path, number: int
) -> None:
    for place, name in ((1, "out"), (2, "err")):
        opened = os.open(folder / f".{number}.{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, place)
        os.close(opened)
    for name in [
        name for name in os.environ if name.startswith(("ONRECORD_", "OPENAI_")) and name != "ONRECORD_MODELS"
    ]:
        del os.environ[name]
    os.environ |= {"PYTHONUTF8": "1"} | dict(variables)
    code = act(*words) or 0
    sys.stdout.flush()
    sys.exit(code)
