"""How passages of nearly the same words become one."""

from dataclasses import replace

from rag.answering.retrieval.near_duplicates import collapse
from rag.core import Article, Hit
from tests.small_world import article, span

WIRE = "The ferry between Portavia and Tern will stop on Friday, the line said. Four hundred people use it every day."


def printed(source: str, text: str) -> tuple[Article, Hit]:
    made = article(source, f"Ferry stops\n{text}\n")
    return made, Hit(made.passage((span(made, text),)), 1.0)


def test_the_same_report_in_two_papers_is_one_hit_that_names_both() -> None:
    _, gull = printed("gull.txt", WIRE)
    _, tern = printed("tern.txt", WIRE.replace("will stop", "will stop running"))
    (only,) = collapse([gull, tern])
    assert only == replace(gull, copies=(tern.passage,))


def test_two_reports_that_share_a_quote_stay_two() -> None:
    _, gull = printed("gull.txt", WIRE)
    _, tern = printed("tern.txt", "Bo Quist was angry. The mayor did not answer him. Nobody else in the harbour spoke.")
    assert collapse([gull, tern]) == [gull, tern]


def test_a_passage_that_repeats_itself_in_one_article_is_no_second_source() -> None:
    _, gull = printed("gull.txt", WIRE)
    assert collapse([gull, gull]) == [gull]
