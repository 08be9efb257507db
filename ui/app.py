"""Assembles the chat in the browser and serves it on a free port."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.request import getproxies

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from rag import (
    Database,
    Health,
    LibraryService,
    check_health,
    make_api,
    make_mcp_server,
    make_openai_api,
    mcp_application,
)
from rag.core.errors import OnrecordError, UsageError
from ui.auth import LoginGate, Logins, is_loopback
from ui.chat import ChatAssistant, overview
from ui.middleware import A_MINUTE, FILE_LIMIT, HEALTH, RateLimit, RequestLog, Safety, Visitors
from ui.routes import Rooms, add_routes
from ui.storage import Feedback, History

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""The host names of a page for this machine alone; any other name means that another site is asking."""

PORTS_TRIED = 100
"""How many ports are tried, counting up from the one asked for."""

PROGRAM_QUESTIONS: Final = (
    ("POST", "/api/v1/ask"),
    ("POST", "/api/v1/stream"),
    ("POST", "/api/v1/verify"),
    ("GET", "/api/v1/search"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/mcp"),
)
"""The requests of programs that cost as much as a question; they share its limit."""

GRACE = 1
"""Seconds that open connections get when the server ends; every open page holds one."""


def open_rooms(
    assistant: ChatAssistant,
    data: Path,
    database: Database | None = None,
    **others: Any,  # noqa: ANN401 - further parts, by their names
) -> Rooms:
    """Returns the parts of a page; conversations and feedback are kept in the folder `data`.

    With a `database` that several servers share, conversations are kept there. `others` are further parts of `Rooms`.
    If proxies are set, Gradio is loaded here, before any thread that must see them runs.
    """
    if getproxies():
        from ui import gradio_bridge  # noqa: F401 - only loaded here
    return Rooms(assistant, History(data, database), Feedback(data), **others)


def create_app(
    rooms: Rooms, *, allowed_hosts: Sequence[str] = ("*",), logins: Logins | None = None, a_minute: int = A_MINUTE
) -> FastAPI:
    """Returns the whole page as an ASGI application, behind `logins` if there are any.

    `allowed_hosts` are the names it may be asked for by, `a_minute` is how many questions of one client it takes.
    """
    from ui import gradio_bridge

    app = _bare_app()
    app.add_middleware(RateLimit, asking=(gradio_bridge.ASKING, *PROGRAM_QUESTIONS), most=a_minute)
    app.add_middleware(gradio_bridge.PageOwners)
    app.add_middleware(Visitors)
    if logins:
        app.add_middleware(LoginGate, logins=logins)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))
    file_limit = rooms.keeper.most_bytes if rooms.keeper else FILE_LIMIT
    app.add_middleware(Safety, is_closed=gradio_bridge.is_closed, file_limit=file_limit)
    _add_health(app, lambda: check_health(rooms.assistant, rooms.keeper))
    if rooms.service:
        app.add_middleware(RequestLog, journal=rooms.service.journal)
        _add_programs(app, rooms.service)
    add_routes(app, rooms)
    return gradio_bridge.mount(app, rooms)


def create_programs_app(
    service: LibraryService,
    *,
    allowed_hosts: Sequence[str] = ("*",),
    logins: Logins | None = None,
    a_minute: int = A_MINUTE,
) -> FastAPI:
    """Returns the doors for other programs without the page, behind `logins` if there are any."""
    app = _bare_app()
    app.add_middleware(RateLimit, asking=PROGRAM_QUESTIONS, most=a_minute)
    if logins:
        app.add_middleware(LoginGate, logins=logins)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))
    app.add_middleware(Safety)
    app.add_middleware(RequestLog, journal=service.journal)
    _add_health(app, service.health)
    _add_programs(app, service)
    return app


def _bare_app() -> FastAPI:
    os.environ["OTEL_SDK_DISABLED"] = "true"  # read when FastAPI starts
    return FastAPI(title="onrecord", docs_url=None, redoc_url=None, openapi_url=None)


def _add_programs(app: FastAPI, service: LibraryService) -> None:
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


def _add_health(app: FastAPI, check: Callable[[], Health]) -> None:
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


def serve_programs(
    service: LibraryService, host: str = "127.0.0.1", port: int = 7861, *, logins: Logins | None = None
) -> None:
    """Serves the doors for other programs until Ctrl-C; the port is chosen as by `serve_page`."""
    listener = listen(host, port)
    address = page_address(listener)
    app = create_programs_app(service, allowed_hosts=LOOPBACK if is_loopback(host) else ("*",), logins=logins)
    _run(app, listener, on_ready=lambda: _say(f"onrecord is at {address}mcp and {address}api/v1/docs (Ctrl-C ends it)"))


def serve_page(
    rooms: Rooms,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    open_browser: bool = True,
    logins: Logins | None = None,
) -> None:
    """Serves until Ctrl-C. If the port is taken, it uses the next free one and says so on stderr."""
    listener = listen(host, port)
    address = page_address(listener)
    if port not in {0, listener.getsockname()[1]}:
        _say(f"Port {port} is taken; using {listener.getsockname()[1]}.")
    with ThreadPoolExecutor(max_workers=1) as beside:  # the models load while Gradio does
        beside.submit(_warm_up, rooms.assistant)
        app = create_app(rooms, allowed_hosts=LOOPBACK if is_loopback(host) else ("*",), logins=logins)

    def ready() -> None:
        _say(f"onrecord is at {address} (Ctrl-C ends it)")
        if open_browser:
            open_in_browser(address)

    _run(app, listener, on_ready=ready)


def listen(host: str, port: int) -> socket.socket:
    """Opens a socket on the first free port from `port` on. UsageError if there is none or the host is unknown."""
    for candidate in range(max(port, 0), min(port + PORTS_TRIED, 65_536)):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name == "posix":  # elsewhere this option lets two programs share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, candidate))
            listener.listen()
        except OSError as error:
            listener.close()
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise UsageError(f"{host} is not an address of this machine; try `--host 127.0.0.1`.") from error
        else:
            return listener
    raise UsageError(f"No free port from {port} on at {host}; name another one with `--port`.")


def page_address(listener: socket.socket) -> str:
    """Returns the address to type into a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _warm_up(assistant: ChatAssistant) -> None:
    """Loads what a first question needs. Nothing is written, so nothing is sent.

    A failure here recurs, and is reported, when a question is asked.
    """
    seen = overview(assistant)
    with suppress(OnrecordError):
        if seen and seen.overview:
            assistant.find(assistant.understand(seen.overview.openers[-2]))


def _run(app: ASGIApp, listener: socket.socket, *, on_ready: Callable[[], None]) -> None:
    """Serves until Ctrl-C or a polite kill. `on_ready` is called in a thread of its own once the page answers."""
    config = uvicorn.Config(
        app, log_config=None, log_level="warning", timeout_graceful_shutdown=GRACE, server_header=False
    )
    with listener, suppress(KeyboardInterrupt):
        _Server(config, on_ready).run(sockets=[listener])


def open_in_browser(address: str) -> None:
    """Opens the page where there is a display; a machine without one is no reason to fail."""
    with suppress(webbrowser.Error, OSError):
        browser = webbrowser.get()
        if type(browser) is not webbrowser.GenericBrowser:  # that one would run inside the terminal
            browser.open(address)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts the server, then reports it."""
        await super().startup(sockets)
        if self.started:
            threading.Thread(target=self._on_ready, daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends; cutting the connection that every open page holds is no error worth a traceback."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def _say(sentence: str) -> None:
    """Writes a line to stderr; stdout is for programs."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
