"""One speaker through time, in a real browser: the timeline, and what was said then and now."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Recorded, Wanted
from rag.core import Article, ArticleListing, Bearer, Statement
from tests.browser.acts import enter
from tests.browser.conftest import Opener
from tests.newsroom import CALIBER, ORDA, Newsroom
from tests.served import served
from ui.app import create_app, open_rooms

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # its own use of an older pandas
]

DAYS = {ORDA: "2025-01-14", CALIBER: "2024-03-02"}


class Dated(Newsroom):
    """Two articles of two days, with a statement of Lavrov in each; its own desk."""

    def recorded(self, wanted: Wanted) -> Recorded:
        """The statements of the wanted days."""
        every = [self.said("Sergei Lavrov"), replace(self.said("Sergei Lavrov"), id="t", source=CALIBER)]
        shelf = {
            name: ArticleListing(name, one.title, one.outlet, DAYS[name], "", 1) for name, one in self.shelf.items()
        }
        since, until = (day.isoformat() if day else None for day in (wanted.since, wanted.until))
        found = tuple(one for one in every if (since or "") <= DAYS[one.source] <= (until or "9999"))
        return Recorded(found, (), shelf, len(found))

    def articles(self, sources: Collection[str]) -> dict[str, Article]:
        return {name: one for name, one in self.shelf.items() if name in sources}

    def bearers(self, name: str) -> tuple[Bearer, ...]:  # noqa: ARG002 - none is shown here
        return ()

    def in_article(self, source: str) -> list[Statement]:
        return [one for one in self.recorded(Wanted()).statements if one.source == source]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over the dated newsroom, in the place of the real one."""
    data: Path = tmp_path_factory.mktemp("dated")
    newsroom = Dated()
    rooms = open_rooms(newsroom, data, desk=newsroom)
    with served(create_app(rooms)) as address:
        yield address


def test_a_bar_of_the_timeline_shows_its_day_and_then_and_now_stands_in_the_order_of_time(open_page: Opener) -> None:
    page = open_page()
    enter(page, "record?by=Lavrov")
    assert page.locator(".timeline li").count() == 2
    page.click(".timeline a[aria-label='2024-03-02: 1 statement']")
    page.wait_for_selector(".count b:text-is('1 statement')")
    assert page.input_value(".filters [name=since]") == page.input_value(".filters [name=until]") == "2024-03-02"
    page.go_back()
    page.wait_for_selector(".count b:text-is('2 statements')")
    page.fill(".filters [name=about]", "EU")
    page.press(".filters [name=about]", "Enter")
    page.click(".count a:text-is('Then and now')")
    page.wait_for_selector(".statements .day")
    assert page.locator(".statements .day").all_inner_texts() == ["2024-03-02", "2025-01-14"]
    page.click(".statements a.chip >> nth=1")
    page.wait_for_selector(".panel .count:text-is('2 of 2')")
    assert ORDA in page.inner_text(".panel .meta")
    page.click(".count a:text-is('As a list')")
    page.wait_for_selector(".statements .day", state="detached")
    assert page.input_value(".filters [name=about]") == "EU"
