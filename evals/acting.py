"""Lets a person, or a script, play the chat model: `python -m evals.acting --folder DIR --port P`.

A server on loopback that speaks OpenAI's interface. Each request is written to DIR/NNN.request.txt, as the model would
read it, and waits for DIR/NNN.reply.txt: plain text, or JSON that calls tools, {"calls": [{"name", "arguments"}]}. So
the product's own prompts can be read, and answered, without a key.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any

_LOOKS_AGAIN = 0.2
"""Seconds between two looks for a reply."""


def main(words: Sequence[str] | None = None) -> int:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m evals.acting", description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, required=True, help="where requests are written and replies are read")
    parser.add_argument("--port", type=int, default=8088, help="on 127.0.0.1; 0 takes one that is free")
    options = parser.parse_args(words)
    options.folder.mkdir(parents=True, exist_ok=True)
    with Stage(options.folder, options.port) as stage:
        sys.stdout.write(f"ONRECORD_MODEL=openai:acting OPENAI_BASE_URL={stage.url} ONRECORD_MODEL_SECONDS=3600\n")
        sys.stdout.flush()
        stage.serve_forever()
    return 0


class Stage(ThreadingHTTPServer):
    """The server; requests are numbered on from those that the folder holds."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Prompter)
        self.folder = folder
        self._numbering = Lock()

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def ask(self, body: Mapping[str, Any]) -> str:
        """Writes a request down and waits for its reply."""
        with self._numbering:
            number = next(free for free in itertools.count(1) if not self._file(free, "request").exists())
            self._file(number, "request").write_text(as_read(body), encoding="utf-8")
        before, reply = "", ""
        while not reply or reply != before:  # the same twice: it is complete
            time.sleep(_LOOKS_AGAIN)
            file = self._file(number, "reply")
            before, reply = reply, file.read_text(encoding="utf-8").strip() if file.exists() else ""
        return reply

    def _file(self, number: int, what: str) -> Path:
        return self.folder / f"{number:03}.{what}.txt"


class _Prompter(BaseHTTPRequestHandler):
    """Reads one request, and sends its reply as a stream of events."""

    protocol_version = "HTTP/1.1"
    server: Stage

    def do_POST(self) -> None:  # http.server looks for this name
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        events = "".join(f"data: {json.dumps(event)}\n\n" for event in events_of(self.server.ask(body), body))
        sent = f"{events}data: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
        """Keeps stderr quiet."""


def as_read(body: Mapping[str, Any]) -> str:
    """Writes a request out as the model would read it: the conversation turn by turn, and the tools."""
    parts = [part for message in body["messages"] for part in _told(message)]
    if body.get("tools") and body.get("tool_choice") != "none":
        parts += ["===== tools", *(_tool(tool["function"]) for tool in body["tools"])]
    return "\n".join(parts) + "\n"


def _told(message: Mapping[str, Any]) -> Iterator[str]:
    yield f"===== {message['role']}"
    if message.get("content"):
        yield str(message["content"])
    for call in message.get("tool_calls") or ():
        yield f"(calls {call['function']['name']} {call['function']['arguments']})"


def _tool(function: Mapping[str, Any]) -> str:
    arguments = function["parameters"]["properties"]
    named = ", ".join(name if name in function["parameters"]["required"] else f"{name}?" for name in arguments)
    return f"{function['name']}({named}): {function['description']}"


def events_of(reply: str, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Turns a reply into the events of a stream: the text or the tool calls, then the usage."""
    calls = _calls(reply)
    delta = {"tool_calls": calls} if calls else {"content": reply}
    chunk = {"id": "acting", "object": "chat.completion.chunk", "created": 1, "model": body.get("model", "acting")}
    yield {**chunk, "choices": [{"index": 0, "delta": {"role": "assistant", **delta}}]}
    yield {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls" if calls else "stop"}]}
    read, wrote = len(as_read(body)) // 4, len(reply) // 4
    usage = {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
    yield {**chunk, "choices": [], "usage": usage}


def _calls(reply: str) -> list[dict[str, Any]]:
    """Reads the tool calls of a reply; none if it is plain text."""
    try:
        told = json.loads(reply)
    except json.JSONDecodeError:
        return []
    called = told.get("calls", []) if isinstance(told, dict) else []
    return [
        {
            "index": index,
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": call["name"], "arguments": json.dumps(call.get("arguments", {}))},
        }
        for index, call in enumerate(called)
    ]


if __name__ == "__main__":
    sys.exit(main())
