"""Fetches pages from the web: public addresses only, robots.txt respected, within limits of size and time.

trafilatura's own download can neither be kept to a time for the whole page nor asked which addresses it may reach, so
only the way to the page is ours; urllib3, on which it stands, does the transfer.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final, Self
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import certifi
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

from rag.core.errors import UnreadableFile

AGENT: Final = "onrecord"
"""The name by which robots.txt and servers know us."""

MOST_FETCHED: Final = 5_000_000
"""Bytes of the largest page that is fetched, unpacked; the readers take no more."""
SECONDS: Final = 30.0
"""The longest that one page may take, from the first byte asked to the last one received."""
PAUSE: Final = 1.0
"""Seconds between two requests to one server; robots.txt may ask for more, up to `_LONGEST_PAUSE`."""
MOST_REDIRECTS: Final = 5

_LONGEST_PAUSE: Final = 10.0
_SILENCE: Final = 10.0
"""Seconds without a byte after which a server is given up."""
_ROBOTS: Final = "/robots.txt"
_PORTS: Final = {"http": 80, "https": 443}
_HEADERS: Final = {
    "User-Agent": AGENT,
    "Accept": "text/html,application/xhtml+xml,application/xml,application/feed+json;q=0.9,*/*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "close",
}
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = 200
_PASSING: Final = frozenset({408, 425, 429, *range(500, 600)})
"""States that a server may have left by the next time."""
_REFUSALS: Final = {
    401: "asks for a login; save the page from your browser and add the file",
    402: "asks for a payment; save the page from your browser and add the file",
    403: "is refused by its server; save the page from your browser and add the file",
    404: "is not there (404); check the address",
    410: "is no longer there (410)",
    429: "is asked for too often, its server says; try again later",
    451: "is withheld by its server for legal reasons (451)",
}
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unreachable(UnreadableFile):
    """A page cannot be had now, and may be at another time. The message is the reason, without the address."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What a server sent: `address` after all redirects, `content` unpacked, `charset` as its header names it."""

    address: str
    content: bytes
    media_type: str
    charset: str | None
    at: datetime


class Fetcher:
    """Fetches pages, one at a time, with a pause between two of one server. Not thread-safe.

    `allowed_hosts` are the names of hosts that may be reached although their address is private.
    """

    def __init__(self, allowed_hosts: Collection[str] = (), *, pause: float = PAUSE, seconds: float = SECONDS) -> None:
        self._allowed = frozenset(host.lower() for host in allowed_hosts)
        self._pause = pause
        self._seconds = seconds
        self._robots: dict[str, RobotFileParser] = {}
        self._asked: dict[str, float] = {}

    def fetch(self, address: str) -> FetchedPage:
        """Fetches a page, whatever it holds. Raises UnreadableFile with the reason, Unreachable if it may pass."""
        return self._fetch(address, heeds_robots=True)

    def robots_text(self, address: str) -> str:
        """Returns the robots.txt of the site of an address, or nothing."""
        with suppress(UnreadableFile):
            content = self._fetch(urljoin(address, _ROBOTS), heeds_robots=False).content
            return content.decode("utf-8", "replace")
        return ""

    def _fetch(self, address: str, *, heeds_robots: bool) -> FetchedPage:
        seen: set[str] = set()
        while True:
            url = _parsed(address)
            if url.url in seen:
                raise UnreadableFile("leads back to itself; its server redirects in a circle")
            if len(seen) > MOST_REDIRECTS:
                raise UnreadableFile(f"is redirected more than {MOST_REDIRECTS} times; give the address it ends at")
            seen.add(url.url)
            numeric = self._vetted(url)
            if heeds_robots:
                self._heed_robots(url)
            self._wait(url)
            with _Request(url, numeric, self._seconds) as request:
                there = request.moved_to
                if there is None:
                    return request.page()
            address = urljoin(url.url, there)

    def _vetted(self, url: Url) -> str:
        """Returns the numeric address to connect to. Raises UnreadableFile if the host has one that is not public."""
        host, port = str(url.host).strip("[]"), url.port or _PORTS[str(url.scheme)]
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unreachable(f"cannot be found: there is no host {host}, or no network") from error
        numeric = [str(address[4][0]) for address in found]
        if host.lower() not in self._allowed:
            private = next((each for each in numeric if not _is_public(each)), None)
            if private is not None:
                raise UnreadableFile(
                    f"leads to {host}, which is on a private network ({private}); if you trust it, name the host in "
                    "ONRECORD_FETCH_HOSTS"
                )
        return numeric[0]

    def _heed_robots(self, url: Url) -> None:
        origin = f"{url.scheme}://{url.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._rules(origin)
        if not self._robots[origin].can_fetch(AGENT, url.url):
            raise UnreadableFile(f"may not be fetched by programs, says {origin}{_ROBOTS}; save it from your browser")

    def _rules(self, origin: str) -> RobotFileParser:
        """Reads a robots.txt as RFC 9309 says: without one everything may be fetched, if it is out of reach nothing."""
        rules = RobotFileParser()
        try:
            rules.parse(
                self._fetch(f"{origin}{_ROBOTS}", heeds_robots=False).content.decode("utf-8", "replace").splitlines()
            )
        except Unreachable:
            raise
        except UnreadableFile:
            rules.parse([])
        return rules

    def _wait(self, url: Url) -> None:
        """Sleeps until the server may be asked again."""
        rules = self._robots.get(f"{url.scheme}://{url.netloc}")
        wished = rules.crawl_delay(AGENT) if rules else None
        pause = self._pause if wished is None else max(self._pause, min(float(wished), _LONGEST_PAUSE))
        host = str(url.netloc)
        time.sleep(max(0.0, self._asked.get(host, 0.0) + pause - time.monotonic()))
        self._asked[host] = time.monotonic()


