"""What a follow-up wants of the answer before it: less, more, the whole, who said it, whether it is a quote; seeds."""

import pytest

from rag import Answer, Assistant
from rag.core import Span, Turn

EU = "What did Lavrov say about the EU?"


@pytest.fixture(scope="module")
def before(assistant: Assistant) -> Answer:
    return assistant.ask(EU)


def then(assistant: Assistant, before: Answer, question: str) -> Answer:
    return assistant.ask(question, before.turns)


def test_shorter_gives_the_first_sentence_of_what_was_cited_first(assistant: Assistant, before: Answer) -> None:
    answer = then(assistant, before, "shorter please")
    assert 0 < len(answer.text) < 0.6 * len(before.text)
    assert all(any(one.quote in whole.quote for whole in before.citations) for one in answer.citations)


def test_the_second_is_shown_with_what_stands_around_it(assistant: Assistant, before: Answer) -> None:
    answer = then(assistant, before, "show me the second one in full")
    second = [one.place for one in before.turns[1].cited if one.item == 2]
    shown = [(one.source, Span(one.start, one.end)) for one in answer.citations]
    assert all(any(source == place.source and span.overlaps(place.span) for source, span in shown) for place in second)
    assert {source for source, _ in shown} == {second[0].source}
    assert len(shown) > len(second)


def test_more_is_what_follows_and_was_not_shown(assistant: Assistant, before: Answer) -> None:
    answer = then(assistant, before, "tell me more")
    shown = {one.quote for one in before.citations}
    assert answer.status == "answered"
    assert answer.citations
    assert not shown & {one.quote for one in answer.citations}


def test_who_said_it_names_the_speakers_and_where_they_said_it(assistant: Assistant, before: Answer) -> None:
    answer = then(assistant, before, "who said that?")
    assert answer.sentences[0].text.startswith("Sergei Lavrov")
    assert "In *Moscow Weighs" in answer.text.replace(", in *", " In *")


def test_whether_it_is_a_quote_is_told_by_how_the_article_gives_it(assistant: Assistant) -> None:
    reported = assistant.ask("What did Mirzoyan say about the EU?")
    answer = then(assistant, reported, "is that a quote?")
    assert answer.sentences[0].text == "It is read as reported in the article’s own words."


def test_where_only_text_comes_the_last_question_is_answered_again(assistant: Assistant, before: Answer) -> None:
    history = [Turn("user", EU), Turn("assistant", "Lavrov spoke of the EU twice.")]
    assert assistant.ask("shorter", history).text == then(assistant, before, "shorter").text
    assert assistant.ask("shorter", history[:1]).text == then(assistant, before, "shorter").text


def test_what_was_declined_can_still_be_pointed_at(assistant: Assistant) -> None:
    declined = assistant.ask("What did Mirzoyan say about NATO?")
    assert declined.near_misses
    answer = then(assistant, declined, "show the first one in full")
    assert declined.near_misses[0].source in {one.source for one in answer.citations}


def test_an_answer_that_rests_on_nothing_has_nothing_to_show(assistant: Assistant) -> None:
    nothing = assistant.ask("Which articles mention penguins?")
    answer = then(assistant, nothing, "shorter")
    assert not answer.citations
