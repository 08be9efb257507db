"""How RealTime QA is read, from a made-up set, and what counts as shown and as offered to a model."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from evals.realtimeqa import Question, Quiz, by_meaning, by_words, holds, load, normal, shows
from evals.sets import write_lines
from rag import Assistant
from rag.core import Place
from tests.small_world import HARBOUR_ARTICLE, place

ASKED = Question("1", "When was CEPA signed?", dt.date(2025, 5, 1), (normal("November 24, 2017"),), {})


def row(identity: str, text: str) -> dict[str, Any]:
    return {"_id": identity, "title": "Pier", "text": text, "url": "", "source": "gull", "publish_date": "2022/06/01"}


def label(identity: str, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 - as JSON has it
    return {"_id": identity, "ok": True, "answerable": True, "needs_choices": False, "doc": "a"} | parts


@pytest.fixture
def quiz(tmp_path: Path) -> Quiz:
    pier, ferry = "The Second Pier cost $3 million.", "The ferry is late."
    write_lines(tmp_path / "corpus.jsonl", [row("a", pier), row("b", ferry), row("copy", pier)])
    asked = {"answers": ["$3 million"], "date": "2022/06/16"}
    write_lines(tmp_path / "queries.jsonl", [{"_id": name, "text": f"Question {name}?", **asked} for name in "1234"])
    labels = [label("1"), label("2", ok=False), label("3", needs_choices=True), label("4", answerable=False, doc=None)]
    write_lines(tmp_path / "verified.jsonl", labels)
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\tb\t1\n1\tb\t2\n", encoding="utf-8")
    return load(tmp_path)


def test_only_questions_whose_label_holds_are_asked(quiz: Quiz) -> None:
    assert [question.id for question in quiz.answerable] == ["1"]
    assert [question.id for question in quiz.later] == ["4"]


def test_the_article_that_was_read_is_relevant_and_so_is_its_copy(quiz: Quiz) -> None:
    assert quiz.answerable[0].relevant == {"articles.jsonl#1": 3, "articles.jsonl#3": 3, "articles.jsonl#2": 2}
    assert quiz.without_answer(quiz.answerable[0]) == {"articles.jsonl#2"}


def test_an_answer_is_found_whatever_its_marks_and_articles(quiz: Quiz) -> None:
    assert quiz.answerable[0].is_answered_in("It was the $3 Million, they said.")
    assert not quiz.answerable[0].is_answered_in("It was $3 millions.")
    assert normal("The “Second” Pier, a 3.5% rise.") == " second pier 3.5% rise "


def test_an_answer_shows_what_stands_in_its_slices(assistant: Assistant) -> None:
    assert shows(assistant.ask(ASKED.text), ASKED)
    assert not shows(assistant.ask("What did Lavrov say about the EU?"), ASKED)


def test_full_text_alone_and_vectors_alone_rank_articles(assistant: Assistant) -> None:
    for ranking in (by_words, by_meaning):
        assert ranking(assistant, "CEPA signed")[0] == "000_c64a27a414760035.txt"


def test_words_are_offered_to_a_model_where_every_letter_of_them_stands_in_a_piece() -> None:
    built, employs = "The harbour of Portavia was built in 1923.", "It employs 400 people."
    one, two = place(HARBOUR_ARTICLE, built), place(HARBOUR_ARTICLE, employs)
    assert holds(HARBOUR_ARTICLE, built, [one])
    assert holds(HARBOUR_ARTICLE, f"{built} {employs}", [one, two])
    assert not holds(HARBOUR_ARTICLE, f"{built} {employs}", [one])
    assert not holds(HARBOUR_ARTICLE, built, [Place("council.txt", one.span)])
    assert not holds(HARBOUR_ARTICLE, "The harbour is old.", [one, two])
