"""Speakers named by hand, within a transaction of the caller's: which statement a correction is of. Asks nobody.

A correction is kept by the digest of the article's bytes and by the place, cue and digest of the words. It outlives the
statement that it was made of: an article that is read again gets it back, though its rules of attribution may have
changed, as long as the same words stand at the same place.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from typing import Final

from rag.library.mentions import keep_speakers_only
from rag.library.rows import spans_of
from rag.types import Correction

_SAME: Final = 0.5
"""Least share of two contents that must be common (intersection over union) for them to be the same words."""


def correction_of(connection: sqlite3.Connection, statement: str, speaker: str | None) -> Correction | None:
    """A correction of the statement with this id; None if there is no such statement."""
    row = connection.execute(
        "SELECT s.content, s.cue, a.source, a.digest, a.text FROM statement AS s JOIN article AS a ON a.id = s.article "
        "WHERE s.name = ? ORDER BY s.id LIMIT 1",
        (statement,),
    ).fetchone()
    if row is None:
        return None
    start, end = _hull(row["content"])
    words = _digest(row["text"][start:end])
    return Correction(row["source"], row["digest"], start, end, words, row["cue"], speaker, statement)


def keep(connection: sqlite3.Connection, corrections: Iterable[Correction]) -> None:
    """Takes corrections over, each in place of an earlier one of the same words, and applies them."""
    digests = set()
    for one in corrections:
        connection.execute(
            'INSERT INTO correction (digest, start, "end", cue, words, source, speaker) VALUES (?, ?, ?, ?, ?, ?, ?) '
            'ON CONFLICT (digest, start, "end", cue) DO UPDATE SET speaker = excluded.speaker',
            (one.digest, one.start, one.end, one.cue, one.words, one.source, one.speaker),
        )
        digests.add(one.digest)
    for digest in digests:
        put_right(connection, digest)


def drop(connection: sqlite3.Connection, statement: str) -> bool:
    """Takes back what was corrected of a statement, and says whether anything was."""
    row = connection.execute(
        "SELECT c.id, c.digest FROM statement AS s JOIN correction AS c ON c.id = s.correction WHERE s.name = ?",
        (statement,),
    ).fetchone()
    if row is None:
        return False
    connection.execute("DELETE FROM correction WHERE id = ?", (row["id"],))
    put_right(connection, row["digest"])
    return True


def put_right(connection: sqlite3.Connection, digest: str) -> None:
    """Applies the corrections of the articles with this digest, and none but those, to their statements."""
    corrections = connection.execute("SELECT * FROM correction WHERE digest = ?", (digest,)).fetchall()
    articles = connection.execute("SELECT id, text FROM article WHERE digest = ?", (digest,)).fetchall()
    for article in articles:
        connection.execute(
            "UPDATE statement SET speaker = attributed, correction = NULL "
            "WHERE article = ? AND speaker IS NOT attributed OR article = ?1 AND correction IS NOT NULL",
            (article["id"],),
        )
        for one in corrections:
            if _digest(article["text"][one["start"] : one["end"]]) == one["words"]:
                _apply(connection, article["id"], one)
        keep_speakers_only(connection, article["id"])


def _apply(connection: sqlite3.Connection, article: int, correction: sqlite3.Row) -> None:
    """To the statement that is most nearly of the same words, of equals to one with the same cue."""
    rows = connection.execute("SELECT id, content, cue FROM statement WHERE article = ?", (article,)).fetchall()
    fitting = [(_common(row, correction), row["cue"] == correction["cue"], -row["id"]) for row in rows]
    share, _, number = max(fitting, default=(0.0, False, 0))
    if share >= _SAME:
        connection.execute(
            "UPDATE statement SET speaker = ?, correction = ? WHERE id = ?",
            (correction["speaker"], correction["id"], -number),
        )


def _common(statement: sqlite3.Row, correction: sqlite3.Row) -> float:
    """The share of both that the two have in common: intersection over union."""
    start, end = _hull(statement["content"])
    common: int = min(end, correction["end"]) - max(start, correction["start"])
    whole: int = max(end, correction["end"]) - min(start, correction["start"])
    return max(0, common) / whole


def _hull(content: str) -> tuple[int, int]:
    """From the start of the first slice to the end of the last."""
    spans = spans_of(content)
    return spans[0].start, spans[-1].end


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8")).hexdigest()
