"""What stands around the rooms, the help, and the escaping that all views share."""

import re

from hypothesis import given
from hypothesis import strategies as st

from rag import Settings
from tests.markup import Markup
from tests.processes import REPOSITORY
from ui.chat import ChatThread
from ui.views.chrome import listing_html
from ui.views.help import dials, dials_markdown, promises_markdown
from ui.views.markup import escaped_attribute, text

EVIL = '"><script>alert(1)</script>'


def test_a_conversation_is_listed_and_a_control_character_shows_its_code() -> None:
    page = Markup(listing_html([ChatThread("abc", EVIL, "2026-01-02T03:04:05+00:00", 3)]))
    assert page.one("a", "title").text == EVIL
    assert page.one("p", "meta").text == "2026-01-02 03:04 · 3 questions"
    assert [link.attributes["href"].rsplit(".", 1)[1] for link in page.all("a", "quiet")] == [
        "md",
        "docx",
        "csv",
        "json",
    ]
    assert not page.all("script")
    for character in ("\u202e", "\u2066", "\x1b", "\x07", "\x85"):
        frame = Markup(f"<p>{text(f'left{character}right')}</p>").one("bdi", "control")
        assert (frame.text, frame.attributes["data-code"]) == (character, f"U+{ord(character):04X}"), character
    shown = text("a\0b")
    assert Markup(f"<p>{shown}</p>").one("p").text == "a\ufffdb"


README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_every_variable_is_a_dial_with_a_meaning_and_a_default_and_the_readme_is_in_step() -> None:
    source = (REPOSITORY / "rag" / "core" / "settings.py").read_text(encoding="utf-8")
    told = {one.variable: one for one in dials()}
    assert [name for name in (*told, "ONRECORD_X") if f'"{name}"' not in source] == ["ONRECORD_X"]
    assert all(one.meaning for one in told.values())
    default = {one.variable: one.default for one in dials()}
    assert default["ONRECORD_MODEL_TOKENS"] == f"{Settings().model_tokens:,}"
    assert default["ONRECORD_EMBEDDINGS"] == f"`{Settings().embeddings}`"
    assert default["OPENAI_API_KEY"] == "unset"
    remedy = "`python -m ui.views.help` prints the tables as they should stand in README.md"
    assert promises_markdown() in README, remedy
    assert dials_markdown() in README, remedy


TEMPLATES = REPOSITORY / "ui" / "templates"
ANYTHING = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(ANYTHING)
def test_escaped_text_and_attributes_are_read_back_as_they_were(words: str) -> None:
    assert Markup(f"<p>{text(words)}</p>").one("p").text == words
    (element,) = Markup(f'<a title="{escaped_attribute(words)}">x</a>').elements
    assert list(element.attributes) == ["title"]


def test_no_template_puts_a_value_into_an_attribute_without_its_filter() -> None:
    for name in sorted(path.name for path in TEMPLATES.glob("*.html")):
        source = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", (TEMPLATES / name).read_text(encoding="utf-8"), flags=re.DOTALL)
        values = [
            value
            for quoted in re.findall(r'="([^"]*\{\{.*?\}\}[^"]*)"', source)
            for value in re.findall(r"\{\{(.*?)\}\}", quoted)
        ]
        assert [value for value in values if not value.rstrip().endswith("|attribute")] == [], name
        assert "|safe" not in source, name
