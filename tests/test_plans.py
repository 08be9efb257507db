"""How comparisons, counts, timelines, summaries and attributed quotes are laid out, over the small world."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from rag.answering.checking.check import check
from rag.answering.writing.extractive import OfflineWriter
from rag.core import Answer, Comparand, Evidence, Query, Statement, Tally, Within
from tests.small_world import (
    COUNCIL,
    COUNCIL_ARTICLE,
    FACTS,
    HARBOUR,
    HARBOUR_ARTICLE,
    LOAN,
    MISTAKE,
    PIER,
    hit,
    query,
    reading,
)
from tests.small_world import evidence as found

ASKED = {"topic": "the pier", "terms": ("pier",)}


def answer(asked: Query, over: Evidence) -> Answer:
    """The checked answer; nothing of it may be withheld."""
    over = over if asked.is_of_the_record else reading(asked, over, 0.9)
    made = check(asked, over, OfflineWriter(0.3, 0.6).write(asked, over))
    assert made.withheld == ()
    return made


def sides(lund: Iterable[Statement], quist: Iterable[Statement]) -> Evidence:
    return replace(found(), sides=(Comparand("Ada Lund", tuple(lund)), Comparand("Bo Quist", tuple(quist))))


COMPARED = query("Compare Lund and Quist on the pier.", intent="compare", others=("Bo Quist",), **ASKED)


def test_a_comparison_sets_each_speakers_words_under_their_name() -> None:
    texts = answer(COMPARED, sides([PIER], [MISTAKE])).text.splitlines()
    assert texts[0].startswith("Ada Lund is on record on the pier, in *")
    assert "We will build a second pier" in texts[1]
    assert texts[2].startswith("Bo Quist is on record on the pier, in *")
    assert "The pier is a mistake." in texts[3]


def test_a_side_that_said_nothing_is_named() -> None:
    made = answer(COMPARED, sides([], [MISTAKE]))
    assert made.status == "answered"
    assert made.sentences[0].text == "Nothing by Ada Lund was found that surely answers this."


def test_a_comparison_of_which_no_side_is_on_record_is_declined() -> None:
    made = answer(COMPARED, sides([], []))
    assert (made.status, made.reason) == ("declined", "not_quoted_on_topic")
    assert made.text == "Nothing by Ada Lund or Bo Quist was found that surely answers this."


COUNTED = query("How many of the articles quote Lund?", intent="count", counted="articles")


def test_a_count_names_the_articles_and_cites_each() -> None:
    made = answer(COUNTED, replace(found(statements=(PIER, LOAN)), tally=Tally("articles", ((HARBOUR, 2),), 5)))
    assert made.sentences[0].text == (
        "Found: one of five articles that quotes Ada Lund, *Harbour will grow, mayor says* (The Gull) (2 statements)."
    )
    assert [citation.source for citation in made.citations] == [HARBOUR]


def test_articles_that_only_mention_are_counted_with_the_sentence_that_does() -> None:
    asked = query("How many articles mention Portavia?", intent="count", counted="articles", speaker=None,
                  speaker_is_known=False, terms=("Portavia",), names=("Portavia",))  # fmt: skip
    sentences = {HARBOUR: FACTS.passage.sentences}
    made = answer(asked, replace(found(), tally=Tally("articles", ((HARBOUR, 1),), 2), sentences=sentences))
    assert (
        made.sentences[0].text
        == "Found: one of two articles that mentions Portavia, *Harbour will grow, mayor says* (The Gull)."
    )
    assert made.citations[0].quote == "The harbour of Portavia was built in 1923."


def test_a_count_of_none_is_said_and_declined() -> None:
    made = answer(COUNTED, replace(found(), tally=Tally("articles", (), 5)))
    assert (made.text, made.status) == ("No article was found that quotes Ada Lund.", "declined")


def test_who_spoke_on_a_topic_is_listed_with_counts() -> None:
    asked = query("Who is quoted on the pier?", intent="list", counted="speakers", speaker=None,
                  speaker_is_known=False, **ASKED)  # fmt: skip
    tally = Tally("speakers", (("Ada Lund", 1), ("Bo Quist", 1)), 2)
    made = answer(asked, replace(found(statements=(PIER, MISTAKE)), tally=tally))
    assert made.sentences[0].text == (
        "Found on record on the pier: two speakers, Ada Lund (1 statement) and Bo Quist (1 statement)."
    )


@pytest.mark.parametrize(
    ("quote", "speaker", "said"),
    [
        ("The pier is a mistake", "Ada Lund", "These words are credited to Bo Quist."),
        ("the pier is a mistake", None, "These words are credited to Bo Quist."),
        ("the pier is such a mistake", None, "Nearly these words are credited to Bo Quist."),
    ],
)
def test_quoted_words_are_given_to_who_said_them(quote: str, speaker: str | None, said: str) -> None:
    asked = query("Who said it?", intent="who_said", quote=quote, speaker=speaker, speaker_is_known=bool(speaker))
    assert answer(asked, found(statements=(MISTAKE,))).sentences[0].text == said


def test_a_timeline_runs_by_date_and_sets_the_undated_apart() -> None:
    asked = query("Lund over time", intent="timeline")
    dated = replace(COUNCIL_ARTICLE, published="2024-05-03")
    over = replace(found(statements=(PIER, MISTAKE)), articles={HARBOUR: HARBOUR_ARTICLE, COUNCIL: dated})
    texts = [sentence.text for sentence in answer(asked, over).sentences]
    assert texts[0].startswith("Bo Quist, in *Council rejects the pier* (3 May 2024): ")
    assert texts[1] == "In articles whose date of publication is not known:"
    assert texts[2].startswith("Ada Lund, ")


def test_an_article_is_summed_up_by_its_opening_and_whom_it_quotes() -> None:
    asked = query("Summarise it", intent="summary", within=Within(HARBOUR), speaker=None, speaker_is_known=False)
    over = replace(found(hits=(FACTS,)), sentences={HARBOUR: FACTS.passage.sentences})
    texts = [sentence.text for sentence in answer(asked, over).sentences]
    assert texts[0].endswith("The harbour of Portavia was built in 1923.")
    assert texts[-1] == "Quoted or reported in it: Ada Lund."


def test_a_relative_date_brings_the_day_of_publication() -> None:
    dated = replace(HARBOUR_ARTICLE, published="2024-05-08")
    over = replace(found(statements=(MONDAY,)), articles={HARBOUR: dated, COUNCIL: COUNCIL_ARTICLE}, record=(MONDAY,))
    text = answer(query(), over).sentences[1].text
    assert text.startswith("Ada Lund, as reported in *Harbour will grow, mayor says* (The Gull, 8 May 2024): ")


MONDAY = replace(LOAN, span=PIER.span, content=PIER.content, kind="reported")


def test_the_same_sentence_in_two_papers_is_cited_in_both() -> None:
    copied = replace(HARBOUR_ARTICLE, source="tern.txt", outlet="The Tern")
    asked = query("When was the harbour of Portavia built?", intent="fact", terms=("harbour", "Portavia", "built"),
                  names=("Portavia",), asks="when", speaker=None, speaker_is_known=False)  # fmt: skip
    passage = replace(FACTS.passage, source="tern.txt")
    over = found(hits=(replace(hit(HARBOUR_ARTICLE, "The harbour of Portavia was built in 1923."), copies=(passage,)),))
    over = replace(over, articles={**over.articles, "tern.txt": copied}, sentences={HARBOUR: FACTS.passage.sentences})
    made = answer(asked, over)
    assert [citation.source for citation in made.citations] == [HARBOUR, "tern.txt"]
    assert made.sentences[0].citations == (1, 2)
    assert [copied.text[span.start : span.end] for span in made.citations[0].key] == ["1923"]
