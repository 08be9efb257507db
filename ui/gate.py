"""The door of a page with logins: nothing behind it is had without one. It knows no rooms."""

from __future__ import annotations

from functools import partial
from typing import Final
from urllib.parse import parse_qs

import anyio
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.access import NAME_LIMIT, SESSION, Logins
from ui.chat import count
from ui.escape import attribute, text
from ui.safety import BARE_POLICY
from ui.source import bare_page
from ui.visitors import cookie, cookie_of

COOKIE: Final = "onrecord_login"
OPEN: Final = frozenset({"/page/style.css", "/page/rooms.css", "/page/favicon.png"})
"""What the page to log in needs; it tells nothing of the library."""


class Gate:
    """ASGI middleware: a request without a session gets 401 and the page to log in, whatever it asks for."""

    def __init__(self, app: ASGIApp, logins: Logins) -> None:
        self._app = app
        self._logins = logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets in who is known, as a visitor of that name on every machine."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        token = cookie_of(scope, COOKIE)
        asked = (scope["method"], scope["path"])
        if asked == ("POST", "/login"):
            await (await self._entered(Request(scope, receive)))(scope, receive, send)
        elif asked == ("POST", "/logout"):
            self._logins.leave(token)
            await _to_the_page(scope, "", age=0)(scope, receive, send)
        elif asked == ("GET", "/login") and self._logins.who(token):
            await RedirectResponse("/", status_code=303)(scope, receive, send)
        elif name := self._logins.who(token):
            scope["login"], scope["visitor"] = name, f"login {name}"
            await self._app(scope, receive, send)
        else:
            await login_page()(scope, receive, send)

    async def _entered(self, request: Request) -> Response:
        fields = parse_qs((await request.body()).decode(errors="replace"))
        name, password = (fields.get(field, [""])[0] for field in ("name", "password"))
        address = request.client.host if request.client else ""
        pause = self._logins.pause(name, address)
        if pause:
            reply = login_page(f"Too many wrong passwords. Try again in {count(-(-pause // 60), 'minute')}.", name, 429)
            reply.headers["Retry-After"] = str(pause)
            return reply
        token = await anyio.to_thread.run_sync(partial(self._logins.enter, name, password, address))
        return _to_the_page(request.scope, token) if token else login_page("Name and password do not fit.", name)


def login_page(trouble: str = "", name: str = "", status: int = 401) -> Response:
    """The page to log in, with the `name` that was given last."""
    said = f'<p class="trouble" role="alert">{text(trouble)}</p>' if trouble else ""
    fields = (
        f'<label>Name<input name="name" value="{attribute(name[:NAME_LIMIT])}" autocomplete="username" required'
        f"{'' if name else ' autofocus'}></label>"
        '<label>Password<input name="password" type="password" autocomplete="current-password" required'
        f"{' autofocus' if name else ''}></label>"
    )
    form = (
        '<form class="login" method="post" action="/login"><h1 class="wordmark">on<i>record</i></h1>'
        f'{said}{fields}<button class="solid">Log in</button></form>'
    )
    policy = BARE_POLICY.replace("form-action 'none'", "form-action 'self'")
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(bare_page("Log in · onrecord", form), status_code=status, headers=headers)


def _to_the_page(scope: Scope, token: str, age: int = SESSION) -> Response:
    reply = RedirectResponse("/", status_code=303)
    reply.headers["Set-Cookie"] = cookie(COOKIE, token, scope, age)
    return reply
