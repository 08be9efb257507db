"""What is told of a library as a whole, of a topic or a person, and to whoever only greets; over the seeds."""

import numpy as np

from rag import Answer, Assistant
from rag.answering.retrieval.overview import name_of, topics_of
from rag.answering.retrieval.statements import distinct


def first(answer: Answer) -> str:
    return answer.sentences[0].text


def test_an_overview_gives_a_sentence_of_each_article_and_nothing_is_new_without_a_date(assistant: Assistant) -> None:
    for question in ("What are these articles about?", "main topics", "Can you give me an overview?"):
        answer = assistant.ask(question)
        assert first(answer).startswith("Five articles, all of them naming Armenia and Russia; no date of"), question
        assert answer.status == "answered", question
        assert len({citation.source for citation in answer.citations}) == 5, question
    answer = assistant.ask("What is new?")
    assert first(answer) == "No date of publication is known of the five articles, so none can be called the latest."
    assert answer.citations


def test_who_is_quoted_most_is_counted_as_the_record_counts(assistant: Assistant) -> None:
    answer = assistant.ask("Who is quoted most?")
    with assistant.store.reading() as view:
        said = [one for one in distinct(view.statements(by=["Sergei Lavrov"])) if one.is_said]
    assert "Dmitry Peskov (" in first(answer).split(",")[0]
    assert f"Sergei Lavrov ({len(said)})" in first(answer)
    assert {citation.speaker for citation in answer.citations} >= {"Dmitry Peskov", "Sergei Lavrov"}


def test_a_topic_or_a_person_is_counted_and_summed_up(assistant: Assistant) -> None:
    answer = assistant.ask("What do you have on Georgia?")
    assert first(answer).startswith("At least one article names Georgia. On record in it: Dmitry Peskov")
    assert {citation.source for citation in answer.citations} == {"004_73f86607ae21c8a6.txt"}
    assert any("Georgia" in citation.quote for citation in answer.citations)
    assert assistant.ask("What do you have on Yukos?").status == "declined"
    answer = assistant.ask("Who is Peskov and what does he say?")
    assert first(answer).startswith("Dmitry Peskov (Kremlin spokesperson) is on record")
    assert {citation.speaker for citation in answer.citations} == {"Dmitry Peskov"}
    assert len({citation.source for citation in answer.citations}) > 2


def test_whoever_does_not_ask_is_told_what_to_ask(assistant: Assistant) -> None:
    for said, told in (
        ("thanks", "You’re welcome. Questions about five articles"),
        ("hello", "Hello. Questions about five articles"),
        ("what can you do?", "Questions about five articles"),
        ("Что сказал Лавров?", "Пожалуйста, спросите по-английски"),
    ):
        answer = assistant.ask(said)
        assert first(answer).startswith(told), said
        assert "What are these articles about? Who is quoted most? What did Dmitry Peskov say?" in first(answer), said
        assert answer.reason == "off_topic", said
        assert not answer.near_misses, said


def test_a_topic_has_the_name_that_tells_its_articles_and_lone_ones_are_none(assistant: Assistant) -> None:
    vectors = np.array([[1, 0.1, 0], [1, 0, 0], [0, 0, 1], [0.1, 1, 0], [0, 1, 0], [1, 0.05, 0]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert [sorted(members.tolist()) for members in topics_of(vectors, 6)] == [[0, 1, 5], [3, 4]]
    with assistant.store.reading() as view:
        sources = sorted(view.holding(["EAEU"]))
        name, having = name_of(sources, view, 5 * len(sources))
        assert 0 < having <= len(sources)
        assert having == len(view.holding([name]).intersection(sources))
        assert name_of(view.originals(), view, 5) == ("", 0), "what all articles share tells none from the others"
