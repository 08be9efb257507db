"""The text of a web page is what a reader sees of it, with the details that it states; no markup, no menus."""

import pytest

from rag.core.errors import UnreadableFile
from rag.ingestion.html import declared_encoding, extract_html, is_html, plain_text

PARAGRAPH = "<p>The minister said on {} that the talks would go on for a long while, and nobody knew why.</p>"


def page(head: str = "", body: str = "") -> str:
    paragraphs = PARAGRAPH.format("Thursday") + PARAGRAPH.format("Friday")
    return f"<html><head><title>Talks</title>{head}</head><body><article>{paragraphs}</article>{body}</body></html>"


def linked(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def test_explicit_metadata_date_the_page() -> None:
    for head, body, published in (
        ('<meta property="article:published_time" content="2024-03-12T08:00:00Z">', "", "2024-03-12"),
        ('<meta name="parsely-pub-date" content="2024-03-12">', "", "2024-03-12"),
        ('<meta itemprop="datePublished" content="2024-03-12">', "", "2024-03-12"),
        (linked('{"@type": "NewsArticle", "datePublished": "2024-03-12"}'), "", "2024-03-12"),
        (linked('{"@graph": [{"@type": ["Article"], "datePublished": "2024-03-12"}]}'), "", "2024-03-12"),
        ("", '<time pubdate datetime="2024-03-12">yesterday</time>', "2024-03-12"),
        ("", '<time itemprop="datePublished" datetime="2024-03-12"></time>', "2024-03-12"),
    ):
        assert extract_html(page(head, body)).fields["published"] == published


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", "<p>Published 12 March 2024</p>"),
        ("", '<time datetime="2024-03-12">12 March</time>'),
        ('<meta name="date" content="2024-03-12">', ""),
        ('<meta property="article:modified_time" content="2024-03-12">', ""),
        ('<meta property="article:published_time" content="0001-01-01T00:00:00">', ""),
        (linked('{"@type": "WebSite", "datePublished": "2024-03-12"}'), ""),
        (linked('{"@type": "ItemList", "item": {"@type": "Article", "datePublished": "2024-03-12"}}'), ""),
        (linked("{broken"), ""),
        (linked("[" * 100_000), ""),
        ("", '<time pubdate datetime="2024-03-12"></time><time pubdate datetime="2024-03-13"></time>'),
    ],
    ids=range(10),
)
def test_no_date_is_guessed(head: str, body: str) -> None:
    assert extract_html(page(head, body)).fields["published"] is None


def test_title_outlet_author_and_address_come_from_the_metadata() -> None:
    head = (
        '<meta property="og:title" content="Talks go on"><meta property="og:site_name" content="The Wire">'
        '<meta name="author" content="Ann Writer"><link rel="canonical" href="https://example.org/talks">'
    )
    fields = extract_html(page(head)).fields
    assert (fields["title"], fields["outlet"], fields["author"]) == ("Talks go on", "The Wire", "Ann Writer")
    assert fields["url"] == "https://example.org/talks"


def test_an_entity_that_points_to_a_file_is_not_followed() -> None:
    hostile = '<!DOCTYPE html [<!ENTITY file SYSTEM "file:///etc/passwd">]>' + page().replace("Thursday", "&file;")
    assert "root:" not in extract_html(hostile).text


def test_markup_without_end_is_refused() -> None:
    for html in ("<div>" * 250_000, "<p>" * 400_000):
        with pytest.raises(UnreadableFile, match="more than 1,000,000 characters of markup"):
            extract_html(f"<html><body>{html}")


def test_scripts_do_not_count_as_markup() -> None:
    assert extract_html(page(f"<script>{'x = 1;' * 200_000}</script>")).text


def test_a_page_may_declare_its_encoding() -> None:
    for content, encoding in (
        (b'<html><head><meta charset="windows-1251">', "windows-1251"),
        (b"<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>", "koi8-r"),
        (b'<?xml version="1.0" encoding="utf-8"?>', "utf-8"),
        (b"<html><head>", None),
    ):
        assert declared_encoding(content) == encoding


FILLING = "".join(
    f"<p>The town lies on the western bank of the Orvik and has about {count} thousand inhabitants, most of whom "
    "work in the two mills or on the ferries that cross to the islands every morning.</p>"
    for count in ("six", "seven", "eight", "nine")
)


def lines(body: str) -> list[str]:
    """The lines that a piece of a page becomes, without the headline above and the paragraphs below it."""
    head = "<html><head><title>Gate shut</title></head><body><article><h1>Gate shut</h1>"
    return extract_html(f"{head}{body}{FILLING}</article></body></html>").text.split("\n")[1:-4]


