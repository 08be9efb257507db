"""Who said what, as HTML: filters, count, order, the timeline, and who a speaker is."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rag import Recorded, StatementSearch
from rag.core import Article, ArticleDetails, ArticleListing, Bearer, HeldRole, Profile, Statement
from tests.markup import Element, Markup
from tests.newsroom import CALIBER, ORDA, Newsroom
from ui.views.statements import (
    STATEMENTS_A_PAGE,
    Filters,
    correction_html,
    head_html,
    page_html,
    sorted_statements,
    statements_room_html,
    timeline_html,
)

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
    return Markup(statements_room_html(filters, found, articles, summary))


def test_a_statement_shows_who_how_what_and_where_and_the_count_what_it_leaves_out() -> None:
    page = room(Filters(), recorded(LATE))
    item = page.one("li", "said")
    article = ARTICLES[ORDA]
    assert item.text.startswith("SLSergei Lavrov · direct quote“")
    assert article.cut(LATE.content[0]) in item.text
    link = parse_qs(urlsplit(page.one("a", "chip").attributes["href"]).query)
    assert link["at"] == [f"{LATE.content[0].start}-{LATE.content[0].end}"]
    assert link["digest"] == ["d1"]
    page = room(Filters(), replace(recorded(EARLY, LATE), count=1, undated=(NEVER,), undated_count=1))
    assert page.one("p", "count").text == (
        "1 statement · 1 more repeats one of them · 1 statement listed last, in articles without a date · Save as CSV"
    )


def test_the_filters_stand_in_the_form_and_the_address_and_a_day_that_is_none_is_refused() -> None:
    filters = Filters(by='La"v', about="the EU", kind="direct", since="2024-01-01")
    page = room(filters, recorded(LATE))
    fields = {field.attributes["name"]: field.attributes.get("value") for field in page.all("input")}
    assert fields == {"by": 'La"v', "about": "the EU", "since": "2024-01-01", "until": ""}
    (table,) = [link for link in page.all("a") if "download" in link.attributes]
    assert parse_qs(urlsplit(table.attributes["href"]).query) == {
        "by": ['La"v'], "about": ["the EU"], "kind": ["direct"], "since": ["2024-01-01"],
    }  # fmt: skip
    for day in ("yesterday", "2024-13-01", "20240101x"):
        with pytest.raises(ValueError, match=r".+"):
            assert Filters(since=day).wanted, day


def test_a_long_list_comes_in_pages_in_the_order_wanted_or_day_by_day() -> None:
    many = recorded(*(replace(LATE, id=str(number)) for number in range(2 * STATEMENTS_A_PAGE + 1)))
    first = Markup(page_html(Filters(), many, ARTICLES, 1))
    assert len(first.all("li", "said")) == STATEMENTS_A_PAGE
    assert first.one("button", "more").text == f"Show {STATEMENTS_A_PAGE} more of {STATEMENTS_A_PAGE + 1}"
    last = Markup(page_html(Filters(), many, ARTICLES, 3))
    assert [item.attributes["data-statement"] for item in last.all("li", "said")] == [str(2 * STATEMENTS_A_PAGE)]
    assert not last.all("button", "more")
    for order, ids in (
        ("newest", ["late", "early", "never"]),
        ("oldest", ["early", "late", "never"]),
        ("speaker", ["never", "early", "late"]),
        ("place", ["never", "early", "late"]),
    ):
        assert [one.id for one in sorted_statements(recorded(NEVER, EARLY, LATE), Filters(order=order))] == ids, order
    offered = room(Filters(by="Lavrov", about="EU"), recorded(EARLY, LATE)).one("p", "count")
    assert "Then and now" in offered.text
    page = room(Filters(by="Lavrov", about="EU", order="oldest", view="then"), recorded(LATE, EARLY, NEVER))
    assert [day.text for day in page.all("h3")] == ["2024-03-02", "2025-01-14", "Without a date"]


def test_open_uncertain_and_corrected_speakers_are_shown_as_such_and_the_form_offers_who_may_be_meant() -> None:
    two = replace(LATE, speaker=None, candidates=("Ada Lund", "Bo Lund"))
    item = room(Filters(), recorded(two)).one("li", "said")
    assert item.text.startswith("?Ada Lund or Bo Lund, not certain which · direct quote")
    assert not room(Filters(), recorded(two)).all("a", "who")
    assert (
        "Sergei Lavrov (speaker not certain)" in room(Filters(), recorded(replace(LATE, confidence=0.5))).one("li").text
    )
    by_hand = replace(LATE, confidence=0.5, corrected=True)
    assert "Sergei Lavrov · direct quote · corrected by hand" in room(Filters(), recorded(by_hand)).one("li").text
    aide = replace(NEVER, speaker="Cai Ito", speaks_for="Dana Roe")
    form = Markup(correction_html("late", recorded(EARLY, aide, two)))
    assert [one.text for one in form.all("button", "choice")] == [
        "Ada Lund", "Bo Lund", "Dmitry Peskov", "Cai Ito", "Dana Roe",
    ]  # fmt: skip
    assert [one.text for one in form.all("button", "meant")] == ["Ada Lund", "Bo Lund"]
    assert form.one("input").attributes["value"] == ""


SAID = Newsroom().said("Ada Lund")


def bars(days: Iterable[str | None], query: str = "") -> list[Element]:
    shelf = {str(number): ArticleListing(str(number), None, None, day, "d", 1) for number, day in enumerate(days)}
    recorded = Recorded(tuple(replace(SAID, source=source) for source in shelf), (), shelf, len(shelf))
    return Markup(timeline_html(recorded, query)).all("a")


def test_a_bar_of_the_timeline_says_how_many_and_leads_to_its_day_month_or_year() -> None:
    first, second = bars(["2024-03-02", "2024-03-01", "2024-03-02T09:00:00Z"], "by=Lund&since=2020-01-01")
    assert first.attributes["aria-label"] == "2024-03-01: 1 statement"
    assert second.attributes["aria-label"] == "2024-03-02: 2 statements"
    assert parse_qs(second.attributes["href"].partition("?")[2]) == {
        "by": ["Lund"], "since": ["2024-03-02"], "until": ["2024-03-02"],
    }  # fmt: skip
    for days, label, until in (
        ([f"2023-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)], "2023-01", "2023-01-31"),
        ([f"2024-{month:02}-{day:02}" for month in (2, 3, 4) for day in range(1, 29)], "2024-02", "2024-02-29"),
        ([f"{year}-{month:02}-01" for year in range(2000, 2010) for month in range(1, 13)], "2000", "2000-12-31"),
    ):
        first = bars(days)[0]
        assert first.attributes["aria-label"].startswith(f"{label}: "), days
        assert parse_qs(first.attributes["href"].partition("?")[2])["until"] == [until], days


def told(person: str, names: tuple[str, ...] = (), roles: tuple[HeldRole, ...] = (), **others: Any) -> Profile:  # noqa: ANN401 - any field
    known: dict[str, Any] = {"said": (("direct", 40), ("reported", 24)), "sources": ("a.txt", "b.txt")}
    return Profile(person, is_body=False, names=names, roles=roles, **({"first": None, "last": None} | known | others))


def held(role: str, first: str | None = None, last: str | None = None) -> HeldRole:
    return HeldRole(role, first, last, ())


@dataclass
class Register(StatementSearch):
    """The people on record, by their names."""

    told: list[Profile] = field(default_factory=list)

    def bearers(self, name: str) -> tuple[Bearer, ...]:
        found = [one for one in self.told if name.casefold() in {one.person.casefold(), *one.person.casefold().split()}]
        return tuple(
            Bearer(
                one.person,
                one.person,
                is_body=False,
                statements=one.statements,
                articles=2,
                roles=tuple(r.role for r in one.roles),
            )
            for one in found
        )

    def profile(self, name: str) -> Profile | None:
        return next((one for one in self.told if one.person == name), None)


MINISTER = held("prime minister", "1997-05-02T08:00:00", "2007-06-27")
TONY = told("Tony Blair", ("Tony Blair", "Blair"), (MINISTER,), namesakes=("Ian Blair",))
IAN = told("Ian Blair", roles=(held("police commissioner"),), said=(("direct", 1),), sources=("a.txt",))


def test_those_who_share_a_name_stand_side_by_side_and_one_alone_with_all_that_is_known() -> None:
    head = Markup(head_html(Register([TONY, IAN]), "Tony Blair"))
    shown = head.one("section", "profile").text
    assert "TBTony Blairalso written Blair" in shown
    assert "prime minister 1997-05-02 to 2007-06-27" in shown
    assert "64 statements (40 direct quotes, 24 reported) · mentioned in 2 articles" in shown
    assert head.one("a", "who").attributes["href"] == "#record?by=Ian+Blair"
    head = Markup(head_html(Register([TONY, IAN]), "blair"))
    assert not head.all("section", "profile")
    assert [link.attributes["href"] for link in head.all("a", "who")] == [
        "#record?by=Tony+Blair",
        "#record?by=Ian+Blair",
    ]
    assert "police commissioner" in head.one("section", "bearers").text
    assert "1 statement" in head.all("li")[1].text
