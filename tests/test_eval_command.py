"""The command `onrecord eval` beside the exam itself: drafting cases, keeping runs, and comparing two of them."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import assert_one_sentence, onrecord


@pytest.fixture(scope="module")
def data(library_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the seeds that may be written to."""
    return Path(shutil.copytree(library_dir, tmp_path_factory.mktemp("eval") / "data"))


def test_cases_are_drafted_asked_and_two_runs_compared(data: Path, tmp_path: Path) -> None:
    drafted = onrecord("eval", "--data", data, "--make-cases", tmp_path)
    path = tmp_path / "drafted.jsonl"
    assert drafted.code == 0
    assert str(path) in drafted.stdout
    first, second = path.read_text(encoding="utf-8").splitlines()[:2]
    path.write_text(f"{first}\n{second}\n", encoding="utf-8")

    for name in ("one", "two"):
        asked = onrecord("eval", "--data", data, "--cases", path, "--json", tmp_path / f"{name}.json")
        assert asked.code == 0, asked.stderr
    runs = sorted((data / "evals").glob("*.json"))
    changed = json.loads(runs[0].read_text(encoding="utf-8"))
    changed["sets"]["drafted"]["results"][0]["faults"].append("a fault since mended")
    runs[0].write_text(json.dumps(changed), encoding="utf-8")

    alike = onrecord("eval", "--data", data, "--compare", tmp_path / "one.json", tmp_path / "two.json")
    mended = onrecord("eval", "--data", data, "--compare", runs[0], "-1")

    assert alike.stdout == "Every case is answered as before.\n"
    assert mended.stdout.splitlines()[-1] == "1 mended"
    assert json.loads(first)["id"] in mended.stdout


def test_a_run_that_is_not_kept_is_one_sentence(data: Path) -> None:
    assert_one_sentence(onrecord("eval", "--data", data, "--compare", "never", "-1"), 1, "There is no run 'never'")


def test_comparing_and_drafting_exclude_each_other(data: Path, tmp_path: Path) -> None:
    both = onrecord("eval", "--data", data, "--compare", "-2", "-1", "--make-cases", tmp_path)

    assert_one_sentence(both, 2, "not allowed with")
