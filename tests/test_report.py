"""The reports for terminals and programs: they hold every case, and they agree with the exam."""

import json
from pathlib import Path

import pytest

from evals.floors import Floors
from evals.report import ReportError, as_json, print_changes, print_exam, write
from evals.runs import MEASURES, Change
from tests.exam_parts import NASTY, exam


def test_the_json_holds_means_kinds_latency_and_every_answer() -> None:
    report = json.loads(as_json(exam(), {"own": Floors("d" * 64, {"answer_match": 0.5})}, ("one floor",)))
    own = report["sets"]["own"]

    assert own["metrics"].keys() == set(MEASURES)
    assert own["metrics"]["evidence_recall"] == {"value": 1.0, "judged": 1}
    assert own["kinds"]["off_topic"]["evidence_recall"] == {"value": None, "judged": 0}
    assert own["latency"] == {"p50": 0.25, "p95": 0.75}
    assert own["risk_coverage"] == {"area": 1.0, "points": [{"coverage": 1.0, "risk": 1.0, "confidence": 0.75}]}
    assert (report["floors"], report["missed"]) == ({"own": {"answer_match": 0.5}}, ["one floor"])
    assert [result["id"] for result in own["results"]] == ["built", "sea"]
    assert own["results"][0]["answer"]["text"] == f"In 1911 {NASTY} [1]"
    assert report["baseline"].keys() == {"own"}
    assert report["usage"] == {"input_tokens": 1200.0}


def test_the_table_shows_every_metric_the_latency_the_baseline_and_the_faulty_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_exam(exam(), {"own": Floors("d" * 64, {"answer_match": 0.5, "false_declines": 0.1})})

    shown = capsys.readouterr().out
    assert all(name in shown for name in MEASURES)
    assert "baseline" in shown
    assert "≥ 0.500" in shown
    assert "≤ 0.100" in shown
    assert "p50 250 ms, p95 750 ms" in shown
    assert "input_tokens 1,200" in shown
    assert "- built: " in shown
    assert "- sea: " not in shown


def test_changes_are_told_case_by_case_with_both_answers(capsys: pytest.CaptureFixture[str]) -> None:
    print_changes(
        [
            Change("built", "mended", "When?", "In 1912 [1]", "In 1911 [1]", ("−answer_match",)),
            Change("sea", "added", "How deep?", "", "No.", ()),
        ]
    )

    shown = capsys.readouterr().out
    assert "mended: built: When?  [−answer_match]" in shown
    assert "    − In 1912 [1]\n    + In 1911 [1]" in shown
    assert "1 mended, 1 added" in shown


def test_two_like_runs_are_said_to_be_alike(capsys: pytest.CaptureFixture[str]) -> None:
    print_changes([])

    assert capsys.readouterr().out == "Every case is answered as before.\n"


def test_a_report_that_cannot_be_written_names_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ReportError, match=r"cannot be written to .*run\.json"):
        write(tmp_path / "file" / "run.json", "{}")
