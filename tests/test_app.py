"""The page as a whole, over real HTTP on loopback: its routes, its queue, its manners. No browser, no network."""

import json
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import pytest
import uvicorn

from tests.conftest import REPOSITORY
from tests.markup import Markup
from tests.newsroom import ORDA, SOVEREIGN, Newsroom, article
from ui.app import LOOPBACK, create_app
from ui.safety import BARE_POLICY, PAGE_POLICY
from ui.serving import address_of, listen

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio")  # its own use of an older pandas

QUESTION = "What did Lavrov say about the EU?"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A running page and the newsroom behind it."""

    address: str
    newsroom: Newsroom

    def get(self, path: str, body: bytes | None = None, **headers: str) -> Reply:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.address + path, body, names)  # noqa: S310 - our own address
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - likewise
                return Reply(answer.status, dict(answer.headers), answer.read().decode())
        except urllib.error.HTTPError as refusal:
            return Reply(refusal.code, dict(refusal.headers), refusal.read().decode())

    def ask(self, question: str, session: str) -> list[list[object]]:
        """Every step that the browser would show: the box, the past, the live exchange, and the hidden conversation."""
        config = json.loads(self.get("config").text)
        asking = next(one["id"] for one in config["dependencies"] if one["targets"][0][1] == "submit")
        event = {"data": [question, None], "fn_index": asking, "session_hash": session, "trigger_id": None}
        joined = self.get("gradio_api/queue/join", json.dumps(event).encode(), Content_Type="application/json")
        assert joined.status == 200, joined.text
        lines = self.get(f"gradio_api/queue/data?session_hash={session}").text.split("\n")
        messages = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
        return [one["output"]["data"] for one in messages if one["msg"] == "process_generating"]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """The page over the newsroom, on a free port."""
    newsroom = Newsroom()
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(create_app(newsroom, allowed_hosts=LOOPBACK), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield Page(address_of(listener), newsroom)
        server.should_exit = True
        thread.join(timeout=30)


def place(words: str) -> dict[str, str]:
    orda = article(ORDA)
    start = orda.text.index(words)
    return {"name": ORDA, "at": f"{start}-{start + len(words)}", "digest": orda.digest}


def test_health_is_told_without_a_browser(page: Page) -> None:
    assert json.loads(page.get("healthz").text) == {"status": "ok", "articles": 2}


def test_the_page_is_sent_with_its_policy(page: Page) -> None:
    reply = page.get("")
    assert reply.status == 200
    assert reply.headers["content-security-policy"] == PAGE_POLICY


def test_nothing_of_the_page_is_offered_as_an_interface_for_programs(page: Page) -> None:
    assert json.loads(page.get("gradio_api/info").text) == {"named_endpoints": {}, "unnamed_endpoints": {}}


def test_the_page_is_launched_with_safe_settings(page: Page) -> None:
    config = json.loads(page.get("config").text)
    assert config["analytics_enabled"] is False
    assert config["show_error"] is False
    assert config["footer_links"] == []


@pytest.mark.parametrize(("path", "kind"), [("page/style.css", "text/css"), ("page/page.js", "javascript")])
def test_style_and_script_come_from_the_page_itself(page: Page, path: str, kind: str) -> None:
    reply = page.get(path)
    assert reply.status == 200
    assert kind in reply.headers["content-type"]


@pytest.mark.parametrize("path", ["page/../app.py", "page/%2e%2e/app.py", "page/..%2fapp.py", "file=/etc/passwd"])
def test_no_other_file_can_be_had(page: Page, path: str) -> None:
    assert page.get(path).status == 404


def test_a_source_opens_at_the_cited_words_on_a_page_without_scripts(page: Page) -> None:
    reply = page.get(f"source?{urlencode(place(SOVEREIGN))}")
    assert reply.status == 200
    assert reply.headers["content-security-policy"] == BARE_POLICY
    assert Markup(reply.text).one("mark", "on").text == SOVEREIGN


@pytest.mark.parametrize("name", ["nowhere.txt", "../../etc/passwd", "/etc/passwd", "<script>", "a\0b"])
def test_an_article_that_the_library_does_not_hold_is_a_sentence(page: Page, name: str) -> None:
    reply = page.get(f"source?name={quote(name)}&at=0-5")
    assert reply.status == 404
    assert "onrecord index" in Markup(reply.text).one("p", "trouble").text


@pytest.mark.parametrize("at", ["", "5-5", "9-2", "0-99999999", "a-b", f"0-{'9' * 5000}"])
def test_a_place_that_the_article_does_not_have_is_a_sentence(page: Page, at: str) -> None:
    reply = page.get(f"source?name={ORDA}&at={at}")
    assert reply.status == 404
    assert "No place in this article" in Markup(reply.text).one("p", "trouble").text


def test_an_article_that_has_changed_since_the_answer_is_not_shown_as_if_it_had_not(page: Page) -> None:
    reply = page.get(f"source?{urlencode(place(SOVEREIGN) | {'digest': 'of another day'})}")
    assert reply.status == 409
    assert "has changed since that answer" in reply.text
    assert not Markup(reply.text).all("mark")


def test_another_site_under_another_name_is_refused(page: Page) -> None:
    assert page.get("healthz", Host="rebound.example").status == 400


@pytest.mark.parametrize("path", ["gradio_api/upload", "gradio_api/call/ask", "gradio_api/run/ask"])
def test_side_doors_are_closed(page: Page, path: str) -> None:
    assert page.get(path, b"{}", Content_Type="application/json").status == 404


def test_a_question_empties_the_box_shows_its_stages_and_then_the_answer(page: Page) -> None:
    first, *_, last = page.ask(QUESTION, "stages")
    assert first[0] == ""
    assert "Looking through 2 articles" in str(first[2])
    assert SOVEREIGN[:20] in json.dumps(last)


def test_an_empty_question_changes_nothing(page: Page) -> None:
    asked = len(page.newsroom.heard)
    page.ask("   ", "empty")
    assert len(page.newsroom.heard) == asked


def test_a_second_question_knows_the_first_and_another_session_knows_nothing(page: Page) -> None:
    page.ask(QUESTION, "ada")
    page.ask(QUESTION, "ada")
    assert len(page.newsroom.heard[-1]) == 2
    page.ask(QUESTION, "bo")
    assert page.newsroom.heard[-1] == ()


def test_an_error_is_a_sentence_in_the_chat_and_the_chat_goes_on(page: Page) -> None:
    (*_, broken) = page.ask("break", "hurt")
    assert "onrecord doctor" in json.dumps(broken)
    assert "machine room" not in json.dumps(broken)
    (*_, healed) = page.ask(QUESTION, "hurt")
    assert SOVEREIGN[:20] in json.dumps(healed)


@pytest.mark.server
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_the_server_says_where_it_is_moves_off_a_taken_port_and_ends_quietly() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        program = (
            "from tests.newsroom import Newsroom; from ui.app import serve; serve(Newsroom(), {}, open_browser=False)"
        )
        running = subprocess.Popen(
            [sys.executable, "-c", program.format(f"port={port}")], cwd=REPOSITORY, stderr=subprocess.PIPE, text=True
        )
        assert running.stderr is not None
        said = [running.stderr.readline(), running.stderr.readline()]
        running.send_signal(signal.SIGINT)
        rest = running.communicate(timeout=30)[1]
    assert said[0].startswith(f"Port {port} is taken; using ")
    assert said[1].startswith("onrecord is at http://127.0.0.1:")
    assert (running.returncode, rest) == (0, "")
