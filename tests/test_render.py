"""The conversation and the empty state, as HTML."""

from dataclasses import replace

import pytest

from rag.core import Answer, ArticleDetails, Evidence, Overview, Topic, Withheld
from tests.markup import Markup
from tests.newsroom import ENERGY, ORDA, SOVEREIGN, Newsroom
from ui.chat import FIRST_QUESTION, Exchange, overview
from ui.views.answer import (
    answer_html,
    conversation_html,
    exchange_html,
    next_html,
    writer_words,
)
from ui.views.chrome import state_html, welcome_html

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


def test_the_foot_counts_what_was_checked_and_what_was_withheld(answered: Answer) -> None:
    page = Markup(answer_html(answered))
    assert page.one("span", "checked").text == "✓ 4 citations checked against the file"
    fold = page.one("details", "facts")
    assert fold.text == "How this answer was made0.08 soffline writer1 sentence withheld"
    assert "open" not in fold.attributes


def test_the_foot_of_a_models_answer_names_model_host_and_tokens(answered: Answer) -> None:
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


def test_nothing_withheld_leaves_no_fold(declined: Answer) -> None:
    assert not Markup(answer_html(declined)).all("details", "withheld")


def test_a_decline_says_why_and_offers_the_nearest_words_to_open(declined: Answer) -> None:
    page = Markup(answer_html(declined))
    assert page.one("p", "decline").text == "Not on record"
    assert page.one("p", "frame").text == "Ararat Mirzoyan is not quoted on NATO."
    near = page.one("figure", "near")
    assert "on joining other structures" in near.text
    assert SOVEREIGN in near.text
    assert page.one("a", "open").attributes["href"].startswith(f"source?name={ORDA}&at=")


def test_a_question_read_differently_is_said(answered: Answer) -> None:
    shown = Markup(answer_html(replace(answered, standalone_question="What did Sergei Lavrov say?"))).one(
        "p", "read-as"
    )
    assert shown.text.startswith("Understood as: What did Sergei Lavrov say?")
    assert "on its own" in shown.text


def test_a_greeting_is_no_refusal(declined: Answer) -> None:
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


def test_sources_that_differ_in_one_sentence_are_not_set_apart(answered: Answer) -> None:
    both = replace(answered.sentences[-1], text="The articles differ.", citations=(1, 3))
    page = Markup(answer_html(replace(answered, sentences=(both,), differences=((1, 3),))))
    assert not page.all("section", "differ")


def test_an_answer_whose_article_is_gone_loses_its_tick(answered: Answer) -> None:
    gone = answered.citations[0].digest
    page = Markup(answer_html(answered, gone={gone}))
    assert not page.all("span", "checked")
    assert page.one("span", "gone").text.startswith("2 of 4 citations can no longer be checked")


def test_the_card_of_a_citation_says_that_a_models_sentence_on_it_was_read_a_second_time(answered: Answer) -> None:
    sentences = (replace(answered.sentences[1], text="He left it to Armenia.", verdict="checked"),)
    page = Markup(answer_html(replace(answered, sentences=sentences)))
    assert [note.text for note in page.all("p", "reading-of")] == ["In the model’s words, read a second time"]


def test_notes_and_corrections_are_printed(answered: Answer) -> None:
    page = Markup(answer_html(replace(answered, notes=("A note.",), corrections=("A correction.",))))
    assert [note.text for note in page.all("p", "note")] == ["Corrected: A correction.", "A note."]


def test_every_chip_of_an_answer_belongs_to_one_of_its_citations(answered: Answer) -> None:
    chips = Markup(answer_html(answered)).all("a", "chip")
    assert [chip.text for chip in chips] == ["1", "2", "3", "4", "3"]
    assert all(chip.attributes["aria-label"].startswith(f"Source {chip.text}: ") for chip in chips)


def test_an_exchange_shows_its_stage_while_it_is_worked_on() -> None:
    page = Markup(exchange_html(Exchange(3, "Who?", stage="Looking through 5 articles …")))
    section = page.one("section", "exchange")
    assert (section.attributes["data-number"], section.attributes["data-state"]) == ("3", "working")
    assert page.one("p", "stage").text == "Looking through 5 articles …"


def test_sentences_that_passed_are_read_while_others_are_written(answered: Answer) -> None:
    page = Markup(
        exchange_html(
            Exchange(1, "Who?", stage="Writing …", sentences=answered.sentences[:2], citations=answered.citations[:1])
        )
    )
    assert page.one("section", "exchange").attributes["data-state"] == "working"
    assert page.one("blockquote").text.startswith(f"“{SOVEREIGN}”")
    assert page.elements.index(page.one("p", "stage")) > page.elements.index(page.one("blockquote"))


