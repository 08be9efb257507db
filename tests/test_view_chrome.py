"""What stands around the rooms, the help, and the escaping that all views share."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup as Markup_

from rag import Settings
from tests.conftest import REPOSITORY
from tests.markup import Markup
from ui.chat import Conversation
from ui.views.chrome import dialogs_html, listing_html, masthead_html, rooms_html
from ui.views.help import PROMISES, dials, dials_markdown, help_room_html, promises_markdown
from ui.views.markup import attribute, text

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


README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_every_variable_that_the_settings_read_is_a_dial_with_a_meaning() -> None:
    source = (REPOSITORY / "rag" / "core" / "settings.py").read_text(encoding="utf-8")
    told = {one.variable: one for one in dials()}
    assert [name for name in (*told, "ONRECORD_X") if f'"{name}"' not in source] == ["ONRECORD_X"]
    assert all(one.meaning for one in told.values())
    example = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    assert {name for name in told if f"#{name}=" not in example} == set()


def test_a_default_is_the_one_that_the_settings_have() -> None:
    default = {one.variable: one.default for one in dials()}
    assert default["ONRECORD_MODEL_TOKENS"] == f"{Settings().model_tokens:,}"
    assert default["ONRECORD_EMBEDDINGS"] == f"`{Settings().embeddings}`"
    assert default["OPENAI_API_KEY"] == "unset"


def test_the_tables_of_the_readme_are_in_step() -> None:
    told = "`python -m ui.views.help` prints the tables as they should stand in README.md"
    assert promises_markdown() in README, told
    assert dials_markdown() in README, told


def test_the_help_page_tells_them_too() -> None:
    page = Markup(help_room_html())
    cells = [cell.text for cell in page.all("td")]
    assert cells[0] == PROMISES[0][0].replace("`", "")
    assert {one.variable for one in dials()} <= set(cells)
    assert [table.attributes["aria-label"] for table in page.all("div", "wide")] == [
        "Guaranteed and not guaranteed",
        "Settings",
    ]


TEMPLATES = REPOSITORY / "ui" / "templates"
ANYTHING = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(ANYTHING)
def test_escaped_text_is_read_back_character_for_character(words: str) -> None:
    assert Markup(f"<p>{text(words)}</p>").one("p").text == words


@given(ANYTHING)
def test_escaped_text_brings_no_element_but_the_frames_around_control_characters(words: str) -> None:
    assert {element.tag for element in Markup(f"<p>{text(words)}</p>").elements} <= {"p", "bdi"}


@given(ANYTHING)
def test_an_attribute_stays_one_attribute(words: str) -> None:
    (element,) = Markup(f'<a title="{attribute(words)}">x</a>').elements
    assert list(element.attributes) == ["title"]


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\x1b", "\x07", "\x85"])
def test_a_control_character_stands_in_a_frame_that_shows_its_code(character: str) -> None:
    frame = Markup(f"<p>{text(f'left{character}right')}</p>").one("bdi", "control")
    assert (frame.text, frame.attributes["data-code"]) == (character, f"U+{ord(character):04X}")


def test_a_carriage_return_is_written_so_that_no_parser_makes_it_a_line_feed() -> None:
    assert text("a\r\nb") == "a&#13;\nb"


def test_a_nul_which_html_cannot_carry_is_shown_as_a_replacement() -> None:
    shown = text("a\0b")
    assert Markup(f"<p>{shown}</p>").one("p").text == "a\ufffdb"


@pytest.mark.parametrize("name", sorted(path.name for path in TEMPLATES.glob("*.html")))
def test_no_template_puts_a_value_into_an_attribute_without_its_filter(name: str) -> None:
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", (TEMPLATES / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    values = [
        value
        for quoted in re.findall(r'="([^"]*\{\{.*?\}\}[^"]*)"', source)
        for value in re.findall(r"\{\{(.*?)\}\}", quoted)
    ]
    assert [value for value in values if not value.rstrip().endswith("|attribute")] == []
    assert "|safe" not in source
