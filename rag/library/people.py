"""Stores mentions, settles who is who across articles and reads what is on record about each person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby

from rag.core import ArticlePerson, Bearer, HeldRole, Person, Profile
from rag.library.database import Connection, Row, insert_all, insert_each
from rag.library.schema import listed, mention_columns, stored_words
from rag.library.stories import StoryView, count_said
from rag.people.linking import ByHand, block_of, link
from rag.people.naming import (
    LongForms,
    Namesake,
    Slips,
    asked_name,
    bearers_of,
    full_name,
    gender_on_record,
    labelled,
)
from rag.people.profiles import ArticleMention, Linked, is_honorific
from rag.text.name_matching import fold_name
from rag.text.names import is_body, nation_of

# Speakers whom the article's people lack: those whom a correction names, and those found by their words alone.
_SPEAKERS = """SELECT DISTINCT speaker FROM statement WHERE article = ?1 AND speaker IS NOT NULL
    AND speaker NOT IN (SELECT name FROM mention WHERE article = ?1)"""


def add_mentions(connection: Connection, article: int, people: Iterable[ArticlePerson]) -> None:
    """Stores the people of a new article whose statements are already stored."""
    blocks = [(person, block_of(person.name, is_body=person.is_body)) for person in people]
    rows = {person.name: mention_columns(person, block) | {"article": article} for person, block in blocks if block}
    insert_all(connection, "mention", [*rows.values()])
    _add_speakers(connection, article)


def _add_speakers(connection: Connection, article: int) -> None:
    names = [
        (row["speaker"], is_body(tuple(row["speaker"].split()))) for row in connection.execute(_SPEAKERS, (article,))
    ]
    rows = [
        {"article": article, "name": name, "block": block_of(name, is_body=body), "is_body": body}
        for name, body in names
    ]
    insert_all(connection, "mention", [row for row in rows if row["block"]])


def keep_speakers_only(connection: Connection, article: int) -> None:
    """Updates the mentions of an article after a correction; removes people who no longer speak."""
    unsettle(connection, article, speakers_only=True)
    connection.execute(
        "DELETE FROM mention WHERE article = ?1 AND mentions = 0 AND name NOT IN "
        "(SELECT speaker FROM statement WHERE article = ?1 AND speaker IS NOT NULL)",
        (article,),
    )
    _add_speakers(connection, article)
    unsettle(connection, article, speakers_only=True)


def unsettle(connection: Connection, article: int, *, speakers_only: bool = False) -> None:
    """Marks the names and abbreviations of an article as to be settled again."""
    connection.execute(
        "INSERT INTO unsettled SELECT DISTINCT block FROM mention AS m WHERE article = ?1 "
        "AND (?2 = 0 OR EXISTS (SELECT 1 FROM statement WHERE article = ?1 AND speaker = m.name) OR mentions = 0) "
        "ON CONFLICT DO NOTHING",
        (article, speakers_only),
    )
    if not speakers_only:
        rows = connection.execute("SELECT long, short FROM abbreviation WHERE article = ?", (article,))
        mark_unsettled(connection, {block_of(name, is_body=True) for row in rows for name in row})


def mark_unsettled(connection: Connection, blocks: Collection[str]) -> None:
    """Marks mentions of these blocks as to be settled again."""
    connection.executemany(
        "INSERT INTO unsettled VALUES (?) ON CONFLICT DO NOTHING", [(block,) for block in sorted(blocks)]
    )


_LETTERS_IN_COMMON = 2

_MENTIONS = """SELECT a.source, a.published, m.*,
    (SELECT count(*) FROM statement AS s WHERE s.article = m.article AND s.speaker = m.name AND s.repeats IS NULL)
    AS statements
