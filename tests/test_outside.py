"""Sets that others made: each form is read, measured over a real library, and skipped where it is missing."""

from pathlib import Path
from typing import Any

import pytest

from evals.outside import SETS, main, read_beir
from evals.sets import write_lines

pytest.importorskip("ir_measures")
pytest.importorskip("langchain_text_splitters")

DAM = "The dam of Marrin was built in 1911 by the town. It has leaked since May, the mayor said."
PORT = "The port of Leskov was closed in June. Ships go to Tolvane instead, an officer said."


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    """Two documents, two questions that one of them answers, and one that nobody judged."""
    folder = tmp_path / "set"
    folder.mkdir()
    documents = [{"_id": "d7", "title": "Dam leaks", "text": DAM}, {"_id": "d9", "title": "", "text": PORT}]
    write_lines(folder / "corpus.jsonl", documents)
    asked = ("When was the dam of Marrin built?", "When was the port of Leskov closed?", "Who owns the museum?")
    questions = [{"_id": f"q{number}", "text": text} for number, text in enumerate(asked, start=1)]
    write_lines(folder / "queries.jsonl", questions)
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td7\t1\nq2\td9\t2\n", encoding="utf-8")
    return folder


@pytest.fixture
def clapnq(tmp_path: Path) -> Path:
    folder = tmp_path / "clapnq"
    folder.mkdir()
    sentence = "The dam of Marrin was built in 1911 by the town."

    def row(name: str, question: str, text: str, selected: list[str]) -> dict[str, Any]:
        output = [{"answer": "", "selected_sentences": selected}]
        return {"id": name, "input": question, "passages": [{"title": "T", "text": text}], "output": output}

    write_lines(folder / "answerable.jsonl", [row("a1", "When was the dam of Marrin built?", DAM, [sentence])])
    write_lines(folder / "unanswerable.jsonl", [row("u1", "Who owns the museum of Karst?", PORT, [])])
    return folder


def test_a_set_keeps_its_grades_drops_what_nobody_judged_and_is_skipped_where_it_is_not_there(
    beir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read = read_beir(beir)
    assert [document.id for document in read.documents] == ["d7", "d9"]
    assert [(question.id, question.documents) for question in read.questions] == [("q1", {"d7": 1}), ("q2", {"d9": 2})]
    assert read.documents[1].as_article() == {"text": PORT}
    for name in SETS:
        assert main([name, "--set", str(tmp_path / "none")]) == 0
        assert "skipped: there is no folder" in capsys.readouterr().out


def figures(shown: str) -> dict[str, float]:
    rows = [line.rsplit(maxsplit=1) for line in shown.splitlines()[1:]]
    return {name.strip(): float(value) for name, value in rows}


def test_articles_are_ranked_by_their_best_passage_ours_and_the_baselines(
    beir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["time", "--set", str(beir)]) == 0
    found = figures(capsys.readouterr().out)
    assert found["onrecord: RR@10"] == found["baseline: RR@10"] == 1.0


def test_declining_is_measured_on_both_kinds_of_questions_and_the_library_is_kept(
    clapnq: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clapnq", "--set", str(clapnq), "--library", str(tmp_path / "library")]) == 0
    found = figures(capsys.readouterr().out)
    assert found["onrecord: answerable, a marked sentence cited"] == 1.0
    assert found["onrecord: unanswerable, declined"] == 1.0
    assert (found["onrecord: coverage"], found["onrecord: wrong of what it answers"]) == (0.5, 0.0)
    assert found["baseline: area over all questions"] > 0.0
    assert (tmp_path / "library").is_dir()
