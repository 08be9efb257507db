"""Only a day that can be read in one way is a date."""

from rag.text.dates import iso_date, written_date


def test_an_iso_date_is_kept_as_the_day_it_was_written_with() -> None:
    for value, day in (
        ("2024-03-12", "2024-03-12"),
        (" 2024-03-12T23:10:00+03:00 ", "2024-03-12"),
        ("20240312", "2024-03-12"),
        ("2024-02-30", None),
        ("2024-03", None),
        ("12.03.2024", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00", None),
        ("", None),
    ):
        assert iso_date(value) == day


def test_a_written_date_needs_day_month_and_year_and_must_be_the_only_one() -> None:
    for text, day in (
        ("Published: 12 March 2024", "2024-03-12"),
        ("Sept. 14, 2017, 5:30 pm", "2017-09-14"),
        ("Tuesday 3rd January 2023 at 10:00", "2023-01-03"),
        ("MAY 1 2020", "2020-05-01"),
        ("on 2024-03-12 and again on March 12, 2024", "2024-03-12"),
        ("12 March 2024, updated 13 March 2024", None),
        ("03/04/2024", None),
        ("31 June 2024", None),
        ("March 2024", None),
        ("12 March", None),
    ):
        assert written_date(text) == day
