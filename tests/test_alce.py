"""Whether citations carry a sentence: what counts as carried, and which citation is needed for it."""

from dataclasses import replace

import pytest

from evals.metrics import is_carried, is_needed
from rag.core import Citation, Sentence

MAY = Citation(
    number=1, source="dam.txt", line=1, start=0, end=31, quote="The dam had been leaking since May.", title="Dam leaks",
    published="1931-06-01", outlet="The Vale", url=None, speaker="Bo Ek", via="Radio Vale", kind="reported",
    polarity="asserts", statement_id=None, digest="d1",
)  # fmt: skip
BUILT = replace(MAY, number=2, quote="It was built in 1911.")


def said(text: str) -> Sentence:
    return Sentence(text, (1,), "checked")


@pytest.mark.parametrize(
    "text",
    [
        "The dam had been leaking since May.",
        "Bo Ek, via Radio Vale, said in *Dam leaks* (The Vale, 1931-06-01): the dam leaked since May.",
        "It leaks.",
    ],
)
def test_a_sentence_is_carried_by_the_words_cited_and_the_names_that_credit_them(text: str) -> None:
    assert is_carried(said(text), (MAY,))


@pytest.mark.parametrize(
    "text", ["It leaked since June.", "Ann Lee said it leaks.", "The dam leaks 3 litres.", "It burst."]
)
def test_a_number_a_name_or_a_word_that_no_citation_holds_is_not_carried(text: str) -> None:
    assert not is_carried(said(text), (MAY,))


def test_two_citations_carry_together_what_neither_carries_alone() -> None:
    both = said("The dam, built in 1911, leaks since May.")

    assert is_carried(both, (MAY, BUILT))
    assert is_needed(MAY, both, (MAY, BUILT))
    assert is_needed(BUILT, both, (MAY, BUILT))


def test_a_citation_that_adds_nothing_is_not_needed_and_none_is_for_a_sentence_that_falls() -> None:
    leaks = said("The dam leaks since May.")

    assert is_needed(MAY, leaks, (MAY, BUILT))
    assert not is_needed(BUILT, leaks, (MAY, BUILT))
    assert not is_needed(MAY, said("The dam burst."), (MAY, BUILT))
