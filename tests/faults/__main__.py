"""Tries every row of the fault harness and prints a line for each: `python -m tests.faults [ROW …]`."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path

from tests.faults.rows import Row, Trials, rows

SEED = 20260101
AT_ONCE = 2
"""Rows that compute at the same time, beside one that mostly waits; those that a neighbour would move come last."""
PAYLOADS = Path("..") / "shared" / "data" / "payloads"


def main(words: Sequence[str] | None = None) -> int:
    known = {row.name: row for row in rows()}
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"default: all of {', '.join(known)}")
    parser.add_argument("--seed", type=int, default=SEED, help=f"where chance starts (default: {SEED})")
    parser.add_argument("--trials", type=int, help="how often each row is tried (default: as its bar asks)")
    parser.add_argument(
        "--payloads", type=Path, default=PAYLOADS, metavar="FOLDER", help="collections of hostile strings"
    )
    options = parser.parse_args(words)
    if not options.payloads.is_dir():
        sys.stderr.write(
            f"There are no collections of hostile strings at {options.payloads}; our own are tried alone.\n"
        )
    if unknown := set(options.rows).difference(known):
        parser.error(f"there is no row {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    chosen = [known[name] for name in options.rows] or list(known.values())
    if len(chosen) == 1:
        return 0 if _met(chosen[0], options) else 1
    tried = partial(_beside, options)
    with ThreadPoolExecutor(AT_ONCE) as computing, ThreadPoolExecutor(1) as waiting:
        lanes = (
            waiting.map(tried, (row for row in chosen if row.waits)),
            computing.map(tried, (row for row in chosen if not (row.waits or row.alone))),
        )
    met = [*chain(*lanes), *map(tried, (row for row in chosen if row.alone))]
    return 0 if all(met) else 1


def _beside(options: argparse.Namespace, row: Row) -> bool:
    """Tries a row in a process of its own."""
    words = [row.name, "--seed", str(options.seed), "--payloads", str(options.payloads)]
    words += ["--trials", str(options.trials)] if options.trials else []
    command = [sys.executable, "-m", "tests.faults", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    sys.stdout.write(done.stdout or f"MISSED  {row.name}: it ended with {done.returncode}\n")
    sys.stdout.flush()
    return not done.returncode


def _met(row: Row, options: argparse.Namespace) -> bool:
    """Tries a row and prints its line, followed by whatever missed the bar."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="onrecord-faults-") as folder:
        Path(folder).chmod(0o755)  # rows that work as somebody else must be able to come here
        trials = Trials(options.trials or row.trials, options.seed, Path(folder), options.payloads)
        tried = row.run(trials)
    state = "MISSED" if tried.missed else "met"
    told = f"{state:6}  {row.name:8} {tried.trials:4} trials  {tried.held}  (bar: {row.bar}; seed {options.seed})"
    lines = [f"{told}  {time.monotonic() - start:.0f} s", *(f"          {one}" for one in tried.missed)]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    return not tried.missed


if __name__ == "__main__":
    sys.exit(main())
