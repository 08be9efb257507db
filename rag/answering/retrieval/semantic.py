"""Finds what is near in meaning: passages for a question, statements for a topic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from rag.answering.reading.signals import Reader
from rag.core import Statement
from rag.core.protocols import Embedder, VectorIndex
from rag.library.queries import View

_LOOKED_AT = 24
"""How many of the statements in the nearest passages are compared with the topic themselves."""

_OWN = 2 / 3
"""Weight of the similarity of a statement's own words, against that of the passage around it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """An embedder, an index of the passages by its vectors, and a reader.

    `is_multilingual` tells whether the embedder reads more than English; the reader does not.
    """

    embedder: Embedder
    index: VectorIndex
    reader: Reader
    is_multilingual: bool = False

    def passages(self, text: str, limit: int) -> Sequence[tuple[int, float]]:
        """Finds the passages nearest to a text: their ids with their cosine, best first."""
        return self.index.nearest(self.embedder.embed_query(text), limit)


def cosines(text: str, passages: Iterable[int], view: View, embedder: Embedder) -> dict[int, float]:
    """Measures how near passages lie to a text, by id."""
    ids, vectors = view.vectors.of(passages)
    vector = np.asarray(embedder.embed_query(text), np.float32)
    return dict(zip(ids.tolist(), (vectors @ vector).tolist(), strict=True)) if len(ids) else {}


def in_nearest_passages(
    text: str, among: Iterable[Statement], view: View, embedder: Embedder
) -> list[tuple[Statement, float]]:
    """Finds the statements in the passages nearest to a text, with that cosine, best first."""
    every = {statement.id: statement for statement in among}
    passages = view.passages_of_statements(every)
    cosine = cosines(text, (number for numbers in passages.values() for number in numbers), view, embedder)
    best = {name: max(cosine.get(number, -1.0) for number in numbers) for name, numbers in passages.items()}
    ranked = sorted(best, key=lambda name: (-best[name], name)) if cosine else []
    return [(every[name], best[name]) for name in ranked[:_LOOKED_AT]]


def nearness(topic: str, among: Iterable[Statement], view: View, embedder: Embedder) -> dict[Statement, float]:
    """Measures how near statements are to a topic, by their attribution and the passage around it, nearest first.

    Of very many, only those in the nearest passages are compared.
    """
    near = in_nearest_passages(topic, among, view, embedder)
    articles = view.articles({statement.source for statement, _ in near})
    texts = [articles[statement.source].cut(statement.span) for statement, _ in near]
    vector = np.asarray(embedder.embed_query(topic), np.float32)
    own = (np.asarray(embedder.embed_documents(texts), np.float32) @ vector).tolist() if texts else []
    both = [
        (statement, _OWN * cosine + (1 - _OWN) * around) for (statement, around), cosine in zip(near, own, strict=True)
    ]
    return dict(sorted(both, key=lambda pair: (-pair[1], pair[0].id)))
