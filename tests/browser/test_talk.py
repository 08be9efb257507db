"""A conversation in a real browser: hover, copy, edit, stop, keep, and keep apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag import Assistant
from tests.browser.acts import BOX, LAVROV, MIRZOYAN, PHONE, answer_to, ask, load_again
from tests.browser.conftest import Opener

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def copied(page: Page, selector: str, told: str) -> str:
    """What a button copies, once the page tells so; it may use the clipboard because the test lets it."""
    page.click(selector)
    page.wait_for_selector(f"#said[data-shown]:text-is('{told}')")
    return page.evaluate("() => navigator.clipboard.readText()")  # type: ignore[no-any-return] # a string


def test_the_card_at_a_chip_tells_who_said_what_where_by_mouse_and_by_keyboard(
    open_page: Opener, assistant: Assistant
) -> None:
    page = open_page()
    ask(page, LAVROV)
    page.hover("#live a.chip[data-citation='2'] >> nth=0")
    page.wait_for_selector("#hover:visible")
    citation = assistant.ask(LAVROV).citations[1]
    told = page.inner_text("#hover")
    assert citation.quote in told
    assert citation.speaker is not None
    assert citation.speaker in told
    assert f"line {citation.line}" in told
    page.keyboard.press("Escape")
    page.wait_for_selector("#hover", state="hidden")
    page.mouse.move(0, 0)
    page.focus("#live .tag + .lead a.chip, #live a.chip >> nth=0")
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.wait_for_function("() => document.activeElement.getAttribute('aria-describedby') === 'hover'")
    page.wait_for_selector("#hover:visible")


def test_an_answer_is_copied_with_its_citations_and_judged(open_page: Opener, assistant: Assistant) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    ask(page, LAVROV)
    quote = assistant.ask(LAVROV).citations[1].quote
    assert f"{quote}” [^1] [^2]" in copied(page, "#live [data-as=markdown]", "Copied as Markdown.")
    assert f"{quote}” [1] [2]" in copied(page, "#live [data-as=plain]", "Copied as text.")
    page.click("#live .cited summary")
    footnote = copied(page, "#live .card[data-citation='2'] [data-act=footnote]", "Copied as a footnote.")
    assert footnote.startswith("Sergei Lavrov (direct quote")
    page.click("#live [data-act=wrong]")
    page.click("#live [data-judgement=speaker]")
    page.wait_for_selector("#live [data-judgement=speaker][aria-pressed=true]")


def test_what_to_ask_next_is_answered_when_it_is_clicked(open_page: Opener) -> None:
    page = open_page()
    ask(page, LAVROV)
    page.wait_for_selector("#live .next button.question")
    question = page.inner_text("#live .next button.question >> nth=0")
    page.click("#live .next button.question >> nth=0")
    answer_to(page, question)
    assert page.query_selector("#live .declined") is None
    assert page.inner_text("#past h2") == LAVROV


def test_a_question_is_edited_and_asked_anew_in_its_place(open_page: Opener) -> None:
    page = open_page()
    ask(page, LAVROV)
    ask(page, MIRZOYAN)
    page.click("#past [data-act=edit]")
    assert page.input_value(BOX) == LAVROV
    page.fill(BOX, "What did Peskov say about the EU?")
    page.press(BOX, "Enter")
    answer_to(page, "What did Peskov say about the EU?")
    assert page.query_selector("#past .exchange") is None
    load_again(page)
    page.wait_for_selector("#past .exchange")
    assert page.eval_on_selector_all("h2.asked", "all => all.map(one => one.textContent)") == [
        "What did Peskov say about the EU?"
    ]


def test_the_conversation_survives_a_reload_and_goes_on(open_page: Opener) -> None:
    page = open_page()
    ask(page, LAVROV)
    quote = page.inner_text("#live blockquote >> nth=0")
    load_again(page)
    page.wait_for_selector("#past .exchange")
    assert page.inner_text("#past blockquote >> nth=0") == quote
    ask(page, "… and Peskov?")
    assert "Peskov" in page.text_content("#live .read-as")  # type: ignore[operator] # there is one
    page.go_back()


def test_conversations_are_found_renamed_reopened_saved_and_deleted(open_page: Opener, tmp_path: Path) -> None:
    page = open_page()
    ask(page, LAVROV)
    page.click("[data-act=new]")
    page.wait_for_selector(".welcome:visible")
    ask(page, MIRZOYAN)
    page.click("[data-act=history]")
    page.wait_for_function("() => document.querySelectorAll('#history li').length === 2")
    page.fill("#history .search", "sovereign decision")
    page.wait_for_function("() => document.querySelectorAll('#history li').length === 1")
    page.click("#history .more summary")
    page.click("#history [data-act=rename]")
    page.fill("#history .renaming", "On the EU")
    page.press("#history .renaming", "Enter")
    page.wait_for_selector("#history a.title:text-is('On the EU')")
    page.click("#history .more summary")
    with page.expect_download() as saving:
        page.click("#history a:text-is('JSON')")
    saving.value.save_as(tmp_path / "kept.json")
    assert json.loads((tmp_path / "kept.json").read_text())["answers"][0]["question"] == LAVROV
    with page.expect_response(lambda reply: reply.url.endswith("/next")):  # what to ask next, while there is an answer
        page.click("#history a.title")
    page.wait_for_selector(f"#past h2:text-is('{LAVROV}')")
    page.click("[data-act=history]")
    page.wait_for_selector("#history[open]")
    page.click("#history .more summary")
    page.click("#history [data-act=delete]")
    page.click("#history [data-sure]")
    page.wait_for_selector("#history .nothing")
    assert page.query_selector("#past .exchange") is None


def test_the_shortcuts_are_listed_work_and_can_be_switched_off_and_the_first_tab_skips_to_the_question(
    open_page: Opener,
) -> None:
    page = open_page()
    page.evaluate("() => document.activeElement.blur()")
    page.focus("a.skip >> nth=0")
    page.keyboard.press("Enter")
    assert page.evaluate("selector => document.activeElement === document.querySelector(selector)", BOX)
    ask(page, LAVROV)
    page.wait_for_selector(".panel mark.on")
    page.focus(".panel .shown")
    page.keyboard.press("j")
    page.wait_for_selector(".panel .count:text-is('3 of 7')")
    page.keyboard.press("/")
    page.keyboard.type("n?")
    assert page.input_value(BOX) == "n?"
    page.focus(".panel .shown")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    page.uncheck("#single-keys")
    page.keyboard.press("Escape")
    page.focus(".panel .shown")
    page.keyboard.press("?")
    assert page.query_selector("#keys[open]") is None


def test_on_a_phone_conversations_open_over_the_page(open_page: Opener) -> None:
    page = open_page(**PHONE)
    ask(page, LAVROV)
    page.click("[data-act=history]")
    page.wait_for_selector("#history li")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    page.click("#history [data-act=close]")
    page.wait_for_selector("#history", state="hidden")
