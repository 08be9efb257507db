"""One running chat over the seeds, one Chromium, and a fresh page for each test that fails on any unwanted sign."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.browser.running import chromium, running_chat

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

Opener = Callable[..., "Page"]

DESK: Any = {"width": 1280, "height": 860}
PATIENCE = 15_000
"""Milliseconds that a step may take on a busy machine before its test has failed."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; without it the tests are skipped, with the reason."""
    try:
        with chromium() as running:
            yield running
    except (ImportError, FileNotFoundError) as missing:
        pytest.skip(f"no browser here: {missing}")


@pytest.fixture(scope="session")
def address(browser: Browser, library_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: ARG001 - no server without a browser
    """The page of a real `onrecord chat` over a copy of the library of the seeds, which it may write to."""
    data = tmp_path_factory.mktemp("chat") / "data"
    shutil.copytree(library_dir, data)
    with running_chat(data) as running:
        yield running


@pytest.fixture(scope="session")
def desk(browser: Browser) -> Iterator[BrowserContext]:
    """A context that keeps its cache from test to test, so that the page's scripts are fetched and parsed once."""
    with browser.new_context(viewport=DESK) as context:
        yield context


@pytest.fixture
def open_page(browser: Browser, address: str, desk: BrowserContext) -> Iterator[Opener]:
    """Opens the page; in the end nothing may have stood in the console, and nothing been asked of another origin.

    Each page is another reader's. The first that wants nothing special is a new reader in the context of the desk.
    """
    signs: list[str] = []
    contexts: list[BrowserContext] = []

    def notice(dialog: Dialog) -> None:
        signs.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def opened(**options: Any) -> Page:  # noqa: ANN401 - whatever Playwright lets a context be
        shares = not options and desk not in contexts
        context = desk if shares else browser.new_context(**({"viewport": DESK} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: signs.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: signs.append(str(error)))
        page.on("dialog", notice)
        page.on("request", lambda asked: None if _is_own(asked.url, address) else signs.append(f"foreign: {asked.url}"))
        page.signs = signs  # type: ignore[attr-defined] # for a test that means to be refused
        page.goto(address)
        page.wait_for_selector(".welcome")
        page.wait_for_selector("#desk[data-room]")  # the page's script has come to its end
        return page

    yield opened
    for context in contexts:
        if context is desk:
            _leave(desk)
        else:
            context.close()
    assert signs == []


def _leave(context: BrowserContext) -> None:
    """What a reader leaves behind is taken away, but for the cache."""
    for page in context.pages:
        page.evaluate("() => localStorage.clear()")
        page.close()
    context.clear_cookies()


def _is_own(url: str, address: str) -> bool:
    return urlsplit(url).scheme in {"data", "blob"} or urlsplit(url).netloc == urlsplit(address).netloc
