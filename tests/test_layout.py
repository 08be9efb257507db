"""Every line has one role; the five seed articles, each dirty in its own way, come out clean."""

import textwrap
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


def test_a_seed_has_its_headline_and_outlet_its_whole_body_and_no_date() -> None:
    for number, row in enumerate(rows("seeds")):
        laid_out = seed(number)
        assert (laid_out.title, lines_with("title", laid_out)) == (row["title"], [row["title"]]), number
        assert (laid_out.outlet, laid_out.published, laid_out.warnings) == (row["outlet"], None, ()), number
        count, first, last = row["body"]
        body = lines_with("body", laid_out)
        assert (len(body), body[0].startswith(first), body[-1].endswith(last)) == (count, True, True), number
        assert set(row["furniture"]) <= set(lines_with("furniture", laid_out)), number
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


def test_a_headline_is_found_where_there_is_one() -> None:
    for (title,) in table("headlines", "headline"):
        assert article(title, "", PROSE, MORE).title == title.strip("# "), title
    for first in (
        PROSE,
        "“We will talk,” the minister said. “Until autumn.”",
        "MOSCOW, March 5 (The Wire) — The talks go on. Nobody knows why.",
        "By Ann Writer",
        "5 March 2024",
    ):
        assert article(first, PROSE, MORE).title is None, first
    for (signed,) in table("headlines", "signed"):
        assert article("Voices from the flood", signed, PROSE).title == "Voices from the flood", signed
        assert article(signed, PROSE).title is None, signed
    quoted = article("“We lost the piano”: voices from the flood in the capitals", PROSE, MORE)
    assert quoted.title == "“We lost the piano”: voices from the flood in the capitals"
    laid_out = article(
        "The Wire", "World news today", "Tuesday, 5 March 2024", "Talks between capitals go on", PROSE, MORE
    )
    assert laid_out.title == "Talks between capitals go on"
    assert laid_out.published is None
    assert len(laid_out.body) == 2
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


def test_a_title_from_the_format_or_the_catalogue_wins_and_its_line_is_no_body() -> None:
    laid_out = article("TALKS GO ON.", PROSE, MORE, title="Talks go on")
    assert laid_out.title == "Talks go on"
    assert lines_with("title", laid_out) == ["TALKS GO ON."]
    laid_out = article("Both capitals hope for the talks", PROSE, MORE, title="Minister speaks")
    assert lines_with("title", laid_out) == []
    assert len(laid_out.body) == 3
    details = Details("Our title", "The Wire", "2024-01-31", "https://example.org/a", "B. Editor")
    laid_out = article("Talks between capitals go on", "By Ann Writer", PROSE, MORE, details=details)
    assert (laid_out.title, laid_out.outlet, laid_out.published) == ("Our title", "The Wire", "2024-01-31")
    assert (laid_out.url, laid_out.byline) == ("https://example.org/a", "B. Editor")
    assert lines_with("title", laid_out) == ["Talks between capitals go on"]
    assert len(laid_out.body) == 2


def test_only_a_stated_date_of_publication_is_one_and_a_sentence_with_a_date_stays_body() -> None:
    for row in (row for row in rows("lines") if "date" in row):
        laid_out = article("Talks between capitals go on", row["line"], PROSE, MORE)
        assert (laid_out.published, len(laid_out.body)) == (row["date"], 2), row
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


def test_lines_between_the_paragraphs_have_roles_of_their_own_by_their_words_or_as_the_page_marks_them() -> None:
    for row in (row for row in rows("lines") if "between" in row):
        laid_out = article("Pier to close after the storm", PROSE, row["line"], MORE, PROSE)
        assert row["line"] in lines_with(row["between"], laid_out), row
    lines = ("“The pier is a mistake, and we must close it now.”", "What Mayor Ada Lund Says", MORE)
    assert "What Mayor Ada Lund Says" in lines_with("body", article("Pier to close after the storm", PROSE, *lines))
    caption = "Photo: Mayor Ada Lund opens the pier in Portavia."
    laid_out = article("Pier to close after the storm", PROSE, caption, MORE)
    (block,) = (block for block in laid_out.blocks if block.role == "caption")
    assert not laid_out.is_quotable(block.span)
    assert block not in laid_out.body
    marked = ("Mayor says pier must close", "Ada Lund", "Why did you leave?", "Ada Lund opens the new pier")
    marked_lines = ("Pier to close after the storm", PROSE, *(line for mark in marked for line in (mark, MORE)))
    reading = Reading("a.html", "\n".join(marked_lines), "digest", "trafilatura")
    laid_out = lay_out(replace(reading, headings=frozenset(marked[:3]), captions=frozenset(marked[3:])))
    assert lines_with("heading", laid_out) == [marked[0]]
    assert lines_with("caption", laid_out) == [marked[3]]
    assert {marked[1], marked[2]} <= set(lines_with("body", laid_out))


SAID = "The minister said on Thursday that the talks would go on."


def test_a_line_is_furniture_or_reporting_by_its_words_its_place_or_the_list_it_stands_in() -> None:
    for row in (row for row in rows("lines") if "is" in row):
        assert find_furniture([SAID, row["line"], SAID]) == [False, row["is"] == "furniture", False], row
    for line in ("0", "20", "9.7 C", "+21 °C", "Home | World | Sport | Weather", "Home » World", "World"):
        assert find_furniture([line, SAID, SAID, line]) == [True, False, False, True], line
        assert find_furniture([SAID, line, SAID])[1] is False, line
    assert [is_prose(line) for line in ("Short.", SAID, SAID.rstrip("."), "word " * 30)] == [False, True, False, True]
    assert find_furniture(["a " * 500_000, "." * 500_000, "Home | " * 140, "By " * 300]) == [False, True, False, False]
    lines = [SAID, "Latest news", "- Talks Begin in Yerevan", "Who Will Win?", SAID, "Most read", "Dam Breaks"]
    assert find_furniture(lines) == [False, True, True, True, False, True, True]
    for heading in ("LEAVE A REPLY", "Legal Disclaimer:", "3 Comments", "About the author"):
        assert find_furniture([SAID, SAID, heading, SAID, "x"]) == [False, False, True, True, True], heading
    assert find_furniture(["Leave a comment", SAID, SAID, SAID]) == [False, False, False, False]


def test_an_outlet_is_named_by_its_text_or_its_page() -> None:
    assert own_name("The Wire is a news platform for the region. We inform our readers daily.") == "The Wire"
    assert own_name(SAID) is None
    assert outlet_in_text(["It is so, Orda reports.", "It is not, Trud reports."]) is None
    for row in (row for row in rows("lines") if "outlet" in row):
        assert outlet_in_text([row["line"]]) == row["outlet"], row
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


def test_a_paragraph_wrapped_by_hand_is_one_line_others_stay_apart_and_ends_are_trimmed() -> None:
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
    text = "\ufeff\u00a0 Word\u00a0\u200b"
    assert trim(text, 0, len(text)) == (3, 7)
