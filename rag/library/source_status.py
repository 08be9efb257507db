"""Tells how each article and file stands: indexed, failed, changed or gone."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from rag.core import Article
from rag.library.folder import is_upload

Change = Literal["gone", "changed"]

_MOST: Final = 20_000_000
"""Bytes of a file that is read for this; a larger one is only looked for."""
_NAMED: Final = 3
_SAID: Final[Mapping[Change, tuple[str, str]]] = {
    "gone": ("is gone", "are gone"),
    "changed": ("has changed", "have changed"),
}


def changes_of_files(articles: Iterable[Article], folder: str | None, data: Path) -> dict[str, Change]:
    """The articles whose file is gone, or holds something else than was indexed, by source.

    `folder` is the library's, `data` the library itself, where uploads lie. What cannot be told is not named.
    """
    found = {article.source: _change(article, folder, data) for article in articles}
    return {source: change for source, change in found.items() if change}


def notes_on_files(changes: Mapping[str, Change]) -> tuple[str, ...]:
    """A sentence for the reader on the files that are gone, and one on those that changed."""
    every = {change: [source for source, found in changes.items() if found == change] for change in _SAID}
    return tuple(_note(sources, *_SAID[change]) for change, sources in every.items() if sources)


def _change(article: Article, folder: str | None, data: Path) -> Change | None:
    file, line = _file_and_line(article.source)
    if folder is None and not is_upload(file):
        return None
    path = (data if is_upload(file) else Path(folder or "")) / file
    try:
        if path.stat().st_size > _MOST:
            return None
        return None if article.digest == _digest(path, line) else "changed"
    except (FileNotFoundError, NotADirectoryError):
        return "gone"
    except OSError:
        return None


def _file_and_line(source: str) -> tuple[str, int | None]:
    """A file, and which of its lines an article of a JSON-lines file is."""
    file, _, line = source.rpartition("#")
    return (file, int(line)) if file.lower().endswith(".jsonl") and line.isdecimal() else (source, None)


def _digest(path: Path, line: int | None) -> str:
    """The sha256 of the file, or of one of its lines."""
    with path.open("rb") as file:
        content = file.read() if line is None else next(islice(file, line - 1, None), b"").rstrip(b"\r\n")
    return hashlib.sha256(content).hexdigest()


def _note(sources: Collection[str], one: str, several: str) -> str:
    named, beyond = list(sources)[:_NAMED], len(sources) - _NAMED
    files = ", ".join(named) + (f" and {beyond:,} more" if beyond > 0 else "")
    does = one if len(sources) == 1 else several
    return f"{files} {does} since indexing, and what is shown was read before; run `onrecord index`."
