"""Connects chat models through LangChain: `openai:NAME` at OpenAI or any compatible server, or other providers.

Other providers need their package. This module makes, times, retries, abandons and ends requests.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from genai_prices import Usage, calc_price

from rag.core import Message, ReplyChunk, Tool, ToolCall, ToolRound
from rag.core.errors import ModelError
from rag.core.protocols import ChatModel

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_core.runnables import Runnable

_CALLS = 3
"""Maximum number of requests for one question."""

_PATIENCE = 5.0
"""Maximum seconds that a server may ask us to wait before the next request."""

_HEARTBEAT = 0.5
"""Seconds after which a silent model is reported as silent, so that the consumer can stop."""

_REPLY_TOKENS = 1_200
_THOUGHT_TOKENS = 4_000
"""For models that think before they write: their thinking counts too."""

_AGAIN = frozenset({408, 409, 429, 500, 502, 503, 504})
_KNOWS_NO_FORM = frozenset({400, 404, 405, 422, 500, 501})
"""Statuses of servers that support no tools or no schema, if the error names what is not supported."""

_NO_ARGUMENTS = "The arguments of this call are no JSON object."

_REFUSALS = {
    400: "refused the request (400)",
    401: "refused the key (401)",
    403: "does not allow it (403)",
    404: "knows no such model or address (404)",
    429: "has too much to do (429)",
}
_WITHOUT_TEMPERATURE = re.compile(r"o\d|gpt-5")
"""OpenAI models that think first, and reject a temperature."""

_PACKAGES = {
    "azure_openai": "openai",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "anthropic_bedrock": "aws",
    "google_anthropic_vertex": "google_vertexai",
    "nvidia": "nvidia_ai_endpoints",
}
"""LangChain providers whose package has another name."""

_OF_THE_NETWORK = frozenset({"APIConnectionError", "TransportError"})

Event = ReplyChunk | ModelError | None


class LangChainModel:
    """Talks to one chat model. Safe to use from several threads; the client is created with the first request."""

    def __init__(
        self, name: str, *, base_url: str | None, api_key: str | None, seconds: float, traced: bool = False
    ) -> None:
        """`seconds` is the time limit of a whole reply. `traced` also sends everything to LangSmith."""
        provider, _, model = name.partition(":")
        if provider == "openai" and not api_key and not base_url:
            raise ModelError(f"{name} needs a key; set OPENAI_API_KEY, or unset ONRECORD_MODEL to write offline.")
        module = f"langchain_{_PACKAGES.get(provider, provider)}"
        if find_spec(module) is None:
            raise ModelError(f"{name} needs a package; run `pip install {module.replace('_', '-')}` where onrecord is.")
        self.name = name
        self.host = _host(provider, base_url)
        self._seconds = seconds
        self._traced = traced
        thinks = _WITHOUT_TEMPERATURE.match(model) is not None
        self._options: dict[str, Any] = {"timeout": seconds, "max_retries": 0, "max_tokens": _REPLY_TOKENS}
        self._options |= {"max_tokens": _THOUGHT_TOKENS} if thinks else {"temperature": 0}
        if provider == "openai":
            self._options |= {"base_url": base_url, "api_key": api_key or "none", "stream_usage": True}
            self._options["stream_chunk_timeout"] = None  # its own limit of 120 s a chunk; ours is for the whole reply
        self._chat: BaseChatModel | None = None
        self._unknown: set[str] = set()  # what the model has been seen not to know: tools, a schema

    def reply(
        self,
        system: str,
        turns: Sequence[Message],
        calls: int = _CALLS,
        tools: Sequence[Tool] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> Generator[ReplyChunk]:
        """Yields the model's reply, as described in `rag.core.protocols.ChatModel`."""
        chat = self._connect()
        ask = partial(self._try, chat, _messages(system, turns), tools, schema)
        events: SimpleQueue[Event] = SimpleQueue()
        request = asyncio.run_coroutine_threadsafe(self._listen(partial(ask, events, calls), events), _loop())
        try:
            while True:
                try:
                    event = events.get(timeout=_HEARTBEAT)
                except Empty:
                    yield ReplyChunk()
                    continue
                if event is None:
                    return
                if isinstance(event, ModelError):
                    raise event
                yield event
        finally:
            request.cancel()

    def _connect(self) -> BaseChatModel:
        """Returns the client, created once; no request is sent."""
        if self._chat is None:
            from langchain.chat_models import init_chat_model

            try:
                self._chat = init_chat_model(self.name, **self._options)
            except Exception as error:  # noqa: BLE001 - each provider's client refuses its settings in its own way
                raise self._failure(f"cannot be used as it is set up ({type(error).__name__})") from None
        return self._chat

    async def _listen(self, ask: Callable[[], Awaitable[None]], events: SimpleQueue[Event]) -> None:
        """Puts every chunk into `events`, then None or an error in our words: a server's may contain the key."""
        from langsmith import tracing_context

        try:
            with tracing_context(enabled=None if self._traced else False):
                async with asyncio.timeout(self._seconds):
                    await ask()
            events.put(None)
        except TimeoutError:
            events.put(self._failure(f"took longer than {self._seconds:g} seconds"))
        except ModelError as error:
            events.put(error)

    async def _try(
        self,
        chat: BaseChatModel,
        messages: list[BaseMessage],
        tools: Sequence[Tool],
        schema: Mapping[str, Any] | None,
        events: SimpleQueue[Event],
        calls: int,
    ) -> None:
        """Makes requests until one succeeds, the calls are used up or a retry is useless."""
        form, is_plain = "schema" if schema else "tools", False
        for call in range(1, calls + 1):
            bound = None if is_plain else self._bound(chat, tools, schema, is_last=call == calls)
            was_heard = False
            try:
                whole: AIMessageChunk | None = None
                async for chunk in (bound or chat).astream(messages):
                    heard = _heard(chunk, call)
                    was_heard = was_heard or bool(heard.text)
                    whole = _joined(whole, chunk)
                    events.put(heard)
                if whole is not None:
                    events.put(ReplyChunk(calls=call, wanted=_wanted(whole)))
                self._unknown |= {form} if is_plain else set()
            except (TimeoutError, asyncio.CancelledError):
                raise
            except Exception as error:  # noqa: BLE001 - each provider's client breaks in its own way, and says too much
                is_refused = bound is not None and not was_heard and _is_of_form(error)
                is_plain = is_plain or is_refused
                pause = 0.0 if is_refused else _pause(error, call)
                if was_heard or pause is None or call == calls:
                    raise self._failure(_why(error, was_heard=was_heard)) from None
                await asyncio.sleep(pause)
            else:
                return

    def _bound(
        self, chat: BaseChatModel, tools: Sequence[Tool], schema: Mapping[str, Any] | None, *, is_last: bool
    ) -> Runnable[Any, Any] | None:
        """Returns the model with the tools, or kept to the schema; None once it has proved to support neither.

        The last request only names the tools, because of earlier calls.
        """
        if ("schema" if schema else "tools") in self._unknown or not (tools or schema):
            return None
        functions = [
            {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)} for tool in tools
        ]
        chooses = {"tool_choice": "none"} if is_last and self.name.startswith("openai:") else {}
        try:
            if schema:
                kept = chat.with_structured_output(dict(schema), method="json_schema")
                return getattr(kept, "first", None)  # the model alone: what it says is read by whoever asks
            return chat.bind_tools([{"type": "function", "function": function} for function in functions], **chooses)
        except (NotImplementedError, TypeError, ValueError):
            self._unknown.add("schema" if schema else "tools")
            return None

    def _failure(self, what: str) -> ModelError:
        return ModelError(f"The model {self.name} at {self.host} {what}.")


