"""How questions are understood."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.understanding.entity_index import EntityIndex
from rag.answering.understanding.query import understand
from rag.core import QUESTION_LIMIT, Person, Query, Turn
from rag.core.errors import UsageError
from tests import questions
from tests.case_files import rows
from tests.small_world import PEOPLE

INTRODUCTIONS = [("Portavian Harbour Minister Bo Quist", "Bo Quist"), ("the ferry minister, Ada Lund", "Ada Lund")]
TODAY = dt.date(2024, 5, 1)


def read(question: str, *earlier: str) -> Query:
    history = [turn for asked in earlier for turn in (Turn("user", asked), Turn("assistant", "…"))]
    return understand(question, history, TODAY, EntityIndex(PEOPLE, INTRODUCTIONS))


def test_a_speaker_whom_nobody_quotes_is_kept_and_a_name_or_office_of_two_names_neither() -> None:
    query = read("What did President Macron say about the pier?")
    assert (query.speaker, query.speaker_is_known) == ("Macron", False)
    known = EntityIndex((Person("Ada Lund"), Person("Per Lund")))
    assert known.named("Lund") is None
    assert known.named("Per Lund") == Person("Per Lund")
    query = read("What did the minister say about the pier?")
    assert query.intent == "statement"
    assert query.link is not None
    assert {bearer.person for bearer in query.link.bearers} == {"Ada Lund", "Bo Quist"}
    assert read("which councillors wrote to Portavia with Lund about the pier").intent == "fact"
    assert read("Lund's line on the pier: who attacked it and who stood up for her?").asks == "who"
    assert read("Did Lund call off the opening of the pier?").intent == "fact"


def test_a_question_is_understood_as_it_is_meant_and_one_that_is_empty_or_huge_refused() -> None:
    for row in rows("questions"):
        query = understand(row["question"], [], questions.ASKED, questions.KNOWN)
        expected = {name: questions.field(name, value) for name, value in row.items() if name != "question"}
        parts = (query, query.time, query.within)
        told = {name: next(getattr(part, name) for part in parts if hasattr(part, name)) for name in expected}
        assert told == expected, row["question"]
    with pytest.raises(UsageError, match="Ask a question"):
        read(" ?! ")
    with pytest.raises(UsageError, match=f"{QUESTION_LIMIT:,}"):
        read("why " * 250_000)


def test_a_question_understood_before_is_leant_on_and_only_names_on_record_are_put_right() -> None:
    history = [Turn("user", "and Quist?", "What did Quist say about the pier?"), Turn("assistant", "…")]
    query = understand("and the ferry?", history, TODAY, EntityIndex(PEOPLE))
    assert (query.standalone, query.speaker) == ("What did Quist say about the ferry?", "Bo Quist")
    history = [Turn("user", "What did Lavrov say about the EU?"), Turn("assistant", "…")]
    query = understand("and Peskof?", history, questions.ASKED, questions.KNOWN)
    assert query.standalone == "What did Peskov say about the EU?"
    assert query.notes == ("“Peskof” was read as Peskov.",)
    assert read("who set the harbour alight").notes == ()
    known = EntityIndex([Person("Sadiq Khan"), Person("Imran Khan")])
    query = understand("What was Sadik Khan's answer to the ban?", [], TODAY, known)
    assert (query.speaker, query.notes) == ("Sadiq Khan", ("“Sadik Khan” was read as Sadiq Khan.",))


@given(st.text(max_size=200))
def test_any_text_is_understood_or_refused_in_a_sentence(text: str) -> None:
    try:
        query = read(text, "What did Lund say about the pier?")
    except UsageError:
        return
    assert query.question == " ".join(text.split())
