"""A writer that takes its time, and one that breaks: what is proved is read meanwhile, and stop means stop."""

import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from rag.core import Evidence, Passed, Query, Step
from rag.core.errors import ModelError
from tests.browser.acts import BOX, ask, load_again
from tests.browser.conftest import Opener
from tests.newsroom import SOVEREIGN, Newsroom
from tests.served import served
from ui.app import create_app, open_rooms

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio"),  # its own use of an older pandas
]


class Slow(Newsroom):
    """Writes a sentence and then for ever, if it is asked slowly; breaks if it is asked in vain."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = threading.Event()
        self.recovered = False

    def answer(self, query: Query, evidence: Evidence) -> Generator[Step]:  # noqa: ARG002 - what it says is written down
        if "in vain" in query.question and not self.recovered:
            raise ModelError("The model does not answer; ask again, or use `--writer offline`.")
        answer = self.lavrov(query.question)
        if "slowly" not in query.question:
            yield answer
            return
        try:
            yield Passed(answer.sentences[1], answer.citations[:1])
            while True:
                time.sleep(0.05)
                yield None
        finally:
            self.ended.set()


@pytest.fixture(scope="module")
def slow() -> Slow:
    return Slow()


@pytest.fixture(scope="module")
def address(slow: Slow, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over the slow newsroom, in the place of the real one."""
    data: Path = tmp_path_factory.mktemp("slow")
    with served(create_app(open_rooms(slow, data))) as address:
        yield address


@pytest.mark.parametrize("by", ["button", "key"])
def test_what_is_proved_is_read_while_the_rest_is_written_and_stop_ends_it(
    open_page: Opener, slow: Slow, by: str
) -> None:
    page = open_page()
    slow.ended.clear()
    page.fill(BOX, "What did Lavrov say, slowly?")
    page.press(BOX, "Enter")
    page.wait_for_selector("#live .exchange[data-state=working] blockquote")
    assert SOVEREIGN in page.inner_text("#live blockquote")
    assert page.is_hidden("#send")
    if by == "button":
        page.click("#stop")
    else:
        page.press(BOX, "Escape")
    page.wait_for_selector("#live .exchange[data-state=stopped]")
    assert slow.ended.wait(15)
    assert page.is_visible("#send")
    assert SOVEREIGN in page.inner_text("#live blockquote")
    ask(page, "What did Lavrov say?")
    assert page.inner_text("#past h2") == "What did Lavrov say, slowly?"


def test_a_writer_that_breaks_is_a_sentence_that_is_asked_again_by_one_press_and_stands_once(
    open_page: Opener, slow: Slow
) -> None:
    page = open_page()
    ask(page, "Is it in vain, Lavrov?")
    slow.recovered = True
    page.click("#live .acts [data-act=again]")
    page.wait_for_selector("#live .exchange[data-state=done] blockquote")
    slow.recovered = False
    load_again(page)
    page.wait_for_selector("#past .exchange blockquote")
    assert page.locator("#past h2").all_text_contents() == ["Is it in vain, Lavrov?"]
    page.click("[data-act=new]")
    page.wait_for_selector(".welcome:visible")
    ask(page, "Is it in vain, Lavrov?")
    assert "The model does not answer" in page.inner_text("#live .trouble")
    ask(page, "What did Lavrov say?")
    assert page.query_selector("#live .trouble") is None
