"""Sentences and passages are exact slices: no sentence is lost, and none crosses a line or reaches over furniture."""

import unicodedata
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.core import Article, Block, Passage, Reading, Span
from rag.ingestion.layout import lay_out, trim
from rag.ingestion.readers import read_file
from rag.ingestion.segmentation import passage_text, sentences, split_into_passages
from tests.case_files import table
from tests.processes import REPOSITORY


def paragraph(text: str) -> Article:
    """The whole text as one paragraph of the body."""
    return Article("a.txt", text, "digest", "plain text", (Block(0, len(text), "body"),))


def split(text: str) -> list[str]:
    whole = paragraph(text)
    return [whole.cut(span) for span in sentences(whole)]


def test_a_sentence_ends_where_it_ends_in_a_line_of_any_length_and_only_the_body_has_some() -> None:
    for (parts,) in table("sentences", "split"):
        assert split(" ".join(parts)) == parts, parts
    text = "The minister said on Thursday that the talks would go on. " * 3000
    assert set(split(text)) == {"The minister said on Thursday that the talks would go on."}
    assert len(split(text)) == 3000
    text = "The minister said on Thursday that the talks\r\nwould go on. Nobody\nknew why."
    assert split(text) == ["The minister said on Thursday that the talks\r\nwould go on.", "Nobody\nknew why."]
    text = "Talks go on\n\nADVERTISEMENT\nThe talks go on, said the minister of the state\nNobody knew why."
    laid_out = lay_out(Reading("a.txt", text, "digest", "plain text", title="Talks go on"))
    assert [laid_out.cut(span) for span in sentences(laid_out)] == [
        "The talks go on, said the minister of the state",
        "Nobody knew why.",
    ]
    assert split("“… — …”") == []


def test_the_sentences_of_the_seeds_are_those_that_a_reader_counts_and_their_passages_keep_the_law() -> None:
    for number, count in list(enumerate([19, 14, 17, 9, 19])):
        (path,) = (REPOSITORY / "seeds").glob(f"{number:03}_*.txt")
        (reading,) = read_file(path, path.name)
        assert isinstance(reading, Reading), number
        assert len(sentences(lay_out(reading))) == count, number
    for limit in (40, 200):
        for path in (REPOSITORY / "seeds").glob("*.txt"):
            (reading,) = read_file(path, path.name)
            assert isinstance(reading, Reading), limit
            laid_out = lay_out(reading)
            spans = sentences(laid_out)
            passages = split_into_passages(laid_out, spans, words, limit)
            assert all(laid_out.text[passage.start : passage.end] == passage.text for passage in passages), limit
            assert all(laid_out.is_quotable(passage.span) for passage in passages), limit
            held = {span for passage in passages for span in passage.sentences}
            assert {
                span for span in spans if words(laid_out.cut(span)) + words(laid_out.title or "") <= limit
            } <= held, limit


_WORDS = ("He left. ", "“No.” ", "Mr. ", "I said\u00a0so! ", "e\u0301\u0302", "😀👩‍👩‍👧", "שלום. ", "مرحبا؟ ", "\r\n")
_PARTS = st.sampled_from([*_WORDS, *'\t["…'])


@settings(max_examples=60)
@given(st.lists(_PARTS, min_size=1, max_size=25).map("".join))
def test_every_sentence_is_exact_and_no_letter_is_lost(text: str) -> None:
    spans = sentences(paragraph(text))
    covered = {place for span in spans for place in range(span.start, span.end)}
    assert all(trim(text, span.start, span.end) == (span.start, span.end) for span in spans)
    assert list(spans) == sorted(spans)
    assert not any(one.overlaps(other) for one, other in pairwise(spans))
    assert all(place in covered for place, letter in enumerate(text) if letter.isalnum())


def words(text: str) -> int:
    return len(text.split())


def article(*paragraphs: list[str] | str, title: str | None = None) -> tuple[Article, list[Span]]:
    """An article of paragraphs, each a list of its sentences, and of lines of furniture; and the sentences' spans."""
    text = ""
    blocks: list[Block] = []
    spans: list[Span] = []
    for paragraph in paragraphs:
        start = len(text)
        for sentence in paragraph if isinstance(paragraph, list) else ():
            spans.append(Span(len(text), len(text) + len(sentence)))
            text += sentence + " "
        text = text.rstrip(" ") if isinstance(paragraph, list) else text + paragraph
        blocks.append(Block(start, len(text), "body" if isinstance(paragraph, list) else "furniture"))
        text += "\r\n"
    return Article("a.txt", text, "digest", "plain text", tuple(blocks), title=title), spans


