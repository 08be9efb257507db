"""What the reader is trained and examined on."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from evals import reader_groups
from evals.reader_eval import Example, Kind, validated
from rag.core import Signals


def lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny `reader-train` beside the set that examines onrecord elsewhere, and questions of our own."""
    tested = tmp_path / reader_groups.TESTED
    lines(tested / "verified.jsonl", [{"doc": "r1"}])
    lines(tested / "queries.jsonl", [{"text": "Who won?"}])
    (tested / "qrels.tsv").write_text("query-id\tcorpus-id\tgrade\nq\tr2\t3\nq\tr3\t1\n", encoding="utf-8")
    asked = [
        ("r1", "a?", "fact"),
        ("r2", "b?", "fact"),
        ("r3", "c?", "fact"),
        ("r4", "Who won", "fact"),
        ("r5", "d?", "why+"),
    ]
    rows = [
        {"id": f"q{doc}", "set": reader_groups.TESTED, "doc": doc, "question": text, "kind": kind}
        for doc, text, kind in asked
    ]
    lines(tmp_path / "reader-train" / "questions.jsonl", rows)
    lines(tmp_path / "own.jsonl", [row | {"id": f"r{row['doc']}"} for row in rows])
    monkeypatch.setattr(reader_groups, "OWN", tmp_path / "own.jsonl")
    return tmp_path / "reader-train"


def test_no_question_that_examines_elsewhere_is_trained_on_and_whole_articles_are_held_out(folder: Path) -> None:
    assert [question["id"] for question in reader_groups.questions_fit(folder)] == ["qr3", "rr3"]
    asked = [{"id": f"{writing}{number}", "set": "set", "doc": f"{number}"} for writing in "qr" for number in range(50)]
    assert len(reader_groups.held_out(asked[:50])) == 5
    assert reader_groups.held_out(asked) == reader_groups.held_out(asked[::-1])


def example(number: int, *, answerable: bool) -> Example:
    scores = (3.0 if answerable else -3.0, -2.0, -3.0)
    read = tuple(Signals(score, 0.5, 0.5, 0.5, 1, 1, 1, 0.5, 1, 1) for score in scores)
    kind: Kind = "answerable" if answerable else "removed"
    return Example(f"article {number}", kind, 5, read, (answerable, False, False))


def test_answered_questions_are_told_from_unanswered_by_weights_of_other_articles() -> None:
    examples = [example(number, answerable=number % 2 == 0) for number in range(20)]
    given = validated(examples)
    least = min(given[one].answered for one in examples if one.kind == "answerable")
    assert least > max(given[one].answered for one in examples if one.kind == "removed")
