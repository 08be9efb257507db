"""Adds articles by their address, and follows feeds and sitemaps. Nothing is fetched that was not asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rag.core.errors import UnreadableFile
from rag.ingestion.encodings import decode
from rag.ingestion.feeds import MOST_LINKS, Listing, linked_feeds, listed_sitemaps, read_listing
from rag.ingestion.fetching import FetchedPage, Fetcher, Unreachable
from rag.ingestion.html import declared_encoding
from rag.library.web_pages import Feed, Fetch, Tell, WebPages, cut_title, now

TAKEN_AT_FIRST: Final = 20
"""Articles that are taken from a new feed, the newest ones; what is older counts as known."""
MOST_AT_ONCE: Final = 100
"""New articles that are taken at one refresh; the others wait for the next."""
MOST_SITEMAPS: Final = 10


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
    desk = _Desk(WebPages(data), fetcher, tell)
    try:
        page = fetcher.fetch(wish.address)
        found = _listing(page, fetcher, follows=wish.follows)
    except UnreadableFile as error:
        desk.say(Fetch(wish.address, now(), "failed", note=str(error)))
        return
    if found is None:
        desk.take(wish.address, page)
        return
    address, section, listing = found
    desk.begin(
        Feed(address, cut_title(listing.title), section, wish.every, wish.by, fetched=now()), listing, wish.limit
    )


def refresh(data: Path, fetcher: Fetcher, tell: Tell, addresses: Collection[str] | None = None) -> None:
    """Fetches the new articles of the feeds at these addresses; without any, of those whose interval is over."""
    pages = WebPages(data)
    desk = _Desk(pages, fetcher, tell)
    at = datetime.now(UTC)
    for feed in pages.feeds:
        if feed.address in addresses if addresses is not None else feed.is_due(at):
            desk.refresh(feed)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where fetched pages are kept, who fetches them, and who is told."""

    pages: WebPages
    fetcher: Fetcher
    tell: Tell

    def say(self, fetch: Fetch) -> None:
        """Remembers and tells what came of an address."""
        self.pages.record(fetch)
        self.tell(fetch)

    def begin(self, feed: Feed, listing: Listing, limit: int) -> None:
        """Follows a feed from now on and takes its newest articles; a feed that is followed already is taken anew."""
        newest, older = listing.links[:limit], listing.links[limit:]
        left = f"{len(older):,} older articles were left; take more with `--limit`." if older else None
        self.pages.follow(feed)
        self.pages.see(feed.address, older)
        self.say(Fetch(feed.address, now(), "feed", title=feed.title, note=left))
        self._take_all(feed, newest)

    def refresh(self, feed: Feed) -> None:
        """Takes what is new in a feed, and remembers why it could not be refreshed."""
        try:
            listing = _followed(feed, self.fetcher)
        except UnreadableFile as error:
            self.pages.change(feed.address, fetched=now(), trouble=str(error))
            self.say(Fetch(feed.address, now(), "failed", note=str(error)))
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
        self.say(replace(kept, address=address, feed=feed))
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
