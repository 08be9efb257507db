"""Trains which sentences an answer shows: `python -m evals.train_selection --set FOLDER --write`.

The questions are those of `reader-train` on articles that the reader's training never saw; `evals.reader_groups` made
the library. Prints, cross-validated by article, how many of the right sentences are among as many as are shown: by the
likelihood alone, and with each sentence's standing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.reader_eval import FOLDS, logistic, probability
from evals.reader_groups import held_questions, is_marked
from rag import Settings, build
from rag.answering.reading import signals
from rag.answering.reading.signals import SentenceStanding
from rag.core import Place, Span

WEIGHTS = Path(signals.__file__).with_name("sentence_selection.toml")
SHOWN = (4, 5, 6, 7, 8)
"""Sentences in an answer, on average."""

_HEAD = """\
# What each part of a sentence's `SentenceStanding` weighs; written by `python -m evals.train_selection --write`.

[shown]
"""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Question:
    """A question on an article: the standing of every sentence read, and which of them answer."""

    article: str
    standings: Numbers
    right: NDArray[np.bool_]


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks, trains, prints the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.train_selection", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="the folder `reader-train`")
    parser.add_argument("--out", type=Path, default=Path("artifacts/reader"), help="where `evals.reader_groups` put it")
    parser.add_argument("--write", action="store_true", help="keep the weights")
    options = parser.parse_args(arguments)
    questions = list(questions_of(options.set, options.out))
    sys.stdout.write(f"{len(questions)} questions, {sum(int(q.right.sum()) for q in questions)} right sentences\n")
    alone = [question.standings[:, 0] for question in questions]
    for name, given in (("by likelihood alone", alone), ("with the standing", validated(questions))):
        shares = ", ".join(f"{mean} shown {recall(questions, given, mean):.3f}" for mean in SHOWN)
        sys.stdout.write(f"  {name}: {shares}\n")
    if options.write:
        weights = zip([*(field.name for field in fields(SentenceStanding)), "bias"], train(questions), strict=True)
        lines = (f"{name} = {weight:.3f}\n" for name, weight in weights)
        WEIGHTS.write_text(_HEAD + "".join(lines), encoding="utf-8")
    return 0


def questions_of(folder: Path, out: Path) -> Iterator[Question]:
    """Yields the answered questions on held out articles for which the sentences of articles are read."""
    with closing(build(Settings.from_environment(data=out / "library"))) as assistant:
        for source, asked in held_questions(folder, out):
            if not asked["spans"]:
                continue
            evidence = assistant.find(assistant.understand(asked["question"]))
            standings = signals.standings(evidence.read, evidence.sentences)
            if standings and not evidence.statements and not evidence.sides and not evidence.tally:
                rows = np.array([astuple(standing) for standing in standings.values()])
                yield Question(source, rows, right_among(standings, source, asked))


def right_among(
    standings: Mapping[Place, SentenceStanding], source: str, asked: Mapping[str, Any]
) -> NDArray[np.bool_]:
    """Returns for each sentence whether it is one of the marked ones."""
    gold = [Span(*span) for span in asked["spans"]]
    return np.array([place.source == source and is_marked(place.span, gold) for place in standings])


def train(questions: Sequence[Question]) -> list[float]:
    """Trains the weights of the standing, bias last."""
    rows = np.concatenate([question.standings for question in questions])
    right = np.concatenate([question.right for question in questions])
    return [float(weight) for weight in logistic(rows, right.astype(float))]


def validated(questions: Sequence[Question]) -> list[Numbers]:
    """Predicts each question's sentences with weights that were trained on other articles."""
    articles = sorted({question.article for question in questions})
    folds = dict(zip(articles, np.random.default_rng(0).permutation(len(articles)) % FOLDS, strict=True))
    weights = [
        np.array(train([question for question in questions if folds[question.article] != fold]))
        for fold in range(FOLDS)
    ]
    return [probability(question.standings, weights[folds[question.article]]) for question in questions]


def recall(questions: Sequence[Question], given: Sequence[Numbers], mean: int) -> float:
    """Returns the share of right sentences among those above the threshold at which `mean` are shown on average."""
    least = np.sort(np.concatenate(given))[::-1][: mean * len(questions)][-1]
    right = sum(int(question.right[shown >= least].sum()) for question, shown in zip(questions, given, strict=True))
    return right / max(1, sum(int(question.right.sum()) for question in questions))


if __name__ == "__main__":
    sys.exit(main())
