"""Measures how well articles in other languages are found: by questions in English and in the article's own language.

`python -m evals.languages` asks the thirty questions of `languages.toml` over its twenty articles, by the embeddings
that the settings name, and prints in how many the right article is the first, or among the first three.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.answering.assistant import Assistant
from rag.app.cli import main as run
from rag.assembly import build
from rag.core.settings import Settings

SET = Path(__file__).parent / "languages.toml"
_DEPTH = 3


def main() -> int:
    """Indexes the articles into a new library and asks; 0 if that could be done."""
    told = tomllib.loads(SET.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        folder, data = Path(scratch, "articles"), Path(scratch, "library")
        folder.mkdir()
        for name, text in told["articles"].items():
            (folder / f"{name}.txt").write_text(f"{text}\n", encoding="utf-8")
        failed = run(["index", str(folder), "--data", str(data)])
        if failed:
            return failed
        settings = replace(Settings.from_environment(), data=data)
        with closing(build(settings)) as assistant:
            for asked in ("en", "own"):
                sys.stdout.write(f"{_line(assistant, told['questions'], asked)}\n")
    return 0


def _line(assistant: Assistant, questions: list[dict[str, Any]], asked: str) -> str:
    ranks = [_rank(assistant, question[asked], f"{question['article']}.txt") for question in questions]
    missed = ", ".join(question["article"] for question, rank in zip(questions, ranks, strict=True) if not rank)
    language = "English" if asked == "en" else "the article's language"
    first, found = sum(rank == 1 for rank in ranks), sum(rank > 0 for rank in ranks)
    return (
        f"{assistant.embedder.name}, questions in {language}: hit@1 {first} of {len(ranks)}, "
        f"hit@{_DEPTH} {found} of {len(ranks)}; not found: {missed or 'none'}"
    )


def _rank(assistant: Assistant, question: str, source: str) -> int:
    """Returns the rank of the article among those found, from 1; 0 if it is not among the first."""
    sources = list(dict.fromkeys(hit.passage.source for hit in assistant.search(question)))[:_DEPTH]
    return sources.index(source) + 1 if source in sources else 0


if __name__ == "__main__":
    sys.exit(main())
