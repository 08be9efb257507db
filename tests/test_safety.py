"""What every response is sent with, and what is refused before Gradio sees it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import anyio
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.gradio_bridge import is_closed
from ui.middleware import BODY_LIMIT, PAGE_POLICY, Safety

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


def test_every_response_carries_the_policy() -> None:
    status, headers, body = response_to("/")
    assert (status, body) == (200, b"inner")
    assert headers["content-security-policy"] == PAGE_POLICY
    assert headers["x-content-type-options"] == "nosniff"


def test_a_form_of_the_page_is_sent_with_its_origin_and_no_other_site_learns_the_address() -> None:
    assert response_to("/")[1]["referrer-policy"] == "origin"  # the inner application's own
    assert response_to("/gradio_api/upload")[1]["referrer-policy"] == "same-origin"


def test_a_response_keeps_a_header_of_its_own() -> None:
    assert response_to("/")[1]["referrer-policy"] == "origin"


def test_no_other_origin_is_let_in_whatever_gradio_says() -> None:
    assert "access-control-allow-origin" not in response_to("/")[1]


def test_refusals_carry_the_policy_too() -> None:
    assert response_to("/gradio_api/upload")[1]["content-security-policy"] == PAGE_POLICY


@pytest.mark.parametrize("source", ["http:", "https:", "*", "data:"])
def test_no_script_comes_from_elsewhere(source: str) -> None:
    scripts = next(rule for rule in PAGE_POLICY.split("; ") if rule.startswith("script-src"))
    assert source not in scripts.split()


@pytest.mark.parametrize(
    "path", ["/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/gradio_api/proxy=http://x", "/gradio_api/call/ask",
     "/gradio_api/openapi.json", "/openapi.json", "/gradio_api/process_recording", "/gradio_api/a-door-of-tomorrow"]
)  # fmt: skip
def test_doors_that_the_page_does_not_use_are_closed(path: str) -> None:
    assert response_to(path)[0] == 404


def test_a_request_that_is_too_large_is_refused_unread() -> None:
    assert response_to(content_length=str(BODY_LIMIT))[0] == 200
    assert response_to(content_length=str(BODY_LIMIT + 1))[0] == 413


@pytest.mark.parametrize(
    "headers", [{"transfer_encoding": "chunked"}, {"content_length": "-1"}, {"content_length": "x"}]
)
def test_a_request_of_unknown_length_is_refused(headers: dict[str, str]) -> None:
    assert response_to(**headers)[0] == 411


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "host": "127.0.0.1:7860"},
        {"origin": "http://127.0.0.1:7861", "host": "127.0.0.1:7860"},
        {"origin": "null", "host": "127.0.0.1:7860"},
        {"origin": "null", "host": "127.0.0.1:7860", "sec_fetch_site": "cross-site"},
        {"origin": "http://127.0.0.1:7860", "host": "127.0.0.1:7860", "sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": ""},
    ],
)
def test_a_change_that_another_site_sends_is_refused(headers: dict[str, str]) -> None:
    assert response_to(**headers)[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://127.0.0.1:7860", "host": "127.0.0.1:7860"},
        {"origin": "null", "host": "127.0.0.1:7860", "sec_fetch_site": "same-origin"},
        {"origin": "https://news.example", "host": "127.0.0.1:7860", "sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {},
    ],
)
def test_a_change_that_the_page_itself_sends_passes(headers: dict[str, str]) -> None:
    assert response_to(**headers)[0] == 200
