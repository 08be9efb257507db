"""The chat in the browser: Gradio Blocks mounted in FastAPI. It lays out what others say and draw."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from rag.errors import LibraryError, OnrecordError
from ui import render, serving
from ui.chat import REMEMBERED, Assistant, Exchange, converse
from ui.safety import BARE_POLICY, Safety
from ui.source import bare_page, notice_html, panel_html, parse_span, source_page

if TYPE_CHECKING:
    import gradio as gr

LOOPBACK = ("127.0.0.1", "localhost")
"""The names that a page for this machine alone may be asked for by; under any other, another site is asking."""

AT_ONCE = 4
"""How many questions are worked on at the same time."""

WAITING = 64
"""How many more may wait; further ones are refused."""

LIVE = '<div class="live" aria-live="polite">${value}</div>'
"""Gradio's template of the exchange that is being worked on: the frame stays, so that readers aloud notice the rest."""

_HERE = Path(__file__).parent
_HEAD = '<link rel="stylesheet" href="page/style.css"><script src="page/page.js"></script>'


def create_app(assistant: Assistant, *, allowed_hosts: Sequence[str] = ("*",)) -> FastAPI:
    """The whole page as an ASGI application. `allowed_hosts` are the names it may be asked for by."""
    app = FastAPI(title="onrecord", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))
    app.add_middleware(Safety)
    _add_routes(app, assistant)
    return _mount(app, assistant)


def serve(assistant: Assistant, host: str = "127.0.0.1", port: int = 7860, *, open_browser: bool = True) -> None:
    """Serves until Ctrl-C. A port that is taken gives way to the next free one, said on stderr."""
    listener = serving.listen(host, port)
    address = serving.address_of(listener)
    if port not in {0, listener.getsockname()[1]}:
        serving.say(f"Port {port} is taken; using {listener.getsockname()[1]}.")
    with ThreadPoolExecutor(max_workers=1) as beside:  # the models load while Gradio does
        beside.submit(_warm_up, assistant)
        app = create_app(assistant, allowed_hosts=LOOPBACK if host in LOOPBACK else ("*",))

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
        for question in render.example_questions(assistant.summary())[:1]:
            assistant.find(assistant.understand(question))


def _add_routes(app: FastAPI, assistant: Assistant) -> None:
    @app.get("/healthz")
    def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok", "articles": assistant.summary().articles})

    @app.get("/page/style.css")
    def style() -> FileResponse:
        return FileResponse(_HERE / "style.css", headers={"Cache-Control": "no-cache"})

    @app.get("/source")
    def source(name: str, at: str, also: str = "", digest: str = "") -> HTMLResponse:
        page, status = _source(assistant, name, (at, *filter(None, also.split(","))), digest)
        return HTMLResponse(page, status_code=status, headers={"Content-Security-Policy": BARE_POLICY})

    app.mount("/page", StaticFiles(directory=_HERE / "static"))


def _source(assistant: Assistant, name: str, spans: Sequence[str], digest: str) -> tuple[str, int]:
    """The page that shows a slice of an article, or says why it cannot; and its HTTP status."""
    try:
        at, *also = (parse_span(span) for span in spans)
        article = assistant.article(name)
        article.cut(at)
    except LibraryError as error:
        return bare_page("Not found", notice_html(str(error))), 404
    except ValueError:
        return bare_page("Not found", notice_html("No place in this article has that address.")), 404
    if digest and digest != article.digest:
        changed = f"{name} has changed since that answer was given. Ask again to read it as it is now."
        return bare_page("Changed", notice_html(changed)), 409
    return source_page(article, at, also), 200


def _mount(app: FastAPI, assistant: Assistant) -> FastAPI:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported; nothing leaves the machine unasked
    import gradio as gr

    gr.mount_gradio_app(
        app,
        _blocks(assistant),
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
        favicon_path=str(_HERE / "static" / "favicon.png"),
    )
    return app


def _blocks(assistant: Assistant) -> gr.Blocks:
    import gradio as gr

    shown: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}
    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    greet = _greeting(assistant)
    page = gr.Blocks(title="onrecord", analytics_enabled=False, fill_width=True)
    with page:
        masthead = gr.HTML(elem_id="masthead", **shown)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk"):
                with gr.Column(elem_id="transcript"):
                    welcome = gr.HTML(elem_id="welcome", **shown)
                    past = gr.HTML(elem_id="past", **shown)
                    live = gr.HTML(html_template=LIVE, elem_id="live", **shown)
                with gr.Row(elem_id="ask"):
                    box = _box()
                    send = gr.Button("Ask", elem_id="send", variant="primary")
            gr.HTML(panel_html(), elem_id="panel", **shown)
        masthead.value, welcome.value = greet()
        page.load(greet, outputs=[masthead, welcome], **private)  # the library may have grown since
        conversation = gr.State(())
        gr.on(
            [box.submit, send.click],
            _asking(assistant),
            inputs=[box, conversation],
            outputs=[box, past, live, conversation],
            concurrency_limit=AT_ONCE,
            concurrency_id="ask",
            **private,
        )
    page.queue(max_size=WAITING, default_concurrency_limit=1, api_open=False)
    return page


def _box() -> gr.Textbox:
    """Where the question is written: Enter sends it, Shift and Enter begin a new line."""
    import gradio as gr

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


def _greeting(assistant: Assistant) -> Callable[[], tuple[str, str]]:
    """What the page shows before anything is asked: the head, and what the library holds."""

    def greet() -> tuple[str, str]:
        name, host = assistant.writer.name, getattr(assistant.writer, "host", None)  # one that writes here has none
        try:
            summary = assistant.summary()
        except OnrecordError as error:
            return render.masthead_html(None, name), notice_html(str(error))
        return render.masthead_html(summary, name, host), render.welcome_html(summary)

    return greet


def _asking(assistant: Assistant) -> Callable[[str, tuple[Exchange, ...]], Iterator[tuple[Any, ...]]]:
    """What happens when a question is sent. Each step gives the box, the past, the live exchange, the conversation."""
    import gradio as gr

    def ask(question: str, before: tuple[Exchange, ...]) -> Iterator[tuple[Any, ...]]:
        if not question.strip():
            yield gr.skip(), gr.skip(), gr.skip(), before
            return
        box, past = "", render.conversation_html(before)
        for exchange in converse(assistant, question.strip(), before):
            finished = (*before, exchange)[-REMEMBERED:] if exchange.is_finished else before
            yield box, past, render.exchange_html(exchange), finished
            box, past = gr.skip(), gr.skip()

    return ask
