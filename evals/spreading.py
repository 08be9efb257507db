"""Measures indexing spread by Ray, against a real cluster on this machine, each way in turn within one run.

`python -m evals.spreading --set FOLDER --limit 240`: by one process on one processor, by two such processes that know
nothing of each other (what this machine can give at most), by one worker, by two. Rates are those after the first
articles, with all models loaded: a cluster has its start behind it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

from rag.core.settings import Settings
from rag.library.article_parts import RayActors
from rag.library.store import Record, Store
from rag.library.sync import sync
from rag.library.writer import Changes
from rag.vectors.embedders import make_embedder

REPOSITORY = Path(__file__).parent.parent
_STORE = 100_000_000
_SETTLING = 10
"""Seconds that a node's own processes take to start."""
_WARM = 24
"""Articles after which the clock starts."""


@dataclass(frozen=True)
class Way:
    """Articles a second, and seconds of a processor for each: of the process that keeps them, and of Ray's workers."""

    rate: float
    keeping: float
    working: float = 0


def main(words: Sequence[str] | None = None) -> int:
    """Indexes the same articles in each way, and prints the best rates and their ratios."""
    parser = argparse.ArgumentParser(prog="python -m evals.spreading", description=__doc__)
    parser.add_argument("--set", dest="folder", type=Path, required=True, help="a folder of articles (.txt)")
    parser.add_argument("--limit", type=int, default=240, help="how many of them (default: 240)")
    parser.add_argument("--rounds", type=int, default=2, help="how often each way is taken (default: 2)")
    parser.add_argument("--one", nargs=2, metavar=("DATA", "ADDRESS"), help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.one:
        sys.stdout.write(json.dumps(_index(options.folder, Path(options.one[0]), options.one[1])) + "\n")
        return 0
    found = _measured(options.folder, options.limit, options.rounds)
    best = {name: max(ways, key=lambda way: way.rate) for name, ways in found.items()}
    for name, way in best.items():
        sys.stdout.write(
            f"{name:12} {way.rate:6.2f} articles/s; of a processor {1000 * way.keeping:4.0f} ms each where kept, "
            f"{1000 * way.working:4.0f} ms in workers\n"
        )
    alone, pair, one, two = (best[name].rate for name in ("alone", "two alone", "one worker", "two workers"))
    sys.stdout.write(f"overhead of one worker {alone / one - 1:+.0%}, scaling on two workers {two / one:.2f} ")
    sys.stdout.write(f"(this machine gives two processes {pair / alone:.2f}), load {os.getloadavg()[0]:.1f}\n")
    return 0


def _measured(folder: Path, limit: int, rounds: int) -> dict[str, list[Way]]:
    """Indexes in each way in turn, round after round."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - Ray has it so; else workers yield to who keeps their articles
    found: defaultdict[str, list[Way]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="spreading-") as scratch:
        chosen = Path(scratch) / "articles"
        chosen.mkdir()
        for path in sorted(folder.rglob("*.txt"))[:limit]:
            shutil.copy(path, chosen / path.name)
        node = {"num_cpus": 1, "object_store_memory": _STORE, "include_log_monitor": False}
        head = node | {"include_dashboard": False, "no_monitor": True}  # which looks for further machines
        cluster = Cluster(initialize_head=True, head_node_args=head)
        for turn in range(rounds):
            time.sleep(_SETTLING)
            data = Path(scratch) / str(turn)
            found["alone"] += _run(chosen, data / "alone", [0])
            both = _run(chosen, data / "both", [0, 1])
            found["two alone"].append(Way(sum(one.rate for one in both), both[0].keeping))
            found["one worker"] += _run(chosen, data / "one", [], cluster.address)
            second = cluster.add_node(**node)
            time.sleep(_SETTLING)
            found["two workers"] += _run(chosen, data / "two", [], cluster.address)
            cluster.remove_node(second)
        cluster.shutdown()
    return found


def _run(folder: Path, data: Path, processors: Sequence[int], address: str = "") -> list[Way]:
    """Indexes in a process for each processor, all at once; in one on any of them if none is named."""
    with ExitStack() as stack:
        children = []
        for number, pinned in enumerate([["taskset", "-c", str(number)] for number in processors] or [[]]):
            words = [sys.executable, "-m", "evals.spreading", "--set", str(folder), "--one", f"{data}{number}", address]
            child = subprocess.Popen([*pinned, *words], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
            children.append(stack.enter_context(child))
        return [Way(**json.loads(child.communicate()[0])) for child in children]


def _index(folder: Path, data: Path, address: str) -> dict[str, float]:
    """Indexes into a new library here, by the workers of the cluster at the address if there is one."""
    settings = Settings.from_environment(data=data)
    kept: list[tuple[float, float]] = []
    worked = [0.0]
    put = Changes.put

    def noted(self: Changes, record: Record, *, file: str | None = None, recipe: str = "") -> bool:
        replaced = put(self, record, file=file, recipe=recipe)
        kept.append((time.monotonic(), time.process_time()))
        if len(kept) == _WARM + 1:
            worked[0] = _of_workers()
        return replaced

    Changes.put = noted  # type: ignore[method-assign] # the only place where an article is known to be done
    with ExitStack() as stack:
        store = stack.enter_context(closing(Store.create(data)))
        actors = stack.enter_context(RayActors(address, settings, make_embedder)) if address else None
        sync(store, folder, embedder=make_embedder(settings), settings=settings, actors=actors)
        working = _of_workers() - worked[0]
    articles = len(kept) - 1 - _WARM
    seconds, keeping = (after - before for before, after in zip(kept[_WARM], kept[-1], strict=True))
    return {"rate": articles / seconds, "keeping": keeping / articles, "working": working / articles}


def _of_workers() -> float:
    """Adds up the seconds of a processor that the workers of a cluster on this machine have taken so far."""
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cmdline").read_bytes().startswith(b"ray::Worker"):
                fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
