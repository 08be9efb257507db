"""What the check lets pass, and what it withholds and why."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from rag.answering.checking.check import check, stream
from rag.answering.checking.gate import verify_words
from rag.answering.claims.templates import NOT_SURE, framed, speaker_on_record
from rag.answering.writing.extractive import OfflineWriter
from rag.core import Answer, Claim, Draft, Evidence, Passed, Place, Query, Span
from tests.small_world import (
    COUNCIL_ARTICLE,
    FACTS,
    FERRY,
    HARBOUR,
    HARBOUR_ARTICLE,
    LOAN,
    MISTAKE,
    PIER,
    evidence,
    place,
    query,
)

CALLED_A_MISTAKE = place(COUNCIL_ARTICLE, "The pier is a mistake.")
SECOND_PIER = place(HARBOUR_ARTICLE, "We will build a second pier,")
MONEY = place(HARBOUR_ARTICLE, "Lund said that the town would not borrow money.")
BUILT = place(HARBOUR_ARTICLE, "The harbour of Portavia was built in 1923.")
FURNITURE = place(HARBOUR_ARTICLE, "Latest news")
WHERE = "*Harbour will grow, mayor says* (The Gull)"


def objection(claim: Claim, found: Evidence) -> str | None:
    return verify_words(claim, found).objection


def test_exact_and_reported_words_pass_under_their_speaker_and_the_articles_own_under_its_title() -> None:
    claim = Claim(f"Ada Lund, in {WHERE}: “We will build a second pier,”", (SECOND_PIER,), "Ada Lund")
    assert objection(claim, evidence()) is None
    claim = Claim(
        f"Ada Lund, as reported in {WHERE}: Lund said that the town would not borrow money.", (MONEY,), "Ada Lund"
    )
    assert objection(claim, evidence()) is None
    claim = Claim(f"{WHERE}: The harbour of Portavia was built in 1923.", (BUILT,))
    assert objection(claim, evidence()) is None


def test_what_cannot_be_proved_is_withheld_with_its_reason() -> None:
    for claim, reason in (
        (Claim("Ada Lund: “We will build a third pier,”", (SECOND_PIER,), "Ada Lund"), "not those of the cited place"),
        (Claim("Bo Quist: “We will build a second pier,”", (SECOND_PIER,), "Bo Quist"), "does not attribute"),
        (
            Claim("Bo Quist: “The pier is a mistake.”", (replace(CALLED_A_MISTAKE, statement="other"),), "Bo Quist"),
            "does not stand there",
        ),
        (Claim("Ada Lund proudly: “We will build a second pier,”", (SECOND_PIER,), "Ada Lund"), "credit"),
        (Claim("Ada Lund: “We will build a second pier,” at last", (SECOND_PIER,), "Ada Lund"), "words of its own"),
        (Claim("Ada Lund: “We will build a second pier,", (SECOND_PIER,), "Ada Lund"), "not closed"),
        (Claim(f"{WHERE}: “We will build a second pier,”", (SECOND_PIER,)), "who is speaking"),
        (Claim("Ada Lund: “We will build a second pier,”", (), "Ada Lund"), "cites nothing"),
        (Claim(f"{WHERE}: Latest news", (FURNITURE,)), "furniture"),
        (Claim(f"{WHERE}: x", (Place("elsewhere.txt", Span(0, 1)),)), "not in the evidence"),
        (Claim(f"{WHERE}: x", (Place(HARBOUR, Span(0, 9_999)),)), "not in the evidence"),
        (
            Claim(
                f"Ada Lund, as reported in {WHERE}: “Lund said that the town would not borrow money.”",
                (MONEY,),
                "Ada Lund",
            ),
            "does not give as a quote",
        ),
    ):
        assert reason in str(objection(claim, evidence())), claim
        answer = check(query(), evidence(), Draft([claim], "test"))
        assert [withheld.text for withheld in answer.withheld] == [claim.text], claim
        assert answer.status == "declined", claim
        assert claim.text not in answer.text, claim


def test_a_claim_may_not_say_more_than_its_frame_or_cite_anothers_statement() -> None:
    shared = replace(PIER, id="shared", speaker="Bo Quist")
    found = replace(evidence(), record=(PIER, shared))
    claim = Claim("Ada Lund: “We will build a second pier,”", (replace(SECOND_PIER, statement=PIER.id),), "Ada Lund")
    assert objection(claim, found) is None
    swapped = replace(claim, places=(replace(SECOND_PIER, statement="shared"),))
    assert objection(swapped, found) == "It cites somebody else's statement."
    found = evidence(statements=(PIER, LOAN))
    (claim,) = framed(speaker_on_record(query(), found))
    assert objection(claim, found) is None
    more = replace(claim, text="Ada Lund is quoted 99 times.")
    assert objection(more, found) == "The record does not bear it out."


def test_every_citation_is_the_exact_slice_and_a_place_cited_twice_keeps_its_number() -> None:
    answer = check(query(), *_written(query(), evidence(statements=(PIER, LOAN, FERRY))))
    assert answer.status == "answered"
    for citation in answer.citations:
        assert HARBOUR_ARTICLE.text[citation.start : citation.end] == citation.quote
        assert HARBOUR_ARTICLE.text[: citation.start].count("\n") + 1 == citation.line
    said = {citation.quote: citation for citation in answer.citations if citation.kind == "direct"}
    assert said["The ferry is late because nobody counted the boats"].via == "Radio Tern"
    assert {citation.speaker for citation in said.values()} == {"Ada Lund"}
    claim = Claim(f"{WHERE}: The harbour of Portavia was built in 1923.", (BUILT,))
    answer = check(query(), evidence(), Draft([claim, claim], "test"))
    assert [sentence.citations for sentence in answer.sentences] == [(1,), (1,)]
    assert len(answer.citations) == 1
    asked = Query("Why?", "Why?", "fact", dt.date(2024, 5, 1))
    answer = check(asked, evidence(hits=(FACTS,)), Draft([], "test"))
    assert (answer.status, answer.reason, answer.text) == ("declined", "fact_missing", NOT_SURE)
    asked = query("What did Lund say about NATO?", topic="NATO", terms=("NATO",), names=("NATO",))
    answer = check(asked, *_written(asked, evidence(beside=(LOAN, MISTAKE))))
    assert (answer.status, answer.reason) == ("declined", "not_quoted_on_topic")
    assert answer.text == "Nothing by Ada Lund was found that surely answers this."
    assert [(near.speaker, near.why) for near in answer.near_misses] == [
        ("Ada Lund", "by the same speaker"),
        ("Bo Quist", "near in words"),
    ]
    for near in answer.near_misses:
        text = (HARBOUR_ARTICLE if near.source == HARBOUR else COUNCIL_ARTICLE).text
        assert text[near.start : near.end] == near.quote


def _written(asked: Query, found: Evidence) -> tuple[Evidence, Draft]:
    return found, OfflineWriter(0.3, 0.6).write(asked, found)


def test_what_is_streamed_stands_in_the_answer_and_whoever_stops_listening_ends_the_writing() -> None:
    asked, found = query(), evidence(statements=(PIER, LOAN, FERRY))
    *passed, answer = stream(asked, found, OfflineWriter(0.3, 0.6).write(asked, found))
    assert isinstance(answer, Answer)
    assert tuple(step.sentence for step in passed if isinstance(step, Passed)) == answer.sentences
    assert tuple(one for step in passed if isinstance(step, Passed) for one in step.citations) == answer.citations
    found = evidence(statements=(PIER, LOAN))
    told = framed(speaker_on_record(query(), found))
    steps = list(stream(query(), found, Draft([*told, Claim("Made up.")], "test")))
    assert [type(step) for step in steps] == [Answer]
    ended: list[bool] = []

    def claims() -> Iterator[Claim | None]:
        try:
            while True:
                yield None
        finally:
            ended.append(True)

    running = stream(query(), evidence(), Draft(claims(), "test"))
    assert next(running) is None
    running.close()
    assert ended == [True]


def test_words_that_do_not_count_as_said_or_are_doubtful_pass_only_with_what_says_so() -> None:
    fake = replace(MISTAKE, standing="fabricated")
    held = replace(evidence(), record=(fake,))
    told = "*Council rejects the pier*: “The pier is a mistake.”"
    bare = Claim(f"Bo Quist, in {told}", (CALLED_A_MISTAKE,), "Bo Quist")
    marked = Claim(f"Bo Quist (read as made up), in {told}", (CALLED_A_MISTAKE,), "Bo Quist")
    assert objection(bare, held) == "Its credit is not what the record says."
    assert objection(marked, held) is None
    for one, who in (
        (replace(MISTAKE, via="police"), "Bo Quist, according to police"),
        (replace(MISTAKE, confidence=0.5), "Bo Quist (speaker not certain)"),
        (
            replace(MISTAKE, speaker=None, speaker_as_written="Quist", candidates=("Bo Quist", "Per Quist")),
            "Quist (perhaps Bo Quist or Per Quist)",
        ),
    ):
        kept = replace(evidence(), record=(one,))
        words = "in *Council rejects the pier*: “The pier is a mistake.”"
        assert objection(Claim(f"{who}, {words}", (CALLED_A_MISTAKE,), one.speaker), kept) is None, who
        assert objection(Claim(f"Bo Quist, {words}", (CALLED_A_MISTAKE,), "Bo Quist"), kept), who


COPY = replace(HARBOUR_ARTICLE, source="tern.txt")
LOANED = replace(LOAN, source="tern.txt")


def test_a_copy_of_the_words_may_be_cited_beside_them_and_nothing_else() -> None:
    made = evidence(hits=(FACTS,))
    found = replace(made, articles={**made.articles, "tern.txt": COPY}, record=(LOANED,))
    told = Claim(f"{WHERE}: The harbour of Portavia was built in 1923.", (BUILT,))
    for span, reason in (
        (BUILT.span, None),
        (FURNITURE.span, "not in the evidence"),
        (place(HARBOUR_ARTICLE, "It employs 400 people.").span, "other words"),
        (Span(0, 10**6), "not in the evidence"),
    ):
        refused = objection(replace(told, also=(Place("tern.txt", span),)), found)
        assert refused is None if reason is None else reason in str(refused), span
    money = Claim(f"{WHERE}: {found.quote(MONEY)}", (MONEY,), also=(Place("tern.txt", MONEY.span),))
    assert "somebody else" in str(objection(money, found))
