"""What lies near in meaning: passages to a question, statements to a topic. Knows vectors, and no word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.answering.reading.reader import Reader
from rag.core import Statement
from rag.core.protocols import Embedder, VectorIndex
from rag.library.queries import View
from rag.library.rows import Vectors

_LOOKED_AT = 24
"""How many of the statements in the nearest passages are compared with the topic themselves."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """An embedder, an index of the passages by its vectors, and a reader of what was found."""

    embedder: Embedder
    index: VectorIndex
    reader: Reader

    def passages(self, text: str, limit: int) -> Sequence[tuple[int, float]]:
        """Ids of the passages nearest to a text, with their cosine, best first."""
        return self.index.nearest(self.embedder.embed_query(text), limit)

    def near(self, text: str, among: Sequence[Statement], view: View) -> list[Statement]:
        """The statements whose passages lie nearest to a text."""
        every = {one.id: one for one in among}
        vector = np.asarray(self.embedder.embed_query(text), np.float32)
        return [every[name] for name in _in_nearest_passages(view, list(every), vector)]


def nearest_statements(
    topic: str, among: Sequence[Statement], view: View, embedder: Embedder
) -> list[tuple[Statement, float]]:
    """The statements nearest to a topic, with the cosine of their attribution, lead-in included; best first.

    Of very many only those in the nearest passages are looked at.
    """
    vector = np.asarray(embedder.embed_query(topic), np.float32)
    others = {one.id: one for one in among}
    nearest = [others[name] for name in _in_nearest_passages(view, list(others), vector)]
    articles = view.articles({one.source for one in nearest})
    texts = [articles[one.source].cut(one.span) for one in nearest]
    cosines = (np.asarray(embedder.embed_documents(texts), np.float32) @ vector).tolist() if texts else []
    ranked = sorted(zip(cosines, nearest, strict=True), key=lambda pair: (-pair[0], pair[1].id))
    return [(one, cosine) for cosine, one in ranked]


def _in_nearest_passages(view: View, names: Sequence[str], topic: Vectors) -> list[str]:
    """The statements whose passages lie nearest to the topic."""
    passages = view.passages_of_statements(names)
    ids, vectors = view.vectors.of(number for numbers in passages.values() for number in numbers)
    if not len(ids):
        return []
    cosine = dict(zip(ids.tolist(), (vectors @ topic).tolist(), strict=True))
    best = {name: max(cosine.get(number, -1.0) for number in numbers) for name, numbers in passages.items()}
    return sorted(best, key=lambda name: (-best[name], name))[:_LOOKED_AT]
