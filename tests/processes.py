"""Real commands and other acts in processes of their own, to be waited for or killed.

They are forked from a process that has imported everything and started nothing, so that each begins within a moment.
"""

import itertools
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

REPOSITORY: Final = Path(__file__).parent.parent
PATIENCE: Final = 300
"""Seconds after which a child counts as hanging."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.warm"])
_NUMBERS = itertools.count(1)

Act = Callable[..., int | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished process left: its exit code and what it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - the commands print different things
        return json.loads(self.stdout)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.stdout.split("\n") if line]  # U+2028 may stand inside one


@dataclass(frozen=True, slots=True)
class Child(AbstractContextManager["Child"]):
    """An act in a process of its own; what it reads and prints are files."""

    process: BaseProcess
    files: Path

    def file(self, name: str) -> Path:
        return self.files.with_suffix(f".{name}")

    def said(self, name: str = "out") -> str:
        return self.file(name).read_bytes().decode("utf-8")

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
        outcome = Outcome(-1 if code is None else code, self.said(), self.said("err"))
        for name in _STREAMS:
            self.file(name).unlink(missing_ok=True)
        return outcome

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.is_alive():
            self.kill()


def started(act: Act, *words: object, **variables: str) -> Child:
    """Starts a function of a module in its own process; what it returns is the exit code."""
    return _begun(act, words, variables)


def command(*words: str | Path, **variables: str) -> Child:
    return started(run_command, *map(str, words), **variables)


def onrecord(
    *words: str | Path,
    stdin: str = "",
    cwd: Path = REPOSITORY,
    given: Mapping[str, str] | None = None,
    **variables: str,
) -> Outcome:
    """Runs the real command to its end; of ONRECORD_* and OPENAI_* it sees only what is `given`, and `variables`."""
    return _begun(run_command, tuple(map(str, words)), {**(given or {}), **variables}, stdin, cwd).finish()


def assert_one_sentence(outcome: Outcome, code: int, *words: str) -> None:
    """The command failed with this code, printed nothing, and said one sentence that holds the words."""
    assert outcome.code == code, outcome
    assert outcome.stdout == ""
    assert len(outcome.stderr.strip().splitlines()) == 1, outcome.stderr
    assert "Traceback" not in outcome.stderr
    for word in words:
        assert word in outcome.stderr


def free_port() -> int:
    """Gives a port of loopback that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(port: int, *command: object, log: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a program for as long as it is needed, once it answers at a port of loopback. What it says goes to `log`."""
    with (log or Path(os.devnull)).open("ab") as said:
        server = subprocess.Popen([str(word) for word in command], stdout=said, stderr=said)
        try:
            end = time.monotonic() + PATIENCE
            while not _answers(port):
                assert server.poll() is None and time.monotonic() < end, f"{command} did not start"  # noqa: PT018 - one story
                time.sleep(0.1)
            yield server
        finally:
            server.terminate()
            server.wait(PATIENCE)


def _answers(port: int) -> bool:
    with socket.socket() as door:
        return not door.connect_ex(("127.0.0.1", port))


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


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Gives our own environment with these variables, and without what others set for onrecord."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ONRECORD_", "OPENAI_"))}
    models = {"ONRECORD_MODELS": os.environ["ONRECORD_MODELS"]} if "ONRECORD_MODELS" in os.environ else {}
    return kept | models | {"PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"} | dict(variables)


_STREAMS: Final = ("in", "out", "err")


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="onrecord-processes-")


def _begun(
    act: Act, words: tuple[object, ...], variables: Mapping[str, str], stdin: str = "", cwd: Path = REPOSITORY
) -> Child:
    files = Path(_folder().name, f"{next(_NUMBERS)}.in")
    told_to = (act, words, environment(variables), cwd, files)
    child = Child(_FORKS.Process(target=_perform, args=told_to), files)
    for name in _STREAMS:
        child.file(name).write_bytes(stdin.encode("utf-8") if name == "in" else b"")
    child.process.start()
    return child


def _perform(act: Act, words: tuple[object, ...], variables: Mapping[str, str], cwd: Path, files: Path) -> None:
    for place, name in enumerate(_STREAMS):
        opened = os.open(files.with_suffix(f".{name}"), os.O_APPEND | os.O_RDWR)
        os.dup2(opened, place)
        os.close(opened)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    os.environ.clear()
    os.environ |= dict(variables)
    os.chdir(cwd)
    code = act(*words) or 0
    sys.stdout.flush()
    sys.exit(code)
