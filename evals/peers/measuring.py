"""Measures one library: takes a job from stdin, indexes and asks against the clock, prints figures as JSON.

It runs inside the peer's own environment, so it imports nothing but Python and, where it is wanted, our embedder.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rag.core.protocols import Embedder

CHUNKS = 4
"""How many chunks are shown for a question."""

_WARM = 3


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an article that is shown."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """What to index, what to ask, and where a peer finds the model and keeps what it makes."""

    texts: Sequence[Mapping[str, Any]]
    """Articles: `source`, `title` and `text`, and what else onrecord reads of an article."""
    questions: Sequence[tuple[str, str]]
    """Each with its day, `YYYY-MM-DD`, which only onrecord takes."""
    folder: str
    """An empty folder, where the index is kept."""
    models: str
    """Where our built embedding model lies."""
    weights: str | None
    """The folder of the same model's weights for torch; None for our embedder."""

    def embedder(self) -> Embedder:
        """Loads our embedder."""
        from rag.core.settings import Settings
        from rag.vectors.embedders import make_embedder

        embedder = make_embedder(Settings(models=Path(self.models)))
        embedder.embed_query("loads the model")
        return embedder


Ask = Callable[[str, str], Sequence[Chunk]]
"""Finds the pieces to show for a question and its day, best first."""


class Peer(Protocol):
    """A library that can be measured: made with its models loaded, then told to index, then asked."""

    asks: Mapping[str, Ask]
    """Ways to ask, by what they are called in the table."""

    def index(self) -> None:
        """Indexes the job's texts and keeps the index in the job's folder."""


def whole(text: Mapping[str, Any]) -> str:
    """Returns the article as a file would hold it, under its title."""
    return f"{text['title']}\n\n{text['text']}"


def measure(make: Callable[[Job], Peer], package: str) -> int:
    """Carries out the job on stdin and prints the figures; `package` is what the peer's version is read from."""
    wanted = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr  # libraries print what they please
    job = Job(**wanted)
    peer = make(job)
    started, worked = time.perf_counter(), _core_seconds()
    peer.index()
    seconds, work = time.perf_counter() - started, _core_seconds() - worked
    figures = {
        "version": version(package),
        "index_seconds": seconds,
        "index_core_seconds": work,
        "disk_bytes": sum(path.stat().st_size for path in Path(job.folder).rglob("*") if path.is_file()),
        "asked": {name: _asked(ask, job.questions) for name, ask in peer.asks.items()},
        "peak_bytes": _peak_bytes(),
    }
    out.write(json.dumps(figures) + "\n")
    out.flush()
    return 0


def _asked(ask: Ask, questions: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Asks every question, after a few that are not counted."""
    for question, day in questions[:_WARM]:
        ask(question, day)
    rows = []
    for question, day in questions:
        started, worked = time.perf_counter(), time.process_time()
        shown = ask(question, day)
        spent = {"seconds": time.perf_counter() - started, "core_seconds": time.process_time() - worked}
        rows.append({**spent, "shown": [asdict(chunk) for chunk in shown[:CHUNKS]]})
    return rows


def _core_seconds() -> float:
    """Returns the processor time that this process and its finished children have used."""
    return sum(os.times()[:4])


def _peak_bytes() -> int:
    """Returns the most memory this process has held. Linux counts in its parent's unless /proc is asked."""
    status = Path("/proc/self/status")
    if status.is_file():
        row = next(row for row in status.read_text(encoding="ascii").splitlines() if row.startswith("VmHWM"))
        return int(row.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
