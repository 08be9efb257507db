"""What is fetched comes from the public network, within limits, as robots.txt allows; all else is a sentence."""

import time
from collections.abc import Iterator

import pytest

from rag.core.errors import UnreadableFile
from rag.ingestion import fetching
from rag.ingestion.fetching import Fetcher, Unreachable
from tests.awkward_web import Answer, AwkwardWeb, article, awkward_web, packed

PRIVATE = (
    "127.0.0.1 localhost 0.0.0.0 2130706433 0x7f.1 169.254.169.254 10.0.0.8 192.168.1.1 224.0.0.1 100.64.0.1 "
    "[::1] [::ffff:127.0.0.1] [fe80::1] [fd00::1] [64:ff9b::7f00:1] [2002:7f00:1::1]"
)
"""Hosts that are not of the public network, also where they are written or wrapped in another way."""


@pytest.fixture(scope="module")
def server() -> Iterator[AwkwardWeb]:
    with awkward_web() as web:
        yield web


@pytest.fixture
def web(server: AwkwardWeb) -> AwkwardWeb:
    server.answers.clear()
    server.asked.clear()
    server.robots = None
    return server


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(["127.0.0.1"], pause=0, seconds=1.5)


def refusal(fetcher: Fetcher, address: str) -> str:
    with pytest.raises(UnreadableFile) as refused:
        fetcher.fetch(address)
    return str(refused.value)


def test_a_page_comes_unpacked_unless_it_is_slow_and_no_server_is_pressed(web: AwkwardWeb, fetcher: Fetcher) -> None:
    content = article()
    web.answers["/a"] = Answer(packed(content), "text/html; charset=windows-1251", headers={"Content-Encoding": "gzip"})
    page = fetcher.fetch(web.redirect("/old", "a"))
    assert (page.address, page.content) == (f"{web.address}/a", content)
    assert (page.media_type, page.charset) == ("text/html", "windows-1251")
    web.answers["/drip"] = Answer(b"x" * 10_000, drip=0.05)
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="takes longer than"):
        fetcher.fetch(f"{web.address}/drip")
    assert time.monotonic() - begun < 10
    address = web.put("/a", article())
    polite, begun = Fetcher(["127.0.0.1"], pause=0.2), time.monotonic()
    polite.fetch(address)
    polite.fetch(address)
    assert time.monotonic() - begun >= 0.4


def test_private_addresses_are_refused_by_number_by_name_and_after_a_redirect(web: AwkwardWeb) -> None:
    public = Fetcher(pause=0)
    port = web.address.rpartition(":")[2]
    for host in PRIVATE.split():
        assert "private network" in refusal(public, f"http://{host}:{port}/a"), host
    assert "private network" in refusal(public, f"http://example.org@127.0.0.1:{port}/a")
    allowed = Fetcher(["127.0.0.1"], pause=0)
    for target in ("http://169.254.169.254/latest/meta-data", f"http://localhost:{port}/secret"):
        assert "private network" in refusal(allowed, web.redirect("/out", target)), target
    assert "/secret" not in web.asked


def test_only_the_web_is_fetched_and_redirects_end(fetcher: Fetcher, web: AwkwardWeb) -> None:
    for address in ("file:///etc/passwd", "ftp://example.org/a", "example.org/a", "", "http://", "http://[::1"):
        assert "address" in refusal(fetcher, address), address
    assert "is no http or https address" in refusal(fetcher, web.redirect("/f", "file:///etc/passwd"))
    web.redirect("/b", "/a")
    assert "in a circle" in refusal(fetcher, web.redirect("/a", "/b"))
    for step in range(9):
        web.redirect(f"/{step}", f"/{step + 1}")
    assert "more than 5 times" in refusal(fetcher, f"{web.address}/0")


def test_what_is_missing_forbidden_or_broken_says_so(web: AwkwardWeb, fetcher: Fetcher) -> None:
    for status, words in ((404, "not there"), (401, "asks for a login"), (410, "no longer there"), (418, "state 418")):
        web.answers["/a"] = Answer(status=status)
        assert words in refusal(fetcher, f"{web.address}/a"), status
    web.answers["/a"] = Answer(status=503)
    with pytest.raises(Unreachable, match="trouble at its server"):
        fetcher.fetch(f"{web.address}/a")
    web.answers["/a"] = Answer(b"short", headers={"Content-Length": "900"})
    with pytest.raises(Unreachable, match="breaks off"):
        fetcher.fetch(f"{web.address}/a")
    with pytest.raises(Unreachable, match="no host"):
        fetcher.fetch("http://nowhere.invalid/a")


def test_a_huge_page_is_refused_as_it_says_its_size_or_as_it_unpacks(
    web: AwkwardWeb, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST_FETCHED", 1_000_000)
    web.answers["/big"] = Answer(b"x" * 1_100_000)
    assert "larger than 1 MB" in refusal(fetcher, f"{web.address}/big")
    bomb = packed(b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    web.answers["/bomb"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    assert "larger than 1 MB" in refusal(fetcher, f"{web.address}/bomb")


def test_robots_txt_decides_also_about_where_a_redirect_leads(web: AwkwardWeb, fetcher: Fetcher) -> None:
    web.put("/a", article())
    web.put("/private/a", article())
    web.robots = Answer(b"User-agent: *\nDisallow: /private/\n", "text/plain")
    assert fetcher.fetch(f"{web.address}/a").content
    assert "may not be fetched by programs" in refusal(fetcher, f"{web.address}/private/a")
    assert "may not be fetched by programs" in refusal(fetcher, web.redirect("/open", "/private/a"))
    assert "/private/a" not in web.asked
    web.robots = Answer(status=503)
    with pytest.raises(Unreachable, match="trouble at its server"):
        Fetcher(["127.0.0.1"], pause=0).fetch(f"{web.address}/a")
    web.robots = Answer(b"User-agent: onrecord\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "text/plain")
    assert "may not be fetched" in refusal(Fetcher(["127.0.0.1"], pause=0), f"{web.address}/a")
