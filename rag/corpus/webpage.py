"""The main text and the details of a saved web page, by trafilatura. Knows nothing of files, and guesses no date."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from rag.corpus.catalogue import is_web_address
from rag.corpus.dates import iso_date
from rag.corpus.markup import EXTRACTOR, clean, headings, keep_captions
from rag.errors import UnreadableFile

_DECLARED = re.compile(rb"<(?:meta[^>]*charset|\?xml[^>]*encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_NO_MARKUP = re.compile(r"<(script|style|svg)\b.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_MOST_MARKUP = 1_000_000
"""Real article pages stay under 250,000 characters; extraction takes some 6 seconds for each million."""
_PUBLISHED_META: Final = frozenset(
    {
        "article:published_time",
        "og:article:published_time",
        "og:published_time",
        "datepublished",
        "parsely-pub-date",
        "sailthru.date",
        "pubdate",
        "publish-date",
        "publish_date",
        "dc.date.issued",
        "dcterms.issued",
    }
)
"""Names of `<meta>` that mean the article's own day of publication, in lower case; not "date", which may be any day."""
_ARTICLE_TYPES: Final = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|Report)$")
"""schema.org's Article and its kinds (NewsArticle, ReportageNewsArticle, …)."""


@dataclass(frozen=True, slots=True)
class Page:
    """A web page's main text, and what its metadata say, unchecked."""

    text: str
    extractor: str
    fields: dict[str, str | None]
    headings: frozenset[str] = frozenset()
    captions: frozenset[str] = frozenset()


def declared_encoding(content: bytes) -> str | None:
    """The encoding that the page itself declares near its start."""
    match = _DECLARED.search(content[:4096])
    return match[1].decode("ascii") if match else None


def extract(html: str) -> Page:
    """The main text of a page. Raises UnreadableFile if there is none, or too much to look for it."""
    import trafilatura
    from trafilatura.metadata import extract_metadata

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it finds wrong is said by the error below
    if len(_NO_MARKUP.sub("", html)) > _MOST_MARKUP:
        raise UnreadableFile(f"is a page of more than {_MOST_MARKUP:,} characters of markup; save its text as .txt")
    tree = trafilatura.load_html(html)
    if tree is None:
        raise UnreadableFile("is not HTML; save plain text as .txt")
    published = _published(tree)
    clean(tree)
    captions = keep_captions(tree)
    text = trafilatura.extract(tree, include_comments=False)
    if not text:
        raise UnreadableFile("has no main text that can be told from its menus; save the article's text as .txt")
    # Its own dates are guesses (any day on the page will do), so the quickest setting is good enough.
    found = extract_metadata(tree, date_config={"extensive_search": False, "original_date": True})
    fields = {
        "title": found.title,
        "outlet": found.sitename,
        "published": published,
        "url": found.url if found.url and is_web_address(found.url) else None,
        "author": found.author,
    }
    return Page(text, f"trafilatura {trafilatura.__version__}, {EXTRACTOR}", fields, headings(tree), captions)


def _published(tree: Any) -> str | None:  # noqa: ANN401 (lxml comes without types)
    """The day that the page's metadata state as that of publication; None unless they state exactly one.

    Meta tags are believed before JSON-LD, and both before `<time>`: a list of other articles may carry the latter two.
    """
    for statements in (_meta_dates(tree), _linked_dates(tree), _time_dates(tree)):
        days = {day for value in statements if (day := iso_date(value))}
        if days:
            return days.pop() if len(days) == 1 else None
    return None


def _meta_dates(tree: Any) -> Iterator[str]:  # noqa: ANN401 (lxml comes without types)
    for meta in tree.iterfind(".//meta[@content]"):
        names = {(meta.get(name) or "").lower() for name in ("property", "name", "itemprop")}
        if names & _PUBLISHED_META:
            yield meta.get("content")


def _linked_dates(tree: Any) -> Iterator[str]:  # noqa: ANN401 (lxml comes without types)
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            graph = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue  # a page's broken metadata say nothing
        yield from _article_dates(graph)


def _article_dates(node: object) -> Iterator[str]:
    """Dates of articles at the top of JSON-LD or in its @graph; not of those listed inside another thing."""
    if isinstance(node, list):
        for item in node:
            yield from _article_dates(item)
    elif isinstance(node, dict):
        kinds = node.get("@type")
        published = node.get("datePublished")
        names = kinds if isinstance(kinds, list) else [kinds]
        if isinstance(published, str) and any(_ARTICLE_TYPES.match(str(name)) for name in names):
            yield published
        if "@graph" in node:
            yield from _article_dates(node["@graph"])


def _time_dates(tree: Any) -> Iterator[str]:  # noqa: ANN401 (lxml comes without types)
    for time in tree.iterfind(".//time[@datetime]"):
        if "pubdate" in time.attrib or (time.get("itemprop") or "").lower() == "datepublished":
            yield time.get("datetime")
