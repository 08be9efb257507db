"""Passages are exact slices that fit, hold every sentence and never reach over furniture."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from rag.core import Article, Block, Passage, Reading, Span
from rag.ingestion.layout import lay_out
from rag.ingestion.readers import read_file
from rag.ingestion.segmentation import passage_text, sentences, split_into_passages
from tests.conftest import REPOSITORY


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


def test_sentences_that_fit_together_are_one_passage_across_paragraphs() -> None:
    whole, spans = article(["One two.", "Three four."], ["Five six."])
    assert texts(split_into_passages(whole, spans, words, 6)) == ["One two. Three four.\r\nFive six."]


def test_neighbours_share_a_sentence() -> None:
    whole, spans = article(["One two.", "Three four.", "Five six.", "Seven."])
    assert texts(split_into_passages(whole, spans, words, 4)) == [
        "One two. Three four.",
        "Three four. Five six.",
        "Five six. Seven.",
    ]


def test_neighbours_share_nothing_where_there_is_no_room() -> None:
    whole, spans = article(["One two three.", "Four five six.", "Seven."])
    assert texts(split_into_passages(whole, spans, words, 4)) == ["One two three.", "Four five six. Seven."]


def test_the_title_takes_its_share_of_the_limit() -> None:
    whole, spans = article(["One two.", "Three four.", "Five."], title="A title")
    assert texts(split_into_passages(whole, spans, words, 6)) == ["One two. Three four.", "Three four. Five."]


def test_a_title_that_fills_the_limit_leaves_half_of_it() -> None:
    whole, spans = article(["One two.", "Three four."], title="a title of ten words that nobody will ever read")
    assert texts(split_into_passages(whole, spans, words, 4)) == ["One two.", "Three four."]


def test_no_passage_reaches_over_furniture() -> None:
    whole, spans = article(["One."], "ADVERTISEMENT", ["Two."], ["Three."])
    assert texts(split_into_passages(whole, spans, words, 100)) == ["One.", "Two.\r\nThree."]


def test_a_sentence_over_the_limit_is_cut_at_white_space_and_loses_nothing() -> None:
    whole, spans = article(["Before it.", "One two three four five six seven.", "After it."])
    assert texts(split_into_passages(whole, spans, words, 3)) == [
        "Before it.",
        "One two three",
        "four five six",
        "seven.",
        "After it.",
    ]


def test_a_word_without_end_is_cut_too() -> None:
    whole, spans = article(["a" * 1000])
    passages = split_into_passages(whole, spans, words, 10)
    assert max(len(passage.text) for passage in passages) <= 200
    assert "".join(texts(passages)) == "a" * 1000


def test_a_cut_does_not_part_a_letter_from_its_accent() -> None:
    whole, spans = article(["e\u0301" * 501])
    assert not any(unicodedata.combining(passage.text[0]) for passage in split_into_passages(whole, spans, words, 10))


def test_a_letter_with_accents_without_end_is_cut_all_the_same() -> None:
    whole, spans = article(["e" + "\u0301" * 100_000])
    assert len(split_into_passages(whole, spans, words, 200)) == 26


def test_no_sentences_give_no_passages() -> None:
    whole, _ = article("ADVERTISEMENT")
    assert split_into_passages(whole, (), words, 10) == ()


def test_a_headline_stands_in_front_of_what_is_embedded_but_not_a_novel() -> None:
    assert passage_text("Title", "Slice.") == "Title\nSlice."
    assert passage_text(None, "Slice.") == "Slice."
    assert len(passage_text("t" * 10_000, "Slice.")) < 220


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


def test_the_seeds_keep_the_law() -> None:
    for limit in (40, 200):
        for path in (REPOSITORY / "seeds").glob("*.txt"):
            (reading,) = read_file(path, path.name)
            assert isinstance(reading, Reading)
            laid_out = lay_out(reading)
            spans = sentences(laid_out)
            passages = split_into_passages(laid_out, spans, words, limit)
            assert all(laid_out.text[passage.start : passage.end] == passage.text for passage in passages)
            assert all(laid_out.is_quotable(passage.span) for passage in passages)
            held = {span for passage in passages for span in passage.sentences}
            assert {span for span in spans if words(laid_out.cut(span)) + words(laid_out.title or "") <= limit} <= held
