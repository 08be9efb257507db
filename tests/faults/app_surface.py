"""All that can be reached from outside: files beyond the page, other servers, other origins."""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any, Self
from urllib.parse import quote, unquote, urlencode

from fastapi import FastAPI
from starlette.responses import FileResponse, PlainTextResponse

from tests.faults.app_parts import Tally, collection, page_of_seeds, thread_in
from tests.faults.rows import Row, Trials, Tried
from tests.served import served
from tests.visitor import Visitor

CANARY = "canary-4f1d-that-no-page-may-show"
CLIMBS = ("../", "..\\", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "%252e%252e%252f", "..%c0%af", "....//", "..;/", "/")
FILE_ROUTES = (
    "page/{}", "page//{}", "static/{}", "assets/{}", "svelte/{}", "source?name={}&at=0-9", "text?name={}",
    "article?name={}", "gradio_api/file={}", "gradio_api/file/{}", "gradio_api/custom_component/x/client/y/{}",
    "theme/{}", "conversations/{}", "pwa_icon/{}", "monitoring/{}", "{}",
)  # fmt: skip
"""Addresses that name a file or might be taken to."""

ORIGINS = ("http://localhost:1", "https://evil.example", "null", "http://127.0.0.1.evil.example", "file://")
JSON = {"Content_Type": "application/json"}


def surface(trials: Trials) -> Tried:
    """Tries all of it; the count bounds how many ways of climbing out of a folder are tried."""
    tally = Tally()
    canary = trials.folder / "canary.txt"
    canary.write_text(CANARY, encoding="utf-8")
    climbs = list(_climbs(trials, canary))[: trials.count]
    with page_of_seeds(trials) as address:
        visitor = Visitor(address, patience=30)
        for climb in climbs:
            _climbed(visitor, climb, tally)
        with _Listener() as listener:
            forms = _addresses_of(listener.port)[: trials.count]
            _fetched(visitor, forms, listener, tally)
        _from_elsewhere(visitor, ORIGINS[: trials.count], tally)
    _controls(trials.folder, canary, climbs, tally)
    told = (
        f"{len(climbs)} climbs x {len(FILE_ROUTES)} addresses",
        f"{len(forms)} addresses to fetch",
    )
    return tally.tried(*told)


def _climbs(trials: Trials, canary: Path) -> Iterator[str]:
    """Names the canary, or a file that every machine has, from within any folder."""
    for wanted in (str(canary).lstrip("/"), "etc/passwd"):
        yield f"/{wanted}"
        yield f"//{wanted}"
        yield f"file:///{wanted}"
        for step in CLIMBS:
            for depth in (1, 4, 8, 12):
                yield step * depth + wanted
        yield from (f"{'..%2f' * 9}{wanted}{tail}" for tail in ("%00", "%00.txt", "?", "#", "%20", "/."))
        yield quote("../" * 9 + wanted, safe="")
    for line in collection(trials, "traversal/traversals-8-deep-exotic-encoding.txt").splitlines():
        yield line.lstrip("/").replace("{FILE}", str(canary).lstrip("/"))
    yield from collection(trials, "traversal/directory_traversal.txt").splitlines()


def _climbed(visitor: Visitor, climb: str, tally: Tally) -> None:
    sent = re.sub(r"[\x00-\x20\x7f]", lambda one: quote(one[0]), climb)
    for route in FILE_ROUTES:
        tally.note(_showing(visitor, route.format(sent)))
    for method, path in (("DELETE", f"uploads?source={sent}"), ("POST", f"uploads?name={sent}.txt")):
        body = b"A title\nWords.\n" if method == "POST" else None
        reply = visitor.get(path.encode("ascii", "replace").decode(), body, method=method)
        tally.note(f"{method} {path} is {reply.status}" if reply.status >= 500 else None)


def _showing(visitor: Visitor, path: str) -> str | None:
    reply = visitor.get(path.encode("ascii", "replace").decode())
    if CANARY in reply.text or "root:x:" in reply.text or "[fonts]" in reply.text:
        return f"{path} shows a file"
    return f"{path} is {reply.status}" if reply.status >= 500 else None


class _Listener:
    """A server that counts who comes."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        hits = self.hits

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hits.append(self.path)
                self.send_response(200)
                self.end_headers()

            do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - their names there

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Says nothing."""

        self._server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)  # noqa: S104 - by whatever name it is called
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _addresses_of(port: int) -> list[str]:
    hosts = (
        "127.0.0.1",
        "localhost",
        "0.0.0.0",  # noqa: S104 - one of the names of this machine
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "[::ffff:127.0.0.1]",
    )
    forms = [f"http://{host}:{port}/{number}" for number, host in enumerate(hosts)]
    forms += [
        f"//127.0.0.1:{port}/x",
        f"http://evil@127.0.0.1:{port}/y",
        f"HTTP:127.0.0.1:{port}/z",
        f"https://127.0.0.1:{port}/s",
    ]
    return [
        *forms,
        f"gopher://127.0.0.1:{port}/_x",
        f"dict://127.0.0.1:{port}/x",
        f"ftp://127.0.0.1:{port}/x",
        f"jar:http://127.0.0.1:{port}/j!/",
    ]


