"""The conversation as a generator: from a question to what the page shows of it. It knows no widgets and no HTML."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Protocol

from rag.core import Answer, Article, ArticleDetails, Citation, Evidence, Looked, Query, Sentence, Step, Turn
from rag.core.errors import OnrecordError

QUESTION_LIMIT = 2_000
"""Longest question in characters. A longer one is refused before any work is done on it."""

REMEMBERED = 50
"""How many exchanges a conversation keeps; older ones leave the page and the memory of the next question."""

_log = logging.getLogger("onrecord.chat")


class Writer(Protocol):
    """Who puts the sentences together."""

    @property
    def name(self) -> str:
        """Either `offline`, or `model:` and the name of the model."""


class Assistant(Protocol):
    """What the chat asks of `rag.Assistant`: the verbs one by one, so that each stage can be shown."""

    @property
    def writer(self) -> Writer:
        """Who puts the sentences together."""

    def summary(self) -> ArticleDetails:
        """What the library holds."""

    def article(self, source: str) -> Article:
        """One article. Raises LibraryError if the library does not hold it."""

    def understand(self, question: str, history: Sequence[Turn] = ()) -> Query:
        """The question as it is meant after what was said before."""

    def find(self, query: Query) -> Evidence:
        """What the articles hold on it."""

    def answer(self, query: Query, evidence: Evidence) -> Generator[Step]:
        """Sentences as they pass the check, None while there is nothing new, and last the whole answer."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what has come of it so far: a stage of the work, then either an answer or a trouble.

    `number` counts the exchanges of one conversation from 1. `host` is where passages went for the answer to be
    written; None if they stayed on this machine. `embedder` is the model by which they were found. `sentences` have
    passed the check while others are being written, and `citations` are what they rest on; both will stand so in the
    answer.
    """

    number: int
    question: str
    stage: str | None = None
    answer: Answer | None = None
    trouble: str | None = None
    host: str | None = None
    embedder: str | None = None
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()

    @property
    def sources(self) -> frozenset[str]:
        """The articles of which it holds words."""
        shown = {one.source for one in self.citations}
        if self.answer:
            shown |= {one.source for one in self.answer.citations} | {one.source for one in self.answer.near_misses}
        return frozenset(shown)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come of it."""
        return self.answer is not None or self.trouble is not None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One line of the list of conversations. `changed` is an ISO time with its zone."""

    id: str
    title: str
    changed: str
    exchanges: int


def converse(assistant: Assistant, question: str, before: Sequence[Exchange] = ()) -> Iterator[Exchange]:
    """The exchange as it grows; the last one carries the answer or the trouble. It never raises."""
    question = question.encode(errors="replace").decode()  # half a surrogate pair can be neither kept nor sent back
    exchange = Exchange(before[-1].number + 1 if before else 1, question)
    if len(question) > QUESTION_LIMIT:
        yield replace(exchange, question=f"{question[:120]} …", trouble=_too_long(question))
        return
    try:
        yield from _stages(assistant, exchange, before)
    except OnrecordError as error:
        yield replace(exchange, trouble=str(error))
    except Exception:  # noqa: BLE001 - the page's edge: whatever broke, the reader gets a sentence and the log the rest
        _log.exception("The question %r could not be answered.", question)
        yield replace(
            exchange,
            trouble="Something went wrong inside onrecord, and the terminal that runs it says what; "
            "ask again, or run `onrecord doctor`.",
        )


def _stages(assistant: Assistant, exchange: Exchange, before: Sequence[Exchange]) -> Iterator[Exchange]:
    held = assistant.summary()
    yield replace(exchange, stage=f"Looking through {count(held.articles, 'article')} …")
    query = assistant.understand(exchange.question, turns(before))
    evidence = assistant.find(query)
    host = getattr(assistant.writer, "host", None)  # one that writes here has none
    exchange = replace(exchange, host=host, embedder=held.embedder)
    yield replace(exchange, stage=_reading(evidence))
    with closing(assistant.answer(query, evidence)) as steps:  # whoever stops reading ends the writing, too
        for step in steps:
            if isinstance(step, Answer):
                yield replace(exchange, answer=step, sentences=(), citations=())
                return
            if isinstance(step, Looked):
                yield replace(exchange, stage=f"{step.text} …")
                continue
            if step is not None:
                exchange = replace(
                    exchange,
                    sentences=(*exchange.sentences, step.sentence),
                    citations=(*exchange.citations, *step.citations),
                )
            yield replace(exchange, stage=_writing(assistant.writer.name) if exchange.sentences else _reading(evidence))


def turns(exchanges: Iterable[Exchange]) -> tuple[Turn, ...]:
    """The conversation as the assistant understands it; what ended in trouble was never said."""
    return tuple(turn for exchange in exchanges if exchange.answer is not None for turn in exchange.answer.turns)


def count(number: int, noun: str) -> str:
    """`1 article`, `2 articles`, `1,200 articles`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _reading(evidence: Evidence) -> str:
    articles = count(len(evidence.articles), "article")
    if evidence.hits:
        return f"Reading {count(len(evidence.hits), 'passage')} of {articles} …"
    if evidence.statements:
        return f"Reading {count(len(evidence.statements), 'statement')} in {articles} …"
    return "Looking for the nearest thing the articles say …"


def _writing(writer: str) -> str:
    return (
        "Writing …"
        if writer == "offline"
        else f"{writer.removeprefix('model:')} is writing; every sentence is checked …"
    )


def _too_long(question: str) -> str:
    return (
        f"That question has {len(question):,} characters and the limit is {QUESTION_LIMIT:,}; "
        "please ask it in fewer words."
    )