FROM mention AS m JOIN article AS a ON a.id = m.article WHERE m.block IN (SELECT value FROM json_each(?))"""

_COMPANY = """SELECT article, name, is_body FROM mention WHERE article IN (
    SELECT article FROM mention WHERE is_body = 0 AND block IN (SELECT value FROM json_each(?)))"""

_BY_HAND = """SELECT h.id, h.is_apart, a.source, m.name, m.block FROM by_hand AS h
    CROSS JOIN by_hand_mention AS b ON b.by_hand = h.id CROSS JOIN article AS a ON a.digest = b.digest
    CROSS JOIN mention AS m ON m.article = a.id AND m.name = b.name ORDER BY h.id"""


def settle_people(connection: Connection) -> None:
    """Settles who is who again where mentions changed; everybody else stays as they are."""
    touched = {row["block"] for row in connection.execute("SELECT block FROM unsettled")}
    if not touched:
        return
    neighbours = _Neighbours(connection)
    families = neighbours.families(touched)
    blocks = sorted(block for family in families for block in family)
    rows = connection.execute(_MENTIONS, (listed(blocks),)).fetchall()
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


def _company(connection: Connection, blocks: Collection[str]) -> dict[int, dict[str, str]]:
    """Returns the full names and bodies in articles that mention these blocks, by article and name."""
    company: dict[int, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(_COMPANY, (listed(blocks),)):
        if not nation_of(row["name"]) if row["is_body"] else full_name(row["name"]).is_full:
            company[row["article"]][row["name"]] = fold_name(row["name"])
    return company


def _mentions(rows: Iterable[Row], company: Mapping[int, Mapping[str, str]]) -> dict[str, list[ArticleMention]]:
    """Returns the mentions by block."""
    found: dict[str, list[ArticleMention]] = defaultdict(list)
    for row in rows:
        found[row["block"]].append(_mention(row, company.get(row["article"], {})))
    return found


def _mention(row: Row, company: Mapping[str, str]) -> ArticleMention:
    return ArticleMention(
        key=(row["source"], row["name"]),
        name=row["name"],
        is_body=bool(row["is_body"]),
        titles=stored_words(row["titles"]),
        roles=stored_words(row["roles"]),
        gender=row["gender"],
        published=row["published"],
        mentions=row["mentions"],
        statements=row["statements"],
        company=frozenset(person for name, person in company.items() if name != row["name"]),
    )


def _replace(connection: Connection, rows: Iterable[Row], people: Iterable[Linked]) -> None:
    """Assigns these people to the mentions; people whose name is unchanged are not touched."""
    _forget_unmentioned(connection)
    before = {(row["source"], row["name"]): (row["article"], row["person"]) for row in rows}
    known = {row["name"]: row["id"] for row in connection.execute("SELECT id, name FROM person")}
    ours = {person for _, person in before.values()}
    others = {name for name, identity in known.items() if identity not in ours}
    labels = [*labelled(people, others)]
    connection.executemany(
        "UPDATE person SET called = ?1, is_body = ?2 WHERE id = ?3 AND (called <> ?1 OR is_body <> ?2)",
        [(linked.name, linked.is_body, known[label]) for label, linked in labels if label in known],
    )
    new = {label: linked for label, linked in labels if label not in known}
    rows_of_new = [{"name": label, "called": one.name, "is_body": one.is_body} for label, one in new.items()]
    known |= dict(zip(new, insert_each(connection, "person", rows_of_new), strict=True))
    connection.executemany(
        "UPDATE mention SET person = ? WHERE article = ? AND name = ?",
        [
            (known[label], before[mention.key][0], mention.name)
            for label, linked in labels
            for mention in linked.mentions
            if before[mention.key][1] != known[label]
        ],
    )
    _forget_unmentioned(connection)


def _forget_unmentioned(connection: Connection) -> None:
    connection.execute("DELETE FROM person WHERE id NOT IN (SELECT person FROM mention WHERE person IS NOT NULL)")


class _Neighbours:
    """Blocks that must be examined together: for a shared name, a misspelling, an abbreviation, or by hand."""

    def __init__(self, connection: Connection) -> None:
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
        """Groups the touched blocks, each with all that must be examined together with it."""
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
            frontier = {neighbour for block in frontier for neighbour in beside[block]} - set(beside)
        return beside

    def _of_the_same_names(self, blocks: Collection[str]) -> dict[str, set[str]]:
        rows = self._connection.execute(
            "WITH ours AS (SELECT DISTINCT block, name FROM json_each(?) AS wanted "
            "CROSS JOIN mention ON block = wanted.value) "
            "SELECT DISTINCT ours.block, other.block AS beside FROM ours "
            "CROSS JOIN mention AS other ON other.name = ours.name AND other.block <> ours.block",
            (listed(sorted(blocks)),),
        )
        found: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            found[row["block"]].add(row["beside"])
        return found

    def _near(self, block: str) -> set[str]:
        """Returns the blocks one misspelling away; such names share the first two letters."""
        start = block[:_LETTERS_IN_COMMON]
        if start not in self._slips:
            rows = self._connection.execute(
                "SELECT DISTINCT name, block FROM mention WHERE block >= ? AND block < ? AND is_body = 0",
                (start, f"{start}\U0010ffff"),
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
        for neighbour in beside.get(block, ()):
            if neighbour not in seen:
                seen.add(neighbour)
                waiting.append(neighbour)


_MENTIONS_ON_RECORD = """SELECT p.id, p.name, p.called, p.is_body, m.article, m.name AS written, m.titles, m.roles,
    m.gender, m.mentions, m.block, a.source, a.published, coalesce(t.name, a.source) AS story
