"""How a question that leans on the conversation is completed, and that one which does not is left alone."""

import pytest

from rag.answering.asking.follow_ups import completed
from rag.types import Turn
from tests import conversations
from tests.questions import KNOWN


@pytest.mark.parametrize(("said", "question", "whole"), conversations.ROWS)
def test_a_follow_up_becomes_the_question_that_it_stands_for(
    said: tuple[conversations.Said, ...], question: str, whole: str
) -> None:
    assert completed(question, conversations.turns(said), KNOWN) == whole


@pytest.mark.parametrize(
    "question", ["and Peskov?", "why?", "What did he say about it?", "show me the first one in full"]
)
def test_without_a_conversation_nothing_is_filled_in(question: str) -> None:
    assert completed(question, [], KNOWN) == question


def test_the_whole_question_leans_on_nothing_any_more() -> None:
    for said, question, whole in conversations.ROWS:
        assert completed(whole, conversations.turns(said), KNOWN) in {whole, f"{whole}?"}, question


def test_only_the_latest_turns_are_read() -> None:
    old = [Turn("user", conversations.EU), Turn("assistant", "…")]
    newer = [Turn("user", "Thanks!"), Turn("assistant", "…")] * 10
    assert completed("and Peskov?", old + newer, KNOWN) == "and Peskov?"
