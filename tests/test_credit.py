"""Who said it: one credit for statements and citations, as text and as HTML."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rag.core import Citation, Sentence, Span, Standing
from tests.markup import Markup
from tests.newsroom import ORDA, SOVEREIGN, Newsroom, article, citation
from ui.exports import Credit, citation_credit, credit_of, footnote, spoken_within
from ui.views.answer import answer_html, sentence_html
from ui.views.markup import Template

SAID = Newsroom().said("Ada Lund")
CITED = citation(1, article(ORDA, "Orda"), SOVEREIGN, "Ada Lund")
TWO = ("Ada Lund", "Bo Lund")
PARTS = Template("parts.html", citation_href=lambda *_: "#")


def told(**changes: Any) -> str:  # noqa: ANN401 - any field
    """The credit of a statement as text; that of a citation with the same fields is no other."""
    of_statement = credit_of(replace(SAID, **changes), "Nobody").text
    assert citation_credit(replace(CITED, **changes)).text == of_statement
    return of_statement


def test_a_sure_speaker_is_named_without_a_remark() -> None:
    assert told() == "Ada Lund (direct quote)"


def test_who_passed_the_words_on_is_named() -> None:
    assert told(kind="reported", via="Reuters, citing police") == "Ada Lund (reported, via Reuters, citing police)"


@pytest.mark.parametrize("confidence", [0.0, 0.46, 0.59])
def test_a_speaker_who_is_not_certain_is_called_so(confidence: float) -> None:
    assert told(confidence=confidence) == "Ada Lund (speaker not certain; direct quote)"


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (TWO, "Ada Lund or Bo Lund"),
        ((*TWO, "Cai Lund"), "Ada Lund, Bo Lund or Cai Lund"),
        (("أحمد النصري", "يسرى النصري"), "أحمد النصري or يسرى النصري"),
    ],
)
def test_where_the_article_leaves_it_open_all_who_may_be_meant_are_named(names: tuple[str, ...], shown: str) -> None:
    credit = told(speaker=None, candidates=names, confidence=0.3)
    assert credit == f"{shown}, the article does not say which (direct quote)"


def test_a_speaker_named_by_hand_is_certain_and_no_longer_open() -> None:
    corrected = replace(SAID, speaker="Bo Lund", candidates=TWO, confidence=0.3, corrected=True)
    assert credit_of(corrected).text == "Bo Lund (direct quote)"


@pytest.mark.parametrize(
    ("standing", "word"),
    [("withdrawn", "withdrawn"), ("disputed", "disputed"), ("fabricated", "made up"), ("fictional", "fiction")],
)
def test_words_that_do_not_count_as_said_never_stand_without_that(standing: Standing, word: str) -> None:
    assert word in told(standing=standing)
    ascribed = replace(CITED, standing=standing)
    sentence = Sentence(f"Ada Lund: “{SOVEREIGN}”", (1,), "quoted")
    for shown in (sentence_html(sentence, [ascribed]), card(ascribed)):
        assert word in Markup(shown).one("b", "standing").text
        assert Markup(shown).all("*", "unsaid")
    assert word in footnote(ascribed)


def test_a_spokesman_is_shown_with_whom_they_speak_for() -> None:
    assert told(speaks_for="Tony Blair") == "Ada Lund (speaks for Tony Blair, direct quote)"


def test_everything_at_once_is_told_in_one_order() -> None:
    everything = told(confidence=0.5, standing="disputed", speaks_for="the mayor", via="Tass", kind="reported")
    assert everything == "Ada Lund (speaker not certain; disputed; speaks for the mayor, reported, via Tass)"


def test_a_nameless_speaker_is_called_as_the_article_calls_them() -> None:
    assert credit_of(replace(SAID, speaker=None), "the ministry").text == "the ministry (direct quote)"
    assert citation_credit(replace(CITED, speaker=None)).text == "Unnamed speaker (direct quote)"


def test_the_article_is_credited_with_its_own_words_but_not_with_those_of_one_of_two_people() -> None:
    assert citation_credit(replace(CITED, speaker=None, kind="reported")).who == "Orda"
    assert citation_credit(replace(CITED, speaker=None, kind="narration")).who == "Orda"
    assert citation_credit(replace(CITED, speaker=None, kind="reported", candidates=TWO)).who == "Ada Lund or Bo Lund"


def test_the_tag_shows_what_the_text_tells_and_no_initials_for_an_open_speaker() -> None:
    tag = Markup(PARTS("tag", credit_of(replace(SAID, speaker=None, candidates=TWO)), ("Orda",), on="2024-05-02"))
    expected = "?Ada Lund or Bo Lund, the article does not say which · direct quote · Orda · 2024-05-02"
    assert tag.one("figcaption").text == expected
    unsure = Markup(PARTS("tag", credit_of(replace(SAID, confidence=0.5, standing="disputed")), element="p"))
    assert unsure.one("p").text == "ALAda Lund (speaker not certain) disputed · direct quote"


def test_a_credit_that_the_tag_tells_already_is_not_printed_above_the_words() -> None:
    unsure = replace(CITED, confidence=0.5, via="Tass")
    written = f"Ada Lund (speaker not certain), according to Tass, in *{CITED.title}* (Orda): “{SOVEREIGN}”"
    assert not Markup(sentence_html(Sentence(written, (1,), "quoted"), [unsure])).all("p", "lead")
    named = Markup(sentence_html(Sentence(written, (1,), "quoted"), [replace(unsure, via=None)]))
    assert "Tass" in named.one("p", "lead").text


def test_statements_are_found_by_the_place_of_their_words() -> None:
    first = SAID.content[0]
    assert spoken_within([SAID], Span(first.start, first.start + 1)) == [SAID]
    assert spoken_within([SAID], Span(first.end, first.end + 1)) == []


def test_hostile_names_stay_words() -> None:
    evil = '"><script>alert(1)</script>'
    tag = Markup(
        PARTS(
            "tag",
            Credit(evil, is_open=True, remarks=(evil,), standing=evil, facts=(evil,)),
            (evil,),
            on=evil,
            href=evil,
        )
    )
    assert not tag.all("script")
    assert tag.one("a", "who").text == evil


def card(cited: Citation) -> str:
    from rag.core import Answer

    return answer_html(Answer("?", "?", "answered", (), (cited,), "offline"))
