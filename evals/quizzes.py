"""Reads RealTime QA: questions with their day, gold answers, relevant articles, labels checked by reading.

The folder's own README tells what the labels mean. Knows nothing of how questions are answered.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

FILE = "articles.jsonl"
_LEAST_GRADE = 2
_READ = 3
"""The grade of the article in which a reader found the answer."""

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_MARKS = re.compile(r"[^\w\s$%.]")


def normal(text: str) -> str:
    """The text in the usual form for comparing answers (Rajpurkar et al., EMNLP 2016), a space around every word."""
    bare = _ARTICLES.sub(" ", _MARKS.sub(" ", text.lower()))
    return f" {' '.join(word.strip('.') for word in bare.split())} "


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its day, its gold answers in normal form, and the grade of every relevant article."""

    id: str
    text: str
    asked: dt.date
    answers: tuple[str, ...]
    relevant: Mapping[str, int]

    def is_answered_in(self, text: str) -> bool:
        """Whether the gold answer stands in the text."""
        words = normal(text)
        return any(answer in words for answer in self.answers)


@dataclass(frozen=True)
class Quiz:
    """The set. `articles` are as a library reads them, in order; `later` questions have no answer in them."""

    articles: tuple[Mapping[str, Any], ...]
    answerable: tuple[Question, ...]
    later: tuple[Question, ...]

    @cached_property
    def _normal(self) -> dict[str, str]:
        return {source_of(line): normal(article["text"]) for line, article in enumerate(self.articles, start=1)}

    def without_answer(self, question: Question) -> frozenset[str]:
        """The sources of the articles that do not hold the question's gold answer."""
        return frozenset(
            source for source, text in self._normal.items() if not any(answer in text for answer in question.answers)
        )


def source_of(line: int) -> str:
    """The source of the article on that line of FILE."""
    return f"{FILE}#{line}"


def load(folder: Path) -> Quiz:
    """The questions whose labels a reader found right; those that refer to their choices are left out."""
    corpus = list(_lines(folder / "corpus.jsonl"))
    sources = {article["_id"]: source_of(line) for line, article in enumerate(corpus, start=1)}
    questions = {question["_id"]: question for question in _lines(folder / "queries.jsonl")}
    grades = _grades(folder / "qrels.tsv", sources)
    copies = _copies(corpus, sources)
    read = [label for label in _lines(folder / "verified.jsonl") if label["ok"] and not label["needs_choices"]]
    answerable, later = [], []
    for label in read:
        question = questions[label["_id"]]
        if not label["answerable"]:
            later.append(_question(question, {}))
            continue
        relevant = grades[label["_id"]] | {sources[label["doc"]]: _READ}
        every = {copy: grade for source, grade in relevant.items() for copy in copies[source]}
        answerable.append(_question(question, every | relevant))
    return Quiz(tuple(map(_article, corpus)), tuple(answerable), tuple(later))


def _question(line: Mapping[str, Any], relevant: Mapping[str, int]) -> Question:
    answers = tuple(normal(answer) for answer in line["answers"])
    return Question(line["_id"], line["text"], _date(line["date"]), answers, relevant)


def _date(text: str) -> dt.date:
    return dt.date.fromisoformat(text.replace("/", "-"))


def _article(line: Mapping[str, Any]) -> dict[str, Any]:
    published = str(line["publish_date"] or "").replace("/", "-")
    return {
        "title": line["title"],
        "text": line["text"],
        "url": line["url"],
        "outlet": line["source"],
        "published": published or None,
    }


def _grades(path: Path, sources: Mapping[str, str]) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for row in path.read_text(encoding="utf-8").splitlines()[1:]:
        question, article, grade = row.split("\t")
        if int(grade) >= _LEAST_GRADE:
            grades[question][sources[article]] = int(grade)
    return grades


def _copies(corpus: Iterable[Mapping[str, Any]], sources: Mapping[str, str]) -> dict[str, list[str]]:
    """For every article those with the same text, itself among them."""
    same: dict[str, list[str]] = defaultdict(list)
    for article in corpus:
        same[article["text"]].append(sources[article["_id"]])
    return {source: group for group in same.values() for source in group}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
