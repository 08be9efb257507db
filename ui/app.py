"""Assembles the chat in the browser and serves it on a free port."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Unpack
from urllib.request import getproxies

import uvicorn
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from rag import Database, LibraryService, check_health
from rag.core.errors import OnrecordError, UsageError
from ui.auth import Logins, is_loopback
from ui.chat import ChatAssistant, overview
from ui.middleware import A_MINUTE, FILE_LIMIT, RateLimit, Safety, Visitors
from ui.programs import PROGRAM_QUESTIONS, Counted, ProgramGate, add_health, add_programs
from ui.routes import Parts, Rooms, add_routes
from ui.storage import Feedback, History

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""The host names of a page for this machine alone; any other name means that another site is asking."""

PORTS_TRIED = 100
"""How many ports are tried, counting up from the one asked for."""

GRACE = 1
"""Seconds that open connections get when the server ends; every open page holds one."""


def open_rooms(
    assistant: ChatAssistant, data: Path, database: Database | None = None, **others: Unpack[Parts]
) -> Rooms:
    """Returns the parts of a page; conversations and feedback are kept in the folder `data`.

    With a `database` that several servers share, conversations are kept there.

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
    os.environ["OTEL_SDK_DISABLED"] = "true"  # read when FastAPI starts
    from ui import gradio_bridge

    app = FastAPI(title="onrecord", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(RateLimit, asking=(gradio_bridge.ASKING, *PROGRAM_QUESTIONS), most=a_minute)
    app.add_middleware(gradio_bridge.PageOwners)
    app.add_middleware(Visitors)
    if logins:
        app.add_middleware(ProgramGate, logins=logins)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))
    file_limit = rooms.keeper.most_bytes if rooms.keeper else FILE_LIMIT
    app.add_middleware(Safety, is_closed=gradio_bridge.is_closed, file_limit=file_limit)
    add_health(app, lambda: check_health(rooms.assistant, rooms.keeper))
    if rooms.service:
        app.add_middleware(Counted, journal=rooms.service.journal)
        add_programs(app, rooms.service)
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
    os.environ["OTEL_SDK_DISABLED"] = "true"  # read when FastAPI starts
    app = FastAPI(title="onrecord", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(RateLimit, asking=PROGRAM_QUESTIONS, most=a_minute)
    if logins:
        app.add_middleware(ProgramGate, logins=logins)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))
    app.add_middleware(Safety)
    app.add_middleware(Counted, journal=service.journal)
    add_health(app, service.health)
    add_programs(app, service)
    return app


def serve_programs(
    service: LibraryService, host: str = "127.0.0.1", port: int = 7861, *, logins: Logins | None = None
) -> None:
    """Serves the doors for other programs until Ctrl-C; the port is chosen as by `serve`."""
    listener = listen(host, port)
    address = address_of(listener)
    app = create_programs_app(service, allowed_hosts=LOOPBACK if is_loopback(host) else ("*",), logins=logins)
    _run(app, listener, on_ready=lambda: _say(f"onrecord is at {address}mcp and {address}api/v1/docs (Ctrl-C ends it)"))


def serve(
    rooms: Rooms,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    open_browser: bool = True,
    logins: Logins | None = None,
) -> None:
    """Serves until Ctrl-C. If the port is taken, it uses the next free one and says so on stderr."""
    listener = listen(host, port)
    address = address_of(listener)
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


def address_of(listener: socket.socket) -> str:
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