FROM person AS p JOIN mention AS m ON m.person = p.id JOIN article AS a ON a.id = m.article
LEFT JOIN story AS t ON t.article = a.id"""

_EVERYBODY = """SELECT p.id, p.name, p.called, p.is_body,
    count(DISTINCT coalesce(t.name, CAST(m.article AS TEXT))) AS articles
FROM mention AS m JOIN person AS p ON p.id = m.person LEFT JOIN story AS t ON t.article = m.article
GROUP BY p.id, p.name, p.called, p.is_body"""

_SPEAKING = """SELECT p.name, m.name AS alias FROM person AS p JOIN mention AS m ON m.person = p.id WHERE EXISTS (
    SELECT 1 FROM mention AS n JOIN statement AS s ON s.article = n.article AND s.speaker = n.name
    WHERE n.person = p.id) ORDER BY p.name, alias"""

_IN_BLOCKS = "p.id IN (SELECT person FROM mention WHERE block IN (SELECT value FROM json_each(?)))"
_OF_BLOCKS = f"{_MENTIONS_ON_RECORD} WHERE {_IN_BLOCKS}"
_OF_PERSON = f"{_MENTIONS_ON_RECORD} WHERE p.name = ? ORDER BY a.published NULLS FIRST, a.source"


class PeopleView(StoryView):
    """The people in one state of the library, valid only inside `with store.reading()`."""

    def bearers(self, name: str) -> tuple[Bearer, ...]:
        """Finds everybody who may be meant by a name, those with the most statements first; one alone for a label.

        A bare family name finds all who bear it. A title in front of it, in any case, leaves those of whom the articles
        say it ("Lord Browne", "mayor Esker"); "Mr" and "Mrs" leave those whose gender agrees or is not told.
        """
        exact = self._connection.execute(_OF_PERSON, (name,)).fetchall()
        if exact and exact[0]["called"] != name:
            return tuple(candidate.bearer for candidate in self._candidates(exact))
        asked = asked_name(name)
        blocks = {
            block_of(asked.name, is_body=False),
            block_of(asked.name, is_body=True),
            block_of(" ".join((*asked.titles, asked.name)), is_body=True),
        }
        rows = self._connection.execute(_OF_BLOCKS, (listed(sorted(blocks)),))
        return bearers_of(asked, self._candidates(rows.fetchall()))

    def everybody(self) -> tuple[Bearer, ...]:
        """Lists all people and bodies that articles mention, those with the most statements first."""
        titles, roles = (_phrases(self._connection, column) for column in ("titles", "roles"))
        names, said = _names(self._connection), count_said(self._connection, self.copies())
        people = (
            Bearer(
                person=row["name"],
                name=row["called"],
                is_body=bool(row["is_body"]),
                statements=said[row["id"]].total(),
                articles=row["articles"],
                titles=_most_frequent(titles.get(row["id"], ())),
                roles=_most_frequent(roles.get(row["id"], ())),
                is_full=bool(row["is_body"]) or any(full_name(name).is_full for name in names[row["id"]]),
            )
            for row in self._connection.execute(_EVERYBODY)
        )
        return tuple(sorted(people, key=lambda bearer: (-bearer.statements, -bearer.articles, bearer.person)))

    def profile(self, person: str) -> Profile | None:
        """Tells what is on record of the person or body known by this name; None if nobody is."""
        rows = self._connection.execute(_OF_PERSON, (person,)).fetchall()
        if not rows:
            return None
        said = count_said(self._connection, self.copies(), [rows[0]["id"]])
        days = sorted(row["published"][:10] for row in rows if row["published"])
        names = Counter(row["written"] for row in rows)
        return Profile(
            person=person,
            is_body=bool(rows[0]["is_body"]),
            names=tuple(sorted(names, key=lambda name: (name != rows[0]["called"], -names[name], name))),
            roles=_roles(rows),
            said=tuple(sorted(said[rows[0]["id"]].items())),
            first=days[0] if days else None,
            last=days[-1] if days else None,
            sources=tuple({row["story"]: row["source"] for row in reversed(rows)}.values())[::-1],
            namesakes=_namesakes(self._connection, rows),
            by_hand=_is_by_hand(self._connection, rows),
        )

    def _candidates(self, rows: Iterable[Row]) -> list[Namesake]:
        groups: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            groups[row["id"]].append(row)
        said = count_said(self._connection, self.copies(), groups) if groups else {}
        return [_candidate(group, said[person].total()) for person, group in groups.items()]

    def mentions_of(self, person: str) -> list[tuple[str, str]]:
        """Lists source and name of every mention of the person known by this name."""
        return [(row["source"], row["written"]) for row in self._connection.execute(_OF_PERSON, (person,))]

    def person_in(self, source: str, name: str) -> str:
        """Finds the name on record of whom an article means by a name; the name itself where that is not settled."""
        row = self._connection.execute(
            "SELECT p.name FROM mention AS m JOIN article AS a ON a.id = m.article JOIN person AS p ON p.id = m.person "
            "WHERE a.source = ? AND m.name = ?",
            (source, name),
        ).fetchone()
        return row["name"] if row else name

    def people(self) -> tuple[Person, ...]:
        """Lists everybody who speaks, by name, as last settled, with the other names that articles give them."""
        names: dict[str, list[str]] = defaultdict(list)
        for row in self._connection.execute(_SPEAKING):
            names[row["name"]].append(row["alias"])
        return tuple(
            Person(name, tuple(alias for alias in dict.fromkeys(written) if alias != name))
            for name, written in names.items()
        )

    def people_are_settled(self) -> bool:
        """Returns whether nobody has come or gone since."""
        return self._connection.execute("SELECT 1 FROM unsettled").fetchone() is None


def _names(connection: Connection) -> dict[int, set[str]]:
    """What articles call each person, by the person's id."""
    found: dict[int, set[str]] = defaultdict(set)
    for row in connection.execute("SELECT DISTINCT person, name FROM mention WHERE person IS NOT NULL"):
        found[row["person"]].add(row["name"])
    return found


