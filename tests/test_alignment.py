"""How alike two sentences are, and where one has other words."""

import pytest

from rag.answering.retrieval.near_duplicates import aligned_tokens, changes, likeness

BUILT = "Ada Lund’s pier cost $3.5 million, the council said."


def changed(one: str, other: str) -> list[tuple[str, str]]:
    """What stands in the one sentence and what in the other."""
    found = changes(aligned_tokens(one), aligned_tokens(other))
    return [tuple(" ".join(token.folded for token in side) for side in (change.one, change.other)) for change in found]  # type: ignore[misc]


def test_case_marks_and_possessive_endings_do_not_count() -> None:
    assert likeness(aligned_tokens(BUILT), aligned_tokens("ADA LUND'S PIER COST $3.5 million the council said")) == 1.0
    assert [token.folded for token in aligned_tokens(BUILT)][:5] == ["ada", "lund", "pier", "cost", "$3.5"]


def test_tokens_stand_where_they_are_found() -> None:
    assert [BUILT[token.span.start : token.span.end] for token in aligned_tokens(BUILT)][-2:] == ["council", "said"]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("Bo Quist’s pier cost $3.5 million, the council said.", [("ada lund", "bo quist")]),
        ("Ada Lund’s pier cost $200,000, the council said.", [("$3.5 million", "$200,000")]),
        ("Ada Lund’s pier cost $3.5 million.", [("the council said", "")]),
        ("Ada Lund’s old pier cost $3.5 million, the mayor said.", [("", "old"), ("council", "mayor")]),
    ],
)
def test_neighbouring_changes_are_one(other: str, expected: list[tuple[str, str]]) -> None:
    assert changed(BUILT, other) == expected


def test_sentences_that_have_little_in_common_are_not_alike_at_all() -> None:
    assert likeness(aligned_tokens(BUILT), aligned_tokens("The ferry is late again, and nobody knows why.")) == 0.0
