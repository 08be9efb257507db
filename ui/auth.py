"""Logins for several readers of one library: hashed passwords, sessions, a limit on guessing, and the gate."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final, Protocol
from urllib.parse import parse_qs

import anyio
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.core.errors import UsageError
from ui.chat import count
from ui.middleware import BARE_POLICY, set_cookie
from ui.tokens import Tokens
from ui.views.chrome import login_page_html

ROUNDS: Final = 2**15
"""Cost of one guess: about a tenth of a second and 32 MB, by scrypt (RFC 7914)."""
_BLOCK, _LANES, _MEMORY = 8, 1, 64 * 2**20

TRIES: Final = 5
WINDOW: Final = 15 * 60
"""This many wrong passwords in this many seconds, by one name or from one address, cause a pause."""

SESSION: Final = 7 * 24 * 3600
"""Seconds until a reader must log in again; sessions in memory end with the program."""

NAME_LIMIT: Final = 64
LOGIN_COOKIE: Final = "onrecord_login"
OPEN: Final = frozenset({"/page/style.css", "/page/rooms.css", "/page/favicon.png"})
"""Addresses that the login page needs; they reveal nothing about the library."""


@dataclass(frozen=True, slots=True)
class Password:
    """The stored hash of a password."""

    salt: bytes
    digest: bytes
    rounds: int = ROUNDS

    @classmethod
    def of(cls, password: str) -> Password:
        """Returns the hash of a password, with its own salt."""
        salt = secrets.token_bytes(16)
        return cls(salt, _scrypt(password, salt, ROUNDS))

    def is_met_by(self, password: str) -> bool:
        """Returns whether the password matches, in constant time."""
        return hmac.compare_digest(self.digest, _scrypt(password, self.salt, self.rounds))

    def __str__(self) -> str:
        salt, digest = (base64.b64encode(part).decode() for part in (self.salt, self.digest))
        return f"scrypt:{self.rounds}:{salt}:{digest}"


def read_logins(path: Path) -> dict[str, Password]:
    """Returns the logins in a file, `NAME:scrypt:…` a line. UsageError if it is missing, empty or spoilt."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as logins; make it with `onrecord login {path} NAME`.") from error
    logins = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            name, password = _parsed(line, path, number)
            logins[name] = password
    if not logins:
        raise UsageError(f"{path} holds no login; add one with `onrecord login {path} NAME`.")
    return logins


def write_login(path: Path, name: str, password: str) -> None:
    """Adds a login to the file, or changes its password. Only the file's owner may read it."""
    if not name.strip() or len(name) > NAME_LIMIT or any(mark in name for mark in ":#\n\r"):
        raise UsageError(f"{name!r} cannot be a login's name; use up to {NAME_LIMIT} letters without : or #.")
    if len(password) < 8:  # noqa: PLR2004 - said in the sentence
        raise UsageError("A password needs at least 8 characters; choose a longer one.")
    logins = read_logins(path) if path.exists() else {}
    logins[name] = Password.of(password)
    written = path.with_name(f"{path.name}.new")
    written.touch(mode=0o600)
    written.write_text("".join(f"{user}:{kept}\n" for user, kept in logins.items()), encoding="utf-8")
    written.replace(path)


def require(host: str, *, has_logins: bool, insecure: bool) -> None:
    """Raises UsageError if the network could read the articles without explicit permission."""
    if has_logins or insecure or is_loopback(host):
        return
    raise UsageError(
        f"Served at {host}, the articles could be read by anybody on the network; ask for logins with `--auth FILE`, "
        "or say `--insecure`."
    )


