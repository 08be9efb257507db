"""Measures a library in PostgreSQL beside one in SQLite: `python -m evals.databases --set FOLDER --library ADDRESS`.

The same articles are read once, then kept in each database by one process, an article a transaction. The database at
`postgresql://…` must be empty; what a commit costs there is decided by its server.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.core.errors import OnrecordError
from rag.core.settings import Settings
from rag.ingestion.readers import read_text
from rag.ingestion.segmentation import passage_text, split_into_passages
from rag.library.article_parts import article_parts
from rag.library.store import Record, Store
from rag.vectors.embedders import make_embedder


@dataclass(frozen=True)
class Kept:
    """What keeping the articles took: the seconds of each, those of settling who is who, and bytes on disk."""

    seconds: tuple[float, ...]
    settling: float
    size: int

    @property
    def whole(self) -> float:
        """All seconds."""
        return sum(self.seconds) + self.settling


def main(words: Sequence[str] | None = None) -> int:
    """Keeps the articles in both databases and prints rates, sizes and ratios."""
    parser = argparse.ArgumentParser(prog="python -m evals.databases", description=__doc__)
    parser.add_argument("--set", dest="folder", type=Path, required=True, help="a folder of articles (.txt)")
    parser.add_argument("--library", required=True, help="`postgresql://USER@HOST/DATABASE`, an empty database")
    parser.add_argument("--limit", type=int, default=300, help="how many articles (default: 300)")
    options = parser.parse_args(words)
    settings = Settings.from_environment()
    begun = time.perf_counter()
    records = list(_records(sorted(options.folder.rglob("*.txt"))[: options.limit], settings))
    reading = time.perf_counter() - begun
    kept = {}
    try:
        with tempfile.TemporaryDirectory(prefix="databases-") as scratch:
            for name, address in (("SQLite", None), ("PostgreSQL", options.library)):
                kept[name] = _kept(Path(scratch) / name, address, settings, records)
                sys.stdout.write(f"{_told(name, kept[name], len(records))}\n")
    except (OnrecordError, ValueError) as error:
        parser.error(str(error))
    ours, theirs = kept["SQLite"].whole, kept["PostgreSQL"].whole
    sys.stdout.write(
        f"PostgreSQL takes {theirs / ours:.2f} times as long to keep {len(records)} articles, "
        f"{(reading + theirs) / (reading + ours):.2f} times with their reading; load {os.getloadavg()[0]:.1f}\n"
    )
    return 0


def _records(paths: Sequence[Path], settings: Settings) -> Iterator[Record]:
    embedder = make_embedder(settings)
    for path in paths:
        parts = article_parts(next(read_text(path, path.name)), None)
        cut = split_into_passages(parts.article, parts.sentences, embedder.count_tokens, settings.passage_tokens)
        texts = [passage_text(parts.article.title, passage.text) for passage in cut]
        vectors = np.array(embedder.embed_documents(texts), np.float32).reshape(len(texts), -1)
        said = parts.attributed
        yield Record(parts.article, cut, vectors, said.statements, parts.abbreviations, said.people)


def _kept(data: Path, address: str | None, settings: Settings, records: Sequence[Record]) -> Kept:
    """Keeps the articles in a new library. Raises ValueError if there is one at the address."""
    embedder, seconds = make_embedder(settings), []
    with closing(Store.create(data, address)) as store:
        with store.reading() as view:
            if view.passage_count():
                raise ValueError("--library names a database that holds a library; name an empty one.")
        with store.writing() as changes:
            changes.set_embedder(embedder.name, embedder.dimension)
            for record in records:
                begun = time.perf_counter()
                changes.put(record)
                seconds.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            changes.settle_people()
            settling = time.perf_counter() - begun
        return Kept(tuple(seconds), settling, store.database.size())


def _told(name: str, kept: Kept, articles: int) -> str:
    cuts = [1000 * cut for cut in statistics.quantiles(kept.seconds, n=20)]
    return (
        f"{name:10} {articles / kept.whole:5.0f} articles/s kept, half within {cuts[9]:.1f} ms, 95 % {cuts[18]:.1f}; "
        f"who is who {kept.settling:.2f} s; {kept.size / articles / 1000:.1f} kB an article"
    )


if __name__ == "__main__":
    sys.exit(main())