def test_a_trouble_is_one_sentence_with_its_command_set_as_such() -> None:
    page = Markup(exchange_html(Exchange(1, "Who?", trouble="Nothing is indexed yet; run `onrecord index FOLDER`.")))
    assert page.one("p", "trouble").text == "Nothing is indexed yet; run onrecord index FOLDER."
    assert page.one("code").text == "onrecord index FOLDER"


def test_follow_up_questions_can_be_asked() -> None:
    assert Markup(next_html(["What did <Peskov> say?"])).one("button", "question").text == "What did <Peskov> say?"
    assert next_html([]) == ""


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


def test_every_citation_has_a_card_with_its_words_and_a_footnote_to_copy(answered: Answer) -> None:
    page = Markup(answer_html(answered))
    assert [card.attributes["data-citation"] for card in page.all("li", "card")] == ["1", "2", "3", "4"]
    footnotes = [button.attributes["data-words"] for button in page.all("button")]
    assert all(one.quote in note for one, note in zip(answered.citations, footnotes, strict=True))


def test_a_conversation_keeps_the_order_of_its_exchanges(answered: Answer, declined: Answer) -> None:
    page = Markup(conversation_html([Exchange(1, "First?", answer=answered), Exchange(2, "Second?", answer=declined)]))
    assert [heading.text for heading in page.all("h2", "asked")] == ["First?", "Second?"]


def test_a_hostile_question_stays_words() -> None:
    evil = "<img src=//evil.example onerror=alert(1)><script>alert(1)</script>"
    page = Markup(exchange_html(Exchange(1, evil, trouble=evil)))
    assert not page.all("img")
    assert not page.all("script")
    assert page.one("h2", "asked").text == evil


def test_the_empty_state_says_what_the_library_holds() -> None:
    page = Markup(welcome_html(SEEDS))
    assert [line.text for line in page.all("li")] == [
        "5 articles",
        "31 statements by 2 speakers",
        "no publication dates given",
    ]
    outlets = [link.attributes["href"] for link in page.all("a") if "outlet" in link.attributes["href"]]
    assert outlets == ["#record?outlet=Orda", "#record?outlet=TCT"]


@pytest.mark.parametrize(
    ("published", "undated", "words"),
    [
        (("2024-01-05", "2024-02-01"), 0, "published 2024-01-05 to 2024-02-01"),
        (("2024-01-05", "2024-01-05"), 3, "published 2024-01-05, 3 undated"),
    ],
)
def test_the_empty_state_gives_the_dates_there_are(published: tuple[str, str], undated: int, words: str) -> None:
    assert words in Markup(welcome_html(replace(SEEDS, published=published, undated=undated))).one("ul").text


def test_an_empty_library_says_how_to_fill_it_and_offers_nothing_to_ask() -> None:
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


def test_a_topic_of_many_articles_is_asked_about_by_the_words_of_its_headlines() -> None:
    newsroom = Newsroom()
    place = newsroom.seen().topics[0].best
    seen = Evidence(newsroom.shelf, overview=Overview(43, topics=(Topic(43, place, ("Budget", "tax"), 20),)))
    page = Markup(welcome_html(replace(SEEDS, articles=44), seen))
    topic = page.one("button", "topic")
    assert (topic.text, topic.attributes["data-ask"]) == ("Budget, tax", "What do the articles say about Budget?")
    assert "44 articles, 1 of them copies" in page.one("ul", "holdings").text


def test_the_head_gives_the_state_in_one_line() -> None:
    assert Markup(state_html(SEEDS, "offline")).one("p", "state").text == "5 articles · offline writer"


def test_the_head_stands_when_the_library_cannot_be_read() -> None:
    assert Markup(state_html(None, "offline")).one("p", "state").text == "offline writer"


def test_the_head_names_the_machine_that_passages_are_sent_to() -> None:
    state = Markup(state_html(SEEDS, "model:some-model", "models.example")).one("p", "state").text
    assert state.endswith("written by some-model · passages go to models.example")


def test_a_model_that_writes_is_named() -> None:
    assert writer_words("model:some-model") == "written by some-model"


def test_the_quote_of_an_answer_is_the_articles_own(answered: Answer) -> None:
    quotes = [quote.text for quote in Markup(answer_html(answered)).all("blockquote")]
    assert quotes[0] == f"“{SOVEREIGN}”\N{NO-BREAK SPACE}1"
    assert quotes[1] == f"[…] “{ENERGY}” […]\N{NO-BREAK SPACE}2"
