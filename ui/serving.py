"""Serving the page on a port that is free, and ending quietly. It knows no page."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from rag.core.errors import UsageError

PORTS_TRIED = 100
"""How many ports are tried, counting up from the one asked for."""

GRACE = 1
"""Seconds that open connections get when the server ends; every open page holds one for good."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on the first free port from `port` on. UsageError if there is none, or no such host here."""
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


def run(app: ASGIApp, listener: socket.socket, *, on_ready: Callable[[], None]) -> None:
    """Serves until Ctrl-C or a polite kill. `on_ready` is called in a thread of its own once the page answers."""
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=GRACE, server_header=False)
    with listener, suppress(KeyboardInterrupt):
        _Server(config, on_ready).run(sockets=[listener])


def address_of(listener: socket.socket) -> str:
    """The address to type into a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


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
        """Starts, then tells."""
        await super().startup(sockets)
        if self.started:
            threading.Thread(target=self._on_ready, daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends; cutting the connection that every open page holds is no error worth a traceback."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def say(sentence: str) -> None:
    """A line on stderr: stdout belongs to what programs read."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
