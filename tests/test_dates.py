"""Only a day that can be read in one way is a date; and how the times that questions name are read."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from rag.answering.understanding.time_ranges import bounded, dates_in, years_told
from rag.text.quantities import iso_date, written_date
from tests.case_files import table


def test_a_date_or_a_time_is_read_in_one_way_alone_and_the_note_says_how() -> None:
    for value, iso in table("times", "iso"):
        assert iso_date(value) == iso, value
    for text, iso in table("times", "written"):
        assert written_date(text) == iso, text
    for written, since, until in table("times", "asked"):
        (read,) = dates_in(f"What did Lund say {written}?", ASKED)
        assert (read.since, read.until) == (day(since), day(until)), written
    for (words,) in table("times", "no time"):
        assert dates_in(words, ASKED) == [], words
    notes = [one.note for one in dates_in("last week, since March 2024, before 2023", ASKED)]
    assert notes == [
        "“last week” was read as 9 to 15 November 2026.",
        "“since March 2024” was read as 1 March 2024 or later.",
        "“before 2023” was read as 31 December 2022 or earlier.",
    ]
    found = bounded("What did Lund say since 2020 about the pier before 2022", ASKED)
    assert (found.since, found.until) == (dt.date(2020, 1, 1), dt.date(2021, 12, 31))
    assert found.text == "What did Lund say about the pier"


ASKED = dt.date(2026, 11, 22)


def day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def test_the_date_of_an_event_bounds_nothing_and_the_years_of_a_topic_are_no_part_of_it() -> None:
    for question in (
        "What did Lund say about the treaty signed in 2020?",
        "What did Lund say about the war in 2020?",
        "the pier built in 1923",
    ):
        found = bounded(question, ASKED)
        assert (found.text, found.since, found.until, found.notes) == (question, None, None, ()), question
    for topic, rest, years in (
        ("Portavia since 2020", "Portavia", (2020, dt.MAXYEAR)),
        ("the harbour between 2020 and 2023", "the harbour", (2020, 2023)),
        ("Portavia before 2020", "Portavia", (dt.MINYEAR, 2019)),
        ("the storm in 2020", "the storm in 2020", None),
        ("Portavia since last year", "Portavia since last year", None),
        ("the harbour after the storm", "the harbour after the storm", None),
    ):
        assert years_told(topic, ASKED) == (rest, years), topic


@given(st.text(alphabet="0123456789 -,.thsndrinceMarchweklayobf", max_size=80), st.dates())
def test_any_text_on_any_day_is_read_without_an_error(text: str, asked: dt.date) -> None:
    for one in dates_in(text, asked):
        assert one.since is None or one.until is None or one.since <= one.until
