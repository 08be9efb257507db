"""Counts what people said as the list of statements does: what copies of an article repeat counts once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Container, Hashable, Iterable, Mapping

from rag.core import Kind, Span
from rag.library.database import Connection, Row
from rag.library.rows import listed, spans_of

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
    keys = {row["name"]: (row["source"], _telling(row, texts[row["article"]])) for row in told}
    earlier = repetitions(keys, copies)
    speakers = {row["name"]: row["person"] for row in told}
    return [row for row in told if speakers.get(earlier.get(row["name"], row["repeats"])) != row["person"]]


def _telling(row: Row, text: str) -> tuple[object, ...]:
    how = (row["person"], row["cue"], row["polarity"], row["kind"])
    return row["story"], *how, *words_of(text, spans_of(row["content"]))


def words_of(text: str, content: Iterable[Span]) -> tuple[str, ...]:
    """Returns the slices of a text, whatever its line ends."""
    return tuple(" ".join(text[span.start : span.end].split()) for span in content)


def repetitions(told: Mapping[str, tuple[str, Hashable]], copies: Container[str]) -> dict[str, str]:
    """Maps statements, by id, to the one that says the same in the original, else in an earlier copy.

    `told` has for each, in order, its source and what makes it the same as another.
    """
    first: dict[Hashable, str] = {}
    for identity, (_, words) in sorted(told.items(), key=lambda item: item[1][0] in copies):
        first.setdefault(words, identity)
    return {identity: first[words] for identity, (_, words) in told.items() if first[words] != identity}
