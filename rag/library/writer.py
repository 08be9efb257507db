"""Changes the library; each change is atomic."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from rag.attribution.full_names import Abbreviation
from rag.core import Article, ArticlePerson, Correction, Passage, Statement
from rag.core.errors import LibraryError
from rag.library.database import Connection, Row, insert, insert_all, insert_each, upsert
from rag.library.people import add_mentions, keep_speakers_only, mark_unsettled, settle_people, unsettle
from rag.library.queries import LITTLE_ENDIAN, Vectors, VectorView
from rag.library.schema import (
    EmbedderState,
    article_columns,
    body_digest,
    listed,
    spans_as_json,
    spans_of,
    statement_columns,
)
from rag.library.stories import place_in_story

_SAME: Final = 0.5
"""Minimum overlap of two contents (intersection over union) that counts as the same words."""


_OF_STATEMENT = """SELECT s.content, s.cue, a.source, a.digest, a.text FROM statement AS s
    JOIN article AS a ON a.id = s.article WHERE s.name = ? ORDER BY s.id LIMIT 1"""


def keep(connection: Connection, corrections: Iterable[Correction]) -> None:
    """Stores corrections, each replacing an earlier one of the same words, and applies them."""
    rows = [asdict(correction) for correction in corrections]
    for row in rows:
        del row["statement"]  # it is known by its words, whatever the statement is called now
    upsert(connection, "correction", ("digest", "start", "end", "cue"), rows)
    for digest in {row["digest"] for row in rows}:
        put_right(connection, digest)


def put_right(connection: Connection, digest: str) -> None:
    """Applies only the corrections of the articles with this digest to their statements."""
    corrections = connection.execute("SELECT * FROM correction WHERE digest = ?", (digest,)).fetchall()
    articles = connection.execute("SELECT id, text FROM article WHERE digest = ?", (digest,)).fetchall()
    for article in articles:
        connection.execute(
            "UPDATE statement SET speaker = attributed, correction = NULL "
            "WHERE article = ? AND (coalesce(speaker, '') <> coalesce(attributed, '') OR correction IS NOT NULL)",
            (article["id"],),
        )
        for correction in corrections:
            if _digest(article["text"][correction["start"] : correction["end"]]) == correction["words"]:
                _apply(connection, article["id"], correction)
        keep_speakers_only(connection, article["id"])


def _apply(connection: Connection, article: int, correction: Row) -> None:
    """Applies a correction to the statement with the most similar words, preferring one with the same cue."""
    rows = connection.execute("SELECT id, content, cue FROM statement WHERE article = ?", (article,)).fetchall()
    fitting = [(_common(row, correction), row["cue"] == correction["cue"], -row["id"]) for row in rows]
    share, _, found = max(fitting, default=(0.0, False, 0))
    if share >= _SAME:
        connection.execute(
            "UPDATE statement SET speaker = ?, correction = ? WHERE id = ?",
            (correction["speaker"], correction["id"], -found),
        )


def _common(statement: Row, correction: Row) -> float:
    """Returns the overlap of the two: intersection over union."""
    start, end = _hull(statement["content"])
    common: int = min(end, correction["end"]) - max(start, correction["start"])
    whole: int = max(end, correction["end"]) - min(start, correction["start"])
    return max(0, common) / whole


def _hull(content: str) -> tuple[int, int]:
    """Returns the range from the start of the first slice to the end of the last."""
    spans = spans_of(content)
    return spans[0].start, spans[-1].end


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class Record:
    """All that the library keeps of one article. `vectors` has shape (len(passages), dimension)."""

    article: Article
    passages: tuple[Passage, ...]
    vectors: Vectors
    statements: tuple[Statement, ...]
    abbreviations: tuple[Abbreviation, ...] = ()
    people: tuple[ArticlePerson, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError for anything that is not cut from the article's text."""
        source = self.article.source
        for passage in self.passages:
            if passage != self.article.passage(passage.sentences):
                raise ValueError(f"The passage at {passage.start}:{passage.end} is not a slice of {source}.")
        for statement in self.statements:
            if statement.source != source:
                raise ValueError(f"Statement {statement.id} stands in {statement.source}, not in {source}.")
            for span in (statement.span, *statement.content):
                self.article.cut(span)
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.passages):  # noqa: PLR2004 - a matrix has two
            raise ValueError(f"{len(self.passages)} passages of {source} came with vectors {self.vectors.shape}.")


def forget(connection: Connection, source: str) -> bool:
    """Deletes an article with everything that refers to it; returns whether it existed."""
    article = connection.execute("SELECT id, title, text FROM article WHERE source = ?", (source,)).fetchone()
    if article is None:
        return False
    connection.words.remove(article["id"], article["title"] or "", article["text"])
    unsettle(connection, article["id"])
    connection.execute("DELETE FROM article WHERE id = ?", (article["id"],))
    return True


