"""Asking the five articles in a real browser: the answer, its chips, the words in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rag import Article, Assistant
from rag.core import Block, Span
from tests.browser.acts import BOX, LAVROV, MIRZOYAN, PHONE, answer_to, ask, comes_into_view
from tests.browser.conftest import Opener
from ui.views.source import source_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def marked(page: Page, number: int) -> str:
    """Clicks a chip and reads the marked words, once the panel shows them as the ones that chip stands for."""
    page.click(f"#live a.chip[data-citation='{number}'] >> nth=0")
    page.wait_for_function(
        """number => {
            const chip = document.querySelector(`#live a.chip[data-citation='${number}']`);
            const at = new URL(chip.href).searchParams.get("at").split("-").map(Number);
            const places = document.querySelector(".panel .position")?.textContent.replaceAll(",", "").match(/\\d+/g);
            return places && Number(places[1]) === at[0] && Number(places[2]) === at[1];
        }""",
        arg=number,
    )
    return page.eval_on_selector(".panel mark.on", "mark => mark.textContent")  # type: ignore[no-any-return] # a string


def test_every_chip_opens_exactly_the_cited_words_and_they_are_walked_through_by_button_and_key(
    open_page: Opener, assistant: Assistant
) -> None:
    page = open_page()
    ask(page, LAVROV)
    said = page.inner_text("#live .exchange")
    assert "Of course, the decision of the legitimate Armenian leadership" in said
    assert "Sergei Lavrov" in said
    assert "checked against the file" in said
    page.wait_for_selector(".panel mark.on")
    assert page.input_value(BOX) == ""
    assert page.evaluate("selector => document.activeElement === document.querySelector(selector)", BOX)
    citations = assistant.ask(LAVROV).citations
    assert citations
    assert {citation.number: marked(page, citation.number) for citation in citations} == {
        citation.number: citation.quote for citation in citations
    }
    marked(page, 1)
    comes_into_view(page, ".panel mark.on")
    comes_into_view(page, "#live h2")
    assert page.is_disabled(".panel .previous")
    for number in range(2, len(citations) + 1):
        page.click(".panel .next")
        page.wait_for_selector(f".panel .count:text-is('{number} of {len(citations)}')")
        assert page.get_attribute("a.chip[aria-current]", "data-citation") == str(number)
    assert page.is_disabled(".panel .next")
    page.focus("#live a.chip[data-citation='1']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#live a.chip[data-citation='1'][aria-current]")
    assert page.evaluate("() => document.activeElement.dataset.citation") == "1"


def test_the_front_desk_says_what_there_is_and_leads_to_articles_and_people(open_page: Opener) -> None:
    page = open_page()
    holdings = page.inner_text(".holdings")
    assert "5 articles" in holdings
    assert "no publication dates given" in holdings
    page.click(".topics a.reads >> nth=0")
    page.wait_for_selector(".panel mark.other")
    page.click("button.voice:has-text('Sergei Lavrov')")
    answer_to(page, "What did Sergei Lavrov say?")


def test_what_was_understood_of_a_follow_up_is_shown_and_can_be_undone(open_page: Opener) -> None:
    page = open_page()
    ask(page, LAVROV)
    ask(page, "… and Peskov?")
    assert "Peskov" in page.inner_text("#live .read-as b")
    page.click("#live .read-as [data-act=undo]")
    answer_to(page, "New question: … and Peskov?")
    assert page.locator("h2.asked").all_text_contents() == [LAVROV, "New question: … and Peskov?"]


def test_an_answer_is_gone_on_from_by_a_button(open_page: Opener) -> None:
    page = open_page()
    ask(page, LAVROV)
    page.click("#live .onward [data-ask=Shorter]")
    answer_to(page, "Shorter")
    assert LAVROV in page.inner_text("#live .read-as")
    page.click("#live .onward [data-act=new]")
    page.wait_for_selector(".welcome:visible")


def test_a_decline_opens_the_nearest_words_and_leaves_the_first_answer_readable_above_it(
    open_page: Opener, assistant: Assistant
) -> None:
    page = open_page()
    ask(page, LAVROV)
    first = page.inner_text("#live .exchange blockquote >> nth=0")
    ask(page, MIRZOYAN)
    assert page.inner_text("#past .exchange blockquote >> nth=0") == first
    comes_into_view(page, "#live h2")
    declined = assistant.ask(MIRZOYAN)
    assert declined.status == "declined"
    assert page.inner_text("#live .declined .frame") == declined.sentences[0].text
    page.click("#live a.open >> nth=0")
    page.wait_for_selector(".panel mark.on")
    assert page.text_content(".panel mark.on") == declined.near_misses[0].quote


def test_enter_sends_and_shift_and_enter_begin_a_new_line(open_page: Opener) -> None:
    page = open_page()
    page.fill(BOX, "What did Lavrov say")
    page.press(BOX, "Shift+Enter")
    page.keyboard.type("about the EU?")
    assert page.input_value(BOX) == "What did Lavrov say\nabout the EU?"
    page.press(BOX, "Enter")
    page.wait_for_selector("#live .exchange[data-state=done]")


def test_on_a_phone_the_source_slides_over_escape_leads_back_and_nothing_is_too_wide(
    open_page: Opener, assistant: Assistant
) -> None:
    page = open_page(**PHONE)
    ask(page, LAVROV)
    assert page.is_hidden(".panel")
    assert marked(page, 1) == assistant.ask(LAVROV).citations[0].quote
    page.wait_for_function("() => document.querySelector('#panel').getAnimations().length === 0")
    comes_into_view(page, ".panel mark.on")
    page.keyboard.press("Escape")
    page.wait_for_selector(".panel", state="hidden")
    assert page.evaluate("() => document.activeElement.dataset.citation") == "1"
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    assert (
        page.evaluate(
            "() => Math.max(...[...document.querySelectorAll('#talk *')].map(e => e.getBoundingClientRect().right))"
        )
        <= 390
    )


def test_a_source_can_be_read_in_a_tab_of_its_own_without_scripts(
    open_page: Opener, browser: Browser, address: str
) -> None:
    page = open_page()
    ask(page, LAVROV)
    link = page.get_attribute("#live a.chip[data-citation='1']", "href")
    shown = marked(page, 1)
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(f"{address}{link}")
    assert plain.text_content("mark.on") == shown
    plain.context.close()


@pytest.mark.parametrize(
    "words", ["a\r\nb", "one\n\n two", "\u202eright\u202c", "tab\tand\u00a0space", "👩‍🚀 é é", "a\x07b"]
)
def test_the_browser_reads_odd_characters_as_the_file_has_them(browser: Browser, words: str) -> None:
    article = Article("odd.txt", f"{words}.", "0" * 64, "text", (Block(0, len(words) + 1, "body"),))
    page = browser.new_page()
    page.set_content(source_page(article, Span(0, len(words))))
    assert page.eval_on_selector("mark.on", "mark => mark.textContent") == words
    page.close()
