"""How a question that leans on the conversation is completed, and that one which does not is left alone."""

import datetime as dt
from collections.abc import Sequence

from rag.answering.understanding.query import understand
from rag.core import Cited, Place, Query, Recall, Span, Turn
from tests import questions
from tests.case_files import rows, table
from tests.questions import KNOWN

LAND, FARM = (Cited(Place("land.txt", Span(start, start + 9)), 1) for start in (0, 40))
TODAY = dt.date(2026, 11, 29)


def read(question: str, history: Sequence[Turn] = (), told: str = "") -> Query:
    return understand(question, history, TODAY, KNOWN, frozenset(told.split()))


EU = "What did Lavrov say about the EU?"
LAVROV = Cited(Place("orda.txt", Span(40, 90)), 1, "Sergei Lavrov")
LUND = Cited(Place("harbour.txt", Span(10, 30)), 2, "Ada Lund")
NARRATED = Cited(Place("notes.txt", Span(0, 20)), 3)
ALL = (LAVROV, LUND, NARRATED)


def answered(*asked: tuple[str, tuple[Cited, ...]]) -> list[Turn]:
    return [turn for question, cited in asked for turn in (Turn("user", question), Turn("assistant", "…", cited=cited))]


def test_a_follow_up_becomes_the_question_that_it_stands_for_which_leans_on_nothing() -> None:
    for row in rows("follow_ups"):
        history, means = questions.turns(*row["before"]), row["means"]
        assert read(row["then"], history).standalone == means, row
        assert read(means, history).standalone in {means, f"{means}?"}, row


def test_what_is_wanted_of_the_last_answer_is_told_by_what_it_cited() -> None:
    for count, question, wants, of in table("recalls", "recalls"):
        query = read(question, answered((EU, ALL[:count])))
        assert query.recall, question
        expected = ("recall", wants, tuple(ALL[place].place for place in of))
        assert (query.intent, query.recall.wants, query.recall.places) == expected, question


def test_a_follow_up_looks_where_the_last_answer_did_and_what_says_it_is_new_leans_on_nothing() -> None:
    for question in ("and Peskov?", "why?", "What did he say about it?", "show me the first one in full", "shorter"):
        assert read(question).standalone == question, question
    history = answered((EU, ALL))
    query = read("New question: who else?", history)
    assert (query.standalone, query.near, query.question) == ("who else?", (), "New question: who else?")
    assert read("and Peskov?", history).near == ("orda.txt", "harbour.txt", "notes.txt")
    assert read("What is the latest on the Yukos case?", history).near == ()
    history = [*answered((EU, ALL)), Turn("user", "Thanks!"), Turn("assistant", "…")]
    recall = read("show the second one in full", history).recall
    assert recall
    assert recall.places == (LUND.place,)


def test_what_is_compared_or_inherited_comes_from_the_last_answers() -> None:
    asked = ("What does land fetch in Holm County?", (LAND,)), ("And in Wick County?", (FARM,))
    query = read("compare them", answered(*asked))
    assert query.standalone == "What does land fetch in Holm County and Wick County?"
    assert query.recall == Recall("beside", (LAND.place, FARM.place), ("Holm County", "Wick County"))
    history = questions.turns("How many goals did Portavia score in the final?")
    assert read("and how many people came?", history).standalone == "How many people came (Portavia)?"
    assert read("how many people came?", history, "peopl came goal").standalone == "How many people came (Portavia)?"
    assert read("how long is the ferry ride?", history, "peopl came goal").standalone == "how long is the ferry ride?"


def test_a_pronoun_means_the_answer_to_who_unless_that_asked_whom_somebody_acted_on() -> None:
    shown = ("The Ferry Union made Ada Lund its clerk, Bo Quist said.",)
    cited = (Cited(Place("harbour.txt", Span(0, 52)), 1),)
    for asked, then, means in (
        ("Who is the ferry minister?", "when did she resign?", "When did Ada Lund resign?"),
        ("Which clerk did Holm choose?", "why her?", "Why the clerk (Holm)?"),
        ("Whom did Eva Holm refuse to choose?", "has she changed her mind?", "Has Eva Holm changed her mind?"),
    ):
        read_anew = understand(then, answered((asked, cited)), TODAY, KNOWN, shown=shown)
        assert read_anew.standalone == means, asked
