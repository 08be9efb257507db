"""onrecord for LangChain users: retrieval as a BaseRetriever, the whole chain as a Runnable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough
from pydantic import ConfigDict

from rag.answering.assistant import Assistant
from rag.core import Answer, Hit, Query, Turn


class OnrecordRetriever(BaseRetriever):
    """Retrieves passages as documents: `page_content` is the exact slice; `metadata` has source, start, end, score."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    assistant: Assistant
    limit: int = 10

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        del run_manager  # LangChain reports the run itself; there is nothing to add
        return [_document(hit) for hit in self.assistant.search(query, self.limit)]


def _document(hit: Hit) -> Document:
    passage = hit.passage
    place = {"source": passage.source, "start": passage.start, "end": passage.end, "score": hit.score}
    return Document(page_content=passage.text, metadata=place)


def as_runnable(assistant: Assistant) -> Runnable[Any, Answer]:
    """Returns the chain understand | find | write | check, with each step visible to callbacks.

    Takes a question, or `{"question": …, "history": [messages]}` with LangChain messages; returns an Answer.
    """
    steps: dict[str, Any] = {
        "evidence": RunnableLambda(lambda state: assistant.find(state["query"]), name="find"),
    }
    writing: dict[str, Any] = {
        "draft": RunnableLambda(lambda state: assistant.write(state["query"], state["evidence"]), name="write"),
    }
    chain: Runnable[Any, Answer] = (
        RunnableLambda(lambda asked: {"query": _understand(assistant, asked)}, name="understand")
        | RunnablePassthrough.assign(**steps)
        | RunnablePassthrough.assign(**writing)
        | RunnableLambda(lambda state: assistant.check(state["query"], state["evidence"], state["draft"]), name="check")
    )
    return chain


def _understand(assistant: Assistant, asked: str | dict[str, Any]) -> Query:
    if isinstance(asked, str):
        return assistant.understand(asked)
    return assistant.understand(asked["question"], _turns(asked.get("history", ())))


def _turns(messages: Sequence[BaseMessage]) -> list[Turn]:
    return [
        Turn("user" if isinstance(message, HumanMessage) else "assistant", str(message.content)) for message in messages
    ]
