"""How quick and how heavy the page is, over the seeds: `python -m tests.browser.measure`. Prints one JSON line."""

from __future__ import annotations

import json
import statistics
import sys
from typing import TYPE_CHECKING

from tests.browser.acts import BOX, LAVROV
from tests.browser.running import page_over_seeds

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RUNS = 5

# Times are taken inside the page, on its own clock: what the driver adds is not the reader's to wait for.
_WATCH = """() => {
    window.first = {};
    const now = performance.now();
    new MutationObserver(() => {
        const live = document.querySelector("#live .exchange");
        if (live && !first.word) first.word = performance.now() - now;
        if (live && live.dataset.state === "done" && !first.answer) first.answer = performance.now() - now;
    }).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ["data-state"] });
    document.querySelector("#send").click();
}"""
_OPEN = """async () => {
    const chip = document.querySelector("#live a.chip[data-citation='1']");
    const now = performance.now();
    chip.click();
    while (!document.querySelector(".panel mark.on") || chip.getAttribute("aria-current") !== "true"
        || document.querySelector(".panel .count").textContent[0] !== "1") await new Promise(requestAnimationFrame);
    return performance.now() - now;
}"""


def one_visit(browser: Browser, address: str) -> dict[str, float]:
    """A first visit with an empty cache: its paint, its weight, an answer, a source."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#desk[data-room]")
    seen = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
    ready = page.evaluate("() => performance.now()")
    loaded = page.evaluate("() => performance.getEntriesByType('resource').map(one => [one.name, one.transferSize])")
    own = [size for name, size in loaded if "/page/" in name]
    page.fill(BOX, LAVROV)
    page.evaluate(_WATCH)
    page.wait_for_selector("#live .exchange[data-state=done]")
    told = page.evaluate("() => first")
    page.wait_for_selector(".panel mark.on")
    opened = page.evaluate(_OPEN)
    measured = {
        "first_paint_ms": seen, "ready_ms": ready, "first_word_ms": told["word"], "answer_ms": told["answer"],
        "source_ms": opened, "requests": len(loaded), "kilobytes": sum(size for _, size in loaded) / 1000,
        "kilobytes_of_ours": sum(own) / 1000, "outside_requests": outside(page, address),
    }  # fmt: skip
    context.close()
    return measured


def outside(page: Page, address: str) -> int:
    """How many requests went elsewhere."""
    names = page.evaluate("() => performance.getEntriesByType('resource').map(one => one.name)")
    return sum(not name.startswith((address, "data:", "blob:")) for name in names)


def main() -> None:
    """Visits the page over the seeds, and prints the median of each measure."""
    with page_over_seeds() as (address, browser):
        visits = [one_visit(browser, address) for _ in range(RUNS)]
    medians = {name: round(statistics.median(visit[name] for visit in visits), 1) for name in visits[0]}
    sys.stdout.write(f"{json.dumps(medians)}\n")


if __name__ == "__main__":
    main()
