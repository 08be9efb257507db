"""Tokens by which other programs are let in under a login: issued once, stored hashed, revoked at any time."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from rag.core.errors import UsageError

MARK: Final = "onrecord_"
"""How every token begins, so that one in the wrong place is recognised."""

_FIELDS: Final = 4
_log = logging.getLogger("onrecord.tokens")


@dataclass(frozen=True, slots=True)
class Token:
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


def read_tokens(path: Path) -> tuple[Token, ...]:
    """Returns the tokens in a file, none if there is no file. UsageError if it is spoilt."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as tokens; move it away and issue new ones.") from error
    parts = [line.split(":") for line in lines if line.strip()]
    if any(len(part) != _FIELDS for part in parts):
        raise UsageError(f"{path} is no file of tokens; move it away and issue new ones.")
    return tuple(Token(*part) for part in parts)


def issue_token(path: Path, login: str) -> tuple[str, Token]:
    """Adds a token for a login and returns its text, which is stored nowhere, and what is stored."""
    text = MARK + secrets.token_urlsafe(32)
    token = Token(login, secrets.token_hex(4), _digest(text), dt.datetime.now().astimezone().date().isoformat())
    _write(path, (*read_tokens(path), token))
    return text, token


def revoke_tokens(path: Path, login: str, identity: str | None = None) -> int:
    """Removes one token of a login, or all of them; returns how many. A running chat refuses them at once."""
    kept = read_tokens(path)
    left = [token for token in kept if token.login != login or identity not in {None, token.id}]
    if len(left) < len(kept):
        _write(path, left)
    return len(kept) - len(left)


class Tokens:
    """The tokens of a served library, read again whenever their file changes. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._seen: tuple[int, int, int] | None = None
        self._kept: tuple[Token, ...] = ()

    def who(self, text: str) -> str | None:
        """Returns the login that a token was issued for; None for any other text."""
        digest = _digest(text)
        found = [token.login for token in self._current() if hmac.compare_digest(token.digest, digest)]
        return found[0] if found else None

    def _current(self) -> tuple[Token, ...]:
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


def _write(path: Path, tokens: Sequence[Token]) -> None:
    """Replaces the file; only its owner may read it."""
    written = path.with_name(f"{path.name}.new")
    written.unlink(missing_ok=True)
    written.touch(mode=0o600)
    written.write_text("".join(f"{token}\n" for token in tokens), encoding="utf-8")
    written.replace(path)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
