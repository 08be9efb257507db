"""Killed at any moment, the library keeps every article that it said it has, and Chroma finds every vector again."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag.library.store import Store
from rag.vectors.chroma import ChromaIndex
from tests.library_parts import DIMENSION, EMBEDDER, article, record

REPOSITORY = Path(__file__).parent.parent
KILLS = 8
SEED = 20260101
LONGEST_LIFE = 0.8
"""Seconds after its first article within which a child is killed."""

# Keeps articles and has Chroma follow, without end, and says aloud what is kept: `a 12`, after the transaction.
CHILD = """
import sys, pathlib
from rag.vectors.chroma import ChromaIndex
from rag.library.store import Store
from tests.library_parts import article, record

store = Store.open(pathlib.Path(sys.argv[1]))
index = ChromaIndex.embedded(store)
index.follow()
for number in range(int(sys.argv[2]), 1_000_000):
    text = "\\n".join(f"Line {line} of article {number}." for line in range(12))
    with store.writing() as changes:
        changes.put(record(article(f"{number}.txt", text)))
        print("a", number, flush=True)
        if number % 5 == 4:
            changes.remove(f"{number - 2}.txt")
            print("r", number - 2, flush=True)
    index.follow()
"""


def run_and_kill(data: Path, first: int, chance: random.Random) -> list[str]:
    """Lets a child work for a moment of its own and kills it; what it said that it had done."""
    command = [sys.executable, "-c", CHILD, str(data), str(first)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline().strip()]
        time.sleep(chance.uniform(0, LONGEST_LIFE))
        child.send_signal(signal.SIGKILL)
        said += [line.strip() for line in child.stdout if line.endswith("\n")]
    assert child.returncode == -signal.SIGKILL, "it worked until it was killed"
    return said


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = Store.create(tmp_path / "library")
    with store.writing() as changes:
        changes.set_embedder(EMBEDDER, DIMENSION)
    store.close()
    return store.data


def test_whatever_was_acknowledged_outlives_every_kill(data: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 - moments, not secrets
    kept: set[str] = set()
    last = -1
    for _ in range(KILLS):
        for word, number in (line.split() for line in run_and_kill(data, last + 1, chance)):
            (kept.add if word == "a" else kept.discard)(f"{number}.txt")
            last = max(last, int(number))
        store = Store.open(data)
        with store.reading() as view:
            sources = set(view.sources())
            assert view.vectors.count() == view.passage_count() == 12 * len(sources)
        # What was done in the moment between the transaction and the word may differ, by one article each way.
        assert len(kept - sources) <= 1
        assert all(int(source.removesuffix(".txt")) % 5 == 2 for source in kept - sources)
        assert sources - kept <= {f"{last + 1}.txt"}
        kept, last = sources, max([last, *(int(source.removesuffix(".txt")) for source in sources)])
        store.close()
    assert len(kept) > KILLS
    store = Store.open(data)
    index = ChromaIndex.embedded(store)
    index.follow()
    assert own_vector_recall(store, index) == 1
    index.close()


def own_vector_recall(store: Store, index: ChromaIndex) -> float:
    """The share of passages that are nearest to their own vectors."""
    with store.reading() as view:
        ids, vectors = view.vectors.after(0)
    found = [index.nearest(row.tolist(), 1)[0][0] == number for number, row in zip(ids.tolist(), vectors, strict=True)]
    return found.count(True) / len(found)


def test_a_lost_vector_would_be_noticed(data: Path) -> None:
    store = Store.open(data)
    with store.writing() as changes:
        changes.put(record(article("a.txt", "\n".join(f"Line {number}." for number in range(100)))))
    index = ChromaIndex.embedded(store)
    index.follow()
    assert own_vector_recall(store, index) == 1
    assert index._collection is not None
    index._collection.drop([50])
    assert own_vector_recall(store, index) == 0.99
    index.close()
