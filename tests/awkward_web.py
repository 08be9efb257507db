"""A real web server on loopback, as awkward as the web: it redirects in circles, drips, lies and packs."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SAID = "“The harbour will open again in the spring,” Mayor Ada Lund said on Thursday at the town hall of Portavia."
HEAD = '<meta property="og:title" content="{title}"><meta property="article:published_time" content="2024-03-12">'


def article(title: str = "Harbour opens again", words: str = SAID, head: str = "", body: str = "") -> bytes:
    """A page with one article."""
    more = "The council has talked about it for two years, and the boats have waited in the next bay since then. " * 3
    html = (
        f"<!doctype html><html><head><title>{title}</title>{HEAD.format(title=title)}{head}</head><body>"
        f"<article><h1>{title}</h1><p>{words}</p><p>{more}</p></article>{body}</body></html>"
    )
    return html.encode("utf-8")


def rss(*links: str, more: str = "") -> bytes:
    """An RSS feed, the first link being the newest."""
    items = "".join(
        f"<item><title>n</title><link>{link}</link><pubDate>Tue, {28 - at:02d} Mar 2024 08:00:00 GMT</pubDate></item>"
        for at, link in enumerate(links)
    )
    return (
        f'<?xml version="1.0"?>{more}<rss version="2.0"><channel><title>Portavia News</title><link>/</link>'
        f"{items}</channel></rss>"
    ).encode()


@dataclass
class Answer:
    """What the server sends for a path."""

    content: bytes = b""
    kind: str = "text/html"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0


class AwkwardWeb:
    """The answers by path, and what was asked. `robots` is served as /robots.txt unless None."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.robots: Answer | None = None
        self.asked: list[str] = []
        self.address = ""

    def put(self, path: str, content: bytes, kind: str = "text/html") -> str:
        """Serves content at a path and returns its address."""
        self.answers[path] = Answer(content, kind)
        return f"{self.address}{path}"

    def redirect(self, path: str, to: str) -> str:
        """Redirects a path and returns its address."""
        self.answers[path] = Answer(status=302, headers={"Location": to})
        return f"{self.address}{path}"

    def answer(self, path: str) -> Answer:
        """Returns what is served at a path."""
        self.asked.append(path)
        if path == "/robots.txt":
            return self.robots or Answer(status=404)
        return self.answers.get(path, Answer(b"nothing", status=404))


def _handler(web: AwkwardWeb) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = web.answer(self.path)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if not answer.drip and "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            try:
                for at in range(0, len(answer.content), 1 if answer.drip else 1 << 20):
                    self.wfile.write(answer.content[at : at + (1 if answer.drip else 1 << 20)])
                    time.sleep(answer.drip)
            except OSError:
                return  # whoever asked has hung up, as they should

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler


@contextmanager
def awkward_web() -> Iterator[AwkwardWeb]:
    """Serves on a free port of loopback."""
    web = AwkwardWeb()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(web))
    server.daemon_threads = True
    web.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()


def packed(content: bytes) -> bytes:
    """Packs by gzip."""
    return gzip.compress(content)
