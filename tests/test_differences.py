"""Which citations are said to contradict each other, and which are not."""

import datetime as dt

import pytest

from rag.answering.checking.contradictions import differing
from rag.types import Asks, Citation, Evidence, Query


def asked(question: str, asks: Asks, *terms: str) -> Query:
    return Query(question, question, "fact", dt.date(2024, 5, 1), asks=asks, terms=terms)


def citations(*quotes: str) -> tuple[Citation, ...]:
    """One citation of each of the texts, each in an article of its own."""
    return tuple(
        Citation(
            number=number,
            source=f"{number}.txt",
            line=1,
            start=0,
            end=len(quote),
            quote=quote,
            title=None,
            published=None,
            outlet=None,
            url=None,
            speaker=None,
            via=None,
            kind="narration",
            polarity="asserts",
            statement_id=None,
            digest="0",
        )
        for number, quote in enumerate(quotes, start=1)
    )


def groups(query: Query, *quotes: str) -> tuple[tuple[int, ...], ...]:
    return differing(query, Evidence(articles={}), citations(*quotes))


WAR = asked("How long was the war?", "how_long", "war")
FLED = asked("How many people fled?", "how_many", "people", "fled")


def test_two_lengths_of_one_war_differ() -> None:
    assert groups(WAR, "It ended after a six-week war.", "Following a 60-day war it won.") == ((1, 2),)


def test_one_length_in_two_units_is_one_length() -> None:
    assert groups(WAR, "It ended after a six-week war.", "Following a 42-day war it won.") == ()
    assert groups(WAR, "It ended after a six-week war.", "Following a 44-day war it won.") == (), "to the nearest week"


@pytest.mark.parametrize(
    ("query", "one", "other"),
    [
        (WAR, "It ended after a six-week war.", "The war followed a 44-day siege."),
        (WAR, "It ended after a six-week war.", "A long war began."),
        (FLED, "Some 100,000 people fled.", "About 120,000 people fled."),
        (FLED, "At first 300 people fled.", "Later 300 people fled."),
        (FLED, "Then 300 people fled and 20 people died.", "Then 500 people fled."),
        (FLED, "Then 300 people fled.", "Then 500 people came."),
    ],
    ids=["another noun", "no number", "hedged", "the same", "two values", "something else asked"],
)
def test_what_may_both_be_true_is_no_difference(query: Query, one: str, other: str) -> None:
    assert groups(query, one, other) == ()


def test_two_counts_of_the_same_people_differ() -> None:
    assert groups(FLED, "Then 300 people fled.", "Then 500 people fled.") == ((1, 2),)
