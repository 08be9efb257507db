"""A question with its answer, as HTML: sentences, chips, cards, declines, differences."""

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


def test_an_answer_shows_its_sentences_in_order_and_every_chip_belongs_to_a_citation(answered: Answer) -> None:
    page = Markup(answer_html(answered))
    kinds = [
        element.attributes["class"]
        for element in page.elements
        if element.tag == "figure" or "frame" in element.classes
    ]
    assert kinds == ["frame", "said direct", "said direct", "said reported", "said narration", "frame"]
    assert [quote.text[:2] for quote in page.all("blockquote")][:4] == ["“O", "[…", "Pe", "A "]
    chips = Markup(answer_html(answered)).all("a", "chip")
    assert [chip.text for chip in chips] == ["1", "2", "3", "4", "3"]
    assert all(chip.attributes["aria-label"].startswith(f"Source {chip.text}: ") for chip in chips)
    gone = answered.citations[0].digest
    page = Markup(answer_html(answered, gone={gone}))
    assert not page.all("span", "checked")
    assert page.one("span", "gone").text.startswith("2 of 4 citations can no longer be checked")


def test_the_foot_counts_what_was_checked_and_withheld_and_names_model_host_and_tokens(answered: Answer) -> None:
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
    withheld = answer_html(replace(answered, withheld=(Withheld("He <said> so.", "It cites nothing."),)))
    fold = Markup(withheld).one("details", "withheld")
    assert fold.text == "1 sentence could not be confirmed and is not shown as factHe <said> so. It cites nothing."
    assert "open" not in fold.attributes


def test_a_decline_offers_the_nearest_words_and_a_trouble_or_a_hostile_question_stays_words(declined: Answer) -> None:
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
    page = Markup(exchange_html(Exchange(1, "Who?", trouble="Nothing is indexed yet; run `onrecord index FOLDER`.")))
    assert page.one("p", "trouble").text == "Nothing is indexed yet; run onrecord index FOLDER."
    assert page.one("code").text == "onrecord index FOLDER"
    evil = "<img src=//evil.example onerror=alert(1)><script>alert(1)</script>"
    page = Markup(exchange_html(Exchange(1, evil, trouble=evil)))
    assert not page.all("img")
    assert not page.all("script")
    assert page.one("h2", "asked").text == evil


def test_articles_that_differ_and_people_who_are_compared_stand_side_by_side(answered: Answer) -> None:
    page = Markup(answer_html(replace(answered, differences=((1, 3, 4),))))
    assert page.one("section", "differ").text.startswith("The articles differ")
    sides = [side.text for side in page.all("div", "side")]
    assert [SOVEREIGN in side for side in sides] == [True, False]
    assert ("Dmitry Peskov" in sides[1], "Caliber.Az" in sides[1]) == (True, True), "those that agree stand together"
    figures = [figure for figure in page.all("figure") if SOVEREIGN in figure.text]
    assert len(figures) == 1
    frame, one, two, other, told, last = answered.sentences
    compared = (
        replace(one, side="Sergei Lavrov"),
        replace(two, side="Sergei Lavrov"),
        replace(other, side="Dmitry Peskov"),
    )
    page = Markup(answer_html(replace(answered, sentences=(frame, *compared, told, last))))
    left, right = (side.text for side in page.all("div", "side"))
    assert (SOVEREIGN in left, ENERGY in left, "Dmitry Peskov" in right) == (True, True, True)
    alone = Markup(answer_html(replace(answered, sentences=(frame, *compared[:2]))))
    assert not alone.all("div", "side")


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


def test_the_front_desk_leads_to_topics_people_and_questions_or_says_how_to_fill_it() -> None:
    newsroom = Newsroom()
    seen = overview(newsroom)
    page = Markup(welcome_html(newsroom.summary(), seen))
    titles = [one.title for one in newsroom.shelf.values()]
    assert [link.text for link in page.all("a", "topic")] == titles
    asked = [button.attributes["data-ask"] for button in page.all("button", "voice")]
    assert asked == ["What did Sergei Lavrov say?", "What did Dmitry Peskov say?"]
    assert page.all("button", "question")[0].text == FIRST_QUESTION
    assert {button.text for button in page.all("button", "question")}.isdisjoint(asked), "nothing is offered twice"
    place = newsroom.seen().topics[0].best
    seen = Evidence(newsroom.shelf, overview=Overview(43, topics=(Topic(43, place, "Costa Rica", 40),)))
    page = Markup(welcome_html(replace(SEEDS, articles=44), seen))
    topic = page.one("button", "topic")
    assert (topic.text, topic.attributes["data-ask"]) == ("Costa Rica", "What do the articles say about Costa Rica?")
    assert "44 articles (with 1 repeat)" in page.one("ul", "holdings").text
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
    assert Markup(state_html(SEEDS, "offline")).one("p", "state").text == "5 articles · offline writer"
    state = Markup(state_html(SEEDS, "model:some-model", "models.example")).one("p", "state").text
    assert state.endswith("written by some-model · passages go to models.example")


ADVISED = "On Armenia's potential EU aspirations, Lavrov advised careful consideration, according to News Armenia:"
TITLE = "Moscow Weighs in on Armenia Seeking to Expand US and EU Ties"


def cited(number: int, quote: str, kind: Kind = "direct", speaker: str | None = "Sergei Lavrov") -> Citation:
    return citation(number, article(ORDA, "Orda"), quote, speaker, kind)


