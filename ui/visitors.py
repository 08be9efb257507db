"""Who is asking: one visitor for each browser, or for each login; nobody reads what another's page is sent."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections import OrderedDict
from http.cookies import CookieError, SimpleCookie
from threading import Lock
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "onrecord"
YEAR: Final = 365 * 24 * 3600
REMEMBERED_PAGES: Final = 20_000
"""How many open pages are remembered with the visitor who opened them; the oldest are forgotten first."""

_TOKEN = re.compile(r"[\w-]{32,64}")
_PAGE_IN_PATH = re.compile(r"/heartbeat/(?P<page>[^/]+)")


class Visitors:
    """ASGI middleware: `scope["visitor"]` says who is asking, by a cookie that is set on the first visit.

    Gradio sends the steps of an answer to whoever names the page that asked (its "session hash"). Here a page belongs
    to the visitor who named it first, and to everybody else it does not exist.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._pages: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Finds out who asks; refuses a page that is another's."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        token = cookie_of(scope, COOKIE)
        known = bool(token and _TOKEN.fullmatch(token))
        token = token if token and known else secrets.token_urlsafe(32)
        scope.setdefault("visitor", visitor_of(token))
        if scope["path"].startswith("/gradio_api/"):
            body = await _whole(receive) if scope["method"] == "POST" else b""
            if not self._may_ask(pages_of(scope, body), scope["visitor"]):
                await PlainTextResponse("This page is another visitor's.", status_code=403)(scope, receive, send)
                return
            receive = _again(body, receive) if scope["method"] == "POST" else receive

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and not known:
                MutableHeaders(scope=message).append("Set-Cookie", cookie(COOKIE, token, scope))
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _may_ask(self, pages: set[str], visitor: str) -> bool:
        with self._lock:
            owners = {self._pages.setdefault(page, visitor) for page in pages}
            for page in pages:
                self._pages.move_to_end(page)
            while len(self._pages) > REMEMBERED_PAGES:
                self._pages.popitem(last=False)
        return owners <= {visitor}


def visitor_of(token: str) -> str:
    """The name under which things are kept for the bearer of a token; the token cannot be found from it."""
    return hashlib.sha256(token.encode()).hexdigest()


def cookie_of(scope: Scope, name: str) -> str | None:
    """The value of a cookie, if the request brings it."""
    try:
        cookies = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return None
    return cookies[name].value if name in cookies else None


def cookie(name: str, value: str, scope: Scope, age: int = YEAR) -> str:
    """A header that sets a cookie which no script reads and no other site sends."""
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"


def pages_of(scope: Scope, body: bytes) -> set[str]:
    """The pages that a request to Gradio speaks for, wherever it names one; to name two is to ask for both."""
    named: list[object] = list(parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", ()))
    found = _PAGE_IN_PATH.search(scope["path"])
    if found:
        named.append(found["page"])
    try:
        named.append(json.loads(body).get("session_hash") if body else None)
    except (ValueError, AttributeError, RecursionError):  # Gradio refuses it itself
        return {str(page) for page in named}
    return {str(page) for page in named if page is not None}


async def _whole(receive: Receive) -> bytes:
    """The body of a request; how long it may be was checked before."""
    pieces, more = [], True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


def _again(body: bytes, receive: Receive) -> Receive:
    """A request whose body has been read, to be read once more."""
    unread = True

    async def replay() -> Message:
        nonlocal unread
        if unread:
            unread = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replay
