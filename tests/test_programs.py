"""The doors for other programs, over real HTTP on loopback: the API, its errors, tokens, limits, figures and health."""

import asyncio
import json
import logging
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from rag import Assistant, Journal, LibraryService, Settings, answer_json, build, check_health
from rag.app.http_api import api_page_html
from rag.app.monitoring import JsonLines
from rag.app.service import AskedQuestion
from rag.core import ArticleDetails
from rag.json_contract import answer_model
from rag.vectors.minilm_onnx import model_path
from tests.case_files import table
from tests.newsroom import ORDA, Newsroom
from tests.processes import assert_one_sentence, onrecord
from tests.served import served
from tests.visitor import Reply, Visitor
from ui.app import LOOPBACK, create_app, create_programs_app, open_rooms
from ui.auth import LOGIN_COOKIE, AccessTokens, Logins, Password, issue_token, read_tokens, revoke_tokens, tokens_path
from ui.middleware import door_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:gradio")  # its own use of an older pandas

QUESTION = "What did Lavrov say about the EU?"


@pytest.fixture(scope="module")
def service(assistant: Assistant) -> LibraryService:
    return LibraryService(assistant)


@pytest.fixture(scope="module")
def doors(service: LibraryService) -> Iterator[Visitor]:
    """The doors of the library of the seeds, without logins."""
    with served(create_programs_app(service, allowed_hosts=LOOPBACK, a_minute=1_000)) as address:
        yield Visitor(address)


def post(doors: Visitor, path: str, body: object, **headers: str) -> Reply:
    return doors.get(path, json.dumps(body).encode(), Content_Type="application/json", **headers)


def fetched(doors: Visitor, path: str, **fields: object) -> Any:  # noqa: ANN401 - JSON
    reply = doors.get(f"api/v1/{path}?{urlencode(fields)}")
    assert reply.status == 200, reply.text
    return json.loads(reply.text)


