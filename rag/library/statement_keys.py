"""Finds which statements there are, where they stand and how they count, without what only printing them needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from rag.core import Span, Statement
from rag.library.database import Connection
from rag.library.schema import listed

KNOWN_AS = "coalesce(p.name, s.speaker)"
PERSON_OF_SPEAKER = (
    "LEFT JOIN mention AS m ON m.article = s.article AND m.name = s.speaker LEFT JOIN person AS p ON p.id = m.person"
)
"""Joins the person who is meant by a statement's speaker."""

# A speaker who is not settled yet is known under the name that the article gives. It stands first in the query, so that
# ?1 is its value.
SAID_BY = """s.id IN (
    SELECT said.id FROM json_each(?1) AS sought JOIN person ON person.name = sought.value
    JOIN mention ON mention.person = person.id
    JOIN statement AS said ON said.article = mention.article AND said.speaker = mention.name
    UNION SELECT said.id FROM json_each(?1) AS sought JOIN statement AS said ON said.speaker = sought.value
    LEFT JOIN mention ON mention.article = said.article AND mention.name = said.speaker
    WHERE mention.person IS NULL
)"""

_COUNTED: Final = "s.standing = 'said' AND s.polarity <> 'asks'"


@dataclass(frozen=True, slots=True)
class StatementKey:
    """What identifies a statement, where it stands, and with which one of whose it counts; its words are not read."""

    id: str
    source: str
    span: Span
    speaker: str | None
    repeats: str | None


AnyStatement = TypeVar("AnyStatement", Statement, StatementKey)


def distinct(statements: Iterable[AnyStatement]) -> list[AnyStatement]:
    """Returns the statements as a reader counts them: without those that repeat another one of the same speaker."""
    every = list(statements)
    speakers = {statement.id: statement.speaker for statement in every}
    return [
        statement
        for statement in every
        if statement.repeats not in speakers or speakers[statement.repeats] != statement.speaker
    ]


def keys_said_by(connection: Connection, by: Collection[str], sources: Collection[str] | None) -> list[StatementKey]:
    """Finds the statements that count as said by these speakers, questions left out, by source and place."""
    among = "" if sources is None else "AND a.source IN (SELECT value FROM json_each(?)) "
    rows = connection.execute(
        f'SELECT s.name, a.source, s.start, s."end", {KNOWN_AS} AS known_as, s.repeats '  # noqa: S608 - constants
        f"FROM statement AS s JOIN article AS a ON a.id = s.article {PERSON_OF_SPEAKER} "
        f'WHERE {SAID_BY} {among}AND {_COUNTED} ORDER BY a.source, s.start, s."end", s.id',
        [listed(by), *([] if sources is None else [listed(sources)])],
    )
    return [
        StatementKey(name, source, Span(start, end), speaker, repeats)
        for name, source, start, end, speaker, repeats in rows
    ]


def most_said_in(connection: Connection, sources: Collection[str]) -> dict[str, int]:
    """Returns the most statements of one speaker in each article, by source, questions left out."""
    rows = connection.execute(
        "SELECT source, max(told) AS most FROM (SELECT a.source, count(*) AS told FROM statement AS s "  # noqa: S608 - constants
        f"JOIN article AS a ON a.id = s.article {PERSON_OF_SPEAKER} WHERE a.source IN (SELECT value FROM json_each(?)) "
        f"AND s.speaker IS NOT NULL AND {_COUNTED} GROUP BY a.source, {KNOWN_AS}) AS counted GROUP BY source",
        (listed(sources),),
    )
    return {row["source"]: row["most"] for row in rows}
