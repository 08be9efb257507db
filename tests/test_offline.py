"""What the writer without a model says: statements, facts, comparisons, counts, timelines, summaries, credits."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from rag.answering.checking.check import check
from rag.answering.checking.gate import verify_words
from rag.answering.claims.credits import told_in
from rag.answering.writing.extractive import OfflineWriter
from rag.core import Answer, AnswerType, Claim, Comparand, Evidence, Query, Span, Statement, Tally
from tests.small_world import (
    COUNCIL,
    COUNCIL_ARTICLE,
    FACTS,
    FERRY,
    HARBOUR,
    HARBOUR_ARTICLE,
    LOAN,
    MISTAKE,
    PIER,
    evidence,
    hit,
    query,
    reading,
)


def write(asked: Query, found: Evidence, likely: float = 0.9) -> list[Claim]:
    """What the writer offers; all of it must hold."""
    found = found if asked.is_of_the_record else reading(asked, found, likely)
    claims = [claim for claim in OfflineWriter(0.3, 0.6).write(asked, found).claims if isinstance(claim, Claim)]
    assert [verify_words(claim, found).objection for claim in claims] == [None] * len(claims)
    return claims


def fact(question: str, *terms: str, names: tuple[str, ...] = (), asks: AnswerType = "when") -> Query:
    return Query(question, question, "fact", dt.date(2024, 5, 1), terms=terms, names=names, asks=asks)


def test_first_who_is_on_record_then_the_words_with_their_introduction_and_who_else_spoke_apart() -> None:
    first, second, *_ = write(query(), evidence(statements=(PIER, LOAN)))
    assert first.text == "Ada Lund is on record, in *Harbour will grow, mayor says* (The Gull)."
    assert second.text == "Ada Lund: “We will build a second pier,” […] “It will be ready in spring.”"
    texts = [claim.text for claim in write(query(), evidence(statements=(FERRY,)))]
    assert texts[1] == (
        "Ada Lund, according to Radio Tern: On the ferry, Lund was blunt, according to Radio Tern: "
        "“The ferry is late because nobody counted the boats”"
    )
    assert "The article prints these words without quotation marks." in texts
    asked = query(topic="the pier", terms=("pier",))
    last = write(asked, evidence(statements=(PIER,), beside=(MISTAKE,)))[-1]
    assert last.text == "See also Bo Quist."
    assert [place.source for place in last.places] == [MISTAKE.source]


def test_a_fact_is_the_sentence_that_states_it_with_what_it_points_back_at_credited_to_the_article() -> None:
    asked = fact("When was the harbour of Portavia built?", "harbour", "Portavia", "built", names=("Portavia",))
    (claim,) = write(asked, evidence(hits=(FACTS,)))
    assert claim.text.startswith(
        "*Harbour will grow, mayor says* (The Gull): The harbour of Portavia was built in 1923."
    )
    asked = fact("How many people does the harbour employ?", "people", "harbour", "employ")
    (claim,) = write(asked, evidence(hits=(FACTS,)))
    assert claim.text.endswith("The harbour of Portavia was built in 1923. It employs 400 people.")
    asked = fact("Would the town borrow money?", "town", "borrow", "money")
    found = evidence(hits=(hit(HARBOUR_ARTICLE, "Lund said that the town would not borrow money."),))
    (claim,) = write(asked, found)
    assert claim.text.startswith("*Harbour will grow, mayor says* (The Gull): ")
    assert LOAN in [told_in(place, found) for place in claim.places]


def test_a_name_that_no_slice_holds_is_declined_and_of_two_the_nearest_is_shown() -> None:
    asked = fact("When was the harbour of Atlantis built?", "harbour", "Atlantis", "built", names=("Atlantis",))
    (made,) = write(asked, evidence(hits=(FACTS,)))
    assert made.frame is not None
    assert made.frame.reason == "fact_missing"
    words = "harbour", "Atlantis", "Portavia", "built"
    asked = fact("When was the harbour of Atlantis at Portavia built?", *words, names=("Atlantis", "Portavia"))
    first, second, *_ = write(asked, evidence(hits=(FACTS,)))
    assert first.text == "Nearest in the articles:"
    assert "The harbour of Portavia was built in 1923." in second.text


def test_what_is_likely_and_not_sure_is_called_the_nearest_and_what_is_not_likely_is_declined() -> None:
    asked = fact("When was the harbour of Portavia built?", "harbour", "Portavia", "built", names=("Portavia",))
    first, second, *_ = write(asked, evidence(hits=(FACTS,)), likely=0.5)
    assert first.frame is not None
    assert second.places[0].source == FACTS.passage.source
    asked = fact("When was the harbour of Portavia built?", "harbour", "Portavia", "built", names=("Portavia",))
    (claim,) = write(asked, evidence(hits=(FACTS,)), likely=0.2)
    assert claim.frame is not None
    assert claim.frame.reason == "fact_missing"


def test_an_absent_person_is_called_absent_and_one_who_is_mentioned_never_quoted() -> None:
    asked = query(speaker="Macron", speaker_is_known=False, topic="the pier", terms=("pier",))
    (claim,) = write(asked, evidence(beside=(PIER,)))
    assert claim.text == "Nobody named Macron was found in the articles."
    asked = query(speaker="Portavia", speaker_is_known=False)
    (claim,) = write(asked, evidence(hits=(FACTS,)))
    assert claim.text == "Nothing by Portavia was found that surely answers this."


def test_statements_beyond_those_shown_are_counted_where_asked_and_what_is_printed_twice_once() -> None:
    far = [
        replace(LOAN, id=f"far{number}", source="far.txt", span=Span(90 * number, 90 * number + 9))
        for number in range(3)
    ]
    found = evidence(statements=(PIER, *far))
    assert "More was found than is shown here." in [claim.text for claim in write(query(), found)]
    asked = query(intent="count", counted="statements")
    counted = [claim.text for claim in write(asked, found)]
    assert counted[0] == "Found: four statements by Ada Lund, in two articles."
    assert "3 more were found." in counted
    again = replace(LOAN, id="again", repeats=LOAN.id)
    assert write(asked, evidence(statements=(LOAN, again)))[0].text.startswith("Found: one statement by Ada Lund, in ")


ASKED = {"topic": "the pier", "terms": ("pier",)}


def answer(asked: Query, over: Evidence) -> Answer:
    """The checked answer; nothing of it may be withheld."""
    over = over if asked.is_of_the_record else reading(asked, over, 0.9)
    made = check(asked, over, OfflineWriter(0.3, 0.6).write(asked, over))
    assert made.withheld == ()
    return made


def sides(lund: Iterable[Statement], quist: Iterable[Statement]) -> Evidence:
    return replace(evidence(), sides=(Comparand("Ada Lund", tuple(lund)), Comparand("Bo Quist", tuple(quist))))


COMPARED = query("Compare Lund and Quist on the pier.", intent="compare", others=("Bo Quist",), **ASKED)


def test_a_comparison_sets_each_speakers_words_under_their_name_and_a_silent_side_is_named() -> None:
    texts = answer(COMPARED, sides([PIER], [MISTAKE])).text.splitlines()
    assert texts[0].startswith("Ada Lund is on record on the pier, in *")
    assert "We will build a second pier" in texts[1]
    assert texts[2].startswith("Bo Quist is on record on the pier, in *")
    assert "The pier is a mistake." in texts[3]
    made = answer(COMPARED, sides([], [MISTAKE]))
    assert made.status == "answered"
    assert made.sentences[0].text == "Nothing by Ada Lund was found that surely answers this."
    made = answer(COMPARED, sides([], []))
    assert (made.status, made.reason) == ("declined", "not_quoted_on_topic")
    assert made.text == "Nothing by Ada Lund or Bo Quist was found that surely answers this."


COUNTED = query("How many of the articles quote Lund?", intent="count", counted="articles")


def test_articles_that_quote_or_mention_and_speakers_on_a_topic_are_counted_with_what_they_say() -> None:
    made = answer(COUNTED, replace(evidence(statements=(PIER, LOAN)), tally=Tally("articles", ((HARBOUR, 2),), 5)))
    assert made.sentences[0].text == (
        "Found: one of five articles that quotes Ada Lund, *Harbour will grow, mayor says* (The Gull) (2 statements)."
    )
    assert [citation.source for citation in made.citations] == [HARBOUR]
    made = answer(COUNTED, replace(evidence(), tally=Tally("articles", (), 5)))
    assert (made.text, made.status) == ("No article was found that quotes Ada Lund.", "declined")
    asked = query("How many articles mention Portavia?", intent="count", counted="articles", speaker=None,
                  speaker_is_known=False, terms=("Portavia",), names=("Portavia",))  # fmt: skip
    sentences = {HARBOUR: FACTS.passage.sentences}
    made = answer(asked, replace(evidence(), tally=Tally("articles", ((HARBOUR, 1),), 2), sentences=sentences))
    assert (
        made.sentences[0].text
        == "Found: one of two articles that mentions Portavia, *Harbour will grow, mayor says* (The Gull)."
    )
    assert made.citations[0].quote == "The harbour of Portavia was built in 1923."
    asked = query("Who is quoted on the pier?", intent="list", counted="speakers", speaker=None,
                  speaker_is_known=False, **ASKED)  # fmt: skip
    tally = Tally("speakers", (("Ada Lund", 1), ("Bo Quist", 1)), 2)
    made = answer(asked, replace(evidence(statements=(PIER, MISTAKE)), tally=tally))
    assert made.sentences[0].text == (
        "Found on record on the pier: two speakers, Ada Lund (1 statement) and Bo Quist (1 statement)."
    )


def test_quoted_words_are_given_to_who_said_them() -> None:
    for quote, speaker, said in (
        ("The pier is a mistake", "Ada Lund", "These words are credited to Bo Quist."),
        ("the pier is a mistake", None, "These words are credited to Bo Quist."),
        ("the pier is such a mistake", None, "Nearly these words are credited to Bo Quist."),
    ):
        asked = query("Who said it?", intent="who_said", quote=quote, speaker=speaker, speaker_is_known=bool(speaker))
        assert answer(asked, evidence(statements=(MISTAKE,))).sentences[0].text == said, quote


def test_a_timeline_runs_by_date_and_a_relative_date_brings_the_day_of_publication() -> None:
    dated = replace(COUNCIL_ARTICLE, published="2024-05-03")
    over = replace(evidence(statements=(PIER, MISTAKE)), articles={HARBOUR: HARBOUR_ARTICLE, COUNCIL: dated})
    texts = [sentence.text for sentence in answer(query("Lund over time", intent="timeline"), over).sentences]
    assert texts[0].startswith("Bo Quist, in *Council rejects the pier* (3 May 2024): ")
    assert texts[1] == "In articles whose date of publication is not known:"
    assert texts[2].startswith("Ada Lund, ")
    dated = replace(HARBOUR_ARTICLE, published="2024-05-08")
    over = replace(
        evidence(statements=(MONDAY,)), articles={HARBOUR: dated, COUNCIL: COUNCIL_ARTICLE}, record=(MONDAY,)
    )
    text = answer(query(), over).sentences[1].text
    assert text.startswith("Ada Lund, as reported in *Harbour will grow, mayor says* (The Gull, 8 May 2024): ")


MONDAY = replace(LOAN, span=PIER.span, content=PIER.content, kind="reported")


def test_the_same_sentence_in_two_papers_is_cited_in_both() -> None:
    copied = replace(HARBOUR_ARTICLE, source="tern.txt", outlet="The Tern")
    asked = query("When was the harbour of Portavia built?", intent="fact", terms=("harbour", "Portavia", "built"),
                  names=("Portavia",), asks="when", speaker=None, speaker_is_known=False)  # fmt: skip
    passage = replace(FACTS.passage, source="tern.txt")
    over = evidence(
        hits=(replace(hit(HARBOUR_ARTICLE, "The harbour of Portavia was built in 1923."), copies=(passage,)),)
    )
    over = replace(over, articles={**over.articles, "tern.txt": copied}, sentences={HARBOUR: FACTS.passage.sentences})
    made = answer(asked, over)
    assert [citation.source for citation in made.citations] == [HARBOUR, "tern.txt"]
    assert made.sentences[0].citations == (1, 2)
    assert [copied.text[span.start : span.end] for span in made.citations[0].key] == ["1923"]
