"""Who said what, in a real browser."""

from pathlib import Path

import pytest

from rag import Assistant, StatementSearch, Wanted
from tests.browser.acts import PHONE, enter
from tests.browser.conftest import Opener

pytestmark = pytest.mark.browser


def test_the_record_is_filtered_counted_opens_at_the_words_and_is_saved_as_a_table(
    open_page: Opener, assistant: Assistant, tmp_path: Path
) -> None:
    page = open_page()
    page.click("nav a:text-is('Who said what')")
    page.wait_for_selector(".statements .said")
    page.fill(".filters [name=by]", "Lavrov")
    page.press(".filters [name=by]", "Enter")
    page.wait_for_function("() => location.hash === '#record?by=Lavrov&order=newest'")
    recorded = StatementSearch(assistant.store).recorded(Wanted(by="Lavrov"))
    page.wait_for_selector(f".count b:text-is('{recorded.count} statements')")
    page.click(".statements a.chip >> nth=1")
    page.wait_for_selector(".panel mark.on")
    page.wait_for_selector(f".panel .count:text-is('2 of {len(recorded.statements)}')")
    page.go_back()
    page.wait_for_selector(
        f".count b:text-is('{StatementSearch(assistant.store).recorded(Wanted()).count} statements')"
    )
    enter(page, "record")
    with page.expect_download() as saving:
        page.click("a:text-is('Save as CSV')")
    saving.value.save_as(tmp_path / "statements.csv")
    ids = {line.split(",")[0] for line in (tmp_path / "statements.csv").read_text(encoding="utf-8").splitlines()[1:]}
    assert {one.id for one in StatementSearch(assistant.store).recorded(Wanted()).statements} <= ids
    page.click(".statements a.who:text-is('Dmitry Peskov') >> nth=0")
    page.wait_for_function("() => location.hash === '#record?by=Dmitry+Peskov'")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.statements a.who')].every(who => who.textContent === 'Dmitry Peskov')"
    )


def test_on_a_phone_the_record_fits_and_a_source_slides_over(open_page: Opener) -> None:
    page = open_page(**PHONE)
    enter(page, "record")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    page.click(".statements a.chip >> nth=0")
    page.wait_for_selector(".panel[data-open=true] mark.on")
    page.keyboard.press("Escape")
    page.wait_for_selector(".panel", state="hidden")


def test_the_sources_are_listed_found_and_read_whole_with_their_statements_marked(
    open_page: Opener, assistant: Assistant
) -> None:
    page = open_page()
    enter(page, "sources")
    assert page.locator(".shelf li").count() == assistant.summary().articles
    page.fill(".finding [name=search]", "Moscow Weighs")
    page.press(".finding [name=search]", "Enter")
    page.wait_for_function("() => document.querySelectorAll('.shelf li').length === 1")
    page.click(".shelf a.reads")
    page.wait_for_selector(".panel mark.other")
    source = "001_b0ebb45aa22ba165.txt"
    spoken = {
        assistant.article(source).cut(span)
        for one in StatementSearch(assistant.store).in_article(source)
        for span in one.content
    }
    shown = page.inner_text(".panel .reading")
    assert sum(words.split("\n")[0] in shown for words in spoken) == len(spoken)
    page.click(".shelf li a:has-text('statement')")
    page.wait_for_selector(f".count:has-text('only in {source}')")
