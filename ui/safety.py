"""What every response of the page is sent with, and what it refuses before Gradio sees it. It knows no articles."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 1_000_000
"""Largest request in bytes; a question takes a few hundred."""

FILE_LIMIT = 20_000_000
"""Largest request to the addresses that take files."""

_TAKE_FILES = frozenset({"/uploads", "/draft/text"})

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

_USED = tuple(
    f"/gradio_api/{door}"
    for door in ("queue/join", "queue/data", "cancel", "reset", "heartbeat/", "info", "startup-events", "theme.css")
)
"""What the page uses of Gradio's interface. The rest stays closed: files, other servers, calls past the queue."""


def is_closed(path: str) -> bool:
    """Whether an address is one of Gradio's that this page never uses."""
    return path == "/openapi.json" or (path.startswith("/gradio_api/") and not path.startswith(_USED))


class Safety:
    """ASGI middleware: the headers on everything, a limit on what comes in, and closed doors stay closed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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

        app = _refusal(scope) or self._app
        await app(scope, receive, send_with_headers)


def _refusal(scope: Scope) -> ASGIApp | None:
    if is_closed(scope["path"]):
        return PlainTextResponse("There is nothing here.", status_code=404)
    headers = Headers(scope=scope)
    if scope["method"] not in {"GET", "HEAD"} and _is_from_elsewhere(headers):
        return PlainTextResponse("Another site may not ask for that.", status_code=403)
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdecimal():
        return PlainTextResponse("Say how long the request is.", status_code=411)
    limit = FILE_LIMIT if scope["path"] in _TAKE_FILES else BODY_LIMIT
    if int(length) > limit:
        return PlainTextResponse(f"The request is larger than {limit:,} bytes.", status_code=413)
    return None


def _is_from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that a page of another origin sends this; programs that are no browser say nothing.

    Browsers of today say it outright, on https and on this machine; elsewhere the origin is held against the host.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site not in {"same-origin", "none"}
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
