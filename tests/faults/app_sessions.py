"""Two readers of one page, each after what is the other's: by every address, by ids guessed and swapped."""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.faults.app_parts import Tally, hush, page_of_seeds, thread_in
from tests.faults.rows import Row, Trials, Tried
from tests.newsroom import Newsroom
from tests.served import served
from tests.visitor import Reply, Visitor
from ui.app import open_rooms
from ui.auth import LOGIN_COOKIE as LOGIN
from ui.auth import Logins, Password
from ui.gradio_bridge import mount
from ui.middleware import visitor_of
from ui.routes import add_routes

PASSWORD = "correct horse"  # noqa: S105 - a test's own
JSON = {"Content_Type": "application/json"}

Crossing = Callable[["Hers", Visitor], Reply]


@dataclass(frozen=True, slots=True)
class Hers:
    """What is Ada's: a word that nobody else has, the conversation it was asked in, the page it was asked on."""

    word: str
    thread: str
    page: str
    owner: str


def sessions(trials: Trials) -> Tried:
    """Tries crossed requests with cookies alone, then behind logins; a page that mixes visitors up must be noticed."""
    tally, chance = Tally(), trials.chance()
    with page_of_seeds(trials) as address:
        ways = list(CROSSINGS.items())
        chance.shuffle(ways)
        _crossed(address, list(islice(cycle(ways), trials.count)), tally)
    logins = Logins(dict.fromkeys(("ada", "bo"), Password.of(PASSWORD)))
    with page_of_seeds(trials, logins) as address:
        _behind_logins(address, tally)
    known = Tally()
    with _for_everybody(trials.folder / "open") as address:
        _crossed(address, [(name, CROSSINGS[name]) for name in TELLING], known)
    for way in TELLING:
        tally.control(f"a page that tells nobody apart, by {way}", caught=_read(known.missed, way))
    return tally.tried(
        f"{len(CROSSINGS)} ways", f"{len(known.missed)} of {known.trials} leak where nobody is told apart"
    )


def _crossed(address: str, ways: Iterable[tuple[str, Crossing]], tally: Tally) -> None:
    """Tries each way in turn: Ada asks, Bo reaches for it, Ada finds everything as it was."""
    for number, (name, crossing) in enumerate(ways):
        ada, bo = Visitor(address, secrets.token_urlsafe(32)), Visitor(address, secrets.token_urlsafe(32), patience=5)
        hers = _asked_by(ada, number)
        ada.join(f"What did Lavrov say about {hers.word} then?", hers.page, hers.thread)
        try:
            reply = crossing(hers, bo)
        except TimeoutError:
            reply = Reply(0, {}, "")
        tally.note(_what_leaked(name, reply, hers, bo) or _what_is_lost(name, hers, ada))


def _read(missed: list[str], way: str) -> bool:
    return any(way in one and "with what Ada asked" in one for one in missed)


def _asked_by(ada: Visitor, number: int) -> Hers:
    word, page = f"zebra{secrets.token_hex(6)}", f"ada{number}{secrets.token_hex(4)}"
    thread = thread_in(ada.ask(f"What did Lavrov say about {word}?", page))
    return Hers(word, thread, page, visitor_of(ada.visitor))


def _what_leaked(name: str, reply: Reply, hers: Hers, bo: Visitor) -> str | None:
    if hers.word in reply.text:
        return f"{name}: {reply.status} with what Ada asked"
    listed = bo.get("conversations").text
    return f"{name}: the conversation is in Bo's list" if hers.word in listed or hers.thread in listed else None


def _what_is_lost(name: str, hers: Hers, ada: Visitor) -> str | None:
    """Says what Ada no longer finds of her answer or her conversation."""
    if "lost" not in name and hers.word not in json.dumps(ada.steps(hers.page)):
        return f"{name}: Ada's own answer did not reach her"
    kept = ada.get(f"conversations/{hers.thread}").text
    return None if hers.word in kept and "of Bo" not in ada.get("conversations").text else f"{name}: hers was changed"


def _path(form: str, method: str = "GET", body: object = None, **cookies: str) -> Crossing:
    """Makes a request for an address, in which `{thread}`, `{page}`, `{owner}` and `{word}` are Ada's."""

    def cross(hers: Hers, bo: Visitor) -> Reply:
        def filled(words: str) -> str:
            for name in ("thread", "page", "owner", "word"):
                words = words.replace(f"{{{name}}}", getattr(hers, name))
            return words

        sent = None if body is None else filled(json.dumps(body)).encode()
        who = replace(bo, visitor=filled(cookies.get("visitor", bo.visitor)))
        return who.get(filled(form), sent, method=method, **JSON)

    return cross


def _in_her_place(number: int | None) -> Crossing:
    """Asks a question in Ada's conversation from a page of Bo's."""
    return lambda hers, bo: Reply(
        200, {}, json.dumps(bo.ask("And what else did he say?", f"bo{hers.page}", hers.thread, number))
    )


