"""Sentences are exact slices of one block each, and end where sentences end."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.core import Article, Block, Reading
from rag.ingestion.layout import lay_out, trim
from rag.ingestion.readers import read_file
from rag.ingestion.segmentation import sentences
from tests.conftest import REPOSITORY


def article(text: str) -> Article:
    """The whole text as one paragraph of the body."""
    return Article("a.txt", text, "digest", "plain text", (Block(0, len(text), "body"),))


def split(text: str) -> list[str]:
    whole = article(text)
    return [whole.cut(span) for span in sentences(whole)]


def test_a_sentence_ends_where_it_ends() -> None:
    for parts in (
        ["He said: “No.”", "She left."],
        ["“I hope so.” he said.", "Then he left."],
        ["“We agree.”", "“We do not.”", "They shouted."],
        ['"Is it true?" he asked.', '"Yes," she said.'],
        ["“He left.", "She stayed,” Peskov said.", "“They came.”"],
        ['No contacts had taken place "in [recent] days."', "He confirmed it."],
        ["The U.S. President met Mr. Smith.", "They talked, i.e. they argued."],
        ["Sen. John McCain, R-Ariz., said so.", "Gov. Brown, D-Calif. said no."],
        ["It was 2.5 percent.", "Visit bbc.co.uk.", "It is good."],
        ["Wait… what?", "No!"],
        ["We have seen it “unfortunately recently.”.", "He left."],
        ["1. Donald Trump.", "2. Jeb Bush."],
        ["No. 10 said so.", "They did not."],
        ["She would get over it, he said.", "''My eyes well up,'' she said."],
        ["«Да», — сказал он.", "Потом ушёл."],
    ):
        assert split(" ".join(parts)) == parts


def test_a_line_break_inside_a_wrapped_paragraph_ends_no_sentence() -> None:
    text = "The minister said on Thursday that the talks\r\nwould go on. Nobody\nknew why."
    assert split(text) == ["The minister said on Thursday that the talks\r\nwould go on.", "Nobody\nknew why."]


def test_only_the_body_has_sentences_and_none_crosses_a_line() -> None:
    text = "Talks go on\n\nADVERTISEMENT\nThe talks go on, said the minister of the state\nNobody knew why."
    laid_out = lay_out(Reading("a.txt", text, "digest", "plain text", title="Talks go on"))
    assert [laid_out.cut(span) for span in sentences(laid_out)] == [
        "The talks go on, said the minister of the state",
        "Nobody knew why.",
    ]


def test_a_paragraph_without_a_letter_or_digit_has_no_sentence() -> None:
    assert split("“… — …”") == []


@pytest.mark.parametrize(("number", "count"), list(enumerate([19, 14, 17, 9, 19])))
def test_the_sentences_of_the_seeds_are_those_that_a_reader_counts(number: int, count: int) -> None:
    (path,) = (REPOSITORY / "seeds").glob(f"{number:03}_*.txt")
    (reading,) = read_file(path, path.name)
    assert isinstance(reading, Reading)
    assert len(sentences(lay_out(reading))) == count


def test_a_line_of_any_length_is_split() -> None:
    text = "The minister said on Thursday that the talks would go on. " * 3000
    assert set(split(text)) == {"The minister said on Thursday that the talks would go on."}
    assert len(split(text)) == 3000


_PARTS = st.sampled_from(
    [
        "He left. ",
        "“No.” ",
        "Mr. ",
        "I said\u00a0so! ",
        "e\u0301\u0302",
        "😀👩‍👩‍👧",
        "שלום. ",
        "مرحبا؟ ",
        "\r\n",
        "\t",
        "[",
        '"',
        "…",
    ]
)


@settings(max_examples=60)
@given(st.lists(_PARTS, min_size=1, max_size=25).map("".join))
def test_every_sentence_is_exact_and_no_letter_is_lost(text: str) -> None:
    spans = sentences(article(text))
    covered = {place for span in spans for place in range(span.start, span.end)}
    assert all(trim(text, span.start, span.end) == (span.start, span.end) for span in spans)
    assert list(spans) == sorted(spans)
    assert not any(one.overlaps(other) for one, other in pairwise(spans))
    assert all(place in covered for place, letter in enumerate(text) if letter.isalnum())
