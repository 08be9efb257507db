"""Answers and checked drafts as text to paste and as files: Markdown, plain text, CSV, JSON, Word."""

import csv
import json
from dataclasses import replace
from io import BytesIO, StringIO

import pytest
from docx import Document

from rag.core import Answer
from tests.newsroom import ENERGY, ORDA, SOVEREIGN, WARNED, Newsroom
from tests.test_view_draft import FOUND, TEXT, quotation
from ui import exports
from ui.chat import Exchange


@pytest.fixture
def answered() -> Answer:
    return Newsroom().lavrov("What did Lavrov say about the EU?")


def test_markdown_and_plain_text_carry_every_citation(answered: Answer) -> None:
    lines = exports.markdown(answered).splitlines()
    assert f"Sergei Lavrov in *{answered.citations[0].title}* (Orda)" in exports.markdown(answered), "titles as titles"
    assert any(line.endswith(f"“{SOVEREIGN}” [^1]") for line in lines)
    assert [line[:5] for line in lines if line.startswith("[^")] == ["[^1]:", "[^2]:", "[^3]:", "[^4]:"]
    said = exports.plain(answered)
    assert f"“{SOVEREIGN}” [1]" in said
    assert f"[3] Dmitry Peskov (reported): {WARNED} Caliber.Az" in said
    assert "*" not in said


def test_a_footnote_says_all_to_the_character_and_no_words_become_markup(answered: Answer) -> None:
    one = replace(answered.citations[0], via="News Armenia", published="2025-01-14", url="https://orda.example/1")
    assert exports.footnote(one) == (
        f"Sergei Lavrov (direct quote, via News Armenia): “{SOVEREIGN}” Orda, “{one.title}”, 2025-01-14, {ORDA}, "
        f"line 11, characters {one.start}–{one.end}, https://orda.example/1."
    )
    evil = "![x](https://evil.example/?q) <img src=x> # *head* [^1] `code` |"
    hostile = replace(answered.citations[1], quote=evil)
    sentences = tuple(replace(one, text=one.text.replace(ENERGY, evil)) for one in answered.sentences)
    said = exports.markdown(replace(answered, sentences=sentences, citations=(answered.citations[0], hostile)))
    assert r"!\[x\](https://evil.example/?q) \<img src=x\> \# \*head\* \[^1\] \`code\` \|" in said
    assert "![" not in said
    assert " <img" not in said


EXCHANGE = Exchange(1, "What did Lavrov say?", answer=Newsroom().lavrov("What did Lavrov say?"))
TROUBLE = Exchange(2, "And then?", trouble="It broke.")


def test_every_citation_is_a_row_with_its_place_of_which_no_word_is_a_formula() -> None:
    (first, *rest) = csv.DictReader(StringIO(exports.csv_text(exports.COLUMNS, exports.rows([EXCHANGE, TROUBLE]))))
    assert len(rest) == 3
    assert (first["question"], first["speaker"], first["quote"], first["source"], first["line"]) == (
        "What did Lavrov say?", "Sergei Lavrov", SOVEREIGN, ORDA, "11",
    )  # fmt: skip
    for start in ("=", "+", "-", "@", "\t", "\r"):
        (row,) = csv.DictReader(StringIO(exports.csv_text(["quote"], [{"quote": f"{start}HYPERLINK(1)"}])))
        assert row["quote"] == f"'{start}HYPERLINK(1)", start


def test_a_row_says_beside_the_speaker_what_must_be_known() -> None:
    assert EXCHANGE.answer
    unsure, open_, *_ = EXCHANGE.answer.citations
    unsure = replace(unsure, confidence=0.5, standing="withdrawn", speaks_for="the mayor")
    open_ = replace(open_, speaker=None, candidates=("Ada Lund", "Bo Lund"))
    exchange = replace(EXCHANGE, answer=replace(EXCHANGE.answer, citations=(unsure, open_)))
    first, second = csv.DictReader(StringIO(exports.csv_text(exports.COLUMNS, exports.rows([exchange]))))
    assert first["remarks"].startswith("speaker not certain; read as withdrawn since")
    assert (first["standing"], first["speaks_for"]) == ("withdrawn", "the mayor")
    assert (second["speaker"], second["candidates"]) == ("", "Ada Lund; Bo Lund")
    assert second["remarks"] == "Ada Lund or Bo Lund, not certain which"
    table = Document(BytesIO(exports.docx_bytes("T", [exchange]))).tables[0]
    assert "speaker not certain; read as withdrawn since" in table.rows[1].cells[1].text
    assert table.rows[2].cells[1].text.startswith("Ada Lund or Bo Lund, not certain which")
    (answer,) = json.loads(exports.json_text("T", [exchange]))["answers"]
    assert (answer["citations"][0]["standing"], answer["citations"][1]["candidates"]) == (
        "withdrawn", ["Ada Lund", "Bo Lund"],
    )  # fmt: skip


def test_a_word_document_has_each_question_with_its_quotes_and_their_places() -> None:
    document = Document(BytesIO(exports.docx_bytes("On\x00 the EU", [EXCHANGE, TROUBLE])))
    read = [paragraph.text for paragraph in document.paragraphs]
    assert read[:2] == ["On\ufffd the EU", "What did Lavrov say?"]
    assert read[-2:] == ["And then?", "It broke."]
    words = [row.cells[2].text for row in document.tables[0].rows]
    assert words[1] == f"“{SOVEREIGN}”"


STANDS = quotation()
ALTERED = quotation(verdict="altered", notes=("A note.",))
WHERE = f"Orda, “Moscow Weighs in”, {FOUND.source}, line 11, characters 1985–2251."


def test_word_has_the_draft_with_comments_and_markdown_with_footnotes() -> None:
    document = Document(BytesIO(exports.draft_docx(f"Title\n\n{TEXT}", [replace(ALTERED, start=8, end=28)])))
    assert [paragraph.text for paragraph in document.paragraphs] == ["Title", TEXT]
    (comment,) = document.comments
    assert comment.text == (
        f"Altered. The article has: “{' '.join(FOUND.quote.split())}”. Sergei Lavrov; {WHERE} A note."
    )
    (marked,) = (run.text for run in document.paragraphs[1].runs if run.font.highlight_color)
    assert marked == "a sovereign decision"
    document = Document(
        BytesIO(exports.draft_docx("“a\x00b” it was", [replace(STANDS, text="a\x00b", start=1, end=4)]))
    )
    assert document.paragraphs[0].text == "“a\N{REPLACEMENT CHARACTER}b” it was"
    assert exports.draft_markdown(f"{TEXT}.\n", [STANDS]) == (
        f"“a sovereign decision”[^check-1] is what Peskov called it.\n\n[^check-1]: Verbatim. Sergei Lavrov; {WHERE}\n"
    )
