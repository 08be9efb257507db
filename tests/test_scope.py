"""Which articles a question looks at, over a library of two dated articles and one without a date."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering.retrieval.ranking import freshness, scope_of
from rag.core import Query, TimeAsked, Within
from rag.library.store import Store, View
from tests.library_parts import article, fill, record

ASKED = dt.date(2024, 5, 10)
PLAIN = Query("What of the pier?", "What of the pier?", "fact", ASKED, terms=("pier",))
BOUNDED = replace(PLAIN, intent="list", time=TimeAsked(dt.date(2024, 1, 1)))


@pytest.fixture
def view(tmp_path: Path) -> Iterator[View]:
    articles = (
        article("new.txt", "The pier stands.", outlet="The Gull", published="2024-05-08"),
        article("old.txt", "The pier stands.", outlet="The Tern", published="2019-03-01T10:00:00"),
        article("undated.txt", "The pier stands."),
    )
    with closing(fill(Store.create(tmp_path), *map(record, articles))) as store, store.reading() as view:
        yield view


def test_only_what_bounds_the_time_or_names_an_outlet_shuts_articles_out(view: View) -> None:
    assert scope_of(PLAIN, view).sources is None
    scope = scope_of(BOUNDED, view)
    assert (scope.sources, scope.undated) == (frozenset({"new.txt"}), 1)
    asked = replace(BOUNDED, time=TimeAsked(until=dt.date(2019, 3, 1)))
    assert scope_of(asked, view).sources == frozenset({"old.txt"})
    assert scope_of(replace(BOUNDED, intent="fact"), view).sources is None
    assert scope_of(replace(PLAIN, within=Within(outlet="The Gull")), view).sources == frozenset({"new.txt"})


def test_an_article_is_fresh_only_where_a_time_is_asked_for_and_in_an_old_archive_its_last_week_counts(
    view: View,
) -> None:
    recent = scope_of(replace(PLAIN, standalone="What happened to the pier this week?"), view)
    assert freshness("new.txt", recent) == 1.0
    assert (freshness("old.txt", recent) or 0.0) < 0.01
    assert freshness("undated.txt", recent) is None
    assert freshness("new.txt", scope_of(PLAIN, view)) is None
    years_later = replace(PLAIN, standalone="What happened to the pier this week?", asked=dt.date(2030, 1, 1))
    assert freshness("new.txt", scope_of(years_later, view)) == 1.0
