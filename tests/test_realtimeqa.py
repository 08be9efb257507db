"""How RealTime QA is read, from a made-up set, what counts as shown, and how contradicting articles are made of it."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.contradictions import Changed, changed_articles, is_shown
from evals.realtimeqa import Question, Quiz, holds, load, normal, shows
from evals.sets import write_lines
from rag import Assistant
from rag.core import Place
from tests.small_world import HARBOUR_ARTICLE, place
from tests.test_metrics import GOOD

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


def test_the_article_that_was_read_is_relevant_and_an_answer_is_found_whatever_its_marks(
    quiz: Quiz, assistant: Assistant
) -> None:
    assert quiz.answerable[0].relevant == {"articles.jsonl#1": 3, "articles.jsonl#3": 3, "articles.jsonl#2": 2}
    assert quiz.without_answer(quiz.answerable[0]) == {"articles.jsonl#2"}
    assert quiz.answerable[0].is_answered_in("It was the $3 Million, they said.")
    assert not quiz.answerable[0].is_answered_in("It was $3 millions.")
    assert normal("The “Second” Pier, a 3.5% rise.") == " second pier 3.5% rise "
    assert shows(assistant.ask(ASKED.text), ASKED)
    assert not shows(assistant.ask("What did Lavrov say about the EU?"), ASKED)


def test_words_are_offered_to_a_model_where_every_letter_of_them_stands_in_a_piece() -> None:
    built, employs = "The harbour of Portavia was built in 1923.", "It employs 400 people."
    one, two = place(HARBOUR_ARTICLE, built), place(HARBOUR_ARTICLE, employs)
    assert holds(HARBOUR_ARTICLE, built, [one])
    assert holds(HARBOUR_ARTICLE, f"{built} {employs}", [one, two])
    assert not holds(HARBOUR_ARTICLE, f"{built} {employs}", [one])
    assert not holds(HARBOUR_ARTICLE, built, [Place("council.txt", one.span)])
    assert not holds(HARBOUR_ARTICLE, "The harbour is old.", [one, two])


EVIDENCE = "The Second Pier cost $3 million."


def made(tmp_path: Path) -> list[Changed]:
    articles = [row("a", f"{EVIDENCE} That is a lot."), row("b", "The ferry is late.\n\nIt was late before.")]
    write_lines(tmp_path / "corpus.jsonl", articles)
    question = {"_id": "1", "text": "What did it cost?", "answers": ["$3 million"], "date": "2022/06/16"}
    write_lines(tmp_path / "queries.jsonl", [{**question, "choices": ["$3 million", "$5 million"]}])
    write_lines(tmp_path / "verified.jsonl", [label("1", evidence=EVIDENCE)])
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n", encoding="utf-8")
    return list(changed_articles(tmp_path, 5))


def test_a_changed_article_gives_a_wrong_choice_and_both_versions_must_be_side_by_side(tmp_path: Path) -> None:
    (changed,) = made(tmp_path)
    assert changed.articles["copy"]["text"] == "The Second Pier cost $5 million. That is a lot."
    true, false = (
        replace(GOOD.citations[0], number=number, source=source, quote=f"It cost {words}.")
        for number, source, words in ((1, "a", changed.answer), (2, "changed", changed.wrong))
    )
    both = replace(GOOD, citations=(true, false), differences=((1, 2),))
    assert is_shown(both, changed, "changed")
    assert not is_shown(replace(both, differences=()), changed, "changed")
    assert not is_shown(replace(both, citations=(true, replace(false, quote="It is late."))), changed, "changed")
