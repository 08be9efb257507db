"""Every line has one role; the five seed articles, each dirty in its own way, come out clean."""

import textwrap
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core import Article, Reading, Role
from rag.ingestion.catalogue import Details
from rag.ingestion.layout import (
    find_furniture,
    find_lines,
    is_prose,
    lay_out,
    outlet_in_furniture,
    outlet_in_text,
    own_name,
    trim,
)
from rag.ingestion.readers import read_file
from tests.conftest import REPOSITORY

PROSE = "The minister said on Thursday that the talks between both capitals would go on."
MORE = "Nobody in the capitals knew why the minister wanted the talks to go on until autumn."


def article(*lines: str, details: Details | None = None, title: str | None = None) -> Article:
    return lay_out(Reading("a.txt", "\n".join(lines), "digest", "plain text", title=title), details)


def seed(number: int) -> Article:
    (path,) = (REPOSITORY / "seeds").glob(f"{number:03}_*.txt")
    (reading,) = read_file(path, path.name)
    assert isinstance(reading, Reading)
    return lay_out(reading)


def lines_with(role: Role, laid_out: Article) -> list[str]:
    return [laid_out.cut(block.span) for block in laid_out.blocks if block.role == role]


TITLES = [
    "Kremlin official says Russia cherishes relations with both Armenia and Azerbaijan",
    "Moscow Weighs in on Armenia Seeking to Expand US and EU Ties",
    "Russia says its ready to help normalise relations between arch-rivals Armenia and Azerbaijan",
    "Russia Supports Azerbaijan, Armenia Peace Talks",
    "Kremlin Rejects Armenian PM’s Claim that Russia is Leaving South Caucasus",
]
OUTLETS = ["Caliber.Az", "Orda", None, None, "The Caspian Times"]
BODIES: Mapping[int, tuple[int, str, str]] = {
    0: (9, "Moscow has reiterated", "closer relations with the EU."),
    1: (12, "Russian officials have responded", "against a third country, he noted"),
    2: (14, "At a meeting with his Armenian counterpart", "who have been long-time allies."),
    3: (9, "This was confirmed by the Kremlin on Thursday.", "separatist forces in the region surrendered."),
    4: (12, "The Kremlin has dismissed a claim", "such as Turkey, Iran, and the West."),
}


@pytest.mark.parametrize("number", range(5))
def test_a_seed_has_its_headline_and_outlet_and_no_date(number: int) -> None:
    laid_out = seed(number)
    assert laid_out.title == TITLES[number]
    assert lines_with("title", laid_out) == [TITLES[number]]
    assert laid_out.outlet == OUTLETS[number]
    assert laid_out.published is None
    assert laid_out.warnings == ()


@pytest.mark.parametrize("number", range(5))
def test_the_body_of_a_seed_is_its_reporting_and_all_of_it(number: int) -> None:
    body = lines_with("body", seed(number))
    count, first, last = BODIES[number]
    assert len(body) == count
    assert body[0].startswith(first)
    assert body[-1].endswith(last)


def test_the_page_around_a_seed_is_furniture() -> None:
    for number, furniture in (
        (1, ["Latest news", "- Snow and Frost: Weather Forecast for February 15"]),
        (2, ["0", "20", "ADVERTISEMENT", "Additional sources • EBU", "LEAVE A REPLY", "Please enter your name here"]),
        (
            3,
            [
                "Legal Disclaimer:",
                "MENAFN provides the",
                "issues related to this article, kindly contact the provider above.",
            ],
        ),
        (4, ["9.7 C", "Munich", "Wednesday, October 4, 2023", "Must read", "TCT", "More articles", "Latest article"]),
    ):
        assert set(furniture) <= set(lines_with("furniture", seed(number)))


def test_a_byline_stands_at_the_foot_of_the_first_seed() -> None:
    assert seed(0).byline == "Khagan Isayev"
    assert lines_with("byline", seed(0)) == ["By Khagan Isayev"]


_ODD = st.sampled_from([*"aB 1.é\u0301😀“”\u00a0\u200b\ufeff\r\n\t-|#", "By ", "Photo", "\n\n"])


@given(st.lists(_ODD, max_size=60).map("".join))
def test_every_character_that_is_not_blank_stands_in_exactly_one_block(text: str) -> None:
    laid_out = lay_out(Reading("a.txt", text, "digest", "plain text"))
    places = [place for block in laid_out.blocks for place in range(block.start, block.end)]
    assert places == sorted(set(places))
    assert {place for place, letter in enumerate(text) if letter.strip("\u200b\ufeff").strip()} <= set(places)
    assert all(text[block.start : block.end].strip() == text[block.start : block.end] for block in laid_out.blocks)


