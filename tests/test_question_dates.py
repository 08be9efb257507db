"""How the times that questions name are read, on Sunday 22 November 2026."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.understanding.time_ranges import bounded, dates_in, years_told

ASKED = dt.date(2026, 11, 22)


def day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("written", "since", "until"),
    [
        ("in March 2024", "2024-03-01", "2024-03-31"),
        ("in March", "2026-03-01", "2026-03-31"),
        ("in December", "2025-12-01", "2025-12-31"),
        ("in 2023", "2023-01-01", "2023-12-31"),
        ("on 24 November 2017", "2017-11-24", "2017-11-24"),
        ("on November 24th, 2017", "2017-11-24", "2017-11-24"),
        ("on the 5th of May", "2026-05-05", "2026-05-05"),
        ("on 2024-03-05", "2024-03-05", "2024-03-05"),
        ("since March 2024", "2024-03-01", None),
        ("since last year", "2025-01-01", None),
        ("from 12 March onwards", "2026-03-12", None),
        ("after May 2024", "2024-06-01", None),
        ("before May 2024", None, "2024-04-30"),
        ("until the end of 2023", None, "2023-12-31"),
        ("by March 2024", None, "2024-03-31"),
        ("between March and May 2024", "2024-03-01", "2024-05-31"),
        ("from January 2023 to March 2024", "2023-01-01", "2024-03-31"),
        ("today", "2026-11-22", "2026-11-22"),
        ("yesterday", "2026-11-21", "2026-11-21"),
        ("this week", "2026-11-16", "2026-11-22"),
        ("last week", "2026-11-09", "2026-11-15"),
        ("the week before last", "2026-11-02", "2026-11-08"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("this year", "2026-01-01", "2026-12-31"),
        ("last Monday", "2026-11-16", "2026-11-16"),
        ("in the last ten days", "2026-11-12", "2026-11-22"),
        ("over the past three weeks", "2026-11-01", "2026-11-22"),
        ("two days ago", "2026-11-20", "2026-11-20"),
        ("a talk two weeks ago", "2026-11-02", "2026-11-08"),
        ("in early 2024", "2024-01-01", "2024-12-31"),
        ("in mid-March 2024", "2024-03-01", "2024-03-31"),
    ],
)
def test_a_time_is_read_as_its_first_and_last_day(written: str, since: str | None, until: str | None) -> None:
    (found,) = dates_in(f"What did Lund say {written}?", ASKED)
    assert (found.since, found.until) == (day(since), day(until))


@pytest.mark.parametrize(
    "words",
    [
        "since the war",
        "on Tuesday's talks",
        "on 31 June 2024",
        "second place",
        "may he speak",
        "in 3 articles",
        "in 1066",
    ],
)
def test_what_is_no_date_of_the_calendar_is_none(words: str) -> None:
    assert dates_in(words, ASKED) == []


def test_the_note_says_how_the_time_was_read() -> None:
    notes = [one.note for one in dates_in("last week, since March 2024, before 2023", ASKED)]
    assert notes == [
        "“last week” was read as 9 to 15 November 2026.",
        "“since March 2024” was read as 1 March 2024 or later.",
        "“before 2023” was read as 31 December 2022 or earlier.",
    ]


def test_two_times_bound_from_both_sides() -> None:
    found = bounded("What did Lund say since 2020 about the pier before 2022", ASKED)
    assert (found.since, found.until) == (dt.date(2020, 1, 1), dt.date(2021, 12, 31))
    assert found.text == "What did Lund say about the pier"


@pytest.mark.parametrize(
    "question",
    [
        "What did Lund say about the treaty signed in 2020?",
        "What did Lund say about the war in 2020?",
        "the pier built in 1923",
    ],
)
def test_the_date_of_an_event_bounds_nothing(question: str) -> None:
    found = bounded(question, ASKED)
    assert (found.text, found.since, found.until, found.notes) == (question, None, None, ())


@given(st.text(alphabet="0123456789 -,.thsndrinceMarchweklayobf", max_size=80), st.dates())
def test_any_text_on_any_day_is_read_without_an_error(text: str, asked: dt.date) -> None:
    for one in dates_in(text, asked):
        assert one.since is None or one.until is None or one.since <= one.until


@pytest.mark.parametrize(
    ("topic", "rest", "years"),
    [
        ("Portavia since 2020", "Portavia", (2020, dt.MAXYEAR)),
        ("the harbour between 2020 and 2023", "the harbour", (2020, 2023)),
        ("Portavia before 2020", "Portavia", (dt.MINYEAR, 2019)),
        ("the storm in 2020", "the storm in 2020", None),
        ("Portavia since last year", "Portavia since last year", None),
        ("the harbour after the storm", "the harbour after the storm", None),
    ],
)
def test_the_years_over_which_a_topic_is_told_are_no_part_of_it(
    topic: str, rest: str, years: tuple[int, int] | None
) -> None:
    assert years_told(topic, ASKED) == (rest, years)
