"""Mounts the doors for other programs, lets their tokens in, and counts all requests."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag import Database, Health, Journal, LibraryService, make_api, make_mcp_server, make_openai_api, mcp_application
from ui.auth import LOGIN_COOKIE, LoginGate, Logins, read_logins, require
from ui.middleware import door_of, refusal
from ui.storage import SharedSessions
from ui.tokens import Tokens, tokens_path

HEALTH: Final = "/healthz"

PROGRAM_QUESTIONS: Final = (
    ("POST", "/api/v1/ask"),
    ("POST", "/api/v1/stream"),
    ("POST", "/api/v1/verify"),
    ("GET", "/api/v1/search"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/mcp"),
)
"""The requests of programs that cost as much as a question; they share its limit."""


def open_logins(file: Path | None, host: str, *, insecure: bool, database: Database | None = None) -> Logins | None:
    """Returns the logins of a file with their tokens, None without a file.

    In a `database` that several servers share they find each other's sessions and wrong guesses. Raises UsageError if
    the network could come in without a login, or if the file is spoilt.
    """
    require(host, has_logins=file is not None, insecure=insecure)
    if file is None:
        return None
    known, tokens = read_logins(file), Tokens(tokens_path(file))
    if database is None:
        return Logins(known, tokens=tokens)
    return Logins(known, time.time, SharedSessions(database), tokens)


def add_programs(app: FastAPI, service: LibraryService) -> None:
    """Mounts the API, OpenAI's interface, MCP, which runs as long as the application does, and the metrics."""
    app.mount("/api/v1", make_api(service))
    app.mount("/v1", make_openai_api(service))
    mcp = mcp_application(make_mcp_server(service))
    app.router.routes.extend(mcp.routes)
    around = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: FastAPI) -> AsyncIterator[None]:
        async with around(served), mcp.router.lifespan_context(mcp):
            yield

    app.router.lifespan_context = lifespan

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(service.journal.metrics(), media_type="text/plain; version=0.0.4")


def add_health(app: FastAPI, check: Callable[[], Health]) -> None:
    """Adds `/healthz`: 200 if questions can be answered, else 503, and what is wrong in words.

    Whoever needs a login and has none is told whether, not why.
    """

    @app.get(HEALTH)
    def healthz(request: Request) -> JSONResponse:
        health = check()
        told: dict[str, object] = {"status": health.status}
        if not request.scope.get("anonymous"):
            told |= {"articles": health.articles, "troubles": health.troubles}
        return JSONResponse(told, 503 if health.status == "unable" else 200, {"Cache-Control": "no-store"})


class ProgramGate:
    """ASGI middleware: lets programs in by a token or a session; everything else goes through the page's `LoginGate`.

    A token opens the doors for programs alone, not the page.
    """

    def __init__(self, app: ASGIApp, logins: Logins) -> None:
        self._app = app
        self._logins = logins
        self._page = LoginGate(app, logins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on a program's request as one of its login, or answers 401 in JSON."""
        if scope["type"] != "http":
            await self._page(scope, receive, send)
            return
        door = door_of(scope["path"])
        if door == "page" and scope["path"] != HEALTH:
            await self._page(scope, receive, send)
            return
        request = Request(scope)
        name = self._logins.who(request.cookies.get(LOGIN_COOKIE)) or self._bearer(request.headers)
        if name is None and scope["path"] != HEALTH:
            reply = refusal(scope["path"], _WHO, 401)
            reply.headers["WWW-Authenticate"] = "Bearer"
            await reply(scope, receive, send)
            return
        scope["anonymous"] = name is None
        if name is not None:
            scope["login"], scope["visitor"] = name, f"login {name}"
        await self._app(scope, receive, send)

    def _bearer(self, headers: Headers) -> str | None:
        """Returns whose token a request bears, if the login still exists."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or self._logins.tokens is None:
            return None
        name = self._logins.tokens.who(token.strip())
        return name if name in self._logins.known else None


_WHO: Final = "Send `Authorization: Bearer TOKEN`; whoever runs this library makes one with `onrecord token FILE NAME`."


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Each is a series of its own among the metrics, so that nobody can make up more."""


class Counted:
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
