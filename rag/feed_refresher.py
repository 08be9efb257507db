"""Adds articles by their address, and follows feeds and sitemaps: at once, or for a served library in the background.

Nothing is fetched that was not asked for. What is kept lies among the uploads and is indexed from there.
`python -m rag.feed_refresher DATA` is the process that fetches for a served library. It reads its order as JSON from
stdin, and prints what came of each address as a JSON line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition, Thread
from typing import Any, Final

from rag.core.errors import LibraryError, OnrecordError, UnreadableFile
from rag.core.settings import Settings
from rag.ingestion.encodings import decode
from rag.ingestion.feeds import MOST_LINKS, Listing, linked_feeds, listed_sitemaps, read_listing
from rag.ingestion.fetching import FetchedPage, Fetcher, Unreachable
from rag.ingestion.html import declared_encoding
from rag.library.uploads import Feed, Fetch, Uploads, WebPages, cut_title, now

TAKEN_AT_FIRST: Final = 20
"""Articles that are taken from a new feed, the newest ones; what is older counts as known."""
MOST_AT_ONCE: Final = 100
"""New articles that are taken at one refresh; the others wait for the next."""
MOST_SITEMAPS: Final = 10
LOOK_EVERY: Final = 60.0
"""Seconds between two looks at which feeds are due."""
MOST_WAITING: Final = 50
"""Addresses that may wait to be fetched."""

Tell = Callable[[Fetch], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of an address. `follows`: what it lists is wanted, not the page itself."""

    address: str
    follows: bool = False
    every: int | None = None
    limit: int = TAKEN_AT_FIRST
    by: str | None = None


def add(data: Path, wish: Wish, fetcher: Fetcher, tell: Tell) -> None:
    """Fetches an article, or follows the feed or sitemap at an address and fetches its newest articles.

    Whatever comes of an address is told and remembered; a failure is told like all else.
    """
    reader = _FeedReader(WebPages(data), fetcher, tell)
    try:
        page = fetcher.fetch(wish.address)
        found = _listing(page, fetcher, follows=wish.follows)
    except UnreadableFile as error:
        reader.record(Fetch(wish.address, now(), "failed", note=str(error)))
        return
    if found is None:
        reader.take(wish.address, page)
        return
    address, section, listing = found
    reader.begin(
        Feed(address, cut_title(listing.title), section, wish.every, wish.by, fetched=now()), listing, wish.limit
    )


def refresh(data: Path, fetcher: Fetcher, tell: Tell, addresses: Collection[str] | None = None) -> None:
    """Fetches the new articles of the feeds at these addresses; without any, of those whose interval is over."""
    pages = WebPages(data)
    reader = _FeedReader(pages, fetcher, tell)
    at = datetime.now(UTC)
    for feed in pages.feeds:
        if feed.address in addresses if addresses is not None else feed.is_due(at):
            reader.refresh(feed)


@dataclass(frozen=True, slots=True)
class _FeedReader:
    """Takes articles from addresses and feeds; `tell` is called with what came of each, as soon as it is known."""

    pages: WebPages
    fetcher: Fetcher
    tell: Tell

    def record(self, fetch: Fetch) -> None:
        """Remembers and tells what came of an address."""
        self.pages.record(fetch)
        self.tell(fetch)

    def begin(self, feed: Feed, listing: Listing, limit: int) -> None:
        """Follows a feed from now on and takes its newest articles; a feed that is followed already is taken anew."""
        newest, older = listing.links[:limit], listing.links[limit:]
        left = f"{len(older):,} older articles were left; take more with `--limit`." if older else None
        self.pages.follow(feed)
        self.pages.see(feed.address, older)
        self.record(Fetch(feed.address, now(), "feed", title=feed.title, note=left))
        self._take_all(feed, newest)

    def refresh(self, feed: Feed) -> None:
        """Takes what is new in a feed, and remembers why it could not be refreshed."""
        try:
            listing = _followed(feed, self.fetcher)
        except UnreadableFile as error:
            self.pages.change(feed.address, fetched=now(), trouble=str(error))
            self.record(Fetch(feed.address, now(), "failed", note=str(error)))
            return
        self.pages.change(feed.address, fetched=now(), trouble=None)
        self._take_all(feed, [link for link in listing.links if not feed.has_seen(link)][:MOST_AT_ONCE])

    def _take_all(self, feed: Feed, links: Iterable[str]) -> None:
        for link in links:
            if self.take(link, feed=feed.address):
                self.pages.see(feed.address, [link])

    def take(self, address: str, page: FetchedPage | None = None, feed: str | None = None) -> bool:
        """Keeps the article at an address; returns whether that is settled, for better or worse."""
        settled = True
        try:
            kept = self.pages.keep(page or self.fetcher.fetch(address))
        except UnreadableFile as error:
            settled = not isinstance(error, Unreachable)
            kept = Fetch(address, now(), "failed", note=str(error))
        self.record(replace(kept, address=address, feed=feed))
        return settled


