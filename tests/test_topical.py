"""What somebody says in an article on a topic that their own words do not repeat."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answering.assistant import Assistant
from rag.core import Answer
from tests.told import Told, asking, report


def turns(name: str, *words: str) -> list[Told]:
    return [Told(f"“{said}” {name} said.", said, name) for said in words]


SEALS = report(
    "seals.txt",
    *turns("Runa Dahl", "There are fewer than forty.", "Noise drives them off."),
    Told("“Will they return?” Per Moen asked.", "Will they return?", "Per Moen"),
    title="The man and the woman who count seals",
)
TRAMS = report(
    "trams.txt",
    Told("The tram has stood still since March, and the tram is missed."),
    *turns("Ulf Berg", "We had no money left.", "The tram will run again by May."),
    Told("People wait for a tram that never comes."),
    title="A quiet spring in Orvik",
)
WAR = report(
    "war.txt",
    *turns("Bishop Ek", "The war in Sarkia cost a fortune.", "That money was for the poor.", "We must mend it."),
    *turns("Ada Lund", "My plan for schools comes first."),
    title="Bishop on the cost of Sarkia",
)
LUND = report("lund.txt", *turns("Bishop Ek", "I pray each day."), title="Ada Lund visits the bishop")
UNSURE = report(
    "unsure.txt",
    Told(
        "“We shall see about the dyke,” she said.", "We shall see about the dyke,", "Ada Lund", "she", confidence=0.58
    ),
    title="Rain",
)


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    data: Path = tmp_path_factory.mktemp("topical") / "data"
    with asking(data, SEALS, TRAMS, WAR, LUND, UNSURE) as assistant:
        yield assistant


def first(answer: Answer) -> str:
    return answer.sentences[0].text


def quotes(answer: Answer) -> list[str]:
    return [one.quote for one in answer.citations]


def test_an_article_whose_title_names_the_topic_is_on_it(press: Assistant) -> None:
    answer = press.ask("What did Runa Dahl say about the seals?")
    told = " ".join(quotes(answer))
    assert "There are fewer than forty." in told
    assert "Noise drives them off." in told
    assert {one.speaker for one in answer.citations} == {"Runa Dahl"}


def test_what_does_not_name_the_topic_is_shown_behind_what_does(press: Assistant) -> None:
    answer = press.ask("What did Ulf Berg say about the tram?")
    assert first(answer).startswith("Ulf Berg is on record on the tram")
    assert set(quotes(answer)) == {"The tram will run again by May.", "We had no money left."}


@pytest.mark.parametrize(
    "question",
    [
        "What did Ada Lund say about Sarkia?",  # who says one thing in somebody else's article
        "What did Bishop Ek say about Ada Lund?",  # a person named in a title is no topic
        "What did Runa Dahl say about wolves?",
        "What did Ulf Berg say about March?",  # a word of the opening is not what an article is about
        "Did Runa Dahl say that seals are dangerous?",
    ],
)
def test_words_on_something_else_are_no_answer(press: Assistant, question: str) -> None:
    evidence = press.find(press.understand(question))
    assert not evidence.statements


def test_a_near_miss_says_what_must_be_known_of_its_speaker(press: Assistant) -> None:
    answer = press.ask("What did Runa Dahl say about dykes?")
    told = {miss.quote: miss.why for miss in answer.near_misses}
    assert told["We shall see about the dyke,"] == "near in words; speaker not certain"
