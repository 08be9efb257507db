"""axe-core finds nothing serious on any screen of the page, by day and by night, on a desk and on a phone."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.acts import LAVROV, MIRZOYAN, PHONE, ask, conversations, correcting, draft, enter, guide, shortcuts
from tests.browser.conftest import Opener

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def empty(page: Page) -> None:
    page.wait_for_selector(".welcome")


def answered(page: Page) -> None:
    ask(page, LAVROV)
    assert page.get_attribute("#live .live", "aria-live") == "polite"
    page.click("#live .cited summary")
    page.wait_for_selector("#live .next button.question")


def cited(page: Page) -> None:
    page.click("#live a.chip >> nth=0")
    page.wait_for_selector(".panel mark.on")
    page.wait_for_function("() => document.querySelector('#panel').getAnimations().length === 0")


def declined(page: Page) -> None:
    page.keyboard.press("Escape")
    ask(page, MIRZOYAN)


def record(page: Page) -> None:
    enter(page, "record?by=Lavrov")


def sources(page: Page) -> None:
    enter(page, "sources")
    page.click(".shelf a.reads >> nth=0")
    page.wait_for_selector(".panel mark.other")
    page.keyboard.press("Escape")


SCREENS = (empty, answered, cited, declined, record, correcting, draft, sources, guide)
OVER_THEM = (conversations, shortcuts)


def findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical, each with the elements it means."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("() => axe.run({ resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize(("scheme", "screen"), [("light", {}), ("dark", PHONE)], ids=["desk by day", "phone by night"])
def test_nothing_serious_stands_in_anybodys_way(open_page: Opener, scheme: str, screen: dict[str, Any]) -> None:
    page = open_page(color_scheme=scheme, reduced_motion="reduce", **screen)
    found = {}
    for show in (*SCREENS, *OVER_THEM):
        show(page)
        found[show.__name__] = findings(page)
        if show in OVER_THEM:
            page.keyboard.press("Escape")
    assert {name: serious for name, serious in found.items() if serious} == {}


def test_the_finder_finds(open_page: Opener) -> None:
    page = open_page()
    bad = "<button></button><p style='color: #aaa; background: #fff'>Pale words</p>"
    page.evaluate("html => document.querySelector('.masthead').insertAdjacentHTML('beforeend', html)", bad)
    assert {"button-name", "color-contrast"} <= {one.partition(":")[0] for one in findings(page)}
