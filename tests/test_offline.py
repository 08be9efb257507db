"""What the writer without a model says."""

import datetime as dt
from dataclasses import replace

from rag.answering.checking.gate import verify_words
from rag.answering.claims.credits import told_in
from rag.answering.writing.extractive import OfflineWriter
from rag.core import AnswerType, Claim, Evidence, Query, Span
from tests.small_world import FACTS, FERRY, HARBOUR_ARTICLE, LOAN, MISTAKE, PIER, evidence, hit, query, reading


def write(asked: Query, found: Evidence, likely: float = 0.9) -> list[Claim]:
    """What the writer offers; all of it must hold."""
    found = found if asked.is_of_the_record else reading(asked, found, likely)
    claims = [claim for claim in OfflineWriter(0.3, 0.6).write(asked, found).claims if isinstance(claim, Claim)]
    assert [verify_words(claim, asked, found).objection for claim in claims] == [None] * len(claims)
    return claims


def fact(question: str, *terms: str, names: tuple[str, ...] = (), asks: AnswerType = "when") -> Query:
    return Query(question, question, "fact", dt.date(2024, 5, 1), terms=terms, names=names, asks=asks)


def test_first_who_is_on_record_and_where_then_the_words() -> None:
    first, second, *_ = write(query(), evidence(statements=(PIER, LOAN)))
    assert first.text == "Ada Lund is on record, in *Harbour will grow, mayor says* (The Gull)."
    assert second.text == "Ada Lund: “We will build a second pier,” […] “It will be ready in spring.”"


def test_words_that_a_colon_introduces_bring_their_introduction() -> None:
    texts = [claim.text for claim in write(query(), evidence(statements=(FERRY,)))]
    assert texts[1] == (
        "Ada Lund, according to Radio Tern: On the ferry, Lund was blunt, according to Radio Tern: "
        "“The ferry is late because nobody counted the boats”"
    )
    assert "The article prints these words without quotation marks." in texts


def test_who_else_spoke_of_it_is_kept_apart() -> None:
    asked = query(topic="the pier", terms=("pier",))
    last = write(asked, evidence(statements=(PIER,), beside=(MISTAKE,)))[-1]
    assert last.text == "See also Bo Quist."
    assert [place.source for place in last.places] == [MISTAKE.source]


def test_a_fact_is_the_sentence_that_states_it_under_the_articles_name() -> None:
    asked = fact("When was the harbour of Portavia built?", "harbour", "Portavia", "built", names=("Portavia",))
    (claim,) = write(asked, evidence(hits=(FACTS,)))
    assert claim.text == "*Harbour will grow, mayor says* (The Gull): The harbour of Portavia was built in 1923."


def test_a_sentence_that_points_back_brings_the_one_before_it() -> None:
    asked = fact("How many people does the harbour employ?", "people", "harbour", "employ")
    (claim,) = write(asked, evidence(hits=(FACTS,)))
    assert claim.text.endswith("The harbour of Portavia was built in 1923. It employs 400 people.")


def test_a_report_that_names_its_speaker_is_credited_to_the_article_and_cited_as_the_speakers() -> None:
    asked = fact("Would the town borrow money?", "town", "borrow", "money")
    found = evidence(hits=(hit(HARBOUR_ARTICLE, "Lund said that the town would not borrow money."),))
    (claim,) = write(asked, found)
    assert claim.text.startswith("*Harbour will grow, mayor says* (The Gull): ")
    assert LOAN in [told_in(place, found) for place in claim.places]


def test_a_short_question_with_a_name_that_no_slice_holds_is_declined() -> None:
    asked = fact("When was the harbour of Atlantis built?", "harbour", "Atlantis", "built", names=("Atlantis",))
    (made,) = write(asked, evidence(hits=(FACTS,)))
    assert made.frame is not None
    assert made.frame.reason == "fact_missing"


def test_a_short_question_of_whose_names_a_slice_holds_one_gets_no_more_than_the_nearest() -> None:
    words = "harbour", "Atlantis", "Portavia", "built"
    asked = fact("When was the harbour of Atlantis at Portavia built?", *words, names=("Atlantis", "Portavia"))
    first, second, *_ = write(asked, evidence(hits=(FACTS,)))
    assert first.text == "Nearest in the articles:"
    assert second.text.endswith("The harbour of Portavia was built in 1923.")


def test_what_is_likely_and_not_sure_is_called_the_nearest() -> None:
    asked = fact("When was the harbour of Portavia built?", "harbour", "Portavia", "built", names=("Portavia",))
    first, second, *_ = write(asked, evidence(hits=(FACTS,)), likely=0.5)
    assert first.frame is not None
    assert second.places[0].source == FACTS.passage.source


def test_what_is_not_likely_is_declined() -> None:
    asked = fact("When was the harbour of Portavia built?", "harbour", "Portavia", "built", names=("Portavia",))
    (claim,) = write(asked, evidence(hits=(FACTS,)), likely=0.2)
    assert claim.frame is not None
    assert claim.frame.reason == "fact_missing"


def test_an_absent_person_is_called_absent() -> None:
    asked = query(speaker="Macron", speaker_is_known=False, topic="the pier", terms=("pier",))
    (claim,) = write(asked, evidence(beside=(PIER,)))
    assert claim.text == "Nobody named Macron was found in the articles."


def test_somebody_mentioned_but_never_quoted_is_said_to_be_so() -> None:
    asked = query(speaker="Portavia", speaker_is_known=False)
    (claim,) = write(asked, evidence(hits=(FACTS,)))
    assert claim.text == "The articles mention Portavia; no statement by that name is on record."


def test_statements_beyond_those_shown_are_counted_where_a_number_is_asked_for() -> None:
    far = [
        replace(LOAN, id=f"far{number}", source="far.txt", span=Span(90 * number, 90 * number + 9))
        for number in range(3)
    ]
    found = evidence(statements=(PIER, *far))
    assert "More was found than is shown here." in [claim.text for claim in write(query(), found)]
    counted = [claim.text for claim in write(query(intent="count", counted="statements"), found)]
    assert counted[0] == "Found: four statements by Ada Lund, in two articles."
    assert "3 more were found." in counted


def test_a_sentence_printed_twice_in_an_article_is_counted_once() -> None:
    again = replace(LOAN, id="again", repeats=LOAN.id)
    counted = write(query(intent="count", counted="statements"), evidence(statements=(LOAN, again)))
    assert counted[0].text.startswith("Found: one statement by Ada Lund, in ")