def test_what_stands_above_the_headline_is_not_the_articles() -> None:
    laid_out = article(
        "The Wire", "World news today", "Tuesday, 5 March 2024", "Talks between capitals go on", PROSE, MORE
    )
    assert laid_out.title == "Talks between capitals go on"
    assert laid_out.published is None
    assert len(laid_out.body) == 2


def test_a_headline_is_found() -> None:
    for title in (
        "Talks go on",
        "Will the talks between both capitals go on until autumn?",
        "Talks between capitals go on, says minister in the U.S.",
        "Talks between capitals go on until autumn, or so the ...",
        "# Talks between capitals go on",
    ):
        assert article(title, "", PROSE, MORE).title == title.strip("# ")


def test_an_article_without_a_headline_has_none() -> None:
    for first in (
        PROSE,
        "“We will talk,” the minister said. “Until autumn.”",
        "MOSCOW, March 5 (The Wire) — The talks go on. Nobody knows why.",
        "By Ann Writer",
        "5 March 2024",
    ):
        assert article(first, PROSE, MORE).title is None


def test_a_quotation_that_somebody_signs_is_no_headline() -> None:
    for signed in (
        "“We lost the piano, the photographs, everything.” — Dora Winkel, 71",
        "“We lost the piano and the photographs” – Dora Winkel",
        '"We lost the piano, the photographs, everything" -- Dora Winkel of Vale',
        "«We lost the piano, the photographs, everything» — Dora Winkel",
    ):
        assert article("Voices from the flood", signed, PROSE).title == "Voices from the flood"
        assert article(signed, PROSE).title is None
    quoted = article("“We lost the piano”: voices from the flood in the capitals", PROSE, MORE)
    assert quoted.title == "“We lost the piano”: voices from the flood in the capitals"


def test_a_title_from_the_format_is_taken_and_its_line_is_no_body() -> None:
    laid_out = article("TALKS GO ON.", PROSE, MORE, title="Talks go on")
    assert laid_out.title == "Talks go on"
    assert lines_with("title", laid_out) == ["TALKS GO ON."]


def test_with_a_title_from_the_format_no_other_line_becomes_one() -> None:
    laid_out = article("Both capitals hope for the talks", PROSE, MORE, title="Minister speaks")
    assert lines_with("title", laid_out) == []
    assert len(laid_out.body) == 3


def test_the_catalogue_wins_over_what_the_article_says() -> None:
    details = Details("Our title", "The Wire", "2024-01-31", "https://example.org/a", "B. Editor")
    laid_out = article("Talks between capitals go on", "By Ann Writer", PROSE, MORE, details=details)
    assert (laid_out.title, laid_out.outlet, laid_out.published) == ("Our title", "The Wire", "2024-01-31")
    assert (laid_out.url, laid_out.byline) == ("https://example.org/a", "B. Editor")
    assert lines_with("title", laid_out) == ["Talks between capitals go on"]
    assert len(laid_out.body) == 2


def test_only_a_stated_date_of_publication_is_one() -> None:
    for line, published in (
        ("Published: 12 March 2024", "2024-03-12"),
        ("Posted on March 12, 2024 by admin", "2024-03-12"),
        ("First published 2024-03-12, updated 2024-03-14", "2024-03-12"),
        ("By Ann Writer | 12 March 2024", "2024-03-12"),
        ("Updated: 12 March 2024", None),
        ("By Ann Writer | Updated 12 March 2024", None),
        ("Tuesday, 12 March 2024, 10:45 GMT", None),
        ("The Wire | Updated: 2024-03-12 17:52", None),
        ("Published 03/04/2024", None),
    ):
        laid_out = article("Talks between capitals go on", line, PROSE, MORE)
        assert laid_out.published == published
        assert len(laid_out.body) == 2


def test_a_sentence_with_a_date_stays_body() -> None:
    for line in (
        "Published in 2024, the report said on 12 March 2024 that the talks between both capitals would end.",
        "By 12 March 2024 the talks had ended.",
        "Posted to Moscow on 12 March 2024, the ambassador said that the talks would go on for ever.",
        "By Friday evening the talks had ended.",
    ):
        laid_out = article("Talks between capitals go on", line, PROSE)
        assert laid_out.published is None
        assert line in lines_with("body", laid_out)


