"""The conversation as it grows, and what is worth asking next."""

import logging
from collections.abc import Generator

import pytest

from rag import Assistant
from rag.core import QUESTION_LIMIT, Evidence, Query, Step, Turn
from tests.newsroom import Newsroom
from ui.chat import converse, next_questions, turns

QUESTION = "What did Lavrov say about the EU?"


class Ending(Newsroom):
    """One that knows when nobody reads on."""

    def __init__(self, other: Newsroom) -> None:
        super().__init__(*other.shelf.values())
        self.ended = False

    def answer(self, query: Query, evidence: Evidence) -> Generator[Step]:
        try:
            yield from super().answer(query, evidence)
        finally:
            self.ended = True


@pytest.fixture
def newsroom() -> Newsroom:
    return Newsroom()


def test_the_stages_and_what_is_written_are_shown_as_they_come_and_end_with_whoever_stops_reading(
    newsroom: Newsroom,
) -> None:
    *working, last = converse(newsroom, QUESTION)
    assert [exchange.stage for exchange in working] == [
        "Looking through 2 articles …",
        "Reading 1 passage of 2 articles …",
    ]
    assert not any(exchange.is_finished for exchange in working)
    assert last.answer is not None
    assert last.is_finished
    *working, last = converse(newsroom, "What did Lavrov say, slowly?")
    assert [(len(one.sentences), len(one.citations)) for one in working[-3:]] == [(1, 0), (1, 0), (2, 1)]
    assert working[-1].stage == "Writing …"
    assert last.answer is not None
    assert last.answer.sentences[:2] == working[-1].sentences
    assert last.sentences == ()
    writing = Ending(newsroom)
    steps = converse(writing, "What did Lavrov say, slowly?")
    next(steps), next(steps), next(steps)
    del steps
    assert writing.ended


def test_a_trouble_is_said_and_the_conversation_goes_on_without_it(
    newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    (*_, last) = converse(newsroom, "locked?")
    assert last.trouble == "The library cannot be read; run `onrecord doctor`."
    with caplog.at_level(logging.ERROR):
        (*_, last) = converse(newsroom, "break")
    assert last.trouble is not None
    assert "onrecord doctor" in last.trouble
    assert "machine room" not in last.trouble
    assert "a secret of the machine room" in caplog.text
    (*_, first) = converse(newsroom, "break")
    (*_, second) = converse(newsroom, QUESTION, (first,))
    assert second.answer is not None
    assert turns([first]) == ()


def test_what_was_said_before_reaches_the_next_question_and_one_too_long_is_refused(newsroom: Newsroom) -> None:
    (only,) = converse(newsroom, "x" * (QUESTION_LIMIT + 1))
    assert only.trouble == "That question has 2,001 characters and the limit is 2,000; please ask it in fewer words."
    assert len(only.question) < QUESTION_LIMIT
    assert newsroom.heard == []
    (*_, first) = converse(newsroom, QUESTION)
    (*_, second) = converse(newsroom, "… and Lavrov on NATO?", (first,))
    assert first.answer is not None
    assert [(turn.role, turn.content) for turn in newsroom.heard[-1]] == [
        ("user", QUESTION),
        ("assistant", first.answer.text),
    ]
    assert (first.number, second.number) == (1, 2)


ON_THE_EU = "What did Lavrov say about the EU?"


def test_what_is_offered_next_was_not_asked_already_and_is_answered(assistant: Assistant) -> None:
    newsroom = Newsroom()
    assert next_questions(newsroom, newsroom.lavrov(ON_THE_EU)) == ("What did Dmitry Peskov say about the EU?",)
    newsroom = Newsroom()
    before = [Turn("user", "What did Dmitry Peskov say about the EU?")]
    assert next_questions(newsroom, newsroom.lavrov(ON_THE_EU), before) == ()
    asked = (ON_THE_EU, "What did Mirzoyan say about NATO?", "Does Russia have a military base in Armenia?")
    offered = [question for one in asked for question in next_questions(assistant, assistant.ask(one))]
    assert len(offered) >= 3
    assert {question: assistant.ask(question).status for question in offered} == dict.fromkeys(offered, "answered")
