"""The examination: asks every case, measures every answer, prints the table. Knows nothing of how answers are made."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from evals.cases import Case, CaseError, digest, load
from evals.metrics import Result, Run, measure
from rag.errors import LibraryError
from rag.types import Answer, Article, Turn


class Examined(Protocol):
    """Who answers: onrecord's assistant, or whatever is set beside it."""

    def ask(self, question: str, history: Sequence[Turn] = (), asked: dt.date | None = None) -> Answer:
        """The answer, checked."""

    def article(self, source: str) -> Article:
        """The article of that name. Raises LibraryError if the library does not hold it."""


def evaluate(
    examined: Examined, *, cases: Path | None = None, json_path: Path | None = None, html_path: Path | None = None
) -> int:
    """Examine, print the table, write the reports asked for. Returns 0, or 1 after a sentence for every missed floor.

    `cases` is a file or folder of cases; by default onrecord's own, and only these have floors.
    """
    from evals import gate, report

    run = examine(examined, load(cases), digest(cases))
    floors = gate.load_floors() if cases is None else None
    missed = gate.missed(run, floors) if floors else ()
    report.print_run(run, floors)
    if json_path:
        report.write(json_path, report.as_json(run, floors, missed))
    if html_path:
        report.write(html_path, report.as_html(run, missed))
    for sentence in missed:
        sys.stderr.write(f"{sentence}\n")
    return 1 if missed else 0


def examine(examined: Examined, cases: Sequence[Case], cases_digest: str) -> Run:
    """Ask every case once, in order. The first is asked once more before the clock runs, so that models are loaded.

    Raises CaseError if a case names words or files that the library does not hold.
    """
    if not cases:
        raise CaseError("There are no cases to ask: every line of the files is empty.")
    articles = _named_articles(examined, cases)
    _ask(examined, cases[0])
    results = []
    for case in cases:
        started = time.perf_counter()
        answer = _ask(examined, case)
        seconds = time.perf_counter() - started
        shown = {place.source for place in answer.citations} | {place.source for place in answer.near_misses}
        articles |= {source: examined.article(source) for source in shown - articles.keys()}
        results.append(Result(case, answer, measure(case, answer, articles), seconds))
    return Run(tuple(results), cases_digest, results[0].answer.writer)


def _named_articles(examined: Examined, cases: Sequence[Case]) -> dict[str, Article]:
    """The articles that the cases name, by source, after a look whether they hold the words the cases quote."""
    articles: dict[str, Article] = {}
    for case in cases:
        for excerpt in case.excerpts():
            try:
                article = articles.get(excerpt.source) or examined.article(excerpt.source)
            except LibraryError as error:
                raise CaseError(
                    f"Case {case.id} names {excerpt.source}, which this library does not hold: give cases of your own "
                    "with `--cases`, or the library of the articles that these are about with `--data`."
                ) from error
            if excerpt.quote is not None and excerpt.quote not in article.text:
                raise CaseError(f"Case {case.id} quotes “{excerpt.quote}”, which {excerpt.source} does not hold.")
            articles[excerpt.source] = article
    return articles


def _ask(examined: Examined, case: Case) -> Answer:
    return examined.ask(case.question, case.history, case.asked)