_EVENT = {"data": ["What did he say?", "", None], "fn_index": 0, "session_hash": "{page}"}
_OWN = {**_EVENT, "session_hash": "bo{page}"}
_PLACES = (
    "{thread}", "{thread}.json", "{thread}.md", "{thread}.csv", "{thread}.docx", "{thread}.JSON", "{thread}/1/copy",
    "{thread}/1/copy?form=markdown", "{thread}/1/next", "{thread}/2/copy", "{thread}/", "/{thread}", "./{thread}",
    "%2e/{thread}", "{thread}%00", "{thread}%20", "%20{thread}", "{thread}?who={owner}", "{thread}?visitor={owner}",
    "{thread}'%20OR%20'1'='1", "%25", "*", "..%2f{thread}",
)  # fmt: skip
_QUEUE = (
    "queue/data?session_hash={page}", "queue/data?session_hash=bo{page}&session_hash={page}",
    "queue/data?session_hash={page}&session_hash=bo{page}", "queue/data?session%5Fhash={page}",
    "queue/data?session_hash=bo{page}%26session_hash={page}", "queue/data/?session_hash={page}",
    "./queue/data?session_hash={page}", "queue//data?session_hash={page}", "queue/data?;session_hash={page}",
    "queue/data?session_hash=bo;session_hash={page}", "call/ask/{page}", "call/v2/ask/{page}",
    "stream/{page}/0/0/playlist.m3u8", "heartbeat/{page}", "heartbeat/{page}?x",
    "upload_progress?upload_id={page}", "runs", "run-history/records",
)  # fmt: skip
CROSSINGS: dict[str, Crossing] = {
    **{f"GET conversations/{one}": _path(f"conversations/{one}") for one in _PLACES},
    **{f"GET gradio_api/{one}": _path(f"gradio_api/{one}") for one in _QUEUE},
    "the list searched": _path("conversations?search=zebra"),
    "the list searched for anything": _path("conversations?search=%25"),
    "renamed": _path("conversations/{thread}/title", "POST", {"title": "of Bo"}),
    "judged": _path("conversations/{thread}/1/judgement", "POST", {"judgement": "good"}),
    "deleted": _path("conversations/{thread}", "DELETE"),
    "her name in place of her cookie": _path("conversations/{thread}", visitor="{owner}"),
    "two cookies": _path("conversations/{thread}", visitor="x; onrecord={owner}"),
    "her page joined": _path("gradio_api/queue/join", "POST", _EVENT),
    "her page joined beside his": _path("gradio_api/queue/join?session_hash=bo{page}", "POST", _EVENT),
    "his page joined beside hers": _path("gradio_api/queue/join?session_hash={page}", "POST", _OWN),
    "her page cancelled": _path("gradio_api/cancel", "POST", {**_OWN, "session_hash": "{page}", "event_id": "x"}),
    "her page reset": _path("gradio_api/reset", "POST", {"event_id": "{page}"}),
    "a question put behind hers": _in_her_place(None),
    "a question put in place of hers": _in_her_place(1),
    "the whole page": _path("config"),
    "the sources": _path("sources?search=zebra"),
    "the record": _path("record?about=zebra"),
}
TELLING = ("GET conversations/{thread}", "GET gradio_api/queue/data?session_hash={page}")
"""Ways by which a page that tells nobody apart must be found out."""


def _behind_logins(address: str, tally: Tally) -> None:
    """Tries the same with logins: Ada's upload stays, and her conversations are hers from any browser."""
    ada, bo = (_LoggedIn(address, name) for name in ("ada", "bo"))
    taken = ada.send("uploads?name=hers.txt", "POST", b"A title\nThe harbour of Portavia is open.\n")
    source = json.loads(taken.text).get("source", "")
    tally.note(None if source else f"Ada's file was not taken: {taken.text}")
    for one in (source, f"./{source}", f"uploads/../{source}", source.upper(), f"{source}\0", quote(source)):
        bo.send(f"uploads?{urlencode({'source': one})}", "DELETE")
        tally.note(None if ada.has(source) else f"Bo removed {source} as {one!r}")
    for token in ("", "x", "ada", secrets.token_urlsafe(32), "login ada", "../ada", '"ada"'):
        reply = Visitor(address).get("conversations", Cookie=f"{LOGIN}={token}")
        tally.note(None if reply.status == 401 else f"the session {token!r} was let in")
    tally.note(None if bo.send("uploads?source=" + quote(source), "DELETE").status != 204 else "Bo was told it is gone")


class _LoggedIn:
    """A reader who has logged in."""

    def __init__(self, address: str, name: str) -> None:
        self._visitor = Visitor(address)
        body = urlencode({"name": name, "password": PASSWORD}).encode()
        reply = self._visitor.get("login", body, Content_Type="application/x-www-form-urlencoded")
        self._cookie = reply.headers["set-cookie"].partition(";")[0]

    def send(self, path: str, method: str, body: bytes | None = None) -> Reply:
        return self._visitor.get(path, body, method=method, Cookie=self._cookie)

    def has(self, source: str) -> bool:
        """Whether the upload is still listed for its owner."""
        return source.removeprefix("uploads/") in self.send("sources", "GET").text


class _Everybody:
    """Middleware that takes every visitor for the same one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["visitor"] = "everybody"
        await self._app(scope, receive, send)


@contextmanager
def _for_everybody(data: Path) -> Iterator[str]:
    """Serves the page as it would be without `ui.visitors`."""
    rooms = open_rooms(Newsroom(), data)
    app = FastAPI()
    app.add_middleware(_Everybody)
    add_routes(app, rooms)
    with served(mount(app, rooms)) as address:
        hush()
        yield address


ROWS = (Row("sessions", "0 crossed reads or changes of chats, 0 of uploads", 200, sessions, waits=True),)
