"""How evidence is found, over the real library of the seeds."""

from rag import Assistant
from rag.answering.langchain import OnrecordRetriever, as_runnable
from rag.answering.retrieval.ranking import fuse
from rag.answering.retrieval.statements import share_of
from rag.answering.understanding.normalise import parts_of
from tests.case_files import table


def test_fusion_prefers_what_both_rankings_have_and_words_in_a_row_are_all_held() -> None:
    scores = fuse([[1, 2, 3], [3, 4]], constant=60)
    assert max(scores, key=scores.__getitem__) == 3
    assert scores[1] == 1 / 61
    scores = fuse([[1], [2]], 10, (2.0, 1.0))
    assert scores == {1: 2 / 11, 2: 1 / 11}
    assert share_of("we cherish these", ["“We cherish these relationships.”"]) == 1.0
    assert 0.5 < share_of("we cherish those relationships", ["We cherish these relationships"]) < 0.8


def test_what_is_found_holds_the_words_is_an_exact_slice_and_cuts_no_quote(assistant: Assistant) -> None:
    best = assistant.search("humanitarian aid to Nagorno-Karabakh")[0]
    assert "humanitarian aid" in best.passage.text
    for hit in assistant.search("Russia Armenia Azerbaijan"):
        passage = hit.passage
        assert assistant.article(passage.source).text[passage.start : passage.end] == passage.text
    told = assistant.ask("Is Armenia a member of the EAEU?").sentences[0].text
    assert "current membership in the Eurasian Economic Union" in told
    assert told.count('"') % 2 == 0


def test_a_retriever_gives_documents_with_their_place_and_a_runnable_takes_a_conversation(assistant: Assistant) -> None:
    (document,) = OnrecordRetriever(assistant=assistant, limit=1).invoke("humanitarian aid")
    place = document.metadata
    assert assistant.article(place["source"]).text[place["start"] : place["end"]] == document.page_content
    question = "What did Lavrov say about the EU?"
    assert as_runnable(assistant).invoke(question) == assistant.ask(question)
    from langchain_core.messages import AIMessage, HumanMessage

    history = [HumanMessage("What did Lavrov say about the EU?"), AIMessage("…")]
    answer = as_runnable(assistant).invoke({"question": "and Peskov?", "history": history})
    assert answer.standalone_question == "What did Dmitry Peskov say about the EU?"


def test_names_in_a_question_and_a_topic_in_the_words_that_lead_in_find_every_statement(assistant: Assistant) -> None:
    query = assistant.understand("Who is quoted on Nagorno-Karabakh?")
    assert (query.names, query.topic) == (("Karabakh",), "Nagorno-Karabakh")
    assert "Azerbaijan" in assistant.understand("What are Armenia-Azerbaijan relations like?").names
    asked = "Does the article by Orda say that Armenia seeks closer ties, as the article by The Caspian Times does?"
    assert not assistant.find(assistant.understand(asked)).unmentioned
    evidence = assistant.find(assistant.understand("What did Peskov say?"))
    with assistant.store.reading() as view:
        assert {one.id for one in evidence.statements} == {one.id for one in view.statements(by=["Dmitry Peskov"])}
    assert {one.speaker for one in evidence.statements} == {"Dmitry Peskov"}
    evidence = assistant.find(assistant.understand("What did Lavrov say about the EU?"))
    said = [evidence.articles[one.source].cut(one.content[0]) for one in evidence.statements]
    assert any(words.startswith("Of course, the decision of the legitimate Armenian leadership") for words in said)


def test_who_speaks_of_a_topic_in_other_words_is_on_record_on_it_and_what_lies_near_to_nothing_is_not(
    assistant: Assistant,
) -> None:
    for question, speakers in (
        ("What does Russia say about the peace process?", {"Dmitry Peskov", "Sergei Lavrov", "Moscow"}),
        ("What did Lavrov say about peace talks?", {"Sergei Lavrov"}),
        ("What did Lavrov say about Kazakhstan?", set()),
        ("What did Peskov say about the tennis final?", set()),
        ("Why did Lavrov reject the trilateral agreements?", set()),
        ("What did Zakharova say about vaccines for schoolchildren in Moldova?", set()),
    ):
        evidence = assistant.find(assistant.understand(question))
        assert {one.id for one in evidence.topical} <= {one.id for one in evidence.statements}, question
        assert {one.speaker for one in evidence.topical} == speakers, question
        said = [evidence.articles[one.source].cut(one.span) for one in evidence.statements if "process" in question]
        assert not any("joining any international structure" in words for words in said), question


def test_a_question_is_split_where_it_asks_for_something_else_and_each_part_has_its_evidence(
    assistant: Assistant,
) -> None:
    for question, *parts in table("wordings", "asked in parts"):
        assert parts_of(question) == tuple(parts), question
    both = "When did Armenia freeze its CSTO membership, and how many Armenians trust the EU?"
    evidence = assistant.find(assistant.understand(both))
    first = " ".join(evidence.quote(read.place) for read in evidence.read[:4])
    assert "62%" in first
    assert "CSTO" in first
