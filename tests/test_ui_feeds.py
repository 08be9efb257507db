"""Addresses over HTTP: they are fetched in a process beside, shown with what came of them, and followed if wanted."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from rag.core.errors import OnrecordError
from rag.feed_refresher import FeedRefresher
from rag.library.store import Store
from rag.library.uploads import Feed, Fetch, Uploads, WebPages
from tests.awkward_web import AwkwardWeb, article, awkward_web, rss
from tests.markup import Markup
from tests.test_ui_uploads import LoggedIn
from ui.middleware import Safety
from ui.routes import add_feeds
from ui.views.sources import web_html

EVIL = '"><script>alert(1)</script>'


@pytest.fixture
def web() -> Iterator[AwkwardWeb]:
    with awkward_web() as served:
        yield served


@pytest.fixture
def came() -> Event:
    return Event()


@pytest.fixture
def feeds(tmp_path: Path, came: Event, monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedRefresher]:
    monkeypatch.setitem(os.environ, "ONRECORD_FETCH_HOSTS", "127.0.0.1")
    store = Store.create(tmp_path / "data")
    made = FeedRefresher(tmp_path / "data", Uploads(store), came.set)
    yield made
    made.close()
    store.close()


@pytest.fixture
def client(feeds: FeedRefresher) -> TestClient:
    app = FastAPI()
    app.add_middleware(LoggedIn)
    app.add_middleware(Safety)
    add_feeds(app, feeds)

    @app.exception_handler(OnrecordError)
    def say(_: object, error: OnrecordError) -> object:
        from starlette.responses import PlainTextResponse

        return PlainTextResponse(str(error), 409)

    return TestClient(app, raise_server_exceptions=False)


def settled(feeds: FeedRefresher) -> None:
    end = time.monotonic() + 60
    while feeds.news().busy:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_an_address_is_fetched_read_and_owned_by_who_gave_it(
    client: TestClient, feeds: FeedRefresher, web: AwkwardWeb, came: Event
) -> None:
    address = web.put("/feed", rss("/a", "/gone"))
    web.put("/a", article())
    ada = {"X-Login": "ada"}
    assert client.post("/sources/web", json={"address": f" {address} "}, headers=ada).status_code == 204
    assert web.asked == []
    assert "data-busy" in client.get("/sources/web").text
    feeds.start()
    settled(feeds)
    assert came.is_set()
    shown = client.get("/sources/web", headers=ada).text
    for words in ("Portavia News", "Harbour opens again", "It is not there (404); check the address", "Stop following"):
        assert words in shown, words
    (source,) = [fetch.source for fetch in feeds.news().fetches if fetch.source]
    assert feeds._uploads.removable("ada") == {source}
    assert feeds._uploads.removable("bo") == frozenset()
    refused = client.delete("/sources/web", params={"address": address}, headers={"X-Login": "bo"})
    assert (refused.status_code, "somebody else" in refused.text) == (409, True)


def test_a_feed_is_refreshed_on_demand_and_once_it_is_due(
    client: TestClient, feeds: FeedRefresher, web: AwkwardWeb, tmp_path: Path
) -> None:
    web.put("/a", article())
    address = web.put("/feed", rss("/a"))
    pages = WebPages(tmp_path / "data")
    pages.follow(Feed(address, fetched="2024-03-12T10:30:00+00:00"))
    feeds.start()
    time.sleep(0.3)
    assert web.asked == []  # nothing is fetched unasked
    assert client.post("/sources/web/refresh", json={"address": address}).status_code == 204
    settled(feeds)
    assert [fetch.state for fetch in feeds.news().fetches] == ["added"]
    assert client.post("/sources/web/interval", json={"address": address, "hours": 3}).status_code == 409
    assert client.post("/sources/web/interval", json={"address": address, "hours": 6}).status_code == 204
    assert pages.feed(address).every == 6
    web.put("/feed", rss("/b", "/a"))
    web.put("/b", article("Another"))
    pages.follow(replace(pages.feed(address), fetched="2024-03-12T10:30:00+00:00"))
    assert feeds._due() == [address]
    feeds.refresh(feeds._due()[0])
    settled(feeds)
    assert feeds.news().fetches[0].title == "Another"
    assert feeds._due() == []
    assert client.delete("/sources/web", params={"address": address}).status_code == 204
    assert client.post("/sources/web/refresh", json={"address": address}).status_code == 409


def test_another_site_has_nothing_fetched_and_what_the_web_says_of_itself_stays_text(
    client: TestClient, feeds: FeedRefresher
) -> None:
    forged = {"Origin": "https://example.org", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/sources/web", json={"address": "https://example.org/a"}, headers=forged).status_code == 403
    assert not feeds.news().busy
    at = "2024-03-12T10:30:00+00:00"
    hostile = replace(
        feeds.news(),
        feeds=(Feed(f"https://example.org/{EVIL}", EVIL, fetched=at, trouble=EVIL, every=5),),
        fetches=(Fetch(f"https://example.org/{EVIL}", at, "added", f"uploads/{EVIL}.html", EVIL, None, EVIL, EVIL),),
    )
    html = web_html(hostile)
    assert "<script" not in html
    assert "12 March 2024, 10:30 UTC" in html
    assert Markup(html).all("option")
