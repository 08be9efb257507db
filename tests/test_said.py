"""A sentence of an answer: who speaks, how the article gives it, the words themselves, their chips."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from rag.core import Citation, Kind, Sentence
from tests.markup import Markup
from tests.newsroom import ENERGY, ORDA, SOVEREIGN, article, citation
from ui.exports import KIND_WORDS
from ui.views.answer import apart, sentence_html
from ui.views.markup import prose

ADVISED = "On Armenia's potential EU aspirations, Lavrov advised careful consideration, according to News Armenia:"
TITLE = "Moscow Weighs in on Armenia Seeking to Expand US and EU Ties"


def cited(number: int, quote: str, kind: Kind = "direct", speaker: str | None = "Sergei Lavrov") -> Citation:
    return citation(number, article(ORDA, "Orda"), quote, speaker, kind)


def shown(text: str, *citations: Citation, verdict: str = "quoted") -> Markup:
    sentence = Sentence(text, tuple(one.number for one in citations), verdict)  # type: ignore[arg-type] # a Verdict
    return Markup(sentence_html(sentence, citations))


def test_a_direct_quote_is_shown_apart_from_its_credit_word_for_word() -> None:
    quote = cited(1, SOVEREIGN)
    figure = shown(f"Sergei Lavrov in *{TITLE}* (Orda): “{SOVEREIGN}”", replace(quote, via="News Armenia"))
    assert figure.one("blockquote").text == f"“{SOVEREIGN}”\N{NO-BREAK SPACE}1"
    assert figure.one("figcaption").text == "SLSergei Lavrov · direct quote · via News Armenia · Orda"
    assert "direct" in figure.one("figure").classes


def test_a_credit_that_the_line_above_has_told_already_is_not_printed_twice() -> None:
    figure = shown(f"Sergei Lavrov in *{TITLE}* (Orda): “{SOVEREIGN}”", cited(1, SOVEREIGN))
    assert not figure.all("p", "lead")
    body = shown(f"The Kremlin in *{TITLE}* (Orda): “{SOVEREIGN}”", cited(1, SOVEREIGN, speaker="Kremlin"))
    assert not body.all("p", "lead")


def test_a_credit_that_says_more_is_kept() -> None:
    figure = shown(f"Sergei Lavrov denied it in *{TITLE}* (Orda): “{SOVEREIGN}”", cited(1, SOVEREIGN))
    assert figure.one("p", "lead").text == f"Sergei Lavrov denied it in {TITLE} (Orda):"


def test_the_articles_words_that_lead_to_a_quote_stand_before_it_with_their_own_chip() -> None:
    lead, quote = cited(1, ADVISED, "narration", None), cited(2, SOVEREIGN)
    figure = shown(f"Sergei Lavrov in *{TITLE}* (Orda): {ADVISED} “{SOVEREIGN}”", lead, quote)
    assert figure.one("p", "own").text == f"{ADVISED}\N{NO-BREAK SPACE}1"
    assert figure.one("blockquote").text.strip() == f"“{SOVEREIGN}”\N{NO-BREAK SPACE}2"
    assert figure.one("b", "who").text == "Sergei Lavrov"


def test_an_interrupted_quote_carries_a_chip_for_each_part() -> None:
    figure = shown(f"Sergei Lavrov: “{SOVEREIGN}” […] “{ENERGY}”", cited(1, SOVEREIGN), cited(2, ENERGY))
    assert figure.one("blockquote").text == f"“{SOVEREIGN}”\N{NO-BREAK SPACE}1 […] “{ENERGY}”\N{NO-BREAK SPACE}2"


def test_our_omissions_stay_outside_the_quotation_marks() -> None:
    figure = shown(f"Sergei Lavrov: […] “{ENERGY}” […]", cited(1, ENERGY))
    assert figure.one("blockquote").text == f"[…] “{ENERGY}” […]\N{NO-BREAK SPACE}1"


def test_a_sentence_that_does_not_end_with_its_quotes_is_shown_as_it_is() -> None:
    sentence = f"He said that {SOVEREIGN}, which nobody doubted."
    assert apart(sentence, [cited(1, SOVEREIGN)]) == ("", ())
    assert shown(sentence, cited(1, SOVEREIGN)).one("p", "words").text == f"{sentence}\N{NO-BREAK SPACE}1"


@pytest.mark.parametrize(
    "sentence",
    [f"A: “{SOVEREIGN}”", f"A: {SOVEREIGN}", f"“{SOVEREIGN}” […] “{ENERGY}” […]", f"A (B): […] “{SOVEREIGN}”."],
)
def test_taking_a_sentence_apart_loses_none_of_its_words(sentence: str) -> None:
    quotes = [one for one in (cited(1, SOVEREIGN), cited(2, ENERGY)) if one.quote in sentence]
    credit, pieces = apart(sentence, quotes)
    assert pieces
    assert " ".join([credit, *(piece.words for piece in pieces)]).split() == sentence.split()


def test_a_frame_is_a_plain_line_with_its_chips() -> None:
    line = shown("Not Lavrov: Dmitry Peskov also spoke.", cited(3, SOVEREIGN), verdict="frame")
    assert line.one("p", "frame").text == "Not Lavrov: Dmitry Peskov also spoke.\N{NO-BREAK SPACE}3"
    assert not line.all("figure")


@pytest.mark.parametrize("kind", ["direct", "mixed", "reported", "narration"])
def test_each_kind_says_what_it_is(kind: Kind) -> None:
    figure = shown(f"X: {SOVEREIGN}", cited(1, SOVEREIGN, kind, None if kind == "narration" else "Sergei Lavrov"))
    assert KIND_WORDS[kind] in figure.one("figcaption").text
    assert kind in figure.one("figure").classes


def test_the_articles_own_words_are_credited_to_the_outlet() -> None:
    figure = shown(f"Orda: {SOVEREIGN}", cited(1, SOVEREIGN, "narration", None))
    assert figure.one("b", "who").text == "Orda"


def test_what_is_reported_of_a_speaker_without_a_name_is_credited_to_the_outlet() -> None:
    figure = shown(f"*{TITLE}* (Orda): {SOVEREIGN}", cited(1, SOVEREIGN, "reported", None))
    assert figure.one("b", "who").text == "Orda"
    assert "reported" in figure.one("figcaption").text


def test_a_speaker_without_a_name_is_shown_as_the_sentence_has_them() -> None:
    figure = shown(
        f"The ministry (no name given) in *{TITLE}* (Orda): “{SOVEREIGN}”", cited(1, SOVEREIGN, "direct", None)
    )
    assert figure.one("b", "who").text == "Unnamed speaker"
    assert figure.one("span", "dot").text == "?"
    assert figure.one("p", "lead").text.startswith("The ministry (no name given)")


def test_a_chip_leads_to_the_slice_and_knows_its_neighbours_in_the_same_article() -> None:
    first, second = cited(1, SOVEREIGN), cited(2, ENERGY)
    frame = sentence_html(Sentence("Both.", (1,), "frame"), (first, second))
    chip = Markup(frame).one("a", "chip")
    query = parse_qs(urlsplit(chip.attributes["href"]).query)
    assert query["at"] == [f"{first.start}-{first.end}"]
    assert query["also"] == [f"{second.start}-{second.end}"]
    assert chip.attributes["aria-label"] == "Source 1: Orda, line 11"


def test_titles_and_commands_in_our_own_sentences_are_set_as_such() -> None:
    line = Markup(f"<p>{prose('In *A <b> title*: run `onrecord index`; 2 * 3 * 4.')}</p>")
    assert (line.one("cite").text, line.one("code").text) == ("A <b> title", "onrecord index")
    assert line.one("p").text.endswith("2 * 3 * 4.")


def test_the_command_that_lists_statements_is_the_way_to_the_room_that_lists_them() -> None:
    line = prose("4 more on record; `onrecord statements --by 'Tim O'Brien' --about 'the <EU>'` lists every one.")
    link = Markup(f"<p>{line}</p>").one("a")
    assert (link.text, link.attributes["href"]) == ("Who said what", "#record?by=Tim+O%27Brien&about=the+%3CEU%3E")


def test_asterisks_in_quoted_words_are_left_alone() -> None:
    starred = replace(cited(1, SOVEREIGN), quote="a *very* odd word")
    assert (
        shown("Sergei Lavrov: “a *very* odd word”", starred).one("blockquote").text
        == "“a *very* odd word”\N{NO-BREAK SPACE}1"
    )


def test_hostile_words_in_every_field_stay_words() -> None:
    evil = '"><script>alert(1)</script>'
    quote = replace(cited(1, SOVEREIGN), quote=evil, speaker=evil, via=evil, title=evil, outlet=evil)
    quote = replace(quote, source=evil, published=evil, digest=evil)
    figure = shown(f"{evil}: “{evil}”", quote)
    assert not figure.all("script")
    assert figure.one("blockquote").text == f"“{evil}”\N{NO-BREAK SPACE}1"
