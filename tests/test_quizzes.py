"""How RealTime QA is read, from a made-up set of two articles and four questions."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.quizzes import Quiz, load, normal


def lines(path: Path, *rows: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def article(identity: str, text: str) -> dict[str, Any]:
    return {"_id": identity, "title": "Pier", "text": text, "url": "", "source": "gull", "publish_date": "2022/06/01"}


def label(identity: str, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 - as JSON has it
    return {"_id": identity, "ok": True, "answerable": True, "needs_choices": False, "doc": "a"} | parts


@pytest.fixture
def quiz(tmp_path: Path) -> Quiz:
    lines(
        tmp_path / "corpus.jsonl",
        article("a", "The Second Pier cost $3 million."),
        article("b", "The ferry is late."),
        article("copy", "The Second Pier cost $3 million."),
    )
    lines(
        tmp_path / "queries.jsonl",
        *(
            {"_id": name, "text": f"Question {name}?", "answers": ["$3 million"], "date": "2022/06/16"}
            for name in "1234"
        ),
    )
    lines(
        tmp_path / "verified.jsonl",
        label("1"),
        label("2", ok=False),
        label("3", needs_choices=True),
        label("4", answerable=False, doc=None),
    )
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\tb\t1\n1\tb\t2\n", encoding="utf-8")
    return load(tmp_path)


def test_only_questions_whose_label_holds_are_asked(quiz: Quiz) -> None:
    assert [one.id for one in quiz.answerable] == ["1"]
    assert [one.id for one in quiz.later] == ["4"]


def test_the_article_that_was_read_is_relevant_and_so_is_its_copy(quiz: Quiz) -> None:
    assert quiz.answerable[0].relevant == {"articles.jsonl#1": 3, "articles.jsonl#3": 3, "articles.jsonl#2": 2}


def test_articles_that_hold_the_answer_are_told_from_those_that_do_not(quiz: Quiz) -> None:
    assert quiz.without_answer(quiz.answerable[0]) == {"articles.jsonl#2"}


def test_an_answer_is_found_whatever_its_marks_and_articles(quiz: Quiz) -> None:
    assert quiz.answerable[0].is_answered_in("It was the $3 Million, they said.")
    assert not quiz.answerable[0].is_answered_in("It was $3 millions.")


def test_words_keep_their_order_and_lose_their_marks() -> None:
    assert normal("The “Second” Pier, a 3.5% rise.") == " second pier 3.5% rise "
