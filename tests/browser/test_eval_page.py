"""The page of the eval in a real browser: it fits a desk and a telephone, and fetches and complains of nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evals.page import as_html
from evals.runs import Past
from tests.exam_parts import exam

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_its_window_and_asks_for_nothing(browser: Browser, tmp_path: Path, width: int) -> None:
    path = tmp_path / "eval.html"
    path.write_text(as_html(exam(), {}, (), [Past.of(exam())]), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    signs: list[str] = []
    page.on("console", lambda said: signs.append(said.text))
    page.on("request", lambda asked: signs.append(asked.url))
    page.goto(path.as_uri())
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    plots = page.locator("svg.plot").evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
    context.close()

    assert signs == [path.as_uri()]
    assert widths == [width, width]
    assert all(0 < plot <= width for plot in plots)
