"""A speaker is named by hand, with the mouse, the finger and the keyboard, in the page of the real command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.acts import PHONE, enter
from tests.browser.conftest import Opener
from tests.browser.running import running_chat
from tests.processes import onrecord

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

LONG = "Maximiliane-Theodora von Hohenfelsen-Wittgenstorf"
ARTICLE = f"""A quarrel over the harbour

“The harbour will stay open,” said {LONG}.

“It will close in May,” said Tomas Lindqvist. “Nobody wants it,” Yusra al-Nasri said.
"""
SCREENS = pytest.mark.parametrize("screen", [{}, PHONE], ids=["desk", "phone"])


@pytest.fixture(scope="module")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: ARG001 - no server without a browser
    """The page over one small article."""
    folder = tmp_path_factory.mktemp("harbour")
    (folder / "articles").mkdir()
    (folder / "articles" / "harbour.txt").write_text(ARTICLE, encoding="utf-8")
    data: Path = folder / "data"
    assert onrecord("index", folder / "articles", "--data", data).code == 0
    with running_chat(data) as running:
        yield running


@pytest.fixture
def opened(open_page: Opener) -> Any:  # noqa: ANN401 - a function that opens the form
    """Opens the record and the form below the statement that holds some words, and gives page and statement."""

    def at(words: str, **screen: Any) -> tuple[Page, str]:  # noqa: ANN401 - whatever Playwright lets a context be
        page = open_page(**screen)
        enter(page, "record?order=place")
        page.wait_for_selector(":root[data-corrects=true]")
        item = f".statements .said:has(blockquote:has-text('{words}'))"
        page.hover(item)
        page.click(f"{item} [data-act=correct]")
        page.wait_for_selector(f"{item} .correcting")
        return page, item

    return at


def speaker_of(page: Page, item: str, name: str) -> None:
    page.wait_for_selector(f"{item} .who:text-is('{name}')")
    page.wait_for_selector(f"{item} .fact:text-is('corrected by hand')")


@SCREENS
def test_a_name_is_typed_and_saved_with_the_mouse(opened: Any, screen: dict[str, Any]) -> None:  # noqa: ANN401 - see above
    name = "Ines Okoro" if screen else "Paul Ferrand"
    page, item = opened("It will close in May", **screen)
    page.fill(f"{item} [name=speaker]", name)
    page.click(f"{item} .correcting button:text-is('Save')")
    speaker_of(page, item, name)
    assert page.locator(".correcting").count() == 0
    page.reload()
    speaker_of(page, item, name)


@SCREENS
def test_somebody_else_of_the_article_is_chosen_and_saved(opened: Any, screen: dict[str, Any]) -> None:  # noqa: ANN401 - see above
    page, item = opened("Nobody wants it", **screen)
    named = page.locator(f"{item} .choice").all_inner_texts()
    assert LONG in named
    assert page.input_value(f"{item} [name=speaker]") not in named
    wanted = named[-1]
    page.click(f"{item} .choice >> nth={len(named) - 1}")
    assert page.input_value(f"{item} [name=speaker]") == wanted
    page.click(f"{item} .correcting button:text-is('Save')")
    speaker_of(page, item, wanted)


@SCREENS
def test_nothing_of_the_form_lies_over_another_part_or_beyond_the_screen(opened: Any, screen: dict[str, Any]) -> None:  # noqa: ANN401 - see above
    page, item = opened("will stay open", **screen)
    boxes = [part.bounding_box() for part in page.locator(f"{item} .correcting :is(input, button)").all()]
    width = page.evaluate("() => document.documentElement.clientWidth")
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    assert [one for one in boxes for other in boxes if one is not other and overlap(one, other)] == []
    page.click(f"{item} .correcting button:text-is('Cancel')")
    page.wait_for_selector(f"{item} .correcting", state="detached")
    assert page.locator(f"{item} .who").inner_text() == LONG


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two boxes share a part of the screen."""
    across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
    down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
    return across > 0 and down > 0


def test_an_empty_field_names_nobody_and_a_name_without_a_letter_is_refused_in_words(opened: Any) -> None:  # noqa: ANN401 - see above
    page, item = opened("Nobody wants it")
    page.fill(f"{item} [name=speaker]", "")
    page.press(f"{item} [name=speaker]", "Enter")
    page.wait_for_selector(f"{item} .fact:text-is('corrected by hand')")
    page.wait_for_selector(f"{item} a.who", state="detached")
    page, item = opened("It will close in May")
    page.fill(f"{item} [name=speaker]", "?!")
    page.click(f"{item} .correcting button:text-is('Save')")
    page.wait_for_selector("#said[data-shown]:has-text('is no name')")
    assert page.input_value(f"{item} [name=speaker]") == "?!"
    page.signs.clear()  # that a request was refused stands in the console
