"""Changes lines of the code at random and counts which changes the tests notice: `python -m tests.mutants`.

Works in a scratch copy of a revision. A mutant flips a comparison, changes a constant, negates a branch or empties a
return; the tests that import its module, then the others of its room, are run until one fails. `--seed` and `--count`
say which mutants; `--room` narrows them to a room.
"""

import argparse
import ast
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.house import check_out, imported

ROOMS = {
    "checking": ("rag/answering/checking",),
    "attribution": ("rag/attribution",),
    "reading": ("rag/answering/understanding", "rag/answering/reading"),
    "library": ("rag/library",),
}
SECONDS = 600.0
"""How long a test file may take without a mutant."""
_PATIENCE = 5.0
"""How many times as long, and so many seconds more, the tests may take with one."""
_FLIPPED = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: ">=",
    ast.GtE: "<",
    ast.Gt: "<=",
    ast.LtE: ">",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A replacement of some source text of a file, given by byte offsets."""

    file: str
    line: int
    kind: str
    start: int
    end: int
    before: str
    after: str

    def __str__(self) -> str:
        before, after = (" ".join(text.split())[:60] for text in (self.before, self.after))
        return f"{self.file}:{self.line}  {self.kind}: {before} -> {after}"


def main(words: Sequence[str] | None = None) -> int:
    """Runs the tests on every mutant, prints a line for each and the count by room."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=60, help="how many mutants, shared among the rooms (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (default 1)")
    parser.add_argument("--room", choices=ROOMS, action="append", help="only this room; may be repeated")
    parser.add_argument("--at", default="HEAD", help="the revision to copy (default HEAD)")
    options = parser.parse_args(words)
    rooms = options.room or list(ROOMS)
    with tempfile.TemporaryDirectory(prefix="onrecord-mutants-") as scratch:
        copy = Path(scratch, "copy")
        check_out(options.at, copy)
        for number, room in enumerate(rooms):
            count = options.count // len(rooms) + (number < options.count % len(rooms))
            _say(_room_figures(copy, room, drawn(copy, room, count, options.seed)))
    return 0


def drawn(copy: Path, room: str, count: int, seed: int) -> list[Mutant]:
    """Draws mutants of a room, at most one a line."""
    by_line: dict[tuple[str, int], list[Mutant]] = {}
    for file in sorted(file for folder in ROOMS[room] for file in copy.glob(f"{folder}/*.py")):
        for mutant in mutants(file.read_text(encoding="utf-8"), file.relative_to(copy).as_posix()):
            by_line.setdefault((mutant.file, mutant.line), []).append(mutant)
    choice = random.Random(f"{seed}/{room}")  # noqa: S311  # a sample, not a secret
    return [choice.choice(by_line[line]) for line in choice.sample(sorted(by_line), min(count, len(by_line)))]


def mutants(source: str, file: str) -> Iterator[Mutant]:
    """Finds every possible mutant of a module."""
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def replaced(kind: str, node: ast.expr, after: str) -> Mutant:
        start, end = (starts[row - 1] + column for row, column in _bounds(node))
        return Mutant(file, node.lineno, kind, start, end, source.encode()[start:end].decode(), after)

    def text(node: ast.expr) -> str:
        return replaced("", node, "").before

    tree = ast.parse(source)
    options = {
        id(part) for node in ast.walk(tree) for by in getattr(node, "decorator_list", ()) for part in ast.walk(by)
    }
    for node in ast.walk(tree):
        if id(node) in options:  # `frozen=True` and `maxsize=50` change no answer
            continue
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            flipped = _FLIPPED[type(node.ops[0])]
            yield replaced("comparison", node, f"({text(node.left)} {flipped} {text(node.comparators[0])})")
        elif isinstance(node, (ast.If, ast.IfExp, ast.While)):
            yield replaced("branch", node.test, f"(not ({text(node.test)}))")
        elif isinstance(node, ast.Return) and node.value is not None and not _is_empty(node.value):
            yield replaced("return", node.value, "None")
        elif isinstance(node, ast.Constant) and isinstance(value := node.value, (int, float)):
            yield replaced("constant", node, repr(not value if isinstance(value, bool) else value + 1))


def _bounds(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    if node.end_lineno is None or node.end_col_offset is None:
        raise ValueError(f"The parser gives no end for {ast.dump(node)}.")
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _room_figures(copy: Path, room: str, chosen: Sequence[Mutant]) -> Iterator[str]:
    """Tries the mutants of a room one by one; tests that fail without any are left out."""
    tests = {file: imported(ast.parse((copy / file).read_text(encoding="utf-8"))) for file in _test_files(copy)}
    names = tuple(folder.replace("/", ".") for folder in ROOMS[room])
    guards = {file: modules for file, modules in tests.items() if any(module.startswith(names) for module in modules)}
    seconds: dict[str, float] = {}
    outcomes = []

    def tried(mutant: Mutant, files: Sequence[str]) -> str:
        for file in (file for file in files if file not in seconds):
            started = time.perf_counter()
            passes = _outcome(copy, [file], SECONDS) == "survived"
            seconds[file] = time.perf_counter() - started if passes else math.nan
        sound = [file for file in files if not math.isnan(seconds[file])]
        if not sound:
            return "survived"
        with _applied(mutant, copy) as mutated:
            return _outcome(mutated, sound, _PATIENCE * sum(seconds[file] for file in sound) + _PATIENCE)

    for mutant in chosen:
        module = mutant.file.removesuffix(".py").replace("/", ".")
        near = [file for file, modules in guards.items() if module in modules]
        far = [file for file in guards if file not in near]
        outcome = tried(mutant, near) if near else "survived"
        outcomes.append(tried(mutant, far) if outcome == "survived" and far else outcome)
        yield f"{outcomes[-1]:<9} {mutant}  ({len(near)} test files import it)"
    caught = len(outcomes) - outcomes.count("survived")
    yield f"{room}: caught {caught} of {len(outcomes)} ({outcomes.count('timed out')} of them by the time limit)"


class _applied:  # noqa: N801  # a context manager, used like a function
    """Keeps a mutant in the copy while its tests run."""

    def __init__(self, mutant: Mutant, copy: Path) -> None:
        self._copy, self._file = copy, copy / mutant.file
        self._original = self._file.read_bytes()
        self._mutated = self._original[: mutant.start] + mutant.after.encode() + self._original[mutant.end :]

    def __enter__(self) -> Path:
        self._file.write_bytes(self._mutated)
        return self._copy

    def __exit__(self, *_: object) -> None:
        self._file.write_bytes(self._original)


def _test_files(copy: Path) -> list[str]:
    return sorted(
        file.relative_to(copy).as_posix() for file in copy.glob("tests/test_*.py") if "architecture" not in file.name
    )


def _outcome(copy: Path, tests: Sequence[str], seconds: float) -> str:
    """Runs the tests; says whether one failed, all passed, or the time ran out."""
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    quiet = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, stdin=quiet, stdout=quiet, stderr=quiet, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return "timed out"
    return "caught" if done.returncode else "survived"


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
