"""How a question that leans on the conversation is completed, and that one which does not is left alone."""

import datetime as dt
from collections.abc import Sequence

from rag.answering.understanding.query import understand
from rag.core import Cited, Place, Query, Recall, Span, Turn
from tests import conversations
from tests.questions import KNOWN

LAND, FARM = (Cited(Place("land.txt", Span(start, start + 9)), 1) for start in (0, 40))
TODAY = dt.date(2026, 11, 29)


def read(question: str, history: Sequence[Turn] = (), told: str = "") -> Query:
    return understand(question, history, TODAY, KNOWN, frozenset(told.split()))


def test_a_follow_up_becomes_the_question_that_it_stands_for() -> None:
    read_as = {
        (said, question): read(question, conversations.turns(said)).standalone
        for said, question, _ in conversations.ROWS
    }
    assert read_as == {(said, question): whole for said, question, whole in conversations.ROWS}


def test_what_is_wanted_of_the_last_answer_is_told_by_what_it_cited() -> None:
    for said, question, wants, cited in conversations.RECALLED:
        query = read(question, conversations.turns((said,)))
        assert query.recall, question
        expected = ("recall", wants, tuple(one.place for one in cited))
        assert (query.intent, query.recall.wants, query.recall.places) == expected, question


def test_without_a_conversation_nothing_is_filled_in() -> None:
    for question in ("and Peskov?", "why?", "What did he say about it?", "show me the first one in full", "shorter"):
        assert read(question).standalone == question


def test_two_questions_that_differ_by_a_name_are_compared_by_what_both_answers_cited() -> None:
    asked = ("What does land fetch in Holm County?", (LAND,)), ("And in Wick County?", (FARM,))
    query = read("compare them", conversations.turns(asked))
    assert query.standalone == "What does land fetch in Holm County and Wick County?"
    assert query.recall == Recall("beside", (LAND.place, FARM.place), ("Holm County", "Wick County"))


def test_the_whole_question_leans_on_nothing_any_more() -> None:
    for said, question, whole in conversations.ROWS:
        assert read(whole, conversations.turns(said)).standalone in {whole, f"{whole}?"}, question


def test_a_question_that_names_nothing_inherits_the_names_of_the_last() -> None:
    history = conversations.turns(("How many goals did Portavia score in the final?",))
    assert read("and how many people came?", history).standalone == "How many people came (Portavia)?"
    assert read("how many people came?", history, "peopl came goal").standalone == "How many people came (Portavia)?"
    assert read("how long is the ferry ride?", history, "peopl came goal").standalone == "how long is the ferry ride?"


def test_a_follow_up_looks_first_where_the_last_answer_did() -> None:
    history = conversations.turns((conversations.ANSWERED,))
    assert read("and Peskov?", history).near == ("orda.txt", "harbour.txt", "notes.txt")
    assert read("What is the latest on the Yukos case?", history).near == ()


def test_a_question_that_was_understood_before_is_not_read_again() -> None:
    history = [Turn("user", "and the ferry?", "What did Lund say about the ferry?"), Turn("assistant", "…")]
    assert read("and Quist?", history).standalone == "What did Bo Quist say about the ferry?"


def test_thanks_between_two_questions_change_nothing() -> None:
    history = [*conversations.turns((conversations.ANSWERED,)), Turn("user", "Thanks!"), Turn("assistant", "…")]
    recall = read("show the second one in full", history).recall
    assert recall
    assert recall.places == (conversations.LUND.place,)


def test_a_new_question_that_says_so_leans_on_nothing() -> None:
    history = conversations.turns((conversations.ANSWERED,))
    query = read("New question: who else?", history)
    assert (query.standalone, query.near, query.question) == ("who else?", (), "New question: who else?")
