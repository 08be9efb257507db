"""Multiplies a library of invented articles: `python -m evals.enlarge --data LIBRARY --to NEW --articles N`.

To read 100,000 articles takes hours on two cores, to keep them minutes. Each round tells every article again of other
people, places and things, by words of the same length, so that passages, statements and mentions stay where they are.
The vectors get some noise instead of being computed. Everything else is what keeping an article always does.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from evals.invented import WORLD, moved
from rag.core import ArticlePerson, Span, Statement
from rag.library.database import Connection, insert_all
from rag.library.people import settle_people
from rag.library.queries import LITTLE_ENDIAN, Vectors
from rag.library.schema import article_of, spans_of, statement_of, stored_words
from rag.library.sqlite import SQLiteFile
from rag.library.store import LIBRARY, Record
from rag.library.writer import insert_article

NOISE = 0.6
"""Length of what is added to a vector of length 1: the cosine between a passage and a copy of it is about 0.86."""
AT_ONCE = 500


def main(words: Sequence[str] | None = None) -> int:
    """Makes the larger library and prints how long it took."""
    parser = argparse.ArgumentParser(prog="python -m evals.enlarge", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="a library of `evals.invented` articles")
    parser.add_argument("--to", type=Path, required=True, help="a new folder")
    parser.add_argument("--articles", type=int, default=100_000, help="how many the new library has (default 100,000)")
    parser.add_argument("--folder", type=Path, help="where all articles are also written as files")
    options = parser.parse_args(words)
    start = time.perf_counter()
    enlarge(options.data, options.to, options.articles, options.folder)
    sys.stdout.write(f"{options.articles} articles in {time.perf_counter() - start:.0f} s\n")
    return 0


def enlarge(data: Path, target: Path, articles: int, folder: Path | None = None) -> None:
    """Copies the library and adds to the copy until it holds so many articles; settles who is who at the end.

    With a `folder` all its articles are files there, unchanged since they were read.
    """
    target.mkdir(parents=True)
    with closing(sqlite3.connect(data / LIBRARY)) as out, closing(sqlite3.connect(target / LIBRARY)) as into:
        out.backup(into)
    with SQLiteFile(target / LIBRARY).writer() as connection:
        connection.execute("DELETE FROM follower")
        kept = [row["id"] for row in connection.execute("SELECT id FROM article ORDER BY source")]
        recipe = connection.execute("SELECT recipe FROM file LIMIT 1").fetchone()["recipe"]
        worlds = -(-len(kept) // WORLD)
        for start in range(len(kept), articles, AT_ONCE):
            with connection.transaction():
                for number in range(start, min(start + AT_ONCE, articles)):
                    others, row = divmod(number, len(kept))
                    record = told_again(connection, kept[row], number, worlds * others)
                    source, digest = record.article.source, record.article.digest
                    insert_all(connection, "file", [{"source": source, "digest": digest, "recipe": recipe}])
                    insert_article(connection, record, file=source, recipe=recipe)
        with connection.transaction():
            settle_people(connection)
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            connection.execute("UPDATE library SET folder = ?", (str(folder.resolve()),))
            for row in connection.execute("SELECT source, text FROM article"):
                (folder / row["source"]).write_text(row["text"], encoding="utf-8")
        connection.settle()


def told_again(connection: Connection, row: int, number: int, away: int) -> Record:
    """Returns an article of the library rewritten with the names of another world, under that number."""
    choice = random.Random(number)  # noqa: S311 - it decides what is written, not who may read it
    old = article_of(connection.execute("SELECT * FROM article WHERE id = ?", (row,)).fetchone())
    source = f"{number:06}.txt"
    here = int(Path(old.source).stem) // WORLD
    other = moved(choice, here + away, before=here)
    text = other(old.text)
    article = replace(
        old,
        source=source,
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        title=other(old.title or "") or None,
        byline=other(old.byline or "") or None,
    )
    spans = connection.execute("SELECT sentences FROM passage WHERE article = ? ORDER BY id", (row,))
    return Record(
        article,
        tuple(article.passage(spans_of(passage["sentences"])) for passage in spans),
        _beside(connection, row, number),
        tuple(_statements(connection, row, source, other)),
        (),
        tuple(_people(connection, row, other)),
    )


def _beside(connection: Connection, row: int, number: int) -> Vectors:
    rows = connection.execute(
        "SELECT v.coordinates FROM passage AS p JOIN vector AS v ON v.passage = p.id WHERE p.article = ? ORDER BY p.id",
        (row,),
    )
    vectors = np.array([np.frombuffer(each["coordinates"], LITTLE_ENDIAN) for each in rows], np.float32)
    noise = np.random.default_rng(number).standard_normal(vectors.shape)
    near = vectors + NOISE * noise / np.sqrt(vectors.shape[1])
    unit: Vectors = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _renamed(identity: str, source: str) -> str:
    return hashlib.sha256(f"{source} {identity}".encode()).hexdigest()[: len(identity)]


def _statements(connection: Connection, row: int, source: str, other: Callable[[str], str]) -> Iterator[Statement]:
    rows = connection.execute(
        "SELECT s.*, NULL AS person_id, NULL AS person_name, ? AS source FROM statement AS s WHERE article = ?",
        (source, row),
    )
    for said in (statement_of(row_of) for row_of in rows):
        yield replace(
            said,
            id=_renamed(said.id, source),
            repeats=_renamed(said.repeats, source) if said.repeats else None,
            speaker_as_written=other(said.speaker_as_written),
            candidates=tuple(map(other, said.candidates)),
            speaker=other(said.speaker) if said.speaker else None,
            via=other(said.via) if said.via else None,
            speaks_for=other(said.speaks_for) if said.speaks_for else None,
        )


def _people(connection: Connection, row: int, other: Callable[[str], str]) -> Iterator[ArticlePerson]:
    for row_of in connection.execute("SELECT * FROM mention WHERE article = ? AND mentions > 0", (row,)):
        titles, roles = (tuple(map(other, stored_words(row_of[name]))) for name in ("titles", "roles"))
        first = Span(row_of["start"], row_of["end"])
        name, is_body = other(row_of["name"]), bool(row_of["is_body"])
        yield ArticlePerson(name, is_body, titles, roles, row_of["gender"], first, row_of["mentions"])


if __name__ == "__main__":
    sys.exit(main())
