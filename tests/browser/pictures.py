"""Pictures of the page as it is, over the seeds: `python -m tests.browser.pictures [FOLDER]` (default: artifacts)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tests.browser.acts import LAVROV, MIRZOYAN, conversations, correcting, draft, guide, shortcuts
from tests.browser.running import page_over_seeds

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESK, PHONE = (1280, 860), (390, 844)


def nothing(page: Page) -> None:
    """Leaves the page as it stands."""


def open_first(page: Page) -> None:
    """Opens the first source."""
    page.click("#live blockquote a.chip >> nth=0")
    page.wait_for_selector(".panel mark.on")


def hover_second(page: Page) -> None:
    """Shows the card at a chip."""
    page.hover("#live a.chip[data-citation='2'] >> nth=0")
    page.wait_for_selector("#hover:visible")


def what_it_rests_on(page: Page) -> None:
    """Opens the list of citations."""
    page.click("#live .cited summary")


def record(page: Page) -> None:
    """Goes to what one speaker said, and opens a source."""
    page.evaluate("() => { location.hash = 'record?by=Dmitry+Peskov'; }")
    page.click(".statements a.chip >> nth=1")
    page.wait_for_selector(".panel mark.on")


def whole_record(page: Page) -> None:
    """Goes to every statement."""
    page.click("nav a:text-is('Who said what')")
    page.wait_for_selector(".statements .said")


def nobody(page: Page) -> None:
    """Goes to what nobody said."""
    page.evaluate("() => { location.hash = 'record?by=Nobody'; }")
    page.wait_for_selector(".count.trouble")


def to_the_end(page: Page) -> None:
    """Scrolls the answer to its end."""
    page.evaluate("() => document.querySelector('#transcript').scrollTo(0, 1e6)")


@dataclass(frozen=True, slots=True)
class Picture:
    """What is asked before the picture is taken, on which screen, by day or night, and what is done at last."""

    name: str
    questions: tuple[str, ...] = ()
    screen: tuple[int, int] = DESK
    scheme: Literal["light", "dark"] = "light"
    then: Callable[[Page], None] = nothing


PICTURES = (
    Picture("desk", (LAVROV,)),
    Picture("desk-dark", (LAVROV,), scheme="dark"),
    Picture("desk-empty"),
    Picture("desk-end", (LAVROV,), then=to_the_end),
    Picture("desk-decline", (MIRZOYAN,)),
    Picture("desk-conversation", (LAVROV, "… and Peskov?")),
    Picture("desk-trouble", ("x" * 2001,)),
    Picture("desk-card", (LAVROV,), then=hover_second),
    Picture("desk-citations", (LAVROV,), then=what_it_rests_on),
    Picture("desk-conversations", (LAVROV, MIRZOYAN), then=conversations),
    Picture("desk-shortcuts", then=shortcuts),
    Picture("desk-record", then=record),
    Picture("desk-record-dark", scheme="dark", then=record),
    Picture("desk-record-nobody", then=nobody),
    Picture("desk-correcting", then=correcting),
    Picture("phone-correcting", (), PHONE, "dark", then=correcting),
    Picture("desk-help", then=guide),
    Picture("phone-help", (), PHONE, "dark", then=guide),
    Picture("desk-draft", then=draft),
    Picture("phone-conversations", (LAVROV,), PHONE, then=conversations),
    Picture("phone-record", (), PHONE, then=whole_record),
    Picture("phone", (LAVROV,), PHONE),
    Picture("phone-dark", (LAVROV,), PHONE, "dark"),
    Picture("phone-empty", (), PHONE),
    Picture("phone-source", (LAVROV,), PHONE, then=open_first),
    Picture("phone-decline", (MIRZOYAN,), PHONE),
)


def take(picture: Picture, browser: Browser, address: str, folder: Path) -> Path:
    """Takes one picture and says where it is."""
    width, height = picture.screen
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=picture.scheme, reduced_motion="reduce"
    )
    page.goto(address)
    page.wait_for_selector("#desk[data-room]")
    for number, question in enumerate(picture.questions, start=1):
        page.fill("#question textarea", question)
        page.press("#question textarea", "Enter")
        page.wait_for_selector(f"#live .exchange[data-number='{number}'][data-state='done']")
    if picture.screen == DESK and page.query_selector("#live a.chip[data-citation]"):
        page.wait_for_selector(".panel mark.on")  # the first source opens by itself
    picture.then(page)
    target = folder / f"{picture.name}.png"
    page.screenshot(path=target)
    page.close()
    return target


def main(folder: Path) -> None:
    """Takes every picture of the page over the seeds."""
    folder.mkdir(parents=True, exist_ok=True)
    with page_over_seeds() as (address, browser):
        for picture in PICTURES:
            sys.stdout.write(f"{take(picture, browser, address, folder)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "artifacts"))
