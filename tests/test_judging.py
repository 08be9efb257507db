"""A second reading may withhold what passed, and never shows more; where it fails, the check alone has decided."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rag.answering.checking.check import check, stream
from rag.answering.writing.chat_model import LangChainModel
from rag.answering.writing.extractive import OfflineWriter
from rag.answering.writing.generative import Limits, ModelWriter
from rag.library.cache import Replies
from rag.library.store import Store
from rag.types import Answer
from tests.openai_double import Hang, OpenAIDouble, Reply, failing, saying
from tests.small_world import FACTS, FERRY, LOAN, PIER, evidence, query

pytestmark = pytest.mark.server
FOUND = evidence(statements=(PIER, LOAN, FERRY), hits=(FACTS,))
LOANED, READY = "Ada Lund said that the town would not borrow money.", "Ada Lund said: “It will be ready”."
WRITTEN = f"{LOANED[:-1]} [4]. {READY[:-1]} [3]. Ada Lund hates the harbour [4]."


@pytest.fixture
def server() -> Iterator[OpenAIDouble]:
    with OpenAIDouble() as double:
        yield double


def route(opinions: str | Reply) -> Callable[[Mapping[str, Any]], Reply]:
    """The writer's reply for the model of that name, the opinions for the other."""
    judged = saying(opinions) if isinstance(opinions, str) else opinions
    return lambda body: saying(WRITTEN) if body["model"] == "writer" else judged


def writer(server: OpenAIDouble, *, seconds: float = 10.0, replies: Replies | None = None) -> ModelWriter:
    chat, judge = (
        LangChainModel(f"openai:{name}", base_url=server.url, api_key=None, seconds=seconds)
        for name in ("writer", "judge")
    )
    return ModelWriter(chat, OfflineWriter(0.3, 0.6), Limits(6_000), replies, judge)


def answered(server: OpenAIDouble, opinions: str | Reply) -> Answer:
    server.routes["/v1/chat/completions"] = route(opinions)
    return check(query(), FOUND, writer(server).write(query(), FOUND))


def written(answer: Answer) -> list[str]:
    return [sentence.text for sentence in answer.sentences if sentence.verdict == "supported"]


def test_what_the_second_reader_doubts_is_withheld_and_says_so(server: OpenAIDouble) -> None:
    answer = answered(server, "1. yes\n2. no")
    assert written(answer) == [LOANED]
    doubted = [one.reason for one in answer.withheld if one.text == READY]
    assert doubted == ["A second reading by openai:judge did not find it in the cited words."]


@pytest.mark.parametrize("opinions", ["1: Yes.\n2) YES", "3. no", "I cannot say.", "yes yes", ""])
def test_only_a_no_withholds(server: OpenAIDouble, opinions: str) -> None:
    assert written(answered(server, opinions)) == [LOANED, READY]


def test_it_is_asked_only_of_what_passed_beside_the_words_that_carry_it(server: OpenAIDouble) -> None:
    answered(server, "1. yes\n2. yes")
    told = server.requests[1].body["messages"][-1]["content"]
    assert f"1. {LOANED}" in told
    assert "(Ada Lund, reported) Lund said that the town would not borrow money." in told
    assert "hates" not in told


def test_a_yes_shows_nothing_that_the_check_refused(server: OpenAIDouble) -> None:
    answer = answered(server, "1. yes\n2. yes\n3. yes")
    assert [one.text for one in answer.withheld] == ["Ada Lund hates the harbour."]


@pytest.mark.parametrize("fault", [failing(500), failing(401), Reply((b"",), content_type="text/event-stream")])
def test_where_it_fails_the_check_alone_decides_and_the_calls_stay_three(server: OpenAIDouble, fault: Reply) -> None:
    answer = answered(server, fault)
    assert written(answer) == [LOANED, READY]
    assert any("So nothing was read a second time." in note for note in answer.notes)
    assert len(server.requests) <= 3


def test_where_the_writing_took_all_calls_nothing_is_read_again(server: OpenAIDouble) -> None:
    server.faults.extend([failing(500), failing(500)])
    answer = answered(server, "1. no\n2. no")
    assert written(answer) == [LOANED, READY]
    assert len(server.requests) == 3
    assert any("took all calls" in note for note in answer.notes)


def test_what_both_took_is_summed(server: OpenAIDouble) -> None:
    usage = answered(server, "1. yes").usage
    assert usage is not None
    assert (usage["calls"], usage["input_tokens"]) == (2, 100)


def test_its_opinion_is_kept_too(server: OpenAIDouble, tmp_path: Path) -> None:
    Store.create(tmp_path).close()
    server.routes["/v1/chat/completions"] = route("1. no\n2. yes")
    again = writer(server, replies=Replies(tmp_path / "library.sqlite"))
    first, second = (check(query(), FOUND, again.write(query(), FOUND)) for _ in range(2))
    assert (written(first), written(second)) == ([READY], [READY])
    assert len(server.requests) == 2


def test_whoever_stops_listening_ends_the_second_reading_too(server: OpenAIDouble) -> None:
    server.routes["/v1/chat/completions"] = route("1. yes")
    steps = stream(query(), FOUND, writer(server, seconds=60).write(query(), FOUND))
    while len(server.requests) < 1:
        next(steps)
    server.faults.append(Hang(60))
    while len(server.requests) < 2:
        assert next(steps) is None
    steps.close()
    assert server.left.wait(2)
