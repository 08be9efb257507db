"""The conversation: what it shows while it works, what it remembers, and that nothing escapes it."""

import logging
from collections.abc import Generator

import pytest

from rag.core import Evidence, Query, Step
from tests.newsroom import Newsroom, Offline
from ui.chat import QUESTION_LIMIT, Exchange, converse, count, turns

QUESTION = "What did Lavrov say about the EU?"


class Remote(Offline):
    """A writer on another machine."""

    host = "models.example"


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


def test_the_stages_are_shown_before_the_answer(newsroom: Newsroom) -> None:
    *working, last = converse(newsroom, QUESTION)
    assert [exchange.stage for exchange in working] == [
        "Looking through 2 articles …",
        "Reading 1 passage of 2 articles …",
    ]
    assert not any(exchange.is_finished for exchange in working)
    assert last.answer is not None
    assert last.is_finished


def test_the_question_stands_in_every_stage(newsroom: Newsroom) -> None:
    assert {exchange.question for exchange in converse(newsroom, QUESTION)} == {QUESTION}


def test_what_was_said_before_reaches_the_next_question(newsroom: Newsroom) -> None:
    (*_, first) = converse(newsroom, QUESTION)
    (*_, second) = converse(newsroom, "… and Lavrov on NATO?", (first,))
    assert first.answer is not None
    assert [(turn.role, turn.content) for turn in newsroom.heard[-1]] == [
        ("user", QUESTION),
        ("assistant", first.answer.text),
    ]
    assert (first.number, second.number) == (1, 2)


def test_what_has_passed_is_shown_before_the_rest_is_written(newsroom: Newsroom) -> None:
    *working, last = converse(newsroom, "What did Lavrov say, slowly?")
    assert [(len(one.sentences), len(one.citations)) for one in working[-3:]] == [(1, 0), (1, 0), (2, 1)]
    assert working[-1].stage == "Writing …"
    assert last.answer is not None
    assert last.answer.sentences[:2] == working[-1].sentences
    assert last.sentences == ()


def test_whoever_stops_reading_ends_the_writing(newsroom: Newsroom) -> None:
    writing = Ending(newsroom)
    steps = converse(writing, "What did Lavrov say, slowly?")
    next(steps), next(steps), next(steps)
    del steps
    assert writing.ended


def test_an_error_of_ours_is_said_in_its_own_sentence(newsroom: Newsroom) -> None:
    (*_, last) = converse(newsroom, "locked?")
    assert last.trouble == "The library cannot be read; run `onrecord doctor`."


def test_any_other_error_is_logged_and_never_shown(newsroom: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        (*_, last) = converse(newsroom, "break")
    assert last.trouble is not None
    assert "onrecord doctor" in last.trouble
    assert "machine room" not in last.trouble
    assert "a secret of the machine room" in caplog.text


def test_after_a_trouble_the_conversation_goes_on_without_it(newsroom: Newsroom) -> None:
    (*_, first) = converse(newsroom, "break")
    (*_, second) = converse(newsroom, QUESTION, (first,))
    assert second.answer is not None
    assert turns([first]) == ()


def test_a_question_that_is_too_long_is_refused_before_any_work(newsroom: Newsroom) -> None:
    (only,) = converse(newsroom, "x" * (QUESTION_LIMIT + 1))
    assert only.trouble == "That question has 2,001 characters and the limit is 2,000; please ask it in fewer words."
    assert len(only.question) < QUESTION_LIMIT
    assert newsroom.heard == []


def test_the_longest_allowed_question_is_answered(newsroom: Newsroom) -> None:
    (*_, last) = converse(newsroom, QUESTION.ljust(QUESTION_LIMIT, "?"))
    assert last.answer is not None


def test_half_a_surrogate_pair_is_replaced_so_that_it_can_be_sent_back(newsroom: Newsroom) -> None:
    (*_, last) = converse(newsroom, "What did Lavrov say? \ud83d")
    assert last.question == "What did Lavrov say? ?"


def test_the_host_that_passages_go_to_is_told_from_the_first_word_on_them(newsroom: Newsroom) -> None:
    newsroom.writer = Remote()
    _, reading, last = converse(newsroom, QUESTION)
    assert (reading.host, last.host) == ("models.example", "models.example")


def test_nothing_found_is_a_stage_too(newsroom: Newsroom) -> None:
    stages = [exchange.stage for exchange in converse(newsroom, "What did Mirzoyan say about NATO?")]
    assert "Looking for the nearest thing the articles say …" in stages


def test_conversations_share_nothing(newsroom: Newsroom) -> None:
    list(converse(newsroom, QUESTION))
    list(converse(newsroom, "What did Lavrov say?"))
    assert newsroom.heard == [(), ()]


@pytest.mark.parametrize(("number", "words"), [(0, "0 articles"), (1, "1 article"), (1200, "1,200 articles")])
def test_numbers_are_read_with_their_noun(number: int, words: str) -> None:
    assert count(number, "article") == words


def test_an_exchange_that_has_only_begun_is_not_finished() -> None:
    assert not Exchange(1, QUESTION).is_finished
