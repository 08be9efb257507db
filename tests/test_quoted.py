"""Who said quoted words, over the real library of the seeds."""

from dataclasses import replace

from rag import Assistant
from rag.answering.retrieval.statements import share_of
from rag.core import Query


def quoting(assistant: Assistant, quote: str) -> Query:
    return replace(assistant.understand("Who said it?"), intent="who_said", quote=quote, speaker=None)


def test_words_in_a_row_are_all_held() -> None:
    assert share_of("we cherish these", ["“We cherish these relationships.”"]) == 1.0


def test_a_changed_word_is_held_in_part() -> None:
    assert 0.5 < share_of("we cherish those relationships", ["We cherish these relationships"]) < 0.8


def test_exact_words_find_their_speaker(assistant: Assistant) -> None:
    query = quoting(assistant, "We cannot agree with these theses")
    answer = assistant.check(query, found := assistant.find(query), assistant.write(query, found))
    assert answer.sentences[0].text == "These words were said by Dmitry Peskov."
    assert answer.citations[0].quote == "We cannot agree with these theses"


def test_words_that_nobody_said_are_declined(assistant: Assistant) -> None:
    query = quoting(assistant, "The pier at Portavia is a beautiful mistake")
    answer = assistant.check(query, found := assistant.find(query), assistant.write(query, found))
    assert answer.status == "declined"
