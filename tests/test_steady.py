"""An index that fails is stood in for by exact search, and a collection that loses vectors is noticed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.core.errors import LibraryError, OtherEmbedder
from rag.library.queries import PassageIds, Vectors
from rag.library.store import Store
from rag.vectors import exact
from rag.vectors.exact import ExactIndex, SteadyIndex
from rag.vectors.replica import Doubt, check_recall, put_to_be_found
from tests.library_parts import article, fill, record, word_vector


class Failing(ExactIndex):
    """An index that raises what it is told to."""

    name = "failing"
    error: LibraryError | None = None
    patiences: tuple[float | None, ...] = ()

    def follow(self, patience: float | None = None) -> int:
        self.patiences += (patience,)
        if self.error:
            raise self.error
        return super().follow(patience)

    def nearest(self, vector: Sequence[float], limit: int) -> list[tuple[int, float]]:
        if self.error:
            raise self.error
        return super().nearest(vector, limit)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return fill(Store.create(tmp_path), record(article("a.txt", "Gas.\nCoal.")))


def test_while_an_index_fails_exact_search_answers_unless_another_model_has_embedded(store: Store) -> None:
    failing = Failing(store)
    index = SteadyIndex(store, failing)
    assert (index.follow(), index.name, index.trouble) == (2, "failing", None)
    failing.error = LibraryError("The disk is full.")
    assert [number for number, _ in index.nearest(word_vector("Coal."), 1)] == [2]
    assert (index.name, index.trouble) == ("exact", "The disk is full.")
    with store.writing() as changes:
        changes.put(record(article("b.txt", "Wood.")))
    index.follow()
    assert [number for number, _ in index.nearest(word_vector("Wood."), 1)] == [3]
    failing = Failing(store)
    failing.error = OtherEmbedder("Start again.")
    with pytest.raises(OtherEmbedder):
        SteadyIndex(store, failing).follow()


def test_an_index_that_works_again_is_waited_for_and_takes_its_place_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "REST", 0)
    failing = Failing(store)
    index = SteadyIndex(store, failing)
    index.follow(0.01)
    failing.error = LibraryError("The disk is full.")
    index.follow(0.01)
    failing.error = None
    index.follow(0.01)
    assert failing.patiences == (0.01, 0.01, None)
    assert (index.name, index.trouble) == ("failing", None)
    monkeypatch.setattr(exact, "REST", 1e9)
    failing = Failing(store)
    index = SteadyIndex(store, failing)
    failing.error = LibraryError("The disk is full.")
    index.follow()
    failing.error = None
    index.follow()
    assert index.name == "exact"


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


def test_what_is_not_found_is_put_in_again_and_else_is_in_doubt_as_is_a_vector_that_lost_its_length() -> None:
    collection = Forgetful(puts_needed=1)
    put_to_be_found(collection, IDS, VECTORS)
    assert collection.puts == [[1, 2, 3]]
    collection = Forgetful(puts_needed=2)
    put_to_be_found(collection, IDS, VECTORS)
    assert collection.puts == [[1, 2, 3], [2]]
    check_recall(collection, VECTORS)
    with pytest.raises(Doubt, match="does not find what it holds"):
        put_to_be_found(Forgetful(puts_needed=3), IDS, VECTORS)
    collection = Forgetful(puts_needed=0)
    collection.put(IDS, VECTORS * np.array([[1.0], [1.0], [1e6]], np.float32))
    check_recall(collection, VECTORS[:2])
    with pytest.raises(Doubt, match="does not find what it holds"):
        check_recall(collection, VECTORS[2:])
