"""Reads sets of questions that others made, each from its folder: documents, questions, and what is right for each.

They do not come with onrecord. Knows files, not how they are answered.

- SciFact and TIME, in the form of BEIR (Thakur et al., NeurIPS 2021): `corpus.jsonl`, `queries.jsonl`, `qrels.tsv`
- MultiHop-RAG (Tang and Yang, COLM 2024): the same, and the sentences that a question rests on in `queries.jsonl`
- ClapNQ (Rosenthal et al., TACL 2025): `answerable.jsonl` and `unanswerable.jsonl`, a passage to each question
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.core.errors import OnrecordError


class SetError(OnrecordError):
    """The folder does not hold the set; the message names the file."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text to be found, with what is known about it."""

    id: str
    text: str
    title: str = ""
    details: dict[str, str] = field(default_factory=dict)

    def as_article(self) -> dict[str, str]:
        """As a line of a JSON-lines file that onrecord indexes."""
        return {"text": self.text} | ({"title": self.title} if self.title else {}) | self.details


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the documents that are relevant to it, and the sentences that an answer should cite.

    `documents` gives how relevant each is, by id. A question without an answer in the set has none.
    """

    id: str
    text: str
    documents: dict[str, int]
    sentences: tuple[str, ...] = ()
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class OutsideSet:
    """Documents and questions."""

    documents: tuple[Document, ...]
    questions: tuple[Question, ...]


def read_beir(folder: Path) -> OutsideSet:
    """A set in the form of BEIR; questions without a judgement are left out."""
    judged: dict[str, dict[str, int]] = {}
    for question, document, grade in _judgements(folder / "qrels.tsv"):
        judged.setdefault(question, {})[document] = grade
    questions = [
        Question(one["_id"], one["text"], judged[one["_id"]])
        for one in _lines(folder / "queries.jsonl")
        if one["_id"] in judged
    ]
    return OutsideSet(_documents(folder), tuple(questions))


def read_multihop(folder: Path) -> OutsideSet:
    """MultiHop-RAG; the documents are made of the very sentences that questions rest on, so finding them is easy."""
    judged: dict[str, dict[str, int]] = {}
    for question, document, grade in _judgements(folder / "qrels.tsv"):
        judged.setdefault(question, {})[document] = grade
    questions = [
        Question(
            one["_id"],
            one["text"],
            judged.get(one["_id"], {}),
            tuple(evidence["fact"] for evidence in one["evidence"]),
            bool(one["answerable"]),
        )
        for one in _lines(folder / "queries.jsonl")
    ]
    return OutsideSet(_documents(folder), tuple(questions))


def read_clapnq(folder: Path) -> OutsideSet:
    """ClapNQ; each question's passage is a document, and the documents of all questions are searched together."""
    documents: dict[tuple[str, str], Document] = {}
    questions = []
    for name, answerable in (("answerable", True), ("unanswerable", False)):
        for one in _lines(folder / f"{name}.jsonl"):
            passage = one["passages"][0]
            place = (passage["title"], passage["text"])
            document = documents.setdefault(place, Document(f"d{len(documents)}", passage["text"], passage["title"]))
            sentences = tuple(sentence for output in one["output"] for sentence in output["selected_sentences"])
            relevant = {document.id: 1} if answerable else {}
            questions.append(Question(one["id"], one["input"], relevant, sentences, answerable))
    return OutsideSet(tuple(documents.values()), tuple(questions))


def _documents(folder: Path) -> tuple[Document, ...]:
    name = "corpus.jsonl" if (folder / "corpus.jsonl").is_file() else "corpus_stubs.jsonl"
    return tuple(
        Document(one["_id"], one["text"], one.get("title") or "", _details(one)) for one in _lines(folder / name)
    )


def _details(one: dict[str, Any]) -> dict[str, str]:
    named = {"outlet": one.get("source"), "published": one.get("published_at"), "url": one.get("url")}
    return {name: value for name, value in named.items() if value}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from (json.loads(line) for line in file)
    except (OSError, ValueError) as error:
        raise SetError(f"{path} cannot be read ({error}); give the folder of the set with `--set`.") from error


def _judgements(path: Path) -> Iterator[tuple[str, str, int]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                yield row["query-id"], row["corpus-id"], int(row["score"])
    except (OSError, ValueError, KeyError) as error:
        raise SetError(f"{path} cannot be read ({error}); give the folder of the set with `--set`.") from error
