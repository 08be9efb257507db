"""Measures indexing spread by Ray, against a real cluster on this machine, each way in turn within one run.

`python -m evals.spreading --set FOLDER --limit 60`: in this process alone on one processor, by one worker, by two. The
workers are processes here, so what is scaled is at most the processors that are free.
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
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
_STORE = 100_000_000
_SETTLING = 10
"""Seconds that a node's own processes take to start; a cluster has them behind it."""


def main(words: Sequence[str] | None = None) -> int:
    """Indexes the same articles in three ways, twice each, and prints the better times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", dest="folder", type=Path, required=True, help="a folder of articles (.txt)")
    parser.add_argument("--limit", type=int, default=60, help="how many of them (default: 60)")
    parser.add_argument("--rounds", type=int, default=2, help="how often each way is taken (default: 2)")
    options = parser.parse_args(words)
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    best = dict.fromkeys(("alone", "one worker", "two workers"), float("inf"))
    with tempfile.TemporaryDirectory(prefix="spreading-") as scratch:
        chosen = Path(scratch) / "articles"
        chosen.mkdir()
        for path in sorted(options.folder.rglob("*.txt"))[: options.limit]:
            shutil.copy(path, chosen / path.name)
        head = {"num_cpus": 1, "object_store_memory": _STORE, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        time.sleep(_SETTLING)
        for turn in range(options.rounds):
            best["alone"] = min(best["alone"], _seconds(chosen, Path(scratch) / f"alone{turn}", None))
            best["one worker"] = min(
                best["one worker"], _seconds(chosen, Path(scratch) / f"one{turn}", cluster.address)
            )
            second = cluster.add_node(num_cpus=1, object_store_memory=_STORE)
            time.sleep(_SETTLING)
            spread = _seconds(chosen, Path(scratch) / f"two{turn}", cluster.address)
            best["two workers"] = min(best["two workers"], spread)
            cluster.remove_node(second)
        cluster.shutdown()
    articles = min(options.limit, len([*options.folder.rglob("*.txt")]))
    for way, seconds in best.items():
        sys.stdout.write(f"{way:12} {seconds:6.1f} s  {articles / seconds:5.2f} articles/s\n")
    sys.stdout.write(f"overhead of one worker {best['one worker'] / best['alone'] - 1:+.0%}, ")
    sys.stdout.write(f"scaling on two {best['one worker'] / best['two workers']:.2f}, load {os.getloadavg()[0]:.1f}\n")
    return 0


def _seconds(folder: Path, data: Path, address: str | None) -> float:
    """Indexes into a new library and returns the seconds that the command reports, its start left out."""
    words = [sys.executable, "-m", "rag.app.cli", "index", str(folder), "--data", str(data), "--json"]
    words = [*words, "--ray", address] if address else ["taskset", "-c", "0", *words]
    done = subprocess.run(words, cwd=REPOSITORY, check=True, capture_output=True, text=True)  # noqa: S603 - our own command
    return float(json.loads(done.stdout)["seconds"])


if __name__ == "__main__":
    sys.exit(main())