SEEN = {
    "<p>Warden Ola Brandt said the bridge was <del>closed</del> <ins>open</ins>.</p>": [
        "Warden Ola Brandt said the bridge was open."
    ],
    "<p>“We <s>cannot</s> can wait,” Brandt said.</p>": ["“We can wait,” Brandt said."],
    "<p>“It is <strike>two</strike>three,” he said.</p>": ["“It is three,” he said."],
    '<p>“It was <span style="text-decoration: line-through">never</span> shut,” he said.</p>': [
        "“It was shut,” he said."
    ],
    "<p><del>“All of it,” said Brandt.</del></p><p>“Part of it,” said Brandt.</p>": ["“Part of it,” said Brandt."],
    "<div hidden><p>“Draft,” said Hid Den.</p></div><p>The gate is shut.</p>": ["The gate is shut."],
    '<p>The gate <span hidden="">(editor: check)</span>is shut.</p>': ["The gate is shut."],
    '<p style="visibility: hidden">“Draft,” said Hid Den.</p><p>The gate is shut.</p>': ["The gate is shut."],
    '<div style="color:red;display : none">“Draft,” said Hid Den.</div><p>The gate is shut.</p>': ["The gate is shut."],
    '<p>The gate <b aria-hidden="true">x</b>is shut.</p>': ["The gate is shut."],
    "<style>.x, .draft {display:none} @media print {.gate {display: none}}</style>"
    '<p class="draft">“Draft,” said Hid Den.</p><p class="gate">The gate is shut.</p>': ["The gate is shut."],
    '<p><i aria-hidden="true">“</i>It is shut,<i aria-hidden="true">”</i> Brandt said.</p>': [
        "“It is shut,” Brandt said."
    ],
    "<template><p>“Draft,” said Tem Plate.</p></template><p>The gate is shut.</p>": ["The gate is shut."],
    "<noscript><p>“Turn it on,” said Nos Cript.</p></noscript><p>The gate is shut.</p>": ["The gate is shut."],
    "<p>Ki&shy;m V&#8203;ale said “no”.</p>": ["Kim Vale said “no”."],
}


def test_what_is_struck_out_or_hidden_is_not_on_the_page() -> None:
    assert {body: lines(body) for body in SEEN} == SEEN


def test_a_page_that_a_script_would_show_is_read() -> None:
    body = f'<body style="visibility:hidden"><article aria-hidden="true"><p>Shut.</p>{FILLING}</article></body>'
    assert "western bank" in extract_html(f"<html>{body}</html>").text


NOTED = {
    "<p>“We stay<sup>12</sup>,” said Ada Lund.</p>": "“We stay,” said Ada Lund.",
    '<p>“We stay<sup><a href="#fn1">1</a></sup>,” said Lund.</p>': "“We stay,” said Lund.",
    '<p>“We stay”<a href="#fn3">[3]</a> said Lund.</p>': "“We stay” said Lund.",
    '<p>“We <a href="#cite_note-4"><sup>[4]</sup></a>stay,” said Lund.</p>': "“We stay,” said Lund.",
    "<p>“We stay<sup>*</sup>,” said Lund.<sup>[a]</sup></p>": "“We stay,” said Lund.",
    '<p>“We stay<a role="doc-noteref" href="notes.html#n1">1</a>,” said Lund.</p>': "“We stay,” said Lund.",
    '<p>“We stay<span class="footnote-ref">7</span>,” said Lund.</p>': "“We stay,” said Lund.",
    "<p>“We stay<sup>1, 2</sup>,” said Lund<sup>[citation needed]</sup>.</p>": "“We stay,” said Lund.",
    '<p>“We stay<a href="#n1">¹</a>,” said Lund.²</p>': "“We stay,” said Lund.",
    "<p>“We stay¹,” said Lund of 30 km² of reef.</p>": "“We stay,” said Lund of 30 km² of reef.",
    '<p>Lund left in 1998<sup>3</sup> for good<a href="#x2">2</a>.</p>': "Lund left in 1998 for good.",
    "<p>It has 40 km<sup>2</sup> and 10<sup>6</sup> trees, said Lund.</p>": "It has 40 km² and 10⁶ trees, said Lund.",
    "<p>On the 21<sup>st</sup> she found <sup>14</sup>C.</p>": "On the 21st she found ¹⁴C.",
    '<p>The plan stands in part <a href="#x">3</a> of the report on roads.</p>': (
        "The plan stands in part 3 of the report on roads."
    ),
}


def test_a_footnote_mark_never_stands_in_the_text_and_a_power_stays() -> None:
    assert {body: lines(body) for body in NOTED} == {body: [line] for body, line in NOTED.items()}


