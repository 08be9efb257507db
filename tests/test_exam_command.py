"""A model is examined once before its answers are judged, and everybody is told how it did."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.app.cli import main
from tests.conftest import Outcome
from tests.judge_double import is_for_judge, let_pass, with_judge
from tests.openai_double import OpenAIDouble, saying

pytestmark = pytest.mark.server
QUESTION = "What did Peskov say about Armenia?"
FRIEND = "Peskov said that Armenia is a friend [1]."
Run = Callable[..., Outcome]


@pytest.fixture
def server() -> Iterator[OpenAIDouble]:
    with OpenAIDouble() as double:
        double.routes["/v1/chat/completions"] = with_judge(lambda _: saying(FRIEND))
        yield double


@pytest.fixture
def run(
    server: OpenAIDouble,
    tmp_path: Path,
    library_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs a command over a library of its own, with the double as model, and gives what it left."""
    shutil.copytree(library_dir, tmp_path / "data")
    monkeypatch.setenv("ONRECORD_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ONRECORD_MODEL", "openai:double")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.delenv("ONRECORD_JUDGE", raising=False)

    def command(*words: str) -> Outcome:
        code = main(words)
        told = capsys.readouterr()
        return Outcome(code, told.out, told.err)

    return command


def judged(server: OpenAIDouble) -> int:
    return sum(is_for_judge(request.body) for request in server.requests)


def test_the_command_tells_what_it_takes_then_how_the_judge_did(run: Run) -> None:
    outcome = run("exam")
    assert outcome.code == 0
    assert "Examining openai:double at 127.0.0.1 as judge: 160 sentences, about" in outcome.stderr
    assert "openai:double passed its exam as judge: it let 80 of 80 right sentences pass" in outcome.stdout
    assert "speaker swapped" in outcome.stdout


def test_a_judge_that_fails_ends_the_command_with_1_and_doctor_tells_its_figures(
    run: Run, server: OpenAIDouble
) -> None:
    server.routes["/v1/chat/completions"] = lambda _: saying("\n".join(f"{number}. yes" for number in range(1, 11)))
    outcome = run("exam", "--json")
    assert (outcome.code, outcome.json["is_passed"]) == (1, False)
    assert outcome.json["right"] == {"passed": 80, "stopped": 0, "unread": 0, "of": 80}
    assert "failed its exam as judge: it let 80 of 80 right" in run("doctor").stdout


def test_without_a_model_nobody_is_examined(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONRECORD_MODEL")
    outcome = run("exam")
    assert outcome.code == 2
    assert "ONRECORD_MODEL" in outcome.stderr


def test_the_first_question_examines_the_model_once(run: Run, server: OpenAIDouble) -> None:
    first = run("ask", QUESTION)
    assert "Examining openai:double as judge, once: 160 sentences, about" in first.stderr
    assert "openai:double passed its exam as judge" in first.stderr
    server.requests.clear()
    assert "Examining" not in run("ask", QUESTION).stderr
    assert judged(server) <= 2


def test_a_model_that_passed_is_not_examined(run: Run, tmp_path: Path) -> None:
    let_pass(tmp_path / "data", "openai:double")
    assert "Examining" not in run("ask", QUESTION).stderr


def test_an_answer_offline_examines_nobody(run: Run, server: OpenAIDouble) -> None:
    run("ask", QUESTION, "--writer", "offline")
    assert not server.requests


def test_an_answer_says_that_the_judge_failed(run: Run, server: OpenAIDouble) -> None:
    server.routes["/v1/chat/completions"] = lambda body: saying("Perhaps." if is_for_judge(body) else FRIEND)
    notes = run("ask", QUESTION, "--json").json["notes"]
    assert any("openai:double failed its exam as judge: it let 0 of" in note for note in notes)


def test_a_model_with_no_tokens_left_for_the_exam_is_not_examined(
    run: Run, server: OpenAIDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_MODEL_DAILY_TOKENS", "9000")
    notes = run("ask", QUESTION, "--json").json["notes"]
    assert not judged(server)
    assert any("9,000 tokens do not last" in note for note in notes)
