"""Logins for several readers of one library: hashed passwords, sessions, tokens for other programs, and the gate."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import ipaddress
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final
from urllib.parse import parse_qs

import anyio
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag import Database
from rag.core.amounts import with_noun
from rag.core.errors import UsageError
from ui.middleware import BARE_POLICY, HEALTH, door_of, refusal, set_cookie
from ui.storage import connected
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
MARK: Final = "onrecord_"
"""How every token begins, so that one in the wrong place is recognised."""

_SESSIONS = (
    "CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, name TEXT NOT NULL, until REAL NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS wrong_guess (guesser TEXT NOT NULL, at REAL NOT NULL) STRICT",
    "CREATE INDEX IF NOT EXISTS wrong_guess_of ON wrong_guess (guesser, at)",
)

OPEN: Final = frozenset({"/page/style.css", "/page/rooms.css", "/page/favicon.png"})
"""Addresses that the login page needs; they reveal nothing about the library."""

_log = logging.getLogger("onrecord.auth")


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
    _write_private(path, (f"{user}:{kept}" for user, kept in logins.items()))


def is_loopback(host: str) -> bool:
    """Returns whether the address is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SessionsInMemory:
    """Open sessions and wrong guesses that end with the program. Times are those of the clock of `Logins`."""

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


class SharedSessions:
    """Logged-in sessions and wrong guesses in the database that several servers share.

    Only digests of the sessions' secrets are kept. Times must be of a clock that the servers share, `time.time`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        with connected(database) as connection:
            connection.define(*_SESSIONS)

    def begin(self, session: str, name: str, now: float, until: float) -> None:
        """Keeps a session, and forgets those that are over."""
        with connected(self._database) as connection:
            connection.execute("INSERT INTO session (id, name, until) VALUES (?, ?, ?)", (session, name, until))
            connection.execute("DELETE FROM session WHERE until <= ?", (now,))

    def find(self, session: str) -> tuple[str, float] | None:
        """Returns the name that a session was begun under, and when it ends."""
        with connected(self._database) as connection:
            row = connection.execute("SELECT name, until FROM session WHERE id = ?", (session,)).fetchone()
        return (row["name"], row["until"]) if row else None

    def end(self, session: str) -> None:
        """Forgets a session."""
        with connected(self._database) as connection:
            connection.execute("DELETE FROM session WHERE id = ?", (session,))

    def fail(self, guessers: Sequence[str], now: float) -> None:
        """Notes a wrong guess."""
        with connected(self._database) as connection:
            connection.executemany(
                "INSERT INTO wrong_guess (guesser, at) VALUES (?, ?)", [(guesser, now) for guesser in guessers]
            )

    def failures(self, guesser: str, since: float) -> list[float]:
        """Returns the times of the wrong guesses after `since`, and forgets earlier ones."""
        with connected(self._database) as connection:
            connection.execute("DELETE FROM wrong_guess WHERE at <= ?", (since,))
            rows = connection.execute("SELECT at FROM wrong_guess WHERE guesser = ? ORDER BY at", (guesser,))
            return [row["at"] for row in rows]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A stored token: whose it is, the id by which it is revoked, its hash, and the day it was issued.

    SHA-256 is enough: a token is 256 bits drawn at random, which nobody guesses, unlike a password.
    """

    login: str
    id: str
    digest: str
    issued: str

    def __str__(self) -> str:
        return f"{self.login}:{self.id}:{self.digest}:{self.issued}"


def tokens_path(logins: Path) -> Path:
    """Returns the file of tokens beside a file of logins."""
    return logins.with_name(f"{logins.name}.tokens")


def read_tokens(path: Path) -> tuple[AccessToken, ...]:
    """Returns the tokens in a file, none if there is no file. UsageError if it is spoilt."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as tokens; move it away and issue new ones.") from error
    parts = [line.split(":") for line in lines if line.strip()]
    if any(len(part) != len(fields(AccessToken)) for part in parts):
        raise UsageError(f"{path} is no file of tokens; move it away and issue new ones.")
    return tuple(AccessToken(*part) for part in parts)


def issue_token(path: Path, login: str) -> tuple[str, AccessToken]:
    """Adds a token for a login and returns its text, which is stored nowhere, and what is stored."""
    text = MARK + secrets.token_urlsafe(32)
    token = AccessToken(login, secrets.token_hex(4), _hidden(text), dt.datetime.now().astimezone().date().isoformat())
    _write_private(path, (*read_tokens(path), token))
    return text, token


def revoke_tokens(path: Path, login: str, identity: str | None = None) -> int:
    """Removes one token of a login, or all of them; returns how many. A running chat refuses them at once."""
    kept = read_tokens(path)
    left = [token for token in kept if token.login != login or identity not in {None, token.id}]
    if len(left) < len(kept):
        _write_private(path, left)
    return len(kept) - len(left)


class AccessTokens:
    """The tokens of a served library, read again whenever their file changes. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._seen: tuple[int, int, int] | None = None
        self._kept: tuple[AccessToken, ...] = ()

    def who(self, text: str) -> str | None:
        """Returns the login that a token was issued for; None for any other text."""
        digest = _hidden(text)
        found = [token.login for token in self._current() if hmac.compare_digest(token.digest, digest)]
        return found[0] if found else None

    def _current(self) -> tuple[AccessToken, ...]:
        with self._lock:
            try:
                now = self._path.stat()
                seen = (now.st_mtime_ns, now.st_size, now.st_ino)
                if seen != self._seen:
                    self._kept, self._seen = read_tokens(self._path), seen
            except FileNotFoundError:
                self._kept, self._seen = (), None
            except (OSError, UsageError) as error:
                _log.warning("No token is accepted: %s", error)
                self._kept, self._seen = (), None
            return self._kept