def texts(passages: tuple[Passage, ...]) -> list[str]:
    return [passage.text for passage in passages]


def test_neighbours_share_a_sentence_where_there_is_room_and_the_title_takes_its_share() -> None:
    whole, spans = article(["One two.", "Three four."], ["Five six."])
    assert texts(split_into_passages(whole, spans, words, 6)) == ["One two. Three four.\r\nFive six."]
    whole, spans = article(["One two.", "Three four.", "Five six.", "Seven."])
    assert texts(split_into_passages(whole, spans, words, 4)) == [
        "One two. Three four.",
        "Three four. Five six.",
        "Five six. Seven.",
    ]
    whole, spans = article(["One two three.", "Four five six.", "Seven."])
    assert texts(split_into_passages(whole, spans, words, 4)) == ["One two three.", "Four five six. Seven."]
    whole, spans = article(["One two.", "Three four.", "Five."], title="A title")
    assert texts(split_into_passages(whole, spans, words, 6)) == ["One two. Three four.", "Three four. Five."]
    whole, spans = article(["One two.", "Three four."], title="a title of ten words that nobody will ever read")
    assert texts(split_into_passages(whole, spans, words, 4)) == ["One two.", "Three four."]
    assert passage_text("Title", "Slice.") == "Title\nSlice."
    assert passage_text(None, "Slice.") == "Slice."
    assert len(passage_text("t" * 10_000, "Slice.")) < 220
    whole, spans = article(["One."], "ADVERTISEMENT", ["Two."], ["Three."])
    assert texts(split_into_passages(whole, spans, words, 100)) == ["One.", "Two.\r\nThree."]
    whole, _ = article("ADVERTISEMENT")
    assert split_into_passages(whole, (), words, 10) == ()


def test_what_is_over_the_limit_is_cut_at_white_space_or_between_letters_and_loses_nothing() -> None:
    whole, spans = article(["Before it.", "One two three four five six seven.", "After it."])
    assert texts(split_into_passages(whole, spans, words, 3)) == [
        "Before it.",
        "One two three",
        "four five six",
        "seven.",
        "After it.",
    ]
    whole, spans = article(["a" * 1000])
    passages = split_into_passages(whole, spans, words, 10)
    assert max(len(passage.text) for passage in passages) <= 200
    assert "".join(texts(passages)) == "a" * 1000
    whole, spans = article(["e\u0301" * 501])
    assert not any(unicodedata.combining(passage.text[0]) for passage in split_into_passages(whole, spans, words, 10))
    whole, spans = article(["e" + "\u0301" * 100_000])
    assert len(split_into_passages(whole, spans, words, 200)) == 26


_SENTENCE = st.lists(
    st.sampled_from(["word", "ὰ", "😀", "שלום", "e\u0301e\u0301", "a\u00a0b", "x" * 50]), min_size=1, max_size=12
)
_PARAGRAPH = st.lists(_SENTENCE.map(" ".join), min_size=1, max_size=6) | st.just("ADVERTISEMENT")


@given(st.lists(_PARAGRAPH, max_size=6), st.integers(1, 20), st.none() | st.just("A title of note"))
def test_every_passage_is_exact_fits_and_is_quotable_and_no_sentence_is_lost(
    paragraphs: list[list[str] | str], limit: int, title: str | None
) -> None:
    whole, spans = article(*paragraphs, title=title)
    passages = split_into_passages(whole, spans, words, limit)
    allowed = max(limit, words(title or "") + limit // 2)
    for passage in passages:
        assert whole.text[passage.start : passage.end] == passage.text
        assert whole.is_quotable(passage.span)
        assert words(passage_text(title, passage.text)) <= allowed or words(passage.text) == 1
    covered = {place for passage in passages for place in range(passage.start, passage.end)}
    for span in spans:
        whole_sentence = any(span in passage.sentences for passage in passages)
        letters = {place for place in range(span.start, span.end) if not whole.text[place].isspace()}
        assert whole_sentence or letters <= covered
    assert list(passages) == sorted(passages, key=lambda passage: passage.start)
