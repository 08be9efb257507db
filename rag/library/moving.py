"""Moves a library from SQLite into PostgreSQL, everything in one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import islice
from typing import Final

from rag.library.database import Connection, Database, Row, insert_all

TABLES: Final = (
    *("embedder", "file", "article", "passage", "vector", "correction", "statement", "person", "mention"),
    *("abbreviation", "unsettled", "by_hand", "by_hand_mention", "failure", "story", "sketch"),
)
"""What is moved, each behind what it refers to. The change log and the record of indexes begin anew."""

_KEPT_BY_DATABASE: Final = {"statement": {"checksum"}, "person": {"checksum"}}
_AT_ONCE: Final = 500


def move(source: Database, target: Database) -> None:
    """Replaces all that the library at `target` holds by what the one at `source` does."""
    with (
        target.errors(),
        target.writer() as into,
        source.errors(),
        contextlib.closing(source.connect()) as out,
        into.transaction(),
    ):
        names = tables(out)
        _empty(into, names)
        for table in names:
            for rows in _batches(out, table):
                insert_all(into, table, [_columns(table, row) for row in rows])
        _set_counters(into)
        kept = out.execute("SELECT folder, embedder, people, rules FROM library").fetchone()
        into.execute("UPDATE library SET folder = ?, embedder = ?, people = ?, rules = ?", tuple(kept))
        _index_words(out, into)


def tables(connection: Connection) -> list[str]:
    """Returns the tables of a library in SQLite that are moved; those that are not known here come last."""
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%\\_words%' ESCAPE '\\' "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN ('library', 'follower', 'change')"
    )
    there = [row["name"] for row in rows if row["name"] not in {"reply", "exam", "spent"}]
    return [*TABLES, *sorted(set(there).difference(TABLES))]


def _empty(connection: Connection, names: list[str]) -> None:
    connection.execute("UPDATE library SET embedder = NULL")
    for table in (*reversed(names), "change", "follower", "word"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a table of ours
    connection.execute("UPDATE words_total SET passages = 0, length = 0")


def _batches(connection: Connection, table: str) -> Iterator[list[Row]]:
    rows = iter(connection.execute(f"SELECT * FROM {table}"))  # noqa: S608 - a table of ours
    while batch := list(islice(rows, _AT_ONCE)):
        yield batch


def _columns(table: str, row: Row) -> dict[str, object]:
    left_out = _KEPT_BY_DATABASE.get(table, set())
    return {name: row[name] for name in row.keys() if name not in left_out}  # noqa: SIM118 - a row is no dict


def _set_counters(connection: Connection) -> None:
    """Lets new rows be numbered after those that were moved."""
    for row in connection.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'onrecord' AND is_identity = 'YES'"
    ).fetchall():
        after = f"SELECT coalesce(max(id), 0) + 1 FROM {row[0]}"  # noqa: S608 - a table of ours
        connection.execute(f"SELECT setval(pg_get_serial_sequence('{row[0]}', 'id'), ({after}), false)")


def _index_words(out: Connection, into: Connection) -> None:
    for article in out.execute("SELECT id, title, text FROM article"):
        text = article["text"]
        for table in ("passage", "statement"):
            spans = out.execute(f'SELECT id, start, "end" FROM {table} WHERE article = ?', (article["id"],))  # noqa: S608 - likewise
            cut = [(row["id"], text[row["start"] : row["end"]]) for row in spans]
            if table == "passage":
                into.words.add_passages([(number, article["title"] or "", words) for number, words in cut])
            else:
                into.words.add_statements(cut)
