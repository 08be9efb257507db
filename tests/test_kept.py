"""The runs that are kept: found again by name and place, traced, and compared case by case."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.report import as_json
from evals.runs import Past, RunError, compare, find, keep, trend
from tests.exam_parts import exam

FIRST, SECOND = "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:06+00:00"


def kept(folder: Path, taken: str) -> Path:
    return keep(folder, taken, as_json(exam(), {}, ()).replace(exam().taken, taken))


def run(*results: dict[str, Any]) -> dict[str, Any]:
    return {"taken": FIRST, "sets": {"own": {"results": list(results)}}}


def case(name: str, text: str, *faults: str) -> dict[str, Any]:
    return {"id": name, "question": f"{name}?", "faults": list(faults), "answer": {"text": text}}


def test_a_run_is_found_by_its_path_its_time_and_its_place_from_the_end(tmp_path: Path) -> None:
    path = kept(tmp_path, FIRST)
    kept(tmp_path, SECOND)

    assert path.name == "2026-01-02T03-04-05Z.json"
    for name in (str(path), path.name, path.stem, "-2"):
        assert find(tmp_path, name)["taken"] == FIRST
    assert find(tmp_path, "-1")["taken"] == SECOND


def test_a_run_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    kept(tmp_path, FIRST)

    with pytest.raises(RunError, match="2026-01-02T03-04-05Z"):
        find(tmp_path, "-2")
    with pytest.raises(RunError, match="none yet"):
        find(tmp_path / "empty", "yesterday")


@pytest.mark.parametrize("text", ["{", "[]", '{"taken": "today"}'])
def test_a_file_that_is_no_run_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)

    with pytest.raises(RunError, match=r"x\.json is no run of the eval"):
        trend(tmp_path)


def test_the_trend_holds_the_figures_of_every_kept_run_oldest_first(tmp_path: Path) -> None:
    kept(tmp_path, SECOND)
    kept(tmp_path, FIRST)

    past = trend(tmp_path)

    assert [one.taken for one in past] == [FIRST, SECOND]
    assert past[0].figures == Past.of(exam()).figures
    assert past[0].figures["own"]["evidence_recall"] == 1.0


def test_every_way_in_which_a_case_can_change_is_told() -> None:
    before = run(
        case("same", "A"), case("mended", "A", "x"), case("broken", "A"), case("reworded", "A"), case("gone", "A")
    )
    after = run(
        case("same", "A"), case("mended", "B"), case("broken", "A", "y"), case("reworded", "B"), case("added", "A")
    )

    changes = {change.case: (change.what, change.faults) for change in compare(before, after)}

    assert changes == {
        "mended": ("mended", ("−x",)),
        "broken": ("broken", ("+y",)),
        "reworded": ("reworded", ()),
        "added": ("added", ()),
        "gone": ("gone", ()),
    }


def test_a_case_that_loses_one_fault_and_gets_another_is_broken() -> None:
    (change,) = compare(run(case("a", "A", "x")), run(case("a", "A", "y")))

    assert (change.what, change.faults) == ("broken", ("−x", "+y"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(RunError, match="cannot be kept"):
        keep(tmp_path / "file", FIRST, json.dumps({}))
