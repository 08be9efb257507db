"""A page is read as its reader sees it, no mark of it stands inside a quotation, and its metadata alone date it."""

import pytest

from rag.core.errors import UnreadableFile
from rag.ingestion.html import declared_encoding, extract_html, is_html, plain_text
from tests.case_files import rows, table

PARAGRAPH = "<p>The minister said on {} that the talks would go on for a long while, and nobody knew why.</p>"


def page(head: str = "", body: str = "") -> str:
    paragraphs = PARAGRAPH.format("Thursday") + PARAGRAPH.format("Friday")
    return f"<html><head><title>Talks</title>{head}</head><body><article>{paragraphs}</article>{body}</body></html>"


def linked(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def test_metadata_alone_date_name_and_address_the_page() -> None:
    for head, body, published in table("markup", "dated"):
        assert extract_html(page(head, body)).fields["published"] == published, head
    for head, body in (*table("markup", "undated"), (linked("[" * 100_000), "")):
        assert extract_html(page(head, body)).fields["published"] is None, head
    head = (
        '<meta property="og:title" content="Talks go on"><meta property="og:site_name" content="The Wire">'
        '<meta name="author" content="Ann Writer"><link rel="canonical" href="https://example.org/talks">'
    )
    fields = extract_html(page(head)).fields
    assert (fields["title"], fields["outlet"], fields["author"]) == ("Talks go on", "The Wire", "Ann Writer")
    assert fields["url"] == "https://example.org/talks"


def test_hostile_markup_reaches_no_file_and_a_page_may_declare_its_encoding() -> None:
    hostile = '<!DOCTYPE html [<!ENTITY file SYSTEM "file:///etc/passwd">]>' + page().replace("Thursday", "&file;")
    assert "root:" not in extract_html(hostile).text
    for html in ("<div>" * 250_000, "<p>" * 400_000):
        with pytest.raises(UnreadableFile, match="more than 1,000,000 characters of markup"):
            extract_html(f"<html><body>{html}")
    assert extract_html(page(f"<script>{'x = 1;' * 200_000}</script>")).text
    for content, encoding in (
        (b'<html><head><meta charset="windows-1251">', "windows-1251"),
        (b"<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>", "koi8-r"),
        (b'<?xml version="1.0" encoding="utf-8"?>', "utf-8"),
        (b"<html><head>", None),
    ):
        assert declared_encoding(content) == encoding, content


FILLING = "".join(
    f"<p>The town lies on the western bank of the Orvik and has about {count} thousand inhabitants, most of whom "
    "work in the two mills or on the ferries that cross to the islands every morning.</p>"
    for count in ("six", "seven", "eight", "nine")
)


def lines(body: str) -> list[str]:
    """The lines that a piece of a page becomes, without the headline above and the paragraphs below it."""
    head = "<html><head><title>Gate shut</title></head><body><article><h1>Gate shut</h1>"
    return extract_html(f"{head}{body}{FILLING}</article></body></html>").text.split("\n")[1:-4]


def test_what_is_struck_out_or_hidden_is_not_read_unless_a_script_would_show_it() -> None:
    for row in rows("pages"):
        assert lines(row["page"]) == row["reads"], row
    body = f'<body style="visibility:hidden"><article aria-hidden="true"><p>Shut.</p>{FILLING}</article></body>'
    assert "western bank" in extract_html(f"<html>{body}</html>").text
    body = "The bridge is shut.<br><br>“We wait,” said Tim Rolle.<br/>Nobody crosses."
    assert lines(body) == ["The bridge is shut.", "“We wait,” said Tim Rolle.", "Nobody crosses."]


def test_a_table_becomes_blocks_if_it_sets_out_the_page_and_stays_one_if_it_holds_data() -> None:
    text = "<h1>Gears stuck</h1><p>The clock stopped, said Tim Rolle.</p><p>“It is the wheel,” he said.</p>"
    for layout in (
        f'<table><tr><td><a href="/">Home</a></td><td>{text}{FILLING}</td></tr></table>',
        f"<table><tbody><tr><td>{text}{FILLING}</td></tr></tbody></table>",
        f'<table role="presentation"><tr><td>{text}</td></tr><tr><td>{FILLING}</td></tr></table>',
        f"<table><tr><td><table><tr><td>{text}{FILLING}</td></tr></table></td><td>Ads</td></tr></table>",
    ):
        found = extract_html(f"<html><head><title>Gears stuck</title></head><body>{layout}</body></html>").text.split(
            "\n"
        )
        assert "The clock stopped, said Tim Rolle." in found, layout
        assert "“It is the wheel,” he said." in found, layout
        assert not any("|" in line for line in found), layout
    head = "<tr><th>Year</th><th>Ships</th></tr>"
    years = "<tr><td>1990</td><td>12</td></tr><tr><td>1991</td><td>13</td></tr>"
    for layout in (f"<table>{head}{years}</table>", f"<table>{years}</table>"):
        assert "| 1990 | 12 |" in [line.strip() for line in lines(layout)], layout


def test_a_caption_stays_in_its_line_and_is_known_for_one_and_so_is_a_heading() -> None:
    figure = "<figure><img src='x.jpg'><figcaption>Mayor <b>Ada Lund</b> opens the pier.</figcaption></figure>"
    credit = "<figure><img src='y.jpg'><figcaption>Tern/AFP</figcaption></figure>"
    body = f"<p>The bridge is shut.</p>{figure}<h2>What comes next</h2><p>Nobody crosses it.</p>{credit}"
    page = extract_html(f"<html><body><article><h1>Gate shut</h1>{body}{FILLING}</article></body></html>")
    assert page.captions == {"Mayor Ada Lund opens the pier."}
    assert page.headings == {"What comes next"}
    assert "\nMayor Ada Lund opens the pier.\nWhat comes next\n" in page.text
    assert "Tern" not in page.text


def test_html_in_a_field_becomes_text_and_angle_brackets_alone_are_no_html() -> None:
    for text, plain in table("markup", "plain"):
        assert is_html(text), text
        assert plain_text(text) == plain, text
    for (text,) in table("markup", "none"):
        assert not is_html(text), text
        assert plain_text(text) == text, text
