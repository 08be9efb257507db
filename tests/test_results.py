"""The figures over many answers: means, percentiles, and the curve of risk over coverage."""

from collections.abc import Mapping

import pytest

from evals.cases import Case
from evals.runs import MEASURES, Exam, Result, Run, area, percentile, risk_coverage
from rag.core import Answer

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


def test_what_is_told_without_a_confidence_is_no_part_of_the_curve() -> None:
    assert risk_coverage([result(confidence=0.5), result(), result(right=False)]) == risk_coverage(
        [result(confidence=0.5)]
    )


def test_there_is_no_curve_where_no_answer_has_a_confidence() -> None:
    assert risk_coverage([result()]) == ()
    assert risk_coverage([result(declined=True, confidence=0.5)]) == ()
    assert area(()) is None


def test_an_exam_adds_up_what_the_writing_took() -> None:
    exam = Exam("2026-01-01T00:00:00+00:00", (Run("own", (result(), result()), "d", "model:x"),))

    assert exam.usage() == {"input_tokens": 20.0, "output_tokens": 6.0}


def test_where_a_passage_ranks_is_a_figure_and_no_fault_of_the_answer() -> None:
    assert result(ndcg_at_10=0.2, answer_match=0.5).faults == ("answer_match",)
