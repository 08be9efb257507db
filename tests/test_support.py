"""Which slices may answer a question of fact, over two made-up articles."""

import datetime as dt
from dataclasses import replace

from rag.answering.support import Supported, supporting
from rag.types import Asks, Evidence, Query
from tests.small_world import HARBOUR_ARTICLE, LOAN, PIER, article, evidence, hit


def fact(question: str, *terms: str, names: tuple[str, ...] = (), asks: Asks = "what") -> Query:
    return Query(question, question, "fact", dt.date(2024, 5, 1), terms=terms, names=names, asks=asks)


def slices(query: Query, found: Evidence) -> dict[str, Supported]:
    return {found.quote(one.place): one for one in supporting(query, found)}


def test_sentences_without_a_space_between_them_make_a_slice() -> None:
    glued = article("glued.txt", "Title\nThe pier is long.It was built in May.\n")
    found = replace(
        evidence(hits=[hit(glued, "The pier is long.", "It was built in May.")]), articles={"glued.txt": glued}
    )
    assert len(slices(fact("Is the pier long?", "pier", "long"), found)) == 1


def test_who_is_speaking_counts_among_the_names_of_a_slice() -> None:
    found = evidence(hits=[hit(HARBOUR_ARTICLE, "Lund said that the town would not borrow money.")])
    query = fact("Will Ada borrow money?", "Ada", "borrow", "money", names=("Ada",))
    (one,) = supporting(query, found)
    assert LOAN.speaker == "Ada Lund"
    assert one.signals.names == 1.0


def test_no_slice_answers_a_question_with_a_name_that_no_article_holds() -> None:
    found = evidence(hits=[hit(HARBOUR_ARTICLE, "“We will build a second pier,” Mayor Ada Lund said on Monday.")])
    query = fact("Will Lund and Moe build a pier?", "Lund", "Moe", "build", "pier", names=("Lund", "Moe"))
    assert all(one.support > 0 for one in supporting(replace(query, names=("Lund",)), found))
    assert PIER.speaker == "Ada Lund"
    assert not any(one.support for one in supporting(query, replace(found, unmentioned=frozenset({"Moe"}))))


def test_when_something_became_something_is_told_only_where_all_of_it_stands() -> None:
    harbour = article("free.txt", "Title\nPortavia was a free town in 1923.\nPortavia became a free port in 1950.\n")
    both = hit(harbour, "Portavia was a free town in 1923.", "Portavia became a free port in 1950.")
    found = replace(evidence(hits=[both]), articles={"free.txt": harbour})
    terms = ("Portavia", "become", "free", "port")
    query = fact("When did Portavia become a free port?", *terms, names=("Portavia",), asks="when")
    told = {text for text, one in slices(query, found).items() if one.support}
    assert told == {"Portavia became a free port in 1950."}
