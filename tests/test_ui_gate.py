"""The page behind a login, over real HTTP: nothing is had without one, and histories are apart."""

from __future__ import annotations

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import BaseRoute, Mount

from tests.newsroom import ORDA, Newsroom
from tests.served import served
from ui.app import create_app, open_rooms
from ui.auth import OPEN, TRIES, Logins, Password
from ui.chat import Exchange
from ui.gradio_bridge import is_closed

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio")  # its own use of an older pandas

SECRET = "correct horse"  # noqa: S105 - a test's own
PLACES = (
    "", "config", "source?name=x&at=0-1", "text?name=x", "conversations", "conversations/x", "greeting", "healthz",
    "sources", "sources/news", "sources/again", "uploads?name=a.txt", "draft/text?name=a.txt",
    "info", "gradio_api/queue/data?session_hash=x", "gradio_api/heartbeat/x", "gradio_api/info", "gradio_api/cancel",
    "gradio_api/startup-events", "gradio_api/queue/join", "page/page.js", "theme.css",
    "assets/x.js", "static/x", "monitoring", "docs", "nowhere",
)  # fmt: skip


class Browser:
    """One that keeps its cookies."""

    def __init__(self, address: str) -> None:
        self.address = address
        keeping = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(keeping)

    def get(self, path: str, method: str = "GET", **fields: str) -> tuple[int, str]:
        body = urllib.parse.urlencode(fields).encode() if method == "POST" else None
        request = urllib.request.Request(self.address + path, body, method=method)  # noqa: S310 - our own address
        try:
            with self._opener.open(request, timeout=60) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def log_in(self, name: str, password: str = SECRET) -> int:
        return self.get("login", "POST", name=name, password=password)[0]


@pytest.fixture(scope="module")
def app_and_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[BaseRoute], str]]:
    """The page behind the logins of Ada and Bo; Ada has asked a question."""
    data: Path = tmp_path_factory.mktemp("gate")
    rooms = open_rooms(Newsroom(), data)
    thread = rooms.history.begin("login ada", "What did Ada ask?")
    rooms.history.keep("login ada", thread, Exchange(1, "What did Ada ask?", trouble="Nothing."))
    password = Password.of(SECRET)
    logins = Logins({"ada": password, "bo": password, "cy": password})
    app = create_app(rooms, logins=logins)
    with served(app) as address:
        yield app.routes, address


@pytest.fixture
def browser(app_and_address: tuple[list[BaseRoute], str]) -> Browser:
    return Browser(app_and_address[1])


@pytest.mark.parametrize("path", PLACES)
def test_without_a_login_every_place_is_the_page_to_log_in(browser: Browser, path: str) -> None:
    status, page = browser.get(path)
    assert status == 401
    assert 'name="password"' in page


def test_every_route_of_ours_and_of_gradio_is_behind_the_login(
    app_and_address: tuple[list[BaseRoute], str], browser: Browser
) -> None:
    places = [path for route in app_and_address[0] for path in paths(route)]
    assert "/gradio_api/queue/join" in places
    for place in places:
        path = place.replace("{", "").replace("}", "").lstrip("/")
        expected = 404 if is_closed(f"/{path}") else 401 if f"/{path}" not in OPEN else 200
        assert browser.get(path)[0] == expected, path
        if path not in {"login", "logout"} and expected == 401:
            assert browser.get(path, "POST")[0] == 401, path


def paths(route: BaseRoute, before: str = "") -> Iterator[str]:
    """The addresses of a route, of what is mounted there, and of a router that is included."""
    here = before + getattr(route, "path", "")
    if here:
        yield here
    included = getattr(route, "original_router", None)
    for inner in route.routes if isinstance(route, Mount) else getattr(included, "routes", ()):
        yield from paths(inner, here)


def test_whoever_logs_in_is_let_in_and_out(browser: Browser) -> None:
    assert browser.log_in("ada") == 200
    assert browser.get(f"text?name={ORDA}")[0] == 200
    assert browser.get("logout", "POST")[0] == 401
    assert browser.get("greeting")[0] == 401


def test_a_wrong_password_is_one_sentence(browser: Browser) -> None:
    status, page = browser.get("login", "POST", name="cy", password="wrong")  # noqa: S106 - a test's own
    assert status == 401
    assert "Name and password do not fit." in page


def test_histories_are_apart_and_follow_the_login_from_browser_to_browser(
    app_and_address: tuple[list[BaseRoute], str], browser: Browser
) -> None:
    other = Browser(app_and_address[1])
    assert (browser.log_in("ada"), other.log_in("bo")) == (200, 200)
    assert "What did Ada ask?" in browser.get("conversations")[1]
    assert "What did Ada ask?" not in other.get("conversations")[1]


def test_a_hostile_name_is_not_an_address_or_a_script(browser: Browser) -> None:
    status, page = browser.get("login", "POST", name="<script>alert(1)</script>", password="x" * 5000)
    assert status == 401
    assert "<script>" not in page


def test_guessing_is_paused(app_and_address: tuple[list[BaseRoute], str]) -> None:
    guesser = Browser(app_and_address[1])
    statuses = [guesser.log_in("bo", f"guess {number}") for number in range(TRIES + 1)]
    assert statuses[-1] == 429
    assert guesser.log_in("bo") == 429
