"""The floors: a run below one is told, floors hold for their cases alone, and none sinks without a reason."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.cases import Case, case_sets
from evals.floors import FloorError, Floors, load_floors, missed, raised, save_floors
from evals.runs import MEASURES, Result, Run
from rag.core import Answer

CASE = Case("built", "fact", "When?")
ANSWER = Answer("When?", "When?", "answered", (), (), "offline")


def run(**scores: float) -> Run:
    return Run("own", (Result(CASE, ANSWER, dict.fromkeys(MEASURES) | scores, 0.1),), "d0", "offline")


def floors(**bounds: float) -> dict[str, Floors]:
    return {"own": Floors("d0", bounds)}


def test_a_run_on_its_floors_passes() -> None:
    on = floors(evidence_recall=0.9, forbidden_citations=0.0)
    assert missed([run(evidence_recall=0.9, forbidden_citations=0.0)], on) == ()


def test_every_way_to_miss_a_floor_is_told() -> None:
    low, high = floors(evidence_recall=0.9), floors(false_declines=0.03)
    for runs, bounds, sentence in (
        ([run(evidence_recall=0.89)], low, "own: evidence_recall is 0.890; its floor is at least 0.900"),
        ([run(false_declines=0.04)], high, "own: false_declines is 0.040; its floor is at most 0.030"),
        ([run()], floors(evidence_recall=0.0), "not measured by any case"),
        ([replace(run(evidence_recall=1.0), digest="d9")], low, "write the digest d9"),
        ([], low, "The cases of 'own' are gone, and their floors stand in floors.json."),
    ):
        assert sentence in " ".join(missed(runs, bounds))
    assert missed([replace(run(right=0.0), name="mine")], {}) == ()


def test_floors_are_raised_to_what_is_reached_and_never_lowered() -> None:
    reached = run(evidence_recall=0.98765, answer_match=0.5, false_declines=0.0104)
    after = raised([reached], floors(evidence_recall=0.9, answer_match=0.7, false_declines=0.03))["own"]
    assert after.bounds == {"evidence_recall": 0.987, "answer_match": 0.7, "false_declines": 0.011}
    assert missed([reached], {"own": after})[0].startswith("own: answer_match is 0.500")


def test_raising_pins_the_cases_and_gives_a_new_set_a_floor_for_all_that_it_measures() -> None:
    after = raised([replace(run(right=0.75, count_match=1.0), digest="d9")], {})
    assert after["own"] == Floors("d9", {"right": 0.75, "count_match": 1.0})


def test_a_floor_raised_over_its_old_height_needs_its_reason_no_more() -> None:
    low = {"own": Floors("d0", {"right": 0.5, "answer_match": 0.5}, {"right": 0.8, "answer_match": 0.8}, {"right": "x", "answer_match": "y"})}  # fmt: skip # noqa: E501
    after = raised([run(right=0.9, answer_match=0.7)], low)["own"]
    assert (after.bounds, after.highest, after.reasons) == (
        {"right": 0.9, "answer_match": 0.7},
        {"answer_match": 0.8},
        {"answer_match": "y"},
    )


def test_a_lowered_floor_without_a_reason_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    lowered: dict[str, Any] = {"digest": "d0", "floors": {"right": 0.7}, "highest": {"right": 0.8}}
    path.write_text(json.dumps({"own": lowered}))
    with pytest.raises(FloorError, match=r"lowers the floor of right from 0\.8 to 0\.7 without a reason"):
        load_floors(path)
    path.write_text(json.dumps({"own": lowered | {"reasons": {"right": "Harder cases."}}}))
    assert load_floors(path)["own"].bounds == {"right": 0.7}


def test_floors_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    given = {"own": Floors("d0", {"right": 0.7}, {"right": 0.8}, {"right": "Harder cases."}), "b": Floors("d1", {})}
    save_floors(given, path)
    assert load_floors(path) == given


def test_our_floors_are_pinned_for_our_cases_and_forbid_what_must_never_be() -> None:
    pinned = load_floors()
    for cases in case_sets():
        assert cases.name in pinned or cases.name == "unseen"
        assert cases.name not in pinned or pinned[cases.name].digest == cases.digest
    for one in pinned.values():
        for name in ("slice_exactness", "quote_exactness", "sentence_coverage", "speaker_accuracy"):
            assert one.bounds[name] == 1.0
        assert one.bounds["forbidden_citations"] == 0.0


def test_a_damaged_file_of_floors_is_named(tmp_path: Path) -> None:
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
