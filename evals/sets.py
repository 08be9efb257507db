"""Helpers for measurements on sets of articles: reads and writes JSON lines, indexes folders, computes shares."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rag import Settings, build
from rag.core.errors import EmptyLibrary, OnrecordError

FILE = "articles.jsonl"


class SetError(OnrecordError):
    """The folder does not hold the set; the message names the file."""


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Reads the objects of a JSON-lines file. SetError names a file that cannot be read."""
    try:
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())
    except (OSError, ValueError) as error:
        raise SetError(f"{path} cannot be read ({error}); give the folder of the set with `--set`.") from error


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Writes objects as a JSON-lines file, and its folder if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")


def article_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Turns a row of a set's `corpus.jsonl` into an article as a library reads it."""
    published = str(row["publish_date"] or "").replace("/", "-") or None
    return {key: row[key] for key in ("title", "text", "url")} | {"outlet": row["source"], "published": published}


def index(articles: Iterable[Mapping[str, Any]], data: Path, *options: str) -> None:
    """Makes a library of articles with the real command; its files stand in `DATA/articles`."""
    write_lines(data / "articles" / FILE, articles)
    index_folder(data / "articles", data, *options)


def index_folder(folder: Path, data: Path, *options: str) -> None:
    """Runs `onrecord index` on a folder; its report goes to stderr."""
    command = [sys.executable, "-m", "rag.app.cli", "index", str(folder), "--data", str(data), *options]
    subprocess.run(command, check=True, stdout=2)  # noqa: S603 - our own command; 2 is stderr


def is_indexed(data: Path) -> bool:
    """Returns whether the library of `data`, wherever ONRECORD_LIBRARY keeps it, holds anything."""
    try:
        build(Settings.from_environment(data=data), writer="offline").close()
    except EmptyLibrary:
        return False
    return True


def share(held: Iterable[bool]) -> float:
    """Returns the share that holds; 0 for none."""
    every = list(held)
    return sum(every) / max(1, len(every))
