"""The figures over many answers, and the runs that are kept: found again, traced, and compared case by case."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evals.cases import Case
from evals.report import as_json
from evals.runs import (
    MEASURES,
    Exam,
    Past,
    Result,
    Run,
    RunError,
    area,
    compare,
    find,
    keep,
    percentile,
    risk_coverage,
    trend,
)
from rag.core import Answer
from tests.exam_parts import exam

CASE = Case("built", "fact", "When?")
NONE: Mapping[str, float | None] = dict.fromkeys(MEASURES)


def result(*, right: bool = True, confidence: float | None = None, declined: bool = False, **scores: float) -> Result:
    answer = Answer(
        "When?", "When?", "declined" if declined else "answered", (), (), "offline", confidence=confidence,
        usage={"input_tokens": 10, "output_tokens": 3},
    )  # fmt: skip
    return Result(CASE, answer, {**NONE, "right": float(right), **scores}, 1.0)


def test_a_mean_leaves_out_answers_that_the_metric_says_nothing_of() -> None:
    run = Run("own", (result(answer_match=1.0), result(answer_match=0.5), result()), "d", "offline")
    assert (run.means()["answer_match"].value, run.means()["answer_match"].judged) == (0.75, 2)
    assert run.means("another kind")["answer_match"].value is None


def test_a_percentile_is_a_value_that_occurred() -> None:
    values = [0.4, 0.1, 0.3, 0.2]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.95, 1.0)] == [0.1, 0.2, 0.4, 0.4]
    assert percentile([0.7], 0.5) == 0.7


def test_the_curve_takes_the_most_confident_answers_first_and_stops_where_questions_are_declined() -> None:
    points = risk_coverage(
        [
            result(confidence=0.2, right=False),
            result(confidence=0.9),
            result(confidence=0.6),
            result(confidence=0.1, declined=True),
        ]
    )
    assert [(point.coverage, point.risk) for point in points] == [(0.25, 0.0), (0.5, 0.0), (0.75, pytest.approx(1 / 3))]
    assert area(points) == pytest.approx(1 / 9)


def test_equal_confidence_is_one_point_so_that_the_order_of_the_cases_says_nothing() -> None:
    wrong, good = result(confidence=0.5, right=False), result(confidence=0.5)
    assert risk_coverage([wrong, good]) == risk_coverage([good, wrong])
    assert [(point.coverage, point.risk) for point in risk_coverage([wrong, good])] == [(1.0, 0.5)]


def test_answers_without_a_confidence_are_no_part_of_the_curve() -> None:
    sure = result(confidence=0.5)
    assert risk_coverage([sure, result(), result(right=False)]) == risk_coverage([sure])
    assert risk_coverage([result()]) == ()
    assert risk_coverage([result(declined=True, confidence=0.5)]) == ()
    assert area(()) is None


def test_an_exam_adds_up_what_the_writing_took() -> None:
    exam = Exam("2026-01-01T00:00:00+00:00", (Run("own", (result(), result()), "d", "model:x"),))
    assert exam.usage() == {"input_tokens": 20.0, "output_tokens": 6.0}


def test_where_a_passage_ranks_is_a_figure_and_no_fault_of_the_answer() -> None:
    assert result(ndcg_at_10=0.2, answer_match=0.5).faults == ("answer_match",)


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


def test_a_file_that_is_no_run_and_a_folder_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"taken": "today"}'):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(RunError, match=r"x\.json is no run of the eval"):
            trend(tmp_path)
    with pytest.raises(RunError, match="cannot be kept"):
        keep(tmp_path / "x.json", FIRST, json.dumps({}))


def test_the_trend_holds_the_figures_of_every_kept_run_oldest_first(tmp_path: Path) -> None:
    kept(tmp_path, SECOND)
    kept(tmp_path, FIRST)
    past = trend(tmp_path)
    assert [one.taken for one in past] == [FIRST, SECOND]
    assert past[0].figures == Past.of(exam()).figures
    assert past[0].figures["own"]["evidence_recall"] == 1.0


def test_every_way_in_which_a_case_can_change_is_told() -> None:
    for before, after, change in (
        (case("a", "A"), case("a", "A"), None),
        (case("a", "A", "x"), case("a", "B"), ("mended", ("−x",))),
        (case("a", "A"), case("a", "A", "y"), ("broken", ("+y",))),
        (case("a", "A", "x"), case("a", "A", "y"), ("broken", ("−x", "+y"))),
        (case("a", "A"), case("a", "B"), ("reworded", ())),
        (None, case("a", "A"), ("added", ())),
        (case("a", "A"), None, ("gone", ())),
    ):
        changes = list(compare(run(*filter(None, [before])), run(*filter(None, [after]))))
        assert [(one.what, one.faults) for one in changes] == ([change] if change else [])
