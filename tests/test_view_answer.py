"""A question with its answer, as HTML: sentences, chips, cards, declines, differences."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rag.core import Answer, ArticleDetails, Citation, Evidence, Kind, Overview, Sentence, Standing, Topic, Withheld
from tests.markup import Markup
from tests.newsroom import ENERGY, ORDA, SOVEREIGN, Newsroom, article, citation, printed
from ui.chat import FIRST_QUESTION, Exchange, overview
from ui.exports import citation_credit, credit_of, footnote
from ui.views.answer import answer_html, exchange_html, sentence_html
from ui.views.chrome import state_html, welcome_html
from ui.views.markup import Template, prose

SEEDS = ArticleDetails("/x/seeds", 5, 42, 31, ("Orda", "TCT"), ("Sergei Lavrov", "Dmitry Peskov"), None, 5, "minilm")


@pytest.fixture
def answered() -> Answer:
    return Newsroom().lavrov("What did Lavrov say about the EU?")


@pytest.fixture
def declined() -> Answer:
    return Newsroom().decline("What did Mirzoyan say about NATO?")


def test_an_answer_shows_its_sentences_in_order(answered: Answer) -> None:
    page = Markup(answer_html(answered))
    kinds = [
        element.attributes["class"]
        for element in page.elements
        if element.tag == "figure" or "frame" in element.classes
    ]
    assert kinds == ["frame", "said direct", "said direct", "said reported", "said narration", "frame"]
    assert [quote.text[:2] for quote in page.all("blockquote")][:4] == ["“O", "[…", "Pe", "A "]


def test_the_foot_counts_what_was_checked_and_names_model_host_and_tokens(answered: Answer) -> None:
    page = Markup(answer_html(answered))
    assert page.one("span", "checked").text == "✓ 4 citations checked against the file"
    fold = page.one("details", "facts")
    assert fold.text == "How this answer was made0.08 soffline writer1 sentence withheld"
    assert "open" not in fold.attributes
    written = replace(
        answered, writer="model:m1", usage={"input_tokens": 1200, "output_tokens": 9, "dollars": 0.0012, "calls": None}
    )
    facts = Markup(answer_html(written, "models.example", "MiniLM")).one("details", "facts").text
    assert facts.endswith(
        "written by m1passages went to models.example1,200 input tokens, 9 output tokens, 0.0012 dollars"
        "embeddings: MiniLM1 sentence withheld"
    )


def test_a_withheld_sentence_is_behind_a_fold_with_its_reason(answered: Answer) -> None:
    shown = answer_html(replace(answered, withheld=(Withheld("He <said> so.", "It cites nothing."),)))
    fold = Markup(shown).one("details", "withheld")
    assert fold.text == "1 sentence could not be confirmed and is not shown as factHe <said> so. It cites nothing."
    assert "open" not in fold.attributes


def test_a_decline_says_why_and_offers_the_nearest_words_and_a_greeting_is_none(declined: Answer) -> None:
    page = Markup(answer_html(declined))
    assert page.one("p", "decline").text == "No sure answer"
    assert page.one("p", "frame").text == "Ararat Mirzoyan is not quoted on NATO."
    near = page.one("figure", "near")
    assert "on joining other structures" in near.text
    assert SOVEREIGN in near.text
    assert page.one("a", "open").attributes["href"].startswith(f"source?name={ORDA}&at=")
    page = Markup(answer_html(replace(declined, reason="off_topic")))
    assert not page.all("p", "decline")
    assert page.one("p", "frame").text == "Ararat Mirzoyan is not quoted on NATO."


def test_articles_that_differ_are_set_against_each_other_and_printed_once(answered: Answer) -> None:
    page = Markup(answer_html(replace(answered, differences=((1, 3, 4),))))
    assert page.one("section", "differ").text.startswith("The articles differ")
    sides = [side.text for side in page.all("div", "side")]
    assert [SOVEREIGN in side for side in sides] == [True, False]
    assert ("Dmitry Peskov" in sides[1], "Caliber.Az" in sides[1]) == (True, True), "those that agree stand together"
    shown = [figure for figure in page.all("figure") if SOVEREIGN in figure.text]
    assert len(shown) == 1


def test_every_chip_belongs_to_a_citation_and_without_its_article_an_answer_loses_its_tick(answered: Answer) -> None:
    chips = Markup(answer_html(answered)).all("a", "chip")
    assert [chip.text for chip in chips] == ["1", "2", "3", "4", "3"]
    assert all(chip.attributes["aria-label"].startswith(f"Source {chip.text}: ") for chip in chips)
    gone = answered.citations[0].digest
    page = Markup(answer_html(answered, gone={gone}))
    assert not page.all("span", "checked")
    assert page.one("span", "gone").text.startswith("2 of 4 citations can no longer be checked")


def test_a_trouble_is_one_sentence_and_a_hostile_question_stays_words() -> None:
    page = Markup(exchange_html(Exchange(1, "Who?", trouble="Nothing is indexed yet; run `onrecord index FOLDER`.")))
    assert page.one("p", "trouble").text == "Nothing is indexed yet; run onrecord index FOLDER."
    assert page.one("code").text == "onrecord index FOLDER"
    evil = "<img src=//evil.example onerror=alert(1)><script>alert(1)</script>"
    page = Markup(exchange_html(Exchange(1, evil, trouble=evil)))
    assert not page.all("img")
    assert not page.all("script")
    assert page.one("h2", "asked").text == evil


def test_an_exchange_names_its_conversation_and_what_can_be_done_with_it(answered: Answer) -> None:
    page = Markup(exchange_html(Exchange(2, "Who?", answer=answered), 'a"b', "k"))
    section = page.one("section", "exchange")
    assert (section.attributes["data-thread"], section.attributes["data-key"]) == ('a"b', "k")
    acts = [
        act for button in page.all("button") if (act := button.attributes.get("data-act", "footnote")) != "footnote"
    ]
    assert acts == ["new", "copy", "copy", "edit", "judge", "wrong", "judge", "judge", "judge"]
    onward = [button.attributes["data-ask"] for button in page.all("button") if "data-ask" in button.attributes]
    assert onward == ["Shorter", "Tell me more", "Compare them", "Show the first one in full"]


def test_the_empty_state_says_what_the_library_holds_or_how_to_fill_it() -> None:
    page = Markup(welcome_html(SEEDS))
    assert [line.text for line in page.all("li")] == [
        "5 articles",
        "31 statements by 2 speakers",
        "no publication dates given",
    ]
    outlets = [link.attributes["href"] for link in page.all("a") if "outlet" in link.attributes["href"]]
    assert outlets == ["#record?outlet=Orda", "#record?outlet=TCT"]
    page = Markup(welcome_html(replace(SEEDS, articles=0)))
    assert page.one("code").text == "onrecord index FOLDER"
    assert not page.all("button")


def test_the_front_desk_leads_to_topics_people_and_questions_of_the_library_itself() -> None:
    newsroom = Newsroom()
    seen = overview(newsroom)
    page = Markup(welcome_html(newsroom.summary(), seen))
    titles = [one.title for one in newsroom.shelf.values()]
    assert [link.text for link in page.all("a", "topic")] == titles
    asked = [button.attributes["data-ask"] for button in page.all("button", "voice")]
    assert asked == ["What did Sergei Lavrov say?", "What did Dmitry Peskov say?"]
    assert page.all("button", "question")[0].text == FIRST_QUESTION
    assert {button.text for button in page.all("button", "question")}.isdisjoint(asked), "nothing is offered twice"


def test_a_topic_of_many_articles_is_asked_about_by_its_name() -> None:
    newsroom = Newsroom()
    place = newsroom.seen().topics[0].best
    seen = Evidence(newsroom.shelf, overview=Overview(43, topics=(Topic(43, place, "Costa Rica", 40),)))
    page = Markup(welcome_html(replace(SEEDS, articles=44), seen))
    topic = page.one("button", "topic")
    assert (topic.text, topic.attributes["data-ask"]) == ("Costa Rica", "What do the articles say about Costa Rica?")
    assert "44 articles (with 1 repeat)" in page.one("ul", "holdings").text


def test_the_head_gives_the_state_in_one_line_and_names_the_machine_that_passages_are_sent_to() -> None:
    assert Markup(state_html(SEEDS, "offline")).one("p", "state").text == "5 articles · offline writer"
    state = Markup(state_html(SEEDS, "model:some-model", "models.example")).one("p", "state").text
    assert state.endswith("written by some-model · passages go to models.example")


ADVISED = "On Armenia's potential EU aspirations, Lavrov advised careful consideration, according to News Armenia:"
TITLE = "Moscow Weighs in on Armenia Seeking to Expand US and EU Ties"


def cited(number: int, quote: str, kind: Kind = "direct", speaker: str | None = "Sergei Lavrov") -> Citation:
    return citation(number, article(ORDA, "Orda"), quote, speaker, kind)


def shown(text: str, *citations: Citation) -> Markup:
    return Markup(sentence_html(printed(text, *citations), citations))


def test_a_direct_quote_is_shown_apart_from_its_credit_word_for_word() -> None:
    quote = cited(1, SOVEREIGN)
    figure = shown(f"Sergei Lavrov in *{TITLE}* (Orda): “{SOVEREIGN}”", replace(quote, via="News Armenia"))
    assert figure.one("blockquote").text == f"“{SOVEREIGN}”\N{NO-BREAK SPACE}1"
    assert figure.one("figcaption").text == "SLSergei Lavrov · direct quote · via News Armenia · Orda"
    assert "direct" in figure.one("figure").classes


def test_a_credit_that_the_line_above_has_told_already_is_not_printed_twice_and_one_that_says_more_is_kept() -> None:
    figure = shown(f"Sergei Lavrov in *{TITLE}* (Orda): “{SOVEREIGN}”", cited(1, SOVEREIGN))
    assert not figure.all("p", "lead")
    body = shown(f"The Kremlin in *{TITLE}* (Orda): “{SOVEREIGN}”", cited(1, SOVEREIGN, speaker="Kremlin"))
    assert not body.all("p", "lead")
    figure = shown(f"Sergei Lavrov denied it in *{TITLE}* (Orda): “{SOVEREIGN}”", cited(1, SOVEREIGN))
    assert figure.one("p", "lead").text == f"Sergei Lavrov denied it in {TITLE} (Orda):"


def test_over_sentences_of_several_speakers_stands_the_article() -> None:
    first = replace(cited(1, ADVISED), speaks_for="the ministry", confidence=0.5, standing="disputed")
    second = cited(2, SOVEREIGN, speaker="Dmitry Peskov")
    figure = shown(f"*{TITLE}* (Orda): {ADVISED} {SOVEREIGN}", first, second)
    assert figure.one("b", "who").text == "Orda"
    assert not any(word in figure.one("figcaption").text for word in ("speaks for", "not certain", "disputed"))


def test_the_articles_words_that_lead_to_a_quote_and_each_part_of_it_have_their_own_chip() -> None:
    lead, quote = cited(1, ADVISED, "narration", None), cited(2, SOVEREIGN)
    figure = shown(f"Sergei Lavrov in *{TITLE}* (Orda): {ADVISED} “{SOVEREIGN}”", lead, quote)
    assert figure.one("p", "own").text == f"{ADVISED}\N{NO-BREAK SPACE}1"
    assert figure.one("blockquote").text.strip() == f"“{SOVEREIGN}”\N{NO-BREAK SPACE}2"
    assert figure.one("b", "who").text == "Sergei Lavrov"
    figure = shown(f"Sergei Lavrov: “{SOVEREIGN}” […] “{ENERGY}”", cited(1, SOVEREIGN), cited(2, ENERGY))
    assert figure.one("blockquote").text == f"“{SOVEREIGN}”\N{NO-BREAK SPACE}1 […] “{ENERGY}”\N{NO-BREAK SPACE}2"


def test_a_sentence_of_a_conversation_kept_before_the_parts_were_is_shown_as_it_is() -> None:
    quote = cited(1, SOVEREIGN)
    sentence = replace(printed(f"Sergei Lavrov: “{SOVEREIGN}”", quote), credit="", quotes=())
    figure = Markup(sentence_html(sentence, [quote]))
    assert figure.one("p", "words").text == f"{sentence.text}\N{NO-BREAK SPACE}1"
    assert figure.one("b", "who").text == "Sergei Lavrov"


def test_setting_a_sentence_out_loses_none_of_its_words() -> None:
    for sentence in (
        f"A: “{SOVEREIGN}”",
        f"A: {SOVEREIGN}",
        f"“{SOVEREIGN}” […] “{ENERGY}” […]",
        f"A (B): […] “{SOVEREIGN}”.",
    ):
        quotes = [one for one in (cited(1, SOVEREIGN), cited(2, ENERGY)) if one.quote in sentence]
        figure = shown(sentence, *quotes)
        told = "".join(part.text for part in (*figure.all("p", "lead"), *figure.all("blockquote")))
        assert re.sub("\N{NO-BREAK SPACE}[12]|\\s", "", told) == re.sub(r"\s", "", sentence), sentence


def test_people_who_are_compared_stand_side_by_side(answered: Answer) -> None:
    frame, one, two, other, told, last = answered.sentences
    sides = (
        replace(one, side="Sergei Lavrov"),
        replace(two, side="Sergei Lavrov"),
        replace(other, side="Dmitry Peskov"),
    )
    page = Markup(answer_html(replace(answered, sentences=(frame, *sides, told, last))))
    left, right = (side.text for side in page.all("div", "side"))
    assert (SOVEREIGN in left, ENERGY in left, "Dmitry Peskov" in right) == (True, True, True)
    alone = Markup(answer_html(replace(answered, sentences=(frame, *sides[:2]))))
    assert not alone.all("div", "side")


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
    listed = prose("4 more on record; `onrecord statements --by 'Tim O'Brien' --about 'the <EU>'` lists every one.")
    link = Markup(f"<p>{listed}</p>").one("a")
    assert (link.text, link.attributes["href"]) == ("Who said what", "#record?by=Tim+O%27Brien&about=the+%3CEU%3E")


SAID = Newsroom().said("Ada Lund")
CITED = citation(1, article(ORDA, "Orda"), SOVEREIGN, "Ada Lund")
TWO = ("Ada Lund", "Bo Lund")
PARTS = Template("parts.html", citation_href=lambda *_: "#")


def told(**changes: Any) -> str:  # noqa: ANN401 - any field
    """The credit of a statement as text; that of a citation with the same fields is no other."""
    of_statement = credit_of(replace(SAID, **changes), "Nobody").text
    assert citation_credit(replace(CITED, **changes)).text == of_statement
    return of_statement


def test_a_speaker_who_is_not_certain_is_called_so_and_all_who_may_be_meant_are_named() -> None:
    for confidence in (0.0, 0.46, 0.59):
        assert told(confidence=confidence) == "Ada Lund (speaker not certain; direct quote)", confidence
    for names, shown in (
        (TWO, "Ada Lund or Bo Lund"),
        ((*TWO, "Cai Lund"), "Ada Lund, Bo Lund or Cai Lund"),
        (("أحمد النصري", "يسرى النصري"), "أحمد النصري or يسرى النصري"),
    ):
        credit = told(speaker=None, candidates=names, confidence=0.3)
        assert credit == f"{shown}, not certain which (direct quote)", names
    corrected = replace(SAID, speaker="Bo Lund", candidates=TWO, confidence=0.3, corrected=True)
    assert credit_of(corrected).text == "Bo Lund (direct quote)"


def test_words_that_do_not_count_as_said_never_stand_without_that() -> None:
    shown_as: dict[Standing, str] = {
        "withdrawn": "withdrawn",
        "disputed": "disputed",
        "fabricated": "made up",
        "fictional": "fiction",
    }
    for standing, word in shown_as.items():
        assert word in told(standing=standing), standing
        ascribed = replace(CITED, standing=standing)
        sentence = Sentence(f"Ada Lund: “{SOVEREIGN}”", (1,), "quoted")
        for shown in (sentence_html(sentence, [ascribed]), card(ascribed)):
            assert word in Markup(shown).one("b", "standing").text, standing
            assert Markup(shown).all("*", "unsaid"), standing
        assert word in footnote(ascribed), standing


def test_everything_at_once_is_told_in_one_order_and_a_nameless_speaker_as_the_article_calls_them() -> None:
    everything = told(confidence=0.5, standing="disputed", speaks_for="the mayor", via="Tass", kind="reported")
    assert everything == "Ada Lund (speaker not certain; read as disputed; speaks for the mayor, reported, via Tass)"
    assert credit_of(replace(SAID, speaker=None), "the ministry").text == "the ministry (direct quote)"
    assert citation_credit(replace(CITED, speaker=None)).text == "Unnamed speaker (direct quote)"
    assert citation_credit(replace(CITED, speaker=None, kind="reported")).who == "Orda"
    assert citation_credit(replace(CITED, speaker=None, kind="narration")).who == "Orda"
    assert citation_credit(replace(CITED, speaker=None, kind="reported", candidates=TWO)).who == "Ada Lund or Bo Lund"


def test_the_tag_shows_what_the_text_tells_and_no_initials_for_an_open_speaker() -> None:
    tag = Markup(PARTS("tag", credit_of(replace(SAID, speaker=None, candidates=TWO)), ("Orda",), on="2024-05-02"))
    expected = "?Ada Lund or Bo Lund, not certain which · direct quote · Orda · 2024-05-02"
    assert tag.one("figcaption").text == expected
    unsure = Markup(PARTS("tag", credit_of(replace(SAID, confidence=0.5, standing="disputed")), element="p"))
    assert unsure.one("p").text == "ALAda Lund (speaker not certain) read as disputed · direct quote"


def card(cited: Citation) -> str:
    from rag.core import Answer

    return answer_html(Answer("?", "?", "answered", (), (cited,), "offline"))
