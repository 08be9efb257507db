"""The measuring of attribution: what counts as found, whose name is right, and traps that only a lie can spring."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals import attribution, polnear, traps
from evals.sets import write_lines
from rag.attribution.statements import attribute
from rag.ingestion.segmentation import sentences
from tests.case_files import table

TEXT = (
    "Talks in Vienna\n\n“We are ready to talk about the border,” Anna Novak said on Monday.\n\n"
    "Peter Hahn said that Prague was not ready.\n\nKarl Blau flew home.\n"
)
OTHER = "A quiet day\n\nNothing at all happened in Prague on Tuesday, and nobody came. Eva Kern said that it rained.\n"
QUOTE = "We are ready to talk about the border,"


def _place(text: str, words: str) -> list[int]:
    start = text.index(words)
    return [start, start + len(words)]


def _mark(words: str, source: str, kind: str, annotator: str = "anna") -> dict[str, Any]:
    told = {"source": source, "content_spans": [_place(TEXT, words)], "type": kind}
    return {"doc_id": "a", "annotator": annotator, **told}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two articles in PolNeAR's format; the first has two annotators, the second no marks."""
    files: dict[str, Sequence[dict[str, Any]]] = {
        "corpus": [{"doc_id": name, "split": "dev", "text": text} for name, text in (("a", TEXT), ("b", OTHER))],
        "attributions_dev": [
            _mark("flew home", "Karl Blau", "indirect", "zoe"),
            _mark("Talks in Vienna", "Vienna", "indirect"),
            _mark(f"“{QUOTE}”", "Anna Novak", "direct"),
            _mark("that Prague was not ready", "Peter Hahn", "indirect"),
        ],
        "quotes_dev": [
            {
                "doc_id": "a",
                "quote": QUOTE,
                "speaker": "Anna Novak",
                "speaker_is_named": True,
                "speaker_source_spans": [_place(TEXT, "Anna Novak")],
                "other_named_sources_in_article": ["Peter Hahn"],
            }
        ],
    }
    for name, rows in files.items():
        write_lines(tmp_path / f"{name}.jsonl", rows)
    return tmp_path


def _read(folder: Path) -> list[attribution.Read]:
    return [(one, attribute(one.article, sentences(one.article)).statements) for one in polnear.load(folder, "dev")]


def test_the_last_name_is_that_of_the_head_and_the_first_annotator_counts(folder: Path) -> None:
    for source, name in table("names", "last name"):
        assert polnear.last_name(source) == name, source
    first, second = polnear.load(folder, "dev")
    assert [one.written for one in first.marked] == ["Anna Novak", "Peter Hahn"]
    assert first.article.cut(first.quoted[0].span) == QUOTE.rstrip(",")
    assert (second.marked, second.quoted) == ((), ())
    assert [block.role for block in first.article.blocks] == ["title", "body", "body", "body"]


def test_tokens_nobody_marked_and_wrong_names_cost_precision_and_no_name_costs_coverage(folder: Path) -> None:
    read = _read(folder)
    (annotated, statements), _ = read
    twice = replace(annotated, marked=(*annotated.marked, annotated.marked[1]))
    assert attribution.content_matched(read) == attribution.Overlap(found=16, marked=13, both=13)
    for figure in (attribution.content_matched, attribution.content_union, attribution.content_direct):
        assert figure(read[:1]).figures == (1.0, 1.0, 1.0), figure
    assert attribution.content_matched([]).figures == (None, None, None)
    assert attribution.content_matched([(twice, statements)]) == attribution.Overlap(found=13, marked=18, both=13)
    assert attribution.content_union([(twice, statements)]) == attribution.Overlap(found=13, marked=13, both=13)
    assert attribution.speakers(read, attribution.ours).figures == (1.0, 1.0, None)
    assert attribution.speakers(read, lambda _one, _quoted: "Anna Hahn").figures == (0.0, 1.0, None)
    assert attribution.speakers(read, lambda _one, _quoted: None).figures == (None, 0.0, None)
    (quoted,) = read[0][0].quoted
    bands = [attribution.ours_sure(read[0], quoted, *bounds) for bounds in ((0.0, 0.9), (0.9, 1.01))]
    assert bands == [None, "Anna Novak"]


def test_every_trap_is_refused_and_the_genuine_quote_is_not_and_the_table_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    caught = traps.spring(_read(folder), 300)
    assert {name: (one.withheld, one.laid) for name, one in caught.items()} == {
        "genuine": (0, 1),
        "swapped speaker": (1, 1),
        "altered word": (1, 1),
        "moved to another article": (1, 1),
    }
    file = tmp_path / "table.json"
    assert attribution.main(["--set", str(folder), "--json", str(file)]) == 0
    assert "content, matched" in capsys.readouterr().out
    rows = {row["what"]: row for row in json.loads(file.read_text(encoding="utf-8"))}
    assert rows["content, union of tokens"]["recall"] == 1.0
    assert rows["withheld: altered word"]["precision"] == 1.0
