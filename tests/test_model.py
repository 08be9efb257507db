"""A chat model over real HTTP on loopback: it is heard as it speaks, given up in time, ended when nobody listens."""

import logging
import os
import socket
import time
import tomllib
from collections.abc import Iterator

import pytest

from rag.answering.writing.chat_model import LangChainModel
from rag.core import ReplyChunk, Tool, ToolCall, ToolRound, Turn
from rag.core.errors import ModelError
from tests.openai_double import Cut, Fault, Hang, OpenAIDouble, Reply, Reset, calling, failing, saying
from tests.processes import REPOSITORY

pytestmark = pytest.mark.server
KEY = "sk-a-secret-key"
ASKED = (Turn("user", "What did Lund say?"),)
PATIENT = 10.0
IMPATIENT = 1.0


@pytest.fixture
def server() -> Iterator[OpenAIDouble]:
    with OpenAIDouble(key=KEY) as double:
        double.routes["/v1/chat/completions"] = lambda _: saying("The pier is long [1].")
        yield double


def model(url: str, *, seconds: float = PATIENT, key: str | None = KEY) -> LangChainModel:
    return LangChainModel("openai:double", base_url=url, api_key=key, seconds=seconds)


def heard(server: OpenAIDouble, *, seconds: float = PATIENT) -> str:
    return "".join(one.text for one in model(server.url, seconds=seconds).reply("Be brief.", ASKED))


def test_a_reply_is_heard_as_it_comes_with_what_it_took_and_says_if_it_was_cut(server: OpenAIDouble) -> None:
    chunks = list(model(server.url).reply("Be brief.", ASKED))
    assert "".join(one.text for one in chunks) == "The pier is long [1]."
    assert len([one for one in chunks if one.text]) > 1
    assert [one.tokens for one in chunks if one.tokens] == [(50, 3)]
    server.routes["/v1/chat/completions"] = lambda _: saying("The pier is", ended="length")
    assert any(one.is_cut for one in model(server.url).reply("Be brief.", ASKED))


def test_the_conversation_reaches_the_model_and_half_a_surrogate_pair_comes_back_as_a_question_mark(
    server: OpenAIDouble,
) -> None:
    list(model(server.url).reply("Be brief.", (Turn("user", "One?"), Turn("assistant", "Two."), Turn("user", "{x}"))))
    said = [(one["role"], one["content"]) for one in server.requests[0].body["messages"]]
    assert said == [("system", "Be brief."), ("user", "One?"), ("assistant", "Two."), ("user", "{x}")]
    event = b'data: {"choices": [{"index": 0, "delta": {"content": "\\ud83d yes"}}]}\n\n'
    server.faults.append(Reply((event, b"data: [DONE]\n\n"), content_type="text/event-stream"))
    assert heard(server) == "? yes"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (failing(401, f"Incorrect API key provided: {KEY}."), "refused the key"),
        (failing(403, f"{KEY} may not"), "does not allow"),
        (failing(404), "no such model"),
        (failing(400), "refused the request"),
        (failing(429, retry_after="3600"), "too much to do"),
        (Reply((b"not json",)), "no reply"),
        (Reply((b"<html>busy</html>",), content_type="text/html"), "no reply"),
        (Reply((b"data: {not json}\n\n",), content_type="text/event-stream"), "no reply"),
        (Reply((b'data: {"choices": 5}\n\n',), content_type="text/event-stream"), "no reply"),
    ],
)
def test_what_no_second_try_can_mend_is_told_at_once(
    server: OpenAIDouble, fault: Fault, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.faults.extend([fault] * 3)
    with pytest.raises(ModelError, match=told) as raised:
        heard(server)
    assert len(server.requests) == 1
    assert KEY not in str(raised.getrepr(chain=True)) + caplog.text


@pytest.mark.parametrize(
    "faults",
    [
        [failing(503)],
        [failing(500), failing(500)],
        [failing(429, retry_after="1")],
        [failing(429)],
        [Reset()],
        [Reset(), failing(502)],
    ],
)
def test_what_passes_is_tried_again(server: OpenAIDouble, faults: list[Fault]) -> None:
    server.faults.extend(faults)
    assert heard(server) == "The pier is long [1]."
    assert len(server.requests) == len(faults) + 1


def test_no_question_costs_more_than_three_requests(server: OpenAIDouble) -> None:
    server.faults.extend([failing(500)] * 9)
    with pytest.raises(ModelError, match=r"failed \(500\)"):
        heard(server)
    assert len(server.requests) == 3


def test_a_reply_that_breaks_off_is_not_asked_for_again(server: OpenAIDouble) -> None:
    server.faults.append(Cut(700))
    chunks: list[ReplyChunk] = []
    with pytest.raises(ModelError, match="broke off"):
        chunks.extend(model(server.url).reply("Be brief.", ASKED))
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [Hang(60), saying("The pier " * 500, size=1, pause=0.2)])
def test_a_model_that_takes_too_long_is_given_up(server: OpenAIDouble, fault: Fault) -> None:
    server.faults.extend([fault] * 3)
    with pytest.raises(ModelError, match="took longer than 1 seconds"):
        heard(server, seconds=IMPATIENT)
    assert server.left.wait(2)


