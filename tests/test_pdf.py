"""A PDF becomes the paragraphs that a reader of its pages sees, or a sentence says why not."""

from pathlib import Path

import pytest

from rag.core import Reading
from rag.core.errors import UnreadableFile
from rag.ingestion.pdf import MAX_PAGES, extract_pdf
from rag.ingestion.readers import MAX_DOCUMENT_BYTES, read_file
from tests.case_files import table
from tests.papers import LEADING, LEFT, Drawn, column, drawing, locked, page, pdf

TALKS = (
    "The foreign minister said on Thursday that the talks in Geneva would go on for as",
    "long as both sides came to the table, and that nobody had set a date for their end.",
)
BRIDGE = (
    "The bridge over the river was opened by the mayor, who thanked the engineers and all",
    "the workers for their patience, and who said that it would be free for everybody.",
)


def text_of(*pages: str) -> str:
    return extract_pdf(pdf(*pages)).text


def test_lines_become_paragraphs_by_space_indent_and_size_over_columns_and_pages() -> None:
    drawn = page(*TALKS, Drawn(BRIDGE[0], below=2 * LEADING), BRIDGE[1])
    assert text_of(drawn) == f"{' '.join(TALKS)}\n{' '.join(BRIDGE)}"
    assert text_of(page(*TALKS, Drawn(BRIDGE[0], indent=18), BRIDGE[1])) == f"{' '.join(TALKS)}\n{' '.join(BRIDGE)}"
    assert text_of(page(*TALKS, "He smiled.", *BRIDGE)) == f"{' '.join(TALKS)} He smiled.\n{' '.join(BRIDGE)}"
    assert text_of(page(Drawn("Talks go on", size=24), *TALKS)) == f"Talks go on\n{' '.join(TALKS)}"
    columns = drawing([*column(["He left.", TALKS[0]]), *column([TALKS[1]], x=LEFT + 240)])
    assert text_of(columns) == f"He left.\n{' '.join(TALKS)}"
    assert text_of(page(TALKS[0]), page(TALKS[1], Drawn(BRIDGE[0], below=28))) == f"{' '.join(TALKS)}\n{BRIDGE[0]}"
    for lines, joined in table("sentences", "cut in two"):
        assert joined in text_of(page(*lines)), lines


def test_what_stands_on_every_page_is_left_out_and_what_only_looks_like_it_stays() -> None:
    bodies = (TALKS, BRIDGE, ("He smiled.",))
    pages = [
        page("The Wire · 12 March 2024", Drawn(body[0], below=40), *body[1:], Drawn(f"Page {number} of 3", below=400))
        for number, body in enumerate(bodies, start=1)
    ]
    assert text_of(*pages) == "\n".join(map(" ".join, bodies))
    assert text_of(page("Not a header", *TALKS), page(Drawn("Not a header", below=90), *TALKS)).count("Not a") == 2


def test_a_pdf_is_read_with_its_extractor_never_its_day_of_making_and_its_title_if_the_text_bears_it_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(page(*TALKS)))
    (reading,) = read_file(tmp_path / "a.pdf", "a.pdf")
    assert isinstance(reading, Reading)
    assert reading.extractor.startswith("pypdf ")
    assert (reading.text, reading.published, reading.encoding) == (" ".join(TALKS), None, None)
    assert "left out: 2;" in extract_pdf(pdf(page(*TALKS), "")).warnings[0]
    assert extract_pdf(locked(pdf(page(*TALKS)), "", owner="secret")).text == " ".join(TALKS)
    drawn = page(Drawn("Talks go on", size=24), Drawn("By Ada Lund", below=30), Drawn(TALKS[0], below=30), TALKS[1])
    assert extract_pdf(pdf(drawn, title="Talks go on", author="Ada Lund")).fields == {
        "title": "Talks go on",
        "author": "Ada Lund",
    }
    assert extract_pdf(pdf(drawn, title="Microsoft Word - draft7.doc", author="user")).fields == {}


def test_a_pdf_that_cannot_be_read_is_broken_or_too_large_says_why(tmp_path: Path) -> None:
    for content, reason in (
        (locked(pdf(page(*TALKS)), "secret"), "is locked by a password"),
        (pdf("0 0 1 rg 0 0 612 792 re f"), "has no text: it is a scan"),
        (pdf(*[""] * (MAX_PAGES + 1)), f"has more than {MAX_PAGES} pages"),
        (b"<html>%PDF", "is no PDF"),
    ):
        with pytest.raises(UnreadableFile, match=reason):
            extract_pdf(content)
    path = tmp_path / "a.pdf"
    for broken, reason in ((b"%PDF-1.4\n%%EOF", "broken"), (b"%PDF" * (MAX_DOCUMENT_BYTES // 4 + 1), "than 20 MB")):
        path.write_bytes(broken)
        with pytest.raises(UnreadableFile, match=reason):
            list(read_file(path, "a.pdf"))
