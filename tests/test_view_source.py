"""The source panel: the article, and in it exactly the words that were cited."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core import Article, Block, Span
from tests.markup import Markup
from tests.newsroom import ENERGY, ORDA, SOVEREIGN, Newsroom, article
from tests.small_world import span
from ui.views.source import SourceLink, parse_span, source_html, source_page


def made_of(*lines: str) -> Article:
    """An article of body lines, whatever characters they hold."""
    text, blocks = "", []
    for line in lines:
        blocks.append(Block(len(text), len(text) + len(line), "body"))
        text += f"{line}\r\n"
    return Article("made.txt", text, "0" * 64, "text", tuple(blocks))


@given(st.data())
def test_any_slice_of_the_body_is_one_mark_of_exactly_its_characters(data: st.DataObject) -> None:
    line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), min_size=1)
    source = made_of(*data.draw(st.lists(line, min_size=1, max_size=4)))
    start = data.draw(st.integers(0, source.body[-1].end - 1))
    at = Span(start, data.draw(st.integers(start + 1, source.body[-1].end)))
    also = [at, Span(0, source.body[0].end)]
    assert Markup(source_html(source, at, also)).one("mark", "on").text == source.cut(at)


def test_the_whole_article_can_be_read_its_statements_marked_its_furniture_folded() -> None:
    orda = article(ORDA)
    shown = Markup(source_html(orda, span(orda, SOVEREIGN), [span(orda, ENERGY)]))
    read = " ".join(part.text for part in shown.all("div", "flow") + shown.all("div", "folded"))
    assert read.split() == orda.text.removeprefix(str(orda.title)).split()
    fold = Markup(source_html(orda, span(orda, SOVEREIGN))).one("details", "furniture")
    assert fold.text.startswith("21 lines of page furniture folded: not part of the article, never quoted")
    assert "open" not in fold.attributes
    assert "World Bank Ready to Provide Kazakhstan" in fold.text
    shown = Markup(source_page(orda, None, [span(orda, SOVEREIGN), span(orda, ENERGY)]))
    assert [mark.text for mark in shown.all("mark")] == [ENERGY, SOVEREIGN]
    assert shown.one("p", "position").text == "2 passages of speech marked"


def test_two_slices_that_overlap_and_hostile_words_anywhere_are_shown_whole() -> None:
    source = made_of("one two three")
    shown = Markup(source_html(source, Span(4, 7), [Span(0, 13)]))
    assert [mark.text for mark in shown.all("mark")] == ["one ", "two", " three"]
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    blocks = (Block(0, len(evil), "title"), Block(len(evil) + 1, 2 * len(evil) + 1, "body"))
    source = Article(evil, f"{evil}\n{evil}", "0", "text", blocks, title=evil, outlet=evil, published=evil)
    shown = Markup(source_page(source, Span(len(evil) + 1, 2 * len(evil) + 1)))
    assert not shown.all("script")
    assert not shown.all("img")
    assert shown.one("mark", "on").text == evil


def test_the_head_says_where_the_words_stand_and_credits_them_and_no_others() -> None:
    orda = article(ORDA, "Orda")
    shown = Markup(source_html(orda, span(orda, SOVEREIGN)))
    assert shown.one("p", "meta").text == f"Orda · {ORDA}"
    assert shown.one("h2").text == "Moscow Weighs in on Armenia Seeking to Expand US and EU Ties"
    assert shown.one("p", "position").text == "line 11 · characters 1,985–2,251"
    orda = article(ORDA, "Orda")
    at, elsewhere = span(orda, SOVEREIGN), span(orda, ENERGY)
    said = replace(Newsroom().said("Sergei Lavrov"), content=(at,), confidence=0.5, standing="disputed")
    other = replace(said, id="other", speaker="Ada Lund", content=(elsewhere,))
    shown = Markup(source_html(orda, at, [elsewhere], [said, other]))
    assert shown.one("p", "tag").text == "SLSergei Lavrov (speaker not certain) read as disputed · direct quote"
    assert not Markup(source_html(orda, None, [at], [said])).all("p", "tag")


def test_a_link_brings_back_what_it_was_made_of_and_what_is_no_span_is_refused() -> None:
    for source in (ORDA, "a b&c=d#e%20?.txt", 'x"><script>.txt', "Ünïcode/日本.md", "feed.jsonl#12"):
        link = SourceLink(source, Span(3, 9), (Span(0, 2), Span(11, 12)), "abc")
        address = urlsplit(link.href)
        query = parse_qs(address.query)
        assert (address.path, address.fragment, query["name"], query["digest"]) == (
            "source",
            "cited",
            [source],
            ["abc"],
        ), source
        assert [parse_span(span) for span in (*query["at"], *query["also"][0].split(","))] == [link.at, *link.also], (
            source
        )
    for words in ("", "7", "7-", "-7", "9-3", "4-4", "a-b", "1-2-3"):
        with pytest.raises(ValueError, match=r".+"):
            parse_span(words)
