"""Text of unknown origin made safe to stand in HTML."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import REPOSITORY
from tests.markup import Markup
from ui.views.markup import attribute, text

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
