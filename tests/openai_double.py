"""A server on loopback that speaks OpenAI's interface, so that the real client is tested over real HTTP.

It knows embeddings; another endpoint is one more function in `OpenAIDouble.routes`. A reply is sent in parts (HTTP
chunks), so a stream of events is a reply of many parts (`saying`, `calling`), and `Cut` ends any reply in the middle.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import select
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server sends: `parts` one after another, each at once, `pause` seconds between them."""

    parts: tuple[bytes, ...]
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0

    @classmethod
    def of(cls, content: object, status: int = 200, **headers: str) -> Reply:
        """A reply that carries one JSON value."""
        return cls((json.dumps(content).encode(),), status, headers=headers)


@dataclass(frozen=True, slots=True)
class Hang:
    """The server is silent for `seconds` (or until it is closed), then hangs up."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reset:
    """The server hangs up before it has said a word."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The server sends the true reply, but only its first `length` bytes, then hangs up."""

    length: int


Fault = Reply | Hang | Reset | Cut


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent."""

    path: str
    key: str | None
    body: Mapping[str, Any]


def failing(status: int, message: str = "no", **headers: str) -> Reply:
    """An error as OpenAI words it. A header's underscores stand for hyphens: `retry_after="1"`."""
    written = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply.of({"error": {"message": message, "type": "error", "code": None}}, status, **written)


def saying(text: str, *, size: int = 7, pause: float = 0.0, ended: str = "stop") -> Reply:
    """A chat completion as a stream of events, `size` characters of the text in each, and last what it took."""
    chunks = [text[place : place + size] for place in range(0, len(text), size)]
    choices: list[Mapping[str, Any]] = [{"index": 0, "delta": {"role": "assistant", "content": ""}}]
    choices += [{"index": 0, "delta": {"content": chunk}} for chunk in chunks]
    choices.append({"index": 0, "delta": {}, "finish_reason": ended})
    events = [_event([choice]) for choice in choices]
    used = {"prompt_tokens": 50, "completion_tokens": len(chunks), "total_tokens": 50 + len(chunks)}
    return Reply((*events, _event([], used), b"data: [DONE]\n\n"), 200, "text/event-stream", {}, pause)


def calling(*calls: tuple[str, object], text: str = "", size: int = 9) -> Reply:
    """A chat completion that calls tools, each with its arguments: a value, or a string as it is sent, in parts."""
    deltas: list[Mapping[str, Any]] = [{"role": "assistant", "content": text or None}]
    for index, (name, arguments) in enumerate(calls):
        written = arguments if isinstance(arguments, str) else json.dumps(arguments)
        function = {"name": name, "arguments": ""}
        deltas.append(
            {"tool_calls": [{"index": index, "id": f"call_{index}", "type": "function", "function": function}]}
        )
        parts = (written[place : place + size] for place in range(0, len(written), size))
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": part}}]} for part in parts]
    choices: list[Mapping[str, Any]] = [{"index": 0, "delta": delta} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": "tool_calls"})
    used = {"prompt_tokens": 50, "completion_tokens": len(deltas), "total_tokens": 50 + len(deltas)}
    events = [_event([choice]) for choice in choices]
    return Reply((*events, _event([], used), b"data: [DONE]\n\n"), 200, "text/event-stream")


def _event(choices: list[Mapping[str, Any]], usage: Mapping[str, int] | None = None) -> bytes:
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "double", "choices": choices}
    return f"data: {json.dumps(chunk | {'usage': usage})}\n\n".encode()


class OpenAIDouble:
    """The server; `with OpenAIDouble() as server:` runs it. Each of `faults` befalls one request, in order."""

    def __init__(self, *, key: str | None = None, dimension: int = 16) -> None:
        """With a `key`, any other is refused; `dimension` is the length of the vectors."""
        self.key = key
        self.dimension = dimension
        self.faults: deque[Fault] = deque()
        self.requests: list[Request] = []
        self.routes: dict[str, Callable[[Mapping[str, Any]], Reply]] = {"/v1/embeddings": self._embed}
        self.left = Event()  # set once a client has gone before its reply was over
        self._closing = Event()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"double": self}))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """What a client takes as its base URL."""
        return f"http://{self.address}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop, and let hanging replies go."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: Request) -> Reply:
        """The reply where nothing goes wrong."""
        if self.key is not None and request.key != self.key:
            return failing(401, f"Incorrect API key provided: {request.key}.")
        route = self.routes.get(request.path)
        return route(request.body) if route else failing(404, f"There is no {request.path}.")

    def pause(self, seconds: float) -> bool:
        """Wait, but not beyond the server's own end; whether that has come."""
        return self._closing.wait(seconds)

    def _embed(self, body: Mapping[str, Any]) -> Reply:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        if not all(texts):
            return failing(400, "'$.input' is invalid: input cannot be an empty string.")
        vectors = [_vector(text, self.dimension) for text in texts]
        coded = [_base64(vector) if body.get("encoding_format") == "base64" else vector for vector in vectors]
        entries = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(coded)]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        return Reply.of({"object": "list", "data": entries, "model": body["model"], "usage": usage})


class _Server(ThreadingHTTPServer):
    """Says nothing of clients that hang up."""

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as http.server has it
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Reads one request and sends what the double answers, or what is to go wrong."""

    protocol_version = "HTTP/1.1"
    double: OpenAIDouble

    def do_POST(self) -> None:  # http.server looks for this name
        request = self._request()
        self.double.requests.append(request)
        fault = self.double.faults.popleft() if self.double.faults else None
        match fault:
            case Hang(seconds):
                self._wait(seconds)
                self._hang_up()
            case Reset():
                self._hang_up()
            case Cut(length):
                self._send(self.double.answer(request), length)
            case _:
                self._send(fault or self.double.answer(request))

    def _request(self) -> Request:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        key = (self.headers["Authorization"] or "").removeprefix("Bearer ")
        return Request(self.path, key or None, json.loads(body))

    def _wait(self, seconds: float) -> bool:
        """Wait while the client does; whether it has left."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not self.double.pause(0.02):
            if select.select([self.connection], [], [], 0)[0] and not self.connection.recv(1, socket.MSG_PEEK):
                self.double.left.set()
                return True
        return False

    def _send(self, reply: Reply, length: int | None = None) -> None:
        """Send the reply, or its first `length` bytes and no end; stop where the client has left."""
        try:
            self._send_parts(reply, length)
        except ConnectionError:
            self.double.left.set()
            self.close_connection = True

    def _send_parts(self, reply: Reply, length: int | None) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for part in reply.parts:
            if reply.pause and self._wait(reply.pause):
                return self._hang_up()
            kept = part if length is None else part[:length]
            self.wfile.write(b"%X\r\n%b\r\n" % (len(part), kept))
            self.wfile.flush()
            if length is not None:
                length -= len(kept)
                if not length:
                    return self._hang_up()
        self.wfile.write(b"0\r\n\r\n")
        return None

    def _hang_up(self) -> None:
        """Break the connection off, so that the client sees a reset and no end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in http.server
        """Say nothing on stderr."""


def _vector(text: str, dimension: int) -> list[float]:
    """Counts of the text's words, each in the place that its digest names: like texts, like vectors, of any length."""
    counts = [0.0] * dimension
    for word in re.findall(r"\w+", text.lower()) or [""]:
        counts[hashlib.sha256(word.encode()).digest()[0] % dimension] += 1.0
    return counts


def _base64(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
