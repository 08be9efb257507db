"""Draws a sample of resolved speakers, to be read against their articles by somebody who did not write the code.

    python -m evals.resolved_speakers --set FOLDER --set FOLDER --draw 200 --seed 11 --sheet artifacts/sheet.jsonl

Articles are drawn from each folder (lines of its `corpus.jsonl`, else its files) and indexed into a library of their
own. A speaker is resolved where the recorded name differs from the words of the article ("he", "the minister",
"Browne"). A line of the sheet holds the article as it was read, with the words of the statement marked »thus«, and who
is recorded.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from rag import Article, Settings, Statement, StatementSearch, Wanted, build
from rag.app.cli import main as onrecord


def sample(corpora: Iterable[Path], each: int, seed: int, folder: Path) -> None:
    """Draws articles of each set into a folder to be indexed: lines of its `corpus.jsonl`, else its files."""
    folder.mkdir()
    for corpus in corpora:
        chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
        if (corpus / "corpus.jsonl").is_file():
            lines = (corpus / "corpus.jsonl").read_text("utf-8").splitlines()
            drawn = chance.sample(lines, min(each, len(lines)))
            (folder / f"{corpus.name}.jsonl").write_text("".join(f"{line}\n" for line in drawn), "utf-8")
            continue
        files = sorted(path for path in corpus.iterdir() if path.is_file())
        (folder / corpus.name).mkdir()
        for path in chance.sample(files, min(each, len(files))):
            shutil.copyfile(path, folder / corpus.name / path.name)


def resolved(data: Path) -> Iterator[tuple[Article, Statement]]:
    """Finds every statement whose recorded speaker differs from the words of the article."""
    with contextlib.closing(build(Settings.from_environment({}, data=data))) as assistant:
        desk = StatementSearch(assistant.store)
        statements = desk.recorded(Wanted()).statements
        found = [
            statement
            for statement in statements
            if statement.speaker and statement.speaker != statement.speaker_as_written
        ]
        articles = desk.articles({statement.source for statement in found})
        yield from ((articles[statement.source], statement) for statement in found)


def row(number: int, article: Article, statement: Statement) -> dict[str, object]:
    """Makes a line of the sheet."""
    return {
        "number": number,
        "source": article.source,
        "title": article.title,
        "speaker": statement.speaker,
        "as_written": statement.speaker_as_written,
        "via": statement.via,
        "kind": statement.kind,
        "standing": statement.standing,
        "confidence": statement.confidence,
        "article": _marked(article, statement),
    }


def _marked(article: Article, statement: Statement) -> str:
    text = article.text
    for span in sorted(statement.content, reverse=True):
        text = f"{text[: span.start]}»{text[span.start : span.end]}«{text[span.end :]}"
    return text


def main() -> int:
    """Writes the sheet and says how many resolved speakers it was drawn from."""
    parser = argparse.ArgumentParser(prog="python -m evals.resolved_speakers", description=__doc__.splitlines()[0])
    parser.add_argument("--set", type=Path, required=True, action="append", metavar="FOLDER", dest="corpora")
    parser.add_argument("--articles", type=int, default=300, metavar="N", help="of each folder (default: 300)")
    parser.add_argument("--draw", type=int, default=200, metavar="N", help="statements to read (default: 200)")
    parser.add_argument("--seed", type=int, default=11, metavar="N", help="which lot (default: 11)")
    parser.add_argument("--sheet", type=Path, required=True, metavar="FILE", help="the JSON lines to write")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, data = Path(scratch) / "articles", Path(scratch) / "library"
        sample(options.corpora, options.articles, options.seed, folder)
        with contextlib.redirect_stdout(io.StringIO()):
            onrecord(["index", str(folder), "--data", str(data)])
        found = list(resolved(data))
    drawn = random.Random(options.seed).sample(found, min(options.draw, len(found)))  # noqa: S311 - likewise
    rows = [json.dumps(row(number, *pair), ensure_ascii=False) for number, pair in enumerate(drawn, 1)]
    options.sheet.write_text("".join(f"{line}\n" for line in rows), "utf-8")
    sys.stdout.write(f"{len(drawn)} of {len(found)} resolved speakers\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
