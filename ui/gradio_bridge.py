"""Wraps Gradio: its import, its widgets, its queue, its addresses."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any, Final, cast
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag import without_proxies
from ui.chat import REMEMBERED, Exchange, converse
from ui.routes import Rooms, greet, visitor
from ui.storage import UnknownConversation
from ui.views.answer import exchange_html
from ui.views.chrome import dialogs_html, masthead_html, rooms_html
from ui.views.source import panel_html

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported; nothing leaves the machine unasked
# Gradio makes HTTP clients as it loads and fails for proxies that these cannot use. The page asks no other machine.
with without_proxies():
    import gradio as gr

QUESTIONS_AT_ONCE = 4
"""How many questions are worked on at the same time."""

WAITING = 64
"""Questions that may wait; further ones are refused."""

ASKING: Final = ("POST", "/gradio_api/queue/join")
"""The request that puts a question into the queue."""

REMEMBERED_PAGES: Final = 20_000
"""How many open pages are remembered with the visitor who opened them; the oldest are forgotten first."""

LIVE = '<div class="live" aria-live="polite">${value}</div>'
"""Gradio's template of the exchange that is being worked on: the frame stays, so that screen readers notice changes."""

ASKED_WHERE = "(question, thread, number) => [question, ...window.onrecord.place()]"
"""Asks the page which conversation is open and whether an earlier question is asked again."""

_USED = tuple(
    f"/gradio_api/{door}"
    for door in ("queue/join", "queue/data", "cancel", "reset", "heartbeat/", "info", "startup-events", "theme.css")
)
"""Gradio's addresses that the page uses. The rest stays closed: files, other servers, calls past the queue."""

_LONGEST_NAME, _LONGEST_PATH = 255, 3_000
"""Bytes of a file's name, and characters of its path, with which every system can look for it."""

_PAGE_IN_PATH = re.compile(r"/heartbeat/(?P<page>[^/]+)")
_FAVICON = Path(__file__).parent / "static" / "favicon.png"
_HEAD = (
    "".join(f'<link rel="stylesheet" href="page/{name}.css">' for name in ("style", "rooms", "sources"))
    + '<script type="module" src="page/page.js"></script>'
)


def is_closed(path: str) -> bool:
    """Returns whether an address is one of Gradio's that this page never uses, or no file can have such a name.

    Gradio fails where the system refuses a name as too long.
    """
    names = path.encode("utf-8", "replace").split(b"/")
    if len(path) > _LONGEST_PATH or max(map(len, names)) > _LONGEST_NAME:
        return True
    return path == "/openapi.json" or (path.startswith("/gradio_api/") and not path.startswith(_USED))


def mount(app: FastAPI, rooms: Rooms) -> FastAPI:
    """Puts the page's widgets at the root of the application."""
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
        favicon_path=str(_FAVICON),
    )
    mounted = app.routes[-1]
    if isinstance(mounted, Mount) and isinstance(mounted.app, gr.routes.App):
        mounted.app.iterators = _Ended()
    return app


def make_blocks(rooms: Rooms) -> gr.Blocks:
    """Returns the page: its head, the talk on the left, the other rooms in its place, the source on the right."""
    shown: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}
    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    state, welcome = greet(rooms.assistant, sees=False)
    page = gr.Blocks(title="onrecord", analytics_enabled=False, fill_width=True)
    with page:
        gr.HTML(masthead_html(state, rooms.names), elem_id="masthead", **shown)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk"):
                with gr.Column(elem_id="transcript"):
                    gr.HTML(f'<div class="greeting">{welcome}</div>', elem_id="welcome", **shown)
                    gr.HTML('<div class="earlier"></div>', elem_id="past", **shown)
                    live = gr.HTML(html_template=LIVE, elem_id="live", **shown)
                with gr.Row(elem_id="ask"):
                    box = _box()
                    send = gr.Button("Ask", elem_id="send", variant="primary")
                    stop = gr.Button("Stop", elem_id="stop", variant="stop")
            gr.HTML(rooms_html(rooms.names), elem_id="rooms", **shown)
            gr.HTML(panel_html(), elem_id="panel", **shown)
        gr.HTML(dialogs_html(rooms.names), elem_id="dialogs", **shown)
        thread, number = gr.Textbox(visible=False), gr.Number(visible=False)
        asking = gr.on(
            [box.submit, send.click],
            asked(rooms),
            inputs=[box, thread, number],
            outputs=[box, live],
            js=ASKED_WHERE,
            concurrency_limit=QUESTIONS_AT_ONCE,
            concurrency_id="ask",
            **private,
        )
        stop.click(None, cancels=[asking], **private)
    page.queue(max_size=WAITING, default_concurrency_limit=1, api_open=False)
    return page


