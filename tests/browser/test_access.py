"""axe-core finds nothing serious on any screen of the page, by day and by night, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.acts import LAVROV, MIRZOYAN, PHONE, ask, enter
from tests.browser.conftest import Opener

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def empty(page: Page) -> None:
    page.wait_for_selector(".welcome")


def answered(page: Page) -> None:
    ask(page, LAVROV)
    page.click("#live .cited summary")
    page.wait_for_selector("#live .next button.question")


def declined(page: Page) -> None:
    ask(page, MIRZOYAN)


def record(page: Page) -> None:
    enter(page, "record?by=Lavrov")


def conversations(page: Page) -> None:
    ask(page, LAVROV)
    page.click("[data-act=history]")
    page.wait_for_selector("#history li")
    page.click("#history .more summary")


def shortcuts(page: Page) -> None:
    page.click("[data-act=keys]")


SCREENS = (empty, answered, declined, record, conversations, shortcuts)


def findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical, each with the elements it means."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("() => axe.run()")
    return [
        f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_nothing_serious_stands_in_anybodys_way(open_page: Opener, screen: Callable[[Page], None], scheme: str) -> None:
    page = open_page(color_scheme=scheme, reduced_motion="reduce", **({} if scheme == "light" else PHONE))
    screen(page)
    assert findings(page) == []


def test_the_finder_finds(open_page: Opener) -> None:
    page = open_page()
    page.evaluate("() => document.querySelector('.masthead').insertAdjacentHTML('beforeend', '<button></button>')")
    assert any(one.startswith("button-name") for one in findings(page))
