"""Finds which statements there are, where they stand and how they count, without what only printing them needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

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

_NAMES_OF: Final = """EXISTS (
    SELECT 1 FROM {names} AS named LEFT JOIN mention AS n ON n.article = s.article AND n.name = named.value
    LEFT JOIN person AS q ON q.id = n.person
    WHERE coalesce(q.name, named.value) IN (SELECT value FROM json_each(?1))
)"""
SpeakerRole = Literal["speaker", "candidate", "principal"]
"""The relation of a statement to a person: said by them, possibly said by them, or said on their behalf."""

ROLES: Final[Mapping[SpeakerRole, str]] = {
    "speaker": SAID_BY,
    "candidate": "s.candidates <> '[]' AND " + _NAMES_OF.format(names="json_each(s.candidates)"),
    "principal": "s.speaks_for IS NOT NULL AND " + _NAMES_OF.format(names="(SELECT s.speaks_for AS value)"),
}
"""The conditions on statements, by the relation to the people whose names are ?1."""

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


def told_in_words(
    connection: Connection,
    group: Sequence[str],
    by: Collection[str] | None,
    role: SpeakerRole,
    sources: Collection[str] | None,
) -> dict[str, str]:
    """Returns the source of each statement by its id, of those that hold one of the alternatives."""
    spoken = connection.words.condition([group])
    if spoken is None:
        return {}
    filters = {
        ROLES[role]: None if by is None else listed(by),
        spoken[0]: spoken[1],
        "a.source IN (SELECT value FROM json_each(?))": None if sources is None else listed(sources),
    }
    given = {condition: value for condition, value in filters.items() if value is not None}
    rows = connection.execute(
        "SELECT s.name, a.source FROM statement AS s JOIN article AS a ON a.id = s.article "  # noqa: S608 - constants
        f"WHERE {' AND '.join(given)}",
        [*given.values()],
    )
    return dict(map(tuple, rows))


def most_said_in(connection: Connection, sources: Collection[str]) -> dict[str, int]:
    """Returns the most statements of one speaker in each article, by source, questions left out."""
    rows = connection.execute(
        "SELECT source, max(told) AS most FROM (SELECT a.source, count(*) AS told FROM statement AS s "  # noqa: S608 - constants
        f"JOIN article AS a ON a.id = s.article {PERSON_OF_SPEAKER} WHERE a.source IN (SELECT value FROM json_each(?)) "
        f"AND s.speaker IS NOT NULL AND {_COUNTED} GROUP BY a.source, {KNOWN_AS}) AS counted GROUP BY source",
        (listed(sources),),
    )
    return {row["source"]: row["most"] for row in rows}
