"""What every response is sent with, what is refused, who is asking, and how often they may."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import anyio
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.case_files import table
from ui.gradio_bridge import PageOwners, is_closed, pages_of
from ui.middleware import BODY_LIMIT, COOKIE, PAGE_POLICY, RateLimit, Safety, Visitors, visitor_of

INNER = PlainTextResponse("inner", headers={"Referrer-Policy": "origin", "Access-Control-Allow-Origin": "http://x"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back through a middleware."""

    status: int
    headers: dict[str, str]
    body: bytes


async def echo_of(scope: Scope, receive: Receive, send: Send) -> None:
    """A small application that sends back what it was sent."""
    await PlainTextResponse((await receive())["body"])(scope, receive, send)


def asked(
    middleware: Callable[[ASGIApp], ASGIApp], path: str, body: bytes = b"", *, echo: bool = False, **headers: str
) -> Reply:
    """What the middleware answers over a small inner application."""
    sent: list[Message] = []
    scope: Scope = {
        "type": "http", "method": "POST", "path": path,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    # In a thread of its own: the browser tests keep an event loop running in this one.
    with ThreadPoolExecutor(1) as beside:
        beside.submit(anyio.run, middleware(echo_of if echo else INNER), scope, receive, send).result()
    names = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Reply(sent[0]["status"], names, b"".join(message.get("body", b"") for message in sent[1:]))


def response_to(path: str = "/", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what `Safety` answers."""
    reply = asked(partial(Safety, is_closed=is_closed), path, **headers)  # type: ignore[arg-type] # names of headers alone
    return reply.status, reply.headers, reply.body


def test_every_response_carries_a_policy_without_foreign_scripts_refusals_too() -> None:
    status, headers, body = response_to("/")
    assert (status, body) == (200, b"inner")
    assert headers["content-security-policy"] == PAGE_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in response_to("/")[1]
    assert response_to("/gradio_api/upload")[1]["content-security-policy"] == PAGE_POLICY
    assert response_to("/")[1]["referrer-policy"] == "origin"  # the inner application's own
    assert response_to("/gradio_api/upload")[1]["referrer-policy"] == "same-origin"
    for source in ("http:", "https:", "*", "data:"):
        scripts = next(rule for rule in PAGE_POLICY.split("; ") if rule.startswith("script-src"))
        assert source not in scripts.split(), source


def test_closed_doors_and_requests_too_large_or_of_unknown_length_are_refused() -> None:
    doors = "upload file=/etc/passwd proxy=http://x call/ask openapi.json process_recording a-door-of-tomorrow"
    for path in ("/openapi.json", *(f"/gradio_api/{door}" for door in doors.split())):
        assert response_to(path)[0] == 404, path
    for path in (f"/static/{'a' * 256}", f"/assets/{'é' * 128}", f"/static{'/a' * 2_000}"):
        assert response_to(path)[0] == 404, path
    assert response_to(content_length=str(BODY_LIMIT))[0] == 200
    assert response_to(content_length=str(BODY_LIMIT + 1))[0] == 413
    for headers in ({"transfer_encoding": "chunked"}, {"content_length": "-1"}, {"content_length": "x"}):
        assert response_to(**headers)[0] == 411, headers


def test_a_change_that_the_page_itself_sends_passes_and_no_other_site_s() -> None:
    for (headers,) in table("origins", "refused"):
        assert response_to(**headers)[0] == 403, headers
    for (headers,) in table("origins", "taken"):
        assert response_to(**headers)[0] == 200, headers


TOKEN = "t" * 43


def test_a_first_visit_is_given_a_cookie_that_no_script_and_no_other_site_can_use_and_no_other_counts() -> None:
    reply = asked(Visitors, "/")
    name, _, rest = reply.headers["set-cookie"].partition("=")
    assert name == COOKIE
    assert {"httponly", "samesite=strict", "path=/"} <= set(rest.lower().split("; "))
    assert "Secure" not in rest
    assert asked(Visitors, "/").headers["set-cookie"] != asked(Visitors, "/").headers["set-cookie"]
    assert "set-cookie" not in asked(Visitors, "/", cookie=f"{COOKIE}={TOKEN}").headers
    assert TOKEN not in visitor_of(TOKEN)
    assert visitor_of(TOKEN) != visitor_of("u" * 43)
    for token in ("", "short", "x" * 500, "<script>" * 6, "a b" * 20):
        assert "set-cookie" in asked(Visitors, "/", cookie=f'{COOKIE}="{token}"').headers, token


def test_the_pages_that_a_request_names_are_found_and_what_is_sent_arrives_whole() -> None:
    for path, query, body, pages in (
        ("/gradio_api/queue/data", b"session_hash=a", b"", {"a"}),
        ("/gradio_api/heartbeat/b", b"", b"", {"b"}),
        ("/gradio_api/queue/join", b"session_hash=a", b'{"session_hash": "c"}', {"a", "c"}),
        ("/gradio_api/queue/join", b"session_hash=a&session_hash=b", b"", {"a", "b"}),
        ("/gradio_api/queue/join", b"", b"[1]", set()),
        ("/gradio_api/queue/join", b"", b"{", set()),
        ("/gradio_api/queue/join", b"", b'{"session_hash": 7}', {"7"}),
    ):
        assert pages_of({"path": path, "query_string": query}, body) == pages, path
    whole = json.dumps({"session_hash": "whole", "data": ["x" * 100_000]}).encode()
    assert asked(lambda app: Visitors(PageOwners(app)), "/gradio_api/queue/join", whole, echo=True).body == whole


JOIN = "/gradio_api/queue/join"
ASKING = [("POST", JOIN)]


class Clock:
    """A clock that stands still until it is moved."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def paced(clock: Clock, most: int) -> Callable[[ASGIApp], ASGIApp]:
    """One middleware for all requests, over whatever application."""
    made: list[RateLimit] = []

    def around(app: ASGIApp) -> ASGIApp:
        made[:] = made or [RateLimit(app, ASKING, most, clock)]
        return made[0]

    return around


def test_whoever_asks_too_often_is_told_when_to_come_back_and_each_client_is_counted_by_itself() -> None:
    clock = Clock()
    ask = partial(asked, paced(clock, 2), JOIN)
    assert [ask().status, ask().status] == [200, 200]
    clock.now += 20
    refused = ask()
    assert (refused.status, refused.headers["retry-after"]) == (429, "41")
    assert b"ask again in 41 seconds" in refused.body
    clock.now += 41
    assert ask().status == 200
    around = paced(Clock(), 1)
    assert [asked(around, "/record").status for _ in range(3)] == [200, 200, 200]
    assert asked(around, JOIN).status == 200
    pace = RateLimit(lambda *_: None, ASKING, 1, Clock())  # type: ignore[arg-type] # never called
    assert [pace._pause("ada"), pace._pause("bo")] == [0, 0]
    assert pace._pause("ada") == 61
