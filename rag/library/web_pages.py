"""Keeps fetched pages among the uploads, one file an article, and remembers feeds and what was fetched when."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

from filelock import FileLock, Timeout

from rag.core import Reading
from rag.core.errors import LibraryError, LibraryLocked, UnreadableFile
from rag.ingestion.feeds import MOST_LINKS
from rag.ingestion.fetching import FetchedPage, same_site
from rag.ingestion.readers import read_html
from rag.ingestion.saved_pages import HEAD, mark_of, marked
from rag.library.folder import UPLOADS

WEB: Final = f"{UPLOADS}/web"
"""The folder of fetched pages; their sources start with its name and that of their site."""

FetchState = Literal["added", "updated", "unchanged", "failed", "feed"]
"""What came of an address: a new article, a newer version of one, the same words again, nothing, or a feed."""

_LEDGER: Final = ".news.json"
_PARTIAL: Final = ".incoming-"
_LOCK: Final = "news.lock"
_LOCK_SECONDS: Final = 10
_REMEMBERED: Final = 200
"""Fetches that are remembered; older ones are forgotten, their pages stay."""
_SEEN: Final = 2 * MOST_LINKS
_LONGEST_TITLE: Final = 300
_HOUR: Final = 3600
_LONGEST_SLUG: Final = 60
_NOT_IN_SLUGS: Final = re.compile(r"[^\w]+")
_PASSWORD: Final = re.compile(r"<input[^>]+type\s*=\s*[\"']?password", re.IGNORECASE)
_PAID: Final = re.compile(r"\"isAccessibleForFree\"\s*:\s*\"?false", re.IGNORECASE)
_FEWEST_WORDS: Final = 120
"""Words of main text, from which on a page with a field for a password is an article all the same."""
_WEB_PAGES: Final = frozenset({"", "text/html", "application/xhtml+xml", "text/plain", "application/octet-stream"})


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed or sitemap that is followed. Times are UTC, ISO 8601.

    `section` is what the addresses taken from it start with. `every` is after how many hours it is refreshed while the
    chat serves; None: only when asked. `by` is the login that added it. `seen` are digests of addresses already taken.
    """

    address: str
    title: str | None = None
    section: str | None = None
    every: int | None = None
    by: str | None = None
    fetched: str | None = None
    trouble: str | None = None
    seen: tuple[str, ...] = ()

    def is_due(self, now: datetime) -> bool:
        """Returns whether its interval is over."""
        if self.every is None:
            return False
        return self.fetched is None or datetime.fromisoformat(self.fetched) + timedelta(hours=self.every) <= now

    def has_seen(self, address: str) -> bool:
        """Returns whether the address was taken from this feed before."""
        return _digest(address) in self.seen


@dataclass(frozen=True, slots=True)
class Fetch:
    """What came of fetching one address, and when. `note` is the reason of a failure, or what is to be known."""

    address: str
    at: str
    state: FetchState
    source: str | None = None
    title: str | None = None
    published: str | None = None
    note: str | None = None
    feed: str | None = None


