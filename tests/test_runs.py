"""The figures over many answers, the floors that a run may not miss, and the runs that are kept and compared."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.cases import Case, case_sets
from evals.report import as_json
from evals.runs import (
    MEASURES,
    FloorError,
    Floors,
    Past,
    Result,
    Run,
    RunError,
    area,
    compare,
    find,
    keep,
    load_floors,
    missed,
    raised,
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


def test_the_curve_takes_the_most_confident_answers_first_and_a_mean_those_that_are_judged() -> None:
    run = Run("own", (result(answer_match=1.0), result(answer_match=0.5), result()), "d", "offline")
    assert (run.means()["answer_match"].value, run.means()["answer_match"].judged) == (0.75, 2)
    assert run.means("another kind")["answer_match"].value is None
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
    sure = result(confidence=0.5)
    assert risk_coverage([sure, result(), result(right=False)]) == risk_coverage([sure])
    assert risk_coverage([result()]) == ()
    assert risk_coverage([result(declined=True, confidence=0.5)]) == ()
    assert area(()) is None


FIRST, SECOND = "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:06+00:00"


def kept(folder: Path, taken: str) -> Path:
    return keep(folder, taken, as_json(exam(), {}, ()).replace(exam().taken, taken))


def run(*results: dict[str, Any]) -> dict[str, Any]:
    return {"taken": FIRST, "sets": {"own": {"results": list(results)}}}


def case(name: str, text: str, *faults: str) -> dict[str, Any]:
    return {"id": name, "question": f"{name}?", "faults": list(faults), "answer": {"text": text}}


def test_a_run_is_found_by_path_time_and_place_and_the_trend_holds_them_oldest_first(tmp_path: Path) -> None:
    path = kept(tmp_path, FIRST)
    kept(tmp_path, SECOND)
    assert path.name == "2026-01-02T03-04-05Z.json"
    for name in (str(path), path.name, path.stem, "-2"):
        assert find(tmp_path, name)["taken"] == FIRST, name
    assert find(tmp_path, "-1")["taken"] == SECOND
    with pytest.raises(RunError, match="2026-01-02T03-04-05Z"):
        find(tmp_path, "-3")
    with pytest.raises(RunError, match="none yet"):
        find(tmp_path / "empty", "yesterday")
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
        assert [(one.what, one.faults) for one in changes] == ([change] if change else []), before


ANSWER = Answer("When?", "When?", "answered", (), (), "offline")


def ran(**scores: float) -> Run:
    return Run("own", (Result(CASE, ANSWER, dict.fromkeys(MEASURES) | scores, 0.1),), "d0", "offline")


def floors(**bounds: float) -> dict[str, Floors]:
    return {"own": Floors("d0", bounds)}


def test_every_way_to_miss_a_floor_is_told() -> None:
    low, high = floors(evidence_recall=0.9), floors(false_declines=0.03)
    for runs, bounds, sentence in (
        ([ran(evidence_recall=0.89)], low, "own: evidence_recall is 0.890; its floor is at least 0.900"),
        ([ran(false_declines=0.04)], high, "own: false_declines is 0.040; its floor is at most 0.030"),
        ([ran()], floors(evidence_recall=0.0), "not measured by any case"),
        ([replace(ran(evidence_recall=1.0), digest="d9")], low, "write the digest d9"),
        ([], low, "The cases of 'own' are gone, and their floors stand in floors.json."),
    ):
        assert sentence in " ".join(missed(runs, bounds)), runs
    assert missed([replace(ran(right=0.0), name="mine")], {}) == ()


def test_floors_are_raised_to_what_is_reached_never_lowered_and_need_their_reason_no_more() -> None:
    reached = ran(evidence_recall=0.98765, answer_match=0.5, false_declines=0.0104)
    after = raised([reached], floors(evidence_recall=0.9, answer_match=0.7, false_declines=0.03))["own"]
    assert after.bounds == {"evidence_recall": 0.987, "answer_match": 0.7, "false_declines": 0.011}
    assert missed([reached], {"own": after})[0].startswith("own: answer_match is 0.500")
    low = {"own": Floors("d0", {"right": 0.5, "answer_match": 0.5}, {"right": 0.8, "answer_match": 0.8}, {"right": "x", "answer_match": "y"})}  # fmt: skip # noqa: E501
    after = raised([ran(right=0.9, answer_match=0.7)], low)["own"]
    assert (after.bounds, after.highest, after.reasons) == (
        {"right": 0.9, "answer_match": 0.7},
        {"answer_match": 0.8},
        {"answer_match": "y"},
    )


def test_a_floor_without_a_reason_or_a_damaged_file_is_refused_and_ours_are_pinned(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    lowered: dict[str, Any] = {"digest": "d0", "floors": {"right": 0.7}, "highest": {"right": 0.8}}
    path.write_text(json.dumps({"own": lowered}))
    with pytest.raises(FloorError, match=r"lowers the floor of right from 0\.8 to 0\.7 without a reason"):
        load_floors(path)
    path.write_text(json.dumps({"own": lowered | {"reasons": {"right": "Harder cases."}}}))
    assert load_floors(path)["own"].bounds == {"right": 0.7}
    path = tmp_path / "floors.json"
    for text, complaint in (
        ("{", "must be JSON such as"),
        ("[]", "must be JSON such as"),
        ('{"own": {"floors": {}}}', "must be JSON such as"),
        ('{"own": {"digest": "d0", "floors": {"evidence_recall": "high"}}}', "must be JSON such as"),
        ('{"own": {"digest": "d0", "floors": []}}', "must be JSON such as"),
        ('{"own": {"digest": "d0", "floors": {"beauty": 1}}}', "has a floor for 'beauty'; the metrics are right,"),
    ):
        path.write_text(text)
        with pytest.raises(FloorError, match=complaint):
            load_floors(path)
    pinned = load_floors()
    for cases in case_sets():
        assert cases.name in pinned or cases.name == "unseen"
        assert cases.name not in pinned or pinned[cases.name].digest == cases.digest
    for one in pinned.values():
        for name in ("slice_exactness", "quote_exactness", "sentence_coverage", "speaker_accuracy"):
            assert one.bounds[name] == 1.0, name
        assert one.bounds["forbidden_citations"] == 0.0