QUOTED = {
    "<p><q>We sang in the rain</q>, said Lev Adler.</p>": ["“We sang in the rain”, said Lev Adler."],
    "<p>Adler said <q>they sang <q>Home</q> twice</q>.</p>": ["Adler said “they sang ‘Home’ twice”."],
    "<p>Adler: <q>“We sang.”</q></p>": ["Adler: “We sang.”"],
    "<p>“<q>We sang</q>,” said Adler.</p>": ["“We sang,” said Adler."],
    "<blockquote><p>We sang.</p><p>Nobody left.</p><footer>— Lev Adler, conductor</footer></blockquote>": [
        "“We sang.",
        "“Nobody left.”",
        "— Lev Adler, conductor",
    ],
    "<blockquote>“We sang.” <cite>Lev Adler</cite></blockquote>": ["“We sang.”", "— Lev Adler"],
    "<figure><blockquote><p>We sang.</p></blockquote><figcaption>Lev Adler</figcaption></figure>": [
        "“We sang.”",
        "— Lev Adler",
    ],
    "<blockquote><p>We sang.</p>&mdash; Lev Adler</blockquote>": ["“We sang.”", "— Lev Adler"],
    "<blockquote><p>He told <cite>The Orvik Post</cite> of it.</p></blockquote>": ["He told The Orvik Post of it."],
    "<blockquote><p>He had told it to <cite>The Orvik Post</cite></p></blockquote>": [
        "He had told it to The Orvik Post"
    ],
    "<blockquote><p>We sang.<br>— <cite>Lev Adler</cite></p></blockquote>": ["“We sang.”", "— Lev Adler"],
    "<blockquote><p>One rule.</p><p>Another rule.</p></blockquote>": ["One rule.", "Another rule."],
}


def test_quotation_elements_become_marks_and_signatures_lines() -> None:
    assert {body: lines(body) for body in QUOTED} == QUOTED


def test_a_table_that_sets_out_the_page_becomes_its_blocks() -> None:
    text = "<h1>Gears stuck</h1><p>The clock stopped, said Tim Rolle.</p><p>“It is the wheel,” he said.</p>"
    for table in (
        f'<table><tr><td><a href="/">Home</a></td><td>{text}{FILLING}</td></tr></table>',
        f"<table><tbody><tr><td>{text}{FILLING}</td></tr></tbody></table>",
        f'<table role="presentation"><tr><td>{text}</td></tr><tr><td>{FILLING}</td></tr></table>',
        f"<table><tr><td><table><tr><td>{text}{FILLING}</td></tr></table></td><td>Ads</td></tr></table>",
    ):
        found = extract_html(f"<html><head><title>Gears stuck</title></head><body>{table}</body></html>").text.split(
            "\n"
        )
        assert "The clock stopped, said Tim Rolle." in found
        assert "“It is the wheel,” he said." in found
        assert not any("|" in line for line in found)


def test_a_table_of_data_stays_a_table() -> None:
    head = "<tr><th>Year</th><th>Ships</th></tr>"
    rows = "<tr><td>1990</td><td>12</td></tr><tr><td>1991</td><td>13</td></tr>"
    for table in (f"<table>{head}{rows}</table>", f"<table>{rows}</table>"):
        assert "| 1990 | 12 |" in [line.strip() for line in lines(table)]


def test_a_caption_stays_in_its_line_and_is_known_for_one_and_so_is_a_heading() -> None:
    figure = "<figure><img src='x.jpg'><figcaption>Mayor <b>Ada Lund</b> opens the pier.</figcaption></figure>"
    credit = "<figure><img src='y.jpg'><figcaption>Tern/AFP</figcaption></figure>"
    body = f"<p>The bridge is shut.</p>{figure}<h2>What comes next</h2><p>Nobody crosses it.</p>{credit}"
    page = extract_html(f"<html><body><article><h1>Gate shut</h1>{body}{FILLING}</article></body></html>")
    assert page.captions == {"Mayor Ada Lund opens the pier."}
    assert page.headings == {"What comes next"}
    assert "\nMayor Ada Lund opens the pier.\nWhat comes next\n" in page.text
    assert "Tern" not in page.text


def test_line_breaks_between_paragraphs_separate_them() -> None:
    body = "The bridge is shut.<br><br>“We wait,” said Tim Rolle.<br/>Nobody crosses."
    assert lines(body) == ["The bridge is shut.", "“We wait,” said Tim Rolle.", "Nobody crosses."]


def test_html_in_a_field_becomes_text() -> None:
    for text, plain in (
        ("<p>“No,” said &quot;Lev&quot;.</p><p>Two<br>three</p>", '“No,” said "Lev".\nTwo\nthree'),
        ("He said &#8220;no&#8221; &amp; left.\n\nNext.", "He said “no” & left.\n\nNext."),
        ("He <i>said</i> it.\n\nNext.", "He said it.\n\nNext."),
        ("&lt;p&gt;Hi &amp;amp; bye&lt;/p&gt;", "Hi & bye"),
        ("<script>x()</script><p>One <s>two</s> three.</p>", "One three."),
        ("<ul><li>One</li><li>Two</li></ul>", "One\nTwo"),
    ):
        assert is_html(text)
        assert plain_text(text) == plain


def test_angle_brackets_and_ampersands_alone_are_no_html() -> None:
    for text in (
        "a < b and c > d",
        "AT&T and R&D; too",
        "Use <b> to bold",
        "x <y> z</y>",
        "if a <b and c> d",
        "<me@x.org>",
    ):
        assert not is_html(text)
        assert plain_text(text) == text
