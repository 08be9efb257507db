"""Prints figures of the code's structure: `python -m tests.house`, beside an earlier revision with `--against REV`.

Lines by room, modules and who imports them, public names defined twice, regular expressions and hand-set numbers of
`rag/answering`, and the files and functions that two questions over `seeds/` enter once everything is loaded.
"""

import argparse
import ast
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOPS = ("rag", "ui", "evals", "tests")
QUESTIONS = ("What did Lavrov say about the EU?", "When did the war in Nagorno-Karabakh begin?")
_REGEX_SIGNS = ("(?", "\\b", "\\w", "\\s", "\\d", ".*", "[^")

_ENTER = """
import json, sys, threading
from pathlib import Path
from rag import Settings, build
root, data = Path.cwd() / "rag", Path(sys.argv[1])
assistant = build(Settings.from_environment({}, data=data), writer="offline")
counts = {}
for question in json.loads(sys.argv[2]):
    assistant.ask(question)
    entered = set()
    def enter(frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(str(root)):
            entered.add((frame.f_code.co_filename, frame.f_code.co_qualname))
    threading.setprofile(enter)
    sys.setprofile(enter)
    assistant.ask(question)
    sys.setprofile(None)
    threading.setprofile(None)
    counts[question] = len({file for file, _ in entered}), len(entered)
print(json.dumps(counts))
assistant.close()
"""
"""Asks every question twice and counts what the second time enters."""


def main(words: Sequence[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.house", description=__doc__.partition("\n")[0])
    parser.add_argument("--against", metavar="REV", help="print the figures of this revision beside")
    parser.add_argument("--no-questions", action="store_true", help="ask nothing, which saves a minute")
    options = parser.parse_args(words)
    columns = {"now": figures(ROOT, asks=not options.no_questions)}
    if options.against:
        with tempfile.TemporaryDirectory(prefix="onrecord-house-") as scratch:
            check_out(options.against, copy := Path(scratch, "copy"))
            columns = {options.against: figures(copy, asks=not options.no_questions)} | columns
    for line in _table(columns):
        sys.stdout.write(f"{line}\n")
    return 0


def figures(root: Path, *, asks: bool) -> dict[str, int]:
    """Measures a checkout."""
    sources = {file: file.read_text(encoding="utf-8") for top in TOPS for file in sorted((root / top).rglob("*.py"))}
    named = {file.relative_to(root).as_posix(): source for file, source in sources.items()}
    ours = {name: ast.parse(source) for name, source in named.items() if name.startswith(("rag/", "ui/"))}
    rag = {name: tree for name, tree in ours.items() if name.startswith("rag/")}
    answering = [tree for name, tree in ours.items() if name.startswith("rag/answering/")]
    importers = [count for name, count in counted_importers(ours).items() if name.startswith("rag/")]
    return {
        **lines_by_room(named),
        "modules in rag": sum(not name.endswith("__init__.py") for name in rag),
        "modules in rag with one importer": importers.count(1),
        "modules in ui": sum(name.startswith("ui/") and not name.endswith("__init__.py") for name in ours),
        "modules in evals": sum(name.startswith("evals/") and not name.endswith("__init__.py") for name in named),
        "public names defined twice or more (rag, ui)": len(names_defined_twice(ours)),
        "regular expressions in rag/answering": sum(count_patterns(tree) for tree in answering),
        "hand-set numbers in rag/answering": sum(count_numbers(tree) for tree in answering),
        **(entered(root) if asks else {}),
    }


def lines_by_room(named: Mapping[str, str]) -> dict[str, int]:
    """Counts the lines of each room of `rag` (and of `rag/answering`), each other folder, and all together."""
    counts: Counter[str] = Counter()
    for name, source in named.items():
        parts, lines = name.split("/"), source.count("\n")
        counts[f"lines, {parts[0]}"] += lines
        if parts[0] == "rag":
            rooms = [part for part in parts[:-1] if part != "rag"]
            for depth in range(1, len(rooms) + 1):
                counts[f"lines, rag/{'/'.join(rooms[:depth])}"] += lines
    whole = sum(counts[f"lines, {top}"] for top in TOPS)
    return dict(sorted(counts.items())) | {"lines, all": whole}


def counted_importers(trees: Mapping[str, ast.Module]) -> dict[str, int]:
    """Counts the modules that import each module, by its path or by a name that a package's `__init__` passes on."""
    modules = {name.removesuffix(".py").replace("/", "."): name for name in trees if not name.endswith("__init__.py")}
    homes = {
        f"{package.removesuffix('/__init__.py').replace('/', '.')}.{alias.asname or alias.name}": modules[node.module]
        for package, tree in trees.items()
        if package.endswith("__init__.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in modules
        for alias in node.names
    } | modules
    importers: dict[str, set[str]] = {name: set() for name in modules.values()}
    for importer, tree in trees.items():
        if not importer.endswith("__init__.py"):
            for name in imported(tree) & homes.keys():
                importers[homes[name]].add(importer)
    return {name: len(found - {name}) for name, found in importers.items()}


def imported(tree: ast.Module) -> set[str]:
    """Names the modules that a module imports: of `from a.b import c` both `a.b` and `a.b.c`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def names_defined_twice(trees: Mapping[str, ast.Module]) -> list[str]:
    """Lists the public names that the top level of more than one module defines."""
    counts = Counter(name for tree in trees.values() for name in {*_defined(tree)} if not name.startswith("_"))
    return sorted(name for name, count in counts.items() if count > 1)


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def count_patterns(tree: ast.Module) -> int:
    """Counts regular expressions: compiled or handed to `re`, and constants that are written as one."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    used = sum(ast.unparse(node.func.value) == "re" and node.func.attr != "escape" for node in calls)  # type: ignore[attr-defined]
    constants = (node.value for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign)))
    texts = (node for node in constants if isinstance(node, (ast.Constant, ast.JoinedStr)))
    return used + sum(any(sign in _text(node) for sign in _REGEX_SIGNS) for node in texts)


def _text(node: ast.expr) -> str:
    return "".join(str(part.value) for part in ast.walk(node) if isinstance(part, ast.Constant))


def count_numbers(tree: ast.Module) -> int:
    """Counts the constants of a module that are numbers, or tuples and tables of numbers."""
    values = (node.value for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign)))
    return sum(value is not None and _is_number(value) for value in values)


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return bool(node.elts) and all(map(_is_number, node.elts))
    if isinstance(node, ast.Dict):
        return bool(node.values) and all(map(_is_number, node.values))
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_number(node.left) and _is_number(node.right)
    return isinstance(node, ast.Constant) and type(node.value) in {int, float}


