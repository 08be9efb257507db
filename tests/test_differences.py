"""Which citations are said to contradict each other, and which are not."""

import datetime as dt
import json
from pathlib import Path

from rag.answering.claims.templates import articles_differ
from rag.answering.retrieval.contradictions import Contrast, contrast, differing
from rag.core import AnswerType, Evidence, Place, Query
from tests.answers import cited
from tests.case_files import table
from tests.library_parts import article, line_spans
from tests.processes import onrecord


def asked(question: str, asks: AnswerType, *terms: str) -> Query:
    return Query(question, question, "fact", dt.date(2024, 5, 1), asks=asks, terms=terms)


def groups(query: Query, *quotes: str) -> tuple[tuple[int, ...], ...]:
    """Which citations contradict each other, of one citation of each of the texts, each an article of its own."""
    articles = [article(f"{number}.txt", quote) for number, quote in enumerate(quotes, start=1)]
    citations = [cited(number, told, told.text) for number, told in enumerate(articles, start=1)]
    return differing(query, Evidence(articles={told.source: told for told in articles}), citations)


WAR = asked("How long was the war?", "how_long", "war")
FLED = asked("How many people fled?", "how_many", "people", "fled")


def test_two_values_of_one_thing_differ_and_what_may_both_be_true_does_not() -> None:
    assert groups(WAR, "It ended after a six-week war.", "Following a 60-day war it won.") == ((1, 2),)
    assert groups(WAR, "It ended after a six-week war.", "Following a 42-day war it won.") == ()
    assert groups(WAR, "It ended after a six-week war.", "Following a 44-day war it won.") == (), "to the nearest week"
    assert groups(FLED, "Then 300 people fled.", "Then 500 people fled.") == ((1, 2),)
    for question, asks, terms, one, other in table("differences", "both true"):
        assert groups(asked(question, asks, *terms), one, other) == (), (question, one)


def told_by(*texts: str, days: tuple[str | None, ...] = (None, None)) -> tuple[tuple[Place, Place], Evidence]:
    """The first lines of two articles, and the evidence that holds both."""
    told = zip(texts, days, strict=True)
    articles = [article(f"{number}.txt", text, published=day) for number, (text, day) in enumerate(told)]
    first, second = (Place(one.source, line_spans(one.text)[0]) for one in articles)
    return (first, second), Evidence(articles={one.source: one for one in articles})


def contrast_of(query: Query, *texts: str, days: tuple[str | None, ...] = (None, None)) -> Contrast | None:
    """How the first lines of two articles differ in what answers the question."""
    places, evidence = told_by(*texts, days=days)
    return contrast(*places, query, evidence)


DESIGNER = asked("Who designed the lighthouse of Portavia?", "who")
LIGHT = "The lighthouse on the pier of Portavia was designed by {} and opened in spring."


def test_articles_that_part_over_what_is_asked_contradict_each_other_unless_it_may_be_an_update() -> None:
    for question, asks, one, other in table("differences", "contradict"):
        assert contrast_of(asked(question, asks), one, other) == "contradiction", question
    for question, asks, one, other in table("differences", "may both be right"):
        assert contrast_of(asked(question, asks), one, other) is None, (question, one)
    assert contrast_of(KILLED, *TOLLS, days=("2024-05-01", "2024-05-03")) == "update"
    assert contrast_of(KILLED, *TOLLS, days=("2024-05-01", "2024-05-01")) == "contradiction"
    places, evidence = told_by(*TOLLS, days=("2024-05-01", "2024-05-03"))
    told = articles_differ(KILLED, evidence, places=places)
    assert told == "The articles differ; the later one is from 3 May 2024."
    places, evidence = told_by(*TOLLS)
    assert articles_differ(KILLED, evidence, places=places) == "The articles differ."
    assert articles_differ(DESIGNER, evidence, places=places) is None


KILLED = asked("How many people has the storm killed?", "how_many")
TOLLS = "The storm has killed 12 people in Portavia.", "The storm has killed 19 people in Portavia."


def test_an_answer_shows_articles_that_differ_side_by_side_with_their_days(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    with (folder / "news.jsonl").open("w") as lines:
        for outlet, designer in (("Portavia Post", "Ines Kallas"), ("Tern Times", "Bo Quist")):
            told = {"title": "Light", "outlet": outlet, "published": "2024-05-01", "text": LIGHT.format(designer)}
            lines.write(json.dumps(told) + "\n")
    assert onrecord("index", folder, "--data", tmp_path / "data").code == 0
    answer = onrecord("ask", DESIGNER.question, "--data", tmp_path / "data", "--json").json
    assert answer["sentences"][0]["text"] == "The articles differ."
    assert answer["differences"] == [[1, 2]]
    assert {cited["outlet"] for cited in answer["citations"]} == {"Portavia Post", "Tern Times"}
    assert "(Tern Times, 1 May 2024)" in answer["text"]
