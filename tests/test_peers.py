"""The comparison with other libraries: what is asked, what a row says, and onrecord's own script, run for real."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from evals.peers.__main__ import LIBRARIES, TORCH, NotMeasured, cells, choose, line, main, measured, requirements
from evals.realtimeqa import load
from evals.sets import write_lines

ARTICLES = {
    "ferry": ("Ferry late", "The ferry to Portavia was two hours late on Monday, said Mayor Ada Quill."),
    "pier": ("Pier opens", "The second pier of Portavia cost $3 million. It was opened by Bert Holm on Friday."),
    "school": ("School closes", "The school in Lower Marn closes in June, because it has only nine pupils."),
    "bridge": ("Bridge painted", "The bridge over the Marn is painted green. The work takes until October."),
    "bakery": ("Bakery moves", "The bakery moves to Quay Street, where it employs twelve people."),
}
QUESTIONS = {
    "1": ("How much did the second pier of Portavia cost?", "$3 million", "pier"),
    "2": ("What colour is the bridge over the Marn painted?", "green", "bridge"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    details = {"url": "", "source": "gull", "publish_date": "2022/06/01"}
    write_lines(
        tmp_path / "corpus.jsonl",
        ({"_id": name, "title": title, "text": text, **details} for name, (title, text) in ARTICLES.items()),
    )
    write_lines(
        tmp_path / "queries.jsonl",
        (
            {"_id": name, "text": text, "answers": [answer], "date": "2022/06/16"}
            for name, (text, answer, _) in QUESTIONS.items()
        ),
    )
    label = {"ok": True, "answerable": True, "needs_choices": False}
    write_lines(
        tmp_path / "verified.jsonl", ({"_id": name, "doc": doc, **label} for name, (*_, doc) in QUESTIONS.items())
    )
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n", encoding="utf-8")
    return tmp_path


def test_onrecord_is_measured_on_little_articles_and_the_table_is_saved(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--set", str(folder), "--articles", "5", "--questions", "2", "--only", "onrecord"]

    assert main([*words, "--json", str(folder / "peers.json")]) == 0

    printed = capsys.readouterr().out
    search, answer = json.loads((folder / "peers.json").read_text(encoding="utf-8"))["rows"]
    assert (search["name"], answer["name"]) == ("onrecord, search", "onrecord, answer")
    for row in (search, answer):
        assert row["answer_shown"] == row["article_shown"] == 1.0
        assert 0 < row["p50_seconds"] <= row["p95_seconds"]
        assert min(row[name] for name in ("index_seconds", "index_core_seconds", "disk_bytes", "peak_bytes")) > 0
        assert line(cells(row)) in printed
    assert answer["characters"] < search["characters"]


def test_the_articles_that_answer_come_first_and_are_named_by_their_line(folder: Path) -> None:
    articles, questions = choose(load(folder), 2, 2)

    assert [(article["source"], article["title"]) for article in articles] == [
        ("articles.jsonl#1", "Pier opens"),
        ("articles.jsonl#2", "Bridge painted"),
    ]
    assert [list(question.relevant) for question in questions] == [["articles.jsonl#1"], ["articles.jsonl#2"]]


def test_a_library_that_is_missing_or_cannot_be_installed_is_named_with_the_reason(folder: Path) -> None:
    chroma = next(library for library in LIBRARIES if library.script == "langchain")
    articles, questions = choose(load(folder), 2, 2)

    def row(python: Path | NotMeasured) -> dict[str, Any]:
        (only,) = measured(chroma, python, articles, questions)
        return only

    refused = line(cells(row(NotMeasured("No solution found."))))
    assert refused.split() == ["LangChain", "not", "measured:", "No", "solution", "found."]
    assert "No module named 'langchain_chroma'" in row(Path(sys.executable))["reason"]


def test_torch_is_installed_only_where_it_is_needed() -> None:
    def asking(*, by_torch: bool) -> list[str]:
        return [library.name for library in LIBRARIES if TORCH in requirements(library, TORCH, by_torch=by_torch)]

    assert asking(by_torch=False) == ["txtai"]
    assert asking(by_torch=True) == ["LangChain", "LlamaIndex", "Haystack", "txtai"]