def test_the_name_of_the_outlet_on_a_line_of_its_own_is_no_body() -> None:
    laid_out = article(
        "Talks between capitals go on", PROSE, "The Daily Wire", details=Details(outlet="The Daily Wire")
    )
    assert lines_with("outlet", laid_out) == ["The Daily Wire"]


def test_front_matter_is_furniture() -> None:
    laid_out = article("---", "title: Talks go on", "tags:", "- a", "---", "# Talks go on", PROSE, title="Talks go on")
    assert lines_with("body", laid_out) == [PROSE]


def test_an_article_without_reporting_says_so() -> None:
    assert "No reporting was found" in article("ADVERTISEMENT", "Read more").warnings[0]


BETWEEN: Mapping[str, Role] = {
    "14:32": "date",
    "2.45pm GMT": "date",
    "Updated at 14:05 CET": "date",
    "3 hours ago": "date",
    "PORTAVIA, May 3 (Tern) —": "date",
    "12 March 2024, 14:32": "date",
    "By Bo Quist": "byline",
    "Why The Pier Must Close Now": "heading",
    "Mayor Says Pier Must Close": "heading",
    "What Comes Next for the Reef": "heading",
    "## What comes next": "heading",
    "Photo: Mayor Ada Lund opens the pier in Portavia.": "caption",
    "Ada Lund, mayor of Portavia, at the pier. Photo: Tern/AFP": "caption",
    "FILE PHOTO: Mayor Ada Lund stands before the old pier.": "caption",
    "Engineer Wim Holt looks at the crack in the bridge. (AP Photo/Bo Quist)": "caption",
    "Pictured above: the engineer Wim Holt at the bridge": "caption",
    "Photo: Tern": "furniture",
    "Ada Lund, Mayor of Portavia": "body",
    "— Ada Lund, mayor of Portavia": "body",
    "Prime Minister Ada Lund of Portavia": "body",
    "Minister for Trade Bo Quist": "body",
    "Ada Lund:": "body",
    "It rained at 14:32.": "body",
    "By then nobody was left.": "body",
    "## Why did you leave?": "body",
    "He had one photo: it was of the pier.": "body",
}


def test_lines_between_the_paragraphs_have_roles_of_their_own() -> None:
    found = {line: article("Pier to close after the storm", PROSE, line, MORE, PROSE) for line in BETWEEN}
    roles = {
        line: {laid_out.cut(block.span): block.role for block in laid_out.blocks} for line, laid_out in found.items()
    }
    assert {line: roles[line][line] for line in BETWEEN} == BETWEEN


def test_a_line_that_may_sign_a_quotation_is_no_heading() -> None:
    lines = ("“The pier is a mistake, and we must close it now.”", "What Mayor Ada Lund Says", MORE)
    assert "What Mayor Ada Lund Says" in lines_with("body", article("Pier to close after the storm", PROSE, *lines))


def test_captions_and_headings_are_not_quotable() -> None:
    caption = "Photo: Mayor Ada Lund opens the pier in Portavia."
    laid_out = article("Pier to close after the storm", PROSE, caption, MORE)
    (block,) = (block for block in laid_out.blocks if block.role == "caption")
    assert not laid_out.is_quotable(block.span)
    assert block not in laid_out.body


def test_what_the_page_marks_as_heading_or_caption_is_one_but_a_name_or_a_question_is_not() -> None:
    marked = ("Mayor says pier must close", "Ada Lund", "Why did you leave?", "Ada Lund opens the new pier")
    lines = ("Pier to close after the storm", PROSE, *(line for mark in marked for line in (mark, MORE)))
    reading = Reading("a.html", "\n".join(lines), "digest", "trafilatura")
    laid_out = lay_out(replace(reading, headings=frozenset(marked[:3]), captions=frozenset(marked[3:])))
    assert lines_with("heading", laid_out) == [marked[0]]
    assert lines_with("caption", laid_out) == [marked[3]]
    assert {marked[1], marked[2]} <= set(lines_with("body", laid_out))


def test_no_headline_stands_among_quotations_and_their_signatures() -> None:
    lines = [
        "The week in words",
        "“A bridge is a promise made of steel.”",
        "— Lucia Acht, engineer, at the opening in Holt",
        "“I have eaten worse soup, but not often.”",
        "— Chef Tak Aris, on the school canteen",
    ]
    laid_out = article(*lines)

    assert laid_out.title == lines[0]
    assert lines_with("body", laid_out) == lines[1:]