def asked(rooms: Rooms) -> Callable[[str, str | None, int | None, gr.Request], Iterator[tuple[Any, Any]]]:
    """Makes the handler of a question; each step yields the box and the live exchange."""

    def ask(question: str, thread: str | None, number: int | None, request: gr.Request) -> Iterator[tuple[Any, Any]]:
        if not question.strip():
            yield gr.skip(), gr.skip()
            return
        who = visitor(cast("Request", request.request))
        thread, before = reopened(rooms, who, question, thread, number)
        box, key = cast("Any", ""), secrets.token_hex(4)
        for exchange in converse(rooms.assistant, question.strip(), before):
            if exchange.is_finished:
                rooms.history.keep(who, thread, exchange)
                if rooms.service:
                    rooms.service.journal.asked("page", exchange.question, exchange.answer or "refused")
            yield box, str(exchange_html(exchange, thread, key))
            box = gr.skip()

    return ask


def reopened(
    rooms: Rooms, who: str, question: str, thread: str | None, number: int | None
) -> tuple[str, tuple[Exchange, ...]]:
    """Returns the conversation that a question belongs to, and what was said in it before.

    With a `number` the question replaces that one, and what followed it is deleted. A new conversation replaces one
    that is gone or not the visitor's.
    """
    history = rooms.history
    if thread:
        try:
            if number:
                history.cut(who, thread, int(number))
            return thread, history.exchanges(who, thread, REMEMBERED)
        except UnknownConversation:
            pass
    return history.begin(who, question), ()


class PageOwners:
    """ASGI middleware: hides what a page is sent from other visitors.

    Gradio sends the steps of an answer to whoever names the page that asked (its "session hash"). Here a page belongs
    to the visitor who named it first, and to everybody else it does not exist.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._pages: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or refuses another visitor's page."""
        if scope["type"] == "http" and scope["path"].startswith("/gradio_api/"):
            body = await _whole(receive) if scope["method"] == "POST" else b""
            if not self._may_ask(pages_of(scope, body), scope["visitor"]):
                await PlainTextResponse("This page is another visitor's.", status_code=403)(scope, receive, send)
                return
            receive = _again(body, receive) if scope["method"] == "POST" else receive
        await self._app(scope, receive, send)

    def _may_ask(self, pages: set[str], visitor: str) -> bool:
        with self._lock:
            owners = {self._pages.setdefault(page, visitor) for page in pages}
            for page in pages:
                self._pages.move_to_end(page)
            while len(self._pages) > REMEMBERED_PAGES:
                self._pages.popitem(last=False)
        return owners <= {visitor}


def pages_of(scope: Scope, body: bytes) -> set[str]:
    """Returns all pages that a request to Gradio names."""
    named: list[object] = list(parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", ()))
    found = _PAGE_IN_PATH.search(scope["path"])
    if found:
        named.append(found["page"])
    try:
        named.append(json.loads(body).get("session_hash") if body else None)
    except (ValueError, AttributeError, RecursionError):  # Gradio refuses it itself
        return {str(page) for page in named}
    return {str(page) for page in named if page is not None}


class _Ended(dict[str, Any]):
    """Running events. Gradio 6.31 removes one twice, and fails, if a stop coincides with the end."""

    def __delitem__(self, event: str) -> None:
        self.pop(event, None)


def _box() -> gr.Textbox:
    """Makes the question box: Enter sends, Shift and Enter begin a new line."""
    return gr.Textbox(
        label="Your question",
        show_label=False,
        placeholder="Ask the articles …",
        lines=1,
        max_lines=6,
        autofocus=True,
        container=False,
        elem_id="question",
    )


async def _whole(receive: Receive) -> bytes:
    """Returns the body of a request, whose size was checked before."""
    pieces, more = [], True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


def _again(body: bytes, receive: Receive) -> Receive:
    """Returns a receiver that replays a body already read."""
    unread = True

    async def replay() -> Message:
        nonlocal unread
        if unread:
            unread = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replay
