"""How articles that contradict each other are made of a question set, and what counts as showing it."""

from dataclasses import replace
from pathlib import Path

from evals.contradictions import Changed, changed_articles, is_shown
from evals.sets import write_lines
from tests.test_metrics import GOOD
from tests.test_realtimeqa import label, row

EVIDENCE = "The Second Pier cost $3 million."


def made(tmp_path: Path) -> list[Changed]:
    articles = [row("a", f"{EVIDENCE} That is a lot."), row("b", "The ferry is late.\n\nIt was late before.")]
    write_lines(tmp_path / "corpus.jsonl", articles)
    question = {"_id": "1", "text": "What did it cost?", "answers": ["$3 million"], "date": "2022/06/16"}
    write_lines(tmp_path / "queries.jsonl", [{**question, "choices": ["$3 million", "$5 million"]}])
    write_lines(tmp_path / "verified.jsonl", [label("1", evidence=EVIDENCE)])
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n", encoding="utf-8")
    return list(changed_articles(tmp_path, 5))


def test_a_changed_article_gives_a_wrong_choice_for_the_answer(tmp_path: Path) -> None:
    (changed,) = made(tmp_path)
    assert changed.articles["copy"]["text"] == "The Second Pier cost $5 million. That is a lot."


def test_the_changed_sentence_stands_in_another_article_too(tmp_path: Path) -> None:
    (changed,) = made(tmp_path)
    assert changed.articles["sentence"]["text"] == (
        "The ferry is late.\n\nThe Second Pier cost $5 million.\n\nIt was late before."
    )


def test_both_versions_must_be_set_side_by_side(tmp_path: Path) -> None:
    (changed,) = made(tmp_path)
    true, false = (
        replace(GOOD.citations[0], number=number, source=source, quote=f"It cost {words}.")
        for number, source, words in ((1, "a", changed.answer), (2, "changed", changed.wrong))
    )
    both = replace(GOOD, citations=(true, false), differences=((1, 2),))
    assert is_shown(both, changed, "changed")
    assert not is_shown(replace(both, differences=()), changed, "changed")
    assert not is_shown(replace(both, citations=(true, replace(false, quote="It is late."))), changed, "changed")
