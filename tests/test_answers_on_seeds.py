"""Whole answers over the seeds, where several parts must agree: what is asked, where to look, what is shown."""

from __future__ import annotations

from rag import Assistant

ORDA = "001_b0ebb45aa22ba165.txt"
LAVROV = "002_4fd4d0f392c92bd9.txt"


def test_a_why_that_takes_something_for_granted_is_not_answered_as_if_it_were_so(assistant: Assistant) -> None:
    answer = assistant.ask("Why did Russia close its military base in Armenia?")
    assert answer.status == "declined" or answer.is_closest


def test_a_month_is_found_in_the_words_of_articles_without_a_date(assistant: Assistant) -> None:
    answer = assistant.ask("What did Mirzoyan indicate in March 2024?")
    assert [citation.quote for citation in answer.citations if citation.speaker == "Ararat Mirzoyan"] == [
        "In March 2024, Foreign Minister Ararat Mirzoyan indicated that Armenia was considering seeking EU membership."
    ]
    assert any("No date of publication" in note for note in answer.notes)


def test_the_one_article_of_an_outlet_is_summed_up_by_its_opening(assistant: Assistant) -> None:
    answer = assistant.ask("Summarise the Orda article.")
    assert answer.status == "answered"
    assert {citation.source for citation in answer.citations} == {ORDA}


def test_what_an_article_says_of_a_topic_is_told_from_that_article(assistant: Assistant) -> None:
    answer = assistant.ask(f"What does {LAVROV} say about the CSTO?")
    assert {citation.source for citation in answer.citations} == {LAVROV}
    assert "Collective Security Treaty Organization (CSTO)" in answer.text


def test_within_an_outlet_nobody_is_named_from_another(assistant: Assistant) -> None:
    answer = assistant.ask("According to Orda, what did Peskov say about the United States?")
    assert answer.status == "answered"
    assert {citation.source for citation in answer.citations} == {ORDA}


def test_of_all_who_spoke_each_is_heard_before_anybody_twice(assistant: Assistant) -> None:
    answer = assistant.ask("Who spoke about the EU?")
    first = [citation.speaker for citation in answer.citations if citation.speaker]
    assert {"Sergei Lavrov", "Dmitry Peskov", "Nikol Pashinyan", "Ararat Mirzoyan"} <= set(first)


def test_a_list_of_statements_holds_them_all(assistant: Assistant) -> None:
    answer = assistant.ask("List all statements by Lavrov.")
    assert "more were found" not in answer.text
    assert len({citation.statement_id for citation in answer.citations if citation.statement_id}) >= 8


def test_six_weeks_and_44_days_are_no_contradiction(assistant: Assistant) -> None:
    answer = assistant.ask("How long was the 2020 war?")
    assert "44-day" in answer.text
    assert answer.differences == ()


def test_a_timeline_goes_by_the_years_that_undated_articles_name(assistant: Assistant) -> None:
    answer = assistant.ask("Give me a timeline of Armenia's relations with the EU.")
    told = answer.text
    assert 0 < told.index("November 24, 2017") < told.index("In March 2024")


def test_speakers_are_compared_on_what_they_said_at_a_meeting(assistant: Assistant) -> None:
    answer = assistant.ask("Compare what Lavrov and Mirzoyan said at their meeting in Moscow.")
    assert "Sergei Lavrov is" in answer.text
    assert "Nothing by Ararat Mirzoyan was found" in answer.text
