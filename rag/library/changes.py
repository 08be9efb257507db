"""What may be changed in the library, each change whole or not at all; does not read files and asks no model."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from rag.errors import LibraryError
from rag.library import by_hand
from rag.library.corrected import correction_of, drop, keep
from rag.library.record import Record, forget, insert, insert_vectors
from rag.library.rows import Vectors
from rag.library.settling import settle
from rag.library.vectors import EmbedderState
from rag.types import Correction

_TRACES = (
    "DELETE FROM correction WHERE digest NOT IN (SELECT digest FROM article)",
    "DELETE FROM by_hand_mention WHERE digest NOT IN (SELECT digest FROM article)",
    "DELETE FROM by_hand WHERE id NOT IN (SELECT by_hand FROM by_hand_mention)",
)
"""What deletes traces of articles that are gone. A table that keeps words of articles adds its own here."""


class Changes:
    """The writers' side of the library. Good inside `with store.writing()` only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        # The articles met while files of many are read; one may begin before another is finished, for reading runs
        # ahead of keeping. SQLite keeps it out of memory and out of the library.
        connection.execute("CREATE TEMP TABLE met (source TEXT PRIMARY KEY, file TEXT NOT NULL) WITHOUT ROWID")

    def put(self, record: Record, *, file: str | None = None, recipe: str = "") -> bool:
        """Keeps the article in place of all that was known of its source, in one transaction; whether anything was.

        An article that is a whole file needs no `file`, and the file then counts as read. Of a file of many articles,
        put each between `begin(file)` and `finish(file, …)`. `recipe` names the rules by which it was read.
        """
        article = record.article
        with self._transaction():
            if file is None:
                self._set_file(article.source, article.digest, recipe)
            replaced = forget(self._connection, article.source)
            insert(self._connection, record, file=file or article.source, recipe=recipe)
            if file is not None:
                self._connection.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", (article.source, file))
        return replaced

    def begin(self, file: str) -> None:
        """Starts to read a file of many articles; until `finish` it counts as unread."""
        self._connection.execute("DELETE FROM met WHERE file = ?", (file,))
        self._set_file(file, None, "")

    def keep(self, source: str, digest: str, recipe: str) -> bool:
        """Leaves the article as it is if it was read from the same bytes by the same rules, and says whether it was."""
        same = self._connection.execute(
            "INSERT OR REPLACE INTO met "
            "SELECT source, file FROM article WHERE source = ? AND digest = ? AND recipe = ?",
            (source, digest, recipe),
        )
        return same.rowcount > 0

    def finish(self, file: str, digest: str | None, recipe: str) -> int:
        """Ends what `begin` started; articles that were not met in the file again go. Returns how many went.

        Without a `digest` the file still counts as unread, because parts of it could not be.
        """
        gone = self._connection.execute(
            "SELECT source FROM article WHERE file = ? AND source NOT IN (SELECT source FROM met)", (file,)
        ).fetchall()
        self._forget_each(gone)
        self._set_file(file, digest, recipe)
        return len(gone)

    def remove(self, source: str, *, forgives: bool = True) -> int:
        """Removes an article, or a file with all its articles, one transaction each. Returns how many articles went.

        That the file failed is forgotten too, unless it is only what it held that goes.
        """
        articles = self._connection.execute(
            "SELECT source FROM article WHERE file = ?1 OR source = ?1", (source,)
        ).fetchall()
        self._forget_each(articles)
        self._connection.execute("DELETE FROM file WHERE source = ?", (source,))
        if forgives:
            self.forgive(source)
        return len(articles)

    def fail(self, source: str, digest: str, recipe: str, reason: str) -> None:
        """Remembers that a file with these bytes gives no article by these rules, and why."""
        self._connection.execute(
            "INSERT OR REPLACE INTO failure (source, digest, recipe, reason) VALUES (?, ?, ?, ?)",
            (source, digest, recipe, reason),
        )

    def forgive(self, source: str) -> None:
        """Forgets that a file failed."""
        self._connection.execute("DELETE FROM failure WHERE source = ?", (source,))

    def set_folder(self, folder: Path | None) -> None:
        """Remembers the folder that the library belongs to."""
        self._connection.execute("UPDATE library SET folder = ?", (str(folder.resolve()) if folder else None,))

    def set_embedder(self, name: str, dimension: int) -> None:
        """Makes an embedder's vectors the ones that count, and drops all others.

        Raises LibraryError unless it has one for every passage, so that vectors of two models never meet.
        """
        with self._transaction():
            number = self._embedder(name, dimension).number
            missing = self._connection.execute(
                "SELECT count(*) FROM passage WHERE id NOT IN (SELECT passage FROM vector WHERE embedder = ?)",
                (number,),
            ).fetchone()[0]
            if missing:
                raise LibraryError(f"{missing} passages have no vector by {name} yet; run `onrecord index`.")
            self._connection.execute("UPDATE library SET embedder = ?", (number,))
            self._connection.execute("DELETE FROM vector WHERE embedder <> ?", (number,))
            self._connection.execute("DELETE FROM embedder WHERE id <> ?", (number,))

    def passages_without(
        self, name: str, dimension: int, limit: int, *, after: int = 0
    ) -> list[tuple[int, str | None, str]]:
        """The first `limit` passages above id `after` that this embedder has no vector of, as id, title and text."""
        rows = self._connection.execute(
            'SELECT p.id, p.start, p."end", a.title, a.text FROM passage AS p JOIN article AS a ON a.id = p.article '
            "WHERE p.id > ? AND NOT EXISTS (SELECT 1 FROM vector AS v JOIN embedder AS e ON e.id = v.embedder "
            "WHERE v.passage = p.id AND e.name = ? AND e.dimension = ?) ORDER BY p.id LIMIT ?",
            (after, name, dimension, limit),
        )
        return [(row["id"], row["title"], row["text"][row["start"] : row["end"]]) for row in rows]

    def add_vectors(self, name: str, dimension: int, passages: Sequence[int], vectors: Vectors) -> None:
        """Keeps vectors by an embedder that does not count yet, beside those of the one that does."""
        with self._transaction():
            insert_vectors(self._connection, self._embedder(name, dimension), passages, vectors)

    def settle_people(self) -> None:
        """Finds out anew who is who, where mentions came or went."""
        with self._transaction():
            settle(self._connection)

    def join_people(self, people: Collection[str]) -> None:
        """Makes people on record one person."""
        with self._transaction():
            by_hand.join(self._connection, people)
            settle(self._connection)

    def split_person(self, person: str, sources: Collection[str]) -> tuple[int, int]:
        """Makes a person another one in some articles; how many mentions went and how many stayed, nothing if none."""
        with self._transaction():
            counts = by_hand.split(self._connection, person, sources)
            settle(self._connection)
        return counts

    def undo_identity(self, person: str) -> bool:
        """Takes back what was joined or split of a person; whether anything was."""
        with self._transaction():
            undone = by_hand.undo(self._connection, person)
            settle(self._connection)
        return undone

    def correct(self, statement: str, speaker: str | None) -> Correction | None:
        """Keeps that a statement has this speaker, or none that is known; None if there is no such statement."""
        with self._transaction():
            correction = correction_of(self._connection, statement, speaker)
            if correction:
                keep(self._connection, [correction])
        return correction

    def undo_correction(self, statement: str) -> bool:
        """Gives a statement back the speaker that the attribution found; whether it had another."""
        with self._transaction():
            return drop(self._connection, statement)

    def keep_corrections(self, corrections: Iterable[Correction]) -> None:
        """Takes over corrections, whether they apply to anything here or not."""
        with self._transaction():
            keep(self._connection, corrections)

    def forget_traces(self) -> int:
        """Deletes what still tells of articles that are gone. Returns how many corrections went."""
        with self._transaction():
            settle(self._connection)
            gone = [self._connection.execute(command).rowcount for command in _TRACES]
        return gone[0]

    def compact(self) -> bool:
        """Writes the file anew without what was deleted; False if another process still reads its old pages."""
        for table in ("passage_words", "statement_words"):
            self._connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608 - constants
        self._connection.execute("DELETE FROM follower WHERE name IN ('chroma', 'chroma (half built)')")
        self._connection.execute("VACUUM")
        self._connection.execute("PRAGMA busy_timeout = 2000")
        return not self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, whatever interrupts it, Ctrl-C included."""
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            yield

    def _forget_each(self, rows: Iterable[sqlite3.Row]) -> None:
        for row in rows:
            with self._transaction():
                forget(self._connection, row["source"])

    def _set_file(self, source: str, digest: str | None, recipe: str) -> None:
        self._connection.execute(
            "INSERT INTO file (source, digest, recipe) VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE "
            "SET digest = excluded.digest, recipe = excluded.recipe",
            (source, digest, recipe),
        )
        self.forgive(source)

    def _embedder(self, name: str, dimension: int) -> EmbedderState:
        self._connection.execute("INSERT OR IGNORE INTO embedder (name, dimension) VALUES (?, ?)", (name, dimension))
        row = self._connection.execute(
            "SELECT id FROM embedder WHERE name = ? AND dimension = ?", (name, dimension)
        ).fetchone()
        return EmbedderState(row["id"], name, dimension)
