"""VectorIndex by exact search over the store's vectors: no file of its own, never in doubt, linear in the passages.

Reads no text; keeps the whole matrix in memory (about 150 MB for 100,000 passages of 384 dimensions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from rag.core.errors import OtherEmbedder
from rag.library.rows import Vectors
from rag.library.store import Store
from rag.library.vector_states import EmbedderState, PassageIds, VectorView


@dataclass(frozen=True, slots=True)
class _Known:
    """The vectors as of a change: `matrix` has a unit vector a row, for the passage at the same place of `ids`."""

    ids: PassageIds
    matrix: Vectors
    cursor: int
    embedder: EmbedderState | None


class ExactIndex:
    """Cosine similarity with every vector of the library. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._following = Lock()
        self._known = _Known(np.empty(0, np.int64), np.empty((0, 0), np.float32), 0, None)

    @property
    def name(self) -> str:
        """What answers."""
        return "exact"

    @property
    def trouble(self) -> None:
        """Nothing ever answers in its place."""

    def follow(self, patience: float | None = None) -> int:  # noqa: ARG002 - it reads what is new in no time
        """Catches up with the store. Raises OtherEmbedder if the library was embedded by another model meanwhile."""
        with self._following, self._store.reading() as view:
            known, vectors = self._known, view.vectors
            embedder, cursor = vectors.embedder, vectors.last_change()
            if embedder is None or (embedder == known.embedder and cursor == known.cursor):
                return 0
            if embedder != known.embedder:
                refuse_other_embedder(known.embedder, embedder)
                ids, matrix = _all_vectors(vectors, embedder)
                self._known = _Known(ids, matrix, cursor, embedder)
                return len(ids)
            changed = [passage for _, passage in vectors.changes(known.cursor)]
            ids, matrix = vectors.of(changed)
            stays = ~np.isin(known.ids, changed)
            self._known = _Known(
                np.concatenate([known.ids[stays], ids]),
                np.concatenate([known.matrix[stays], _unit(matrix)]),
                cursor,
                embedder,
            )
            return len(changed)

    def nearest(self, vector: Sequence[float], limit: int) -> list[tuple[int, float]]:
        """Up to `limit` pairs of passage id and cosine, best first, of equals the older. Follows at first use."""
        if self._known.embedder is None:
            self.follow()
        known = self._known
        if known.embedder is None or not len(known.ids) or limit < 1:
            return []
        sought = np.asarray(vector, np.float32)
        refuse_other_size(known.embedder, len(sought))
        cosines = known.matrix @ _unit(sought[np.newaxis])[0]
        best = np.argpartition(-cosines, limit - 1)[:limit] if limit < len(cosines) else np.arange(len(cosines))
        best = best[np.lexsort((known.ids[best], -cosines[best]))]
        return [(int(known.ids[row]), float(cosines[row])) for row in best]

    def close(self) -> None:
        """Forgets the vectors."""
        self._known = _Known(np.empty(0, np.int64), np.empty((0, 0), np.float32), 0, None)


def refuse_other_embedder(before: EmbedderState | None, now: EmbedderState) -> None:
    """Raises OtherEmbedder if the library's vectors are no longer by the model that questions are embedded with."""
    if before is not None and (before.name, before.dimension) != (now.name, now.dimension):
        raise OtherEmbedder(
            f"The library was embedded anew by {now.name} while questions are embedded by {before.name}; start again."
        )


def refuse_other_size(embedder: EmbedderState, dimension: int) -> None:
    """Raises OtherEmbedder if a question's vector cannot be by the library's embedder."""
    if dimension != embedder.dimension:
        raise OtherEmbedder(
            f"The library was embedded by {embedder.name} ({embedder.dimension} dimensions) and the question has "
            f"{dimension}; run `onrecord index` with the embedder you ask with."
        )


def _all_vectors(vectors: VectorView, embedder: EmbedderState) -> tuple[PassageIds, Vectors]:
    """Every vector, read piece by piece into one matrix, so that memory holds it once."""
    count = vectors.count()
    ids = np.empty(count, np.int64)
    matrix = np.empty((count, embedder.dimension), np.float32)
    filled = 0
    while filled < count:
        piece, rows = vectors.after(int(ids[filled - 1]) if filled else 0, 10_000)
        ids[filled : filled + len(piece)] = piece
        matrix[filled : filled + len(piece)] = _unit(rows)
        filled += len(piece)
    return ids, matrix


def _unit(vectors: Vectors) -> Vectors:
    """The vectors at length 1; one without length stays as it is and is near nothing."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    unit: Vectors = (vectors / lengths).astype(np.float32, copy=False)
    return unit