def insert_article(connection: Connection, record: Record, *, file: str, recipe: str) -> None:
    """Inserts an article that does not exist yet; the row of its `file` does."""
    article = record.article
    row = insert(connection, "article", article_columns(article) | {"file": file, "recipe": recipe})
    place_in_story(connection, row, article, body_digest(article))
    passages = insert_each(
        connection,
        "passage",
        [
            {"article": row, "start": one.start, "end": one.end, "sentences": spans_as_json(one.sentences)}
            for one in record.passages
        ],
    )
    texts = (passage.text for passage in record.passages)
    connection.words.add_passages(
        [(number, article.title or "", text) for number, text in zip(passages, texts, strict=True)]
    )
    connection.words.add_margin(row)
    if passages:
        insert_vectors(connection, _current_embedder(connection), passages, record.vectors)
    said = insert_each(
        connection, "statement", [{"article": row} | statement_columns(one) for one in record.statements]
    )
    spans = (article.cut(statement.span) for statement in record.statements)
    connection.words.add_statements([*zip(said, spans, strict=True)])
    forms = [{"article": row, "long": form.long, "short": form.short} for form in record.abbreviations]
    insert_all(connection, "abbreviation", forms)
    add_mentions(connection, row, record.people)
    if connection.first("SELECT 1 FROM correction WHERE digest = ? LIMIT 1", (article.digest,)):
        put_right(connection, article.digest)
    unsettle(connection, row)


def insert_vectors(connection: Connection, embedder: EmbedderState, passages: Sequence[int], vectors: Vectors) -> None:
    """Keeps a vector by `embedder` for each of the passages; LibraryError if they are not vectors of its kind."""
    if vectors.shape != (len(passages), embedder.dimension):
        raise LibraryError(
            f"The library's vectors have {embedder.dimension} dimensions and these have shape {vectors.shape}; "
            "run `onrecord index` with one embedder."
        )
    if not (np.isfinite(vectors).all() and vectors.any(axis=1).all()):
        raise LibraryError(f"{embedder.name} gave a vector that has no direction; check the model or its server.")
    rows = [
        {"passage": passage, "embedder": embedder.number, "coordinates": vector.tobytes()}
        for passage, vector in zip(passages, vectors.astype(LITTLE_ENDIAN), strict=True)
    ]
    upsert(connection, "vector", ("passage", "embedder"), rows)


def _current_embedder(connection: Connection) -> EmbedderState:
    embedder = VectorView(connection).embedder
    if embedder is None:
        raise LibraryError("The library does not know its embedder yet; call `set_embedder` before the first `put`.")
    return embedder


_MEMBERS = """SELECT a.digest, a.source, m.name, m.block FROM person AS p JOIN mention AS m ON m.person = p.id
    JOIN article AS a ON a.id = m.article WHERE p.name IN (SELECT value FROM json_each(?)) ORDER BY a.source, m.name"""

_TOUCHED = """SELECT DISTINCT b.by_hand FROM by_hand_mention AS b JOIN article AS a ON a.digest = b.digest
    JOIN mention AS m ON m.article = a.id AND m.name = b.name JOIN person AS p ON p.id = m.person
    WHERE p.name IN (SELECT value FROM json_each(?))"""


def _keep(connection: Connection, group: int, members: Collection[Row]) -> None:
    rows = [{name: row[name] for name in ("digest", "name", "source")} | {"by_hand": group} for row in members]
    upsert(connection, "by_hand_mention", ("digest", "name"), rows)
    connection.execute("DELETE FROM by_hand WHERE id NOT IN (SELECT by_hand FROM by_hand_mention)")
    mark_unsettled(connection, _blocks(members))


def _blocks(members: Iterable[Row]) -> set[str]:
    return {row["block"] for row in members}


_TRACES = (
    "DELETE FROM correction WHERE digest NOT IN (SELECT digest FROM article)",
    "DELETE FROM by_hand_mention WHERE digest NOT IN (SELECT digest FROM article)",
    "DELETE FROM by_hand WHERE id NOT IN (SELECT by_hand FROM by_hand_mention)",
)
"""Statements that delete traces of removed articles. A table that keeps words of articles adds its own here."""


