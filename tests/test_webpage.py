"""A page's date of publication is what its metadata state, and nothing else on it."""

import pytest

from rag.core.errors import UnreadableFile
from rag.ingestion.html import declared_encoding, extract_html

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
