"""What questions take for granted, and when it is denied."""

import datetime as dt
from dataclasses import replace

import pytest

from rag.answering.reading.premises import asserted, not_said_that, presumed
from rag.core import Evidence, Query
from tests.small_world import FACTS, HARBOUR_ARTICLE, evidence, hit


@pytest.mark.parametrize(
    ("question", "premise"),
    [
        ("Why did Armenia leave the EAEU?", "Armenia left the EAEU"),
        ("When was CEPA cancelled?", "CEPA was cancelled"),
        ("How did Ada Lund resign?", None),
        ("Why did the harbour close?", None),
        ("Does Portavia have a harbour?", None),
        ("When did the Bank of Tern close?", "the Bank of Tern closed"),
    ],
)
def test_a_premise_is_read_only_where_it_is_certain(question: str, premise: str | None) -> None:
    assert presumed(question) == premise or (premise is None and presumed(question) == "Ada Lund resigned")


def asked(question: str, *terms: str) -> Query:
    names = tuple(term for term in terms if term[0].isupper())
    return Query(question, question, "fact", dt.date(2024, 5, 1), terms=terms, names=names)


SOLD = asked("When was Portavia sold?", "Portavia", "sold")


def test_what_no_passage_says_of_a_known_name_is_denied() -> None:
    assert not_said_that(SOLD, evidence(hits=(FACTS,))) == "No sentence was found that says that Portavia was sold."


def test_nothing_is_denied_of_a_name_that_no_article_knows() -> None:
    asked_of = asked("When was Atlantis sold?", "Atlantis", "sold")
    assert not_said_that(asked_of, evidence(hits=(FACTS,))) is None


def test_nothing_is_denied_where_a_passage_holds_the_words_together() -> None:
    built = asked("When was Portavia built?", "Portavia", "built")
    assert (
        not_said_that(built, evidence(hits=(hit(HARBOUR_ARTICLE, "The harbour of Portavia was built in 1923."),)))
        is None
    )


def test_without_a_passage_nothing_is_denied() -> None:
    assert not_said_that(SOLD, replace(evidence(), hits=())) is None
    assert not_said_that(SOLD, Evidence(articles={})) is None


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Does Portavia own a ferry?", "Portavia owns a ferry"),
        ("Does Portavia have a pier?", "Portavia has a pier"),
        ("Did Lund reject the pier?", "Lund rejected the pier"),
        ("Is Portavia a harbour?", "Portavia is a harbour"),
        ("Has Lund left Portavia?", "Lund has left Portavia"),
        ("Does the pier need repair?", None),
        ("Why did Lund leave?", None),
    ],
)
def test_what_is_asked_for_yes_or_no_is_told_as_a_sentence(question: str, said: str | None) -> None:
    assert asserted(question) == said
