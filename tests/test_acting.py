"""Somebody plays the model: requests become files, files become replies."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from evals.acting import Stage
from rag.answering.writing.chat_model import LangChainModel
from rag.core import ReplyChunk, Tool, ToolRound, Turn

pytestmark = pytest.mark.server
LOOK = Tool("search", "Finds sentences.", {"properties": {"query": {}, "since": {}}, "required": ["query"]})
ASKED = Turn("user", "What did Lund say?")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path, 0) as running:
        Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield running
        running.shutdown()


def heard(stage: Stage, reply: str, *turns: Turn | ToolRound) -> tuple[str, list[ReplyChunk]]:
    """What was written down of the next request, and what came back."""
    number = len(list(stage.folder.glob("*.request.txt"))) + 1
    (stage.folder / f"{number:03}.reply.txt").write_text(reply, encoding="utf-8")
    chat = LangChainModel("openai:acting", base_url=stage.url, api_key=None, seconds=20)
    chunks = list(chat.reply("Be brief.", turns, tools=(LOOK,)))
    return (stage.folder / f"{number:03}.request.txt").read_text(encoding="utf-8"), chunks


def test_a_request_is_written_as_it_would_be_read_and_its_file_answers_or_calls_tools(stage: Stage) -> None:
    request, chunks = heard(stage, "Lund said so [1].\n", ASKED)
    assert "".join(one.text for one in chunks) == "Lund said so [1]."
    assert request == (
        "===== system\nBe brief.\n===== user\nWhat did Lund say?\n"
        "===== tools\nsearch(query, since?): Finds sentences.\n"
    )
    _, chunks = heard(stage, '{"calls": [{"name": "search", "arguments": {"query": "Lund"}}]}', ASKED)
    assert [(call.name, call.arguments) for one in chunks for call in one.wanted] == [("search", {"query": "Lund"})]
