"""Reads one state of the library: articles, passages, statements, people, full text, vectors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rag.core import Article, ArticleDetails, ArticleListing, Correction, Kind, Passage, Span, Statement
from rag.core.errors import LibraryError
from rag.library.database import EVERY, Connection
from rag.library.people import PeopleView
from rag.library.schema import (
    CHECKED,
    DamagedRow,
    EmbedderState,
    Follower,
    article_of,
    listed,
    spans_of,
    statement_of,
    vouch,
)
from rag.library.statement_keys import (
    KNOWN_AS,
    PERSON_OF_SPEAKER,
    ROLES,
    SpeakerRole,
    StatementKey,
    keys_said_by,
    most_said_in,
    told_in_words,
)
from rag.library.stories import Survey, marked_copies

_PERSON = ", ".join(f"p.{name} AS person_{name}" for name in (*CHECKED["person"], "checksum"))


@dataclass(frozen=True, slots=True)
class FileState:
    """How a file was last read. `digest` is None if the reading did not finish."""

    digest: str | None
    recipe: str


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that gave no article when it was last read, and why."""

    state: FileState
    reason: str


Vectors = NDArray[np.float32]
"""Shape (n, dimension), one vector a row; kept in the file as little-endian bytes."""

LITTLE_ENDIAN: Final = np.dtype("<f4")

PassageIds = NDArray[np.int64]
"""Shape (n,): passage ids, ascending, in step with the rows of a matrix of vectors."""


