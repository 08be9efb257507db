"""The comparison with other libraries: what is asked, what a row says, and onrecord's own script, run for real."""

import json
from pathlib import Path

import pytest

from evals.peers.__main__ import cells, line, main
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
        assert row["answer_shown"] == row["article_shown"] == 1.0, row
        assert 0 < row["p50_seconds"] <= row["p95_seconds"], row
        assert min(row[name] for name in ("index_seconds", "index_core_seconds", "disk_bytes", "peak_bytes")) > 0, row
        assert line(cells(row)) in printed, row
    assert answer["characters"] < search["characters"]
