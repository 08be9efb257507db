"""Logins: hashed passwords, sessions, a limit on guessing, and nothing behind the door without one."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import BaseRoute, Mount

from rag.core.errors import UsageError
from tests.library_parts import Libraries
from tests.newsroom import ORDA, Newsroom
from tests.processes import assert_one_sentence, onrecord
from tests.served import served
from ui.app import create_app, open_rooms
from ui.auth import (
    OPEN,
    SESSION,
    TRIES,
    WINDOW,
    Logins,
    Password,
    SessionsInMemory,
    SharedSessions,
    open_logins,
    read_logins,
    write_login,
)
from ui.chat import Exchange
from ui.gradio_bridge import is_closed
from ui.middleware import HEALTH

SECRET = "correct horse"  # noqa: S105 - a test's own


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def kept() -> Password:
    return Password.of(SECRET)


@pytest.fixture
def logins(kept: Password, libraries: Libraries, tmp_path: Path) -> Iterator[Logins]:
    """Logins whose sessions are in memory or, beside a library in PostgreSQL, shared by all servers."""
    shared = SharedSessions(libraries.create(tmp_path).database) if libraries.server else SessionsInMemory()
    yield Logins({"ada": kept}, Clock(), shared)
    libraries.release()


def test_a_session_is_known_to_every_server_of_a_library(logins: Logins, tmp_path: Path) -> None:
    if not isinstance(logins.sessions, SharedSessions):
        pytest.skip("a library in a file has one server")
    write_login(tmp_path / "logins", "ada", SECRET)
    database = logins.sessions._database
    one, other = (open_logins(tmp_path / "logins", "127.0.0.1", insecure=False, database=database) for _ in range(2))
    assert one
    assert other
    token = one.enter("ada", SECRET, "10.0.0.1")
    assert other.who(token) == "ada"
    other.leave(token)
    assert one.who(token) is None
    for _ in range(TRIES):
        assert one.enter("ada", "a wrong one", "10.0.0.1") is None
    assert other.pause("ada", "10.0.0.2") > 0, "wrong guesses are counted by all of them together"


def test_a_login_is_written_and_read_and_what_would_spoil_the_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "logins"
    write_login(path, "ada", SECRET)
    write_login(path, "bo", "another one")
    write_login(path, "ada", "a new password")
    known = read_logins(path)
    assert list(known) == ["ada", "bo"]
    assert known["ada"].is_met_by("a new password")
    assert not known["ada"].is_met_by(SECRET)
    assert "new password" not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    for name in ("", "a:b", "#a", "a\nb", "x" * 65):
        with pytest.raises(UsageError, match="name"):
            write_login(path, name, SECRET)
    for words in ("", "# nobody\n", "ada:secret\n", "ada:scrypt:x:y:z\n", "ada:md5:1:YQ==:YQ==\n", "\xff"):
        path.write_text(words, encoding="latin-1")
        with pytest.raises(UsageError, match="onrecord login"):
            read_logins(path)


def test_a_session_is_had_for_the_password_alone_ends_by_itself_and_guessing_is_paused(logins: Logins) -> None:
    token = logins.enter("ada", SECRET, "1.1.1.1")
    assert token is not None
    assert logins.who(token) == "ada"
    assert logins.enter("ada", "wrong", "1.1.1.1") is None
    assert logins.enter("nobody", SECRET, "1.1.1.1") is None
    assert logins.who(None) is logins.who("made up") is None
    first, second = logins.enter("ada", SECRET, "1"), logins.enter("ada", SECRET, "1")
    logins.leave(first)
    assert (logins.who(first), logins.who(second)) == (None, "ada")
    assert isinstance(logins.clock, Clock)
    logins.clock.now += SESSION
    assert logins.who(second) is None
    logins.clock.now += WINDOW
    for number in range(TRIES):
        assert logins.pause("ada", "1.1.1.1") == 0
        logins.enter("ada", f"guess {number}", "1.1.1.1")
    assert 0 < logins.pause("ada", "9.9.9.9") <= WINDOW + 1
    assert 0 < logins.pause("bo", "1.1.1.1") <= WINDOW + 1
    assert logins.pause("bo", "9.9.9.9") == 0
    assert isinstance(logins.clock, Clock)
    logins.clock.now += WINDOW
    assert logins.pause("ada", "1.1.1.1") == 0


def test_the_network_is_refused_in_one_sentence_unless_there_are_logins_or_it_is_said(tmp_path: Path) -> None:
    write_login(tmp_path / "logins", "ada", SECRET)
    for host in ("0.0.0.0", "192.168.1.4", "::", "news.example"):  # noqa: S104 - it is refused
        with pytest.raises(UsageError, match="--auth FILE"):
            open_logins(None, host, insecure=False)
        assert open_logins(tmp_path / "logins", host, insecure=False), host
        assert open_logins(None, host, insecure=True) is None, host
    assert_one_sentence(onrecord("chat", "--host", "0.0.0.0", "--data", tmp_path), 2, "--auth", "--insecure")  # noqa: S104 - likewise


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio")  # its own use of an older pandas


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


def test_every_route_of_ours_and_of_gradio_is_behind_the_login(
    app_and_address: tuple[list[BaseRoute], str], browser: Browser
) -> None:
    places = [path for route in app_and_address[0] for path in paths(route)]
    assert "/gradio_api/queue/join" in places
    for place in places:
        path = place.replace("{", "").replace("}", "").lstrip("/")
        expected = 404 if is_closed(f"/{path}") else 401 if f"/{path}" not in {*OPEN, HEALTH} else 200
        assert browser.get(path)[0] == expected, path
        if path not in {"login", "logout"} and expected != 200:
            for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
                assert browser.get(path, method)[0] == expected, (method, path)


def paths(route: BaseRoute, before: str = "") -> Iterator[str]:
    """The addresses of a route, of what is mounted there, and of a router that is included."""
    here = before + getattr(route, "path", "")
    if here:
        yield here
    included = getattr(route, "original_router", None)
    for inner in route.routes if isinstance(route, Mount) else getattr(included, "routes", ()):
        yield from paths(inner, here)


def test_whoever_logs_in_keeps_a_history_of_their_own_and_guessing_is_paused(
    app_and_address: tuple[list[BaseRoute], str], browser: Browser
) -> None:
    other = Browser(app_and_address[1])
    assert (browser.log_in("ada"), other.log_in("bo")) == (200, 200)
    assert "What did Ada ask?" in browser.get("conversations")[1]
    assert "What did Ada ask?" not in other.get("conversations")[1]
    assert browser.get(f"text?name={ORDA}")[0] == 200
    assert browser.get("logout", "POST")[0] == 401
    assert browser.get("greeting")[0] == 401
    status, page = Browser(app_and_address[1]).get(
        "login", "POST", name="<script>alert(1)</script>", password="x" * 5000
    )
    assert (status, "<script>" in page) == (401, False)
    guesser = Browser(app_and_address[1])
    statuses = [guesser.log_in("bo", f"guess {number}") for number in range(TRIES + 1)]
    assert statuses[-1] == 429
    status, page = guesser.get("login", "POST", name="bo", password=SECRET)
    assert (status, "Too many wrong passwords. Try again in 15 minutes." in page) == (429, True)
