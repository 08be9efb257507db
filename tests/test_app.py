"""The page as a whole, over real HTTP on loopback: its routes, its queue, its manners. No browser, no network."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from rag.core.errors import UsageError
from tests.browser.running import running_chat
from tests.markup import Markup
from tests.newsroom import ORDA, SOVEREIGN, Newsroom, article
from tests.processes import REPOSITORY
from tests.served import served
from tests.visitor import Visitor
from ui.app import LOOPBACK, create_app, listen, open_in_browser, open_rooms, page_address
from ui.middleware import BARE_POLICY, PAGE_POLICY

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio")  # its own use of an older pandas

QUESTION = "What did Lavrov say about the EU?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Visitor):
    """A visitor of a running page, and the newsroom behind it."""

    newsroom: Newsroom
    data: Path


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page over the newsroom, on a free port."""
    newsroom = Newsroom()
    data = tmp_path_factory.mktemp("data")
    with served(create_app(open_rooms(newsroom, data), allowed_hosts=LOOPBACK)) as address:
        yield Page(address, newsroom=newsroom, data=data)


def thread_of(steps: list[list[str]]) -> str:
    """The conversation that an answer belongs to."""
    found: list[str] = re.findall(r'data-thread="([^"]+)"', json.dumps(steps).replace('\\"', '"'))
    return found[-1]


def place(words: str) -> dict[str, str]:
    orda = article(ORDA)
    start = orda.text.index(words)
    return {"name": ORDA, "at": f"{start}-{start + len(words)}", "digest": orda.digest}


def test_the_page_is_sent_with_its_policy_and_settings_and_its_own_files_alone(page: Page) -> None:
    reply = page.get("")
    assert reply.status == 200
    assert reply.headers["content-security-policy"] == PAGE_POLICY
    assert json.loads(page.get("gradio_api/info").text) == {"named_endpoints": {}, "unnamed_endpoints": {}}
    config = json.loads(page.get("config").text)
    assert config["analytics_enabled"] is False
    assert config["show_error"] is False
    assert config["footer_links"] == []
    for path, kind in (("style.css", "text/css"), ("rooms.css", "text/css"), ("page.js", "javascript")):
        sent = page.get(f"page/{path}")
        assert (sent.status, kind in sent.headers["content-type"]) == (200, True), path
    for path in ("page/../app.py", "page/%2e%2e/app.py", "page/..%2fapp.py", "file=/etc/passwd"):
        assert page.get(path).status == 404, path
    assert page.get("healthz", Host="rebound.example").status == 400


def test_a_source_opens_at_the_cited_words_unless_it_is_not_held_or_has_changed(page: Page) -> None:
    reply = page.get(f"source?{urlencode(place(SOVEREIGN))}")
    assert reply.status == 200
    assert reply.headers["content-security-policy"] == BARE_POLICY
    assert Markup(reply.text).one("mark", "on").text == SOVEREIGN
    reply = page.get(f"source?{urlencode(place(SOVEREIGN) | {'digest': 'of another day'})}")
    assert reply.status == 409
    assert "has changed since that answer" in reply.text
    assert not Markup(reply.text).all("mark")
    names = [(name, "0-5", "onrecord index") for name in ("nowhere.txt", "/etc/passwd", "<script>", "a\0b")]
    places = [(ORDA, at, "No place in") for at in ("", "5-5", "9-2", "0-99999999", "a-b", f"0-{'9' * 5000}")]
    for name, at, words in (*names, ("../../etc/passwd", "0-5", "onrecord index"), *places):
        reply = page.get(f"source?name={quote(name)}&at={at}")
        assert reply.status == 404, (name, at)
        assert words in Markup(reply.text).one("p", "trouble").text, (name, at)


def test_a_question_shows_its_stages_and_an_error_is_a_sentence_after_which_the_chat_goes_on(page: Page) -> None:
    first, *_, last = page.ask(QUESTION, "stages")
    assert first[0] == ""
    assert "Looking through 2 articles" in first[1]
    assert SOVEREIGN[:20] in json.dumps(last)
    (*_, broken) = page.ask("break", "hurt")
    assert "onrecord doctor" in json.dumps(broken)
    assert "machine room" not in json.dumps(broken)
    (*_, healed) = page.ask(QUESTION, "hurt")
    assert SOVEREIGN[:20] in json.dumps(healed)


def test_a_question_knows_those_before_it_unless_it_is_asked_anew_or_by_somebody_else(page: Page) -> None:
    thread = thread_of(page.ask(QUESTION, "ada"))
    assert thread_of(page.ask(QUESTION, "ada", thread)) == thread
    assert len(page.newsroom.heard[-1]) == 2
    page.ask(QUESTION, "ada")
    assert page.newsroom.heard[-1] == ()
    thread = thread_of(page.ask(QUESTION, "anew"))
    page.ask("What did Mirzoyan say about NATO?", "anew", thread)
    page.ask("What did Lavrov say?", "anew", thread, 1)
    assert page.newsroom.heard[-1] == ()
    kept = Markup(page.get(f"conversations/{thread}").text)
    assert [heading.text for heading in kept.all("h2", "asked")] == ["What did Lavrov say?"]
    thread = thread_of(page.ask(QUESTION, "hers"))
    other = replace(page, visitor="c" * 43)
    assert thread_of(other.ask("What did Lavrov say?", "his", thread, 1)) != thread
    assert page.newsroom.heard[-1] == ()
    assert QUESTION in page.get(f"conversations/{thread}").text


