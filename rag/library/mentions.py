"""Whom an article names, within a transaction of the caller's, and which blocks are to be settled anew for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from rag.library.rows import mention_columns
from rag.people.linking import block_of
from rag.types import ArticlePerson

_MENTION = """INSERT OR REPLACE INTO mention
    (article, name, block, is_body, titles, roles, gender, start, "end", mentions)
    VALUES (:article, :name, :block, :is_body, :titles, :roles, :gender, :start, :end, :mentions)"""

# Speakers whom the article's people lack: those whom a correction names, and those found by their words alone.
_SPEAKERS = """INSERT OR IGNORE INTO mention (article, name, block, is_body)
    SELECT DISTINCT article, speaker, block_of(speaker, names_body(speaker)), names_body(speaker) FROM statement
    WHERE article = ? AND speaker IS NOT NULL AND block_of(speaker, names_body(speaker)) <> ''"""


def add_mentions(connection: sqlite3.Connection, article: int, people: Iterable[ArticlePerson]) -> None:
    """Keeps the people of an article that is new; its statements are in."""
    blocks = [(person, block_of(person.name, is_body=person.is_body)) for person in people]
    connection.executemany(
        _MENTION, [mention_columns(person, block) | {"article": article} for person, block in blocks if block]
    )
    connection.execute(_SPEAKERS, (article,))


def keep_speakers_only(connection: sqlite3.Connection, article: int) -> None:
    """Makes the speakers of an article mentions of it after a correction; one who is no speaker any more goes."""
    unsettle(connection, article, speakers_only=True)
    connection.execute(
        "DELETE FROM mention WHERE article = ?1 AND mentions = 0 AND name NOT IN "
        "(SELECT speaker FROM statement WHERE article = ?1 AND speaker IS NOT NULL)",
        (article,),
    )
    connection.execute(_SPEAKERS, (article,))
    unsettle(connection, article, speakers_only=True)


def unsettle(connection: sqlite3.Connection, article: int, *, speakers_only: bool = False) -> None:
    """Notes that whoever an article names, and what it abbreviates, may now be known under another name."""
    connection.execute(
        "INSERT OR IGNORE INTO unsettled SELECT DISTINCT block FROM mention AS m WHERE article = ?1 "
        "AND (NOT ?2 OR EXISTS (SELECT 1 FROM statement WHERE article = ?1 AND speaker = m.name) OR mentions = 0)",
        (article, speakers_only),
    )
    if not speakers_only:
        connection.execute(
            "INSERT OR IGNORE INTO unsettled SELECT block_of(long, 1) FROM abbreviation WHERE article = ?1 "
            "UNION SELECT block_of(short, 1) FROM abbreviation WHERE article = ?1",
            (article,),
        )
