"""Chroma without our store, killed as our library is: what the harness must notice, or it notices nothing."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rag.vectors.chroma import HNSW
from tests.faults.library_children import Child, started, told

if TYPE_CHECKING:
    from chromadb import Collection

KILLS: Final = 24
"""It was seen to fail at the first to the sixth."""
_KILLS_OF_ONE: Final = 6
"""After so many a new collection is tried: a large one is slow to write, and is killed at fewer of its moments."""
_BATCH: Final = 1_000
"""As Chroma's own guides have it; ours are smaller."""
_DIMENSION: Final = 64
_LONGEST: Final = 0.6


def raw_chroma_breaks(folder: Path, chance: random.Random) -> int | None:
    """At which kill it lost a vector that it had taken, or could not be asked any more; None if it never did."""
    kept = 0
    for kill in range(1, KILLS + 1):
        if kill % _KILLS_OF_ONE == 1:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            kept = 0
        with started(folder, _keep_adding, folder / "chroma", kept) as child:
            if not _has_said_something(child):
                return kill
            child.is_at_work(chance.uniform(0, _LONGEST))
            child.kill()
            kept = json.loads(child.said().split("\n")[-2])
        outcome = started(folder, _count_lost, folder / "chroma", kept).finish()
        if outcome.code or json.loads(outcome.stdout):
            return kill
    return None


def _has_said_something(child: Child) -> bool:
    while not child.said().endswith("\n"):
        if not child.is_at_work(0.05):
            return False
    return True


def _keep_adding(path: Path, first: int) -> None:
    """Adds vectors without end, and says how many are in."""
    collection = _collection(path)
    while True:
        collection.upsert(ids=[str(number) for number in range(first, first + _BATCH)], embeddings=_vectors(first))
        first += _BATCH
        told(first)


def _count_lost(path: Path, kept: int) -> None:
    """Says how many of the vectors that were taken are gone or not found."""
    collection = _collection(path)
    last = kept - _BATCH
    found = collection.query(query_embeddings=_vectors(last), n_results=1, include=[])["ids"]
    not_found = sum(ids != [str(number)] for number, ids in enumerate(found, start=last))
    told(max(not_found, kept - collection.count()))


def _collection(path: Path) -> Collection:
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(path, settings=Settings(anonymized_telemetry=False))
    with contextlib.suppress(Exception):
        client.create_collection("raw", embedding_function=None, configuration={"hnsw": HNSW})
    return client.get_collection("raw", embedding_function=None)


def _vectors(first: int) -> Any:  # noqa: ANN401 - Chroma's own type of a matrix
    return np.random.default_rng(first).standard_normal((_BATCH, _DIMENSION), np.float32)
