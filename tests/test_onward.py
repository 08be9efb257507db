"""What is worth asking next: only what the record answers."""

from collections.abc import Sequence
from dataclasses import replace

from rag import Assistant
from rag.core import Evidence, Query, Turn
from tests.newsroom import Newsroom
from ui.chat import next_questions

QUESTION = "What did Lavrov say about the EU?"


def test_the_others_on_the_topic_are_offered_if_the_record_holds_them() -> None:
    newsroom = Newsroom()
    assert next_questions(newsroom, newsroom.lavrov(QUESTION)) == ("What did Dmitry Peskov say about the EU?",)


def test_a_body_is_asked_about_with_its_article() -> None:
    class Kremlin(Newsroom):
        """Whoever is asked about is on record."""

        def understand(self, question: str, history: Sequence[Turn] = ()) -> Query:
            speaker = "Kremlin" if "Kremlin" in question else "Sergei Lavrov"
            return replace(super().understand(question, history), speaker=speaker)

        def find(self, query: Query) -> Evidence:
            return Evidence({}, statements=(self.said(query.speaker or ""),))

    newsroom = Kremlin()
    answer = newsroom.lavrov(QUESTION)
    cited = tuple(replace(one, speaker="Kremlin") for one in answer.citations)
    assert next_questions(newsroom, replace(answer, citations=cited))[0] == "What did the Kremlin say about the EU?"


def test_what_was_asked_already_is_not_offered_again() -> None:
    newsroom = Newsroom()
    before = [Turn("user", "What did Dmitry Peskov say about the EU?")]
    assert next_questions(newsroom, newsroom.lavrov(QUESTION), before) == ()


def test_a_library_that_cannot_be_read_offers_nothing() -> None:
    newsroom = Newsroom()
    assert next_questions(newsroom, newsroom.lavrov("Is it locked, Lavrov?")) == ()


def test_everything_offered_over_the_seeds_is_answered(assistant: Assistant) -> None:
    asked = (QUESTION, "What did Mirzoyan say about NATO?", "Does Russia have a military base in Armenia?")
    offered = [question for one in asked for question in next_questions(assistant, assistant.ask(one))]
    assert len(offered) >= 3
    assert {question: assistant.ask(question).status for question in offered} == dict.fromkeys(offered, "answered")
