"""The nouns keep their laws: spans are real ranges, passages exact slices, furniture unquotable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core import Answer, Article, Block, Evidence, Place, Sentence, Span

TEXT = "A headline of note\r\nFirst line.\rSecond line.\n\nADVERTISEMENT\nThird line."


def article() -> Article:
    blocks = (
        Block(0, 18, "title"),
        Block(20, 31, "body"),
        Block(32, 44, "body"),
        Block(46, 59, "furniture"),
        Block(60, 71, "body"),
    )
    return Article("a.txt", TEXT, "digest", "plain text", blocks)


@given(st.integers(0, 20), st.integers(1, 20), st.integers(0, 20), st.integers(1, 20))
def test_spans_overlap_when_they_share_a_character_and_cover_when_they_share_all(
    start: int, length: int, other_start: int, other_length: int
) -> None:
    one, other = Span(start, start + length), Span(other_start, other_start + other_length)
    shared = set(range(one.start, one.end)) & set(range(other.start, other.end))
    assert one.overlaps(other) == bool(shared)
    assert one.covers(other) == (len(shared) == other_length)
    assert one.shared(other) == other.shared(one) == len(shared)


def test_a_line_ends_at_a_carriage_return_a_line_feed_or_both_and_no_span_is_empty() -> None:
    starts = ("A head", "First", "Second", "ADV", "Third")
    assert [article().line_of(TEXT.index(words)) for words in starts] == [1, 2, 3, 5, 6]
    assert article().line_of(TEXT.index("\r\n")) == 1
    for start, end in ((-1, 2), (3, 3), (4, 2)):
        with pytest.raises(ValueError, match="non-empty"):
            Span(start, end)


def test_only_what_is_in_the_text_can_be_cut_or_quoted_and_an_answer_prints_its_numbers() -> None:
    assert [article().cut(block.span) for block in article().body] == ["First line.", "Second line.", "Third line."]
    with pytest.raises(ValueError, match=r"a\.txt has 71 characters; 60:72 reaches past them"):
        article().cut(Span(60, 72))
    passage = article().passage((Span(20, 31), Span(32, 44)))
    assert (passage.start, passage.end, passage.text) == (20, 44, "First line.\rSecond line.")
    assert Evidence({"a.txt": article()}).quote(Place("a.txt", Span(60, 65))) == "Third"
    for words, quotable in (
        ("First line.\rSecond line.", True),
        ("irst line", True),
        ("Second line.\n\nADV", False),
        ("ADVERTISEMENT", False),
        ("A headline", False),
        ("note\r\nFirst", False),
        ("\n\n", False),
    ):
        start = TEXT.index(words)
        assert article().is_quotable(Span(start, start + len(words))) is quotable, words
    sentences = (Sentence("It is so.", (1, 2), "quoted"), Sentence("One article.", (), "frame"))
    answer = Answer("q", "q", "answered", sentences, (), "offline")
    assert answer.text == "It is so. [1] [2]\nOne article."