def is_loopback(host: str) -> bool:
    """Returns whether the address is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Sessions(Protocol):
    """Keeps open sessions and wrong guesses. Times are those of the clock of `Logins`."""

    def begin(self, session: str, name: str, now: float, until: float) -> None:
        """Keeps a session, and forgets those that are over."""

    def find(self, session: str) -> tuple[str, float] | None:
        """Returns the name that a session was begun under, and when it ends."""

    def end(self, session: str) -> None:
        """Forgets a session."""

    def fail(self, guessers: Sequence[str], now: float) -> None:
        """Notes a wrong guess."""

    def failures(self, guesser: str, since: float) -> list[float]:
        """Returns the times of the wrong guesses after `since`, and forgets earlier ones."""


class SessionsInMemory:
    """Sessions that end with the program."""

    def __init__(self) -> None:
        self._sessions: dict[str, tuple[str, float]] = {}
        self._failures: dict[str, list[float]] = {}

    def begin(self, session: str, name: str, now: float, until: float) -> None:
        """Keeps a session, and forgets those that are over."""
        self._sessions = {one: kept for one, kept in self._sessions.items() if kept[1] > now}
        self._sessions[session] = (name, until)

    def find(self, session: str) -> tuple[str, float] | None:
        """Returns the name that a session was begun under, and when it ends."""
        return self._sessions.get(session)

    def end(self, session: str) -> None:
        """Forgets a session."""
        self._sessions.pop(session, None)

    def fail(self, guessers: Sequence[str], now: float) -> None:
        """Notes a wrong guess."""
        for guesser in guessers:
            self._failures.setdefault(guesser, []).append(now)

    def failures(self, guesser: str, since: float) -> list[float]:
        """Returns the times of the wrong guesses after `since`; whoever made none since is forgotten."""
        recent = {name: [time for time in times if time > since] for name, times in self._failures.items()}
        self._failures = {name: times for name, times in recent.items() if times}
        return self._failures.get(guesser, [])


@dataclass
class Logins:
    """The logins and open sessions. Thread-safe."""

    known: Mapping[str, Password]
    clock: Callable[[], float] = time.monotonic
    sessions: Sessions = field(default_factory=SessionsInMemory)
    tokens: Tokens | None = None
    """By which other programs come in under a login."""
    _lock: Lock = field(default_factory=Lock)

    def enter(self, name: str, password: str, address: str) -> str | None:
        """Returns a new session's token, or None if name and password do not fit. Checks one guess at a time."""
        kept = self.known.get(name, _NOBODY)
        with self._lock:
            if kept.is_met_by(password) and name in self.known:
                token = secrets.token_urlsafe(32)
                self.sessions.begin(_hidden(token), name, self.clock(), self.clock() + SESSION)
                return token
            self.sessions.fail(_guessers(name, address), self.clock())
        return None

    def pause(self, name: str, address: str) -> int:
        """Returns the seconds for which no further guess is checked; 0 if there is no pause."""
        now = self.clock()
        with self._lock:
            tries = [self.sessions.failures(guesser, now - WINDOW) for guesser in _guessers(name, address)]
        return max((int(times[-TRIES] + WINDOW - now) + 1 for times in tries if len(times) >= TRIES), default=0)

    def who(self, token: str | None) -> str | None:
        """Returns the name that a session was begun under; None if there is none, or it is over."""
        with self._lock:
            found = self.sessions.find(_hidden(token)) if token else None
        return found[0] if found and found[0] in self.known and found[1] > self.clock() else None

    def leave(self, token: str | None) -> None:
        """Ends a session."""
        with self._lock:
            self.sessions.end(_hidden(token or ""))


class LoginGate:
    """ASGI middleware: a request without a session gets 401 and the login page, whatever it asks for."""

    def __init__(self, app: ASGIApp, logins: Logins) -> None:
        self._app = app
        self._logins = logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on requests with a session, as a visitor of that name on every machine."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await (await self._reply(Request(scope, receive)))(scope, receive, send)

    async def _reply(self, request: Request) -> ASGIApp:
        """Chooses what answers the request: the page with a session, else the login."""
        token = request.cookies.get(LOGIN_COOKIE)
        asked = (request.method, request.scope["path"])
        if asked == ("POST", "/login"):
            return await self._entered(request)
        if asked == ("POST", "/logout"):
            await anyio.to_thread.run_sync(self._logins.leave, token)
            return _to_the_page(request, "", age=0)
        name = await anyio.to_thread.run_sync(self._logins.who, token)
        if name is None:
            return login_page()
        if asked == ("GET", "/login"):
            return RedirectResponse("/", status_code=303)
        request.scope["login"], request.scope["visitor"] = name, f"login {name}"
        return self._app

    async def _entered(self, request: Request) -> Response:
        fields = parse_qs((await request.body()).decode(errors="replace"))
        name, password = (fields.get(field, [""])[0] for field in ("name", "password"))
        address = request.client.host if request.client else ""
        pause = await anyio.to_thread.run_sync(self._logins.pause, name, address)
        if pause:
            reply = login_page(f"Too many wrong passwords. Try again in {count(-(-pause // 60), 'minute')}.", name, 429)
            reply.headers["Retry-After"] = str(pause)
            return reply
        token = await anyio.to_thread.run_sync(partial(self._logins.enter, name, password, address))
        return _to_the_page(request, token) if token else login_page("Wrong name or password.", name)


def login_page(trouble: str = "", name: str = "", status: int = 401) -> Response:
    """Returns the page to log in, with the `name` that was given last."""
    policy = BARE_POLICY.replace("form-action 'none'", "form-action 'self'")
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(login_page_html(trouble, name[:NAME_LIMIT]), status_code=status, headers=headers)


def _to_the_page(request: Request, token: str, age: int = SESSION) -> Response:
    reply = RedirectResponse("/", status_code=303)
    set_cookie(reply, LOGIN_COOKIE, token, request, age)
    return reply


def _parsed(line: str, path: Path, number: int) -> tuple[str, Password]:
    try:
        name, kind, rounds, salt, digest = line.strip().split(":")
        kept = Password(base64.b64decode(salt, validate=True), base64.b64decode(digest, validate=True), int(rounds))
    except (ValueError, binascii.Error):
        kind = ""
    if kind != "scrypt":
        raise UsageError(f"Line {number} of {path} is no login; make it with `onrecord login {path} NAME`.")
    return name, kept


def _scrypt(password: str, salt: bytes, rounds: int) -> bytes:
    words = password.encode(errors="surrogatepass")
    return hashlib.scrypt(words, salt=salt, n=rounds, r=_BLOCK, p=_LANES, maxmem=_MEMORY, dklen=32)


def _hidden(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _guessers(name: str, address: str) -> tuple[str, str]:
    return f"name {name[:NAME_LIMIT]}", f"address {address}"


_NOBODY: Final = Password(b"no salt", bytes(32))
"""Compared with for unknown names, so that a guess takes as long and reveals nothing."""
