"""What a reader does on the page, for the browser tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

LAVROV = "What did Lavrov say about the EU?"
MIRZOYAN = "What did Mirzoyan say about NATO?"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
BOX = "#question textarea"
CUT_OFF = ("AbortError: signal is aborted", "Connection errored out")
"""What Gradio writes to the console where a page is left while its stream is open."""


def ask(page: Page, question: str) -> None:
    """Types and sends a question and waits until its answer stands."""
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    answer_to(page, question)


def answer_to(page: Page, question: str) -> None:
    """Waits until the answer to a question stands."""
    page.wait_for_function(
        """question => document.querySelector('#live .exchange[data-state=done] h2')?.textContent === question""",
        arg=question,
    )


def load_again(page: Page) -> None:
    """Loads the page again. That Gradio complains of its stream, which this cuts off, is a sign of nothing."""
    signs: list[str] = page.signs  # type: ignore[attr-defined] # put there by open_page
    before = len(signs)
    page.reload()
    page.wait_for_selector("#desk[data-room]")
    signs[before:] = [one for one in signs[before:] if not any(sign in one for sign in CUT_OFF)]


def enter(page: Page, room: str) -> None:
    """Goes to a room by its address and waits until it stands."""
    page.evaluate("room => { location.hash = room; }", room)
    page.wait_for_selector(f"#rooms .room[data-room='{room.split('?', maxsplit=1)[0]}']:not([aria-busy]) h2")


def comes_into_view(page: Page, selector: str) -> None:
    """Waits until an element's first line can be read: inside the window and not beneath anything."""
    page.wait_for_function(
        """selector => {
            const element = document.querySelector(selector);
            const line = element.getClientRects()[0];
            const seen = document.elementFromPoint(line.left + line.width / 2, line.top + line.height / 2);
            return seen !== null && (element === seen || element.contains(seen));
        }""",
        arg=selector,
    )


def correcting(page: Page) -> None:
    """Opens the form that names a speaker by hand."""
    enter(page, "record?by=Lavrov")
    page.hover(".statements .said >> nth=0")
    page.click(".statements [data-act=correct] >> nth=0")
    page.wait_for_selector(".correcting")
    page.eval_on_selector(".correcting", "form => form.scrollIntoView({ block: 'center' })")


def draft(page: Page) -> None:
    """Checks a draft with a quotation that stands, and one that does not."""
    enter(page, "draft")
    page.fill("#draft-text", "Lavrov called it “a sovereign decision”, and Peskov “a bold step into the unknown”.")
    page.click("text=Check it")
    page.wait_for_selector(".findings .said")


def guide(page: Page) -> None:
    """Goes to the help page."""
    enter(page, "help")


def conversations(page: Page) -> None:
    """Opens the conversations, and what can be done with one."""
    page.click("[data-act=history]")
    page.wait_for_selector("#history li")
    page.click("#history .more summary")


def shortcuts(page: Page) -> None:
    """Opens the list of shortcuts."""
    page.click("[data-act=keys]")
