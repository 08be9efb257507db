"""Settles who is who again, in the blocks where mentions came or went, within a transaction of the caller's."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby

from rag.library.rows import words_of
from rag.people.bodies import LongForms
from rag.people.labels import labelled
from rag.people.linking import ByHand, Linked, Mention, block_of, link
from rag.people.naming import full_name
from rag.people.slips import Slips
from rag.text.name_matching import fold
from rag.text.names import nation_of

_LETTERS_IN_COMMON = 2

_MENTIONS = """SELECT a.source, a.published, m.*,
    (SELECT count(*) FROM statement AS s WHERE s.article = m.article AND s.speaker = m.name AND s.repeats IS NULL)
    AS statements
FROM mention AS m JOIN article AS a ON a.id = m.article WHERE m.block IN (SELECT value FROM json_each(?))"""

_COMPANY = """SELECT article, name, is_body FROM mention WHERE article IN (
    SELECT article FROM mention WHERE NOT is_body AND block IN (SELECT value FROM json_each(?)))"""

_BY_HAND = """SELECT h.id, h.is_apart, a.source, m.name, m.block FROM by_hand AS h
    CROSS JOIN by_hand_mention AS b ON b.by_hand = h.id CROSS JOIN article AS a ON a.digest = b.digest
    CROSS JOIN mention AS m ON m.article = a.id AND m.name = b.name ORDER BY h.id"""


def settle(connection: sqlite3.Connection) -> None:
    """Finds out anew who is who, if anybody was named or is no longer; everybody else stays as they are."""
    touched = {row["block"] for row in connection.execute("SELECT block FROM unsettled")}
    if not touched:
        return
    neighbours = _Neighbours(connection)
    families = neighbours.families(touched)
    blocks = sorted(block for family in families for block in family)
    rows = connection.execute(_MENTIONS, (json.dumps(blocks),)).fetchall()
    mentions = _mentions(rows, _company(connection, blocks))
    people = [
        linked
        for family in families
        for linked in link(
            [mention for block in sorted(family) for mention in mentions.get(block, ())],
            neighbours.by_hand,
            neighbours.long_forms,
        )
    ]
    _replace(connection, rows, people)
    connection.execute("DELETE FROM unsettled")
    connection.execute("UPDATE library SET people = people + 1")


def _company(connection: sqlite3.Connection, blocks: Collection[str]) -> dict[int, dict[str, str]]:
    """The people in full and the bodies of the articles that name a person of these blocks, by article and name."""
    company: dict[int, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(_COMPANY, (json.dumps(blocks),)):
        if not nation_of(row["name"]) if row["is_body"] else full_name(row["name"]).is_full:
            company[row["article"]][row["name"]] = fold(row["name"])
    return company


def _mentions(rows: Iterable[sqlite3.Row], company: Mapping[int, Mapping[str, str]]) -> dict[str, list[Mention]]:
    """The mentions by block."""
    found: dict[str, list[Mention]] = defaultdict(list)
    for row in rows:
        found[row["block"]].append(_mention(row, company.get(row["article"], {})))
    return found


def _mention(row: sqlite3.Row, company: Mapping[str, str]) -> Mention:
    return Mention(
        key=(row["source"], row["name"]),
        name=row["name"],
        is_body=bool(row["is_body"]),
        titles=words_of(row["titles"]),
        roles=words_of(row["roles"]),
        gender=row["gender"],
        published=row["published"],
        mentions=row["mentions"],
        statements=row["statements"],
        company=frozenset(other for name, other in company.items() if name != row["name"]),
    )


def _replace(connection: sqlite3.Connection, rows: Iterable[sqlite3.Row], people: Iterable[Linked]) -> None:
    """Makes these people those of the mentions; whoever is known under the same name as before is not touched."""
    _forget_unmentioned(connection)
    before = {(row["source"], row["name"]): (row["article"], row["person"]) for row in rows}
    known = {row["name"]: row["id"] for row in connection.execute("SELECT id, name FROM person")}
    ours = {person for _, person in before.values()}
    for label, linked in labelled(people, {name for name, number in known.items() if number not in ours}):
        person = known.get(label) or _new_person(connection, label)
        connection.execute(
            "UPDATE person SET called = ?1, is_body = ?2 WHERE id = ?3 AND (called <> ?1 OR is_body <> ?2)",
            (linked.name, linked.is_body, person),
        )
        connection.executemany(
            "UPDATE mention SET person = ? WHERE article = ? AND name = ?",
            [(person, before[one.key][0], one.name) for one in linked.mentions if before[one.key][1] != person],
        )
    _forget_unmentioned(connection)


def _forget_unmentioned(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM person WHERE id NOT IN (SELECT person FROM mention WHERE person IS NOT NULL)")


def _new_person(connection: sqlite3.Connection, label: str) -> int:
    row = connection.execute(
        "INSERT INTO person (name, called, is_body) VALUES (?, '', 0) RETURNING id", (label,)
    ).fetchone()
    number: int = row["id"]
    return number


class _Neighbours:
    """Blocks that must be looked at together: for a name in both, a slip of the pen, an abbreviation, or by hand."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        introduced = [
            (row["source"], row["long"], row["short"])
            for row in connection.execute(
                "SELECT a.source, b.long, b.short FROM abbreviation AS b JOIN article AS a ON a.id = b.article"
            )
        ]
        self.long_forms = LongForms.of(introduced)
        self._beside: dict[str, set[str]] = defaultdict(set)
        for _, long, short in introduced:
            self._tie({block_of(name, is_body=body) for name in (long, short) for body in (True, False)} - {""})
        rows = connection.execute(_BY_HAND).fetchall()
        self.by_hand = [
            ByHand(frozenset((row["source"], row["name"]) for row in group), bool(group[0]["is_apart"]))
            for group in ([*rows_of] for _, rows_of in groupby(rows, key=lambda row: row["id"]))
        ]
        for _, rows_of in groupby(rows, key=lambda row: row["id"]):
            self._tie({row["block"] for row in rows_of})
        self._slips: dict[str, Slips] = {}

    def families(self, touched: Collection[str]) -> list[set[str]]:
        """The blocks that are touched, each with all that must be looked at together with it."""
        found: list[set[str]] = []
        seen: set[str] = set()
        beside = self._reached(touched)
        for block in sorted(touched):
            if block not in seen:
                family = set(_connected(block, beside))
                seen |= family
                found.append(family)
        return found

    def _reached(self, touched: Collection[str]) -> dict[str, set[str]]:
        """For every block that can be reached, those beside it."""
        beside: dict[str, set[str]] = {}
        frontier = set(touched)
        while frontier:
            shared = self._of_the_same_names(frontier)
            for block in frontier:
                beside[block] = shared[block] | self._beside[block] | self._near(block)
            frontier = {other for block in frontier for other in beside[block]} - set(beside)
        return beside

    def _of_the_same_names(self, blocks: Collection[str]) -> dict[str, set[str]]:
        rows = self._connection.execute(
            "WITH ours AS (SELECT DISTINCT block, name FROM json_each(?) AS wanted "
            "CROSS JOIN mention ON block = wanted.value) "
            "SELECT DISTINCT ours.block, other.block AS beside FROM ours "
            "CROSS JOIN mention AS other ON other.name = ours.name AND other.block <> ours.block",
            (json.dumps(sorted(blocks)),),
        )
        found: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            found[row["block"]].add(row["beside"])
        return found

    def _near(self, block: str) -> set[str]:
        """The blocks a slip of the pen away; such names have the first two letters in common."""
        start = block[:_LETTERS_IN_COMMON]
        if start not in self._slips:
            rows = self._connection.execute(
                "SELECT DISTINCT name, block FROM mention WHERE block >= ?1 AND block < ?1 || char(1114111) "
                "AND NOT is_body",
                (start,),
            )
            self._slips[start] = Slips((row["name"], row["block"]) for row in rows)
        return self._slips[start].near(block)

    def _tie(self, blocks: set[str]) -> None:
        for block in blocks:
            self._beside[block] |= blocks - {block}


def _connected(start: str, beside: Mapping[str, set[str]]) -> Iterator[str]:
    seen, waiting = {start}, [start]
    while waiting:
        block = waiting.pop()
        yield block
        for other in beside.get(block, ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
