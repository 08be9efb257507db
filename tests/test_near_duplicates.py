"""How alike two sentences are, where one has other words, and how passages of nearly the same words become one."""

from dataclasses import replace

from rag.answering.retrieval.near_duplicates import aligned_tokens, changes, collapse, likeness
from rag.core import Article, Hit
from tests.case_files import table
from tests.small_world import article, span

WIRE = "The ferry between Portavia and Tern will stop on Friday, the line said. Four hundred people use it every day."


def printed(source: str, text: str) -> tuple[Article, Hit]:
    made = article(source, f"Ferry stops\n{text}\n")
    return made, Hit(made.passage((span(made, text),)), 1.0)


def test_the_same_report_in_two_papers_is_one_hit_and_a_repetition_or_a_shared_quote_is_none() -> None:
    _, gull = printed("gull.txt", WIRE)
    _, tern = printed("tern.txt", WIRE.replace("will stop", "will stop running"))
    (only,) = collapse([gull, tern])
    assert only == replace(gull, copies=(tern.passage,))
    _, gull = printed("gull.txt", WIRE)
    _, tern = printed("tern.txt", "Bo Quist was angry. The mayor did not answer him. Nobody else in the harbour spoke.")
    assert collapse([gull, tern]) == [gull, tern]
    _, gull = printed("gull.txt", WIRE)
    assert collapse([gull, gull]) == [gull]


BUILT = "Ada Lund’s pier cost $3.5 million, the council said."


def changed(one: str, other: str) -> list[tuple[str, str]]:
    """What stands in the one sentence and what in the other."""
    found = changes(aligned_tokens(one), aligned_tokens(other))
    return [tuple(" ".join(token.folded for token in side) for side in (change.one, change.other)) for change in found]  # type: ignore[misc]


def test_case_marks_and_endings_do_not_count_tokens_stand_where_they_are_found_and_neighbouring_changes_are_one() -> (
    None
):
    assert likeness(aligned_tokens(BUILT), aligned_tokens("ADA LUND'S PIER COST $3.5 million the council said")) == 1.0
    assert [token.folded for token in aligned_tokens(BUILT)][:5] == ["ada", "lund", "pier", "cost", "$3.5"]
    assert [BUILT[token.span.start : token.span.end] for token in aligned_tokens(BUILT)][-2:] == ["council", "said"]
    assert likeness(aligned_tokens(BUILT), aligned_tokens("The ferry is late again, and nobody knows why.")) == 0.0
    for other, expected in table("wordings", "changes"):
        assert changed(BUILT, other) == [tuple(change) for change in expected], other
