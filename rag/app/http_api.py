"""Serves `/api/v1`, the contract's JSON over HTTP with a page that describes it, and `/v1`, OpenAI's form of `ask`.

By the latter a chat program can use onrecord as a model. Answers are also sent step by step, as server-sent events.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Annotated, Any, Final, Literal

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from rag import __version__
from rag.answering.retrieval.statements import Wanted
from rag.app.service import DRAFT, HITS, ROWS, AskedQuestion, LibraryService, NotHeld
from rag.app.terminal import completion_text, places_and_notes
from rag.core import QUESTION_LIMIT, Answer, Looked, Passed, Sentence, Step, Turn
from rag.core.errors import EmptyLibrary, OnrecordError, UsageError
from rag.json_contract import answer_json, answer_model, step_json, turn_of

API_PATH: Final = "/api/v1"

API_PAGE_POLICY: Final = "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
"""The describing page needs no script, and nothing from elsewhere."""

OPENAI_PATH: Final = "/v1"
MODEL_NAME: Final = "onrecord"
_SINCE: Final = 1_767_225_600
"""A date that clients sort models by."""

BROKEN: Final = (
    "Something went wrong inside onrecord, and the terminal that runs it says what; ask again, or run "
    "`onrecord doctor`."
)
_NO_STORE: Final = {"Cache-Control": "no-store"}
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "The request is wrong; `error` is one sentence that says how."},
    401: {"description": "A token is needed."},
    429: {"description": "Too many questions in a minute; `Retry-After` says how many seconds to wait."},
    503: {"description": "The library cannot answer now; `error` names the remedy."},
}
_log = logging.getLogger("onrecord.api")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CitedPlace(BaseModel):
    """A citation of an earlier answer, as that answer gave it; other fields are not read."""

    source: str
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(gt=0)]
    statement_id: str | None = None
    speaker: str | None = None


class HistoryTurn(BaseModel):
    """A turn of the conversation before the question.

    Role and content are enough; a question's `standalone_question` and an answer's `citations` spare reading it again.
    """

    role: Literal["user", "assistant"]
    content: str
    standalone_question: str | None = None
    citations: list[CitedPlace] = []


class QuestionBody(_Strict):
    """A question, the conversation before it, and the day of asking, from which "this week" counts (default: today)."""

    question: Annotated[str, Field(min_length=1, max_length=QUESTION_LIMIT)]
    id: str | None = None
    history: list[HistoryTurn] = []
    asked: dt.date | None = None

    @property
    def read(self) -> AskedQuestion:
        """The question as it is answered."""
        turns: tuple[Turn, ...] = tuple(turn_of(turn.model_dump()) for turn in self.history)
        return AskedQuestion(question=self.question, door="api", history=turns, asked=self.asked)


class DraftBody(_Strict):
    """Either a `text` whose quotations are checked, or one `quote` and whom it is credited to."""

    text: Annotated[str | None, Field(max_length=DRAFT)] = None
    quote: str | None = None
    speaker: str | None = None


class StatementFilters(_Strict):
    """Filters of `onrecord statements`; all given ones must fit. Days are inclusive."""

    by: str | None = None
    about: str | None = None
    source: str | None = None
    outlet: str | None = None
    kind: Literal["direct", "reported", "mixed"] | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=ROWS)] = 100

    @property
    def wanted(self) -> Wanted:
        """The filters as the record is searched by."""
        return Wanted(**self.model_dump(exclude={"offset", "limit"}))


def make_api(service: LibraryService) -> FastAPI:
    """Returns the application to mount at `API_PATH`."""
    api = FastAPI(
        title="onrecord",
        version=__version__,
        description="Who said what in a folder of news articles. Only what passed the check leaves, with its place.",
        servers=[{"url": API_PATH}],
        root_path_in_servers=False,
        docs_url=None,
        redoc_url=None,
        responses=_ERRORS,
    )
    _add_asking(api, service)
    _add_looking(api, service)
    _add_articles(api, service)
    add_errors(api, lambda sentence, _: {"error": sentence})
    for calls in api.openapi()["paths"].values():  # a wrong request gets 400 here, and one sentence
        for call in calls.values():
            call["responses"].pop("422", None)

    @api.get("/", include_in_schema=False)
    @api.get("/docs", include_in_schema=False)
    def describe() -> HTMLResponse:
        return HTMLResponse(api_page_html(api.openapi()), headers={"Content-Security-Policy": API_PAGE_POLICY})

    return api


def _add_asking(api: FastAPI, service: LibraryService) -> None:
    @api.post("/ask", summary="Answer one question", responses={200: {"model": answer_model()}})
    async def ask(body: QuestionBody) -> JSONResponse:
        """Returns the answer as `onrecord ask --json` prints it: sentences, citations, near misses, and so on."""
        return _json(answer_json(await service.ask(body.read), body.id))

    @api.post("/stream", summary="Answer one question as server-sent events", response_class=StreamingResponse)
    async def stream(body: QuestionBody) -> StreamingResponse:
        """Sends `sentence` for each sentence that has passed the check, last `answer`, or `error` if it breaks off.

        A sentence comes with the citations that it is the first to make; `look` tells of a model's look-up. The answer
        is whole and contains every sentence that was sent, in the same order.
        """

        def failed(sentence: str) -> str:
            return sent_event("error", {"error": sentence})

        return await event_stream(service.stream(body.read), lambda step: _event_of(step, body.id), failed)


def _add_looking(api: FastAPI, service: LibraryService) -> None:
    @api.get("/search", summary="Find passages without writing an answer")
    def search(
        query: Annotated[str, Query(min_length=1, max_length=QUESTION_LIMIT)],
        limit: Annotated[int, Query(ge=1, le=HITS)] = 10,
    ) -> JSONResponse:
        """Returns `hits`, best first: the exact place and words of each, and the statements on record within them."""
        return _json(service.search(query, limit))

    @api.get("/statements", summary="List every recorded statement that passes the filters")
    def statements(filters: Annotated[StatementFilters, Query()]) -> JSONResponse:
        """Returns the true `count` and a part of the rows of `onrecord statements --json`; `next_offset` goes on.

        Statements in articles without a date come last where days are asked for; `undated` counts them.
        """
        return _json(service.statements(filters.wanted, filters.offset, filters.limit))

    @api.post("/verify", summary="Check the quotations of a text, or one quotation")
    def verify(body: DraftBody) -> JSONResponse:
        """Returns `stands` and a row for each quotation: verbatim, altered (with the difference), wrong speaker, …."""
        if (body.text is None) == (body.quote is None):
            raise UsageError("Give either `text`, a draft with its quotations, or `quote`, one quotation.")
        if body.quote is not None:
            row = service.verify_quote(body.quote, body.speaker)
            return _json({"stands": row["stands"], "quotations": [row]})
        return _json(service.verify(body.text or ""))


def _add_articles(api: FastAPI, service: LibraryService) -> None:
    @api.get("/sources", summary="List the articles, and how their files stand")
    def sources(
        search: str = "",
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=ROWS)] = ROWS,
    ) -> JSONResponse:
        """Returns `count` and a part of the sources; `search` is part of a source or a title."""
        return _json(service.sources(search, offset, limit))

    @api.get("/article", summary="Read an article by the offsets that citations count")
    def article(
        source: str, start: Annotated[int, Query(ge=0)] = 0, end: Annotated[int | None, Query(ge=1)] = None
    ) -> JSONResponse:
        """Returns `quote`, the characters `start`:`end` of the text, and every statement on record within them."""
        return _json(service.article(source, start, end))


def add_errors(api: FastAPI, shape: Callable[[str, int], dict[str, Any]]) -> None:
    """Makes every error of an application one sentence, in JSON of the given shape (from sentence and status)."""

    def said(sentence: str, status: int) -> JSONResponse:
        return _json(shape(sentence, status), status)

    @api.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return said(_what_is_wrong(error), 400)

    @api.exception_handler(OnrecordError)
    def refuse(_: Request, error: OnrecordError) -> JSONResponse:
        return said(str(error), status_of(error))

    @api.exception_handler(HTTPException)
    def unknown(request: Request, error: HTTPException) -> JSONResponse:
        asked = f"{request.method} {request.url.path}"
        return said(f"There is no {asked}; {API_PATH}/docs lists what there is.", error.status_code)

    @api.exception_handler(Exception)
    def broken(_: Request, __: Exception) -> JSONResponse:
        return said(BROKEN, 500)


def status_of(error: OnrecordError) -> int:
    """Returns the HTTP status of an error: the asker's 400 or 404, else 503."""
    if isinstance(error, NotHeld):
        return 404
    return 400 if isinstance(error, UsageError) and not isinstance(error, EmptyLibrary) else 503


