"""Quote sheets: CSV, JSON, DOCX."""

import csv
import io
import json
from dataclasses import replace

import pytest

from tests.newsroom import ORDA, SOVEREIGN, Newsroom
from ui.chat import Exchange
from ui.sheets import COLUMNS, csv_text, docx_bytes, json_text, rows

EXCHANGE = Exchange(1, "What did Lavrov say?", answer=Newsroom().lavrov("What did Lavrov say?"))
TROUBLE = Exchange(2, "And then?", trouble="It broke.")


def test_every_citation_is_a_row_with_its_question_and_place() -> None:
    (first, *rest) = csv.DictReader(io.StringIO(csv_text(COLUMNS, rows([EXCHANGE, TROUBLE]))))
    assert len(rest) == 3
    assert (first["question"], first["speaker"], first["quote"], first["source"], first["line"]) == (
        "What did Lavrov say?", "Sergei Lavrov", SOVEREIGN, ORDA, "11",
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
