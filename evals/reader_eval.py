"""Examines the reader on articles that its training never saw, and trains its weights: `make train-reader`.

`python -m evals.reader_eval held --set FOLDER --quiz FOLDER` prints how early the sentences that answer come, and how
well answered questions are told from unanswered ones: those that their article does not answer, the same without the
articles that answer, and those of another year. All is cross-validated; `--write` keeps the weights, `--curve FILE`
draws the risk-coverage curve. `python -m evals.reader_eval speed` times the reader.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evals import page, realtimeqa
from evals.reader_groups import Pages, held_questions, is_marked, is_same, library_keys
from rag import Assistant, Settings, build
from rag.answering.reading.minilm_reader import MiniLMReader
from rag.answering.reading.signals import Candidate, QuestionSignals, summary
from rag.core import Place, Query, Signals, Span

LIKELIHOOD = Path(__file__).parent.parent / "rag" / "answering" / "reading" / "likelihood.toml"
FOLDS = 5
SEEDS = 4
DEPTHS = (1, 2, 4, 6, 10)
FALSE = (0.05, 0.10)
RUNS = 50
CANDIDATES = 30
LENGTH = 60

_HEAD = """\
# What each signal of `rag/answering/reading/signals.py` weighs; written by `make train-reader`.
"""

Numbers = NDArray[np.float64]
Kind = Literal["answerable", "removed", "unanswerable", "later"]
"""Answered in the library; the same without the articles that answer; not answered; asked of another year."""

IsRight = Callable[[Place, str], bool]
"""Whether a place, with these words, answers."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question with what was read for it, and which of that answers. A `group` is split between no two folds."""

    group: str
    kind: Kind
    terms: int
    read: tuple[Signals, ...]
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """The prediction of weights that never saw the example: how likely each slice answers, and how likely any does."""

    slices: tuple[float, ...]
    answered: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Examines, or time."""
    parser = argparse.ArgumentParser(prog="python -m evals.reader_eval", description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["held", "speed"])
    parser.add_argument("--set", type=Path, help="the folder `reader-train`")
    parser.add_argument("--out", type=Path, default=Path("artifacts/reader"), help="where `evals.reader_groups` put it")
    parser.add_argument("--quiz", type=Path, help="the folder of RealTime QA")
    parser.add_argument("--quiz-data", type=Path, default=Path("artifacts/realtimeqa"), help="its library")
    parser.add_argument("--write", action="store_true", help="keep the weights")
    parser.add_argument("--curve", type=Path, help="draw the risk-coverage curve into this SVG file")
    options = parser.parse_args(arguments)
    if options.what == "speed":
        sys.stdout.write(speed(MiniLMReader(Settings.from_environment().models)))
        return 0
    sets = {
        "held out articles": list(of_articles(options.set, options.out)),
        "RealTime QA": list(of_quiz(options.quiz, options.quiz_data)),
    }
    every = [example for examples in sets.values() for example in examples]
    runs = [validated(every, seed) for seed in range(SEEDS)]
    for name, examples in sets.items():
        sys.stdout.write(f"{name}\n{ordering(examples, runs[0])}{declining(examples, runs)}")
    if options.curve:
        options.curve.write_text(curve(sets, runs[0]), encoding="utf-8")
    if options.write:
        weights = train(every)
        tables = (_table(name, of, given) for (name, of), given in zip(_MODELS.items(), weights, strict=True))
        LIKELIHOOD.write_text(_HEAD + "".join(tables), encoding="utf-8")
    return 0


def of_articles(folder: Path, out: Path) -> Iterator[Example]:
    """Yields the questions on held out articles, each again without its article."""
    keys = library_keys(out)
    with closing(build(Settings.from_environment(data=out / "library"))) as assistant:
        with assistant.store.reading() as view:
            pages = Pages(view.articles(keys), view.sentences(keys), view.statements(sources=list(keys)))
        for source, question in held_questions(folder, out):
            yield from _of_article(assistant, pages, source, question)


def _of_article(assistant: Assistant, pages: Pages, source: str, question: Mapping[str, Any]) -> Iterator[Example]:
    gold = [Span(*span) for span in question["spans"]]
    marked = [pages.text(source, span) for span in gold]
    query = assistant.understand(question["question"])

    def is_right(place: Place, words: str) -> bool:  # noqa: ARG001 - one signature for all sets
        return place.source == source and is_marked(place.span, gold)

    def is_right_elsewhere(place: Place, words: str) -> bool:  # noqa: ARG001
        return any(is_same(words, sentence) for sentence in marked)

    if not gold:
        yield from read_for(assistant, query, (source, "unanswerable"), is_right)
        return
    yield from read_for(assistant, query, (source, "answerable"), is_right)
    without = frozenset(pages.articles) - {source}
    removed = read_for(assistant, query, (source, "removed"), is_right_elsewhere, without)
    yield from (example for example in removed if not any(example.right))


def of_quiz(folder: Path, data: Path) -> Iterator[Example]:
    """Yields the questions of RealTime QA, each again without the articles that hold its answer, and those of 2024."""
    quiz = realtimeqa.load(folder)
    with closing(build(Settings.from_environment(data=data))) as assistant:
        for asked in quiz.answerable:
            query, holds = assistant.understand(asked.text, asked=asked.asked), _holding(asked)
            yield from read_for(assistant, query, (asked.id, "answerable"), holds)
            yield from read_for(assistant, query, (asked.id, "removed"), holds, quiz.without_answer(asked))
        for asked in quiz.later:
            yield from read_for(assistant, assistant.understand(asked.text), (asked.id, "later"), _holding(asked))


def _holding(asked: realtimeqa.Question) -> IsRight:
    return lambda _, words: asked.is_answered_in(words)


def read_for(
    assistant: Assistant,
    query: Query,
    of: tuple[str, Kind],
    is_right: IsRight,
    among: Collection[str] | None = None,
) -> Iterator[Example]:
    """Yields what is read for a question, `of` a group and a kind; nothing if the statements on record answer it."""
    evidence = assistant.find(query, among)
    if evidence.statements or evidence.topical or evidence.sides or evidence.tally:
        return
    right = tuple(is_right(passage.place, evidence.quote(passage.place)) for passage in evidence.read)
    yield Example(*of, len(query.terms), tuple(passage.signals for passage in evidence.read), right)


def train(examples: Sequence[Example]) -> tuple[Numbers, Numbers]:
    """Trains the weights, bias last, for a slice to answer and for a question to be answered.

    Questions of another year are left out: they are easy, and would hide the hard ones.
    """
    kept = [example for example in examples if example.kind != "later" and example.read]
    rows = _matrix([signals for example in kept for signals in example.read])
    sentence = logistic(rows, np.array([right for example in kept for right in example.right], float))
    whole = _matrix([summary(example.terms, example.read, _named(Signals, sentence)) for example in kept])
    return sentence, logistic(whole, np.array([example.kind == "answerable" for example in kept], float))


def validated(examples: Sequence[Example], seed: int = 0) -> dict[Example, Given]:
    """Predicts each example with weights that were trained on other groups."""
    groups = sorted({example.group for example in examples})
    folds = dict(zip(groups, np.random.default_rng(seed).permutation(len(groups)) % FOLDS, strict=True))
    given: dict[Example, Given] = {}
    for fold in range(FOLDS):
        sentence, answered = train([example for example in examples if folds[example.group] != fold])
        for example in examples:
            if folds[example.group] == fold:
                given[example] = _given(example, sentence, answered)
    return given


def _given(example: Example, sentence: Numbers, answered: Numbers) -> Given:
    if not example.read:
        return Given((), 0.0)
    whole = summary(example.terms, example.read, _named(Signals, sentence))
    slices = probability(_matrix(example.read), sentence).tolist()
    return Given(tuple(slices), float(probability(_matrix([whole]), answered)[0]))


def ordering(examples: Sequence[Example], given: Mapping[Example, Given]) -> str:
    """Tells how early the first slice that answers comes; a question for which none was read counts as never."""
    asked = [example for example in examples if example.kind == "answerable"]
    scores = {
        "the reader alone": [tuple(signals.score for signals in example.read) for example in asked],
        "weighed with words, names, years": [given[example].slices for example in asked],
    }
    return "".join(f"  {name:<34}{_ranked(asked, values)}\n" for name, values in scores.items())


def _ranked(asked: Sequence[Example], scores: Sequence[Sequence[float]]) -> str:
    ranks = []
    for example, values in zip(asked, scores, strict=True):
        if any(example.right):
            best = max(value for value, right in zip(values, example.right, strict=True) if right)
            ranks.append(1 + sum(value > best for value in values))
    firsts = " ".join(f"first {depth} {sum(rank <= depth for rank in ranks) / len(asked):.3f}" for depth in DEPTHS)
    mrr = sum(1 / rank for rank in ranks) / len(asked)
    return f"{firsts} MRR {mrr:.3f} (of {len(asked)}, possible {len(ranks) / len(asked):.3f})"


def declining(examples: Sequence[Example], runs: Sequence[Mapping[Example, Given]]) -> str:
    """Tells how well the answerable are told from each other kind; means over the runs."""
    lines = []
    for kind in dict.fromkeys(example.kind for example in examples if example.kind != "answerable"):
        pairs = [(_likely(examples, run, "answerable"), _likely(examples, run, kind)) for run in runs]
        auc = float(np.mean([np.mean(whole[:, None] > others[None]) for whole, others in pairs]))
        told = [f"  answerable from {kind} ({len(pairs[0][1])}): AUC {auc:.3f}"]
        for share in FALSE:
            rightly = np.mean([np.mean(others < np.quantile(whole, share)) for whole, others in pairs])
            told.append(f"where {share:.0%} are declined wrongly, {rightly:.3f} are declined rightly")
        lines.append(f"{'; '.join(told)}\n")
    limit = Settings().support
    kinds = dict.fromkeys(example.kind for example in examples)
    shares = ", ".join(f"{kind} {np.mean(_likely(examples, runs[0], kind) < limit):.3f}" for kind in kinds)
    return f"{''.join(lines)}  declined at {limit}: {shares}\n"


def _likely(examples: Sequence[Example], run: Mapping[Example, Given], kind: Kind) -> Numbers:
    return np.array([run[example].answered for example in examples if example.kind == kind])


def curve(sets: Mapping[str, Sequence[Example]], given: Mapping[Example, Given]) -> str:
    """The share of wrong first slices among the questions answered, by how many are; unanswerable ones are wrong."""
    drawn = []
    for shade, (name, examples) in enumerate(sets.items()):
        asked = sorted(
            (example for example in examples if example.kind != "later"), key=lambda example: -given[example].answered
        )
        wrong = np.cumsum([not _is_right_first(example, given[example]) for example in asked])
        points = tuple((place / len(asked), wrong[place - 1] / place) for place in range(1, len(asked) + 1))
        drawn.append(page.Line(name, points, shade))
    return page.lines("Risk and coverage", page.Axis("answered"), page.Axis("wrong first slice"), drawn)


def _is_right_first(example: Example, given: Given) -> bool:
    return bool(example.read) and example.right[int(np.argmax(given.slices))]


def logistic(rows: Numbers, labels: Numbers, ridge: float = 1.0) -> Numbers:
    """Fits weights, bias last, by Newton's method with a ridge on all but the bias. `rows` has shape (n, signals)."""
    rows = np.column_stack([rows, np.ones(len(rows))])
    penalty = np.diag([ridge] * (rows.shape[1] - 1) + [1e-6])
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        given = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (given - labels) + penalty @ weights
        weights -= np.linalg.solve((rows * (given * (1 - given))[:, None]).T @ rows + penalty, slope)
    return weights