async def event_stream(
    steps: AsyncGenerator[Step], told: Callable[[Step], str], failed: Callable[[str], str]
) -> StreamingResponse:
    """Returns server-sent events, `told` for each step and `failed` for a sentence if one breaks off.

    What is wrong before the first step is raised, so that it has a status of its own.
    """
    first = await anext(steps)

    async def events() -> AsyncIterator[str]:
        async with aclosing(steps):
            try:
                yield told(first)
                async for step in steps:
                    yield told(step)
            except OnrecordError as error:
                yield failed(str(error))
            except Exception:  # noqa: BLE001 - the status is sent already; the log has the rest
                _log.exception("A question could not be answered.")
                yield failed(BROKEN)

    headers = {**_NO_STORE, "X-Accel-Buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)


def _event_of(step: Step, identity: str | None) -> str:
    match step:
        case Passed():
            return sent_event("sentence", step_json(step))
        case Looked():
            return sent_event("look", {"text": step.text})
        case Answer():
            return sent_event("answer", answer_json(step, identity))
        case _:
            return ": writing\n\n"


def sent_event(name: str | None, data: object) -> str:
    """Returns one server-sent event; JSON never holds a line break."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data)}\n\n"


def _json(content: object, status: int = 200) -> JSONResponse:
    return JSONResponse(content, status, _NO_STORE)


def _what_is_wrong(error: RequestValidationError) -> str:
    """Returns one sentence on the first field that is wrong."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part not in {"body", "query", "path"})
    if first["type"] == "json_invalid":
        return f"The body is no JSON; {API_PATH}/docs shows what is asked for."
    message = str(first["msg"]).rstrip(".")
    return f"`{place or 'body'}`: {message[:1].lower()}{message[1:]}; {API_PATH}/docs shows what is asked for."


def api_page_html(schema: dict[str, Any]) -> str:
    """Renders an OpenAPI schema as a page without scripts."""
    template = files("rag.app").joinpath("api.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"kind": _kind, "prose": _prose}
    return environment.from_string(template).render(schema=schema, bodies=schema["components"]["schemas"])


def _prose(words: str) -> Markup:
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(words))))  # noqa: S704 - escaped here


