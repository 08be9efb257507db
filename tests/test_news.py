"""Articles come by address and by feed, are kept as their page beside their text, and each of them once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.core import Article
from rag.core.errors import LibraryError
from rag.core.settings import Settings
from rag.feed_refresher import Wish, add, refresh
from rag.ingestion.fetching import Fetcher
from rag.library.source_status import SourceList, changes_of_files
from rag.library.store import Store
from rag.library.sync import sync_uploads
from rag.library.upkeep import backup, purge, restore
from rag.library.uploads import Feed, Fetch, Uploads, WebPages, fetched_on
from tests.awkward_web import SAID, Answer, AwkwardWeb, article, awkward_web, packed, rss
from tests.library_parts import WordEmbedder
from tests.processes import assert_one_sentence, onrecord


@dataclass
class Desk:
    """A library and the web beside it."""

    web: AwkwardWeb
    data: Path
    told: list[Fetch] = field(default_factory=list)

    @property
    def pages(self) -> WebPages:
        return WebPages(self.data)

    def add(self, address: str, **wish: object) -> list[Fetch]:
        """Adds an address and returns what was told."""
        self.told = []
        add(self.data, replace(Wish(address), **wish), Fetcher(["127.0.0.1"], pause=0), self.told.append)  # type: ignore[arg-type]
        return self.told

    def refresh(self, *addresses: str) -> list[Fetch]:
        """Refreshes feeds, by default those that are due."""
        self.told = []
        refresh(self.data, Fetcher(["127.0.0.1"], pause=0), self.told.append, addresses or None)
        return self.told

    def read(self) -> dict[str, Article]:
        """Indexes what was fetched and returns all articles."""
        store = Store.create(self.data)
        report = sync_uploads(store, embedder=WordEmbedder(), settings=Settings(data=self.data))
        assert not report.failed
        with store.reading() as view:
            articles = view.articles(view.sources())
        store.close()
        return articles


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with awkward_web() as web:
        yield Desk(web, tmp_path / "data")


def states(told: list[Fetch]) -> list[str]:
    return [fetch.state for fetch in told]


def test_an_article_is_kept_with_its_page_its_address_and_its_date(desk: Desk) -> None:
    address = desk.web.put("/news/1.html?utm_source=x", article())
    (fetch,) = desk.add(address)
    assert (fetch.state, fetch.title, fetch.published) == ("added", "Harbour opens again", "2024-03-12")
    ((source, read),) = desk.read().items()
    assert source == fetch.source
    assert source.startswith("uploads/web/127.0.0.1-")
    assert (read.url, read.published, read.title) == (address, "2024-03-12", "Harbour opens again")
    start = read.text.index(SAID)
    assert read.text[start : start + len(SAID)] == SAID
    kept = desk.data / source
    assert article() in kept.read_bytes()
    store = Store.open(desk.data)
    (status,) = SourceList(store).standing()
    store.close()
    assert status.fetched == fetched_on(kept)
    at = status.fetched
    assert at is not None
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert changes_of_files([read], None, desk.data) == {}


def test_an_article_fetched_twice_is_updated_and_a_page_passes_itself_off_as_no_other(desk: Desk) -> None:
    canonical = f'<link rel="canonical" href="{desk.web.address}/news/1">'
    desk.web.put("/news/1", article(head=canonical))
    desk.web.put("/amp/1?ref=feed", article(head=canonical + "<!-- another nonce -->"))
    (first,) = desk.add(f"{desk.web.address}/news/1")
    before = (desk.data / str(first.source)).read_bytes()
    assert states(desk.add(f"{desk.web.address}/amp/1?ref=feed")) == ["unchanged"]
    assert (desk.data / str(first.source)).read_bytes() == before
    desk.web.put("/news/1", article("Harbour opens late", head=canonical))
    (third,) = desk.add(f"{desk.web.address}/news/1")
    assert (third.state, third.source) == ("updated", first.source)
    ((_, read),) = desk.read().items()
    assert read.title == "Harbour opens late"
    elsewhere = '<link rel="canonical" href="https://example.org/original">'
    (fetch,) = desk.add(desk.web.put("/copy", article(head=elsewhere)))
    assert "names example.org as its original" in str(fetch.note)
    assert desk.read()[str(fetch.source)].url == f"{desk.web.address}/copy"


def test_awkward_pages_are_read_or_say_why_not(desk: Desk) -> None:
    russian = article(words="“Гавань откроется,” сказала мэр.").decode()
    desk.web.put("/1251", russian.encode("cp1251"), "text/html; charset=windows-1251")
    desk.web.put(
        "/liar", article(words="“Señor,” Ada Lund said.", head='<meta charset="utf-8">'), "text/html; charset=koi8-r"
    )
    desk.web.answers["/gz"] = Answer(packed(article("Packed")), headers={"Content-Encoding": "gzip"})
    desk.web.put("/marks", b"\xff\xfe" + article("Wide").decode().encode("utf-16-le"))
    for path, words in (("/1251", "Гавань откроется"), ("/liar", "Señor"), ("/gz", SAID), ("/marks", SAID)):
        (fetch,) = desk.add(f"{desk.web.address}{path}")
        assert words in desk.read()[str(fetch.source)].text, path
    login = b"<html><body><p>Please log in to read on.</p><form><input type=password></form></body></html>"
    paid = article(head='<script type="application/ld+json">{"isAccessibleForFree": false}</script>')
    for content, kind, words in (
        (login, "text/html", "login"),
        (b"%PDF-1.7", "application/pdf", "is no web page but application/pdf"),
        (
            b"<html><body><nav><a href=/>Home</a></nav><footer>All rights</footer></body></html>",
            "text/html",
            "has no main text",
        ),
        (b"", "text/html", "is empty"),
    ):
        (fetch,) = desk.add(desk.web.put("/x", content, kind))
        assert fetch.state == "failed", content
        assert words in str(fetch.note), content
    (fetch,) = desk.add(desk.web.put("/paid", paid))
    assert fetch.state == "added"
    assert "not free to read" in str(fetch.note)
    assert len(list((desk.data / "uploads/web").rglob("*.html"))) == 5


def test_a_feed_is_followed_its_newest_articles_come_and_later_only_new_ones(desk: Desk) -> None:
    for name in ("a", "b", "c", "d"):
        desk.web.put(f"/world/{name}", article(f"Title {name}"))
    feed = desk.web.put("/world/feed.xml", rss("a", "/world/b", "c"), "application/rss+xml")
    told = desk.add(feed, limit=2)
    assert states(told) == ["feed", "added", "added"]
    assert (told[0].title, told[0].note) == ("Portavia News", "1 older articles were left; take more with `--limit`.")
    assert [fetch.title for fetch in told[1:]] == ["Title a", "Title b"]
    assert states(desk.refresh(feed)) == []
    desk.web.put("/world/feed.xml", rss("d", "missing", "a", "b", "c"), "application/rss+xml")
    assert states(desk.refresh(feed)) == ["added", "failed"]
    desk.web.asked.clear()
    assert states(desk.refresh(feed)) == []  # what is not there is not asked for again
    assert desk.web.asked == ["/robots.txt", "/world/feed.xml"]
    assert len(desk.read()) == 3


def test_what_could_not_be_had_is_tried_again_and_a_dead_feed_says_so(desk: Desk) -> None:
    desk.web.answers["/a"] = Answer(status=503)
    feed = desk.web.put("/feed", rss("/a"), "text/xml")
    assert states(desk.add(feed)) == ["feed", "failed"]
    desk.web.put("/a", article())
    assert states(desk.refresh(feed)) == ["added"]
    desk.web.put("/feed", article())
    desk.refresh(feed)
    assert "no feed and no sitemap any more" in str(desk.pages.feed(feed).trouble)


def test_a_section_is_followed_by_the_feed_of_its_page_or_by_the_sitemap(desk: Desk) -> None:
    web = desk.web
    web.put("/world/a", article("World"))
    web.put("/sport/b", article("Sport"))
    urls = "".join(f"<url><loc>{web.address}{path}</loc></url>" for path in ("/world/a", "/sport/b", "/world/"))
    web.put("/s.xml.gz", packed(f"<urlset>{urls}</urlset>".encode()), "application/gzip")
    web.put("/map", f"<sitemapindex><sitemap><loc>{web.address}/s.xml.gz</loc></sitemap></sitemapindex>".encode())
    web.robots = Answer(f"User-agent: *\nSitemap: {web.address}/map".encode(), "text/plain")
    section = web.put("/world/", article("World news, all of it"))
    assert [fetch.title for fetch in desk.add(section, follows=True)[1:]] == ["World"]
    linked = '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
    web.put("/rss.xml", rss("/sport/b"))
    front = web.put("/front/", article(head=linked))
    assert [fetch.title for fetch in desk.add(front, follows=True)[1:]] == ["Sport"]
    web.robots = None
    (fetch,) = desk.add(web.put("/bare/", article()), follows=True)
    assert "names no feed" in str(fetch.note)


def test_a_feed_is_due_by_the_interval_set_and_nobody_unfollows_anothers(desk: Desk) -> None:
    feed = desk.web.put("/feed", rss())
    desk.add(feed, by="ada")
    with pytest.raises(LibraryError, match="somebody else"):
        desk.pages.unfollow(feed, "bo")
    desk.pages.unfollow(feed, "ada")
    assert desk.pages.feeds == ()
    at = datetime(2024, 3, 12, 12, tzinfo=UTC)
    kept = Feed("https://example.org/feed", fetched="2024-03-12T10:30:00+00:00")
    assert [replace(kept, every=every).is_due(at) for every in (None, 1, 2)] == [False, True, False]


def test_backup_restore_remove_and_purge_know_what_was_fetched(desk: Desk, tmp_path: Path) -> None:
    feed = desk.web.put("/feed", rss("/a", "/b"))
    desk.web.put("/a", article("First"))
    desk.web.put("/b", article("Second"))
    _, first, second = desk.add(feed)
    desk.read()
    store = Store.open(desk.data)
    backup(store, tmp_path / "all.zip")
    restore(tmp_path / "all.zip", tmp_path / "again")
    assert WebPages(tmp_path / "again").feed(feed).title == "Portavia News"
    assert (tmp_path / "again" / str(first.source)).is_file()
    Uploads(store).remove(str(second.source))
    assert list(desk.read()) == [first.source]
    purge(store)
    store.close()
    traces = [path for path in desk.data.rglob("*") if path.is_file() and b"Second" in path.read_bytes()]
    assert traces == []
    assert states(desk.refresh(feed)) == []  # what was removed does not come back


def test_the_commands_add_list_refresh_and_remove(desk: Desk) -> None:
    feed = desk.web.put("/feed", rss("/a"))
    desk.web.put("/a", article())
    refused = onrecord("add", feed, "--data", desk.data)
    assert refused.code == 1
    assert "private network" in refused.stderr
    done = onrecord(
        "add", feed, f"{desk.web.address}/gone", "--every", "6", "--data", desk.data, ONRECORD_FETCH_HOSTS="127.0.0.1"
    )
    assert done.code == 0, done.stderr
    assert "Harbour opens again" in done.stdout
    assert "/gone: it is not there (404)" in done.stderr
    (listed,) = onrecord("feeds", "--json", "--data", desk.data).lines
    assert (listed["address"], listed["every"], listed["seen"]) == (feed, 6, 1)
    source = desk.pages.fetches[1].source
    assert SAID in onrecord("text", str(source), "--data", desk.data).stdout
    desk.web.put("/feed", rss("/b", "/a"))
    desk.web.put("/b", article("Another"))
    assert "Another" in onrecord("feeds", "--refresh", "--data", desk.data, ONRECORD_FETCH_HOSTS="127.0.0.1").stdout
    assert onrecord("feeds", "--every", "0", "--feed", feed, "--data", desk.data).code == 0
    assert desk.pages.feed(feed).every is None
    assert onrecord("feeds", "--remove", feed, "--data", desk.data).code == 0
    assert_one_sentence(onrecord("feeds", "--remove", feed, "--data", desk.data), 1, "No feed", "onrecord feeds")