class Changes:
    """The write access to the library, valid only inside `with store.writing()`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # The articles met while files of many are read; one may begin before another is finished, for reading runs
        # ahead of keeping. The database keeps it out of memory and out of the library.
        connection.execute("CREATE TEMP TABLE met (source TEXT PRIMARY KEY, file TEXT NOT NULL)")

    def put(self, record: Record, *, file: str | None = None, recipe: str = "") -> bool:
        """Stores the article, replacing all that was known of its source; returns whether anything was replaced.

        An article that is a whole file needs no `file`, and the file then counts as read. Put each article of a file of
        many between `begin(file)` and `finish(file, …)`. `recipe` names the rules it was read by. One transaction.
        """
        article = record.article
        with self._connection.transaction():
            if file is None:
                self._set_file(article.source, article.digest, recipe)
            replaced = forget(self._connection, article.source)
            insert_article(self._connection, record, file=file or article.source, recipe=recipe)
            if file is not None:
                self._connection.execute("INSERT INTO met VALUES (?, ?) ON CONFLICT DO NOTHING", (article.source, file))
        return replaced

    def begin(self, file: str) -> None:
        """Starts to read a file of many articles; until `finish` it counts as unread."""
        self._connection.execute("DELETE FROM met WHERE file = ?", (file,))
        self._set_file(file, None, "")

    def keep(self, source: str, digest: str, recipe: str) -> bool:
        """Leaves the article as it is if its bytes and rules are the same, and says whether they are."""
        same = self._connection.execute(
            "INSERT INTO met SELECT source, file FROM article WHERE source = ? AND digest = ? AND recipe = ? "
            "ON CONFLICT (source) DO UPDATE SET file = excluded.file",
            (source, digest, recipe),
        )
        return same.rowcount > 0

    def finish(self, file: str, digest: str | None, recipe: str) -> int:
        """Ends what `begin` started; deletes articles that the file no longer holds and returns their number.

        Without a `digest` the file still counts as unread, because parts of it could not be.
        """
        gone = self._connection.execute(
            "SELECT source FROM article WHERE file = ? AND source NOT IN (SELECT source FROM met)", (file,)
        ).fetchall()
        self._forget_each(gone)
        self._set_file(file, digest, recipe)
        return len(gone)

    def remove(self, source: str, *, forgives: bool = True) -> int:
        """Removes an article, or a file with all its articles, one transaction each. Returns their number.

        The file's failure is forgotten too, unless only its articles are removed.
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
        failure = {"source": source, "digest": digest, "recipe": recipe, "reason": reason}
        upsert(self._connection, "failure", ["source"], [failure])

    def forgive(self, source: str) -> None:
        """Forgets that a file failed."""
        self._connection.execute("DELETE FROM failure WHERE source = ?", (source,))

    def set_folder(self, folder: Path | str | None) -> None:
        """Remembers the folder that the library belongs to, by its path or its address."""
        named = folder.resolve() if isinstance(folder, Path) else folder
        self._connection.execute("UPDATE library SET folder = ?", (str(named) if named else None,))

    def set_rules(self, version: str) -> None:
        """Remembers the version of the rules that the files were read by."""
        self._connection.execute("UPDATE library SET rules = ?", (version,))

    def set_embedder(self, name: str, dimension: int) -> None:
        """Puts an embedder's vectors in use and drops all others.

        Raises LibraryError unless it has one for every passage, so that vectors of two models never meet.
        """
        with self._connection.transaction():
            embedder = self._embedder(name, dimension).number
            query = "SELECT count(*) FROM passage WHERE id NOT IN (SELECT passage FROM vector WHERE embedder = ?)"
            missing = self._connection.number(query, embedder)
            if missing:
                raise LibraryError(f"{missing} passages have no vector by {name} yet; run `onrecord index`.")
            self._connection.execute("UPDATE library SET embedder = ?", (embedder,))
            self._connection.execute("DELETE FROM vector WHERE embedder <> ?", (embedder,))
            self._connection.execute("DELETE FROM embedder WHERE id <> ?", (embedder,))

    def passages_without(
        self, name: str, dimension: int, limit: int, *, after: int = 0
    ) -> list[tuple[int, str | None, str]]:
        """Returns the first `limit` passages above id `after` without a vector by this embedder: id, title, text."""
        rows = self._connection.execute(
            'SELECT p.id, p.start, p."end", a.title, a.text FROM passage AS p JOIN article AS a ON a.id = p.article '
            "WHERE p.id > ? AND NOT EXISTS (SELECT 1 FROM vector AS v JOIN embedder AS e ON e.id = v.embedder "
            "WHERE v.passage = p.id AND e.name = ? AND e.dimension = ?) ORDER BY p.id LIMIT ?",
            (after, name, dimension, limit),
        )
        return [(row["id"], row["title"], row["text"][row["start"] : row["end"]]) for row in rows]

    def add_vectors(self, name: str, dimension: int, passages: Sequence[int], vectors: Vectors) -> None:
        """Stores vectors by an embedder that is not in use yet, beside those of the current one."""
        with self._connection.transaction():
            insert_vectors(self._connection, self._embedder(name, dimension), passages, vectors)

    def settle_people(self) -> None:
        """Settles again who is who, where mentions were added or removed."""
        with self._connection.transaction():
            settle_people(self._connection)

    def join_people(self, people: Collection[str]) -> None:
        """Joins people on record into one person, with all that was joined to them before."""
        joined = listed(sorted(people))
        with self._connection.transaction():
            members = self._connection.execute(_MEMBERS, (joined,)).fetchall()
            touched = [row["by_hand"] for row in self._connection.execute(_TOUCHED, (joined,))]
            group = insert(self._connection, "by_hand", {"is_apart": False})
            self._connection.execute(
                "UPDATE by_hand_mention SET by_hand = ? "
                "WHERE by_hand IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
                (group, listed(touched)),
            )
            _keep(self._connection, group, members)
            settle_people(self._connection)

    def split_person(self, person: str, sources: Collection[str]) -> tuple[int, int]:
        """Makes the mentions of a person in some articles another person, whom nobody else joins by name.

        Returns how many mentions moved and how many stayed; if either is 0, nothing is changed.
        """
        with self._connection.transaction():
            members = self._connection.execute(_MEMBERS, (listed([person]),)).fetchall()
            going = [row for row in members if row["source"] in sources]
            if going and len(going) < len(members):
                _keep(self._connection, insert(self._connection, "by_hand", {"is_apart": True}), going)
                mark_unsettled(self._connection, _blocks(members))
            settle_people(self._connection)
        return len(going), len(members) - len(going)

    def undo_identity(self, person: str) -> bool:
        """Undoes what was joined or split of a person; returns whether anything was."""
        people = listed([person])
        with self._connection.transaction():
            touched = [row["by_hand"] for row in self._connection.execute(_TOUCHED, (people,))]
            mark_unsettled(self._connection, _blocks(self._connection.execute(_MEMBERS, (people,))))
            self._connection.executemany("DELETE FROM by_hand WHERE id = ?", [(group,) for group in touched])
            settle_people(self._connection)
        return bool(touched)

    def correct(self, statement: str, speaker: str | None) -> Correction | None:
        """Stores that a statement has this speaker, or an unknown one; None if there is no such statement."""
        with self._connection.transaction():
            row = self._connection.execute(_OF_STATEMENT, (statement,)).fetchone()
            if row is None:
                return None
            start, end = _hull(row["content"])
            words = _digest(row["text"][start:end])
            correction = Correction(row["source"], row["digest"], start, end, words, row["cue"], speaker, statement)
            keep(self._connection, [correction])
        return correction

    def undo_correction(self, statement: str) -> bool:
        """Restores the speaker that the attribution found; returns whether the statement had another."""
        with self._connection.transaction():
            row = self._connection.execute(
                "SELECT id, digest FROM correction WHERE id = (SELECT correction FROM statement WHERE name = ?)",
                (statement,),
            ).fetchone()
            if row:
                self._connection.execute("DELETE FROM correction WHERE id = ?", (row["id"],))
                put_right(self._connection, row["digest"])
        return row is not None

    def keep_corrections(self, corrections: Iterable[Correction]) -> None:
        """Stores corrections, whether or not they apply to anything here."""
        with self._connection.transaction():
            keep(self._connection, corrections)

    def forget_traces(self) -> int:
        """Deletes traces of removed articles. Returns how many corrections were deleted."""
        with self._connection.transaction():
            settle_people(self._connection)
            gone = [self._connection.execute(command).rowcount for command in _TRACES]
        return gone[0]

    def compact(self) -> bool:
        """Takes what was deleted out of the files; False if another process still reads it."""
        self._connection.execute("DELETE FROM follower WHERE name IN ('chroma', 'chroma (half built)')")
        return self._connection.compact()

    def _forget_each(self, rows: Iterable[Row]) -> None:
        for row in rows:
            with self._connection.transaction():
                forget(self._connection, row["source"])

    def _set_file(self, source: str, digest: str | None, recipe: str) -> None:
        upsert(self._connection, "file", ["source"], [{"source": source, "digest": digest, "recipe": recipe}])
        self.forgive(source)

    def _embedder(self, name: str, dimension: int) -> EmbedderState:
        self._connection.execute(
            "INSERT INTO embedder (name, dimension) VALUES (?, ?) ON CONFLICT DO NOTHING", (name, dimension)
        )
        query = "SELECT id FROM embedder WHERE name = ? AND dimension = ?"
        return EmbedderState(self._connection.number(query, name, dimension), name, dimension)
