"""Who is asking: a cookie of one's own, and pages that are nobody else's."""

import json

import pytest

from tests.test_safety import asked
from ui.gradio_bridge import PageOwners, pages_of
from ui.middleware import COOKIE, Visitors, visitor_of

TOKEN = "t" * 43


def test_a_first_visit_is_given_a_cookie_that_no_script_and_no_other_site_can_use() -> None:
    reply = asked(Visitors, "/")
    name, _, rest = reply.headers["set-cookie"].partition("=")
    assert name == COOKIE
    assert {"httponly", "samesite=strict", "path=/"} <= set(rest.lower().split("; "))
    assert "Secure" not in rest


def test_two_first_visits_are_two_visitors() -> None:
    assert asked(Visitors, "/").headers["set-cookie"] != asked(Visitors, "/").headers["set-cookie"]


def test_a_known_visitor_keeps_the_cookie() -> None:
    assert "set-cookie" not in asked(Visitors, "/", cookie=f"{COOKIE}={TOKEN}").headers


@pytest.mark.parametrize("token", ["", "short", "x" * 500, "<script>" * 6, "a b" * 20])
def test_a_cookie_that_we_never_gave_is_given_anew(token: str) -> None:
    assert "set-cookie" in asked(Visitors, "/", cookie=f'{COOKIE}="{token}"').headers


def test_the_name_under_which_things_are_kept_does_not_tell_the_token() -> None:
    assert TOKEN not in visitor_of(TOKEN)
    assert visitor_of(TOKEN) != visitor_of("u" * 43)


@pytest.mark.parametrize(
    ("path", "query", "body", "pages"),
    [
        ("/gradio_api/queue/data", b"session_hash=a", b"", {"a"}),
        ("/gradio_api/heartbeat/b", b"", b"", {"b"}),
        ("/gradio_api/queue/join", b"session_hash=a", b'{"session_hash": "c"}', {"a", "c"}),
        ("/gradio_api/queue/join", b"session_hash=a&session_hash=b", b"", {"a", "b"}),
        ("/gradio_api/queue/join", b"", b"[1]", set()),
        ("/gradio_api/queue/join", b"", b"{", set()),
        ("/gradio_api/queue/join", b"", b'{"session_hash": 7}', {"7"}),
    ],
)
def test_every_page_that_a_request_names_is_found(path: str, query: bytes, body: bytes, pages: set[str]) -> None:
    assert pages_of({"path": path, "query_string": query}, body) == pages


def test_what_is_sent_to_the_queue_arrives_whole() -> None:
    body = json.dumps({"session_hash": "whole", "data": ["x" * 100_000]}).encode()
    assert asked(lambda app: Visitors(PageOwners(app)), "/gradio_api/queue/join", body, echo=True).body == body
