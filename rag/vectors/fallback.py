"""VectorIndex that goes on answering, by exact search, where another one cannot be used just now. Knows no vendor."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Final

from rag.core.errors import LibraryError, OtherEmbedder
from rag.core.protocols import VectorIndex
from rag.library.store import Store
from rag.vectors.exact import ExactIndex

REST: Final = 10
"""An index that failed is tried again after so many times as long as it took to fail: a question waits for it."""


class SteadyIndex:
    """What `index` says, or what exact search does while `index` fails, be the disk full or its files beyond repair.

    Safe to share between threads.
    """

    def __init__(self, store: Store, index: VectorIndex) -> None:
        self.trouble: str | None = None
        """The sentence for why exact search answers; None while it does not."""
        self._index = index
        self._exact = ExactIndex(store)
        self._again = 0.0
        self._changing = Lock()

    @property
    def name(self) -> str:
        """What answers now."""
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
        """Up to `limit` pairs of passage id and cosine, best first."""
        with self._rest_if_it_fails():
            if not self._is_resting():
                return self._index.nearest(vector, limit)
        self._exact.follow()
        return self._exact.nearest(vector, limit)

    def close(self) -> None:
        """Lets go of both."""
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
        """Forgets the trouble, and with it the vectors that exact search keeps in memory."""
        with self._changing:
            if self.trouble:
                self.trouble = None
                self._exact.close()
