"""Bars in the order of time."""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from rag.app.statement_search import Recorded
from rag.core import ArticleListing
from tests.markup import Element, Markup
from tests.newsroom import Newsroom
from ui.views.statements import timeline_html

SAID = Newsroom().said("Ada Lund")


def bars(days: Iterable[str | None], query: str = "") -> list[Element]:
    shelf = {str(number): ArticleListing(str(number), None, None, day, "d", 1) for number, day in enumerate(days)}
    recorded = Recorded(tuple(replace(SAID, source=source) for source in shelf), (), shelf, len(shelf))
    return Markup(timeline_html(recorded, query)).all("a")


def test_a_bar_a_day_says_how_many_and_leads_to_that_day() -> None:
    first, second = bars(["2024-03-02", "2024-03-01", "2024-03-02T09:00:00Z"], "by=Lund&since=2020-01-01")
    assert first.attributes["aria-label"] == "2024-03-01: 1 statement"
    assert second.attributes["aria-label"] == "2024-03-02: 2 statements"
    assert parse_qs(second.attributes["href"].partition("?")[2]) == {
        "by": ["Lund"], "since": ["2024-03-02"], "until": ["2024-03-02"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("days", "label", "until"),
    [
        ([f"2023-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)], "2023-01", "2023-01-31"),
        ([f"2024-{month:02}-{day:02}" for month in (2, 3, 4) for day in range(1, 29)], "2024-02", "2024-02-29"),
        ([f"{year}-{month:02}-01" for year in range(2000, 2010) for month in range(1, 13)], "2000", "2000-12-31"),
    ],
)
def test_many_days_are_counted_by_month_and_many_months_by_year(days: list[str], label: str, until: str) -> None:
    first = bars(days)[0]
    assert first.attributes["aria-label"].startswith(f"{label}: ")
    assert parse_qs(first.attributes["href"].partition("?")[2])["until"] == [until]


def test_one_day_or_none_is_no_line() -> None:
    assert bars(["2024-03-02", "2024-03-02", None]) == bars([None]) == []
