"""Statements on a topic that are found by their meaning, over the real library of the seeds."""

import pytest

from rag import Assistant


def unnamed(assistant: Assistant, question: str) -> set[str | None]:
    """Who says something on the topic without naming it."""
    evidence = assistant.find(assistant.understand(question))
    assert {one.id for one in evidence.topical} <= {one.id for one in evidence.statements}
    return {one.speaker for one in evidence.topical}


@pytest.mark.parametrize(
    ("question", "speakers"),
    [
        ("What does Russia say about the peace process?", {"Dmitry Peskov", "Sergei Lavrov", "Moscow"}),
        ("What did Lavrov say about peace talks?", {"Sergei Lavrov"}),
    ],
)
def test_who_speaks_of_a_topic_in_other_words_is_on_record_on_it(
    assistant: Assistant, question: str, speakers: set[str]
) -> None:
    assert unnamed(assistant, question) == speakers


@pytest.mark.parametrize(
    "question",
    [
        "What did Lavrov say about Kazakhstan?",
        "What did Peskov say about the tennis final?",
        "Why did Lavrov reject the trilateral agreements?",
        "What did Zakharova say about vaccines for schoolchildren in Moldova?",
    ],
)
def test_what_lies_near_to_nothing_is_not(assistant: Assistant, question: str) -> None:
    assert unnamed(assistant, question) == set()


def test_a_word_of_the_topic_used_of_something_else_is_not_on_it(assistant: Assistant) -> None:
    evidence = assistant.find(assistant.understand("What does Russia say about the peace process?"))
    assert not any(
        "joining any international structure" in evidence.articles[one.source].cut(one.span)
        for one in evidence.statements
    )