def _listing(page: FetchedPage, fetcher: Fetcher, *, follows: bool) -> tuple[str, str | None, Listing] | None:
    """Returns the address of a listing, the section of it that is wanted, and itself; None if the page is an article.

    A page that is to be followed names its feeds, or its site names sitemaps, of which its section is taken. Raises
    UnreadableFile if it does neither.
    """
    own = read_listing(page.content, page.address)
    if own:
        return page.address, None, _opened(own, fetcher, None)
    if not follows:
        return None
    html = decode(page.content, page.charset or declared_encoding(page.content)).text
    for address in linked_feeds(html, page.address):
        fed = _tried(address, fetcher)
        if fed and fed.links:
            return address, None, fed
    for address in listed_sitemaps(fetcher.robots_text(page.address), page.address):
        mapped = _tried(address, fetcher)
        opened = _opened(mapped, fetcher, page.address) if mapped else None
        if opened and opened.links:
            return address, page.address, opened
    raise UnreadableFile("names no feed, and no sitemap lists its section; give the address of a feed or an article")


def _followed(feed: Feed, fetcher: Fetcher) -> Listing:
    page = fetcher.fetch(feed.address)
    listing = read_listing(page.content, page.address)
    if listing is None:
        raise UnreadableFile("is no feed and no sitemap any more; open it in your browser to see what it is")
    return _opened(listing, fetcher, feed.section)


def _tried(address: str, fetcher: Fetcher) -> Listing | None:
    try:
        page = fetcher.fetch(address)
        return read_listing(page.content, page.address)
    except UnreadableFile:
        return None


def _opened(listing: Listing, fetcher: Fetcher, section: str | None) -> Listing:
    """Returns the articles that a listing leads to, also through other sitemaps; only those of a section, if any."""
    links = list(listing.links)
    if listing.kind == "sitemaps":
        nested = (_tried(address, fetcher) for address in listing.links[:MOST_SITEMAPS])
        links = [link for found in nested if found and found.kind == "sitemap" for link in found.links]
    if section:
        links = [link for link in links if link.startswith(section) and link != section]
    return replace(listing, links=tuple(dict.fromkeys(links))[:MOST_LINKS])


@dataclass(frozen=True, slots=True)
class FeedNews:
    """The state of fetching: what is followed, what was fetched lately (newest first), what is being fetched."""

    feeds: tuple[Feed, ...]
    fetches: tuple[Fetch, ...]
    waiting: int
    trouble: str | None

    @property
    def busy(self) -> bool:
        """Whether something is being fetched or waits for it."""
        return self.waiting > 0