def _kind(field: dict[str, Any]) -> str:
    """Describes the JSON type of a field, with its limits."""
    options = field.get("anyOf", [field])
    limits = [
        f"{sign} {value:,.0f}"
        for option in options
        for name, sign in (("minimum", "from"), ("maximum", "to"), ("maxLength", "up to"))
        if (value := option.get(name)) is not None
    ]
    return ", ".join(filter(None, (" or ".join(map(_plain_kind, options)), " ".join(limits))))


def _plain_kind(option: dict[str, Any]) -> str:
    if "enum" in option:
        return " | ".join(f'"{value}"' for value in option["enum"])
    if "$ref" in option:
        return str(option["$ref"]).rpartition("/")[2]
    if option.get("type") == "array":
        return f"list of {_plain_kind(option['items'])}"
    return "day, YYYY-MM-DD" if option.get("format") == "date" else str(option.get("type", "any"))


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
            raise NotHeld(f"There is no model {name}; the one to ask is `{MODEL_NAME}`.")
        return JSONResponse(model)

    @api.post("/chat/completions")
    async def complete(body: ChatRequest) -> Response:
        asked = body.asked
        if body.stream:
            options = body.stream_options
            told = _Chunks(with_usage=options is not None and options.include_usage)
            return await event_stream(service.stream(asked), told.of, told.failed)
        return _json(_completion(await service.ask(asked)))

    return api


def openai_error(sentence: str, status: int) -> dict[str, Any]:
    """Returns an error as OpenAI's clients read it."""
    kind = "invalid_request_error" if status < 500 else "server_error"  # noqa: PLR2004 - the classes of HTTP
    return {"error": {"message": sentence, "type": kind, "param": None, "code": None}}


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
    identity = f"chatcmpl-{secrets.token_hex(12)}"
    return {"id": identity, "object": kind, "created": int(time.time()), "model": MODEL_NAME}


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
            return rest + "".join(self._delta(f"\n\n{words}") for words in places_and_notes(step)) + self._end(step)
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
