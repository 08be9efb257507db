"""Finds which articles are one story: one report, whole or shortened, in several files or outlets.

What copies of an article repeat is counted once.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from rag.core import Article, Kind, Span, Statement
from rag.library.database import Connection, Row
from rag.library.schema import article_of, listed, spans_of
from rag.text.tokens import words

_RUN: Final = 4
"""Words of a shingle (Broder, 1997)."""
_SKETCH: Final = 16
"""Shingles with the smallest digests that stand for an article."""
_FEWEST_ALIKE: Final = 4
"""Shingles that two sketches share, from which on the articles themselves are compared."""
_MOST_USED: Final = 64
"""Articles with one shingle, from which on it tells none of them: the boilerplate of an outlet."""
_COMPARED: Final = 5
_SHARED: Final = 0.8
"""Minimum share of the shorter report's shingles in the longer one. Reports that share their quotes stay below it."""
_SHORTENED: Final = 0.5
"""Minimum length of a shortened report, of the longer one's shingles."""
_NAMES_SHARED: Final = 0.9
_FEWEST_WORDS: Final = 40
"""Words of a report, below which only the same words are the same story."""
_DAYS: Final = 7
"""Days within which a report is printed again; later it is another one of the same form."""
_NAME: Final = re.compile(r"[A-Z]\w+")

_USED: Final = (
    "SELECT * FROM (SELECT print, article FROM sketch WHERE print = ? "  # noqa: S608 - a constant
    f"ORDER BY article LIMIT {_MOST_USED}) AS used"
)
"""The first articles with one shingle."""


def place_in_story(connection: Connection, row: int, article: Article, body: str | None) -> None:
    """Stores the story of an article that was just inserted as `row`; `body` is the digest of its words.

    Articles of the same words are one story, and so are near copies with the same figures and names.
    """
    reported = _reported(article)
    sketch = _sketch(words(reported))
    alike = connection.execute(
        "SELECT s.name FROM article AS a JOIN story AS s ON s.article = a.id WHERE a.body = ? AND a.id <> ? LIMIT 1",
        (body, row),
    ).fetchone()
    name = alike["name"] if alike else _near_story(connection, sketch, article) or body
    if name is not None:
        connection.execute("INSERT INTO story (article, name) VALUES (?, ?)", (row, name))
        connection.executemany("INSERT INTO sketch (print, article) VALUES (?, ?)", [(each, row) for each in sketch])


def _near_story(connection: Connection, sketch: Collection[int], article: Article) -> str | None:
    used: defaultdict[int, list[int]] = defaultdict(list)
    for row in connection.execute(" UNION ALL ".join([_USED] * len(sketch)), (*sketch,)) if sketch else ():
        used[row["print"]].append(row["article"])
    shared = Counter(number for found in used.values() if len(found) < _MOST_USED for number in found)
    for number, count in shared.most_common(_COMPARED):
        if count < _FEWEST_ALIKE:
            break
        row = connection.execute(
            "SELECT a.*, s.name AS story FROM article AS a JOIN story AS s ON s.article = a.id WHERE a.id = ?",
            (number,),
        ).fetchone()
        if row and is_one_report(article, article_of(row)):
            story: str = row["story"]
            return story
    return None


def is_one_report(one: Article, other: Article) -> bool:
    """Returns whether two articles are one report: nearly the same words, no other figure, hardly another name.

    A report of the same form on another day, with other figures, is another report.
    """
    days = [date.fromisoformat(article.published[:10]) for article in (one, other) if article.published]
    if len(days) > 1 and abs((days[0] - days[1]).days) > _DAYS:
        return False
    texts = sorted((_reported(one), _reported(other)), key=len)
    shorter, longer = (words(text) for text in texts)
    if len(shorter) < _FEWEST_WORDS:
        return False
    few, many = _shingles(shorter), _shingles(longer)
    if len(few & many) < _SHARED * len(few) or len(few) < _SHORTENED * len(many):
        return False
    figures = {word for word in shorter if any(map(str.isdigit, word))}
    names = {word for word in shorter if _NAME.fullmatch(word)}
    return figures <= set(longer) and len(names & set(longer)) >= _NAMES_SHARED * len(names)


