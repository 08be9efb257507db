"""A judge for tests: it passes the exam by its labels, and says of other sentences what a test wants, else yes."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rag.answering.checking.judge import ExamResult, Judge, Mark, exam_items, keep_result
from rag.answering.writing.chat_model import LangChainModel
from rag.answering.writing.context import template
from rag.library.reply_cache import Replies
from tests.openai_double import Reply, saying

Route = Callable[[Mapping[str, Any]], Reply]

_NUMBERED = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)


def is_for_judge(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for verdicts."""
    return bool(body["messages"][0]["content"] == template("judge").template)


def verdicts(body: Mapping[str, Any], verdict: Callable[[str], str] = lambda _: "yes") -> Reply:
    """The reply of a judge that knows the exam; `verdict` says yes or no of every other sentence."""
    known = {item.sentence: "no" if item.fault else "yes" for item in exam_items()}
    asked = body["messages"][-1]["content"]
    return saying(
        "\n".join(f"{number}. {known.get(text) or verdict(text)}" for number, text in _NUMBERED.findall(asked))
    )


def with_judge(writer: Route, verdict: Callable[[str], str] = lambda _: "yes") -> Route:
    """A route for a model that writes as `writer` does and judges by the exam's labels, else by `verdict`."""
    return lambda body: verdicts(body, verdict) if is_for_judge(body) else writer(body)


def let_pass(data: Path, name: str, host: str = "127.0.0.1") -> None:
    """Writes into the library at `data` that the model of that name passed the exam, so that it is not examined."""
    chat = LangChainModel(name, base_url=f"http://{host}", api_key=None, seconds=1)
    marks = tuple(Mark(item.fault, "stopped" if item.fault else "passed") for item in exam_items())
    keep_result(Judge(chat, Replies(data / "library.sqlite")), ExamResult(name, host, marks))
