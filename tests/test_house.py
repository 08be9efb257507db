"""The figures of the structure count what they say, and every mutant is a program that differs in one place."""

import ast
from pathlib import Path

from tests.house import count_numbers, count_patterns, counted_importers, lines_by_room, names_defined_twice
from tests.mutants import drawn, mutants

SOURCE = """
import re
LEAST, _SHARES = 3, (0.5, -1.5)
NAME = r"\\bMayor [A-Z]\\w+"
_SAID = re.compile("said")
@cache(maxsize=5)
def said(text: str, least: int = LEAST) -> bool:
    if len(text) < 2 and not re.search(NAME, text):
        return least is None
    return True
"""


def test_patterns_numbers_names_importers_and_lines_are_counted() -> None:
    trees = {
        "rag/a/one.py": ast.parse(SOURCE),
        "rag/a/two.py": ast.parse("from rag.a import one\nfrom rag.a.one import said\n\ndef plain(): ...\n"),
        "rag/b.py": ast.parse("import rag.a.two\nplain = 1\n_hidden = 2\n"),
        "rag/c.py": ast.parse("from rag.a import plain\n_hidden = 3\n"),
        "rag/a/__init__.py": ast.parse("from rag.a.two import plain\n"),
    }
    assert count_patterns(trees["rag/a/one.py"]) == 3
    assert count_numbers(ast.parse("A = 3\nB: float = -0.5\nC = (1, 2)\nD = {'x': 1}\nE = 'text'\nF = True\n")) == 4
    assert names_defined_twice(trees) == ["plain"]
    assert counted_importers(trees) == {"rag/a/one.py": 1, "rag/a/two.py": 2, "rag/b.py": 0, "rag/c.py": 0}
    counts = lines_by_room({"rag/a/one.py": "x\n", "rag/b.py": "x\nx\n", "tests/t.py": "x\n"})
    assert counts == {"lines, rag": 3, "lines, rag/a": 1, "lines, tests": 1, "lines, all": 4}


def test_every_mutant_parses_and_the_same_seed_draws_the_same_of_other_lines(tmp_path: Path) -> None:
    found = list(mutants(SOURCE, "a.py"))
    mutated = [(SOURCE.encode()[: m.start] + m.after.encode() + SOURCE.encode()[m.end :]).decode() for m in found]
    assert all(ast.dump(ast.parse(text)) != ast.dump(ast.parse(SOURCE)) for text in mutated)
    assert {mutant.kind for mutant in found} == {"comparison", "branch", "return", "constant"}
    assert not any("maxsize" in text and "maxsize=5" not in text for text in mutated)
    (tmp_path / "rag/library").mkdir(parents=True)
    (tmp_path / "rag/library/a.py").write_text(SOURCE, encoding="utf-8")
    first = drawn(tmp_path, "library", 3, 1)
    assert first == drawn(tmp_path, "library", 3, 1)
    assert len({mutant.line for mutant in first}) == 3