def _host(provider: str, base_url: str | None) -> str:
    if provider != "openai":
        return provider
    return (urlsplit(base_url).hostname if base_url else None) or "api.openai.com"


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Returns the one event loop, in its own thread, for all requests: they can be ended from outside."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="onrecord-models", daemon=True).start()
    return loop


def _messages(system: str, turns: Sequence[Message]) -> list[BaseMessage]:
    from langchain_core.messages import SystemMessage

    return [SystemMessage(system), *(message for turn in turns for message in _said(turn))]


def _said(turn: Message) -> Iterator[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

    if not isinstance(turn, ToolRound):
        yield HumanMessage(turn.content) if turn.role == "user" else AIMessage(turn.content)
        return
    calls = [{"id": call.id, "name": call.name, "args": dict(call.arguments)} for call in turn.calls]
    yield AIMessage(turn.content, tool_calls=calls)
    for call, result in zip(turn.calls, turn.results, strict=True):
        yield ToolMessage(result, tool_call_id=call.id)


def _joined(whole: AIMessageChunk | None, chunk: AIMessageChunk) -> AIMessageChunk | None:
    """Joins the parts of the calls that have arrived; None if there are none."""
    if not chunk.tool_call_chunks:
        return whole
    return chunk if whole is None else whole + chunk


def _wanted(whole: AIMessageChunk) -> tuple[ToolCall, ...]:
    """Returns the calls of a reply; invalid JSON arguments are reported in the call's trouble."""
    calls = []
    for place, called in enumerate(whole.tool_call_chunks):
        identity, name = called["id"] or f"call-{place}", called["name"] or "unknown"
        try:
            arguments = json.loads(called["args"] or "{}")
        except json.JSONDecodeError:
            arguments = None
        is_object = isinstance(arguments, dict)
        calls.append(ToolCall(identity, name, arguments if is_object else {}, None if is_object else _NO_ARGUMENTS))
    return tuple(calls)


def _heard(chunk: AIMessageChunk, calls: int) -> ReplyChunk:
    used = chunk.usage_metadata
    tokens = (used["input_tokens"], used["output_tokens"]) if used else None
    ended = chunk.response_metadata.get("finish_reason") or chunk.response_metadata.get("stop_reason")
    text = str(chunk.text).encode(errors="replace").decode()  # half a surrogate pair can be neither kept nor shown
    return ReplyChunk(text, tokens, calls, is_cut=ended in {"length", "max_tokens"})


def _pause(error: Exception, call: int) -> float | None:
    """Returns the seconds to wait before the next request; None if there should be none."""
    status = getattr(error, "status_code", None)
    if status is not None and status not in _AGAIN:
        return None
    if status is None and not _is_of_the_network(error):
        return None
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    asked = str(headers.get("retry-after") or "")
    wait = float(asked) if re.fullmatch(r"\d+(?:\.\d+)?", asked) else 0.25 * call
    return wait if wait <= _PATIENCE else None


def _is_of_form(error: Exception) -> bool:
    """Returns whether a server's error says that it supports no tools, or no schema."""
    status, told = getattr(error, "status_code", None), str(error).lower()
    return status in {400, 422} or (status in _KNOWS_NO_FORM and ("tool" in told or "response_format" in told))


def _is_of_the_network(error: Exception) -> bool:
    """Returns whether there was no response, by the error names of all providers' clients."""
    return isinstance(error, OSError) or not _OF_THE_NETWORK.isdisjoint(kind.__name__ for kind in type(error).__mro__)


def _why(error: Exception, *, was_heard: bool) -> str:
    status = getattr(error, "status_code", None)
    if was_heard:
        return "broke off"
    if status is not None:
        return _REFUSALS.get(status, f"failed ({status})")
    if _is_of_the_network(error):
        return "cannot be reached"
    return "sent something that is no reply"


def price(chat: ChatModel, used: tuple[int, int] | None) -> float | None:
    """Returns the price of the tokens in dollars, as the model's host publishes it; None if unknown.

    Prices come from the package `genai-prices`, whose release is locked: nothing is downloaded.
    """
    if used is None:
        return None
    usage, model = Usage(input_tokens=used[0], output_tokens=used[1]), chat.name.partition(":")[2]
    is_address = "." in chat.host or chat.host == "localhost"  # else it is the provider's name
    try:
        if is_address:
            priced = calc_price(usage, model, provider_api_url=f"https://{chat.host}/")
        else:
            priced = calc_price(usage, model, provider_id=chat.host)
    except LookupError:
        return None
    return round(float(priced.total_price), 6)