class _Request:
    """One request to one server, over when its time is, whatever the server does."""

    def __init__(self, url: Url, numeric: str, seconds: float) -> None:
        self._seconds = seconds
        self._url = url
        self._connection = _connection(url, numeric)
        self._socket: socket.socket | None = None
        self._is_late = threading.Event()
        self._timer = threading.Timer(seconds, self._end)
        self._response: BaseHTTPResponse | None = None

    def __enter__(self) -> Self:
        self._timer.start()
        try:
            self._connection.connect()
            self._socket = self._connection.sock
            headers = {**_HEADERS, "Host": str(self._url.netloc)}
            self._connection.request(
                "GET", self._url.request_uri, headers=headers, preload_content=False, decode_content=True
            )
            self._response = self._connection.getresponse()
        except (OSError, HTTPError, ValueError) as error:
            self.__exit__()
            raise self._trouble(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._connection.close()
        if self._response is not None:
            self._response.close()

    @property
    def moved_to(self) -> str | None:
        """Where the server redirects to. Raises UnreadableFile for any other state than that of a page."""
        response = self._answered
        if response.status in _MOVED and response.headers.get("Location"):
            return response.headers["Location"]
        if response.status in _PASSING:
            raise Unreachable(
                _REFUSALS.get(response.status, f"has trouble at its server ({response.status}); try later")
            )
        if response.status != _OK:
            raise UnreadableFile(_REFUSALS.get(response.status, f"is answered with the state {response.status}"))
        return None

    def page(self) -> FetchedPage:
        """Reads the page to its end. Raises UnreadableFile if it is too large, Unreachable if it takes too long."""
        response, content = self._answered, bytearray()
        stated = response.headers.get("Content-Length", "")
        if stated.isdecimal() and int(stated) > MOST_FETCHED:
            raise _too_large()
        try:
            for piece in response.stream(1 << 16, decode_content=True):
                content += piece
                if len(content) > MOST_FETCHED:
                    raise _too_large()
        except (OSError, HTTPError, ValueError) as error:
            raise self._trouble(error) from error
        if self._is_late.is_set():
            raise self._trouble(None)
        media_type, charset = media_of(response.headers.get("Content-Type", ""))
        return FetchedPage(self._url.url, bytes(content), media_type, charset, datetime.now(UTC))

    @property
    def _answered(self) -> BaseHTTPResponse:
        if self._response is None:
            raise AssertionError("a request is entered before it is read")
        return self._response

    def _end(self) -> None:
        self._is_late.set()
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # also beneath TLS

    def _trouble(self, error: Exception | None) -> Unreachable:
        if self._is_late.is_set() or isinstance(error, TimeoutError) or "timed out" in str(error):
            return Unreachable(f"takes longer than {self._seconds:.0f} seconds to come; try again later")
        if isinstance(error, ssl.SSLError) or "SSL" in str(error):
            return Unreachable("has a certificate that does not prove whose it is; open it in your browser to see why")
        return Unreachable("cannot be fetched: its server does not answer, or breaks off; try again later")


def _connection(url: Url, numeric: str) -> HTTPConnection:
    host, port = str(url.host).strip("[]"), url.port or _PORTS[str(url.scheme)]
    if url.scheme == "http":
        return HTTPConnection(numeric, port, timeout=_SILENCE)
    return HTTPSConnection(
        numeric, port, timeout=_SILENCE, server_hostname=host, assert_hostname=host, ssl_context=_trust()
    )


@cache
def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _parsed(address: str) -> Url:
    """Returns the address in its parts, without fragment and login. Raises UnreadableFile if it is none of the web."""
    try:
        url = parse_url(address.strip())
    except LocationParseError as error:
        raise UnreadableFile("is no address; give one such as https://example.org/news/1") from error
    if url.scheme not in _PORTS or not url.host:
        raise UnreadableFile("is no http or https address; give one such as https://example.org/news/1")
    return url._replace(fragment=None, auth=None)


def _is_public(numeric: str) -> bool:
    """Returns whether an IP address is one of the public network, also where IPv6 wraps an address of IPv4."""
    address: _Address = ipaddress.ip_address(numeric.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(str(inner))
    return address.is_global and not address.is_multicast


def media_of(header: str) -> tuple[str, str | None]:
    """Returns the media type of a Content-Type header, in lower case, and its charset."""
    kind, *parameters = (part.strip() for part in header.split(";"))
    named = dict(parameter.partition("=")[::2] for parameter in parameters)
    charset = {name.strip().lower(): value.strip(" \"'") for name, value in named.items()}.get("charset")
    return kind.lower(), charset or None


def _too_large() -> UnreadableFile:
    return UnreadableFile(f"is larger than {MOST_FETCHED // 1_000_000} MB; save its text and add the file")


def same_site(one: str, other: str) -> bool:
    """Returns whether two addresses are of one host, `www.`, `m.` and `amp.` in front of it left out."""
    return _site(one) == _site(other) != ""


def _site(address: str) -> str:
    with suppress(ValueError):
        host = (urlsplit(address).hostname or "").lower()
        for prefix in ("www.", "m.", "amp.", "mobile."):
            host = host.removeprefix(prefix)
        return host
    return ""
