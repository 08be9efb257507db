"""Quote sheets: CSV, JSON, DOCX."""

import csv
import io
import json
from dataclasses import replace

import pytest

from tests.newsroom import ORDA, SOVEREIGN, Newsroom
from ui.chat import Exchange
from ui.exports import COLUMNS, csv_text, docx_bytes, json_text, rows

EXCHANGE = Exchange(1, "What did Lavrov say?", answer=Newsroom().lavrov("What did Lavrov say?"))
TROUBLE = Exchange(2, "And then?", trouble="It broke.")


def test_every_citation_is_a_row_with_its_question_and_place() -> None:
    (first, *rest) = csv.DictReader(io.StringIO(csv_text(COLUMNS, rows([EXCHANGE, TROUBLE]))))
    assert len(rest) == 3
    assert (first["question"], first["speaker"], first["quote"], first["source"], first["line"]) == (
        "What did Lavrov say?", "Sergei Lavrov", SOVEREIGN, ORDA, "11",
    )  # fmt: skip


def test_a_row_says_beside_the_speaker_what_must_be_known() -> None:
    assert EXCHANGE.answer
    unsure, open_, *_ = EXCHANGE.answer.citations
    unsure = replace(unsure, confidence=0.5, standing="withdrawn", speaks_for="the mayor")
    open_ = replace(open_, speaker=None, candidates=("Ada Lund", "Bo Lund"))
    exchange = replace(EXCHANGE, answer=replace(EXCHANGE.answer, citations=(unsure, open_)))
    first, second = csv.DictReader(io.StringIO(csv_text(COLUMNS, rows([exchange]))))
    assert first["remarks"].startswith("speaker not certain; withdrawn")
    assert (first["standing"], first["speaks_for"]) == ("withdrawn", "the mayor")
    assert (second["speaker"], second["candidates"]) == ("", "Ada Lund; Bo Lund")
    assert second["remarks"] == "Ada Lund or Bo Lund, the article does not say which"
    docx = pytest.importorskip("docx")
    table = docx.Document(io.BytesIO(docx_bytes("T", [exchange]))).tables[0]
    assert "speaker not certain; withdrawn" in table.rows[1].cells[1].text
    assert table.rows[2].cells[1].text.startswith("Ada Lund or Bo Lund, the article does not say which")
    (answer,) = json.loads(json_text("T", [exchange]))["answers"]
    assert (answer["citations"][0]["standing"], answer["citations"][1]["candidates"]) == (
        "withdrawn", ["Ada Lund", "Bo Lund"],
    )  # fmt: skip


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_takes_no_words_for_a_formula(start: str) -> None:
    (row,) = csv.DictReader(io.StringIO(csv_text(["quote"], [{"quote": f"{start}HYPERLINK(1)"}])))
    assert row["quote"] == f"'{start}HYPERLINK(1)"


def test_json_holds_the_answers_in_full() -> None:
    kept = json.loads(json_text("T", [EXCHANGE, TROUBLE]))
    (answer,) = kept["answers"]
    assert answer["text"] == EXCHANGE.answer.text if EXCHANGE.answer else ""
    assert answer["citations"][0]["quote"] == SOVEREIGN
    assert kept["conversation"] == "T"


def test_a_word_document_has_each_question_with_its_quotes_and_their_places() -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document(io.BytesIO(docx_bytes("On\x00 the EU", [EXCHANGE, TROUBLE])))
    read = [paragraph.text for paragraph in document.paragraphs]
    assert read[:2] == ["On\ufffd the EU", "What did Lavrov say?"]
    assert read[-2:] == ["And then?", "It broke."]
    words = [row.cells[2].text for row in document.tables[0].rows]
    assert words[1] == f"“{SOVEREIGN}”"


def test_what_xml_cannot_hold_is_replaced_in_a_word_document() -> None:
    docx = pytest.importorskip("docx")
    assert EXCHANGE.answer
    odd = replace(EXCHANGE.answer.citations[0], quote="a\x07b\ufffe")
    exchange = replace(EXCHANGE, answer=replace(EXCHANGE.answer, citations=(odd,)))
    document = docx.Document(io.BytesIO(docx_bytes("T", [exchange])))
    assert document.tables[0].rows[1].cells[2].text == "“a\ufffdb\ufffd”"
