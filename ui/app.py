"""The chat in the browser: Gradio Blocks mounted in FastAPI. It puts together what others make."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Unpack
from urllib.request import getproxies

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount

from rag import without_proxies
from rag.core.errors import OnrecordError
from ui import render, serving
from ui.access import Logins, is_loopback
from ui.chat import Assistant
from ui.feedback import Feedback
from ui.gate import Gate
from ui.history import History
from ui.pace import A_MINUTE, Pace
from ui.rooms import Parts, Rooms
from ui.routes import add_routes
from ui.safety import Safety
from ui.visitors import Visitors

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""The names that a page for this machine alone may be asked for by; under any other, another site is asking."""

_STATIC = Path(__file__).parent / "static"
_HEAD = (
    '<link rel="stylesheet" href="page/style.css"><link rel="stylesheet" href="page/rooms.css">'
    '<link rel="stylesheet" href="page/sources.css">'
    '<script type="module" src="page/page.js"></script>'
)


def open_rooms(assistant: Assistant, data: Path, **others: Unpack[Parts]) -> Rooms:
    """The parts of a page; conversations and feedback are kept in the folder `data`.

    Where there are proxies, Gradio is loaded here already, before any thread runs that has to see them.
    """
    if getproxies():
        _load_gradio()
    return Rooms(assistant, History(data), Feedback(data), **others)


def create_app(
    rooms: Rooms, *, allowed_hosts: Sequence[str] = ("*",), logins: Logins | None = None, a_minute: int = A_MINUTE
) -> FastAPI:
    """The whole page as an ASGI application, behind `logins` if there are any.

    `allowed_hosts` are the names it may be asked for by, `a_minute` is how many questions of one client it takes.
    """
    app = FastAPI(title="onrecord", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Pace, most=a_minute)
    app.add_middleware(Visitors)
    if logins:
        app.add_middleware(Gate, logins=logins)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))
    app.add_middleware(Safety)
    add_routes(app, rooms)
    return _mount(app, rooms)


def serve(
    rooms: Rooms,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    open_browser: bool = True,
    logins: Logins | None = None,
) -> None:
    """Serves until Ctrl-C. A port that is taken gives way to the next free one, said on stderr."""
    listener = serving.listen(host, port)
    address = serving.address_of(listener)
    if port not in {0, listener.getsockname()[1]}:
        serving.say(f"Port {port} is taken; using {listener.getsockname()[1]}.")
    with ThreadPoolExecutor(max_workers=1) as beside:  # the models load while Gradio does
        beside.submit(_warm_up, rooms.assistant)
        app = create_app(rooms, allowed_hosts=LOOPBACK if is_loopback(host) else ("*",), logins=logins)

    def ready() -> None:
        serving.say(f"onrecord is at {address} (Ctrl-C ends it)")
        if open_browser:
            serving.open_in_browser(address)

    serving.run(app, listener, on_ready=ready)


def _warm_up(assistant: Assistant) -> None:
    """Lets whatever a first question loads be loaded before it is asked. Nothing is written, so nothing is sent.

    What fails here fails again when a question is asked, and is said then.
    """
    with suppress(OnrecordError):
        for question in (*render.example_questions(assistant.summary())[:1], render.FIRST_QUESTION):
            assistant.find(assistant.understand(question))


class _Ended(dict[str, Any]):
    """What is being written, by event. Gradio 6.31 takes it out twice where a stop meets the end, and fails then."""

    def __delitem__(self, event: str) -> None:
        self.pop(event, None)


def _load_gradio() -> None:
    """Imports Gradio without a proxy: it makes HTTP clients as it loads and fails for proxies that these cannot use.

    The page needs none of them, because it asks no other machine.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported; nothing leaves the machine unasked
    with without_proxies():
        import gradio  # noqa: F401 - only loaded here


def _mount(app: FastAPI, rooms: Rooms) -> FastAPI:
    os.environ["OTEL_SDK_DISABLED"] = "true"  # read when FastAPI starts
    _load_gradio()
    import gradio as gr

    from ui.blocks import make_blocks

    gr.mount_gradio_app(
        app,
        make_blocks(rooms),
        path="/",
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        head=_HEAD,
        favicon_path=str(_STATIC / "favicon.png"),
    )
    mounted = app.routes[-1]
    if isinstance(mounted, Mount) and isinstance(mounted.app, gr.routes.App):
        mounted.app.iterators = _Ended()
    return app