PARAGRAPHS = (
    "The minister said on Thursday that the talks would go on, and nobody should expect them to end before autumn.",
    "Nobody knew why. The talks had begun in spring, when the snow was still lying in the passes of the mountains.",
    "Then they ended.",
)


@given(st.text(st.sampled_from("ab é\u0301😀\u200b\ufeff\u00a0\t\r\n\u2028"), max_size=60))
def test_lines_cover_everything_but_white_space_and_line_ends_exactly(text: str) -> None:
    lines = find_lines(text)
    covered = {place for line in lines for place in range(line.start, line.end)}
    assert all(
        not text[place].strip("\u200b\ufeff") or place in covered for place in range(len(text)) if text[place].strip()
    )
    assert all(line.text.split() == text[line.start : line.end].split() for line in lines)
    assert all(one.end <= other.start for one, other in pairwise(lines))


def test_no_break_spaces_and_marks_without_width_are_trimmed() -> None:
    text = "\ufeff\u00a0 Word\u00a0\u200b"
    assert trim(text, 0, len(text)) == (3, 7)


def test_a_paragraph_wrapped_by_hand_is_one_line() -> None:
    text = "\n\n".join(textwrap.fill(paragraph, 48) for paragraph in PARAGRAPHS)
    lines = find_lines(text)
    assert [line.text for line in lines] == list(PARAGRAPHS)
    assert [text[line.start : line.end].split() for line in lines] == [line.text.split() for line in lines]


def test_a_paragraph_may_end_without_a_blank_line() -> None:
    paragraphs = [" ".join(PARAGRAPHS[:2]), PARAGRAPHS[2], " ".join(PARAGRAPHS)]
    text = "\r\n".join(textwrap.fill(paragraph, 48).replace("\n", "\r\n") for paragraph in paragraphs)
    assert [line.text for line in find_lines(text)] == paragraphs


def test_a_text_with_double_spacing_may_be_wrapped_too() -> None:
    wrapped = textwrap.fill(" ".join(PARAGRAPHS), 48)
    assert [line.text for line in find_lines(wrapped.replace("\n", "\n\n"))] == [" ".join(PARAGRAPHS)]


def test_paragraphs_of_one_line_each_stay_apart() -> None:
    text = "\n".join(
        [*PARAGRAPHS, "A paragraph of more than a hundred and twenty characters, which nobody wraps. " * 2]
    )
    assert len(find_lines(text)) == len(PARAGRAPHS) + 1


SENTENCE = "The minister said on Thursday that the talks would go on."


def test_it_is_furniture_wherever_it_stands() -> None:
    for line in (
        "ADVERTISEMENT",
        "Advertisement - story continues below",
        "Story continues below advertisement",
        "Read more",
        "READ MORE: Kremlin denies everything",
        "Also read: Talks begin",
        "Share on Facebook",
        "Share this article with your friends",
        "1.2K shares",
        "Follow us on Twitter and Facebook",
        "@thewire @ann_writer",
        "Sign up for our newsletter",
        "Get the latest news delivered straight to your inbox",
        "This website uses cookies to give you the best experience. Accept or leave.",
        "MORE:Doral knows that you hate the harbour, so she closed it",
        "'Speechless':Jennifer Hahn describes a bath in the sea",
        "►Recalls database:Are there other products you need to know about?",
        "Opinion: The harbour is not what it was",
        "Sen. Ana Doral:Federal judge turns down a bid to close the harbour",
        "What we know: Doral opens a harbour, wants two more",
        "JUST WATCHED Police open a door Replay More Videos ... MUST WATCH Police open a door 01:18",
        "Get the weekly letter Sign up here to get The Week with Dr. Ana Doral every Tuesday from our team.",
        "A man walks through a flooded street of Albena, a day after the storm. Jon Hart/AFP/Getty Images",
        "Photos: The storm A man walks home. Hide Caption 1 of 2 Photos: The storm A boat. Hide Caption 2 of 2",
        "© 2024 The Wire. All rights reserved.",
        "This material may not be published, broadcast, rewritten or redistributed.",
        "Please enter your comment!",
        "Save my name, email, and website in this browser for the next time I comment.",
        "Privacy Policy | Terms of Use | Cookie Policy",
        "https://example.org/a",
        "TCThttps://thecaspiantimes.com",
        "Photo: Ann Writer / The Wire",
        "Ann Writer/Getty Images",
        "5 min read",
        "Tags: Russia, Armenia",
        "Additional sources • EBU",
        "* * *",
        "————",
        "![a picture](https://example.org/a.png)",
    ):
        assert find_furniture([SENTENCE, line, SENTENCE]) == [False, True, False]


