"""Serves a chat model on loopback whose replies a function makes, so that the product talks to it as to any server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Reply = Callable[[str, Sequence[str]], str]
"""What the model of a name says to messages: the system's first, the question with its pieces last."""


@contextmanager
def serving(reply: Reply) -> Iterator[str]:
    """Serves the model until the block ends; gives the address that a client takes as its base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"reply": staticmethod(reply)}))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    reply: Reply

    def do_POST(self) -> None:  # http.server looks for this name
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        messages = [_text(message["content"]) for message in body["messages"]]
        said = self.reply(str(body["model"]), messages)
        parts = _events(said) if body.get("stream") else _whole(said)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if body.get("stream") else "application/json")
        self.send_header("Content-Length", str(len(parts)))
        self.end_headers()
        self.wfile.write(parts)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in http.server
        """Says nothing on stderr."""


def _text(content: Any) -> str:  # noqa: ANN401 - a string, or parts, as the interface has it
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content or ())


def _events(said: str) -> bytes:
    delta: list[Mapping[str, Any]] = [{"index": 0, "delta": {"role": "assistant", "content": said}}]
    end: list[Mapping[str, Any]] = [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    chunks = [_chunk("chat.completion.chunk", delta), _chunk("chat.completion.chunk", end)]
    chunks.append({**_chunk("chat.completion.chunk", []), "usage": _usage(said)})
    return b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks) + b"data: [DONE]\n\n"


def _whole(said: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
    return json.dumps({**_chunk("chat.completion", [choice]), "usage": _usage(said)}).encode()


def _chunk(kind: str, choices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"id": "x", "object": kind, "created": 1, "model": "loopback", "choices": list(choices)}


def _usage(said: str) -> Mapping[str, int]:
    written = len(said.split())
    return {"prompt_tokens": 50, "completion_tokens": written, "total_tokens": 50 + written}
