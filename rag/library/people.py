"""The people of the library as they were last settled: who bears a name, and what is on record of each."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable

from rag.library.rows import words_of
from rag.people.bearing import Candidate, bearers_of, gender_told
from rag.people.evidence import is_honorific
from rag.people.linking import block_of
from rag.people.naming import asked_name, full_name
from rag.text.name_matching import fold
from rag.types import Bearer, HeldRole, Kind, Profile

_MENTIONS = """SELECT p.id, p.name, p.called, p.is_body, m.article, m.name AS written, m.titles, m.roles, m.gender,
    m.mentions, m.block, a.source, a.published,
    (SELECT count(*) FROM statement AS s WHERE s.article = m.article AND s.speaker = m.name AND s.repeats IS NULL)
    AS statements
FROM person AS p JOIN mention AS m ON m.person = p.id JOIN article AS a ON a.id = m.article"""

_EVERYBODY = """SELECT p.id, p.name, p.called, p.is_body, group_concat(m.name, char(10)) AS names,
    count(DISTINCT m.article) AS articles, coalesce(sum(said.count), 0) AS statements
FROM mention AS m JOIN person AS p ON p.id = m.person
LEFT JOIN (
    SELECT article, speaker, count(*) AS count FROM statement
    WHERE speaker IS NOT NULL AND repeats IS NULL GROUP BY article, speaker
) AS said ON said.article = m.article AND said.speaker = m.name
GROUP BY p.id ORDER BY statements DESC, articles DESC, p.name"""

_IN_BLOCKS = "p.id IN (SELECT person FROM mention WHERE block IN (SELECT value FROM json_each(?)))"
_OF_BLOCKS = f"{_MENTIONS} WHERE {_IN_BLOCKS}"
_OF_PERSON = f"{_MENTIONS} WHERE p.name = ? ORDER BY a.published, a.source"


def bearers(connection: sqlite3.Connection, name: str) -> tuple[Bearer, ...]:
    """Everybody who may be meant by a name, those with the most statements first; one alone for a label."""
    exact = connection.execute(_OF_PERSON, (name,)).fetchall()
    if exact and exact[0]["called"] != name:
        return (_candidate(exact).bearer,)
    asked = asked_name(name)
    blocks = {
        block_of(asked.name, is_body=False),
        block_of(asked.name, is_body=True),
        block_of(" ".join((*asked.titles, asked.name)), is_body=True),
    }
    return bearers_of(asked, _candidates(connection.execute(_OF_BLOCKS, (json.dumps(sorted(blocks)),))))


def everybody(connection: sqlite3.Connection) -> tuple[Bearer, ...]:
    """All people and bodies on record, those with the most statements first; counted by SQL, for they are many."""
    titles, roles = (_phrases(connection, column) for column in ("titles", "roles"))
    return tuple(
        Bearer(
            person=row["name"],
            name=row["called"],
            is_body=bool(row["is_body"]),
            statements=row["statements"],
            articles=row["articles"],
            titles=_most_frequent(titles.get(row["id"], ())),
            roles=_most_frequent(roles.get(row["id"], ())),
            is_full=bool(row["is_body"]) or any(full_name(name).is_full for name in row["names"].split("\n")),
        )
        for row in connection.execute(_EVERYBODY)
    )


def _phrases(connection: sqlite3.Connection, column: str) -> dict[int, list[str]]:
    """What articles call each person, by the person's id, for those of whom they tell it."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = connection.execute(
        f"SELECT m.person, m.{column} AS told FROM mention AS m "  # noqa: S608 - one of two constants
        f"WHERE m.{column} <> '[]' AND m.person IS NOT NULL"
    )
    for row in rows:
        found[row["person"]] += words_of(row["told"])
    return found


def profile(connection: sqlite3.Connection, person: str) -> Profile | None:
    """What is on record of the person or body of that name; None if there is nobody."""
    rows = connection.execute(_OF_PERSON, (person,)).fetchall()
    if not rows:
        return None
    days = sorted(row["published"][:10] for row in rows if row["published"])
    names = Counter(row["written"] for row in rows)
    return Profile(
        person=person,
        is_body=bool(rows[0]["is_body"]),
        names=tuple(sorted(names, key=lambda one: (one != rows[0]["called"], -names[one], one))),
        roles=_roles(rows),
        said=_said(connection, person),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        sources=tuple(dict.fromkeys(row["source"] for row in rows)),
        namesakes=_namesakes(connection, rows),
        by_hand=_is_by_hand(connection, rows),
    )