class WebPages:
    """The fetched pages and the feeds of the library in a folder. Several processes may use them at once."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._folder = data / WEB

    def keep(self, page: FetchedPage) -> Fetch:
        """Keeps a page, in place of an earlier version of the same article. Raises UnreadableFile for no article."""
        if page.media_type not in _WEB_PAGES:
            raise UnreadableFile(f"is no web page but {page.media_type}; save it and add the file")
        if not page.content.strip():
            raise UnreadableFile("is empty")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._clear_up()
        partial = self._folder / f"{_PARTIAL}{secrets.token_hex(8)}.html"
        try:
            partial.write_bytes(marked(page))
            reading = next(read_html(partial, partial.name))
            note = _behind_a_wall(page, reading)
            path, state = self._place(reading, page.address)
            if state != "unchanged":
                path.parent.mkdir(exist_ok=True)
                partial.replace(path)
        except OSError as error:
            raise LibraryError(
                f"{self._folder} cannot be used ({error.strerror}); check its rights and room."
            ) from error
        finally:
            partial.unlink(missing_ok=True)
        source = path.relative_to(self._data).as_posix()
        return Fetch(page.address, _written(page.at), state, source, cut_title(reading.title), reading.published, note)

    def _clear_up(self) -> None:
        """Removes partial pages that a power cut left."""
        for path in self._folder.glob(f"{_PARTIAL}*"):
            if time.time() - path.stat().st_mtime > _HOUR:
                path.unlink(missing_ok=True)

    def _place(self, reading: Reading, address: str) -> tuple[Path, FetchState]:
        """Returns the file for an article, by its own address, and what it does to what is there."""
        own = reading.url or address
        folder = self._folder / (_host(own) or "unknown")
        digest = _digest(_identity(own))
        there = next(folder.glob(f"*{digest}.html"), None)
        if there is None:
            return folder / f"{_slug(reading.title, own)}-{digest}.html", "added"
        with contextlib.suppress(UnreadableFile):
            before = next(read_html(there, there.name))
            if _content(before) == _content(reading):
                return there, "unchanged"
        return there, "updated"

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """The feeds that are followed, in the order in which they were added."""
        return tuple(Feed(**{**kept, "seen": tuple(kept["seen"])}) for kept in self._read()["feeds"])

    @property
    def fetches(self) -> tuple[Fetch, ...]:
        """What was fetched lately, the newest first."""
        return tuple(Fetch(**kept) for kept in reversed(self._read()["fetches"]))

    def feed(self, address: str) -> Feed:
        """Returns one feed. Raises LibraryError if it is not followed."""
        found = next((feed for feed in self.feeds if feed.address == address), None)
        if found is None:
            raise LibraryError(f"No feed {address} is followed; `onrecord feeds` lists those that are.")
        return found

    def follow(self, feed: Feed) -> None:
        """Remembers a feed, or its new state."""
        with self._changing() as ledger:
            feeds = ledger["feeds"]
            place = next((at for at, kept in enumerate(feeds) if kept["address"] == feed.address), len(feeds))
            feeds[place : place + 1] = [asdict(replace(feed, seen=feed.seen[-_SEEN:]))]

    def change(self, address: str, **fields: Any) -> None:  # noqa: ANN401 - fields of a Feed
        """Changes fields of a feed, if it is still followed."""
        with self._changing() as ledger:
            for kept in ledger["feeds"]:
                if kept["address"] == address:
                    kept.update(fields)

    def see(self, address: str, links: Collection[str]) -> None:
        """Remembers that these addresses were taken from a feed."""
        with self._changing() as ledger:
            for kept in ledger["feeds"]:
                if kept["address"] == address:
                    kept["seen"] = list(dict.fromkeys([*kept["seen"], *map(_digest, links)]))[-_SEEN:]

    def unfollow(self, address: str, by: str | None = None) -> None:
        """Forgets a feed, for whoever added it; its articles stay. Raises LibraryError if it is not followed."""
        if by is not None and self.feed(address).by != by:
            raise LibraryError(f"{address} was added by somebody else; ask them to remove it.")
        self.feed(address)
        with self._changing() as ledger:
            ledger["feeds"] = [kept for kept in ledger["feeds"] if kept["address"] != address]

    def record(self, fetch: Fetch) -> None:
        """Remembers what was fetched."""
        with self._changing() as ledger:
            ledger["fetches"] = [*ledger["fetches"], asdict(fetch)][-_REMEMBERED:]

    def forget_but(self, sources: Collection[str]) -> None:
        """Forgets what was fetched except for these sources; feeds stay, and know removed articles by digest only."""
        if (self._folder / _LEDGER).exists():
            with self._changing() as ledger:
                ledger["fetches"] = [kept for kept in ledger["fetches"] if kept["source"] in sources]

    def _read(self) -> dict[str, list[dict[str, Any]]]:
        with contextlib.suppress(OSError, ValueError):
            kept = json.loads((self._folder / _LEDGER).read_text(encoding="utf-8"))
            return {"feeds": list(kept["feeds"]), "fetches": list(kept["fetches"])}
        return {"feeds": [], "fetches": []}

    @contextlib.contextmanager
    def _changing(self) -> Iterator[dict[str, list[dict[str, Any]]]]:
        """Yields the ledger to be changed, alone among all processes."""
        path = self._folder / _LEDGER
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._data / _LOCK, timeout=_LOCK_SECONDS):
                ledger = self._read()
                yield ledger
                written = path.with_suffix(f".{secrets.token_hex(4)}")
                written.write_text(json.dumps(ledger, ensure_ascii=False, indent=1), encoding="utf-8")
                written.replace(path)
        except Timeout as error:
            raise LibraryLocked(f"Another process is changing the feeds of {self._data}; try again.") from error
        except OSError as error:
            raise LibraryError(
                f"{self._folder} cannot be used ({error.strerror}); check its rights and room."
            ) from error


def fetched_on(path: Path) -> datetime | None:
    """Returns when a page was fetched, by its mark; None for any other file."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        mark = mark_of(file.read(HEAD))
        return mark.at if mark else None
    return None


