"""A checked draft as Word and Markdown: its own words, with a comment at each quotation."""

from dataclasses import replace
from io import BytesIO

from docx import Document

from tests.test_view_draft import FOUND, TEXT, quotation
from ui.draft_exports import draft_docx, draft_markdown

STANDS = quotation()
ALTERED = quotation(verdict="altered", notes=("A note.",))
WHERE = f"Orda, “Moscow Weighs in”, {FOUND.source}, line 11, characters 1985–2251."


def test_word_has_the_draft_and_a_comment_on_the_quoted_words() -> None:
    document = Document(BytesIO(draft_docx(f"Title\n\n{TEXT}", [replace(ALTERED, start=8, end=28)])))
    assert [paragraph.text for paragraph in document.paragraphs] == ["Title", TEXT]
    (comment,) = document.comments
    assert comment.text == (
        f"Altered. The article has: “{' '.join(FOUND.quote.split())}”. Sergei Lavrov; {WHERE} A note."
    )
    (marked,) = (run.text for run in document.paragraphs[1].runs if run.font.highlight_color)
    assert marked == "a sovereign decision"


def test_markdown_is_the_draft_with_a_footnote_behind_each_quotation() -> None:
    assert draft_markdown(f"{TEXT}.\n", [STANDS]) == (
        f"“a sovereign decision”[^check-1] is what Peskov called it.\n\n[^check-1]: Verbatim. Sergei Lavrov; {WHERE}\n"
    )


def test_words_that_xml_cannot_carry_do_not_stop_word() -> None:
    document = Document(BytesIO(draft_docx("“a\x00b” it was", [replace(STANDS, text="a\x00b", start=1, end=4)])))
    assert document.paragraphs[0].text == "“a\N{REPLACEMENT CHARACTER}b” it was"