def shown(text: str, *citations: Citation) -> Markup:
    return Markup(sentence_html(printed(text, *citations), citations))


def test_a_direct_quote_is_shown_apart_from_its_credit_which_is_told_once() -> None:
    quote = cited(1, SOVEREIGN)
    figure = shown(f"Sergei Lavrov in *{TITLE}* (Orda): “{SOVEREIGN}”", replace(quote, via="News Armenia"))
    assert figure.one("blockquote").text == f"“{SOVEREIGN}”\N{NO-BREAK SPACE}1"
    assert figure.one("figcaption").text == "SLSergei Lavrov · direct quote · via News Armenia · Orda"
    assert "direct" in figure.one("figure").classes
    figure = shown(f"Sergei Lavrov in *{TITLE}* (Orda): “{SOVEREIGN}”", cited(1, SOVEREIGN))
    assert not figure.all("p", "lead")
    body = shown(f"The Kremlin in *{TITLE}* (Orda): “{SOVEREIGN}”", cited(1, SOVEREIGN, speaker="Kremlin"))
    assert not body.all("p", "lead")
    figure = shown(f"Sergei Lavrov denied it in *{TITLE}* (Orda): “{SOVEREIGN}”", cited(1, SOVEREIGN))
    assert figure.one("p", "lead").text == f"Sergei Lavrov denied it in {TITLE} (Orda):"
    first = replace(cited(1, ADVISED), speaks_for="the ministry", confidence=0.5, standing="disputed")
    second = cited(2, SOVEREIGN, speaker="Dmitry Peskov")
    figure = shown(f"*{TITLE}* (Orda): {ADVISED} {SOVEREIGN}", first, second)
    assert figure.one("b", "who").text == "Orda"
    assert not any(word in figure.one("figcaption").text for word in ("speaks for", "not certain", "disputed"))


def test_leads_and_parts_of_a_quote_have_their_own_chips_and_no_word_is_lost() -> None:
    lead, quote = cited(1, ADVISED, "narration", None), cited(2, SOVEREIGN)
    figure = shown(f"Sergei Lavrov in *{TITLE}* (Orda): {ADVISED} “{SOVEREIGN}”", lead, quote)
    assert figure.one("p", "own").text == f"{ADVISED}\N{NO-BREAK SPACE}1"
    assert figure.one("blockquote").text.strip() == f"“{SOVEREIGN}”\N{NO-BREAK SPACE}2"
    assert figure.one("b", "who").text == "Sergei Lavrov"
    figure = shown(f"Sergei Lavrov: “{SOVEREIGN}” […] “{ENERGY}”", cited(1, SOVEREIGN), cited(2, ENERGY))
    assert figure.one("blockquote").text == f"“{SOVEREIGN}”\N{NO-BREAK SPACE}1 […] “{ENERGY}”\N{NO-BREAK SPACE}2"
    kept = replace(printed(f"Sergei Lavrov: “{SOVEREIGN}”", cited(1, SOVEREIGN)), credit="", quotes=())
    figure = Markup(sentence_html(kept, [cited(1, SOVEREIGN)]))
    assert figure.one("p", "words").text == f"{kept.text}\N{NO-BREAK SPACE}1"
    assert figure.one("b", "who").text == "Sergei Lavrov"
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


def test_a_chip_leads_to_the_slice_and_titles_and_commands_in_our_own_sentences_are_set_as_such() -> None:
    first, second = cited(1, SOVEREIGN), cited(2, ENERGY)
    frame = sentence_html(Sentence("Both.", (1,), "frame"), (first, second))
    chip = Markup(frame).one("a", "chip")
    query = parse_qs(urlsplit(chip.attributes["href"]).query)
    assert query["at"] == [f"{first.start}-{first.end}"]
    assert query["also"] == [f"{second.start}-{second.end}"]
    assert chip.attributes["aria-label"] == "Source 1: Orda, line 11"
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


def test_a_speaker_who_is_not_certain_is_called_so_in_text_and_tag() -> None:
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
    tag = Markup(PARTS("tag", credit_of(replace(SAID, speaker=None, candidates=TWO)), ("Orda",), on="2024-05-02"))
    expected = "?Ada Lund or Bo Lund, not certain which · direct quote · Orda · 2024-05-02"
    assert tag.one("figcaption").text == expected
    unsure = Markup(PARTS("tag", credit_of(replace(SAID, confidence=0.5, standing="disputed")), element="p"))
    assert unsure.one("p").text == "ALAda Lund (speaker not certain) read as disputed · direct quote"


def test_words_that_do_not_count_as_said_and_nameless_speakers_are_told_in_one_order() -> None:
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
    everything = told(confidence=0.5, standing="disputed", speaks_for="the mayor", via="Tass", kind="reported")
    assert everything == "Ada Lund (speaker not certain; read as disputed; speaks for the mayor, reported, via Tass)"
    assert credit_of(replace(SAID, speaker=None), "the ministry").text == "the ministry (direct quote)"
    assert citation_credit(replace(CITED, speaker=None)).text == "Speaker not certain (direct quote)"
    assert citation_credit(replace(CITED, speaker=None, kind="reported")).who == "Orda"
    assert citation_credit(replace(CITED, speaker=None, kind="narration")).who == "Orda"
    assert citation_credit(replace(CITED, speaker=None, kind="reported", candidates=TWO)).who == "Ada Lund or Bo Lund"


def card(cited: Citation) -> str:
    from rag.core import Answer

    return answer_html(Answer("?", "?", "answered", (), (cited,), "offline"))
