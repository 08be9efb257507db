"""A model's sentence that cannot be proved may still lead to the words of the article that answer as it does."""

from rag.answering.checking.check import WORDS_SHOWN, check
from rag.answering.checking.pointed import pointed_at
from rag.types import Answer, Claim, Draft, Evidence, Query
from tests.small_world import (
    FACTS,
    FERRY,
    HARBOUR_ARTICLE,
    LOAN,
    MISTAKE,
    PIER,
    article,
    evidence,
    place,
    query,
    reading,
)

BUILT = place(HARBOUR_ARTICLE, "The harbour of Portavia was built in 1923.")
PEOPLE = place(HARBOUR_ARTICLE, "It employs 400 people.")
LOANED = evidence(statements=(LOAN,)).printable(LOAN)
PIECES = ((BUILT,), (BUILT, PEOPLE), LOANED)
FOUND = evidence(statements=(PIER, LOAN, FERRY), beside=(MISTAKE,), hits=(FACTS,))
ASKED = Query("When was the harbour built?", "When was the harbour built?", "fact", query().asked, terms=("harbour",))


def said(text: str, *numbers: int) -> Claim:
    return Claim(text, rephrased=True, numbers=numbers)


def answered(asked: Query, *claims: Claim) -> Answer:
    found = reading(asked, FOUND, 0.9) if asked.intent == "fact" else FOUND
    return check(asked, found, Draft(claims, "model:test", pieces=PIECES))


def test_the_articles_words_stand_in_for_a_sentence_that_says_as_much_and_cannot_be_proved() -> None:
    answer = answered(ASKED, said("It was begun by giants.", 1), said("The harbour opened in 1923.", 1))
    assert [one.verdict for one in answer.sentences] == ["quoted"]
    assert [one.quote for one in answer.citations] == ["The harbour of Portavia was built in 1923."]
    assert [one.reason.endswith(WORDS_SHOWN) for one in answer.withheld] == [False, True]


def test_nothing_stands_in_for_what_no_piece_holds() -> None:
    assert pointed_at(said("It was built in 1924.", 1), PIECES, ASKED, FOUND) is None
    assert pointed_at(said("The harbour was built by giants.", 1), PIECES, ASKED, FOUND) is None


def test_nothing_stands_in_for_a_sentence_that_adds_nothing_to_the_question() -> None:
    assert pointed_at(said("The harbour was built.", 1), PIECES, ASKED, FOUND) is None


def test_a_statement_stands_in_under_the_name_of_its_speaker() -> None:
    pointed = pointed_at(said("The town would not borrow money.", 3), PIECES, query(), FOUND)
    assert pointed is not None
    assert pointed.speaker == "Ada Lund"
    answer = answered(query(), said("The town would not borrow money.", 3))
    assert [(one.speaker, one.kind) for one in answer.citations] == [("Ada Lund", "reported")]


def test_what_is_cited_already_is_not_printed_twice() -> None:
    twice = said("The harbour opened in 1923.", 1)
    answer = answered(ASKED, twice, twice)
    assert len(answer.sentences) == 1
    assert len(answer.withheld) == 2


def test_a_sentence_that_was_cut_off_points_at_nothing() -> None:
    answer = answered(ASKED, Claim("The harbour opened in 1923", rephrased=True, numbers=(1,), is_whole=False))
    assert answer.citations == ()


def test_what_an_article_asks_is_no_answer() -> None:
    asks = "Will the harbour of Albena be built in 1950?"
    told = article("asks.txt", f"Asks\n{asks}\n")
    found = Evidence(articles={told.source: told})
    assert (
        pointed_at(said("The harbour of Albena was begun in 1950.", 1), ((place(told, asks),),), ASKED, found) is None
    )
