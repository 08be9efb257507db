"""Articles and feeds added by their address, in a real browser over a real `onrecord chat` and a real web server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.awkward_web import AwkwardWeb, article, awkward_web, rss
from tests.browser.acts import PHONE, enter
from tests.browser.conftest import Opener
from tests.browser.running import running_chat

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PATIENCE = 90_000
"""Milliseconds that fetching and reading may take on a busy machine: two processes begin."""


@pytest.fixture(scope="module")
def web() -> Iterator[AwkwardWeb]:
    with awkward_web() as served:
        yield served


@pytest.fixture(scope="module")
def address(browser: Browser, library_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: ARG001 - no server without a browser
    """The page over a library of the seeds that may be written to."""
    data = tmp_path_factory.mktemp("web") / "data"
    shutil.copytree(library_dir, data)
    with running_chat(data, ONRECORD_FETCH_HOSTS="127.0.0.1") as running:
        yield running


def test_a_feed_is_added_shown_with_its_articles_timed_and_removed(open_page: Opener, web: AwkwardWeb) -> None:
    feed = web.put("/feed", rss("/a", "/gone"))
    web.put("/a", article("Harbour opens <b>again</b>"))
    page = open_page()
    enter(page, "sources")
    assert web.asked == []
    page.fill(".web [name=address]", feed)
    page.click(".web .fetching button")
    page.wait_for_selector(".web .feeds li:has-text('Portavia News')", timeout=PATIENCE)
    page.wait_for_selector(".web:not([data-busy])", timeout=PATIENCE)
    page.click(".web .fetches summary")
    shown = page.inner_text(".web .fetches")
    assert "Harbour opens" in shown
    assert "It is not there (404); check the address" in shown
    page.wait_for_selector(
        ".shelf li:has-text('Harbour opens'):has-text('uploads/web/'):has-text('fetched ')", timeout=PATIENCE
    )
    page.select_option(".web [data-act=feed-interval]", "6")
    page.reload()
    page.wait_for_selector(".web .feeds option[value='6']:checked", state="attached", timeout=PATIENCE)
    page.click(".web [data-act=unfollow]")
    page.wait_for_selector(".web .feeds", state="detached")
    assert page.locator(".shelf li:has-text('Harbour opens')").count() == 1


def test_the_part_fits_a_phone(open_page: Opener) -> None:
    page = open_page(**PHONE)
    enter(page, "sources")
    page.wait_for_selector(".web")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(
        "() => document.querySelector('.web').scrollWidth <= document.querySelector('.web').clientWidth"
    )
