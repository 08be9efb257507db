"""Runs the eval: asks every case, measures every answer, prints the table, keeps the run and writes the reports."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from evals.cases import Case, CaseError, CaseSet, case_sets
from evals.metrics import DEPTH, INSTALL, is_installed, is_right, measure, rank_scores
from evals.runs import Exam, Result, Run
from rag.core import Answer, Article, Hit, Turn
from rag.core.errors import LibraryError


class Examined(Protocol):
    """Who answers: onrecord's assistant, or a baseline."""

    def ask(self, question: str, history: Sequence[Turn] = (), asked: dt.date | None = None) -> Answer:
        """Answers a question."""

    def search(self, question: str, limit: int = 10) -> Sequence[Hit]:
        """Ranks the passages that fit best."""

    def article(self, source: str) -> Article:
        """Finds the article of that name. Raises LibraryError if the library does not hold it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to examine, and which reports to write.

    `cases` is a file or folder of cases; by default onrecord's own, and only these have floors. `unseen` are cases to
    report apart. `runs` is the folder that keeps every exam, for the trend and for comparing.
    """

    runs: Path
    cases: Path | None = None
    unseen: Path | None = None
    json_path: Path | None = None
    html_path: Path | None = None
    raise_floors: bool = False


def evaluate(
    examined: Examined, wanted: Wanted, baseline: Examined | None = None, model: Examined | None = None
) -> int:
    """Runs the eval, prints the table, keeps the run, writes the reports asked for.

    `baseline` and `model` are asked the same cases for comparison; floors do not apply to them.
    Returns 0, or 1 after a sentence for every missed floor.
    """
    from evals import page, report, runs

    sets, past = case_sets(wanted.cases, wanted.unseen), runs.trend(wanted.runs)
    taken = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    ours = tuple(examine(examined, cases) for cases in sets)
    beside = tuple(_without_unjudged(examine(baseline, cases)) for cases in sets) if baseline else ()
    exam = Exam(taken, ours, beside, tuple(examine(model, cases, is_warm=True) for cases in sets) if model else ())
    pinned = runs.load_floors() if wanted.cases is None else {}
    if wanted.raise_floors and wanted.cases is None:
        pinned = runs.raised(ours, pinned)
        runs.save_floors(pinned)
    missed = runs.missed(ours, pinned)
    report.print_exam(exam, pinned)
    text = report.as_json(exam, pinned, missed)
    runs.keep(wanted.runs, taken, text)
    if wanted.json_path:
        report.write(wanted.json_path, text)
    if wanted.html_path:
        report.write(wanted.html_path, page.as_html(exam, pinned, missed, [*past, runs.Past.of(exam)]))
    for sentence in missed:
        sys.stderr.write(f"{sentence}\n")
    if not is_installed():
        sys.stderr.write(f"{INSTALL}\n")
    return 1 if missed else 0


def examine(examined: Examined, wanted: CaseSet, *, is_warm: bool = False) -> Run:
    """Asks every case once, in order. The first is asked once more before the clock runs, so that models are loaded.

    With `is_warm` it is not: a question to a chat model costs money, and its second answer would come from the cache.
    Raises CaseError if a case names words or files that the library does not hold.
    """
    if not wanted.cases:
        raise CaseError(f"There are no cases to ask in {wanted.name}: every line of the files is empty.")
    articles = _named_articles(examined, wanted.cases)
    if not is_warm:
        _ask(examined, wanted.cases[0])
    results = []
    for case in wanted.cases:
        started = time.perf_counter()
        answer = _ask(examined, case)
        seconds = time.perf_counter() - started
        shown = {place.source for place in answer.citations} | {place.source for place in answer.near_misses}
        articles |= {source: examined.article(source) for source in shown - articles.keys()}
        hits = examined.search(answer.standalone_question, DEPTH) if case.evidence else ()
        results.append(Result(case, answer, measure(case, answer, articles) | rank_scores(case, hits), seconds))
    return Run(wanted.name, tuple(results), wanted.digest, _writer(results))


def _writer(results: Sequence[Result]) -> str:
    """Names the writer: the model, if it wrote any answer."""
    return next(
        (result.answer.writer for result in results if result.answer.writer != "offline"), results[0].answer.writer
    )


def _without_unjudged(run: Run) -> Run:
    """Removes from the baseline's run the metrics of what it does not attempt."""
    from evals.baseline import UNJUDGED

    return replace(run, results=tuple(_forgiven(result, UNJUDGED) for result in run.results))


def _forgiven(result: Result, names: frozenset[str]) -> Result:
    scores = dict(result.scores) | dict.fromkeys(names)
    return replace(result, scores=scores | {"right": float(is_right(scores))})


def _named_articles(examined: Examined, cases: Sequence[Case]) -> dict[str, Article]:
    """Loads the articles that the cases name, and checks that they hold the words the cases quote."""
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
