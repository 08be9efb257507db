"""The moving picture of the README, taken of the page as it is: `python -m tests.browser.moving [FILE]`."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.acts import BOX, LAVROV, answer_to
from tests.browser.running import page_over_seeds
from tests.processes import REPOSITORY

if TYPE_CHECKING:
    from PIL.Image import Image
    from playwright.sync_api import Page

SCREEN = {"width": 1120, "height": 700}
STEPS = 5
"""How many frames the pointer takes from one place to the next."""

# The pointer of a reader, which no screenshot has by itself.
_POINTER = """() => {
    const pointer = document.createElement("div");
    pointer.id = "pointer";
    pointer.style.cssText = "position:fixed;z-index:99;left:560px;top:560px;width:16px;height:22px;" +
        "background:#1c1b19;clip-path:polygon(0 0,0 78%,24% 60%,44% 100%,60% 92%,42% 54%,76% 54%);pointer-events:none";
    document.body.append(pointer);
}"""
_MOVE = """([x, y]) => Object.assign(document.querySelector("#pointer").style, { left: `${x}px`, top: `${y}px` })"""


@dataclass
class Film:
    """Frames with the milliseconds that each is shown."""

    page: Page
    frames: list[tuple[bytes, int]] = field(default_factory=list)
    at: tuple[float, float] = (560.0, 560.0)

    def shot(self, milliseconds: int) -> None:
        """One frame of the page as it stands."""
        self.frames.append((self.page.screenshot(), milliseconds))

    def go_to(self, selector: str) -> None:
        """The pointer travels to an element, which is then under the mouse."""
        place = self.page.locator(selector).first.bounding_box()
        assert place is not None, f"{selector} is not to be seen"
        goal = (place["x"] + min(place["width"] / 2, 60), place["y"] + place["height"] / 2)
        start = self.at
        for step in range(1, STEPS + 1):
            x, y = (start[axis] + (goal[axis] - start[axis]) * step / STEPS for axis in (0, 1))
            self.page.evaluate(_MOVE, [x, y])
            if step < STEPS:
                self.shot(50)
        self.at = goal
        self.page.mouse.move(*goal)

    def press(self, selector: str) -> None:
        """Goes there and presses."""
        self.go_to(selector)
        self.shot(200)
        self.page.mouse.click(*self.at)


def play(film: Film) -> None:
    """Ask, rest on a chip, open its source, and see everything that one speaker said."""
    page = film.page
    page.evaluate(_POINTER)
    film.shot(900)
    for end in range(6, len(LAVROV) + 6, 6):
        page.fill(BOX, LAVROV[:end])
        film.shot(110)
    page.press(BOX, "Enter")
    answer_to(page, LAVROV)
    page.wait_for_selector(".panel mark.on")
    page.wait_for_selector("#live .next button.question")
    film.shot(2600)
    film.go_to("#live a.chip[data-citation='4']")
    page.wait_for_selector("#hover:visible")
    film.shot(2600)
    page.mouse.click(*film.at)
    page.wait_for_selector(".panel .count:text-is('4 of 7')")
    page.keyboard.press("Escape")
    film.shot(2600)
    film.press("nav a:text-is('Who said what')")
    page.wait_for_selector(".statements .said")
    film.shot(1400)
    film.press(".filters [name=by]")
    for typed in ("P", "Pesk", "Peskov"):
        page.fill(".filters [name=by]", typed)
        film.shot(150)
    page.press(".filters [name=by]", "Enter")
    page.wait_for_selector(".filters [name=by][value='Peskov']")
    film.shot(1600)
    film.press(".statements a.chip >> nth=1")
    page.wait_for_selector(".panel .count:has-text('2 of')")
    film.shot(3000)


def images(film: Film) -> Iterator[Image]:
    """The frames as Pillow has them."""
    from PIL import Image

    for shown, _ in film.frames:
        yield Image.open(io.BytesIO(shown)).convert("RGB")


def main(target: Path) -> None:
    """Plays on the page over the seeds, and writes one file that repeats for ever."""
    with page_over_seeds() as (address, browser):
        page = browser.new_page(viewport=SCREEN, color_scheme="light", reduced_motion="reduce")  # type: ignore[arg-type] # a width and a height
        page.goto(address)
        page.wait_for_selector("#desk[data-room]")
        film = Film(page)
        play(film)
    first, *rest = images(film)
    shown = [milliseconds for _, milliseconds in film.frames]
    first.save(target, save_all=True, append_images=rest, duration=shown, loop=0, lossless=True, method=4)
    sys.stdout.write(
        f"{target}: {len(shown)} frames, {sum(shown) / 1000:.1f} s, {target.stat().st_size / 1000:,.0f} kB\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else REPOSITORY / "ui" / "moving.webp"))
