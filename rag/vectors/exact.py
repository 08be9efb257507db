"""Searches the store's vectors exactly, alone or as the fallback of an index that fails.

The whole matrix is kept in memory: about 150 MB for 100,000 passages of 384 dimensions.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np

from rag.core.errors import LibraryError, OtherEmbedder
from rag.core.protocols import VectorIndex
from rag.library.queries import PassageIds, Vectors, VectorView
from rag.library.schema import EmbedderState
from rag.library.store import Store

REST: Final = 10
"""A failed index is retried after this many times the time it took to fail, because a question waits for it."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The vectors as of a change: each row of `matrix` is the unit vector of the passage in the same row of `ids`."""

    ids: PassageIds
    matrix: Vectors
    cursor: int
    embedder: EmbedderState | None


_NOTHING: Final = _Known(np.empty(0, np.int64), np.empty((0, 0), np.float32), 0, None)


class ExactIndex:
    """Ranks passages by cosine similarity with every vector of the library. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._following = Lock()
        self._known = _NOTHING

    name = "exact"
    trouble: str | None = None

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
        """Returns up to `limit` pairs of passage id and cosine, best first, then oldest. Follows at first use."""
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
        self._known = _NOTHING


def refuse_other_embedder(before: EmbedderState | None, now: EmbedderState) -> None:
    """Raises OtherEmbedder if the library's vectors are no longer by the model that embeds questions."""
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
    """Returns every vector, read piece by piece into one matrix, so that memory holds it once."""
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


def cosines_with(vector: Sequence[float], vectors: Vectors) -> list[float]:
    """Returns the cosine of each row of the matrix with the vector, 0 where either has no length."""
    sought = np.asarray([vector], np.float32)
    cosines: list[float] = (_unit(vectors) @ _unit(sought)[0]).tolist() if len(vectors) else []
    return cosines


def _unit(vectors: Vectors) -> Vectors:
    """Returns the vectors at length 1; a zero vector stays as it is and is near nothing."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    unit: Vectors = (vectors / lengths).astype(np.float32, copy=False)
    return unit


class SteadyIndex:
    """Answers from `index`, or by exact search while `index` fails (a full disk, broken files). Thread-safe."""

    def __init__(self, store: Store, index: VectorIndex) -> None:
        self.trouble: str | None = None
        """Why exact search is used, as a sentence; None while it is not."""
        self._index = index
        self._exact = ExactIndex(store)
        self._again = 0.0
        self._changing = Lock()

    @property
    def name(self) -> str:
        """The name of the search in use."""
        return self._exact.name if self.trouble else self._index.name

    def follow(self, patience: float | None = None) -> int:
        """Catches up with the store. Raises OtherEmbedder, and LibraryError if the library itself cannot be read."""
        with self._rest_if_it_fails():
            if not self._is_resting():
                taken = self._index.follow(None if self.trouble else patience)  # to know that it works again
                self._go_on()
                return taken
        return self._exact.follow()

    def nearest(self, vector: Sequence[float], limit: int) -> list[tuple[int, float]]:
        """Returns up to `limit` pairs of passage id and cosine, best first."""
        with self._rest_if_it_fails():
            if not self._is_resting():
                return self._index.nearest(vector, limit)
        self._exact.follow()
        return self._exact.nearest(vector, limit)

    def close(self) -> None:
        """Closes both."""
        self._index.close()
        self._exact.close()

    def _is_resting(self) -> bool:
        return self.trouble is not None and time.monotonic() < self._again

    @contextmanager
    def _rest_if_it_fails(self) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        except OtherEmbedder:
            raise
        except LibraryError as error:
            now = time.monotonic()
            with self._changing:
                self.trouble, self._again = str(error), now + REST * (now - start)

    def _go_on(self) -> None:
        """Clears the trouble and the vectors that exact search keeps in memory."""
        with self._changing:
            if self.trouble:
                self.trouble = None
                self._exact.close()