def test_an_answer_is_kept_copied_judged_and_asked_on_until_it_is_deleted(page: Page) -> None:
    thread = thread_of(page.ask(QUESTION, "onward"))
    assert "[^1]" in page.get(f"conversations/{thread}/1/copy?form=markdown").text
    assert "[1] Sergei Lavrov" in page.get(f"conversations/{thread}/1/copy").text
    assert Markup(page.get(f"conversations/{thread}/1/next").text).all("button", "question")
    for judgement, status in (("speaker", 204), ("nonsense", 422)):
        said = json.dumps({"judgement": judgement}).encode()
        assert (
            page.get(f"conversations/{thread}/1/judgement", said, Content_Type="application/json").status == status
        ), judgement
    lines = (page.data / "feedback.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["judgement"] for line in lines] == ["speaker"]
    assert SOVEREIGN in page.get(f"conversations/{thread}").text
    page.get(f"conversations/{thread}/title", b'{"title": "On the EU"}', Content_Type="application/json")
    assert "On the EU" in page.get("conversations?search=eu").text
    assert page.get(f"conversations/{thread}.md").text.startswith("# On the EU\n\n## What did Lavrov")
    assert page.get(f"conversations/{thread}.csv").text.count(ORDA) == 2
    assert json.loads(page.get(f"conversations/{thread}.json").text)["answers"][0]["citations"][0]["quote"] == SOVEREIGN
    assert page.get(f"conversations/{thread}.exe").status == 404
    assert page.get(f"conversations/{thread}", method="DELETE").status == 204
    assert page.get(f"conversations/{thread}").status == 404


def test_nobody_else_reads_or_changes_a_conversation_or_what_is_sent_through_the_queue(page: Page) -> None:
    thread = thread_of(page.ask(QUESTION, "private"))
    other = replace(page, visitor="b" * 43)
    reading = [("GET", path) for path in ("", ".json", ".docx", "/1/copy", "/1/next")]
    for method, path in (*reading, ("DELETE", ""), ("POST", "/title"), ("POST", "/1/judgement")):
        said = b'{"title": "mine", "judgement": "good"}' if method == "POST" else None
        reply = other.get(f"conversations/{thread}{path}", said, method=method, Content_Type="application/json")
        assert reply.status == 404, (method, path)
        assert SOVEREIGN not in reply.text, (method, path)
        assert page.get(f"conversations/{thread}").status == 200, (method, path)
        assert "mine" not in page.get("conversations").text, (method, path)
        assert thread not in other.get("conversations").text, (method, path)
    page.ask(QUESTION, "watched")
    other = replace(page, visitor="d" * 43)
    for path in ("gradio_api/queue/data?session_hash=watched", "gradio_api/heartbeat/watched"):
        assert other.get(path).status == 403, path
    swapped = json.dumps({"data": ["", "", None], "fn_index": 0, "session_hash": "watched"}).encode()
    for path in ("gradio_api/queue/join", "gradio_api/queue/join?session_hash=his", "gradio_api/cancel"):
        assert other.get(path, swapped, Content_Type="application/json").status == 403, path


@pytest.mark.server
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_the_server_says_where_it_is_moves_off_a_taken_port_and_ends_quietly(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        program = (
            "from pathlib import Path; from tests.newsroom import Newsroom; from ui.app import open_rooms, serve_page; "
            f"serve_page(open_rooms(Newsroom(), Path({str(tmp_path)!r})), port={port}, open_browser=False)"
        )
        running = subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
        assert running.stderr is not None
        said = [running.stderr.readline(), running.stderr.readline()]
        running.send_signal(signal.SIGINT)
        rest = running.communicate(timeout=30)[1]
    assert said[0].startswith(f"Port {port} is taken; using ")
    assert said[1].startswith("onrecord is at http://127.0.0.1:")
    assert (running.returncode, rest) == (0, "")


def test_the_command_serves_whatever_proxies_the_environment_names(library_dir: Path) -> None:
    proxies = {"all_proxy": "socks5://127.0.0.1:9", "HTTP_PROXY": "socks://127.0.0.1:9", "https_proxy": "no proxy"}
    with running_chat(library_dir, **proxies, no_proxy="") as address:
        assert Visitor(address).get("").status == 200
        assert json.loads(Visitor(address).get("greeting").text)["corrects"] is True


def test_the_proxies_of_the_environment_are_there_again_once_gradio_is_loaded(tmp_path: Path) -> None:
    program = (
        "import os, pathlib; from tests.newsroom import Newsroom; from ui.app import open_rooms;"
        f"open_rooms(Newsroom(), pathlib.Path({str(tmp_path)!r}));"
        "print(os.environ['all_proxy'], os.getenv('no_proxy'))"
    )
    for kept in ({}, {"no_proxy": "news.example"}):
        around = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
        around |= {"all_proxy": "socks5://127.0.0.1:9"} | kept
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=REPOSITORY, env=around, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == ["socks5://127.0.0.1:9", kept.get("no_proxy", "None")], kept


def test_an_address_that_cannot_be_is_refused_no_browser_is_no_failure_and_the_sixth_version_is_bracketed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(UsageError, match=r"192\.0\.2\.1 .*--host 127\.0\.0\.1"):
        listen("192.0.2.1", 7860)
    for port in (65_536, -101):
        with pytest.raises(UsageError, match="--port"):
            listen("127.0.0.1", port)
    monkeypatch.setattr(webbrowser, "get", NoBrowser().get)
    open_in_browser("http://127.0.0.1:1/")
    try:
        listener = listen("::1", 0)
    except (UsageError, OSError) as error:  # a machine without IPv6
        pytest.skip(f"no IPv6 here: {error or errno.EAFNOSUPPORT}")
    with listener:
        assert page_address(listener) == f"http://[::1]:{listener.getsockname()[1]}/"


class NoBrowser:
    """A machine without any browser."""

    def get(self, using: str | None = None) -> webbrowser.BaseBrowser:
        raise webbrowser.Error(f"could not locate runnable browser {using}")