class FeedRefresher:
    """Fetches one order after the other, in the background. Thread-safe. `on_new` is called when articles have come."""

    def __init__(self, data: Path, uploads: Uploads, on_new: Callable[[], None]) -> None:
        self._data = data
        self._pages = WebPages(data)
        self._uploads = uploads
        self._on_new = on_new
        self._changed = Condition()
        self._orders: deque[dict[str, Any]] = deque()
        self._child: subprocess.Popen[str] | None = None
        self._working = self._closed = False
        self._trouble: str | None = None
        self._thread = Thread(target=self._work, name="feeds", daemon=True)

    def start(self) -> None:
        """Starts working, and refreshing what is due."""
        self._thread.start()

    def close(self) -> None:
        """Stops; what was fetched stays."""
        with self._changed:
            self._closed = True
            if self._child:
                self._child.terminate()
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def fetch(self, wish: Wish) -> None:
        """Has an address fetched. Raises LibraryError if too many wait."""
        self._order({"add": asdict(wish)})

    def refresh(self, address: str | None = None) -> None:
        """Has one feed refreshed, or all."""
        feeds = [self._pages.feed(address)] if address else self._pages.feeds
        self._order({"refresh": [feed.address for feed in feeds]})

    def set_interval(self, address: str, hours: int | None) -> None:
        """Sets after how many hours a feed is refreshed; None for only when asked."""
        self._pages.feed(address)
        self._pages.change(address, every=hours)

    def unfollow(self, address: str, by: str | None = None) -> None:
        """Forgets a feed; its articles stay."""
        self._pages.unfollow(address, by)

    def news(self) -> FeedNews:
        """Returns the current state."""
        with self._changed:
            waiting, trouble = len(self._orders) + self._working, self._trouble
        return FeedNews(self._pages.feeds, self._pages.fetches, waiting, trouble)

    def _order(self, order: dict[str, Any]) -> None:
        with self._changed:
            if len(self._orders) >= MOST_WAITING:
                raise LibraryError(f"{MOST_WAITING} addresses wait to be fetched already; add more when they are in.")
            self._orders.append(order)
            self._changed.notify_all()

    def _work(self) -> None:
        while (order := self._next()) is not None:
            try:
                self._carry_out(order)
                trouble = None
            except (OnrecordError, OSError, ValueError) as error:
                trouble = str(error)
            with self._changed:
                self._child, self._working, self._trouble = None, False, trouble

    def _next(self) -> dict[str, Any] | None:
        """Waits for the next order, or for feeds that are due; None at the end."""
        while True:
            with self._changed:
                if self._orders and not self._closed:
                    self._working = True
                    return self._orders.popleft()
                if self._closed:
                    return None
            due = self._due()
            with self._changed:
                if due and not self._closed:
                    self._working = True
                    return {"refresh": due}
                self._changed.wait_for(lambda: self._orders or self._closed, timeout=LOOK_EVERY)

    def _due(self) -> list[str]:
        at = datetime.now(UTC)
        with suppress(OnrecordError):
            return [feed.address for feed in self._pages.feeds if feed.is_due(at)]
        return []

    def _carry_out(self, order: dict[str, Any]) -> None:
        with self._changed:
            if self._closed:
                return
            self._child = subprocess.Popen(  # noqa: S603 - this Python, this module, and a library of our own
                [sys.executable, "-m", "rag.feed_refresher", str(self._data)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        by, came = order.get("add", {}).get("by"), False
        with self._child as child:
            if child.stdin:
                child.stdin.write(json.dumps(order))
                child.stdin.close()
            for line in child.stdout or ():
                fetch = Fetch(**json.loads(line))
                came = came or fetch.state in {"added", "updated"}
                self._claim(fetch, by)
        if child.returncode and not self._closed:
            raise LibraryError("Fetching broke off; try again, or use `onrecord add`, which may say why.")
        if came:
            self._on_new()

    def _claim(self, fetch: Fetch, by: str | None) -> None:
        """Makes a new article that of whoever asked for it, or follows its feed."""
        owner = by
        if fetch.feed:
            with suppress(LibraryError):
                owner = self._pages.feed(fetch.feed).by
        if fetch.state == "added" and fetch.source and owner:
            self._uploads.claim(fetch.source, owner)


def _main(data: Path, order: dict[str, Any]) -> None:
    fetcher = Fetcher(Settings.from_environment(data=data).fetch_hosts or ())
    if "add" in order:
        add(data, Wish(**order["add"]), fetcher, _emit)
    else:
        refresh(data, fetcher, _emit, order["refresh"])


def _emit(fetch: Fetch) -> None:
    sys.stdout.write(json.dumps(asdict(fetch)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), json.loads(sys.stdin.read()))
