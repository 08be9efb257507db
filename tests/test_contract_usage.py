"""The contract at the edges: doctor, eval, help, wrong usage, empty libraries. One sentence, never a traceback."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import assert_one_sentence, onrecord

HEAVY = {
    "chromadb", "fastapi", "gradio", "langchain", "langchain_core", "langchain_openai", "numpy", "onnx", "onnxruntime",
    "openai", "pydantic", "rich", "spacy", "sqlite3", "tokenizers", "trafilatura", "uvicorn",
}  # fmt: skip


def test_doctor_finds_a_whole_library_sound(library_dir: Path) -> None:
    outcome = onrecord("doctor", "--data", library_dir)
    assert outcome.code == 0, outcome.stdout
    assert "5 articles" in outcome.stdout


def test_doctor_says_that_nothing_is_indexed_without_a_traceback(tmp_path: Path) -> None:
    outcome = onrecord("doctor", "--data", tmp_path / "none")
    assert "Traceback" not in outcome.stderr
    assert "onrecord index" in outcome.stdout + outcome.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["prophesy"],
        ["ask"],
        ["ask", "Who?", "--batch"],
        ["ask", "Who?", "--asked", "soon"],
        ["ask", "Who?", "--writer", "poet"],
        ["search", "dam", "--limit", "0"],
        ["statements", "--kind", "gossip"],
        ["statements", "--since", "May"],
        ["chat", "--port", "http"],
        ["index", "one", "two"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(tmp_path: Path, words: list[str]) -> None:
    assert_one_sentence(onrecord(*words, cwd=tmp_path), 2, "onrecord")


def test_a_bad_setting_is_one_sentence_that_names_the_variable(tmp_path: Path) -> None:
    outcome = onrecord("ask", "Who?", cwd=tmp_path, ONRECORD_EMBEDDINGS="word2vec")
    assert_one_sentence(outcome, 2, "ONRECORD_EMBEDDINGS", "minilm")


@pytest.mark.parametrize(
    "words", [["ask", "Who?"], ["search", "dam"], ["statements"], ["text", "a.txt"], ["eval"]], ids=" ".join
)
def test_an_empty_library_is_one_sentence_that_names_index(tmp_path: Path, words: list[str]) -> None:
    outcome = onrecord(*words, "--data", tmp_path / "none")
    assert_one_sentence(outcome, 1, "onrecord index")
    assert not (tmp_path / "none").exists()


def test_eval_prints_the_table_and_writes_its_reports(tmp_path: Path, library_dir: Path) -> None:
    data = shutil.copytree(library_dir, tmp_path / "data")  # every run is kept there
    outcome = onrecord("eval", "--data", data, "--json", tmp_path / "run.json", "--html", tmp_path / "run.html")
    assert outcome.code == 0, outcome.stderr
    assert "evidence_recall" in outcome.stdout
    sets = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["sets"]
    assert len(sets["seeds"]["results"]) >= 85
    assert len(sets["follow_ups"]["results"]) >= 40
    assert (tmp_path / "run.html").is_file()


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["ask", "--help"], ["chat", "--help"]], ids=" ".join)
def test_help_and_version_load_nothing_heavy_and_need_nothing(tmp_path: Path, words: list[str]) -> None:
    outcome = onrecord(*words, cwd=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in outcome.stderr.splitlines() if "|" in line}
    assert outcome.code == 0
    assert "onrecord" in outcome.stdout
    assert "argparse" in loaded  # the listing works
    assert loaded & HEAVY == set()
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_command(tmp_path: Path) -> None:
    shown = onrecord("--help", cwd=tmp_path).stdout
    assert all(
        command in shown for command in ("index", "ask", "statements", "search", "chat", "eval", "text", "doctor")
    )