def entered(root: Path) -> dict[str, int]:
    """Counts the files and functions of `rag` that each question enters, in a process that has answered it before."""
    with tempfile.TemporaryDirectory(prefix="onrecord-house-") as data:
        cli = "rag.app.cli" if (root / "rag/app").is_dir() else "rag.cli"
        _run(root, "-m", cli, "index", "seeds", "--data", data)
        counts = json.loads(_run(root, "-c", _ENTER, data, json.dumps(QUESTIONS)).splitlines()[-1])
    return {
        f"{what} entered by “{question}”": counts[question][place]
        for place, what in enumerate(("files", "functions"))
        for question in QUESTIONS
    }


def _run(root: Path, *words: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, *words], cwd=root, env=environment, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode("utf-8")


def check_out(revision: str, copy: Path) -> None:
    """Copies a revision of the repository into a new folder."""
    copy.mkdir()
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, stdout=subprocess.PIPE)  # noqa: S607
    subprocess.run(["tar", "-x"], cwd=copy, input=archive.stdout, check=True)  # noqa: S607


def _table(columns: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
    if "lines, all" in rows:
        lines = sorted(row for row in rows if row.startswith("lines, ") and row != "lines, all")
        rows = [*lines, "lines, all", *(row for row in rows if not row.startswith("lines, "))]
    yield " " * 70 + "".join(f"{name:>10}" for name in columns)
    for row in rows:
        yield f"{row:<70}" + "".join(f"{column.get(row, '–'):>10}" for column in columns.values())


if __name__ == "__main__":
    sys.exit(main())