def test_it_is_furniture_only_above_or_below_the_text() -> None:
    for line in ("0", "20", "9.7 C", "+21 °C", "Home | World | Sport | Weather", "Home » World", "World"):
        assert find_furniture([line, SENTENCE, SENTENCE, line]) == [True, False, False, True]
        assert find_furniture([SENTENCE, line, SENTENCE])[1] is False


def test_it_is_reporting() -> None:
    for line in (
        "Share prices fell in Moscow on Thursday",
        "“We will share this with our friends,” Peskov said.",
        "He read more than he wrote.",
        "The photo: a turning point",
        "Comments by Lavrov drew anger in Yerevan",
        "Home secretary resigns",
        "Advertisements for the army have tripled, the minister said.",
        "The latest news from Yerevan worried the Kremlin, which had hoped for calm.",
        "Cookies are sold at the fair, and the baker said that he would accept all orders.",
        "2009: 2.8 million",
        "Doral:We did not close the harbour, and we never will.",
        "At 10:30 in the morning two ships sank in the harbour",
        "The result: Two ships sank in the harbour",
        "Twitter said on Friday that it would close the account.",
    ):
        assert find_furniture([SENTENCE, line, SENTENCE]) == [False, False, False]


def test_a_list_of_other_articles_ends_where_prose_begins() -> None:
    lines = [SENTENCE, "Latest news", "- Talks Begin in Yerevan", "Who Will Win?", SENTENCE, "Most read", "Dam Breaks"]
    assert find_furniture(lines) == [False, True, True, True, False, True, True]


def test_nothing_is_reporting_after_the_end() -> None:
    for heading in ("LEAVE A REPLY", "Legal Disclaimer:", "3 Comments", "About the author"):
        assert find_furniture([SENTENCE, SENTENCE, heading, SENTENCE, "x"]) == [False, False, True, True, True]


def test_a_link_to_the_comments_above_the_text_does_not_end_it() -> None:
    assert find_furniture(["Leave a comment", SENTENCE, SENTENCE, SENTENCE]) == [False, False, False, False]


def test_a_long_line_is_prose_however_it_ends() -> None:
    assert [is_prose(line) for line in ("Short.", SENTENCE, SENTENCE.rstrip("."), "word " * 30)] == [
        False,
        True,
        False,
        True,
    ]


def test_an_outlet_that_speaks_of_itself_is_named() -> None:
    assert own_name("The Wire is a news platform for the region. We inform our readers daily.") == "The Wire"
    assert own_name(SENTENCE) is None


def test_endless_lines_are_judged_without_endless_time() -> None:
    assert find_furniture(["a " * 500_000, "." * 500_000, "Home | " * 140, "By " * 300]) == [False, True, False, False]


def test_an_outlet_names_itself_at_the_close_of_an_opening_paragraph() -> None:
    for paragraph, outlet in (
        ("Russia has responded, Orda reports.", "Orda"),
        ("Baku and Yerevan trade accusations, Caliber.Az reports, citing Russian media.", "Caliber.Az"),
        ("The talks go on, the Caspian Wire reports.", "Caspian Wire"),
        ("The talks go on, Reuters reports.", None),
        ("The talks go on, RIA Novosti reports, citing Peskov.", None),
        ("The talks go on, the New York Times reports.", None),
        ("RBK reports that the talks go on.", None),
        ("The talks go on, Orda reports. Nobody knows why.", None),
        ("The talks go on, he reports.", None),
    ):
        assert outlet_in_text([paragraph]) == outlet


def test_two_names_are_no_name() -> None:
    assert outlet_in_text(["It is so, Orda reports.", "It is not, Trud reports."]) is None


def test_the_page_names_its_outlet_in_the_copyright_or_when_it_speaks_of_itself() -> None:
    for line, outlet in (
        ("© 2024 The Caspian Wire. All rights reserved.", "The Caspian Wire"),
        ("Copyright 2017 The Associated Press. All rights reserved.", None),
        ("The Wire is an independent news portal. We serve our readers.", "The Wire"),
        ("ADVERTISEMENT", None),
    ):
        assert outlet_in_furniture([line]) == outlet