def _reported(article: Article) -> str:
    return "\n".join(article.cut(block.span) for block in article.body)


def _shingles(told: list[str]) -> frozenset[str]:
    folded = [word.lower() for word in told]
    return frozenset(" ".join(folded[start : start + _RUN]) for start in range(max(1, len(folded) - _RUN + 1)))


def _sketch(told: list[str]) -> list[int]:
    """Returns the smallest digests of an article's shingles; near copies share most of them."""
    if len(told) < _FEWEST_WORDS:
        return []
    digests = (hashlib.blake2b(shingle.encode("utf-8"), digest_size=7).digest() for shingle in _shingles(told))
    return [int.from_bytes(digest, "big") for digest in sorted(digests)[:_SKETCH]]


Stories = dict[str, list[tuple[str, str | None]]]
"""The files of each story of several, with their outlets, by the source that counts."""


@dataclass(slots=True)
class Survey:
    """Facts about the whole library as of its last change, kept so that no question computes them again."""

    change: int = -1
    passages: int | None = None
    frequency: dict[str, int] = field(default_factory=dict)
    stories: Stories | None = None
    copies: dict[str, str] | None = None
    dates: dict[str, str | None] | None = None


class StoryView:
    """The stories in one state of the library, valid only inside `with store.reading()`."""

    def __init__(self, connection: Connection, survey: Survey) -> None:
        self._connection = connection
        self._survey = survey

    def sources(self) -> list[str]:
        """Returns the sources of all articles, in order."""
        return [row["source"] for row in self._connection.execute("SELECT source FROM article ORDER BY source")]

    def stories(self) -> Stories:
        """Maps each article that has copies to all files of its story with their outlets, itself first.

        It is the one with the shortest name, of equals the first.
        """
        if self._survey.stories is None:
            self._survey.stories = self._all_stories()
        return self._survey.stories

    def _all_stories(self) -> Stories:
        rows = self._connection.execute(
            "SELECT s.name, a.source, a.outlet FROM story AS s JOIN article AS a ON a.id = s.article "
            "WHERE s.name IN (SELECT name FROM story GROUP BY name HAVING count(*) > 1) "
            "ORDER BY s.name, length(a.source), a.source"
        )
        found: Stories = {}
        for row in rows:
            found.setdefault(row["name"], []).append((row["source"], row["outlet"]))
        return {files[0][0]: files for files in found.values()}

    def copies(self) -> dict[str, str]:
        """Maps each copy of an article to the source that it counts as."""
        if self._survey.copies is None:
            stories = self.stories().items()
            self._survey.copies = {source: original for original, files in stories for source, _ in files[1:]}
        return self._survey.copies

    def originals(self, sources: Iterable[str] | None = None) -> list[str]:
        """Returns the given sources, by default all, in order and each story once: without copies of others."""
        given = sorted(self.sources() if sources is None else sources)
        copies, within = self.copies(), set(given)
        taken: set[str] = set()
        kept = []
        for source in given:
            story = copies.get(source, source)
            if story not in taken and (source == story or story not in within):
                kept.append(source)
                taken.add(story)
        return kept


_SAID = "FROM mention AS m JOIN statement AS s ON s.article = m.article AND s.speaker = m.name"

_COPIED = """EXISTS (SELECT 1 FROM story AS t JOIN story AS other ON other.name = t.name AND other.article <> t.article
    WHERE t.article = m.article)"""

