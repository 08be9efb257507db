"""The README is true: its commands parse, its Python runs, its files exist."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.app.cli import build_parser
from tests.processes import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
TOP = ("rag", "prompts", "ui", "evals", "tests", "seeds", ".ci")
SHELLS = {"bash", "console", "sh", "shell"}


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its language, its text and the line it opens on."""

    language: str
    text: str
    line: int


def fences(markdown: str) -> list[Fence]:
    pattern = re.compile(r"^(`{3,})(\w*)[^\n]*\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
    return [
        Fence(match[2], match[3], markdown.count("\n", 0, match.start()) + 1) for match in pattern.finditer(markdown)
    ]


def command_lines(markdown: str) -> list[list[str]]:
    """The words of every simple command in shell blocks and indented ones, without prompts, pipes and redirections."""
    found: list[list[str]] = []
    for line in shell_lines(markdown):
        found += simple_commands(line)
    return found


def shell_lines(markdown: str) -> Iterator[str]:
    """The lines to type: of a block with `$ ` prompts only these, of another all."""
    for fence in fences(markdown):
        if fence.language in SHELLS:
            lines = fence.text.replace("\\\n", " ").splitlines()
            prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
            yield from prompted or lines
    yield from re.findall(r"^ {4}(\S.*)$", without_fences(markdown), re.MULTILINE)


def without_fences(markdown: str) -> str:
    return re.sub(r"^(`{3,}).*?^\1\s*$", "", markdown, flags=re.MULTILINE | re.DOTALL)


def simple_commands(line: str) -> Iterator[list[str]]:
    """The words of each command in a line such as `cat questions | onrecord ask --batch > answers`."""
    words = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    words.whitespace_split = True
    words.commenters = "#"
    command: list[str] = []
    redirected = False
    for word in words:
        if set(word) <= set("|&;<>"):
            redirected = set(word) <= set("<>")
            if not redirected:
                yield command
                command = []
        elif redirected:
            redirected = False
        else:
            command.append(word)
    yield command


def named_files(markdown: str) -> set[str]:
    """Paths of the repository that the text links to or sets in code type, and that are no patterns."""
    outside = without_fences(markdown)
    links = re.findall(r"\]\(([^)#\s]+)", outside) + re.findall(r'(?:src|href)="([^"#]+)"', outside)
    code = [word.rstrip("/") for text in re.findall(r"`([^`\n]+)`", outside) for word in text.split()]
    paths = {word for word in code if word.split("/")[0] in TOP or re.fullmatch(r"[\w.-]+\.(?:md|toml|lock)", word)}
    return {link for link in links if "://" not in link and not link.startswith("mailto:")} | {
        path for path in paths if not re.search(r"[*<>{}$#]|[A-Z]{4,}$", path)
    }


def exit_code(arguments: list[str]) -> object:
    """What the real parser ends with: 0 also for --help and --version."""
    try:
        build_parser().parse_args(arguments)
    except SystemExit as end:
        return end.code
    return 0


COMMANDS = command_lines(README) + command_lines((REPOSITORY / "evals" / "README.md").read_text(encoding="utf-8"))
PYTHON = [fence for fence in fences(README) if fence.language == "python"]


def test_every_command_target_and_file_of_the_readme_exists() -> None:
    for words in [words for words in COMMANDS if words and words[0] == "onrecord"]:
        assert exit_code(words[1:]) == 0, words
    for words in [words for words in COMMANDS if words and words[0] == "make"]:
        targets = re.findall(r"^([\w-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert {word for word in words[1:] if "=" not in word} <= set(targets), words
    for name in sorted(named_files(README)):
        assert (REPOSITORY / name).exists(), name


@pytest.mark.parametrize("fence", PYTHON, ids=lambda fence: f"line {fence.line}")
def test_every_python_block_of_the_readme_runs(fence: Fence, tmp_path: Path, seeds: Path, library_dir: Path) -> None:
    shutil.copytree(seeds, tmp_path / "seeds")
    shutil.copytree(library_dir, tmp_path / ".onrecord")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ONRECORD_", "OPENAI_"))}
    done = subprocess.run(
        [sys.executable, "-c", fence.text],
        cwd=tmp_path,
        env=kept | {"PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
