"""Small real parts for the library's tests: tiny articles, cut by line, and vectors made of words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.answering.reading.signals import Candidate
from rag.core import Article, Block, Kind, Span, Statement
from rag.library.store import Store
from rag.library.writer import Record
from rag.text.tokens import content_words, stem, words

if TYPE_CHECKING:
    from tests.postgres_server import Server

DIMENSION = 16
EMBEDDER = "words"


def word_vector(text: str, dimension: int = DIMENSION) -> list[float]:
    """A unit vector drawn from the text's digest: the same text, the same vector; other texts, other directions."""
    seed = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "little")
    vector = np.random.default_rng(seed).standard_normal(dimension)
    return [float(coordinate) for coordinate in vector / np.linalg.norm(vector)]


class WordReader:
    """A reader that counts the question's words in a sentence: four for all of them, minus four for none."""

    name = "words"

    def scores(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
        """One score a candidate, in order."""
        asked = {stem(word) for word in content_words(question)}
        held = [
            asked & {stem(word) for word in words(f"{one.title} {one.speaker} {one.sentence}")} for one in candidates
        ]
        return np.array([8 * len(terms) / max(1, len(asked)) - 4 for terms in held], np.float32)


class WordEmbedder:
    """An embedder whose vectors are drawn from the text's digest: nothing means anything, and everything is exact."""

    def __init__(self, name: str = EMBEDDER, dimension: int = DIMENSION) -> None:
        self.name = name
        self.dimension = dimension
        self.embedded: list[str] = []

    def count_tokens(self, text: str) -> int:
        """One a word."""
        return len(text.split())

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector a text, in order."""
        self.embedded += texts
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of the embedder's name and the text."""
        return word_vector(text if self.name == EMBEDDER else f"{self.name} {text}", self.dimension)


def line_spans(text: str) -> tuple[Span, ...]:
    """The lines that hold anything, without their ends."""
    spans, start = [], 0
    for line in text.split("\n"):
        if line:
            spans.append(Span(start, start + len(line)))
        start += len(line) + 1
    return tuple(spans)


def lines_of(text: str) -> Article:
    """An article of which every line is body, with whatever the text holds."""
    blocks, start = [], 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            blocks.append(Block(start, start + len(line.rstrip()), "body"))
        start += len(line)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Article("a.txt", text, digest, "text", tuple(blocks))


def article(
    source: str, text: str, *, title: str | None = None, outlet: str | None = None, published: str | None = None
) -> Article:
    """An article whose lines are all body."""
    return Article(
        source=source,
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        extractor="test 1",
        blocks=tuple(Block(span.start, span.end, "body") for span in line_spans(text)),
        encoding="utf-8",
        title=title,
        outlet=outlet,
        published=published,
    )


def said(of: Article, span: Span, content: Span, speaker: str | None, kind: Kind = "direct") -> Statement:
    """A statement by `speaker` that stands at `span`."""
    return Statement(
        id=f"s{content.start}",
        source=of.source,
        span=span,
        content=(content,),
        speaker=speaker,
        speaker_as_written="he",
        via=None,
        cue="said",
        kind=kind,
        polarity="asserts",
        marked=True,
        confidence=0.9,
    )


def record(of: Article, statements: Sequence[Statement] = ()) -> Record:
    """Every line of the article is a passage of one sentence."""
    passages = tuple(of.passage((span,)) for span in line_spans(of.text))
    vectors = np.array([word_vector(passage.text) for passage in passages], np.float32).reshape(-1, DIMENSION)
    return Record(of, passages, vectors, tuple(statements))


def fill(store: Store, *records: Record) -> Store:
    """The library with these articles, its people settled."""
    with store.writing() as changes:
        changes.set_embedder(EMBEDDER, DIMENSION)
        for one in records:
            changes.put(one)
        changes.settle_people()
    return store


class Libraries:
    """Libraries in SQLite or, on a server, each in a database of its own."""

    def __init__(self, server: Server | None) -> None:
        self.server = server
        self._addresses: dict[Path, str] = {}

    def create(self, data: Path) -> Store:
        """The library of a folder, made if there is none."""
        return Store.create(data, self.address(data))

    def open(self, data: Path) -> Store:
        """The library of a folder that has one."""
        return Store.open(data, self.address(data))

    def address(self, data: Path) -> str | None:
        """What ONRECORD_LIBRARY says for the library of a folder; None for SQLite."""
        if self.server and data not in self._addresses:
            self._addresses[data] = self.server.new_database()
        return self._addresses.get(data)

    def release(self, *of: Path) -> None:
        """Gives back the databases of these libraries, by default of all."""
        for data in of or tuple(self._addresses):
            if self.server and data in self._addresses:
                self.server.take_back(self._addresses.pop(data))

    def variables(self, data: Path) -> dict[str, str]:
        """The environment of a command on that library."""
        address = self.address(data)
        return {"ONRECORD_LIBRARY": address} if address else {}
