"""Takes files in beside the folder: uploads, and pages from the web, with the feeds that they come from."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import IO, Any, Final, Literal
from urllib.parse import unquote, urlsplit

from rag.core import Reading
from rag.core.errors import LibraryError, UnreadableFile
from rag.ingestion.feeds import MOST_LINKS
from rag.ingestion.fetching import FetchedPage, same_site
from rag.ingestion.readers import MAX_DOCUMENT_BYTES, READERS, examined, read_html, reading_suffix
from rag.ingestion.saved_pages import HEAD, mark_of, marked
from rag.library.folder import UPLOADS, fingerprint, list_folder, read_json, write_json
from rag.library.sqlite import locked
from rag.library.store import Store

_PARTIAL: Final = ".incoming-"
_HOUR: Final = 3600

MOST_BYTES: Final = MAX_DOCUMENT_BYTES
"""The largest file that is taken."""
_LONGEST_NAME: Final = 120
"""Bytes; most file systems take 255, and a number may have to follow."""
_OWNERS: Final = ".uploaded-by.json"
_NOT_IN_NAMES = re.compile(r'[<>:"|?*#%\\/]')
"""Characters that a file system forbids, or that have a meaning in a source or an address."""
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Taken:
    """An uploaded file: kept now, or there already under this source. `notes` say what of it is unreadable."""

    state: Literal["kept", "there"]
    source: str
    notes: tuple[str, ...] = ()


class Uploads:
    """The files uploaded to one library. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = store.data / UPLOADS
        self._taking = Lock()  # held while a file is read, which may take seconds
        self._changing = Lock()  # held for moments

    def take(self, name: str, content: IO[bytes], by: str | None = None) -> Taken:
        """Keeps a readable file, uploaded by `by`; the same bytes once. Raises UnreadableFile or LibraryError."""
        named = safe_name(name)
        with self._taking, _plain_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            _clear_up(self._folder)
            partial = self._folder / f"{_PARTIAL}{secrets.token_hex(8)}{reading_suffix(Path(named))}"
            try:
                with partial.open("xb") as file:
                    shutil.copyfileobj(content, file)
                there = self._with_the_same_bytes(partial)
                if there:
                    return Taken("there", there)
                notes = examined(partial)
                with self._changing:
                    source = self._placed(partial, named)
                    if by:
                        self._write_owners({**self._owners(), source: by})
            finally:
                partial.unlink(missing_ok=True)
        return Taken("kept", source, notes)

    def claim(self, source: str, by: str) -> None:
        """Makes a file that was fetched that of a login."""
        with self._changing, _plain_errors(self._folder):
            self._write_owners({**self._owners(), source: by})

    def remove(self, source: str, by: str | None = None) -> None:
        """Deletes an upload, for whoever may. Raises LibraryError for anything else."""
        with self._changing, _plain_errors(self._folder):
            path = self._files().get(source)
            if path is None:
                raise LibraryError(f"There is no upload {source}; the list shows those that there are.")
            if not self._may_remove(source, by):
                raise LibraryError(f"{source} was handed in by somebody else; ask them to remove it.")
            path.unlink(missing_ok=True)
            self._write_owners({name: owner for name, owner in self._owners().items() if name != source})

    def removable(self, by: str | None = None) -> frozenset[str]:
        """Returns the uploads that `by` may remove: their own, or all where nobody logs in."""
        with self._changing, _plain_errors(self._folder):
            return frozenset(source for source in self._files() if self._may_remove(source, by))

    def _may_remove(self, source: str, by: str | None) -> bool:
        return by is None or self._owners().get(source) == by

    def _files(self) -> dict[str, Path]:
        return list_folder(self._folder, READERS, prefix=f"{UPLOADS}/").files if self._folder.is_dir() else {}

    def _with_the_same_bytes(self, path: Path) -> str | None:
        """Returns the file of the library, or the upload that waits to be read, that has these bytes."""
        digest, size = fingerprint(path).digest, path.stat().st_size
        with self._store.reading() as view:
            known = {state.digest: source for source, state in view.files().items()}
        files = self._files()
        waiting = (source for source, file in files.items() if file.stat().st_size == size)
        same = next((source for source in waiting if fingerprint(files[source]).digest == digest), None)
        held = known.get(digest)
        return same or (None if held is None or held.startswith(f"{UPLOADS}/") else held)

    def _placed(self, partial: Path, named: str) -> str:
        """Gives the file its name, or the first one with a number that no other file has."""
        suffix = reading_suffix(Path(named))
        stem = named.removesuffix(suffix)
        for name in itertools.chain([named], (f"{stem} ({number}){suffix}" for number in itertools.count(2))):
            with contextlib.suppress(FileExistsError):
                (self._folder / name).touch(exist_ok=False)  # whatever is there stays: a rename would replace it
                partial.replace(self._folder / name)
                return f"{UPLOADS}/{name}"
        raise AssertionError("numbers never end")

    def _owners(self) -> dict[str, str]:
        owners: dict[str, str] = read_json(self._folder / _OWNERS, {})
        return owners

    def _write_owners(self, owners: dict[str, str]) -> None:
        path = self._folder / _OWNERS
        if owners or path.exists():
            write_json(path, owners)


