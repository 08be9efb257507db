"""Feeds and sitemaps of every kind become absolute addresses, the newest first; a page is neither."""

import pytest

from rag.core.errors import UnreadableFile
from rag.ingestion import feeds
from rag.ingestion.feeds import linked_feeds, listed_sitemaps, read_listing
from tests.awkward_web import article, packed, rss

AT = "https://example.org/world/feed.xml"
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/deep/"><title>A</title>
<link rel="self" href="https://example.org/world/feed.xml"/><link href="https://example.org/"/>
<entry><title>o</title><link rel="replies" href="/c"/><link href="old?a=1&amp;b=2#top"/>
<updated>2024-03-01T00:00:00Z</updated></entry>
<entry><title>n</title><link rel="alternate" type="text/html" href="/new"/>
<published>2024-03-09T00:00:00Z</published></entry>
</feed>"""
SITEMAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://example.org/a</loc><lastmod>2024-01-01</lastmod></url>
<url><loc>https://example.org/b</loc>
<n:news><n:publication_date>2024-02-01T10:00:00+02:00</n:publication_date></n:news></url>
</urlset>"""
INDEX = "<sitemapindex><sitemap><loc>https://example.org/s1.xml.gz</loc></sitemap></sitemapindex>"
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel><title>R</title><link>https://example.org</link></channel><item><link>../a</link></item></rdf:RDF>"""
JSON = (
    '{"version": "https://jsonfeed.org/version/1", "title": "J", "items": [{"id": "1", "url": "/a"}, {"id": "x:y"}, 3]}'
)


def test_each_kind_gives_its_articles_and_pages_and_robots_txt_name_theirs() -> None:
    for content, kind, title, links in (
        (rss("a", "/b", "a"), "feed", "Portavia News", ("https://example.org/world/a", "https://example.org/b")),
        (ATOM.encode(), "feed", "A", ("https://example.org/new", "https://example.org/deep/old?a=1&b=2")),
        (RDF.encode(), "feed", "R", ("https://example.org/a",)),
        (JSON.encode(), "feed", "J", ("https://example.org/a",)),
        (SITEMAP.encode(), "sitemap", None, ("https://example.org/b", "https://example.org/a")),
        (packed(INDEX.encode()), "sitemaps", None, ("https://example.org/s1.xml.gz",)),
    ):
        listing = read_listing(content, AT)
        assert listing is not None, content
        assert (listing.kind, listing.title, listing.links) == (kind, title, links), content
    page = article(head='<link rel="alternate" type="application/rss+xml" href="/rss.xml">').decode()
    assert linked_feeds(page, "https://example.org/world/") == ["https://example.org/rss.xml"]
    robots = "User-agent: *\nSitemap: /s.xml\nsitemap: https://example.org/t.xml # news\n"
    assert listed_sitemaps(robots, AT) == ["https://example.org/s.xml", "https://example.org/t.xml"]


def test_what_is_no_listing_is_none_and_broken_or_hostile_ones_give_no_more_than_they_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = rss("/a", "/b").replace(b"</channel></rss>", b"").replace(b"<title>n", b"<title>R & D n")
    assert len(getattr(read_listing(broken, AT), "links", ())) == 2
    entities = (
        '<!DOCTYPE rss [<!ENTITY a "x"><!ENTITY f SYSTEM "file:///etc/passwd">'
        + "".join(f'<!ENTITY a{n} "{"&a" + str(n - 1) * (n > 0) + ";" * 1}{"&a;" * 9}">' for n in range(1, 9))
        + "]>"
    )
    hostile = read_listing(rss("/a", "/&f;", "/&a8;", "javascript:alert(1)", "//[bad", more=entities), AT)
    assert hostile is not None
    assert all(len(link) < 60 and "root" not in link for link in hostile.links)
    assert "https://example.org/a" in hostile.links
    for content in (article(), b"", b"plain words", b"{}", b'{"version": 3}', b"[1]", b"\xff\xfe\x00", b"<svg/>"):
        assert read_listing(content, AT) is None, content
    monkeypatch.setattr(feeds, "MOST_FETCHED", 100_000)
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        read_listing(packed(b" " * 200_000), AT)
