"""The people of the library as they were last settled: who bears a name, and what is on record of them."""

from __future__ import annotations

import sqlite3

from rag.people.naming import asked_name, family_of
from rag.text.name_matching import fold, parts
from rag.text.names import is_body
from rag.types import Bearer

_BEARERS = """
SELECT p.name AS person, count(s.id) AS statements, count(DISTINCT s.article) AS articles,
    group_concat(DISTINCT s.speaker_as_written) AS written
FROM person AS p LEFT JOIN alias AS a ON a.person = p.name AND a.sole
LEFT JOIN statement AS s ON s.repeats IS NULL AND s.speaker IN (p.name, a.alias)
GROUP BY p.name ORDER BY statements DESC, p.name
"""


def bearers(connection: sqlite3.Connection, name: str) -> tuple[Bearer, ...]:
    """Everybody who may be meant by a name, those with the most statements first."""
    asked = asked_name(name)
    family = family_of(" ".join(asked.words))
    found = []
    for row in connection.execute(_BEARERS):
        titles = frozenset(fold(row["written"] or "").split())
        if family_of(row["person"]) == family and titles.issuperset(asked.titles):
            words = parts(row["person"])
            if len(asked.words) == 1 or words == asked.words:
                body = is_body(tuple(row["person"].split()))
                found.append(Bearer(row["person"], row["person"], body, row["statements"], row["articles"]))
    return tuple(found)
