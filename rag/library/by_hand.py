"""People joined or split by hand, within a transaction of the caller's; `rag.people.linking` does what is kept here.

What is kept names mentions by the digest of the article's bytes and the name in it, so that it outlives reading anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

_MEMBERS = """SELECT a.digest, a.source, m.name, m.block FROM person AS p JOIN mention AS m ON m.person = p.id
    JOIN article AS a ON a.id = m.article WHERE p.name IN (SELECT value FROM json_each(?)) ORDER BY a.source, m.name"""

_TOUCHED = """SELECT DISTINCT b.by_hand FROM by_hand_mention AS b JOIN article AS a ON a.digest = b.digest
    JOIN mention AS m ON m.article = a.id AND m.name = b.name JOIN person AS p ON p.id = m.person
    WHERE p.name IN (SELECT value FROM json_each(?))"""


def join(connection: sqlite3.Connection, people: Collection[str]) -> None:
    """Makes people on record one person, with all that was put together of them before."""
    listed = json.dumps(sorted(people))
    members = connection.execute(_MEMBERS, (listed,)).fetchall()
    touched = [row["by_hand"] for row in connection.execute(_TOUCHED, (listed,))]
    group = _new_group(connection, is_apart=False)
    connection.execute(
        "UPDATE by_hand_mention SET by_hand = ? WHERE by_hand IN (SELECT value FROM json_each(?))",
        (group, json.dumps(touched)),
    )
    _keep(connection, group, members)


def split(connection: sqlite3.Connection, person: str, sources: Collection[str]) -> tuple[int, int]:
    """Makes the mentions of a person in some articles another person, whom nobody else joins by name.

    Returns how many mentions went and how many stayed; where that is none of either, nothing is changed.
    """
    members = connection.execute(_MEMBERS, (json.dumps([person]),)).fetchall()
    going = [row for row in members if row["source"] in sources]
    if going and len(going) < len(members):
        _keep(connection, _new_group(connection, is_apart=True), going)
        _unsettle(connection, members)
    return len(going), len(members) - len(going)


def undo(connection: sqlite3.Connection, person: str) -> bool:
    """Forgets what was joined or split of a person; whether anything was."""
    listed = json.dumps([person])
    touched = [row["by_hand"] for row in connection.execute(_TOUCHED, (listed,))]
    _unsettle(connection, connection.execute(_MEMBERS, (listed,)).fetchall())
    connection.executemany("DELETE FROM by_hand WHERE id = ?", [(group,) for group in touched])
    return bool(touched)


def _new_group(connection: sqlite3.Connection, *, is_apart: bool) -> int:
    row = connection.execute("INSERT INTO by_hand (is_apart) VALUES (?) RETURNING id", (is_apart,)).fetchone()
    group: int = row["id"]
    return group


def _keep(connection: sqlite3.Connection, group: int, members: Collection[sqlite3.Row]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO by_hand_mention (digest, name, source, by_hand) VALUES (?, ?, ?, ?)",
        [(row["digest"], row["name"], row["source"], group) for row in members],
    )
    connection.execute("DELETE FROM by_hand WHERE id NOT IN (SELECT by_hand FROM by_hand_mention)")
    _unsettle(connection, members)


def _unsettle(connection: sqlite3.Connection, members: Collection[sqlite3.Row]) -> None:
    connection.executemany("INSERT OR IGNORE INTO unsettled VALUES (?)", [(row["block"],) for row in members])
