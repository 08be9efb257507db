"""Rows of the library <-> nouns; knows the columns and no query."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rag.core import Article, ArticlePerson, Block, Span, Statement
from rag.core.articles import SURE_ENOUGH

Vectors = NDArray[np.float32]
"""Shape (n, dimension), one vector a row; kept in the file as little-endian bytes."""

LITTLE_ENDIAN: Final = np.dtype("<f4")


_PLAIN: Final = "plain text"
"""The extractor whose text is the decoded file itself, so that the file's digest vouches for it."""


class DamagedRow(ValueError):
    """A row does not hold what was written into it."""


def spans_as_json(spans: Iterable[Span]) -> str:
    """`[[start,end],…]`."""
    return json.dumps([(span.start, span.end) for span in spans], separators=(",", ":"))


def spans_of(text: str) -> tuple[Span, ...]:
    """What `spans_as_json` wrote. Raises DamagedRow."""
    return tuple(Span(start, end) for start, end in _loaded(text))


def article_columns(article: Article) -> dict[str, object]:
    """The article as columns of the table `article`."""
    return {
        "source": article.source,
        "text": article.text,
        "digest": article.digest,
        "extractor": article.extractor,
        "blocks": json.dumps([(block.start, block.end, block.role) for block in article.blocks], separators=(",", ":")),
        "encoding": article.encoding,
        "title": article.title,
        "byline": article.byline,
        "outlet": article.outlet,
        "published": article.published,
        "url": article.url,
        "warnings": json.dumps(article.warnings),
        "body": _body_digest(article),
    }


def _body_digest(article: Article) -> str | None:
    """The sha256 of the words of the reporting, whatever its line ends and headline; None if there are none."""
    words = " ".join(article.cut(block.span) for block in article.body).split()
    return hashlib.sha256(" ".join(words).encode()).hexdigest() if words else None


def article_of(row: sqlite3.Row) -> Article:
    """The article of a row of the table `article`. Raises DamagedRow, as far as that can be told."""
    _vouch(row)
    return Article(
        source=row["source"],
        text=row["text"],
        digest=row["digest"],
        extractor=row["extractor"],
        blocks=tuple(Block(start, end, role) for start, end, role in _loaded(row["blocks"])),
        encoding=row["encoding"],
        title=row["title"],
        byline=row["byline"],
        outlet=row["outlet"],
        published=row["published"],
        url=row["url"],
        warnings=tuple(_loaded(row["warnings"])),
    )


def _vouch(row: sqlite3.Row) -> None:
    """Raises DamagedRow if the text is not that of the file. Older encodings have several bytes for one character."""
    if row["extractor"] == _PLAIN and (row["encoding"] or "").startswith("utf-"):
        digest = hashlib.sha256(row["text"].encode(row["encoding"])).hexdigest()
        if digest != row["digest"]:
            raise DamagedRow(f"the text of {row['source']} is not what was read")


def _loaded(text: str) -> Any:  # noqa: ANN401 - whoever asks knows what was written
    try:
        return json.loads(text)
    except ValueError as error:
        raise DamagedRow(f"a list in it cannot be read: {error}") from error


def statement_columns(statement: Statement) -> dict[str, object]:
    """The statement as columns of the table `statement`: the one place where confidence decides who is named."""
    speaker = statement.speaker if statement.confidence >= SURE_ENOUGH else None
    return {
        "name": statement.id,
        "start": statement.span.start,
        "end": statement.span.end,
        "content": spans_as_json(statement.content),
        "speaker": speaker,
        "attributed": speaker,
        "speaker_as_written": statement.speaker_as_written,
        "via": statement.via,
        "cue": statement.cue,
        "kind": statement.kind,
        "polarity": statement.polarity,
        "marked": statement.marked,
        "confidence": statement.confidence,
        "repeats": statement.repeats,
        "standing": statement.standing,
        "candidates": json.dumps(statement.candidates),
        "speaks_for": statement.speaks_for,
    }


def statement_of(row: sqlite3.Row) -> Statement:
    """The statement of a row of `statement` that brings `source` and the `person` its speaker is known as along."""
    return Statement(
        id=row["name"],
        source=row["source"],
        span=Span(row["start"], row["end"]),
        content=spans_of(row["content"]),
        speaker=row["person"] or row["speaker"],
        speaker_as_written=row["speaker_as_written"],
        via=row["via"],
        cue=row["cue"],
        kind=row["kind"],
        polarity=row["polarity"],
        marked=bool(row["marked"]),
        confidence=row["confidence"],
        repeats=row["repeats"],
        corrected=row["correction"] is not None,
        standing=row["standing"],
        candidates=tuple(_loaded(row["candidates"])),
        speaks_for=row["speaks_for"],
    )


def mention_columns(person: ArticlePerson, block: str) -> dict[str, object]:
    """A person or body of an article as columns of the table `mention`."""
    return {
        "name": person.name,
        "block": block,
        "is_body": person.is_body,
        "titles": json.dumps(person.titles),
        "roles": json.dumps(person.roles),
        "gender": person.gender,
        "start": person.first.start,
        "end": person.first.end,
        "mentions": person.mentions,
    }


def stored_words(text: str) -> tuple[str, ...]:
    """Titles or roles as `mention_columns` wrote them. Raises DamagedRow."""
    return () if text == "[]" else tuple(_loaded(text))


def coordinates(vectors: Vectors) -> list[bytes]:
    """Every row of the matrix as the bytes that are kept."""
    return [row.tobytes() for row in vectors.astype(LITTLE_ENDIAN)]


def vectors_of(rows: list[sqlite3.Row], dimension: int) -> Vectors:
    """The `coordinates` of the rows as one matrix."""
    joined = b"".join(row["coordinates"] for row in rows)
    return np.frombuffer(joined, dtype=LITTLE_ENDIAN).reshape(len(rows), dimension).astype(np.float32)
