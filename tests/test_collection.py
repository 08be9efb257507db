"""A collection that loses vectors is noticed when they are put in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rag.library.queries import PassageIds, Vectors
from rag.vectors.replica import Doubt, check_recall, put_to_be_found


class Forgetful:
    """A collection in memory that counts the vector of id 2, and finds it only after it was put in often enough."""

    def __init__(self, puts_needed: int) -> None:
        self.puts_needed = puts_needed
        self.puts: list[list[int]] = []
        self._kept: dict[int, np.ndarray] = {}

    def put(self, ids: PassageIds, vectors: Vectors) -> None:
        self.puts.append(ids.tolist())
        self._kept.update(zip(ids.tolist(), vectors, strict=True))

    def drop(self, ids: Sequence[int]) -> None:
        for number in ids:
            self._kept.pop(number, None)

    def count(self) -> int:
        return len(self._kept)

    def nearest(self, vectors: Vectors, limit: int) -> list[list[tuple[int, float]]]:
        is_found = sum(2 in ids for ids in self.puts) >= self.puts_needed
        there = {number: vector for number, vector in self._kept.items() if number != 2 or is_found}
        scored = [[(number, float(vector @ wanted)) for number, vector in there.items()] for wanted in vectors]
        return [sorted(found, key=lambda pair: -pair[1])[:limit] for found in scored]

    def close(self) -> None:
        self._kept.clear()


IDS = np.array([1, 2, 3])
VECTORS = np.eye(3, dtype=np.float32)


def test_what_is_found_at_once_is_put_in_once() -> None:
    collection = Forgetful(puts_needed=1)
    put_to_be_found(collection, IDS, VECTORS)
    assert collection.puts == [[1, 2, 3]]


def test_a_vector_that_is_not_found_is_put_in_again_alone() -> None:
    collection = Forgetful(puts_needed=2)
    put_to_be_found(collection, IDS, VECTORS)
    assert collection.puts == [[1, 2, 3], [2]]
    check_recall(collection, VECTORS)


def test_a_collection_that_still_does_not_find_it_is_in_doubt() -> None:
    with pytest.raises(Doubt, match="does not find what it holds"):
        put_to_be_found(Forgetful(puts_needed=3), IDS, VECTORS)


def test_a_vector_that_lost_its_length_is_nobodys_nearest() -> None:
    collection = Forgetful(puts_needed=0)
    collection.put(IDS, VECTORS * np.array([[1.0], [1.0], [1e6]], np.float32))
    check_recall(collection, VECTORS[:2])
    with pytest.raises(Doubt, match="does not find what it holds"):
        check_recall(collection, VECTORS[2:])
