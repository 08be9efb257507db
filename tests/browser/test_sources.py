"""Files handed in, watched, removed and opened as drafts, in a real browser over a real `onrecord chat`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rag.library.store import Store
from tests.browser.acts import BOX, PHONE, answer_to, ask, enter
from tests.browser.conftest import Opener
from tests.browser.running import running_chat
from tests.papers import Drawn, page, pdf, word

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PATIENCE = 90_000
"""Milliseconds that reading a file may take on a busy machine: a process begins, and a model is loaded."""

SAID = "“The harbour will open again in the spring,” Mayor Ada Lund said on Thursday in Portavia."
DRAFT = "“We will build a second pier,” Bo Quist said."
EVIL = '<img src=x onerror=alert(1)> "quoted" & long ' + "name " * 12


@pytest.fixture(scope="module")
def news(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the seed articles that may be written to."""
    folder = tmp_path_factory.mktemp("sources") / "news"
    shutil.copytree(seeds, folder)
    return folder


@pytest.fixture(scope="module")
def address(browser: Browser, library_dir: Path, news: Path) -> Iterator[str]:  # noqa: ARG001 - no server without a browser
    """The page over a library of that folder."""
    data = news.parent / "data"
    shutil.copytree(library_dir, data)
    store = Store.open(data)
    with store.writing() as changes:
        changes.set_folder(news)
    store.close()
    with running_chat(data) as running:
        yield running


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Files of every fate, by what becomes of them."""
    lines = [Drawn("Harbour opens again, mayor says", size=22), Drawn(SAID, below=40)]
    contents = {
        "talks.pdf": pdf(page(*lines)),
        "pier.docx": word(
            "“We will build a second pier,” Councillor Bo Quist said on Friday.", headline="A second pier"
        ),
        "scan.pdf": pdf("0 0 1 rg 0 0 612 792 re f"),
        "articles.csv": b"source\n",
        f"{EVIL}.txt": b"The ferry was late.\n\nThe captain said on Monday that nobody had counted the boats.\n",
    }
    for name, content in contents.items():
        (tmp_path / name.replace("/", "-")).write_bytes(content)
    return {path.name: path for path in sorted(tmp_path.iterdir())}


def outcome(page: Page, name: str) -> str:
    """What the line of a file says when all is over for it."""
    said = page.wait_for_function(
        """name => [...document.querySelectorAll('.arrival')].findLast(line =>
               line.querySelector('.name').textContent === name && !line.querySelector('progress')
           )?.querySelector('.outcome').textContent""",
        arg=name,
        timeout=PATIENCE,
    )
    return str(said.json_value())


def drop(page: Page, place: str, path: Path) -> None:
    """Drops a file there, as a hand does that drags it in from outside."""
    page.evaluate(
        """([place, name, bytes]) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([new Uint8Array(bytes)], name));
            const how = { dataTransfer, bubbles: true, cancelable: true };
            for (const kind of ['dragover', 'drop'])
                document.querySelector(place).dispatchEvent(new DragEvent(kind, how));
        }""",
        [place, path.name, list(path.read_bytes())],
    )


def test_files_are_handed_in_each_with_its_result_while_answers_go_on(
    open_page: Opener, files: dict[str, Path]
) -> None:
    page = open_page()
    enter(page, "sources")
    before = page.locator(".shelf li").count()
    page.set_input_files(".intake [type=file]", list(files.values()))
    page.wait_for_selector(".arrival[data-state=reading]")
    page.evaluate("() => { location.hash = 'ask'; }")
    ask(page, "What did Lavrov say about the EU?")
    enter(page, "sources")
    assert outcome(page, "talks.pdf") == "Added: 1 article, 1 statement · Show"
    assert outcome(page, "pier.docx") == "Added: 1 article, 1 statement · Show"
    assert "is a scan or a drawing" in outcome(page, "scan.pdf")
    assert "format that is not read" in outcome(page, "articles.csv")
    renamed = "uploads/img src=x onerror=alert(1)- -quoted- & long name"
    assert f"Added: 1 article, 1 statement · {renamed}" in outcome(page, f"{EVIL}.txt")
    page.wait_for_function("count => document.querySelectorAll('.shelf li').length === count", arg=before + 3)
    page.wait_for_selector(f"#state:has-text('{before + 3} articles')")
    page.click("[data-act=clear-arrivals]")
    assert page.locator(".arrival").count() == 0
    drop(page, ".intake", files["talks.pdf"])
    assert outcome(page, "talks.pdf") == "Already in the library: uploads/talks.pdf"
    page.evaluate("() => { location.hash = 'ask'; }")
    question = "What did Ada Lund say about the harbour?"
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    answer_to(page, question)
    page.wait_for_selector(".panel .source:has-text('uploads/talks.pdf') mark.on")
    remove(page, "uploads/talks.pdf")


def remove(page: Page, source: str) -> None:
    """Removes an upload, which is asked twice, and waits until its row is gone."""
    enter(page, "sources")
    button = page.locator(f"[data-act=unload][data-source='{source}']")
    button.click()
    button.locator(":scope:text-is('Remove for good?')").click()
    button.wait_for(state="detached")
    page.wait_for_selector("#said[data-shown]:has-text('Removed.')")


def test_on_a_phone_files_of_the_folder_come_and_go_by_themselves(open_page: Opener, news: Path) -> None:
    page = open_page(**PHONE)
    enter(page, "sources")
    (news / "void.txt").write_text("", encoding="utf-8")
    (news / "late.txt").write_text("The ferry was late.\n\nNobody had counted the boats, it says.\n", encoding="utf-8")
    page.wait_for_selector(".shelf li.indexed:has-text('late.txt')", timeout=PATIENCE)
    page.wait_for_selector(".shelf li.failed:has-text('void.txt'):has-text('is empty')", timeout=PATIENCE)
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    page.click(".count a[href*='state=failed']")
    page.wait_for_function("() => document.querySelectorAll('.shelf li').length === 1")
    (news / "late.txt").unlink()
    (news / "void.txt").unlink()
    enter(page, "sources")
    page.wait_for_function(
        """() => !document.querySelector('.listed').textContent.includes('late.txt')
           && !document.querySelector('li.failed') && !document.querySelector('.keeping .now[data-busy]')""",
        timeout=PATIENCE,
    )


def test_a_word_document_is_opened_and_checked_as_a_draft(open_page: Opener, tmp_path: Path) -> None:
    (tmp_path / "draft.docx").write_bytes(word(DRAFT))
    (tmp_path / "old.docx").write_bytes(b"\xd0\xcf\x11\xe0")
    page = open_page()
    enter(page, "draft")
    page.set_input_files(".drafting [type=file]", tmp_path / "draft.docx")
    page.wait_for_function("words => document.querySelector('#draft-text').value === words", arg=DRAFT)
    drop(page, "#draft-text", tmp_path / "old.docx")
    page.wait_for_selector("#said[data-shown]:has-text('old.docx is an old Word document')")
    assert page.input_value("#draft-text") == DRAFT
    page.click("text=Check it")
    page.wait_for_selector(".findings .count b:text-is('1 quotation')")