def probability(rows: Numbers, weights: Numbers) -> Numbers:
    """Returns the probability of each row."""
    given: Numbers = 1 / (1 + np.exp(-(rows @ weights[:-1] + weights[-1])))
    return given


_MODELS: Mapping[str, type[Signals | QuestionSignals]] = {"sentence": Signals, "answered": QuestionSignals}


def _named(of: type[Signals | QuestionSignals], weights: Numbers) -> dict[str, float]:
    return dict(zip([*(field.name for field in fields_of(of)), "bias"], weights.tolist(), strict=True))


def _matrix(every: Sequence[Signals] | Sequence[QuestionSignals]) -> Numbers:
    return np.array([[getattr(example, field.name) for field in fields_of(example)] for example in every], float)


def _table(name: str, of: type[Signals | QuestionSignals], weights: Numbers) -> str:
    lines = [f"{signal} = {value:.3f}" for signal, value in _named(of, weights).items()]
    return "\n".join(["", f"[{name}]", *lines, ""])


def speed(reader: MiniLMReader) -> str:
    """Tells how long thirty sentences of sixty tokens take."""
    sentence = " ".join(["minister"] * (LENGTH - 2))
    candidates = [Candidate(sentence)] * CANDIDATES
    question = "What did the minister say about the price of bread?"
    times, spent = list[float](), list[float]()
    for _ in range(RUNS + 1):
        began, worked = time.perf_counter(), time.process_time()
        reader.scores(question, candidates)
        times.append(1000 * (time.perf_counter() - began))
        spent.append(1000 * (time.process_time() - worked))
    p50, p95 = np.quantile(times[1:], [0.5, 0.95])
    processor = np.median(spent[1:])
    what = f"{CANDIDATES} candidates of {LENGTH} tokens"
    return f"{what}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, of the processors' time {processor:.0f} ms ({RUNS} runs)\n"


if __name__ == "__main__":
    sys.exit(main())
