"""An answer as text to paste elsewhere."""

from dataclasses import replace

import pytest

from rag.core import Answer
from tests.newsroom import CALIBER, ENERGY, ORDA, SOVEREIGN, WARNED, Newsroom
from ui.chat import Exchange
from ui.exports import conversation_markdown, footnote, markdown, plain


@pytest.fixture
def answered() -> Answer:
    return Newsroom().lavrov("What did Lavrov say about the EU?")


def test_markdown_carries_a_footnote_for_every_citation(answered: Answer) -> None:
    lines = markdown(answered).splitlines()
    assert f"Sergei Lavrov in *{answered.citations[0].title}* (Orda)" in markdown(answered), "titles as titles"
    assert any(line.endswith(f"“{SOVEREIGN}” [^1]") for line in lines)
    assert [line[:5] for line in lines if line.startswith("[^")] == ["[^1]:", "[^2]:", "[^3]:", "[^4]:"]


def test_plain_text_numbers_the_sentences_and_lists_the_citations(answered: Answer) -> None:
    said = plain(answered)
    assert f"“{SOVEREIGN}” [1]" in said
    assert f"[3] Dmitry Peskov (reported): {WARNED} Caliber.Az" in said
    assert "*" not in said


def test_a_footnote_says_who_how_what_and_where_to_the_character(answered: Answer) -> None:
    one = replace(answered.citations[0], via="News Armenia", published="2025-01-14", url="https://orda.example/1")
    assert footnote(one) == (
        f"Sergei Lavrov (direct quote, via News Armenia): “{SOVEREIGN}” Orda, “{one.title}”, 2025-01-14, {ORDA}, "
        f"line 11, characters {one.start}–{one.end}, https://orda.example/1."
    )


def test_reported_words_stand_without_quotation_marks(answered: Answer) -> None:
    assert footnote(answered.citations[2]).startswith(f"Dmitry Peskov (reported): {WARNED} Caliber.Az, ")


def test_the_articles_own_words_are_credited_to_the_outlet(answered: Answer) -> None:
    assert footnote(answered.citations[3]).startswith("Caliber.Az: A 2024 opinion poll")
    assert CALIBER in footnote(answered.citations[3])


def test_an_articles_words_become_no_picture_link_or_heading_in_markdown(answered: Answer) -> None:
    evil = "![x](https://evil.example/?q) <img src=x> # *head* [^1] `code` |"
    hostile = replace(answered.citations[1], quote=evil)
    sentences = tuple(replace(one, text=one.text.replace(ENERGY, evil)) for one in answered.sentences)
    said = markdown(replace(answered, sentences=sentences, citations=(answered.citations[0], hostile)))
    assert r"!\[x\](https://evil.example/?q) \<img src=x\> \# \*head\* \[^1\] \`code\` \|" in said
    assert "![" not in said
    assert " <img" not in said


def test_the_footnotes_of_two_answers_do_not_share_names(answered: Answer) -> None:
    said = conversation_markdown(
        "On *the* EU", [Exchange(1, "A?", answer=answered), Exchange(2, "B?", answer=answered)]
    )
    assert said.startswith("# On \\*the\\* EU\n\n## A?\n")
    assert said.count("[^1-1]:") == said.count("[^2-1]:") == 1


def test_a_trouble_is_told_in_its_place() -> None:
    assert "## A?\n\nIt broke." in conversation_markdown("T", [Exchange(1, "A?", trouble="It broke.")])
