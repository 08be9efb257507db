"""The doctor finds what is stale or broken and mends what it can; a judge counts once it has passed its exam."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.app.cli import main
from rag.app.doctor import Finding, diagnose
from rag.core.settings import Settings
from tests.judge_double import is_for_judge, let_pass, with_judge
from tests.openai_double import OpenAIDouble, saying
from tests.processes import Outcome, onrecord


@pytest.fixture
def settings(tmp_path: Path, library_dir: Path) -> Settings:
    shutil.copytree(library_dir, tmp_path / "data")
    return Settings.from_environment({}, data=tmp_path / "data")


def found(settings: Settings) -> dict[str, Finding]:
    return {finding.part: finding for finding in diagnose(settings)}


def test_new_changed_and_vanished_files_are_counted(tmp_path: Path, seeds: Path) -> None:
    shutil.copytree(seeds, tmp_path / "articles")
    assert onrecord("index", tmp_path / "articles", "--data", tmp_path / "data").code == 0
    settings = Settings.from_environment({}, data=tmp_path / "data")
    first, second, *_ = sorted((tmp_path / "articles").iterdir())
    first.unlink()
    second.write_text("Harbour grows\nThe harbour grew, the mayor said.\n", encoding="utf-8")
    (tmp_path / "articles" / "new.txt").write_text("Pier opens\nThe pier is open.\n", encoding="utf-8")
    assert found(settings)["folder"] == Finding(
        "folder", "stale", "3 files are new, changed or gone; run `onrecord index`"
    )


def test_a_damaged_vector_index_is_rebuilt_and_a_sound_library_is_ok_throughout(settings: Settings) -> None:
    shutil.rmtree(settings.data / "chroma")
    assert found(settings)["vectors"].state in {"ok", "mended"}
    assert any((settings.data / "chroma").iterdir())
    findings = found(settings)
    assert {finding.state for finding in findings.values()} == {"ok"}
    assert "stay on this machine" in findings["writer"].text


def test_a_model_without_a_key_is_named_and_a_second_reader_with_its_machine(tmp_path: Path) -> None:
    settings = Settings.from_environment({"ONRECORD_MODEL": "openai:gpt"}, data=tmp_path)
    assert found(settings)["writer"].state == "broken"
    assert "OPENAI_API_KEY" in found(settings)["writer"].text
    given = {"ONRECORD_MODEL": "openai:gpt", "ONRECORD_JUDGE": "openai:other", "OPENAI_BASE_URL": "http://10.0.0.1/v1"}
    findings = found(Settings.from_environment(given, data=tmp_path))
    assert findings["writer"].text == "model:openai:gpt writer; passages go to 10.0.0.1"
    assert findings["judge"].text.startswith("openai:other was not examined as judge yet")
    assert findings["judge"].text.endswith("go to 10.0.0.1.")


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


def test_the_command_tells_how_the_judge_did_and_without_a_model_nobody_is_examined(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = run("exam")
    assert outcome.code == 0
    assert "Examining openai:double at 127.0.0.1 as judge: 160 sentences, about" in outcome.stderr
    assert "openai:double passed its exam as judge: it let 80 of 80 right sentences pass" in outcome.stdout
    assert "speaker swapped" in outcome.stdout
    monkeypatch.delenv("ONRECORD_MODEL")
    outcome = run("exam")
    assert outcome.code == 2
    assert "ONRECORD_MODEL" in outcome.stderr


def test_a_judge_that_fails_ends_the_command_with_1_and_doctor_tells_its_figures(
    run: Run, server: OpenAIDouble
) -> None:
    server.routes["/v1/chat/completions"] = lambda _: saying("\n".join(f"{number}. yes" for number in range(1, 11)))
    outcome = run("exam", "--json")
    assert (outcome.code, outcome.json["is_passed"]) == (1, False)
    assert outcome.json["right"] == {"passed": 80, "stopped": 0, "unread": 0, "of": 80}
    assert "failed its exam as judge: it let 80 of 80 right" in run("doctor").stdout


def test_the_first_question_examines_the_model_once(run: Run, server: OpenAIDouble) -> None:
    first = run("ask", QUESTION)
    assert "Examining openai:double as judge, once: 160 sentences, about" in first.stderr
    assert "openai:double passed its exam as judge" in first.stderr
    server.requests.clear()
    assert "Examining" not in run("ask", QUESTION).stderr
    assert judged(server) <= 2


def test_only_a_model_is_examined_that_has_not_passed_and_is_to_write(
    run: Run, tmp_path: Path, server: OpenAIDouble
) -> None:
    let_pass(tmp_path / "data", "openai:double")
    assert "Examining" not in run("ask", QUESTION).stderr
    server.requests.clear()
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