def cut_title(title: str | None) -> str | None:
    """Returns a title that is kept beside an address, of at most `_LONGEST_TITLE` characters."""
    return title if title is None or len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"


def now() -> str:
    """Returns the time, as feeds and fetches carry it."""
    return _written(datetime.now(UTC))


Tell = Callable[[Fetch], None]
"""Is told of each address as soon as it is known what came of it."""


def _behind_a_wall(page: FetchedPage, reading: Reading) -> str | None:
    """Returns a note on a page that says it is not free. Raises UnreadableFile if all it shows is a login."""
    start = page.content.decode("utf-8", "replace")
    words = len(reading.text.split())
    if words < _FEWEST_WORDS and _PASSWORD.search(start):
        raise UnreadableFile("asks for a login; save the page from your browser and add the file")
    if _PAID.search(start):
        return f"It says that it is not free to read; the {words:,} words that it shows without a login were kept."
    stated = _stated_elsewhere(start)
    if stated and not same_site(stated, page.address):
        return f"It names {_host(stated)} as its original; it is cited by the address that it was fetched from."
    return None


def _stated_elsewhere(html: str) -> str | None:
    link = re.search(r"<link\b[^>]*\brel\s*=\s*[\"']?canonical\b[^>]*>", html, re.IGNORECASE)
    target = re.search(r"\bhref\s*=\s*[\"']?([^\"'\s>]+)", link[0], re.IGNORECASE) if link else None
    return target[1] if target and target[1].startswith("http") else None


def _content(reading: Reading) -> tuple[str | None, ...]:
    return (reading.text, reading.title, reading.byline, reading.outlet, reading.published, reading.url)


def _identity(address: str) -> str:
    """Returns what addresses of one article have in common: without scheme, `www.`, fragment and closing slash."""
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    return f"{_host(address)}{parts.path.rstrip('/')}{query}"


def _host(address: str) -> str:
    parts = urlsplit(address)
    host = (parts.hostname or "").lower().removeprefix("www.")
    return re.sub(r"[^\w.-]", "-", f"{host}-{parts.port}" if parts.port else host).strip(".")


def _slug(title: str | None, address: str) -> str:
    last = unquote(urlsplit(address).path.rstrip("/").rpartition("/")[2]).rpartition(".")[0]
    words = unicodedata.normalize("NFC", title or last or "page").lower()
    slug = _NOT_IN_SLUGS.sub("-", words).strip("-_")
    return slug.encode("utf-8")[:_LONGEST_SLUG].decode("utf-8", "ignore").strip("-_") or "page"


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
