"""What the reader is trained and examined on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from evals import reader_groups
from evals.reader_eval import Example, ordering, validated
from evals.train_reader import read_groups, telegraphic
from rag.answering.reading.reader import Candidate
from rag.answering.reading.signals import Asked, Found, Signals


def lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny `reader-train` beside the set that examines onrecord elsewhere."""
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
    rows = [{"set": reader_groups.TESTED, "doc": doc, "question": text, "kind": kind} for doc, text, kind in asked]
    lines(tmp_path / "reader-train" / "questions.jsonl", rows)
    return tmp_path / "reader-train"


def test_no_question_or_article_that_examines_onrecord_elsewhere_is_trained_on(folder: Path) -> None:
    assert [question["doc"] for question in reader_groups.questions_fit(folder)] == ["r3"]


def test_whole_articles_are_held_out_and_always_the_same() -> None:
    articles = [("set", str(number)) for number in range(50)]
    assert len(reader_groups.held_out(articles)) == 5
    assert reader_groups.held_out(articles) == reader_groups.held_out(articles[::-1])


def test_a_sentence_of_another_article_in_the_same_words_is_not_wrong() -> None:
    right = "The harbour closed after the storm on Monday."
    assert reader_groups.is_same("After Monday's storm, the harbour of Velm closed.", right)
    assert not reader_groups.is_same("The harbour opened in 1911.", right)


def test_a_telegraphic_question_keeps_its_content() -> None:
    assert telegraphic("What did the mayor promise about bread?") == "mayor promise bread"
    assert telegraphic("Who is it?") == "Who is it?"


def test_groups_are_read_as_they_were_written(tmp_path: Path) -> None:
    lines(tmp_path / "groups.jsonl", [{"question": "Why?", "right": [], "wrong": []}])
    assert [group["question"] for group in read_groups(tmp_path / "groups.jsonl")] == ["Why?"]


def example(number: int, *, answerable: bool) -> Example:
    found = tuple(Found(Candidate(f"sentence {place}")) for place in range(3))
    return Example(f"article {number}", Asked("Why?"), found, (answerable, False, False), is_answerable=answerable)


def given(*, answerable: bool) -> list[Signals]:
    return [Signals(score, 0.5, 0.5, 1, 1, 0.5, 1) for score in (3.0 if answerable else -3.0, -2.0, -3.0)]


def test_answered_questions_are_told_from_unanswered_by_weights_of_other_articles() -> None:
    kinds = [number % 2 == 0 for number in range(20)]
    examples = [example(number, answerable=kind) for number, kind in enumerate(kinds)]
    judged = list(zip(kinds, validated(examples, [given(answerable=kind) for kind in kinds]), strict=True))
    least = min(judgement.answered for kind, judgement in judged if kind)
    assert least > max(judgement.answered for kind, judgement in judged if not kind)


def test_the_order_counts_questions_whose_answer_was_not_found() -> None:
    missing = Example("b", Asked("Why?"), (Found(Candidate("c")),), (False,), is_answerable=True)
    line = ordering([example(1, answerable=True), missing], [[3, 2, 1], [1]], "order")
    assert "first 1 0.500" in line
    assert "possible 0.500" in line
