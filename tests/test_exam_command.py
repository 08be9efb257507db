"""A model is examined once before its answers are judged, and everybody is told how it did."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Outcome, assert_one_sentence, onrecord
from tests.judge_double import is_for_judge, let_pass, with_judge
from tests.openai_double import OpenAIDouble, saying

pytestmark = pytest.mark.server
QUESTION = "What did Peskov say about Armenia?"


@pytest.fixture
def server() -> Iterator[OpenAIDouble]:
    with OpenAIDouble() as double:
        double.routes["/v1/chat/completions"] = with_judge(lambda _: saying("The articles do not say."))
        yield double


@pytest.fixture
def data(tmp_path: Path, library_dir: Path) -> Path:
    """A library that may be written to."""
    return Path(shutil.copytree(library_dir, tmp_path / "data"))


def run(server: OpenAIDouble, *words: str | Path) -> Outcome:
    return onrecord(*words, ONRECORD_MODEL="openai:double", OPENAI_BASE_URL=server.url)


def judged(server: OpenAIDouble) -> int:
    return sum(is_for_judge(request.body) for request in server.requests)


def test_the_command_tells_what_it_takes_then_how_the_judge_did(server: OpenAIDouble, data: Path) -> None:
    outcome = run(server, "exam", "--data", data)
    assert outcome.code == 0
    assert "Examining openai:double at 127.0.0.1 as judge: 160 sentences, about" in outcome.stderr
    assert "openai:double passed its exam as judge: it let 80 of 80 right sentences pass" in outcome.stdout
    assert "speaker swapped" in outcome.stdout


def test_a_judge_that_fails_ends_the_command_with_1_and_its_figures_as_json(server: OpenAIDouble, data: Path) -> None:
    server.routes["/v1/chat/completions"] = lambda _: saying("\n".join(f"{number}. yes" for number in range(1, 11)))
    outcome = run(server, "exam", "--data", data, "--json")
    assert outcome.code == 1
    assert outcome.json["is_passed"] is False
    assert outcome.json["right"] == {"passed": 80, "stopped": 0, "unread": 0, "of": 80}
    assert "failed its exam" in outcome.json["verdict"]
    told = run(server, "doctor", "--data", data)
    assert "failed its exam as judge: it let 80 of 80 right" in told.stdout


def test_without_a_model_nobody_is_examined(data: Path) -> None:
    assert_one_sentence(onrecord("exam", "--data", data), 2, "ONRECORD_MODEL")


def test_the_first_question_examines_the_model_once(server: OpenAIDouble, data: Path) -> None:
    first = run(server, "ask", QUESTION, "--data", data)
    assert "Examining openai:double as judge, once: 160 sentences, about" in first.stderr
    asked = judged(server)
    again = run(server, "ask", QUESTION, "--data", data)
    assert "Examining" not in again.stderr
    assert asked == judged(server)


def test_a_model_that_passed_is_not_examined(server: OpenAIDouble, data: Path) -> None:
    let_pass(data, "openai:double")
    assert "Examining" not in run(server, "ask", QUESTION, "--data", data).stderr


def test_an_answer_offline_examines_nobody(server: OpenAIDouble, data: Path) -> None:
    run(server, "ask", QUESTION, "--data", data, "--writer", "offline")
    assert not server.requests


def test_an_answer_says_that_the_judge_failed(server: OpenAIDouble, data: Path) -> None:
    server.routes["/v1/chat/completions"] = lambda body: (
        saying("I am not sure.") if is_for_judge(body) else saying("Peskov said that Armenia is a friend [1].")
    )
    notes = json.loads(run(server, "ask", QUESTION, "--data", data, "--json").stdout)["notes"]
    assert any("openai:double failed its exam as judge: it let 0 of" in note for note in notes)


def test_a_model_with_no_tokens_left_for_the_exam_is_not_examined(server: OpenAIDouble, data: Path) -> None:
    server.routes["/v1/chat/completions"] = with_judge(lambda _: saying("Peskov said that Armenia is a friend [1]."))
    limited = {"ONRECORD_MODEL": "openai:double", "OPENAI_BASE_URL": server.url, "ONRECORD_MODEL_DAILY_TOKENS": "9000"}
    outcome = onrecord("ask", QUESTION, "--data", data, "--json", **limited)
    assert not judged(server)
    assert any("9,000 tokens do not last" in note for note in outcome.json["notes"])
