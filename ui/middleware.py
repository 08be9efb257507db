"""Adds headers to every response, refuses unsafe requests, knows visitors, limits their rate and counts requests."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag import Journal

BODY_LIMIT: Final = 1_000_000
"""Largest request in bytes; a question takes a few hundred."""

FILE_LIMIT: Final = 20_000_000
"""Largest request to the addresses that take files, where the library names no limit of its own."""

A_MINUTE: Final = 60
"""Questions accepted from one client per minute."""

COOKIE: Final = "onrecord"
SECONDS_OF_A_YEAR: Final = 365 * 24 * 3600

PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; font-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""Gradio starts from inline scripts and fills `gr.HTML` through `Function`: scripts are not stopped by this policy,
escaping is what stops them. What it does stop is anything leaving for, or coming from, another origin."""

BARE_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For pages of our own, which need no script at all."""

_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with less, a browser calls the origin of our own forms null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_DOORS: Final = (("/api/v1", "api"), ("/v1", "openai"), ("/mcp", "mcp"), ("/metrics", "metrics"))
HEALTH: Final = "/healthz"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Each is a series of its own among the metrics, so that nobody can make up more."""
_TAKE_FILES = frozenset({"/uploads", "/draft/text"})
_TOKEN = re.compile(r"[\w-]{32,64}")
_MINUTE: Final = 60.0


class Safety:
    """ASGI middleware: adds the headers, limits the size of requests, and refuses closed addresses."""

    def __init__(
        self, app: ASGIApp, is_closed: Callable[[str], bool] = lambda _: False, file_limit: int = FILE_LIMIT
    ) -> None:
        self._app = app
        self._is_closed = is_closed
        self._file_limit = file_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses, or passes on and adds the headers to what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                del headers["Access-Control-Allow-Origin"]  # Gradio lets in whatever else this machine serves
            await send(message)

        app = self._refusal(scope) or self._app
        await app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        if self._is_closed(scope["path"]):
            return refusal(scope["path"], "There is nothing here.", 404)
        headers = Headers(scope=scope)
        if scope["method"] not in {"GET", "HEAD"} and _is_from_elsewhere(headers):
            return refusal(scope["path"], "Another site may not ask for that.", 403)
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal():
            return refusal(scope["path"], "Say how long the request is.", 411)
        limit = self._file_limit if scope["path"] in _TAKE_FILES else BODY_LIMIT
        if int(length) > limit:
            return refusal(scope["path"], f"The request is larger than {limit:,} bytes.", 413)
        return None


class Visitors:
    """ASGI middleware: `scope["visitor"]` says who is asking, by a cookie that is set on the first visit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Identifies the visitor; a new one gets a cookie."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        token = request.cookies.get(COOKIE, "")
        known = bool(_TOKEN.fullmatch(token))
        token = token if known else secrets.token_urlsafe(32)
        scope.setdefault("visitor", visitor_of(token))

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and not known:
                carrier = Response()
                set_cookie(carrier, COOKIE, token, request)
                MutableHeaders(scope=message).append("Set-Cookie", carrier.headers["Set-Cookie"])
            await send(message)

        await self._app(scope, receive, send_with_cookie)


class RateLimit:
    """ASGI middleware: no more than `most` questions of one login, else of one address, are taken in a minute.

    `asking` are the methods and paths of questions. Faster clients are told to wait.
    """

    def __init__(
        self,
        app: ASGIApp,
        asking: Collection[tuple[str, str]],
        most: int = A_MINUTE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._asking = frozenset(asking)
        self._most = most
        self._clock = clock
        self._asked: defaultdict[str, deque[float]] = defaultdict(deque)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the question on, or says when the next one is allowed."""
        if scope["type"] == "http" and (scope["method"], scope["path"]) in self._asking:
            pause = self._pause(scope.get("login") or (scope.get("client") or ("",))[0])
            if pause:
                said = f"More than {self._most} questions in a minute; ask again in {pause} seconds."
                is_page = door_of(scope["path"]) == "page"
                reply = JSONResponse({"detail": said}, 429) if is_page else refusal(scope["path"], said, 429)
                reply.headers["Retry-After"] = str(pause)
                await reply(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _pause(self, client: str) -> int:
        """Returns the seconds until the client may ask again; 0 counts as asked."""
        now = self._clock()
        for known in [client for client, times in self._asked.items() if times[-1] <= now - _MINUTE]:
            del self._asked[known]
        times = self._asked[client]
        while times and times[0] <= now - _MINUTE:
            times.popleft()
        if len(times) >= self._most:
            return int(times[0] + _MINUTE - now) + 1
        times.append(now)
        return 0


class RequestLog:
    """ASGI middleware: notes every finished request in the journal, without what a reader wrote."""

    def __init__(self, app: ASGIApp, journal: Journal) -> None:
        self._app = app
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and notes its status."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        finally:
            door, path = door_of(scope["path"]), scope["path"]
            path = f"/{path.split('/')[1]}" if door == "page" else path  # a conversation's name is its owner's
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._journal.requested(door, method, path, status, time.perf_counter() - start)


def door_of(path: str) -> str:
    """Returns how a request comes in: "api", "openai", "mcp" or "metrics" for programs, else "page"."""
    return next((door for room, door in _DOORS if path == room or path.startswith(f"{room}/")), "page")


def refusal(path: str, sentence: str, status: int) -> Response:
    """Returns a refusal in the form that is read where the request came in: JSON for programs, else text."""
    door = door_of(path)
    if door == "page":
        return PlainTextResponse(sentence, status)
    told = {"message": sentence, "type": "invalid_request_error"} if door == "openai" else sentence
    return JSONResponse({"error": told}, status)


def visitor_of(token: str) -> str:
    """Returns the storage name of a token's bearer, from which the token cannot be derived."""
    return hashlib.sha256(token.encode()).hexdigest()


def set_cookie(reply: Response, name: str, value: str, request: HTTPConnection, age: int = SECONDS_OF_A_YEAR) -> None:
    """Sets a cookie which no script reads and no other site sends."""
    secure = request.scope.get("scheme") == "https"
    reply.set_cookie(name, value, max_age=age, httponly=True, samesite="strict", secure=secure)


def _is_from_elsewhere(headers: Headers) -> bool:
    """Returns whether a browser reports another origin as the sender; other programs report nothing.

    Modern browsers report it on https and on this machine; elsewhere the origin is compared with the host.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site not in {"same-origin", "none"}
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
