"""A model's sentence that may not be shown still leads to the words of the article that it cites."""

from dataclasses import replace

from rag.answering.checking.check import WORDS_SHOWN, check, own_words
from rag.core import Answer, Claim, Draft, Evidence, Query
from tests.small_world import FACTS, FERRY, HARBOUR_ARTICLE, LOAN, MISTAKE, PIER, evidence, place, query, reading, span

BUILT = place(HARBOUR_ARTICLE, "The harbour of Portavia was built in 1923.")
PEOPLE = place(HARBOUR_ARTICLE, "It employs 400 people.")
LOANED = evidence(statements=(LOAN,)).printable(LOAN)
PIECES = ((BUILT,), (BUILT, PEOPLE), LOANED)
SENTENCES = {
    HARBOUR_ARTICLE.source: tuple(
        span(HARBOUR_ARTICLE, words)
        for words in (
            "The harbour of Portavia was built in 1923.",
            "It employs 400 people.",
            "Lund said that the town would not borrow money.",
        )
    )
}
FOUND = replace(evidence(statements=(PIER, LOAN, FERRY), beside=(MISTAKE,), hits=(FACTS,)), sentences=SENTENCES)
ASKED = Query("When was the harbour built?", "When was the harbour built?", "fact", query().asked, terms=("harbour",))


def said(text: str, *numbers: int) -> Claim:
    return Claim(text, rephrased=True, numbers=numbers)


def answered(asked: Query, *claims: Claim, found: Evidence = FOUND) -> Answer:
    return check(asked, found, Draft(claims, "model:test", pieces=PIECES))


def test_the_cited_sentence_most_like_it_stands_in_for_one_that_is_not_proved() -> None:
    answer = answered(ASKED, said("Giants opened the harbour in 1923.", 1), found=reading(ASKED, FOUND, 0.9))
    assert [one.verdict for one in answer.sentences] == ["quoted"]
    assert [one.quote for one in answer.citations] == ["The harbour of Portavia was built in 1923."]
    assert [one.reason.endswith(WORDS_SHOWN) for one in answer.withheld] == [True]
    own = own_words(said("Some 400 people work there.", 2), PIECES, FOUND)
    assert own is not None
    assert own.places == (PEOPLE,)
    answer = answered(query(), said("The town would not borrow money.", 3))
    assert [(one.speaker, one.kind) for one in answer.citations] == [("Ada Lund", "reported")]


def test_nothing_stands_in_where_nothing_bears_on_the_question_or_is_shown_already() -> None:
    assert own_words(said("The harbour was built by giants."), PIECES, FOUND) is None
    assert own_words(said("The harbour was built by giants.", 9), PIECES, FOUND) is None
    assert answered(query(), said("Giants opened the harbour in 1923.", 1)).citations == ()
    twice = said("Giants opened the harbour in 1923.", 1)
    answer = answered(ASKED, twice, twice)
    assert len(answer.sentences) == 1
    assert len(answer.withheld) == 2
    answer = answered(ASKED, Claim("The harbour opened in 1923", rephrased=True, numbers=(1,), is_whole=False))
    assert answer.citations == ()
