"""The gate: a run below a floor is told, and floors hold only for the cases they were pinned for."""

from dataclasses import replace
from pathlib import Path

import pytest

from evals.cases import Case, digest
from evals.gate import FloorError, Floors, load_floors, missed
from evals.metrics import METRICS, Result, Run
from rag.types import Answer

CASE = Case("built", "fact", "When?")
ANSWER = Answer("When?", "When?", "answered", (), (), "offline")


def run(**scores: float) -> Run:
    return Run((Result(CASE, ANSWER, dict.fromkeys(METRICS) | scores, 0.1),), "d0", "offline")


def test_a_run_on_its_floors_passes() -> None:
    floors = Floors("d0", {"evidence_recall": 0.9, "forbidden_citations": 0.0})

    assert missed(run(evidence_recall=0.9, forbidden_citations=0.0), floors) == ()


def test_a_mean_below_its_floor_is_named_with_both_figures() -> None:
    (sentence,) = missed(run(evidence_recall=0.89), Floors("d0", {"evidence_recall": 0.9}))

    assert sentence == "evidence_recall is 0.890; its floor is at least 0.900 (evals/floors.json)."


def test_a_metric_of_faults_has_its_floor_above() -> None:
    (sentence,) = missed(run(false_declines=0.04), Floors("d0", {"false_declines": 0.03}))

    assert sentence == "false_declines is 0.040; its floor is at most 0.030 (evals/floors.json)."


def test_a_floor_that_no_case_measures_is_missed() -> None:
    (sentence,) = missed(run(), Floors("d0", {"evidence_recall": 0.0}))

    assert "not measured by any case" in sentence


def test_other_cases_are_told_with_the_digest_to_write_down() -> None:
    (sentence,) = missed(replace(run(evidence_recall=1.0), digest="d9"), Floors("d0", {"evidence_recall": 0.9}))

    assert '"digest": "d9"' in sentence


def test_our_floors_are_pinned_for_our_cases_and_forbid_what_must_never_be() -> None:
    floors = load_floors()

    assert floors.digest == digest()
    for name in ("slice_exactness", "quote_exactness", "sentence_coverage", "speaker_accuracy"):
        assert floors.bounds[name] == 1.0
    assert floors.bounds["forbidden_citations"] == 0.0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "must be JSON such as"),
        ('{"floors": {}}', "must be JSON such as"),
        ('{"digest": "d0", "floors": {"evidence_recall": "high"}}', "must be JSON such as"),
        ('{"digest": "d0", "floors": []}', "must be JSON such as"),
        ('{"digest": "d0", "floors": {"beauty": 1}}', "has a floor for 'beauty'; the metrics are slice_exactness,"),
    ],
)
def test_a_damaged_file_of_floors_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "floors.json"
    path.write_text(text)

    with pytest.raises(FloorError, match=complaint):
        load_floors(path)