def _closed() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


@pytest.mark.parametrize("fault", [Hang(60), saying("The pier " * 500, size=1, pause=0.2)])
def test_the_request_ends_when_nobody_listens(server: OpenAIDouble, fault: Fault) -> None:
    server.faults.append(fault)
    reply = model(server.url, seconds=60).reply("Be brief.", ASKED)
    next(reply)
    reply.close()
    assert server.left.wait(2)


def test_nothing_is_traced_unless_it_was_asked_for(server: OpenAIDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIDouble() as smith:
        for variable in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
            monkeypatch.setitem(os.environ, variable, "true")
        monkeypatch.setitem(os.environ, "LANGSMITH_ENDPOINT", f"http://{smith.address}")
        monkeypatch.setitem(os.environ, "LANGSMITH_API_KEY", "ls-key")
        heard(server)
        time.sleep(0.5)  # traces are sent from a thread of their own
        assert smith.requests == []


def test_a_model_is_named_by_its_package_needs_its_key_and_has_an_extra() -> None:
    with pytest.raises(ModelError, match="OPENAI_API_KEY"):
        LangChainModel("openai:gpt", base_url=None, api_key=None, seconds=PATIENT)
    for name, package in (("nobody:big", "langchain-nobody"), ("bedrock:big", "langchain-aws")):
        with pytest.raises(ModelError, match=f"pip install {package}"):
            LangChainModel(name, base_url=None, api_key=None, seconds=PATIENT)
    assert LangChainModel("azure_openai:gpt", base_url=None, api_key=None, seconds=PATIENT).host == "azure_openai"
    extras = tomllib.loads(REPOSITORY.joinpath("pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    for name in ("anthropic", "google-genai", "mistralai", "ollama"):
        (wanted,) = extras[name]
        assert wanted.startswith(f"langchain-{name}>="), name
    for address in (_closed, lambda: "http://no-such-host.invalid/v1"):
        with pytest.raises(ModelError, match="cannot be reached"):
            list(model(address()).reply("Be brief.", ASKED))


def test_a_model_that_thinks_first_may_say_more(server: OpenAIDouble) -> None:
    for name in ("double", "gpt-5-double"):
        chat = LangChainModel(f"openai:{name}", base_url=server.url, api_key=KEY, seconds=PATIENT)
        list(chat.reply("Be brief.", ASKED))
    plain, thinking = (one.body for one in server.requests)
    assert plain["temperature"] == 0
    assert "temperature" not in thinking
    assert thinking["max_completion_tokens"] > plain["max_completion_tokens"]


LOOK = Tool("search", "Finds sentences.", {"type": "object", "properties": {"query": {"type": "string"}}})


def wanted(server: OpenAIDouble, chat: LangChainModel | None = None) -> list[ToolCall]:
    chat = chat or model(server.url)
    return [call for one in chat.reply("Be brief.", ASKED, tools=(LOOK,)) for call in one.wanted]


def test_calls_of_tools_are_heard_whole_and_reach_the_model_with_what_they_found(server: OpenAIDouble) -> None:
    server.faults.append(calling(("search", {"query": "the pier at Portavia"}), ("search", {"query": "Lund"}), size=3))
    assert [(call.name, call.arguments) for call in wanted(server)] == [
        ("search", {"query": "the pier at Portavia"}),
        ("search", {"query": "Lund"}),
    ]
    (told,) = server.requests[0].body["tools"]
    assert told["function"] == {"name": "search", "description": "Finds sentences.", "parameters": LOOK.parameters}
    server.faults.append(calling(("search", '{"query": "the pi')))
    (call,) = wanted(server)
    assert (call.name, call.trouble) == ("search", "The arguments of this call are no JSON object.")
    server.requests.clear()
    past = ToolCall("call_7", "search", {"query": "pier"})
    turns = (*ASKED, ToolRound("", (past,), ("~x [1] The pier is long.",)))
    list(model(server.url).reply("Be brief.", turns, calls=1, tools=(LOOK,)))
    _, _, asking, answered = server.requests[0].body["messages"]
    assert asking["tool_calls"][0]["function"] == {"name": "search", "arguments": '{"query": "pier"}'}
    assert (answered["role"], answered["tool_call_id"], answered["content"]) == (
        "tool",
        "call_7",
        "~x [1] The pier is long.",
    )
    assert server.requests[0].body["tool_choice"] == "none"


SCHEMA = {"title": "verdicts", "type": "object", "properties": {"verdict": {"type": "string"}}}


def test_a_server_without_tools_or_schema_is_asked_without_from_then_on_and_another_refusal_is_not_blamed_on_them(
    server: OpenAIDouble,
) -> None:
    for told, field, form in (
        (failing(400, "auto tool choice requires --enable-auto-tool-choice"), "tools", {"tools": (LOOK,)}),
        (failing(404, "no endpoints found that support tool use"), "tools", {"tools": (LOOK,)}),
        (failing(500, "tools param requires --jinja flag"), "tools", {"tools": (LOOK,)}),
        (failing(400, "response_format json_schema is not supported"), "response_format", {"schema": SCHEMA}),
        (failing(501, "response_format"), "response_format", {"schema": SCHEMA}),
    ):
        server.requests.clear()
        server.faults.append(told)
        chat = model(server.url)
        for _ in range(2):
            chunks = chat.reply("Be brief.", ASKED, **form)
            assert "".join(one.text for one in chunks) == "The pier is long [1].", told
        assert [field in request.body for request in server.requests] == [True, False, False], told
    server.requests.clear()
    server.faults.extend([failing(400, "too long"), failing(400, "too long")])
    chat = model(server.url)
    with pytest.raises(ModelError, match="refused the request"):
        list(chat.reply("Be brief.", ASKED, tools=(LOOK,)))
    assert "".join(one.text for one in chat.reply("Be brief.", ASKED, tools=(LOOK,))) == "The pier is long [1]."
    assert ["tools" in request.body for request in server.requests] == [True, False, True]


def test_a_reply_is_kept_to_a_schema_by_the_provider(server: OpenAIDouble) -> None:
    server.routes["/v1/chat/completions"] = lambda _: saying('{"verdict": "yes"}')
    chunks = list(model(server.url).reply("Be brief.", ASKED, schema=SCHEMA))
    assert "".join(one.text for one in chunks) == '{"verdict": "yes"}'
    assert [one.tokens for one in chunks if one.tokens] == [(50, 3)]
    assert server.requests[0].body["response_format"]["json_schema"]["name"] == "verdicts"
