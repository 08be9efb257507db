"""A visitor of a served page who comes without a browser: requests as they are, questions through Gradio's queue."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

from ui.middleware import COOKIE


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP; the names of the headers in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """One visitor of the page at `address`, known by the cookie `visitor`, who waits `patience` seconds for a reply.

    `comes_from` is an address of this machine, such as 127.0.0.2, that the page sees as another client's.
    """

    address: str
    visitor: str = "a" * 43
    patience: float = 120
    comes_from: str = ""

    def get(self, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """The reply to one request, whose path is sent as it is; underscores in headers stand for hyphens."""
        names = {"Cookie": f"{COOKIE}={self.visitor}"}
        names |= {name.replace("_", "-"): value for name, value in headers.items()}
        method = names.pop("method", "GET" if body is None else "POST")
        source = (self.comes_from, 0) if self.comes_from else None
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=self.patience, source_address=source)
        try:
            connection.request(method, f"/{path}", body, names)
            answer = connection.getresponse()
            received = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, received, _whole(answer).decode(errors="replace"))
        finally:
            connection.close()

    def join(self, question: str, session: str, thread: str = "", number: int | None = None) -> Reply:
        """Puts a question into the queue."""
        asking = asking_of(self.address)
        event = {"data": [question, thread, number], "fn_index": asking, "session_hash": session, "trigger_id": None}
        return self.get("gradio_api/queue/join", json.dumps(event).encode(), Content_Type="application/json")

    def steps(self, session: str) -> list[list[str]]:
        """What the queue sends to a page until its question is answered."""
        lines = self.get(f"gradio_api/queue/data?session_hash={session}").text.split("\n")
        messages = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
        return [one["output"]["data"] for one in messages if one["msg"] == "process_generating"]

    def ask(self, question: str, session: str, thread: str = "", number: int | None = None) -> list[list[str]]:
        """Every step that the browser would show: the box, and the live exchange."""
        joined = self.join(question, session, thread, number)
        assert joined.status == 200, joined.text
        return self.steps(session)


def _whole(answer: HTTPResponse) -> bytes:
    """The body, or as much of it as came before it broke off."""
    try:
        return answer.read()
    except IncompleteRead as error:
        return error.partial


@cache
def asking_of(address: str) -> int:
    """The number under which the page's queue knows the sending of a question."""
    config: dict[str, Any] = json.loads(Visitor(address).get("config").text)
    found: int = next(one["id"] for one in config["dependencies"] if one["targets"][0][1] == "submit")
    return found
