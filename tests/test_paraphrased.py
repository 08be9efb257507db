"""Statements found by their meaning, over the real library of the seeds."""

import pytest

from rag import Assistant


def rephrased(assistant: Assistant, question: str) -> list[str]:
    """The contents of the statements that are found by meaning alone."""
    evidence = assistant.find(assistant.understand(question))
    assert not evidence.statements
    return [evidence.articles[one.source].cut(one.content[0]) for one in evidence.rephrased]


def test_what_was_said_in_other_words_is_found(assistant: Assistant) -> None:
    question = "How would Peskov describe a peace accord's benefits for the region?"
    assert any("predictability, stability" in words for words in rephrased(assistant, question))


@pytest.mark.parametrize(
    "question",
    [
        "What did Lavrov say about Kazakhstan?",
        "What did Zakharova say about the ceasefire?",
        "Why did Lavrov reject the trilateral agreements?",
        "What did Zakharova say about vaccines for schoolchildren in Moldova?",
    ],
)
def test_a_noun_a_presumption_or_a_name_that_is_not_there_finds_none(assistant: Assistant, question: str) -> None:
    assert rephrased(assistant, question) == []


def test_what_was_said_in_other_words_is_shown_and_nothing_is_denied(assistant: Assistant) -> None:
    question = "How would Peskov describe a peace accord's benefits for the region?"
    answer = assistant.ask(question)
    assert not answer.text.startswith("No ")
    assert {one.speaker for one in answer.citations if one.kind != "narration"} == {"Dmitry Peskov"}