def _phrases(connection: Connection, column: str) -> dict[int, list[str]]:
    """The titles or roles that articles give each person, by the person's id, for those of whom they tell any."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = connection.execute(
        f"SELECT m.person, m.{column} AS told FROM mention AS m "  # noqa: S608 - one of two constants
        f"WHERE m.{column} <> '[]' AND m.person IS NOT NULL"
    )
    for row in rows:
        found[row["person"]] += stored_words(row["told"])
    return found


def _candidate(rows: list[Row], statements: int) -> Namesake:
    names = frozenset(row["written"] for row in rows)
    first = rows[0]
    bearer = Bearer(
        person=first["name"],
        name=first["called"],
        is_body=bool(first["is_body"]),
        statements=statements,
        articles=len({row["story"] for row in rows}),
        titles=_most_frequent(phrase for row in rows for phrase in stored_words(row["titles"])),
        roles=_most_frequent(phrase for row in rows for phrase in stored_words(row["roles"])),
        is_full=bool(first["is_body"]) or any(full_name(name).is_full for name in names),
    )
    return Namesake(bearer, names, gender_on_record(names, {row["gender"] for row in rows if row["gender"]}))


def _most_frequent(phrases: Iterable[str]) -> tuple[str, ...]:
    """Returns the phrases without honorifics, each as it is first written, those that stand most often first."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for phrase in phrases:
        if not is_honorific(phrase):
            counts[fold_name(phrase)] += 1
            written[fold_name(phrase)] = min(phrase, written.get(fold_name(phrase), phrase))
    return tuple(written[key] for key in sorted(counts, key=lambda key: (-counts[key], key)))


def _roles(rows: Iterable[Row]) -> tuple[HeldRole, ...]:
    """Titles and roles with their days and articles, the earliest first."""
    held: dict[str, list[tuple[str, str | None, str]]] = defaultdict(list)
    for row in rows:
        for phrase in dict.fromkeys((*stored_words(row["titles"]), *stored_words(row["roles"]))):
            if not is_honorific(phrase):
                held[fold_name(phrase)].append((phrase, row["published"], row["source"]))
    found = []
    for told in held.values():
        days = sorted(day[:10] for _, day, _ in told if day)
        sources = tuple(dict.fromkeys(source for _, _, source in told))
        found.append(HeldRole(told[0][0], days[0] if days else None, days[-1] if days else None, sources))
    return tuple(sorted(found, key=lambda office: (office.first or "", -len(office.sources), office.role)))


def _namesakes(connection: Connection, rows: list[Row]) -> tuple[str, ...]:
    """Others of the same family name."""
    if rows[0]["is_body"]:
        return ()
    blocks = listed(sorted({row["block"] for row in rows}))
    found = connection.execute(
        "SELECT DISTINCT p.name FROM mention AS m JOIN person AS p ON p.id = m.person "
        "WHERE m.block IN (SELECT value FROM json_each(?)) AND p.id <> ? ORDER BY p.name",
        (blocks, rows[0]["id"]),
    )
    return tuple(row["name"] for row in found)


def _is_by_hand(connection: Connection, rows: list[Row]) -> bool:
    found = connection.execute(
        "SELECT 1 FROM mention AS m JOIN article AS a ON a.id = m.article "
        "JOIN by_hand_mention AS b ON b.digest = a.digest AND b.name = m.name WHERE m.person = ? LIMIT 1",
        (rows[0]["id"],),
    )
    return found.fetchone() is not None
