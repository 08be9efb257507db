"""Brings the library up to date in a process of its own, at low priority, and tells the one that asked. Knows no page.

While the chat serves, whatever takes Python's lock here would hold up its answers there, and a file that takes all
memory would take the chat with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from rag.core.errors import LibraryLocked, OnrecordError

Scope = Literal["folder", "uploads"]
"""What is looked at: the folder with the uploads, or the uploads alone."""

_NICE: Final = 10


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run has come, in articles, and the source that it reads now."""

    done: int
    total: int
    source: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: well, or with the `trouble` that kept it from its end; `again` if that will pass."""

    trouble: str | None = None
    again: bool = False


class Run:
    """One run in a child process. Follow it to its end; `stop` may be called from another thread."""

    def __init__(self, data: Path, scope: Scope) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - this Python, this module, and a library of our own
            [sys.executable, "-m", "rag.indexing", str(data), scope],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        with contextlib.suppress(AttributeError, OSError):  # no such thing there, or the child has ended already
            os.setpriority(os.PRIO_PROCESS, self._child.pid, _NICE)

    def follow(self, on_step: Callable[[Step], None]) -> Outcome:
        """Waits for the end, and tells every step."""
        outcome = Outcome("Reading the files broke off; `onrecord index` may say why.")
        with self._child as child:
            for line in child.stdout or ():
                told: dict[str, Any] = json.loads(line)
                if "done" in told:
                    on_step(Step(**told))
                else:
                    outcome = Outcome(**told)
        return outcome

    def stop(self) -> None:
        """Ends it; the library is whole whatever interrupts a run."""
        self._child.terminate()


def _main(data: Path, scope: Scope) -> None:
    from rag.assembly import make_embedder, open_store
    from rag.core.settings import Settings
    from rag.library.sync import Progress, sync, sync_uploads

    def tell(progress: Progress) -> None:
        _emit(asdict(progress))

    settings = Settings.from_environment(data=data)
    try:
        with closing(open_store(settings)) as store:
            embedder = make_embedder(settings)
            if scope == "uploads":
                sync_uploads(store, embedder=embedder, settings=settings, on_progress=tell)
            else:
                sync(store, None, embedder=embedder, settings=settings, on_progress=tell)
    except OnrecordError as error:
        _emit(asdict(Outcome(str(error), isinstance(error, LibraryLocked))))
    else:
        _emit(asdict(Outcome()))


def _emit(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), "uploads" if sys.argv[2] == "uploads" else "folder")
