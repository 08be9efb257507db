"""The command `onrecord eval` beside the exam itself: drafting cases, keeping runs, and comparing two of them."""

import json
import shutil
from pathlib import Path

import pytest

from tests.judge_double import let_pass, with_judge
from tests.openai_double import OpenAIDouble, saying
from tests.processes import assert_one_sentence, onrecord


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
    asked = onrecord("eval", "--data", data, "--cases", path, "--json", tmp_path / "one.json")
    assert asked.code == 0, asked.stderr
    alone = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))
    assert (alone["model"], alone["usage"]) == ({}, {}), "No model is set, so none stands beside."
    alone["sets"]["drafted"]["results"][0]["faults"].append("a fault since mended")
    (tmp_path / "before.json").write_text(json.dumps(alone), encoding="utf-8")
    alike = onrecord("eval", "--data", data, "--compare", tmp_path / "one.json", "-1")
    mended = onrecord("eval", "--data", data, "--compare", tmp_path / "before.json", "-1")
    assert alike.stdout == "Every case is answered as before.\n"
    assert mended.stdout.splitlines()[-1] == "1 mended"
    assert json.loads(first)["id"] in mended.stdout


def test_a_run_not_kept_and_comparing_while_drafting_are_one_sentence(data: Path, tmp_path: Path) -> None:
    assert_one_sentence(onrecord("eval", "--data", data, "--compare", "never", "-1"), 1, "There is no run 'never'")
    both = onrecord("eval", "--data", data, "--compare", "-2", "-1", "--make-cases", tmp_path)
    assert_one_sentence(both, 2, "not allowed with")


@pytest.mark.server
def test_a_model_that_is_set_stands_beside_the_offline_writer(data: Path, tmp_path: Path) -> None:
    cases = tmp_path / "two.jsonl"
    evidence = {"source": "000_c64a27a414760035.txt", "quote": "on November 24, 2017"}
    signed = {"id": "signed", "kind": "fact", "question": "When was CEPA signed?", "evidence": [evidence]}
    weather = {"id": "weather", "kind": "off_topic", "question": "Will it rain in Munich?", "reasons": ["off_topic"]}
    cases.write_text(f"{json.dumps(signed)}\n{json.dumps(weather)}\n", encoding="utf-8")
    report, page = tmp_path / "exam.json", tmp_path / "exam.html"
    with OpenAIDouble() as server:
        written = saying("CEPA was signed on November 24, 2017.")
        server.routes["/v1/chat/completions"] = with_judge(lambda _: written)
        let_pass(data, "openai:double")
        asked = onrecord(
            "eval", "--data", data, "--cases", cases, "--json", report, "--html", page,
            ONRECORD_MODEL="openai:double", OPENAI_BASE_URL=server.url,
        )  # fmt: skip
        assert len(server.requests) == 4, "Two to write, two to judge."
    assert asked.code == 0, asked.stderr
    exam = json.loads(report.read_text(encoding="utf-8"))
    ours, model = exam["sets"]["two"], exam["model"]["two"]
    assert (ours["writer"], model["writer"]) == ("offline", "model:openai:double")
    assert {one["id"] for one in ours["results"]} == {one["id"] for one in model["results"]}
    assert model["metrics"]["evidence_recall"]["value"] == 1.0
    assert (exam["usage"]["calls"], exam["usage"]["input_tokens"]) == (4, 200)
    assert "seconds" in exam["usage"]
    assert "model:openai:double" in asked.stdout
    assert "model:openai:double" in page.read_text(encoding="utf-8")
