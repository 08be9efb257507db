"""An index that fails is stood in for by exact search, and its trouble is told until it works again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.core.errors import LibraryError, OtherEmbedder
from rag.library.store import Store
from rag.vectors import exact
from rag.vectors.exact import ExactIndex, SteadyIndex
from tests.library_parts import DIMENSION, EMBEDDER, article, record, word_vector


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
    made = Store.create(tmp_path)
    with made.writing() as changes:
        changes.set_embedder(EMBEDDER, DIMENSION)
        changes.put(record(article("a.txt", "Gas.\nCoal.")))
    return made


def test_while_an_index_fails_exact_search_answers_and_says_why(store: Store) -> None:
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


def test_an_index_that_failed_is_left_alone_for_a_while(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "REST", 1e9)
    failing = Failing(store)
    index = SteadyIndex(store, failing)
    failing.error = LibraryError("The disk is full.")
    index.follow()
    failing.error = None
    index.follow()
    assert index.name == "exact"


def test_vectors_of_another_model_are_no_trouble_that_passes(store: Store) -> None:
    failing = Failing(store)
    failing.error = OtherEmbedder("Start again.")
    with pytest.raises(OtherEmbedder):
        SteadyIndex(store, failing).follow()
