"""What stands around the rooms: its controls have names, its words are escaped."""

from markupsafe import Markup as Markup_

from tests.markup import Markup
from ui.chat import Conversation
from ui.views.chrome import dialogs_html, listing_html, masthead_html, rooms_html

EVIL = '"><script>alert(1)</script>'


def test_every_room_has_a_place_and_a_link_and_the_first_is_where_one_is() -> None:
    head = Markup(masthead_html(Markup_("<p>state</p>"), ("ask", "record")))
    links = [link for link in head.all("a") if link.attributes.get("href") in {"#ask", "#record"} and not link.classes]
    assert [link.text for link in links] == ["onrecord", "Ask", "Who said what"]
    (room,) = Markup(rooms_html(("ask", "record"))).all("section", "room")
    assert room.attributes["data-room"] == "record"


def test_every_button_has_a_name() -> None:
    page = Markup(masthead_html(Markup_(""), ("ask",)) + dialogs_html(("ask", "record")))
    assert all(button.text.strip() or button.attributes.get("aria-label") for button in page.all("button"))
    assert [dialog.attributes["aria-labelledby"] for dialog in page.all("dialog")] == ["history-title", "keys-title"]


def test_a_conversation_is_listed_with_its_day_and_what_can_be_done() -> None:
    page = Markup(listing_html([Conversation("abc", EVIL, "2026-01-02T03:04:05+00:00", 3)]))
    assert page.one("a", "title").text == EVIL
    assert page.one("p", "meta").text == "2026-01-02 03:04 · 3 questions"
    assert [link.attributes["href"].rsplit(".", 1)[1] for link in page.all("a", "quiet")] == [
        "md",
        "docx",
        "csv",
        "json",
    ]
    assert not page.all("script")


def test_an_empty_list_says_why() -> None:
    assert "What you ask is kept here" in listing_html([])
    assert Markup(listing_html([], EVIL)).one("p", "nothing").text == f"No conversation contains “{EVIL}”."
