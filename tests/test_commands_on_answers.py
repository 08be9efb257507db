"""Commands on the last answer, and summaries of an event that one article tells, over invented articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answering.assistant import Assistant
from rag.core import Answer, Cited, Place, Turn
from tests.told import Told, asking, report

LAND = report(
    "land.txt",
    Told("Farmland in the valley of Orvik cost more than ever this spring, a survey found."),
    Told("Farmland in Wick County fetched 700 crowns an acre, the highest price of all."),
    Told("Farmland in Moen County fetched 200 crowns an acre, the lowest price of all."),
    Told("Rain fell on most fields until the end of the month."),
    title="Farmland in Orvik is dear",
)
KELP = report(
    "kelp.txt",
    Told("A new kelp farm off Sarkia has doubled its harvest within a year, figures show."),
    Told("The rising demand for kelp could burst the bubble in seaweed, some traders fear."),
    Told("“The bubble in seaweed and kelp will burst this demand,” Runa Dahl said.",
         "The bubble in seaweed and kelp will burst this demand,", "Runa Dahl"),
    Told("Boats bring the wet leaves to the quay of Vell, where they dry for a week in open sheds."),
    Told("A bakery in the old town of Vell grinds some of them into a salty green flour for bread."),
    Told("Snow closed the coastal road twice in the winter, and lorries took the longer way inland."),
    Told("The farm off Sarkia employs forty divers who cut the kelp by hand each morning."),
    title="Kelp farm off Sarkia doubles its harvest",
)  # fmt: skip
FERRY = report(
    "ferry.txt",
    Told("The ferry harvest festival drew a thousand guests to the quay on Sunday."),
    title="A festival on the quay",
)


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    data: Path = tmp_path_factory.mktemp("commands") / "data"
    with asking(data, LAND, KELP, FERRY) as assistant:
        yield assistant


def talk(press: Assistant, *questions: str) -> Answer:
    history: list[Turn] = []
    answer = None
    for question in questions:
        answer = press.ask(question, history)
        history += answer.turns
    assert answer
    return answer


def test_two_answers_are_set_side_by_side(press: Assistant) -> None:
    asked = "What does an acre of farmland fetch in Wick County?", "And in Moen County?"
    answer = talk(press, *asked, "compare them")
    assert answer.standalone_question == "What does an acre of farmland fetch in Wick County and Moen County?"
    assert [one.quote.split(" fetched")[0][-11:] for one in answer.citations] == ["Wick County", "Moen County"]


def test_where_nobody_is_named_those_quoted_on_the_matter_are_shown(press: Assistant) -> None:
    asked = "Will demand burst the bubble in seaweed?"
    with press.store.reading() as view:
        told = Place("kelp.txt", view.sentences(["kelp.txt"])["kelp.txt"][0])
    answer = press.ask("who said that?", [Turn("user", asked, asked), Turn("assistant", "…", cited=(Cited(told, 1),))])
    assert answer.sentences[0].text == "Nobody is named: the article itself told it."
    assert "On the same matter the article quotes Runa Dahl:" in answer.text
    assert answer.citations[-1].speaker == "Runa Dahl"


def test_more_about_a_fact_begins_with_the_gist_that_was_not_shown(press: Assistant) -> None:
    before = press.ask("How many divers cut the kelp of the farm off Sarkia?")
    shown = {one.start for one in before.citations if one.source == "kelp.txt"}
    answer = press.ask("tell me more", before.turns)
    assert not shown & {one.start for one in answer.citations}
    assert answer.citations[0].start == min(one.start for one in answer.citations)


def test_an_event_of_one_article_is_summed_up_by_its_opening_and_its_voices(press: Assistant) -> None:
    answer = press.ask("Sum up the news about the kelp farm of Sarkia")
    assert answer.citations[0].quote.startswith("A new kelp farm off Sarkia")
    assert {one.source for one in answer.citations} == {"kelp.txt"}
    assert "Runa Dahl" in answer.text
