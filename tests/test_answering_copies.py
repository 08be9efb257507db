"""What may be cited beside a claim as a copy of its words, and what may not."""

from dataclasses import replace

import pytest

from rag.answering.checking.gate import _of_copies
from rag.core import Claim, Evidence, Place, Span
from tests.small_world import FACTS, HARBOUR_ARTICLE, LOAN, evidence, place

COPY = replace(HARBOUR_ARTICLE, source="tern.txt")
BUILT = place(HARBOUR_ARTICLE, "The harbour of Portavia was built in 1923.")


def world() -> Evidence:
    made = evidence(hits=(FACTS,))
    return replace(made, articles={**made.articles, "tern.txt": COPY}, record=(replace(LOAN, source="tern.txt"),))


def next_objection(claim: Claim, found: Evidence) -> str | None:
    return next(_of_copies(claim, found), None)


def test_the_same_words_in_another_article_may_be_cited_too() -> None:
    assert next_objection(Claim("", (BUILT,), also=(Place("tern.txt", BUILT.span),)), world()) is None


@pytest.mark.parametrize(
    ("also", "reason"),
    [
        (Place("nowhere.txt", BUILT.span), "not in the evidence"),
        (Place("tern.txt", place(HARBOUR_ARTICLE, "Latest news").span), "not in the evidence"),
        (Place("tern.txt", place(HARBOUR_ARTICLE, "It employs 400 people.").span), "other words"),
        (Place("tern.txt", Span(0, 10**6)), "not in the evidence"),
    ],
)
def test_other_words_are_no_copy(also: Place, reason: str) -> None:
    assert reason in (next_objection(Claim("", (BUILT,), also=(also,)), world()) or "")


def test_a_copy_that_somebody_else_speaks_in_is_refused() -> None:
    money = place(HARBOUR_ARTICLE, "Lund said that the town would not borrow money.")
    claim = Claim("", (money,), "Bo Quist", also=(Place("tern.txt", money.span),))
    assert "somebody else" in (next_objection(claim, world()) or "")