class VectorView:
    """A consistent state of the library's vectors, valid only inside `with store.reading()`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def library(self) -> str:
        """The library's own random id."""
        identity: str = self._connection.execute("SELECT id FROM library").fetchone()["id"]
        return identity

    @property
    def embedder(self) -> EmbedderState | None:
        """Returns the embedder whose vectors are in use; None before the first is set."""
        row = self._connection.execute(
            "SELECT e.id, e.name, e.dimension FROM library AS l JOIN embedder AS e ON e.id = l.embedder"
        ).fetchone()
        return EmbedderState(row["id"], row["name"], row["dimension"]) if row else None

    def count(self) -> int:
        """Returns how many vectors by the current embedder there are: one a passage."""
        return self._connection.number("SELECT count(*) FROM vector WHERE embedder = (SELECT embedder FROM library)")

    def of(self, ids: Iterable[int]) -> tuple[PassageIds, Vectors]:
        """Returns the vectors of those of the passages that the library still holds."""
        return self._matrix(
            "SELECT v.passage, v.coordinates FROM json_each(?) AS wanted "
            "JOIN vector AS v ON v.passage = CAST(wanted.value AS BIGINT) "
            "WHERE v.embedder = (SELECT embedder FROM library) ORDER BY v.passage",
            (listed(sorted(set(ids))),),
        )

    def after(self, passage: int, limit: int = EVERY) -> tuple[PassageIds, Vectors]:
        """Returns the vectors of the first `limit` passages with an id above `passage`."""
        return self._matrix(
            "SELECT passage, coordinates FROM vector WHERE passage > ? AND embedder = (SELECT embedder FROM library) "
            "ORDER BY passage LIMIT ?",
            (passage, limit),
        )

    def last_change(self) -> int:
        """Returns the number of the last change to the passages, 0 before the first."""
        return self._connection.number("SELECT coalesce(max(id), 0) FROM change")

    def changes(self, cursor: int, limit: int = EVERY) -> list[tuple[int, int]]:
        """Returns up to `limit` changes after number `cursor`, as pairs of number and passage id, in order.

        A passage is added once and removed once; whether it exists now says which change applies.
        """
        rows = self._connection.execute(
            "SELECT id, passage FROM change WHERE id > ? ORDER BY id LIMIT ?", (cursor, limit)
        )
        return [(row["id"], row["passage"]) for row in rows]

    def removed(self, cursor: int) -> set[int]:
        """Returns the passages removed after change `cursor`."""
        rows = self._connection.execute("SELECT passage FROM change WHERE id > ? AND added = 0", (cursor,))
        return {row["passage"] for row in rows}

    def sample(self, cursor: int, limit: int) -> Vectors:
        """Returns up to `limit` vectors that an index at `cursor` must hold: half the latest, half random."""
        held = (
            "SELECT c.passage, v.coordinates FROM change AS c JOIN vector AS v ON v.passage = c.passage "
            "WHERE c.added = 1 AND c.id <= ? AND v.embedder = (SELECT embedder FROM library) ORDER BY "
        )
        _, latest = self._matrix(held + "c.id DESC LIMIT ?", (cursor, limit - limit // 2))
        _, drawn = self._matrix(held + "random() LIMIT ?", (cursor, limit // 2))
        return np.concatenate([latest, drawn])

    def follower(self, name: str) -> Follower | None:
        """Tells how far the index of that name has followed."""
        row = self._connection.execute("SELECT * FROM follower WHERE name = ?", (name,)).fetchone()
        return Follower(**{**dict(row), "clean": bool(row["clean"])}) if row else None

    def _matrix(self, query: str, values: tuple[object, ...]) -> tuple[PassageIds, Vectors]:
        embedder = self.embedder
        if embedder is None:
            return np.empty(0, np.int64), np.empty((0, 0), np.float32)
        rows = self._connection.execute(query, values).fetchall()
        kept = np.frombuffer(b"".join(row["coordinates"] for row in rows), LITTLE_ENDIAN)
        ids = np.array([row["passage"] for row in rows], np.int64)
        return ids, kept.reshape(len(rows), embedder.dimension).astype(np.float32)


class View(PeopleView):
    """A consistent state of the library, valid only inside `with store.reading()`."""

    def __init__(self, connection: Connection, vouched: set[int], survey: Survey) -> None:
        """`vouched` holds the ids of the articles whose checksum was already verified; other views use both too."""
        super().__init__(connection, survey)
        self._vouched = vouched
        self.vectors = VectorView(connection)
        self._articles: dict[str, Article] = {}

    def summary(self) -> ArticleDetails:
        """Summarises the library; `outlets` and `speakers` are sorted by frequency. Repeated statements count once."""
        counts = self._connection.execute(
            "SELECT (SELECT count(*) FROM article) AS articles, (SELECT count(*) FROM passage) AS passages, "
            "(SELECT count(*) FROM statement WHERE repeats IS NULL AND article NOT IN (SELECT id FROM article WHERE "
            "source IN (SELECT value FROM json_each(?)))) AS statements, "
            "(SELECT min(published) FROM article) AS first, (SELECT max(published) FROM article) AS last, "
            "(SELECT count(*) FROM article WHERE published IS NULL) AS undated",
            (listed(self.copies()),),
        ).fetchone()
        outlets = self._connection.execute(
            "SELECT outlet FROM article WHERE outlet IS NOT NULL GROUP BY outlet ORDER BY count(*) DESC, outlet"
        )
        speakers = self._connection.execute(
            f"SELECT {KNOWN_AS} AS known_as FROM statement AS s {PERSON_OF_SPEAKER} "  # noqa: S608 - a constant
            "WHERE s.speaker IS NOT NULL GROUP BY known_as ORDER BY count(*) DESC, known_as"
        )
        embedder = self.vectors.embedder
        return ArticleDetails(
            folder=self.folder,
            articles=counts["articles"],
            passages=counts["passages"],
            statements=counts["statements"],
            outlets=tuple(row["outlet"] for row in outlets),
            speakers=tuple(row["known_as"] for row in speakers),
            published=(counts["first"], counts["last"]) if counts["first"] else None,
            undated=counts["undated"],
            embedder=embedder.name if embedder else None,
        )

    @property
    def folder(self) -> str | None:
        """The folder that the library belongs to, as an absolute path; None before the first article."""
        folder: str | None = self._connection.execute("SELECT folder FROM library").fetchone()["folder"]
        return folder

    @property
    def rules(self) -> str | None:
        """The version of the rules that the files were last read by."""
        rules: str | None = self._connection.execute("SELECT rules FROM library").fetchone()["rules"]
        return rules

    def people_version(self) -> int:
        """Returns a number that changes whenever the people may have changed, with articles or corrections."""
        return self._connection.number("SELECT people FROM library")

    def article(self, source: str) -> Article:
        """Returns the article. Raises LibraryError if the library has none of that source."""
        found = self.articles([source])
        if source not in found:
            # The concatenation, and a column that no index has, keep SQLite from the index that did not find it.
            if self._connection.first("SELECT digest, text FROM article WHERE source || '' = ?", (source,)):
                raise DamagedRow(f"its index of articles lacks {source!r}")
            raise LibraryError(f"The library holds no article {source!r}; `onrecord index` reads what is new.")
        return found[source]

    def articles(self, sources: Iterable[str]) -> dict[str, Article]:
        """Returns the articles that the library holds, by source; each is read once."""
        asked = set(sources)
        rows = self._connection.execute(
            "SELECT * FROM article WHERE source IN (SELECT value FROM json_each(?))",
            (listed(asked - set(self._articles)),),
        )
        for row in rows:
            if row["id"] not in self._vouched:
                vouch(row, "article")
                self._vouched.add(row["id"])
            self._articles[row["source"]] = article_of(row)
        return {source: self._articles[source] for source in sorted(asked) if source in self._articles}

    def shelf(self) -> dict[str, ArticleListing]:
        """Returns every article by its source, without the texts."""
        rows = self._connection.execute(
            "SELECT source, title, outlet, published, digest, (SELECT count(*) FROM statement "
            "WHERE article = article.id AND repeats IS NULL) AS statements FROM article ORDER BY source"
        )
        return {row["source"]: ArticleListing(**dict(row)) for row in rows}

    def dates(
        self,
        *,
        source: str | None = None,
        outlet: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Mapping[str, str | None]:
        """Maps every article that passes all filters to its date; one without a date passes `since` and `until`."""
        if source is outlet is since is until is None:
            if self._survey.dates is None:
                self._survey.dates = self._dated("true", [])
            return self._survey.dates
        filters = {
            "source = ?": source,
            "outlet = ?": outlet,
            "(published IS NULL OR published >= ?)": since,
            "(published IS NULL OR substr(published, 1, 10) <= ?)": until,
        }
        given = {condition: value for condition, value in filters.items() if value is not None}
        return self._dated(" AND ".join(given), [*given.values()])

    def _dated(self, condition: str, values: Sequence[str]) -> dict[str, str | None]:
        rows = self._connection.execute(f"SELECT source, published FROM article WHERE {condition}", values)  # noqa: S608 - constants, values are bound
        return dict(map(tuple, rows))

    def files(self) -> dict[str, FileState]:
        """Tells how every file on record was last read, by source."""
        rows = self._connection.execute("SELECT source, digest, recipe FROM file ORDER BY source")
        return {row["source"]: FileState(row["digest"], row["recipe"]) for row in rows}

    def failures(self) -> dict[str, FailedFile]:
        """Returns the files that gave no article when they were last read, by source."""
        rows = self._connection.execute("SELECT source, digest, recipe, reason FROM failure")
        return {row["source"]: FailedFile(FileState(row["digest"], row["recipe"]), row["reason"]) for row in rows}

    def held(self, file: str) -> tuple[int, int]:
        """Returns how many articles of a file the library holds, and how many statements in them, repetitions once."""
        articles, said = self._connection.execute(
            "SELECT count(*), (SELECT count(*) FROM statement AS s JOIN article AS a ON a.id = s.article "
            "WHERE a.file = ?1 AND s.repeats IS NULL) FROM article WHERE file = ?1",
            (file,),
        ).fetchone()
        return articles, said

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """Returns those of the passages that the library still holds, by id, in the order of `ids`."""
        rows = self._connection.execute(
            "SELECT p.id, p.sentences, a.source FROM json_each(?) AS wanted "
            "JOIN passage AS p ON p.id = CAST(wanted.value AS BIGINT) "
            "JOIN article AS a ON a.id = p.article ORDER BY wanted.key",
            (listed(ids),),
        ).fetchall()
        articles = self.articles({row["source"] for row in rows})
        return {row["id"]: articles[row["source"]].passage(spans_of(row["sentences"])) for row in rows}

    def sentences(self, sources: Iterable[str]) -> dict[str, tuple[Span, ...]]:
        """Returns the sentences of the articles' bodies, in order, by source."""
        rows = self._connection.execute(
            "SELECT p.sentences, a.source FROM article AS a JOIN passage AS p ON p.article = a.id "
            "WHERE a.source IN (SELECT value FROM json_each(?)) ORDER BY p.start",
            (listed(sources),),
        )
        found: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            found[row["source"]].append(row["sentences"])
        return {source: _sentences_of(tuple(passages)) for source, passages in found.items()}

    def sources_of_passages(self, sources: Collection[str] | None = None) -> dict[int, str]:
        """Returns the source of each passage by its id, of all articles where none are given."""
        among = "" if sources is None else "WHERE a.source IN (SELECT value FROM json_each(?)) "
        rows = self._connection.execute(
            f"SELECT p.id, a.source FROM passage AS p JOIN article AS a ON a.id = p.article {among}ORDER BY p.id",  # noqa: S608 - a constant
            () if sources is None else (listed(sources),),
        )
        return {row["id"]: row["source"] for row in rows}

    def require_sound(self) -> None:
        """Raises DamagedRow unless the database finds itself whole and every row is what was written."""
        self._connection.require_whole()
        for table in CHECKED:
            for row in self._connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - a name of our own
                vouch(row, table)

    def passage_count(self) -> int:
        """Returns how many passages there are."""
        if self._survey.passages is None:
            self._survey.passages = self._connection.number("SELECT count(*) FROM passage")
        return self._survey.passages

    def frequency(self, words: Iterable[str]) -> dict[str, int]:
        """Counts the passages (titles included) that hold each word or phrase, folded and stemmed; keeps the counts."""
        asked, counts = list(words), self._survey.frequency
        for word in set(asked) - counts.keys():
            counts[word] = self._connection.words.count(word)
        return {word: counts[word] for word in asked}

    def is_printed(self, words: str) -> bool:
        """Returns whether any article contains the words, folded and stemmed, boilerplate included."""
        return any(self.frequency([words]).values()) or self._connection.words.is_in_margin(words)

    def full_text(
        self,
        groups: Sequence[Sequence[str]],
        limit: int,
        *,
        title_weight: float = 1.0,
        among: Collection[str] | None = None,
    ) -> list[tuple[int, float]]:
        """Finds up to `limit` pairs of passage id and BM25 (higher is better), best first, for groups of alternatives.

        A passage must match any group. `title_weight` is the weight of a word in the title,
        relative to 1 in the passage. `among` limits the search to these sources.
        """
        return self._connection.words.ranked(
            groups, EVERY if limit < 0 else limit, title_weight=title_weight, among=among
        )

    def examples(self, word: str, limit: int) -> list[str]:
        """Returns the texts of up to `limit` passages that hold a word; any will do."""
        return [passage.text for passage in self.passages(self._connection.words.examples(word, limit)).values()]

    def passages_holding(self, words: str, limit: int) -> list[int]:
        """Returns the ids of up to `limit` passages that hold a word or phrase, their titles not considered."""
        return self._connection.words.examples(words, limit)

    def words_beginning(self, letters: str) -> list[str]:
        """Returns every word of the passages and titles that begins with these letters, folded and stemmed, in order.

        Letters are folded as the full text folds them, which leaves all but Latin ones as they are.
        """
        return self._connection.words.beginning(letters)

    def titled(self, group: Sequence[str]) -> set[str]:
        """Returns the sources of the articles whose title holds one of the alternatives."""
        return self._connection.words.sources(group, in_title=True)

    def holding(self, group: Sequence[str]) -> set[str]:
        """Returns the sources of the articles whose title or text holds one of the alternatives, in whatever case."""
        return self._connection.words.sources(group, in_title=False)

    def statements(  # noqa: PLR0913 - one keyword for each filter of `onrecord statements`
        self,
        *,
        by: Collection[str] | None = None,
        role: SpeakerRole = "speaker",
        about: Sequence[Sequence[str]] = (),
        source: str | None = None,
        kind: Kind | None = None,
        since: str | None = None,
        until: str | None = None,
        sources: Collection[str] | None = None,
        ids: Collection[str] | None = None,
        undated: bool = False,
        limit: int = EVERY,
    ) -> list[Statement]:
        """Finds every statement that passes all filters, by source and place, the speaker under the fullest name.

        `by` names the speakers, the possible speakers or those spoken for, as `role` says. `about` holds groups of
        alternatives: the attribution, with lead-in and cue, must match one of each; without a word nothing is found.
        `since` and `until` are inclusive ISO dates; articles without a date pass neither, and `undated` finds only
        those. A statement that also stands in another copy of its article `repeats` that one.
        """
        spoken = self._connection.words.condition(about)
        if about and spoken is None:
            return []
        among = sources if source is None else {source}.intersection({source} if sources is None else sources)
        filters = {
            ROLES[role]: None if by is None else listed(by),
            **({} if spoken is None else {spoken[0]: spoken[1]}),
            "s.kind = ?": kind,
            "a.published >= ?": since,
            "substr(a.published, 1, 10) <= ?": until,
            "a.source IN (SELECT value FROM json_each(?))": None if among is None else listed(among),
            "s.name IN (SELECT value FROM json_each(?))": None if ids is None else listed(ids),
        }
        given = {condition: value for condition, value in filters.items() if value is not None}
        where = " AND ".join(given) or "true"
        where += " AND a.published IS NULL" if undated else ""
        rows = self._connection.execute(
            f"SELECT s.*, {_PERSON}, a.source FROM statement AS s JOIN article AS a ON a.id = s.article "  # noqa: S608 - constants, values are bound
            f'{PERSON_OF_SPEAKER} WHERE {where} ORDER BY a.source, s.start, s."end", s.id LIMIT ?',
            [*given.values(), limit],
        )
        found, copies, stories = [statement_of(row) for row in rows], self.copies(), self.stories()
        copied = {one.source for one in found if one.source in copies or one.source in stories}
        return marked_copies(found, copies, self.articles(copied)) if copied else found

    def told_in_words(
        self, group: Sequence[str], by: Collection[str] | None, role: SpeakerRole, sources: Collection[str] | None
    ) -> dict[str, str]:
        """Returns the source of each statement, by its id, that `statements` finds about one group of alternatives."""
        return told_in_words(self._connection, group, by, role, sources)

    def statement_keys(self, by: Collection[str], sources: Collection[str] | None = None) -> list[StatementKey]:
        """Finds what `statements` finds said by these speakers, questions and what does not count as said left out."""
        keys = keys_said_by(self._connection, by, sources)
        copied = {key.source for key in keys} & {*self.copies(), *self.stories()}
        marked = self.statements(by=by, sources=copied) if copied else []
        repeats = {(one.source, one.id): one.repeats for one in marked}
        return (
            [replace(key, repeats=repeats.get((key.source, key.id), key.repeats)) for key in keys] if copied else keys
        )

    def most_said(self, sources: Collection[str]) -> dict[str, int]:
        """Returns how often the most frequent speaker of each article is on record in it, questions left out."""
        return most_said_in(self._connection, sources)

    def passages_of_statements(self, identities: Iterable[str]) -> dict[str, list[int]]:
        """Returns the ids of the passages that the statements stand in, by the statement's id."""
        rows = self._connection.execute(
            "SELECT s.name, p.id FROM json_each(?) AS wanted JOIN statement AS s ON s.name = wanted.value "
            'JOIN passage AS p ON p.article = s.article AND p.start < s."end" AND p."end" > s.start',
            (listed(identities),),
        )
        found: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            found[row["name"]].append(row["id"])
        return dict(found)

    def corrections(self) -> list[Correction]:
        """Returns every speaker named by hand, by source and place, with the statement that it applies to now."""
        rows = self._connection.execute(
            'SELECT source, digest, start, "end", words, cue, speaker, '
            "(SELECT name FROM statement WHERE correction = c.id ORDER BY id LIMIT 1) AS statement "
            'FROM correction AS c ORDER BY source, start, "end", cue'
        )
        return [Correction(**dict(row)) for row in rows]

    def abbreviations(self) -> list[tuple[str, str]]:
        """Long and short forms that articles explain, “European Union (EU)”, those of the most articles first."""
        rows = self._connection.execute(
            "SELECT long, short FROM abbreviation GROUP BY long, short ORDER BY count(*) DESC, short, long"
        )
        return [(row["long"], row["short"]) for row in rows]

    def introductions(self) -> list[tuple[str, str]]:
        """Returns how statements and articles introduce people, as pairs of introduction and name."""
        rows = self._connection.execute(
            f"SELECT DISTINCT s.speaker_as_written, {KNOWN_AS} FROM statement AS s {PERSON_OF_SPEAKER} "  # noqa: S608 - constants
            "WHERE s.speaker IS NOT NULL AND s.speaker_as_written LIKE '% %' "
            "UNION SELECT DISTINCT told.value || ' ' || m.name, p.name FROM mention AS m "
            "JOIN person AS p ON p.id = m.person, json_each(m.roles) AS told WHERE m.roles <> '[]'"
        )
        return [tuple(row) for row in rows]


@lru_cache(maxsize=5_000)
def _sentences_of(passages: tuple[str, ...]) -> tuple[Span, ...]:
    """Returns the sentences of an article's passages, in order; what two passages share counts once."""
    spans = {span for passage in passages for span in spans_of(passage)}
    return tuple(sorted(spans, key=lambda span: (span.start, span.end)))
