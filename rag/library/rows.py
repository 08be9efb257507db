"""Rows of the library <-> nouns; knows the columns and no query."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rag.types import Article, Block, Span, Statement

Vectors = NDArray[np.float32]
"""Shape (n, dimension), one vector a row; kept in the file as little-endian bytes."""

SURE_ENOUGH: Final = 0.45
"""Least confidence with which a speaker is named; below it the record says null, and keeps the speaker as written.

Of quotes of PolNeAR train, 9 of 9 names given with less than 0.6 and more than this were right; what lies below is a
guess. It decides when an article is read: whoever changes it raises `rag.library.rules.RECIPE`, so that all are read
anew.
"""

LITTLE_ENDIAN: Final = np.dtype("<f4")


def spans_as_json(spans: Iterable[Span]) -> str:
    """`[[start,end],…]`."""
    return json.dumps([(span.start, span.end) for span in spans], separators=(",", ":"))


def spans_of(text: str) -> tuple[Span, ...]:
    """What `spans_as_json` wrote."""
    return tuple(Span(start, end) for start, end in json.loads(text))


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
    }


def article_of(row: sqlite3.Row) -> Article:
    """The article of a row of the table `article`."""
    return Article(
        source=row["source"],
        text=row["text"],
        digest=row["digest"],
        extractor=row["extractor"],
        blocks=tuple(Block(start, end, role) for start, end, role in json.loads(row["blocks"])),
        encoding=row["encoding"],
        title=row["title"],
        byline=row["byline"],
        outlet=row["outlet"],
        published=row["published"],
        url=row["url"],
        warnings=tuple(json.loads(row["warnings"])),
    )


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
    )


def coordinates(vectors: Vectors) -> list[bytes]:
    """Every row of the matrix as the bytes that are kept."""
    return [row.tobytes() for row in vectors.astype(LITTLE_ENDIAN)]


def vectors_of(rows: list[sqlite3.Row], dimension: int) -> Vectors:
    """The `coordinates` of the rows as one matrix."""
    joined = b"".join(row["coordinates"] for row in rows)
    return np.frombuffer(joined, dtype=LITTLE_ENDIAN).reshape(len(rows), dimension).astype(np.float32)