@dataclass
class Logins:
    """The logins and open sessions. Thread-safe."""

    known: Mapping[str, Password]
    clock: Callable[[], float] = time.monotonic
    sessions: SessionsInMemory | SharedSessions = field(default_factory=SessionsInMemory)
    tokens: AccessTokens | None = None
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


def open_logins(file: Path | None, host: str, *, insecure: bool, database: Database | None = None) -> Logins | None:
    """Returns the logins of a file with their tokens, None without a file.

    In a `database` that several servers share they find each other's sessions and wrong guesses. Raises UsageError if
    the network could come in without a login, or if the file is spoilt.
    """
    if file is None:
        if insecure or is_loopback(host):
            return None
        raise UsageError(
            f"Served at {host}, the articles could be read by anybody on the network; ask for logins with "
            "`--auth FILE`, or say `--insecure`."
        )
    known, tokens = read_logins(file), AccessTokens(tokens_path(file))
    if database is None:
        return Logins(known, tokens=tokens)
    return Logins(known, time.time, SharedSessions(database), tokens)


class LoginGate:
    """ASGI middleware: lets readers in by a session, and programs by a session or a token.

    Without either the page gets 401 and the login page, whatever is asked for, and programs get 401 in JSON. A token
    opens the doors for programs alone.
    """

    def __init__(self, app: ASGIApp, logins: Logins) -> None:
        self._app = app
        self._logins = logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on requests of a login, as a visitor of that name on every machine."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            request = Request(scope, receive)
            is_page = door_of(scope["path"]) == "page" and scope["path"] != HEALTH
            reply = await (self._page(request) if is_page else self._program(request))
            await reply(scope, receive, send)

    async def _page(self, request: Request) -> ASGIApp:
        """Chooses what answers a reader: the page with a session, else the login."""
        asked = (request.method, request.scope["path"])
        if asked == ("POST", "/login"):
            return await self._entered(request)
        if asked == ("POST", "/logout"):
            await anyio.to_thread.run_sync(self._logins.leave, request.cookies.get(LOGIN_COOKIE))
            return _to_the_page(request, "", age=0)
        name = await self._reader(request)
        if name is None:
            return login_page()
        return RedirectResponse("/", status_code=303) if asked == ("GET", "/login") else self._admitted(request, name)

    async def _program(self, request: Request) -> ASGIApp:
        """Chooses what answers a program; whoever has no login may still ask whether all is well."""
        name = await self._reader(request) or self._bearer(request.headers)
        request.scope["anonymous"] = name is None
        if name is not None:
            return self._admitted(request, name)
        if request.scope["path"] == HEALTH:
            return self._app
        reply = refusal(request.scope["path"], _WHO, 401)
        reply.headers["WWW-Authenticate"] = "Bearer"
        return reply

    def _admitted(self, request: Request, name: str) -> ASGIApp:
        request.scope["login"], request.scope["visitor"] = name, f"login {name}"
        return self._app

    async def _reader(self, request: Request) -> str | None:
        """Returns who is logged in."""
        return await anyio.to_thread.run_sync(self._logins.who, request.cookies.get(LOGIN_COOKIE))

    def _bearer(self, headers: Headers) -> str | None:
        """Returns whose token a request bears, if the login still exists."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or self._logins.tokens is None:
            return None
        name = self._logins.tokens.who(token.strip())
        return name if name in self._logins.known else None

    async def _entered(self, request: Request) -> Response:
        fields = parse_qs((await request.body()).decode(errors="replace"))
        name, password = (fields.get(field, [""])[0] for field in ("name", "password"))
        address = request.client.host if request.client else ""
        pause = await anyio.to_thread.run_sync(self._logins.pause, name, address)
        if pause:
            reply = login_page(
                f"Too many wrong passwords. Try again in {with_noun(-(-pause // 60), 'minute')}.", name, 429
            )
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
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _write_private(path: Path, lines: Iterable[object]) -> None:
    """Replaces a file; only its owner may read it."""
    written = path.with_name(f"{path.name}.new")
    written.unlink(missing_ok=True)
    written.touch(mode=0o600)
    written.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    written.replace(path)


def _guessers(name: str, address: str) -> tuple[str, str]:
    return f"name {name[:NAME_LIMIT]}", f"address {address}"


_NOBODY: Final = Password(b"no salt", bytes(32))
"""Compared with for unknown names, so that a guess takes as long and reveals nothing."""

_WHO: Final = "Send `Authorization: Bearer TOKEN`; whoever runs this library makes one with `onrecord token FILE NAME`."