def mentions_of(connection: sqlite3.Connection, person: str) -> list[tuple[str, str]]:
    """Source and name of every mention of a person."""
    return [(row["source"], row["written"]) for row in connection.execute(_OF_PERSON, (person,))]


def person_in(connection: sqlite3.Connection, source: str, name: str) -> str:
    """Whom an article means by a name; the name itself where that is not settled."""
    row = connection.execute(
        "SELECT p.name FROM mention AS m JOIN article AS a ON a.id = m.article JOIN person AS p ON p.id = m.person "
        "WHERE a.source = ? AND m.name = ?",
        (source, name),
    ).fetchone()
    return row["name"] if row else name


def _candidates(rows: Iterable[sqlite3.Row]) -> list[Candidate]:
    groups: dict[int, list[sqlite3.Row]] = defaultdict(list)
    for row in rows:
        groups[row["id"]].append(row)
    return [_candidate(group) for group in groups.values()]


def _candidate(rows: list[sqlite3.Row]) -> Candidate:
    names = frozenset(row["written"] for row in rows)
    first = rows[0]
    bearer = Bearer(
        person=first["name"],
        name=first["called"],
        is_body=bool(first["is_body"]),
        statements=sum(row["statements"] for row in rows),
        articles=len({row["article"] for row in rows}),
        titles=_most_frequent(phrase for row in rows for phrase in words_of(row["titles"])),
        roles=_most_frequent(phrase for row in rows for phrase in words_of(row["roles"])),
        is_full=bool(first["is_body"]) or any(full_name(name).is_full for name in names),
    )
    return Candidate(bearer, names, gender_told(names, {row["gender"] for row in rows if row["gender"]}))


def _most_frequent(phrases: Iterable[str]) -> tuple[str, ...]:
    """The phrases without honorifics, each as it is first written, those that stand most often first."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for phrase in phrases:
        if not is_honorific(phrase):
            counts[fold(phrase)] += 1
            written[fold(phrase)] = min(phrase, written.get(fold(phrase), phrase))
    return tuple(written[key] for key in sorted(counts, key=lambda key: (-counts[key], key)))


def _roles(rows: Iterable[sqlite3.Row]) -> tuple[HeldRole, ...]:
    """Titles and roles with their days and articles, the earliest first."""
    held: dict[str, list[tuple[str, str | None, str]]] = defaultdict(list)
    for row in rows:
        for phrase in dict.fromkeys((*words_of(row["titles"]), *words_of(row["roles"]))):
            if not is_honorific(phrase):
                held[fold(phrase)].append((phrase, row["published"], row["source"]))
    found = []
    for told in held.values():
        days = sorted(day[:10] for _, day, _ in told if day)
        sources = tuple(dict.fromkeys(source for _, _, source in told))
        found.append(HeldRole(told[0][0], days[0] if days else None, days[-1] if days else None, sources))
    return tuple(sorted(found, key=lambda one: (one.first or "", -len(one.sources), one.role)))


def _said(connection: sqlite3.Connection, person: str) -> tuple[tuple[Kind, int], ...]:
    rows = connection.execute(
        "SELECT s.kind, count(*) AS count FROM person AS p JOIN mention AS m ON m.person = p.id "
        "JOIN statement AS s ON s.article = m.article AND s.speaker = m.name "
        "WHERE p.name = ? AND s.repeats IS NULL GROUP BY s.kind ORDER BY s.kind",
        (person,),
    )
    return tuple((row["kind"], row["count"]) for row in rows)


def _namesakes(connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> tuple[str, ...]:
    """Others of the same family name."""
    if rows[0]["is_body"]:
        return ()
    blocks = json.dumps(sorted({row["block"] for row in rows}))
    found = connection.execute(
        "SELECT DISTINCT p.name FROM mention AS m JOIN person AS p ON p.id = m.person "
        "WHERE m.block IN (SELECT value FROM json_each(?)) AND p.id <> ? ORDER BY p.name",
        (blocks, rows[0]["id"]),
    )
    return tuple(row["name"] for row in found)


def _is_by_hand(connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> bool:
    found = connection.execute(
        "SELECT 1 FROM mention AS m JOIN article AS a ON a.id = m.article "
        "JOIN by_hand_mention AS b ON b.digest = a.digest AND b.name = m.name WHERE m.person = ? LIMIT 1",
        (rows[0]["id"],),
    )
    return found.fetchone() is not None
