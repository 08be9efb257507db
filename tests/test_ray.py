"""Indexing spread by Ray, on a real cluster of two nodes on loopback."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rag.library.store import Store
from tests.processes import Outcome, assert_one_sentence, onrecord

pytestmark = pytest.mark.server
GIVEN = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}
ARTICLES = 30


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes of one processor each."""
    pytest.importorskip("ray", reason="ray is not installed (`onrecord[cluster]`)")
    from ray.cluster_utils import Cluster

    os.environ.update(GIVEN)
    node = {"num_cpus": 1, "include_log_monitor": False, "object_store_memory": 100_000_000}  # the fewest processes
    made = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False, "no_monitor": True})
    made.add_node(**node)
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Invented articles, one of them in lines."""
    made = tmp_path_factory.mktemp("articles")
    for number in range(ARTICLES):
        (made / f"{number:03}.txt").write_text(
            f"Mill {number} reopens\n\nThe mill at Arden number {number} will reopen, Dora Quill said on Monday.\n"
            + f"“It was time for number {number},” she said. Nobody else spoke at the weir.\n\n" * 4
        )
    lines = ('{"text": "The dam will hold, Ann Abel said."}', '{"text": "It broke, Bob Dee said."}')
    (made / "lines.jsonl").write_text("\n".join(lines))
    return made


def contents(data: Path, given: Mapping[str, str]) -> dict[str, tuple[int, list[str]]]:
    """What a library holds of each article: its passages, and its statements with their speakers."""
    with closing(Store.open(data, given.get("ONRECORD_LIBRARY"))) as store, store.reading() as view:
        said = view.statements()
        return {
            source: (
                view.held(source)[0],
                sorted(f"{one.speaker}: {one.content}" for one in said if one.source == source),
            )
            for source in view.sources()
        }


def test_a_killed_worker_costs_nothing_and_the_library_is_the_same(
    cluster: Any,  # noqa: ANN401 - Ray has no types for it
    folder: Path,
    tmp_path: Path,
    postgres: Any,  # noqa: ANN401 - a server of the tests
) -> None:
    alone = onrecord("index", folder, "--data", tmp_path / "alone", "--json")
    given = GIVEN | {"ONRECORD_LIBRARY": postgres.new_database(), "ONRECORD_VECTORS": "chroma"}
    outcomes: list[Outcome] = []

    def spread() -> None:
        outcomes.append(
            onrecord("index", folder, "--ray", cluster.address, "--data", tmp_path / "spread", "--json", given=given)
        )

    indexing = threading.Thread(target=spread)
    indexing.start()
    killed = _kill_a_worker(tmp_path / "spread", given)
    indexing.join()
    (outcome,) = outcomes
    assert outcome.code == 0, outcome.stderr
    assert killed, "a worker was there to be killed"
    assert (outcome.json["added"], outcome.json["failed"]) == (ARTICLES + 2, []) == (alone.json["added"], [])
    assert outcome.json["statements"] == alone.json["statements"]
    assert contents(tmp_path / "spread", given) == contents(tmp_path / "alone", {})


def _kill_a_worker(data: Path, given: Mapping[str, str]) -> bool:
    """Ends one worker by its number as soon as the library holds an article."""
    for _ in range(600):
        time.sleep(0.1)
        workers = [path for path in Path("/proc").glob("[0-9]*") if "ray::Worker" in _title(path)]
        if workers and _articles(data, given):
            os.kill(int(workers[0].name), signal.SIGKILL)
            return True
    return False


def _title(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""


def _articles(data: Path, given: Mapping[str, str]) -> int:
    try:
        with closing(Store.open(data, given["ONRECORD_LIBRARY"])) as store, store.reading() as view:
            return len(list(view.sources()))
    except Exception:  # noqa: BLE001 - it is being made at this moment
        return 0


def test_a_cluster_that_does_not_answer_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="ray is not installed (`onrecord[cluster]`)")
    outcome = onrecord("index", folder, "--ray", "127.0.0.1:9", "--data", tmp_path / "data", given=GIVEN)
    assert_one_sentence(outcome, 2, "127.0.0.1:9", "ray start --head")
