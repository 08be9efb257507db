"""An application served on a free port of this machine by a thread, for as long as a test needs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from ui.app import listen, page_address


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Gives the page's address."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield page_address(listener)
        server.should_exit = True
        thread.join(timeout=30)
