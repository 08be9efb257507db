"""How evidence is found, over the real library of the seeds."""

from rag import Assistant
from rag.answering.langchain import OnrecordRetriever, as_runnable
from rag.answering.retrieval.hybrid import fuse


def test_fusion_prefers_what_both_rankings_have() -> None:
    scores = fuse([[1, 2, 3], [3, 4]], constant=60)
    assert max(scores, key=scores.__getitem__) == 3
    assert scores[1] == 1 / 61


def test_a_ranking_that_is_trusted_more_decides_between_two_firsts() -> None:
    scores = fuse([[1], [2]], 10, (2.0, 1.0))
    assert scores == {1: 2 / 11, 2: 1 / 11}


def test_words_of_a_question_find_the_passage_that_holds_them(assistant: Assistant) -> None:
    best = assistant.search("humanitarian aid to Nagorno-Karabakh")[0]
    assert "humanitarian aid" in best.passage.text


def test_a_question_without_a_common_word_finds_by_meaning(assistant: Assistant) -> None:
    sources = [hit.passage.source for hit in assistant.search("joint bloc accession bid", limit=5)]
    assert sources


def test_every_passage_found_is_an_exact_slice(assistant: Assistant) -> None:
    for hit in assistant.search("Russia Armenia Azerbaijan"):
        passage = hit.passage
        assert assistant.article(passage.source).text[passage.start : passage.end] == passage.text


def test_all_statements_of_a_speaker_are_evidence_not_a_top_few(assistant: Assistant) -> None:
    evidence = assistant.find(assistant.understand("What did Peskov say?"))
    with assistant.store.reading() as view:
        assert {one.id for one in evidence.statements} == {one.id for one in view.statements(by=["Dmitry Peskov"])}
    assert {one.speaker for one in evidence.statements} == {"Dmitry Peskov"}


def test_a_topic_is_matched_in_the_words_that_lead_in(assistant: Assistant) -> None:
    evidence = assistant.find(assistant.understand("What did Lavrov say about the EU?"))
    said = [evidence.articles[one.source].cut(one.content[0]) for one in evidence.statements]
    assert any(words.startswith("Of course, the decision of the legitimate Armenian leadership") for words in said)


def test_a_retriever_gives_documents_with_their_place(assistant: Assistant) -> None:
    (document,) = OnrecordRetriever(assistant=assistant, limit=1).invoke("humanitarian aid")
    place = document.metadata
    assert assistant.article(place["source"]).text[place["start"] : place["end"]] == document.page_content


def test_the_runnable_answers_as_the_assistant_does(assistant: Assistant) -> None:
    question = "What did Lavrov say about the EU?"
    assert as_runnable(assistant).invoke(question) == assistant.ask(question)


def test_the_runnable_takes_a_conversation(assistant: Assistant) -> None:
    from langchain_core.messages import AIMessage, HumanMessage

    history = [HumanMessage("What did Lavrov say about the EU?"), AIMessage("…")]
    answer = as_runnable(assistant).invoke({"question": "and Peskov?", "history": history})
    assert answer.standalone_question == "What did Dmitry Peskov say about the EU?"


def test_a_body_without_words_of_its_own_is_answered_by_who_speaks_for_it(assistant: Assistant) -> None:
    answer = assistant.ask("What does the Kremlin say about a peace treaty?")
    assert answer.sentences[0].text.startswith("The Kremlin itself is not quoted on a peace treaty; Dmitry Peskov, who")
    assert {one.speaker for one in answer.citations} == {"Dmitry Peskov"}


def test_a_name_that_no_article_holds_is_declined_by_name(assistant: Assistant) -> None:
    answer = assistant.ask("Has Hakan Fidan visited Armenia?")
    assert (answer.status, answer.reason) == ("declined", "absent_person")
    assert answer.text.startswith("The articles do not mention Hakan Fidan.")


def test_a_country_that_no_article_names_is_no_person(assistant: Assistant) -> None:
    assert assistant.ask("How many people live in Portugal?").reason == "fact_missing"


def test_who_somebody_is_is_told_by_how_articles_introduce_them(assistant: Assistant) -> None:
    answer = assistant.ask("Who is Zakharova?")
    assert "Foreign Ministry spokeswoman Maria Zakharova" in answer.citations[0].quote


def test_what_something_is_is_told_by_what_follows_its_name(assistant: Assistant) -> None:
    answer = assistant.ask("what is karabakh?")
    assert any("Karabakh, a territory that is internationally recognized" in one.quote for one in answer.citations)


def test_what_a_reporter_puts_in_behind_a_name_is_credited_to_nobody_else(assistant: Assistant) -> None:
    (told,) = assistant.ask("What is the CSTO?").sentences  # glossed within what Pashinyan announces
    assert "Collective Security Treaty Organization (CSTO), an intergovernmental military alliance" in told.text
    assert told.text.startswith("*Russia says its ready")  # the article, not Pashinyan


def test_a_name_that_articles_never_part_is_found_by_its_last_word(assistant: Assistant) -> None:
    query = assistant.understand("Who is quoted on Nagorno-Karabakh?")
    assert (query.names, query.topic) == (("Karabakh",), "Nagorno-Karabakh")
    assert "Azerbaijan" in assistant.understand("What are Armenia-Azerbaijan relations like?").names


def test_what_happened_over_years_is_told_in_their_order_and_nothing_from_before(assistant: Assistant) -> None:
    answer = assistant.ask("What has happened in Nagorno-Karabakh since 2021?")
    assert answer.citations
    assert all("2023" in citation.quote for citation in answer.citations)


def test_an_article_is_summed_up_by_its_opening_and_its_voices(assistant: Assistant) -> None:
    answer = assistant.ask("Summarise 004_73f86607ae21c8a6.txt")
    assert {"Dmitry Peskov", "Maria Zakharova"} <= {citation.speaker for citation in answer.citations}
    assert answer.text.count("*Kremlin Rejects") == 1


def test_an_outlet_is_not_credited_with_its_own_article(assistant: Assistant) -> None:
    answer = assistant.ask("Summarise the Orda article.")
    assert answer.sentences[0].text.startswith("*Moscow Weighs in")
    assert "Orda (" not in answer.sentences[-1].text


def test_a_quote_is_not_cut_where_the_words_beside_it_answer(assistant: Assistant) -> None:
    told = assistant.ask("Is Armenia a member of the EAEU?").sentences[0].text
    assert "current membership in the Eurasian Economic Union" in told
    assert told.count('"') % 2 == 0


def test_an_article_is_found_by_what_it_is_about_and_summed_up_alone(assistant: Assistant) -> None:
    answer = assistant.ask("Can you sum up the article about Russia backing the talks between Aliyev and Pashinyan?")
    assert {citation.source for citation in answer.citations} == {"003_e2b51aaefabfa03c.txt"}
    assert assistant.ask("Summarise the article on the moon landing.").status == "declined"


def test_where_something_was_said_is_told_by_the_words_around_it(assistant: Assistant) -> None:
    answer = assistant.ask("Where did Lavrov say that they are ready to provide the necessary assistance?")
    assert any(citation.quote.endswith("Lavrov said at the media briefing.") for citation in answer.citations)


def test_an_outlet_whose_article_is_spoken_of_is_no_name_that_must_be_found(assistant: Assistant) -> None:
    asked = "Does the article by Orda say that Armenia seeks closer ties, as the article by The Caspian Times does?"
    assert not assistant.find(assistant.understand(asked)).unmentioned