def places(told: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Everything in a reply that has a place and the words there."""
    for inner in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from places(inner)
    if isinstance(told, dict) and {"source", "start", "end", "quote"} <= told.keys():
        yield told


def assert_exact(assistant: Assistant, told: Any, least: int = 1) -> None:  # noqa: ANN401 - JSON
    found = list(places(told))
    assert len(found) >= least
    for place in found:
        assert assistant.article(place["source"]).text[place["start"] : place["end"]] == place["quote"]


def test_an_answer_is_the_one_that_the_command_prints_and_a_stream_sends_its_sentences_first(
    doors: Visitor, assistant: Assistant
) -> None:
    told = json.loads(post(doors, "api/v1/ask", {"question": QUESTION, "id": "7"}).text)
    expected = json.loads(json.dumps(answer_json(assistant.ask(QUESTION), "7")))
    assert told | {"seconds": 0} == expected | {"seconds": 0}
    assert_exact(assistant, told, 4)
    reply = post(doors, "api/v1/stream", {"question": QUESTION})
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = re.findall(r"event: (\w+)\ndata: (.*)\n\n", reply.text)
    *sentences, (last, answer) = [(name, json.loads(data)) for name, data in events]
    assert last == "answer"
    assert [told["sentence"] for _, told in sentences] == answer["sentences"]
    assert {name for name, _ in sentences} == {"sentence"}
    assert [citation for _, told in sentences for citation in told["citations"]] == answer["citations"]
    assert_exact(assistant, sentences[1][1])


def test_a_follow_up_is_read_with_the_conversation_as_text_or_as_earlier_answers(doors: Visitor) -> None:
    first = json.loads(post(doors, "api/v1/ask", {"question": QUESTION}).text)
    user = {"role": "user", "content": QUESTION}
    said = {"role": "assistant", "content": first["text"]}
    for history in ([user, said], [user | {"standalone_question": QUESTION}, said | {"citations": first["citations"]}]):
        told = json.loads(post(doors, "api/v1/ask", {"question": "And Peskov?", "history": history}).text)
        assert {citation["speaker"] for citation in told["citations"]} >= {"Dmitry Peskov"}, history
        assert "Peskov" in told["standalone_question"], history
        assert "EU" in told["standalone_question"], history


def test_whoever_leaves_in_the_middle_ends_the_writing(assistant: Assistant) -> None:
    service = LibraryService(assistant)

    async def leave() -> None:
        steps = service.stream(AskedQuestion(question=QUESTION, door="api"))
        await anext(steps)
        await steps.aclose()

    with ThreadPoolExecutor(1) as beside:  # the browser tests keep an event loop running in this thread
        beside.submit(asyncio.run, leave()).result()
    assert 'onrecord_questions_total{door="api",status="left"} 1.0' in service.journal.metrics().decode()


def test_what_is_found_listed_checked_and_read_has_its_exact_place(doors: Visitor, assistant: Assistant) -> None:
    found = fetched(doors, "search", query="Armenians who trust the EU", limit=3)
    assert len(found["hits"]) == 3
    assert any(hit["statements"] for hit in found["hits"])
    assert_exact(assistant, found, 3)
    article = fetched(doors, "article", source=ORDA, start=0, end=1_500)
    assert (article["length"], article["next_start"]) == (len(assistant.article(ORDA).text), 1_500)
    assert "Sergei Lavrov" in {statement["speaker"] for statement in article["statements"]}
    assert_exact(assistant, article, 2)
    quoted = article["statements"][0]
    for speaker, verdict in ((quoted["speaker"], "verbatim"), ("Angela Merkel", "wrong_speaker")):
        told = json.loads(post(doors, "api/v1/verify", {"quote": f"“{quoted['quote']}”", "speaker": speaker}).text)
        assert [row["verdict"] for row in told["quotations"]] == [verdict], speaker
        assert_exact(assistant, told)
    draft = f"The minister spoke. “We never trusted the European moon,” he said. “{quoted['quote']}” stands too."
    told = json.loads(post(doors, "api/v1/verify", {"text": draft}).text)
    assert [row["verdict"] for row in told["quotations"]] == ["not_found", "verbatim"]
    assert not told["stands"]


def test_statements_are_counted_truly_and_had_in_parts_and_sources_are_listed_with_how_they_stand(
    doors: Visitor, library_dir: Path
) -> None:
    rows = onrecord("statements", "--by", "Lavrov", "--json", "--data", library_dir).lines
    first = fetched(doors, "statements", by="Lavrov", limit=3)
    rest = fetched(doors, "statements", by="Lavrov", offset=first["next_offset"])
    assert first["statements"] + rest["statements"] == rows
    assert rest["next_offset"] is None
    unknown = fetched(doors, "statements", by="Zaphod")
    assert (unknown["count"], unknown["statements"]) == (0, [])
    assert "Zaphod" in unknown["notes"][0]
    told = fetched(doors, "sources")
    assert told["count"] == 5
    assert {row["state"] for row in told["sources"]} == {"indexed"}
    assert [row["source"] for row in fetched(doors, "sources", search="seeking to expand")["sources"]] == [ORDA]


WRONG = (
    *table("requests", "refused"),
    ("api/v1/ask", {"question": "x" * 2_001}, 400),
    ("api/v1/verify", {"text": "x" * 100_001}, 400),
    (f"api/v1/article?source={ORDA}&start=999999", None, 400),
    (f"api/v1/article?source={ORDA}&start={'9' * 5_000}", None, 400),
)


def test_every_error_is_one_sentence_in_json(doors: Visitor) -> None:
    for path, body, status in WRONG:
        reply = doors.get(path) if body is None else post(doors, path, body)
        assert reply.status == status, (path, body, reply.text)
        error = json.loads(reply.text)["error"]
        sentence = error["message"] if path.startswith("v1/") else error
        assert re.fullmatch(r"\S[^\n]{10,300}\.", sentence), sentence
    for path in ("api/v1/ask", "v1/chat/completions"):
        assert doors.get(path, b"{", Content_Type="application/json").status == 400, path
        foreign = post(doors, path, {"question": "Who?"}, Origin="https://evil.example")
        assert (foreign.status, foreign.headers["content-type"]) == (403, "application/json"), path


def test_the_page_of_the_api_describes_every_address_without_scripts(doors: Visitor, assistant: Assistant) -> None:
    reply = doors.get("api/v1/docs")
    schema = json.loads(doors.get("api/v1/openapi.json").text)
    assert "script" not in reply.text
    assert "http://" not in reply.text.replace("http://127.0.0.1:7860", "")
    assert all(f"/api/v1{path}" in reply.text for path in schema["paths"])
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert list(answer_model().model_fields) == list(answer_json(assistant.ask(QUESTION)))
    hostile = schema | {"info": schema["info"] | {"description": "<img src=x onerror=alert(1)>"}}
    assert "<img" not in api_page_html(hostile)


def test_figures_tell_requests_questions_and_what_the_library_holds(assistant: Assistant) -> None:
    with served(create_programs_app(LibraryService(assistant))) as address:
        doors = Visitor(address)
        post(doors, "api/v1/ask", {"question": QUESTION})
        post(doors, "api/v1/ask", {"question": "What did Zaphod Beeblebrox say about towels?"})
        post(doors, "api/v1/ask", {"question": " "})
        lines = doors.get("metrics").text.splitlines()
    held = assistant.summary()
    assert {
        'onrecord_questions_total{door="api",status="answered"} 1.0',
        'onrecord_questions_total{door="api",status="declined"} 1.0',
        'onrecord_questions_total{door="api",status="refused"} 1.0',
        'onrecord_requests_total{door="api",method="POST",status="200"} 2.0',
        'onrecord_question_seconds_count{door="api"} 2.0',
        f"onrecord_articles {held.articles}.0",
        f"onrecord_statements {held.statements}.0",
    } <= set(lines)


def test_log_lines_are_json_and_tell_the_question_only_if_asked_to(
    assistant: Assistant, caplog: pytest.LogCaptureFixture
) -> None:
    for with_questions in (False, True):
        journal = Journal(assistant.summary, with_questions=with_questions)
        with caplog.at_level(logging.INFO, "onrecord.journal"):
            journal.asked("api", QUESTION, replace(assistant.ask(QUESTION), seconds=0.25))
        line = JsonLines().format(caplog.records[-1])
        told = json.loads(line)
        assert (told["event"], told["status"], told["door"], told["seconds"]) == (
            "question",
            "answered",
            "api",
            0.25,
        ), with_questions
        assert ("Lavrov" in line) is with_questions, with_questions


def test_figures_and_health_tell_what_the_library_holds_and_why_it_cannot_answer(
    tmp_path: Path, library_dir: Path
) -> None:
    class Empty(Newsroom):
        def summary(self) -> ArticleDetails:
            return replace(super().summary(), articles=0, passages=0)

    with served(create_app(open_rooms(Empty(), tmp_path))) as address:
        reply = Visitor(address).get("healthz")
    assert reply.status == 503
    assert json.loads(reply.text) == {
        "status": "unable",
        "articles": 0,
        "troubles": ["Nothing is indexed yet; run `onrecord index FOLDER`."],
    }
    model = model_path(Settings.from_environment({}).models)
    shutil.copy(model.with_name("tokenizer.json"), tmp_path)
    (tmp_path / model.name).write_bytes(b"no model")
    with closing(build(Settings(data=library_dir, models=tmp_path))) as hurt:
        health = check_health(hurt)
    assert (health.status, health.articles) == ("unable", 5)
    assert "make install" in health.troubles[0]


@dataclass(frozen=True, slots=True)
class Guarded:
    """The page and the doors for programs behind the login of Ada, whose tokens stand in the file `tokens`."""

    doors: Visitor
    tokens: Path
    session: str


@pytest.fixture(scope="module")
def guarded(service: LibraryService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    data = tmp_path_factory.mktemp("guarded")
    tokens = tokens_path(data / "logins")
    logins = Logins({"ada": Password.of("correct horse")}, tokens=AccessTokens(tokens))
    session = logins.enter("ada", "correct horse", "127.0.0.1")
    assert session
    with served(create_app(open_rooms(Newsroom(), data, service=service), logins=logins, a_minute=1_000)) as address:
        yield Guarded(Visitor(address), tokens, session)


DOORS = ("api/v1/sources", "api/v1/docs", "api/v1/openapi.json", "v1/models", "metrics", "mcp")


def test_without_a_token_no_door_is_open_and_with_one_those_for_programs_until_it_is_revoked(guarded: Guarded) -> None:
    for path in DOORS:
        for headers in ({}, {"Authorization": "Bearer onrecord_guess"}, {"Authorization": "Basic YTpi"}):
            reply = guarded.doors.get(path, None, **headers)
            assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer"), path
            assert "onrecord token FILE NAME" in json.dumps(json.loads(reply.text)), headers
    text, token = issue_token(guarded.tokens, "ada")
    strange, _ = issue_token(guarded.tokens, "somebody who has no login any more")
    bearer = {"Authorization": f"Bearer {text}"}
    for path in DOORS[:-1]:
        assert guarded.doors.get(path, None, **bearer).status == 200, path
        assert guarded.doors.get(path, Authorization=f"Bearer {strange}").status == 401, path
    for path in ("", "conversations", f"text?name={ORDA}", "gradio_api/info"):
        assert guarded.doors.get(path, None, **bearer).status == 401, path
    assert text not in guarded.tokens.read_text()
    assert guarded.tokens.stat().st_mode & 0o077 == 0
    assert revoke_tokens(guarded.tokens, "ada", token.id) == 1
    assert guarded.doors.get("v1/models", None, **bearer).status == 401


def test_a_reader_who_is_logged_in_may_use_the_api_and_is_told_why_health_is_poor(guarded: Guarded) -> None:
    cookie = {"Cookie": f"{LOGIN_COOKIE}={guarded.session}"}
    assert guarded.doors.get("api/v1/docs", None, **cookie).status == 200
    assert json.loads(guarded.doors.get("healthz").text) == {"status": "ok"}
    told = guarded.doors.get("healthz", Cookie=f"{LOGIN_COOKIE}={guarded.session}").text
    assert json.loads(told) == {"status": "ok", "articles": 2, "troubles": []}


def test_the_command_issues_lists_and_revokes_tokens_and_a_spoilt_file_lets_nobody_in(tmp_path: Path) -> None:
    logins = tmp_path / "logins"
    assert onrecord("login", logins, "ada", stdin="correct horse\n").code == 0
    issued = onrecord("token", logins, "ada")
    assert AccessTokens(tokens_path(logins)).who(issued.stdout.strip()) == "ada"
    (token,) = read_tokens(tokens_path(logins))
    assert token.id in onrecord("token", logins, "ada", "--list").stdout
    assert onrecord("token", logins, "ada", "--revoke", token.id).code == 0
    assert AccessTokens(tokens_path(logins)).who(issued.stdout.strip()) is None
    assert_one_sentence(onrecord("token", logins, "ada", "--revoke", "all"), 2, "--list")
    assert_one_sentence(onrecord("token", logins, "bo"), 2, "onrecord login")
    path = tmp_path / "logins.tokens"
    text, _ = issue_token(path, "ada")
    tokens = AccessTokens(path)
    assert tokens.who(text) == "ada"
    path.write_text("nonsense")
    assert tokens.who(text) is None
    path.unlink()
    assert tokens.who(text) is None


def test_the_page_and_programs_share_one_limit(service: LibraryService, tmp_path: Path) -> None:
    with served(create_app(open_rooms(Newsroom(), tmp_path, service=service), a_minute=3)) as address:
        doors = Visitor(address)
        assert doors.ask(QUESTION, "limited")
        assert post(doors, "api/v1/ask", {"question": QUESTION}).status == 200
        assert doors.get("api/v1/search?query=EU").status == 200
        body = {"model": "onrecord", "messages": [{"role": "user", "content": QUESTION}]}
        refused = [post(doors, "v1/chat/completions", body), post(doors, "api/v1/ask", {}), post(doors, "mcp", {})]
        assert [reply.status for reply in refused] == [429] * 3
        assert all(int(reply.headers["retry-after"]) > 0 for reply in refused)
        assert "ask again in" in json.loads(refused[1].text)["error"]
        assert doors.join(QUESTION, "limited").status == 429
        assert 'onrecord_questions_total{door="page",status="answered"}' in doors.get("metrics").text


def test_only_the_addresses_for_programs_are_theirs() -> None:
    assert [door_of(path) for path in ("/api/v1", "/api/v1/ask", "/v1/models", "/mcp", "/metrics")] == [
        "api", "api", "openai", "mcp", "metrics"
    ]  # fmt: skip
    assert {door_of(path) for path in ("/", "/api/v10", "/v1x", "/gradio_api/v1", "/mcpx", "/page/v1/", "")} == {"page"}