def safe_name(given: str) -> str:
    """Makes a given name, without its folder, harmless on every system. Raises UnreadableFile for an unread format."""
    base = unicodedata.normalize("NFC", re.split(r"[\\/]", given)[-1])
    plain = "".join(character for character in base if unicodedata.category(character)[0] != "C")
    whole = _NOT_IN_NAMES.sub("-", " ".join(plain.split()))
    suffix = reading_suffix(Path(f"_{whole}"))
    stem = whole[: len(whole) - len(suffix)]
    if suffix not in READERS:
        raise UnreadableFile(f"is in a format that is not read; those that are: {', '.join(READERS)}")
    stem = stem.encode("utf-8")[:_LONGEST_NAME].decode("utf-8", "ignore").strip(" .-_~") or "upload"
    return f"{'_' if _RESERVED.fullmatch(stem) else ''}{stem}{suffix}"


@contextlib.contextmanager
def _plain_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LibraryError(f"{folder} cannot be used ({error.strerror}); check its rights and its room.") from error


def _clear_up(folder: Path) -> None:
    """Removes partial files that a power cut left."""
    for path in folder.glob(f"{_PARTIAL}*"):
        if time.time() - path.stat().st_mtime > _HOUR:
            path.unlink(missing_ok=True)


WEB: Final = f"{UPLOADS}/web"
"""The folder of fetched pages; their sources start with its name and that of their site."""

FetchState = Literal["added", "updated", "unchanged", "failed", "feed"]
"""What came of an address: a new article, a newer version of one, the same words again, nothing, or a feed."""

_LEDGER: Final = ".news.json"
_LOCK: Final = "news.lock"
_LOCK_SECONDS: Final = 10
_REMEMBERED: Final = 200
"""Fetches that are remembered; older ones are forgotten, their pages stay."""
_SEEN: Final = 2 * MOST_LINKS
_LONGEST_TITLE: Final = 300
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


@dataclass
class _Ledger:
    """The feeds, by address in the order in which they were added, and what was fetched lately, the newest last."""

    feeds: dict[str, Feed]
    fetches: list[Fetch]


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
        with _plain_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            _clear_up(self._folder)
            partial = self._folder / f"{_PARTIAL}{secrets.token_hex(8)}.html"
            try:
                partial.write_bytes(marked(page))
                reading = next(read_html(partial, partial.name))
                note = _behind_a_wall(page, reading)
                path, state = self._place(reading, page.address)
                if state != "unchanged":
                    path.parent.mkdir(exist_ok=True)
                    partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
        source = path.relative_to(self._data).as_posix()
        return Fetch(page.address, _written(page.at), state, source, cut_title(reading.title), reading.published, note)

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
        return tuple(self._read().feeds.values())

    @property
    def fetches(self) -> tuple[Fetch, ...]:
        """What was fetched lately, the newest first."""
        return tuple(reversed(self._read().fetches))

    def feed(self, address: str) -> Feed:
        """Returns one feed. Raises LibraryError if it is not followed."""
        found = self._read().feeds.get(address)
        if found is None:
            raise LibraryError(f"No feed {address} is followed; `onrecord feeds` lists those that are.")
        return found

    def follow(self, feed: Feed) -> None:
        """Remembers a feed, or its new state."""
        with self._changing() as ledger:
            ledger.feeds[feed.address] = replace(feed, seen=feed.seen[-_SEEN:])

    def change(self, address: str, **fields: Any) -> None:  # noqa: ANN401 - fields of a Feed
        """Changes fields of a feed, if it is still followed."""
        with self._changing() as ledger:
            if feed := ledger.feeds.get(address):
                ledger.feeds[address] = replace(feed, **fields)

    def see(self, address: str, links: Collection[str]) -> None:
        """Remembers that these addresses were taken from a feed."""
        with self._changing() as ledger:
            if feed := ledger.feeds.get(address):
                seen = tuple(dict.fromkeys((*feed.seen, *map(_digest, links))))
                ledger.feeds[address] = replace(feed, seen=seen[-_SEEN:])

    def unfollow(self, address: str, by: str | None = None) -> None:
        """Forgets a feed, for whoever added it; its articles stay. Raises LibraryError if it is not followed."""
        feed = self.feed(address)
        if by is not None and feed.by != by:
            raise LibraryError(f"{address} was added by somebody else; ask them to remove it.")
        with self._changing() as ledger:
            ledger.feeds.pop(address, None)

    def record(self, fetch: Fetch) -> None:
        """Remembers what was fetched."""
        with self._changing() as ledger:
            ledger.fetches = [*ledger.fetches, fetch][-_REMEMBERED:]

    def forget_but(self, sources: Collection[str]) -> None:
        """Forgets what was fetched except for these sources; feeds stay, and know removed articles by digest only."""
        if (self._folder / _LEDGER).exists():
            with self._changing() as ledger:
                ledger.fetches = [fetch for fetch in ledger.fetches if fetch.source in sources]

    def _read(self) -> _Ledger:
        with _plain_errors(self._folder):
            kept = read_json(self._folder / _LEDGER, {"feeds": [], "fetches": []})
        feeds = (Feed(**{**feed, "seen": tuple(feed["seen"])}) for feed in kept["feeds"])
        return _Ledger({feed.address: feed for feed in feeds}, [Fetch(**fetch) for fetch in kept["fetches"]])

    @contextlib.contextmanager
    def _changing(self) -> Iterator[_Ledger]:
        """Yields the ledger to be changed, alone among all processes."""
        with _plain_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            taken = f"Another process is changing the feeds of {self._data}; try again."
            with locked(self._data / _LOCK, taken, seconds=_LOCK_SECONDS):
                ledger = self._read()
                yield ledger
                feeds = [asdict(feed) for feed in ledger.feeds.values()]
                write_json(
                    self._folder / _LEDGER, {"feeds": feeds, "fetches": [asdict(fetch) for fetch in ledger.fetches]}
                )


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
