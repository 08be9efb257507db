"""The widgets of the page and what sends a question through Gradio's queue. It draws nothing itself."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any, cast

import gradio as gr
from starlette.requests import Request

from ui import frame, render
from ui.chat import REMEMBERED, Exchange, converse
from ui.history import UnknownConversation
from ui.rooms import Rooms, visitor
from ui.routes import greet
from ui.source import panel_html

AT_ONCE = 4
"""How many questions are worked on at the same time."""

WAITING = 64
"""How many more may wait; further ones are refused."""

LIVE = '<div class="live" aria-live="polite">${value}</div>'
"""Gradio's template of the exchange that is being worked on: the frame stays, so that readers aloud notice the rest."""

ASKED_WHERE = "(question, thread, number) => [question, ...window.onrecord.place()]"
"""The page itself knows which conversation is open, and whether an earlier question is being asked anew."""


def make_blocks(rooms: Rooms) -> gr.Blocks:
    """The page: its head, the talk on the left, the other rooms in its place, the source on the right."""
    shown: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}
    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    state, welcome = greet(rooms.assistant)
    page = gr.Blocks(title="onrecord", analytics_enabled=False, fill_width=True)
    with page:
        gr.HTML(frame.masthead_html(state, rooms.names), elem_id="masthead", **shown)
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
            gr.HTML(frame.rooms_html(rooms.names), elem_id="rooms", **shown)
            gr.HTML(panel_html(), elem_id="panel", **shown)
        gr.HTML(frame.dialogs_html(rooms.names), elem_id="dialogs", **shown)
        thread, number = gr.Textbox(visible=False), gr.Number(visible=False)
        asking = gr.on(
            [box.submit, send.click],
            asked(rooms),
            inputs=[box, thread, number],
            outputs=[box, live],
            js=ASKED_WHERE,
            concurrency_limit=AT_ONCE,
            concurrency_id="ask",
            **private,
        )
        stop.click(None, cancels=[asking], **private)
    page.queue(max_size=WAITING, default_concurrency_limit=1, api_open=False)
    return page


def asked(rooms: Rooms) -> Callable[[str, str | None, int | None, gr.Request], Iterator[tuple[Any, Any]]]:
    """What happens when a question is sent. Each step gives the box and the live exchange."""

    def ask(question: str, thread: str | None, number: int | None, request: gr.Request) -> Iterator[tuple[Any, Any]]:
        if not question.strip():
            yield gr.skip(), gr.skip()
            return
        who = visitor(cast("Request", request.request))
        thread, before = opened(rooms, who, question, thread, number)
        box, key = cast("Any", ""), secrets.token_hex(4)
        for exchange in converse(rooms.assistant, question.strip(), before):
            if exchange.is_finished:
                rooms.history.keep(who, thread, exchange)
            yield box, render.exchange_html(exchange, thread, key)
            box = gr.skip()

    return ask


def opened(
    rooms: Rooms, who: str, question: str, thread: str | None, number: int | None
) -> tuple[str, tuple[Exchange, ...]]:
    """The conversation that a question belongs to, and what was said in it before.

    With a `number` the question is asked anew in the place of that one, and what followed it is taken back. A
    conversation that is not the visitor's, or is gone, gives way to a new one.
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


def _box() -> gr.Textbox:
    """Where the question is written: Enter sends it, Shift and Enter begin a new line."""
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
