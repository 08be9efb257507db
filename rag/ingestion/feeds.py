"""Reads what lists articles on the web: feeds (RSS, Atom, JSON), sitemaps, and the links of a page to them."""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree  # type: ignore[import-untyped]

from rag.core.errors import UnreadableFile
from rag.ingestion.catalogue import is_web_address
from rag.ingestion.fetching import MOST_FETCHED

ListingKind = Literal["feed", "sitemap", "sitemaps"]
"""A feed of articles, a sitemap of them, or a sitemap that lists other sitemaps."""

MOST_LINKS: Final = 10_000
"""Links of one listing that are looked at."""

_KINDS: Final[dict[str, ListingKind]] = {
    "rss": "feed",
    "RDF": "feed",
    "feed": "feed",
    "urlset": "sitemap",
    "sitemapindex": "sitemaps",
}
_ENTRIES: Final = frozenset({"item", "entry", "url", "sitemap"})
_DATES: Final = ("published", "pubDate", "date", "publication_date", "lastmod", "updated")
_GZIP: Final = b"\x1f\x8b"
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

_Element = Any
"""An element of lxml, which has no types."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The absolute addresses that a feed or sitemap lists, each once, the newest first as far as it gives dates."""

    kind: ListingKind
    title: str | None
    links: tuple[str, ...]


def read_listing(content: bytes, address: str) -> Listing | None:
    """Reads a feed or a sitemap, packed or not, that was fetched from `address`; None if it is neither.

    Raises UnreadableFile for one that unpacks to too much. No entity is resolved and nothing else is loaded.
    """
    content = _unpacked(content).lstrip()
    if content.startswith(b"{"):
        return _json_feed(content, address)
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    kind = _KINDS.get(_name(root)) if root is not None else None
    if kind is None:
        return None
    entries = [element for element in root.iter("{*}*") if _name(element) in _ENTRIES][:MOST_LINKS]
    dated = [(_date(entry), link) for entry in entries if (link := _link(entry, kind))]
    dated.sort(key=lambda pair: pair[0], reverse=True)  # stable: without dates they stay as they are listed
    heads = (_text(element) for element in root.iter("{*}title"))
    title = next((head for head in heads if head), None) if kind == "feed" else None
    return Listing(kind, title, _absolute([link for _, link in dated], address))


def linked_feeds(html: str, address: str) -> list[str]:
    """Returns the feeds that a page links to, as trafilatura finds them."""
    from trafilatura.feeds import FeedParameters, determine_feed

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    parts = urlsplit(address)
    return list(determine_feed(html, FeedParameters(address, parts.hostname or "", address, external=True)))


def listed_sitemaps(robots: str, address: str) -> list[str]:
    """Returns the sitemaps that the robots.txt of a site names, as trafilatura finds them."""
    from trafilatura.sitemaps import extract_robots_sitemaps

    return list(extract_robots_sitemaps(robots, urljoin(address, "/")))


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(_GZIP):
        return content
    unpacking = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacking.decompress(content, MOST_FETCHED + 1)
    except zlib.error as error:
        raise UnreadableFile("is packed (gzip) and broken") from error
    if len(unpacked) > MOST_FETCHED:
        raise UnreadableFile(f"unpacks to more than {MOST_FETCHED // 1_000_000} MB; give a smaller part of it")
    return unpacked


def _json_feed(content: bytes, address: str) -> Listing | None:
    try:
        feed = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(feed, dict) or "jsonfeed.org" not in str(feed.get("version")):
        return None
    items = feed.get("items")
    links = [
        link
        for item in (items if isinstance(items, list) else [])[:MOST_LINKS]
        if isinstance(item, dict) and isinstance(link := item.get("url") or item.get("id"), str)
    ]
    title = feed.get("title")
    return Listing("feed", title if isinstance(title, str) else None, _absolute(links, address))


def _absolute(links: list[str], address: str) -> tuple[str, ...]:
    """Returns the links as absolute web addresses without fragments, each once, without the listing's own."""
    found: dict[str, None] = {}
    for link in links:
        try:
            absolute = urldefrag(urljoin(address, link))[0]
        except ValueError:
            continue
        if is_web_address(absolute) and absolute != address:
            found.setdefault(absolute)
    return tuple(found)


def _link(entry: _Element, kind: ListingKind) -> str | None:
    if kind != "feed":
        return next((_text(part) for part in entry if _name(part) == "loc"), None)
    return next(_feed_links(entry), None)


def _feed_links(entry: _Element) -> Iterator[str]:
    """Yields the addresses of an entry, its page first: `<link>` in RSS, `<link href>` in Atom, a lasting `<guid>`."""
    links = [part for part in entry if _name(part) == "link"]
    pages = [part for part in links if part.get("rel", "alternate") == "alternate"]
    for part in pages:
        base = part.base or ""
        if target := (part.get("href") or _text(part)).strip():
            yield urljoin(base, target) if is_web_address(base) else target
    for part in entry:
        if _name(part) == "guid" and part.get("isPermaLink") != "false" and is_web_address(_text(part)):
            yield _text(part)


def _date(entry: _Element) -> datetime:
    """Returns when an entry says that it came out; long ago if it does not."""
    texts = {_name(part): _text(part) for part in reversed(list(entry.iter("{*}*")))}
    for name in _DATES:
        if written := texts.get(name):
            for parse in (datetime.fromisoformat, parsedate_to_datetime):
                try:
                    day = parse(written)
                    return day if day.tzinfo else day.replace(tzinfo=UTC)
                except (ValueError, TypeError, OverflowError):
                    continue
    return _LONG_AGO


def _name(element: _Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _text(element: _Element) -> str:
    return " ".join("".join(element.itertext()).split())
