"""Counts over the whole record of the seeds."""

from dataclasses import replace

from rag import Assistant
from rag.core import Answer, Query


def answered(assistant: Assistant, query: Query) -> Answer:
    answer = assistant.check(query, found := assistant.find(query), assistant.write(query, found))
    assert answer.withheld == ()
    return answer


def test_articles_that_quote_somebody_are_all_counted(assistant: Assistant) -> None:
    query = replace(assistant.understand("What did Lavrov say?"), intent="count", counted="articles")
    answer = answered(assistant, query)
    assert answer.sentences[0].text.startswith(
        "Found: two of five articles that quote Sergei Lavrov, "
    ) or answer.sentences[0].text.startswith("Found: two of five articles that quote Sergey Lavrov, ")
    assert len({citation.source for citation in answer.citations}) == 2


def test_articles_that_mention_are_counted_by_every_term(assistant: Assistant) -> None:
    query = replace(
        assistant.understand("Which articles mention Turkey?"), intent="list", counted="articles", terms=("Turkey",),
        names=("Turkey",), speaker=None,
    )  # fmt: skip
    answer = answered(assistant, query)
    assert answer.sentences[0].text.startswith("Found: one of five articles that mentions Turkey, ")
    assert "Turkey" in answer.citations[0].quote


def test_who_is_quoted_on_a_topic_is_counted_by_statement(assistant: Assistant) -> None:
    query = replace(
        assistant.understand("What did Peskov say about the EAEU?"), intent="list", counted="speakers", speaker=None,
        speaker_is_known=False,
    )  # fmt: skip
    assert "Dmitry Peskov (" in answered(assistant, query).sentences[0].text


def test_of_a_speaker_without_a_word_on_the_topic_nothing_is_denied(assistant: Assistant) -> None:
    answer = assistant.ask("What did Lavrov say about Georgia?")
    assert answer.reason == "not_quoted_on_topic"
    assert answer.text == "Nothing by Sergei Lavrov was found that surely answers this."