_COUNTED = f"""SELECT m.person, s.kind, count(*) AS count {_SAID} WHERE {{by}} AND NOT {_COPIED}
    AND (s.repeats IS NULL OR NOT EXISTS (
        SELECT 1 FROM statement AS e JOIN mention AS n ON n.article = e.article AND n.name = e.speaker
        WHERE e.article = s.article AND e.name = s.repeats AND n.person = m.person
    )) GROUP BY m.person, s.kind"""  # noqa: S608 - constants

_TOLD_IN_COPIES = f"""SELECT m.person, s.name, s.kind, s.cue, s.polarity, s.content, s.repeats, s.article, a.source,
    story.name AS story {_SAID} JOIN article AS a ON a.id = s.article JOIN story ON story.article = s.article
    WHERE {{by}} AND {_COPIED} ORDER BY a.source, s.start, s."end", s.id"""

_BY_SOMEBODY = "m.person IS NOT NULL"
_BY_THESE = "m.person IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"


def count_said(
    connection: Connection, copies: Container[str], people: Collection[int] | None = None
) -> dict[int, Counter[Kind]]:
    """Counts the statements of people by kind, by default of all; `copies` are the sources of copies of articles."""
    by, values = (_BY_SOMEBODY, ()) if people is None else (_BY_THESE, (listed(people),))
    counts: dict[int, Counter[Kind]] = defaultdict(Counter)
    for row in connection.execute(_COUNTED.format(by=by), values):
        counts[row["person"]][row["kind"]] += row["count"]
    told = connection.execute(_TOLD_IN_COPIES.format(by=by), values).fetchall()
    for row in _distinct(told, _texts(connection, {row["article"] for row in told}), copies):
        counts[row["person"]][row["kind"]] += 1
    return counts


def _texts(connection: Connection, articles: Iterable[int]) -> dict[int, str]:
    rows = connection.execute(
        "SELECT id, text FROM article WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
        (listed(articles),),
    )
    return {row["id"]: row["text"] for row in rows}


def _distinct(told: list[Row], texts: Mapping[int, str], copies: Container[str]) -> list[Row]:
    """Returns the statements of copied articles without those that repeat another of the same person."""
    keys = {
        row["name"]: (
            row["source"],
            (row["story"], row["person"], row["cue"], row["polarity"], row["kind"]),
            _words_of(texts[row["article"]], spans_of(row["content"])),
        )
        for row in told
    }
    earlier = _repetitions(keys, copies)
    speakers = {row["name"]: row["person"] for row in told}
    return [row for row in told if speakers.get(earlier.get(row["name"], row["repeats"])) != row["person"]]


def marked_copies(
    statements: list[Statement], copies: Mapping[str, str], articles: Mapping[str, Article]
) -> list[Statement]:
    """Marks each statement in a copy of an article as a repetition of the same words in the original.

    `articles` are those of the statements that are or have copies.
    """
    keys = {
        statement.id: (
            statement.source,
            (
                copies.get(statement.source, statement.source),
                statement.speaker,
                statement.cue,
                statement.polarity,
                statement.kind,
            ),
            _words_of(articles[statement.source].text, statement.content),
        )
        for statement in statements
        if statement.source in articles
    }
    earlier = _repetitions(keys, copies)
    return [replace(statement, repeats=earlier.get(statement.id, statement.repeats)) for statement in statements]


def _words_of(text: str, content: Iterable[Span]) -> tuple[str, ...]:
    """Returns the slices of a text, whatever its line ends."""
    return tuple(" ".join(text[span.start : span.end].split()) for span in content)


def _repetitions(told: Mapping[str, tuple[str, Hashable, Hashable]], copies: Container[str]) -> dict[str, str]:
    """Maps statements, by id, to the one that says the same in the original, else in an earlier copy.

    `told` has for each, in order, its source, how it was said, and its words.
    """
    first: dict[Hashable, str] = {}
    for identity, (_, *what) in sorted(told.items(), key=lambda item: item[1][0] in copies):
        first.setdefault(tuple(what), identity)
    return {identity: found for identity, (_, *what) in told.items() if (found := first[tuple(what)]) != identity}