def _fetched(visitor: Visitor, forms: Iterable[str], listener: _Listener, tally: Tally) -> None:
    """Puts every address into every field of every room; afterwards nobody may have come."""
    for number, form in enumerate(forms):
        thread = thread_in(visitor.ask(f"What did Lavrov say about {form}?", f"fetch{number}", form))
        for path in _fields(form):
            visitor.get(path)
        visitor.get("draft", json.dumps({"text": f"“Look at {form} today,” he said. {form}"}).encode(), **JSON)
        visitor.get(f"conversations/{thread}/title", json.dumps({"title": form}).encode(), **JSON)
        visitor.get("record/speaker", json.dumps({"statement": form, "speaker": form}).encode(), **JSON)
        visitor.get("login", urlencode({"name": form, "password": form}).encode())
        for suffix in (".md", ".docx", ".csv", ".json"):
            visitor.get(f"conversations/{thread}{suffix}")
        for name, content in _files_that_fetch(form):
            visitor.get(f"uploads?name={name}", content)
            visitor.get(f"draft/text?name={name}", content)
        tally.note(None)
    while json.loads(visitor.get("sources/news").text)["busy"]:
        sleep(0.5)
    for hit in listener.hits:
        tally.note(f"somebody came for {hit}")


def _fields(form: str) -> Iterator[str]:
    one = quote(form, safe="")
    names = (
        "source?name={}&at={}",
        "text?name={}",
        "article?name={}",
        "conversations?search={}",
        "sources?search={}&state={}",
    )
    yield from (name.replace("{}", one) for name in names)
    yield from (f"record?{field}={one}" for field in ("by", "about", "source", "outlet", "kind", "since", "order"))
    yield from (
        f"{door}{one}" for door in ("gradio_api/proxy=", "gradio_api/file=", "gradio_api/deep_link?url=", "?__theme=")
    )


def _files_that_fetch(form: str) -> Iterator[tuple[str, bytes]]:
    """Makes files whose readers might follow the address in them."""
    page = f'<html><base href="{form}"><link rel=stylesheet href="{form}"><img src="{form}"><article><p>Words, “so '
    yield (
        "page.html",
        (page + f'many of them,” said Ada Lund on <a href="{form}">Monday</a>.</p></article></html>').encode(),
    )
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{form}">]>'
    yield "entity.html", f"{entity}<html><body><p>&e; words here</p></body></html>".encode()
    yield "list.jsonl", json.dumps({"title": "A title", "text": "Some words.", "url": form}).encode()
    document = io.BytesIO()
    with zipfile.ZipFile(document, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<?xml version="1.0"?>{entity}<Types>&e;</Types>')
        archive.writestr("word/document.xml", f'<?xml version="1.0"?>{entity}<document>&e;</document>')
    yield "letter.docx", document.getvalue()


def _from_elsewhere(visitor: Visitor, origins: Iterable[str], tally: Tally) -> None:
    """Checks that a page of another origin is allowed nothing."""
    for origin in origins:
        for path in (
            "",
            "config",
            "conversations",
            "gradio_api/info",
            "record.csv",
            "page/page.js",
            "gradio_api/queue/join",
        ):
            for method in ("GET", "OPTIONS", "POST"):
                asks = {"Access_Control_Request_Method": "POST"} if method == "OPTIONS" else {}
                body = b"{}" if method == "POST" else None
                reply = visitor.get(path, body, method=method, Origin=origin, **asks, **JSON)
                allowed = reply.headers.get("access-control-allow-origin")
                refused = method != "POST" or reply.status in {403, 404, 405}
                tally.note(
                    None if allowed is None and refused else f"{method} {path} from {origin}: {allowed} {reply.status}"
                )
    config: dict[str, Any] = json.loads(visitor.get("config").text)
    wanted = {"analytics_enabled": False, "show_error": False, "footer_links": []}
    for name, value in wanted.items():
        tally.note(None if config.get(name) == value else f"the page is launched with {name} {config.get(name)!r}")
    for one in ("docs", "openapi.json", "redoc", "gradio_api/openapi.json", "monitoring", "gradio_api/mcp/sse"):
        reply = visitor.get(one)
        tally.note(f"{one} is open" if reply.status == 200 and "<!doctype html>" not in reply.text.lower() else None)


def _controls(folder: Path, canary: Path, climbs: list[str], tally: Tally) -> None:
    """Serves a page that opens any file, and one that fetches what it is told to."""
    naive = FastAPI()

    @naive.get("/text", response_model=None)
    def open_it(name: str) -> FileResponse | PlainTextResponse:
        path = folder / unquote(name)
        return FileResponse(path) if path.is_file() else PlainTextResponse("none", status_code=404)

    with served(naive) as address:
        shown = Tally()
        for climb in [str(canary), *climbs[:20]]:
            shown.note(_showing(Visitor(address), f"text?name={quote(climb, safe='')}"))
    tally.control("a page that opens any file", caught=bool(shown.missed))
    with _Listener() as listener:
        Visitor(f"http://127.0.0.1:{listener.port}/").get("x")
    tally.control("a server that fetches what it is told to", caught=listener.hits == ["/x"])


ROWS = (Row("surface", "0 files shown, 0 addresses fetched, 0 other origins allowed", 1_000, surface),)
