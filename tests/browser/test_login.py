"""Logging in and out with a real browser, as a reader does, by mouse and by keyboard."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.acts import LAVROV, PHONE, ask
from tests.browser.running import running_chat
from tests.processes import onrecord
from ui.auth import LOGIN_COOKIE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

SECRET = "correct horse"  # noqa: S105 - a test's own
Newcomer = Callable[..., "Page"]


@pytest.fixture(scope="module")
def guarded(browser: Browser, library_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: ARG001 - no server without a browser
    """The page of a real `onrecord chat --auth`, which Ada, Bo and Cy may enter."""
    folder = tmp_path_factory.mktemp("guarded")
    shutil.copytree(library_dir, folder / "data")
    for name in ("ada", "bo", "cy"):
        assert onrecord("login", folder / "logins", name, stdin=f"{SECRET}\n").code == 0
    with running_chat(folder / "data", "--auth", str(folder / "logins")) as address:
        yield address


@pytest.fixture
def newcomer(browser: Browser, guarded: str) -> Iterator[Newcomer]:
    """Opens the page in a browser of its own, where nobody is logged in yet."""
    contexts: list[BrowserContext] = []

    def opened(**options: Any) -> Page:  # noqa: ANN401 - whatever Playwright lets a context be
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.goto(guarded)
        return page

    yield opened
    for context in contexts:
        context.close()


def log_in(page: Page, name: str, password: str = SECRET) -> None:
    page.fill("[name=name]", name)
    page.fill("[name=password]", password)
    page.click("button:text-is('Log in')")


def is_in(page: Page) -> None:
    page.wait_for_selector("#desk[data-room]")
    page.wait_for_selector(".welcome")


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desk", "phone"])
def test_a_reader_logs_in_reads_and_logs_out(newcomer: Newcomer, guarded: str, screen: dict[str, Any]) -> None:
    page = newcomer(**screen)
    log_in(page, "ada")
    is_in(page)
    ask(page, LAVROV)
    page.click(".out button:text-is('Log out')")
    page.wait_for_selector("[name=password]")
    assert page.context.request.get(f"{guarded}greeting").status == 401
    page.goto(guarded)
    page.wait_for_selector("[name=password]")


def test_a_wrong_password_is_said_the_name_stays_and_the_right_one_still_lets_in_by_enter(newcomer: Newcomer) -> None:
    page = newcomer()
    log_in(page, "bo", "wrong")
    assert page.inner_text("[role=alert]") == "Wrong name or password."
    assert page.input_value("[name=name]") == "bo"
    page.fill("[name=password]", SECRET)
    page.press("[name=password]", "Enter")
    is_in(page)


def test_a_form_on_another_site_logs_nobody_in_or_out(newcomer: Newcomer, guarded: str) -> None:
    page = newcomer()
    log_in(page, "ada")
    is_in(page)
    forged = f"<form method=post action={guarded}logout><button>Win a prize</button></form>"
    page.context.route("http://evil.test/", lambda route: route.fulfill(body=forged, content_type="text/html"))
    elsewhere = page.context.new_page()
    elsewhere.goto("http://evil.test/")
    with elsewhere.expect_navigation() as sent:
        elsewhere.click("button")
    assert sent.value.status == 403
    page.reload()
    is_in(page)
    assert any(cookie["name"] == LOGIN_COOKIE for cookie in page.context.cookies())
