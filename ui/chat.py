"""Runs the conversation: turns a question into the exchange that the page shows, and suggests next questions."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from rag import called
from rag.core import (
    QUESTION_LIMIT,
    Answer,
    Article,
    ArticleDetails,
    Citation,
    Evidence,
    Looked,
    Query,
    Sentence,
    Step,
    Turn,
)
from rag.core.amounts import with_noun
from rag.core.errors import OnrecordError

REMEMBERED = 50
"""How many exchanges a conversation keeps; older ones leave the page and the memory of the next question."""

OFFERED = 3
"""How many questions are offered after an answer."""

TRIED = 8
"""Candidates tried against the record for them; each reads the library, nothing is written."""

FIRST_QUESTION = "What are these articles about?"
"""A first question for any library."""

_log = logging.getLogger("onrecord.chat")


class ChatWriter(Protocol):
    """Puts the sentences together."""

    @property
    def name(self) -> str:
        """Either `offline`, or `model:` and the name of the model."""


class ChatAssistant(Protocol):
    """The methods of `rag.Assistant` that the chat uses, one by one, so that each stage can be shown."""

    @property
    def writer(self) -> ChatWriter:
        """Puts the sentences together."""

    def summary(self) -> ArticleDetails:
        """What the library holds."""

    def article(self, source: str) -> Article:
        """Returns one article. Raises LibraryError if the library does not hold it."""

    def understand(self, question: str, history: Sequence[Turn] = ()) -> Query:
        """Returns the question as meant in its context."""

    def find(self, query: Query) -> Evidence:
        """Finds evidence in the articles."""

    def answer(self, query: Query, evidence: Evidence) -> Generator[Step]:
        """Yields sentences as they pass the check, None while there is nothing new, and last the whole answer."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its result so far: a stage of the work, then either an answer or a trouble.

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
        shown = {citation.source for citation in self.citations}
        if self.answer:
            shown |= {citation.source for citation in self.answer.citations} | {
                miss.source for miss in self.answer.near_misses
            }
        return frozenset(shown)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come of it."""
        return self.answer is not None or self.trouble is not None


@dataclass(frozen=True, slots=True)
class ChatThread:
    """One line of the list of conversations. `changed` is an ISO time with its zone."""

    id: str
    title: str
    changed: str
    exchanges: int


def converse(assistant: ChatAssistant, question: str, before: Sequence[Exchange] = ()) -> Iterator[Exchange]:
    """Yields the exchange as it grows, last with the answer or the trouble. Never raises."""
    question = question.encode(errors="replace").decode()  # half a surrogate pair can be neither kept nor sent back
    exchange = Exchange(before[-1].number + 1 if before else 1, question)
    if len(question) > QUESTION_LIMIT:
        limit = f"{len(question):,} characters and the limit is {QUESTION_LIMIT:,}"
        trouble = f"That question has {limit}; please ask it in fewer words."
        yield replace(exchange, question=f"{question[:120]} …", trouble=trouble)
        return
    try:
        yield from _stages(assistant, exchange, before)
    except OnrecordError as error:
        yield replace(exchange, trouble=str(error))
    except Exception:  # noqa: BLE001 - the page's edge: whatever broke, the reader gets a sentence and the log the rest
        _log.exception("A question could not be answered.")
        yield replace(
            exchange,
            trouble="Something went wrong inside onrecord; the terminal that runs it says what. "
            "Ask again, or run `onrecord doctor`.",
        )


def _stages(assistant: ChatAssistant, exchange: Exchange, before: Sequence[Exchange]) -> Iterator[Exchange]:
    held = assistant.summary()
    yield replace(exchange, stage=f"Looking through {with_noun(held.articles, 'article')} …")
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
    """Returns the conversation for the assistant, without exchanges that ended in trouble."""
    return tuple(turn for exchange in exchanges if exchange.answer is not None for turn in exchange.answer.turns)


def overview(assistant: ChatAssistant) -> Evidence | None:
    """Returns the overview of the library with the articles that show its topics; None if there is none."""
    with suppress(OnrecordError):
        evidence = assistant.find(assistant.understand(FIRST_QUESTION))
        return evidence if evidence.overview else None
    return None


def onward(answer: Answer) -> tuple[tuple[str, str], ...]:
    """Lists follow-ups to an answer: the words on a button and the question it asks."""
    if answer.status == "declined" or not answer.citations:
        return ()
    speakers = {citation.speaker for citation in answer.citations} - {None}
    several = len(answer.citations) > 1
    buttons = [("Shorter", "Shorter")] if several else []
    buttons.append(("More", "Tell me more"))
    if len(speakers) > 1 and not any(sentence.side for sentence in answer.sentences):
        buttons.append(("Side by side", "Compare them"))
    return (*buttons, ("Show in full", "Show the first one in full" if several else "Show it in full"))


def next_questions(assistant: ChatAssistant, answer: Answer, before: Sequence[Turn] = ()) -> tuple[str, ...]:
    """Suggests next questions that the record answers, best first; none if it cannot be read."""
    with suppress(OnrecordError):
        query = assistant.understand(answer.standalone_question)
        evidence = assistant.find(query)
        asked = {answer.question, answer.standalone_question, *(turn.content for turn in before)}
        if evidence.overview and query.is_about_itself:
            return tuple(question for question in evidence.overview.openers if question not in asked)[:OFFERED]
        fresh = (question for question in dict.fromkeys(_candidates(query, answer, evidence)) if question not in asked)
        answered = (question for question in islice(fresh, TRIED) if _is_answered(assistant, question))
        return tuple(islice(answered, OFFERED))
    return ()


def _candidates(query: Query, answer: Answer, evidence: Evidence) -> Iterator[str]:
    """Yields the topic for others whom the answer names, a comparison, and a question for who else speaks."""
    named = query.names[0] if query.intent == "fact" and query.names else None
    topic = query.topic or (called(named) if named else None)
    cited = [citation.speaker for citation in answer.citations] + [miss.speaker for miss in answer.near_misses]
    beside = (
        [statement.speaker for statement in (*evidence.beside, *evidence.record)] if answer.status == "answered" else []
    )
    others = [name for name in dict.fromkeys(cited) if name and name != query.speaker]
    around = [name for name in dict.fromkeys(beside) if name and " " in name and name not in {*others, query.speaker}]
    if topic:
        apart = [name for name in (*others, *around[:2]) if not _share_a_word(name, topic)]
        asking = [f"What did {called(name)} say about {topic}?" for name in apart]
        yield from asking[:1]
        if query.speaker and apart and answer.status == "answered":
            yield f"Compare {called(query.speaker)} and {called(apart[0])} on {topic}."
        yield from asking[1:]
    if query.speaker and (query.topic or answer.status == "declined"):
        yield f"What did {called(query.speaker)} say?"
    yield from (f"What did {called(name)} say?" for name in (*others, *around))


def _share_a_word(name: str, topic: str) -> bool:
    """Returns whether somebody would be asked about themselves."""
    return not set(name.casefold().split()).isdisjoint(topic.casefold().split())


def _is_answered(assistant: ChatAssistant, question: str) -> bool:
    """Returns whether statements on record answer it, by everybody whom it asks about."""
    query = assistant.understand(question)
    evidence = assistant.find(query)
    speakers = {statement.speaker for statement in evidence.statements}
    return bool(speakers) and {query.speaker, *query.others} - {None} <= speakers


def _reading(evidence: Evidence) -> str:
    articles = with_noun(len(evidence.articles), "article")
    if evidence.hits:
        return f"Reading {with_noun(len(evidence.hits), 'passage')} of {articles} …"
    if evidence.statements:
        return f"Reading {with_noun(len(evidence.statements), 'statement')} in {articles} …"
    return "Looking for the closest thing the articles say …"


def _writing(writer: str) -> str:
    return (
        "Writing …"
        if writer == "offline"
        else f"{writer.removeprefix('model:')} is writing; every sentence is checked …"
    )
