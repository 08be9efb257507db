"""The quotes of a conversation as a sheet: CSV, JSON, DOCX. Every row says who, how, where and when."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rag.core import Citation
from ui.chat import Exchange
from ui.copies import credited, place, quoted
from ui.credit import citation_credit

COLUMNS = (
    "question", "number", "speaker", "remarks", "candidates", "speaks_for", "standing", "kind", "via", "quote",
    "outlet", "title", "published", "source", "line", "start", "end", "url", "digest",
)  # fmt: skip
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def rows(exchanges: Iterable[Exchange]) -> Iterator[dict[str, Any]]:
    """One row a citation."""
    for exchange in exchanges:
        for citation in exchange.answer.citations if exchange.answer else ():
            remarks = "; ".join(citation_credit(citation).warnings)
            known = asdict(citation) | {"question": exchange.question, "remarks": remarks}
            yield {column: known[column] for column in COLUMNS}


def csv_text(columns: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> str:
    """A table for a spreadsheet; words that it would take for a formula begin with an apostrophe."""
    table = io.StringIO()
    writer = csv.DictWriter(table, columns)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in line.items()} for line in lines)
    return table.getvalue()


def json_text(title: str, exchanges: Iterable[Exchange]) -> str:
    """The answers in full, as `onrecord ask --json` prints them, one after the other."""
    given = [exchange.answer for exchange in exchanges if exchange.answer]
    answers = [{"id": None, **asdict(answer), "text": answer.text} for answer in given]
    return json.dumps({"conversation": title, "answers": answers}, ensure_ascii=False, indent=1)


def docx_bytes(title: str, exchanges: Iterable[Exchange]) -> bytes:
    """A quote sheet to be read and printed: each question with its quotes, who said them, and where they stand."""
    from docx import Document

    document = Document()
    document.add_heading(_printable(title), 1)
    for exchange in exchanges:
        document.add_heading(_printable(exchange.question), 2)
        if exchange.answer is None:
            document.add_paragraph(_printable(exchange.trouble or ""))
            continue
        for sentence in exchange.answer.sentences:
            numbers = "".join(f" [{number}]" for number in sentence.citations)
            document.add_paragraph(_printable(f"{sentence.text}{numbers}"))
        if exchange.answer.citations:
            _add_table(document, exchange.answer.citations)
    sheet = io.BytesIO()
    document.save(sheet)
    return sheet.getvalue()


def _add_table(document: Any, citations: Sequence[Citation]) -> None:  # noqa: ANN401 - python-docx names no types
    table = document.add_table(rows=1, cols=4, style="Light Grid")
    for cell, heading in zip(table.rows[0].cells, ("", "Who", "Words", "Where"), strict=True):
        cell.text = heading
    for citation in citations:
        words = (str(citation.number), credited(citation), quoted(citation), place(citation))
        for cell, text in zip(table.add_row().cells, words, strict=True):
            cell.text = _printable(text)


def _cell(value: object) -> object:
    value = "; ".join(value) if isinstance(value, list | tuple) else value
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _printable(words: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", words)
