"""Who said what, as HTML: filters, count, order, and the way to the source."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from rag.app.statement_search import Recorded
from rag.core import Article, ArticleDetails, ArticleListing, Statement
from tests.markup import Markup
from tests.newsroom import CALIBER, ORDA, Newsroom
from ui.views.statements import CHOICES, PAGE, Filters, correction_html, in_order, page_html, room_html

NEWSROOM = Newsroom()
SUMMARY = NEWSROOM.summary()
SHELF = {
    ORDA: ArticleListing(ORDA, "Moscow Weighs in", "Orda", "2025-01-14", "d1", 1),
    CALIBER: ArticleListing(CALIBER, "Kremlin official", "Caliber.Az", "2024-03-02", "d2", 1),
    "undated.txt": ArticleListing("undated.txt", None, None, None, "d3", 1),
}
EARLY = replace(NEWSROOM.said("Dmitry Peskov"), id="early", source=CALIBER)
LATE = replace(NEWSROOM.said("Sergei Lavrov"), id="late")
NEVER = replace(NEWSROOM.said("Ada Lund"), id="never", source="undated.txt")
ARTICLES = {**NEWSROOM.shelf, "undated.txt": replace(NEWSROOM.shelf[ORDA], source="undated.txt")}


def recorded(*statements: Statement, note: str | None = None) -> Recorded:
    return Recorded(statements, (), SHELF, len(statements), note)


def room(
    filters: Filters, found: Recorded, summary: ArticleDetails = SUMMARY, articles: dict[str, Article] = ARTICLES
) -> Markup:
    return Markup(room_html(filters, found, articles, summary))


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("newest", ["late", "early", "never"]),
        ("oldest", ["early", "late", "never"]),
        ("speaker", ["never", "early", "late"]),
        ("place", ["never", "early", "late"]),
    ],
)
def test_the_order_is_as_wanted_and_what_has_no_date_comes_last_in_time(order: str, ids: list[str]) -> None:
    assert [one.id for one in in_order(recorded(NEVER, EARLY, LATE), Filters(order=order))] == ids


def test_a_statement_shows_who_how_what_and_where_and_opens_its_source() -> None:
    page = room(Filters(), recorded(LATE))
    item = page.one("li", "said")
    article = ARTICLES[ORDA]
    assert item.text.startswith("SLSergei Lavrov · direct quote“")
    assert article.cut(LATE.content[0]) in item.text
    link = parse_qs(urlsplit(page.one("a", "chip").attributes["href"]).query)
    assert link["at"] == [f"{LATE.content[0].start}-{LATE.content[0].end}"]
    assert link["digest"] == ["d1"]


def test_the_count_is_the_true_one_and_says_what_it_leaves_out() -> None:
    page = room(Filters(), replace(recorded(EARLY, LATE), count=1, undated=(NEVER,)))
    assert page.one("p", "count").text == (
        "1 statement · 1 more repeat the same words in the same article · "
        "1 statement listed last, in articles without a date · Save as CSV"
    )


def test_nothing_found_says_what_to_do() -> None:
    assert "Remove a filter" in room(Filters(by="x"), recorded()).one("p", "count").text
    assert room(Filters(), recorded(note="Give the full name.")).one("p", "trouble").text == "Give the full name."


def test_the_filters_stand_in_the_form_and_in_the_address_of_the_table() -> None:
    filters = Filters(by='La"v', about="the EU", kind="direct", since="2024-01-01")
    page = room(filters, recorded(LATE))
    fields = {field.attributes["name"]: field.attributes.get("value") for field in page.all("input")}
    assert fields == {"by": 'La"v', "about": "the EU", "since": "2024-01-01", "until": ""}
    (table,) = [link for link in page.all("a") if "download" in link.attributes]
    assert parse_qs(urlsplit(table.attributes["href"]).query) == {
        "by": ['La"v'], "about": ["the EU"], "kind": ["direct"], "since": ["2024-01-01"],
    }  # fmt: skip


def test_a_long_list_comes_in_pages_that_lose_nothing() -> None:
    many = recorded(*(replace(LATE, id=str(number)) for number in range(2 * PAGE + 1)))
    first = Markup(page_html(Filters(), many, ARTICLES, 1))
    assert len(first.all("li", "said")) == PAGE
    assert first.one("button", "more").text == f"Show {PAGE} more of {PAGE + 1}"
    last = Markup(page_html(Filters(), many, ARTICLES, 3))
    assert [item.attributes["data-statement"] for item in last.all("li", "said")] == [str(2 * PAGE)]
    assert not last.all("button", "more")


def test_then_and_now_is_one_speaker_on_a_topic_day_by_day() -> None:
    offered = room(Filters(by="Lavrov", about="EU"), recorded(EARLY, LATE)).one("p", "count")
    assert "Then and now" in offered.text
    page = room(Filters(by="Lavrov", about="EU", order="oldest", view="then"), recorded(LATE, EARLY, NEVER))
    assert [day.text for day in page.all("h3")] == ["2024-03-02", "2025-01-14", "Without a date"]


def test_then_and_now_stays_while_its_filters_change_and_is_left_for_the_list() -> None:
    page = room(Filters(by="Lavrov", about="EU", order="oldest", view="then"), recorded(LATE))
    assert [field.attributes["value"] for field in page.all("input") if field.attributes.get("name") == "view"] == [
        "then"
    ]
    left = [link.attributes["href"] for link in page.all("a") if link.text == "As a list"]
    assert left == ["#record?by=Lavrov&about=EU"]


def test_a_verb_that_tells_more_than_that_somebody_spoke_is_shown() -> None:
    assert (
        "Sergei Lavrov · denied · direct"
        in room(Filters(), recorded(replace(LATE, cue="denied"))).one("li", "said").text
    )


def test_an_open_speaker_an_uncertain_one_and_a_corrected_one_are_shown_as_such() -> None:
    two = replace(LATE, speaker=None, candidates=("Ada Lund", "Bo Lund"))
    item = room(Filters(), recorded(two)).one("li", "said")
    assert item.text.startswith("?Ada Lund or Bo Lund, the article does not say which · direct quote")
    assert not room(Filters(), recorded(two)).all("a", "who")
    assert (
        "Sergei Lavrov (speaker not certain)" in room(Filters(), recorded(replace(LATE, confidence=0.5))).one("li").text
    )
    by_hand = replace(LATE, confidence=0.5, corrected=True)
    assert "Sergei Lavrov · direct quote · corrected by hand" in room(Filters(), recorded(by_hand)).one("li").text


def test_the_form_offers_first_those_who_may_be_meant_then_the_others_of_the_article() -> None:
    two = replace(LATE, speaker=None, candidates=("Ada Lund", "Bo Lund"), speaks_for=None)
    aide = replace(NEVER, speaker="Cai Ito", speaks_for="Dana Roe")
    form = Markup(correction_html("late", recorded(EARLY, aide, two)))
    assert [one.text for one in form.all("button", "choice")] == [
        "Ada Lund", "Bo Lund", "Dmitry Peskov", "Cai Ito", "Dana Roe",
    ]  # fmt: skip
    assert [one.text for one in form.all("button", "meant")] == ["Ada Lund", "Bo Lund"]
    assert form.one("input").attributes["value"] == ""


def test_the_form_holds_the_present_name_offers_no_more_than_fit_and_is_for_statements_alone() -> None:
    crowd = [replace(EARLY, id=f"s{number}", speaker=f"P{number} Li") for number in range(CHOICES + 5)]
    form = Markup(correction_html("late", recorded(LATE, *crowd)))
    assert form.one("input").attributes["value"] == "Sergei Lavrov"
    assert len(form.all("button", "choice")) == CHOICES
    assert not Markup(correction_html("late", recorded(LATE))).all("div", "choices")
    assert correction_html("gone", recorded(LATE)) == ""


def test_hostile_names_in_the_form_stay_words() -> None:
    evil = '"><script>alert(1)</script>'
    form = Markup(correction_html("late", recorded(replace(LATE, speaker=evil, candidates=(f"{evil}2",)))))
    assert not form.all("script")
    assert form.one("input").attributes["value"] == evil


def test_hostile_words_in_every_field_stay_words() -> None:
    evil = '"><script>alert(1)</script>'
    shelf = {evil: ArticleListing(evil, evil, evil, evil, evil, 1)}
    one = replace(LATE, id=evil, source=evil, speaker=evil, via=evil)
    found = Recorded((one,), (), shelf, 1)
    articles = {evil: replace(ARTICLES[ORDA], source=evil)}
    summary = replace(SUMMARY, speakers=(evil,), outlets=(evil,))
    page = room(Filters(evil, evil, evil, evil, evil, evil, evil, evil, evil), found, summary, articles)
    assert not page.all("script")
    assert page.one("a", "who").text == evil


@pytest.mark.parametrize("day", ["yesterday", "2024-13-01", "20240101x"])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        assert Filters(since=day).wanted
