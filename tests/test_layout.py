"""Every line has one role; the five seed articles, each dirty in its own way, come out clean."""

import textwrap
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

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
from tests.case_files import rows, table
from tests.processes import REPOSITORY

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


def test_a_seed_has_its_headline_and_outlet_and_no_date() -> None:
    for number in range(5):
        laid_out = seed(number)
        assert laid_out.title == TITLES[number], number
        assert lines_with("title", laid_out) == [TITLES[number]], number
        assert laid_out.outlet == OUTLETS[number], number
        assert laid_out.published is None, number
        assert laid_out.warnings == (), number


def test_the_body_of_a_seed_is_its_reporting_and_all_of_it() -> None:
    for number in range(5):
        body = lines_with("body", seed(number))
        count, first, last = BODIES[number]
        assert len(body) == count, number
        assert body[0].startswith(first), number
        assert body[-1].endswith(last), number


def test_the_page_around_a_seed_is_furniture_and_a_byline_stands_at_its_foot() -> None:
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
        assert set(furniture) <= set(lines_with("furniture", seed(number))), number
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
    for (title,) in table("headlines", "headline"):
        assert article(title, "", PROSE, MORE).title == title.strip("# "), title


def test_an_article_without_a_headline_has_none() -> None:
    for first in (
        PROSE,
        "“We will talk,” the minister said. “Until autumn.”",
        "MOSCOW, March 5 (The Wire) — The talks go on. Nobody knows why.",
        "By Ann Writer",
        "5 March 2024",
    ):
        assert article(first, PROSE, MORE).title is None, first


def test_a_quotation_that_somebody_signs_is_no_headline() -> None:
    for (signed,) in table("headlines", "signed"):
        assert article("Voices from the flood", signed, PROSE).title == "Voices from the flood", signed
        assert article(signed, PROSE).title is None, signed
    quoted = article("“We lost the piano”: voices from the flood in the capitals", PROSE, MORE)
    assert quoted.title == "“We lost the piano”: voices from the flood in the capitals"


def test_a_title_from_the_format_is_the_only_one_and_its_line_is_no_body() -> None:
    laid_out = article("TALKS GO ON.", PROSE, MORE, title="Talks go on")
    assert laid_out.title == "Talks go on"
    assert lines_with("title", laid_out) == ["TALKS GO ON."]
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
    for row in (row for row in rows("lines") if "date" in row):
        laid_out = article("Talks between capitals go on", row["line"], PROSE, MORE)
        assert (laid_out.published, len(laid_out.body)) == (row["date"], 2), row


def test_a_sentence_with_a_date_stays_body() -> None:
    for (line,) in table("headlines", "sentence with a date"):
        laid_out = article("Talks between capitals go on", line, PROSE)
        assert laid_out.published is None, line
        assert line in lines_with("body", laid_out), line


def test_lines_of_the_outlet_and_front_matter_are_no_body_and_without_a_body_it_is_said() -> None:
    laid_out = article(
        "Talks between capitals go on", PROSE, "The Daily Wire", details=Details(outlet="The Daily Wire")
    )
    assert lines_with("outlet", laid_out) == ["The Daily Wire"]
    laid_out = article("---", "title: Talks go on", "tags:", "- a", "---", "# Talks go on", PROSE, title="Talks go on")
    assert lines_with("body", laid_out) == [PROSE]
    assert "No reporting was found" in article("ADVERTISEMENT", "Read more").warnings[0]


def test_lines_between_the_paragraphs_have_roles_of_their_own() -> None:
    for row in (row for row in rows("lines") if "between" in row):
        laid_out = article("Pier to close after the storm", PROSE, row["line"], MORE, PROSE)
        assert row["line"] in lines_with(row["between"], laid_out), row


def test_captions_headings_and_lines_that_may_sign_a_quotation_are_told_apart() -> None:
    lines = ("“The pier is a mistake, and we must close it now.”", "What Mayor Ada Lund Says", MORE)
    assert "What Mayor Ada Lund Says" in lines_with("body", article("Pier to close after the storm", PROSE, *lines))
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


SAID = "The minister said on Thursday that the talks would go on."


def test_a_line_is_furniture_or_reporting_by_its_words_or_its_place() -> None:
    for row in (row for row in rows("lines") if "is" in row):
        assert find_furniture([SAID, row["line"], SAID]) == [False, row["is"] == "furniture", False], row
    for line in ("0", "20", "9.7 C", "+21 °C", "Home | World | Sport | Weather", "Home » World", "World"):
        assert find_furniture([line, SAID, SAID, line]) == [True, False, False, True], line
        assert find_furniture([SAID, line, SAID])[1] is False, line
    assert [is_prose(line) for line in ("Short.", SAID, SAID.rstrip("."), "word " * 30)] == [False, True, False, True]
    assert find_furniture(["a " * 500_000, "." * 500_000, "Home | " * 140, "By " * 300]) == [False, True, False, False]


def test_a_list_of_other_articles_ends_where_prose_begins_and_nothing_is_reporting_after_the_end() -> None:
    lines = [SAID, "Latest news", "- Talks Begin in Yerevan", "Who Will Win?", SAID, "Most read", "Dam Breaks"]
    assert find_furniture(lines) == [False, True, True, True, False, True, True]
    for heading in ("LEAVE A REPLY", "Legal Disclaimer:", "3 Comments", "About the author"):
        assert find_furniture([SAID, SAID, heading, SAID, "x"]) == [False, False, True, True, True], heading
    assert find_furniture(["Leave a comment", SAID, SAID, SAID]) == [False, False, False, False]


def test_an_outlet_that_speaks_of_itself_is_named_and_of_two_names_none() -> None:
    assert own_name("The Wire is a news platform for the region. We inform our readers daily.") == "The Wire"
    assert own_name(SAID) is None
    assert outlet_in_text(["It is so, Orda reports.", "It is not, Trud reports."]) is None


def test_an_outlet_names_itself_at_the_close_of_an_opening_paragraph() -> None:
    for row in (row for row in rows("lines") if "outlet" in row):
        assert outlet_in_text([row["line"]]) == row["outlet"], row


def test_the_page_names_its_outlet_in_the_copyright_or_when_it_speaks_of_itself() -> None:
    for line, outlet in table("headlines", "names its outlet"):
        assert outlet_in_furniture([line]) == outlet, line


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


def test_a_paragraph_wrapped_by_hand_is_one_line_and_others_stay_apart() -> None:
    text = "\n\n".join(textwrap.fill(paragraph, 48) for paragraph in PARAGRAPHS)
    lines = find_lines(text)
    assert [line.text for line in lines] == list(PARAGRAPHS)
    assert [text[line.start : line.end].split() for line in lines] == [line.text.split() for line in lines]
    paragraphs = [" ".join(PARAGRAPHS[:2]), PARAGRAPHS[2], " ".join(PARAGRAPHS)]
    text = "\r\n".join(textwrap.fill(paragraph, 48).replace("\n", "\r\n") for paragraph in paragraphs)
    assert [line.text for line in find_lines(text)] == paragraphs
    wrapped = textwrap.fill(" ".join(PARAGRAPHS), 48)
    assert [line.text for line in find_lines(wrapped.replace("\n", "\n\n"))] == [" ".join(PARAGRAPHS)]
    text = "\n".join(
        [*PARAGRAPHS, "A paragraph of more than a hundred and twenty characters, which nobody wraps. " * 2]
    )
    assert len(find_lines(text)) == len(PARAGRAPHS) + 1
