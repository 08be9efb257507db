"""Check a draft in a real browser, over a part that verifies as it is told here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag import Assistant, Checked, DiffPart, StatementSearch
from rag.verification.draft import read_draft
from tests.browser.acts import enter
from tests.browser.conftest import Opener
from tests.newsroom import SOVEREIGN
from tests.served import served
from tests.test_view_draft import quotation
from ui.app import create_app, open_rooms

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # its own use of an older pandas
]

DRAFT = "Lavrov called it “a bold decision”."


def verify(text: str) -> tuple[Checked, ...]:
    """One quotation that was altered, if the text holds it."""
    pieces = (
        DiffPart("same", "a"),
        DiffPart("draft", "bold"),
        DiffPart("article", "sovereign"),
        DiffPart("same", "decision"),
    )
    start = text.find("a bold decision")
    altered = quotation(text="a bold decision", start=start, end=start + 15, verdict="altered", difference=pieces)
    return (altered,) if start >= 0 else ()


@pytest.fixture(scope="module")
def address(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over the seeds, with that part."""
    data: Path = tmp_path_factory.mktemp("draft")

    parts: dict[str, Any] = {"desk": StatementSearch(assistant.store), "verify": verify, "read_draft": read_draft}
    rooms = open_rooms(assistant, data, **parts)
    with served(create_app(rooms)) as address:
        yield address


def test_a_draft_is_checked_and_its_source_opens_beside_it(open_page: Opener, tmp_path: Path) -> None:
    page = open_page()
    enter(page, "draft")
    (tmp_path / "draft.md").write_text(DRAFT, encoding="utf-8")
    page.set_input_files(".drafting [type=file]", tmp_path / "draft.md")
    page.wait_for_function("words => document.querySelector('#draft-text').value === words", arg=DRAFT)
    page.click("text=Check it")
    page.wait_for_selector(".findings .count b:text-is('1 quotation')")
    assert page.inner_text(".findings mark") == "a bold decision"
    assert page.inner_text(".findings del") == "bold"
    assert page.inner_text(".findings ins") == "sovereign"
    page.click(".findings a.chip")
    page.wait_for_selector(".panel mark.on")
    assert page.text_content(".panel mark.on") == SOVEREIGN
    for form, begins in (("docx", b"PK"), ("md", DRAFT.rstrip(".").encode())):
        with page.expect_download() as saved:
            page.click(f"[formaction='draft/checked.{form}']")
        assert saved.value.suggested_filename == f"draft, checked.{form}"
        assert saved.value.path().read_bytes().startswith(begins)
    page.fill("#draft-text", "No quotation.")
    page.click("text=Check it")
    page.wait_for_selector(".findings b:text-is('The draft contains no quotations.')")
