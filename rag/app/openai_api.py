"""Serves `/v1`: OpenAI's chat completions in front of `ask`, so that a chat program can use onrecord as a model."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from rag import __version__
from rag.app.http_api import add_errors, event_stream, sent_event
from rag.app.service import AskedQuestion, LibraryService
from rag.app.terminal import place_text
from rag.core import Answer, Passed, Sentence, Step, Turn
from rag.core.errors import UsageError
from rag.json_contract import answer_json

OPENAI_PATH: Final = "/v1"
MODEL_NAME: Final = "onrecord"
_SINCE: Final = 1_767_225_600
"""A date that clients sort models by."""


class ContentPart(BaseModel):
    """A part of a message's content; only text is read."""

    type: str
    text: str = ""


class ChatMessage(BaseModel):
    """A message of the conversation; what a system message says is not read, for answers come from articles alone."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None

    @property
    def text(self) -> str:
        """The words of the message. UsageError for a picture or a sound."""
        if isinstance(self.content, list):
            if any(part.type not in {"text", "refusal"} for part in self.content):
                raise UsageError("onrecord reads text only; send the message without pictures, sounds or files.")
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """Whether the last chunk tells how many tokens were used."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """What a client asks for; temperature and the like are not read, since nothing is drawn by chance."""

    model: str
    messages: list[ChatMessage]
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = None

    @property
    def asked(self) -> AskedQuestion:
        """The last message as the question, and the conversation before it. UsageError if it is not the user's."""
        if self.model != MODEL_NAME:
            raise UsageError(f"There is no model {self.model}; the one to ask is `{MODEL_NAME}`.")
        if self.n not in {None, 1}:
            raise UsageError("onrecord gives one answer to a question; ask with n=1 or without n.")
        talk = [message for message in self.messages if message.role in {"user", "assistant"}]
        if not talk or talk[-1].role != "user":
            raise UsageError("The last message must be the user's question.")
        turns = tuple(Turn("user" if one.role == "user" else "assistant", one.text) for one in talk[:-1])
        return AskedQuestion(question=talk[-1].text.strip(), door="openai", history=turns)


def make_openai_api(service: LibraryService) -> FastAPI:
    """Returns the application to mount at `OPENAI_PATH`."""
    api = FastAPI(title="onrecord", version=__version__, openapi_url=None, docs_url=None, redoc_url=None)
    add_errors(api, openai_error)
    model = {"id": MODEL_NAME, "object": "model", "created": _SINCE, "owned_by": "onrecord"}

    @api.get("/models")
    def models() -> JSONResponse:
        return JSONResponse({"object": "list", "data": [model]})

    @api.get("/models/{name}")
    def single(name: str) -> JSONResponse:
        if name != MODEL_NAME:
            told = openai_error(f"There is no model {name}; the one to ask is `{MODEL_NAME}`.", 404)
            return JSONResponse(told, 404)
        return JSONResponse(model)

    @api.post("/chat/completions")
    async def complete(body: ChatRequest) -> Response:
        asked = body.asked
        if body.stream:
            options = body.stream_options
            told = _Chunks(with_usage=options is not None and options.include_usage)
            return await event_stream(service.stream(asked), told.of, told.failed)
        return JSONResponse(_completion(await service.ask(asked)), headers={"Cache-Control": "no-store"})

    return api


def openai_error(sentence: str, status: int) -> dict[str, Any]:
    """Returns an error as OpenAI's clients read it."""
    kind = "invalid_request_error" if status < 500 else "server_error"  # noqa: PLR2004 - the classes of HTTP
    return {"error": {"message": sentence, "type": kind, "param": None, "code": None}}


def completion_text(answer: Answer) -> str:
    """Returns an answer as one text: a paragraph a sentence, then where each of its numbers stands."""
    return "\n\n".join([*(sentence.numbered for sentence in answer.sentences), *_after(answer)])


def _after(answer: Answer) -> Iterator[str]:
    """Yields the paragraphs below the sentences: places, what is nearest to an answer, notes."""
    if answer.citations:
        yield "Sources:\n" + "\n".join(place_text(citation) for citation in answer.citations)
    if answer.near_misses:
        yield "Nearest in the articles:\n" + "\n".join(
            f"- {miss.source}, characters {miss.start:,}-{miss.end:,} ({miss.speaker or 'no speaker'}; {miss.why}): "
            f"“{' '.join(miss.quote.split())}”"
            for miss in answer.near_misses
        )
    if notes := (*answer.corrections, *answer.notes):
        yield "Notes:\n" + "\n".join(f"- {text}" for text in notes)
    if answer.withheld:
        count = len(answer.withheld)
        does = "sentence was" if count == 1 else "sentences were"
        yield f"{count} more {does} withheld, because the articles do not bear out as much."


def _usage(answer: Answer) -> dict[str, int]:
    told = answer.usage or {}
    read, wrote = int(told.get("input_tokens") or 0), int(told.get("output_tokens") or 0)
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}


def _completion(answer: Answer) -> dict[str, Any]:
    message = {"role": "assistant", "content": completion_text(answer), "refusal": None}
    return {
        **_head("chat.completion"),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": _usage(answer),
        "onrecord": answer_json(answer),
    }


def _head(kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL_NAME,
    }


@dataclass
class _Chunks:
    """Writes the steps of an answer as chunks; together they hold the text of `completion_text`."""

    with_usage: bool
    head: dict[str, Any] = field(default_factory=lambda: _head("chat.completion.chunk"))
    told: list[Sentence] = field(default_factory=list)

    def of(self, step: Step) -> str:
        """Returns the events of one step."""
        if isinstance(step, Passed):
            return self._said(step.sentence)
        if isinstance(step, Answer):
            rest = "".join(self._said(sentence) for sentence in step.sentences if sentence not in self.told)
            return rest + "".join(self._delta(f"\n\n{words}") for words in _after(step)) + self._end(step)
        return ": writing\n\n"

    def failed(self, sentence: str) -> str:
        """Returns an answer that broke off as clients read it."""
        return sent_event(None, openai_error(sentence, 500))

    def _said(self, sentence: Sentence) -> str:
        before = "\n\n" if self.told else ""
        self.told.append(sentence)
        return self._delta(before + sentence.numbered)

    def _delta(self, words: str) -> str:
        return self._chunk([{"index": 0, "delta": {"role": "assistant", "content": words}, "finish_reason": None}])

    def _end(self, answer: Answer) -> str:
        last = self._chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}], onrecord=answer_json(answer))
        usage = self._chunk([], usage=_usage(answer)) if self.with_usage else ""
        return f"{last}{usage}data: [DONE]\n\n"

    def _chunk(self, choices: list[dict[str, Any]], **more: object) -> str:
        return sent_event(None, {**self.head, "choices": choices, **more})
