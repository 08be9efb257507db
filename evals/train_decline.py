"""Trains the weights that order slices and decide to decline: `make train-decline` (`--set FOLDER --data LIBRARY`).

On pairs: every answerable question of RealTime QA as it is, and again without each article that holds its answer. The
weights go into `rag/answering/weights.toml`; what is printed is five-fold cross-validated over questions. Plain numpy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.quizzes import Question, load
from rag import Assistant, Settings, build
from rag.answering.support import Signals, Supported, supporting

SLICE = ("carried", "nearby", "fits", "pairs", "rank", "timely")
ANSWER = ("carried", "nearby", "top", "similarity", "timely", "long")
WEIGHTS = Path(__file__).parent.parent / "rag" / "answering" / "weights.toml"
FOLDS = 5
FALSE = 0.10
_HEAD = """\
# What each signal of `rag/answering/support.py` weighs; written by `make train-decline` (`evals/DECISIONS.md`).
"""
_SAYS = {
    "slice": "Which slice of an answer comes first.",
    "answer": "Whether the best slice answers at all.",
}

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """The slices for a question as it is, each with whether it holds the answer, and for the question robbed of it."""

    whole: tuple[tuple[Signals, bool], ...]
    robbed: tuple[Signals, ...]


def main(words: Sequence[str] | None = None) -> int:
    """Train, print the cross-validated figures, write the weights."""
    parser = argparse.ArgumentParser(prog="python -m evals.train_decline", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="the folder of RealTime QA")
    parser.add_argument(
        "--data", type=Path, required=True, help="its library, as `python -m evals.realtimeqa` makes it"
    )
    options = parser.parse_args(words)
    quiz = load(options.set)
    with closing(build(Settings.from_environment(data=options.data))) as assistant:
        pairs = [
            Pair(
                tuple((one.signals, asked.is_answered_in(text)) for one, text in slices(assistant, asked, None)),
                tuple(one.signals for one, _ in slices(assistant, asked, quiz.without_answer(asked))),
            )
            for asked in quiz.answerable
        ]
    for seed in range(FOLDS):
        sys.stdout.write(
            "seed {}: {:.3f} declined in vain, {:.3f} declined rightly\n".format(seed, *validated(pairs, seed))
        )
    slice_weights = train_slice(pairs)
    answer_weights, threshold = train_answer(pairs, slice_weights)
    sys.stdout.write(f"Settings.support for {FALSE:.0%} false declines: {threshold:.2f}\n")
    written = {"slice": (SLICE, slice_weights), "answer": (ANSWER, answer_weights)}
    WEIGHTS.write_text(_HEAD + "".join(_table(name, *of) for name, of in written.items()), encoding="utf-8")
    return 0


def slices(assistant: Assistant, asked: Question, among: frozenset[str] | None) -> list[tuple[Supported, str]]:
    """What could answer the question, best first, with its words."""
    query = assistant.understand(asked.text, asked=asked.asked)
    evidence = assistant.find(query, among)
    return [(one, evidence.quote(one.place)) for one in supporting(query, evidence)]


def train_slice(pairs: Sequence[Pair]) -> Numbers:
    """Weights, the bias last, for a slice to hold the answer."""
    rows = [one for pair in pairs for one in pair.whole]
    return logistic(_matrix([signals for signals, _ in rows], SLICE), np.array([holds for _, holds in rows], float))


def train_answer(pairs: Sequence[Pair], slice_weights: Numbers) -> tuple[Numbers, float]:
    """Weights for a question to be answered at all, and the probability below which FALSE of those with answer lie."""
    whole = [best([signals for signals, _ in pair.whole], slice_weights) for pair in pairs]
    robbed = [best(pair.robbed, slice_weights) for pair in pairs]
    rows = _matrix([*whole, *robbed], ANSWER)
    weights = logistic(rows, np.array([1.0] * len(whole) + [0.0] * len(robbed)))
    return weights, float(np.quantile(probability(rows[: len(whole)], weights), FALSE))


def validated(pairs: Sequence[Pair], seed: int) -> tuple[float, float]:
    """Shares of the whole and of the robbed questions that are declined by weights of the other folds."""
    folds = np.random.default_rng(seed).permutation(len(pairs)) % FOLDS
    declined: list[tuple[bool, bool]] = []
    for fold in range(FOLDS):
        known = [pair for pair, of in zip(pairs, folds, strict=True) if of != fold]
        slice_weights = train_slice(known)
        weights, threshold = train_answer(known, slice_weights)
        for pair in (pair for pair, of in zip(pairs, folds, strict=True) if of == fold):
            both = [best([one for one, _ in pair.whole], slice_weights), best(pair.robbed, slice_weights)]
            whole, robbed = probability(_matrix(both, ANSWER), weights) < threshold
            declined.append((bool(whole), bool(robbed)))
    whole_share, robbed_share = np.mean(declined, axis=0)
    return float(whole_share), float(robbed_share)


def best(every: Sequence[Signals], weights: Numbers) -> Signals:
    """The slice that would come first; one that nothing speaks for where there is none."""
    if not every:
        return Signals(*[0.0] * len(Signals.__slots__))
    return every[int(np.argmax(probability(_matrix(every, SLICE), weights)))]


def logistic(rows: Numbers, labels: Numbers, ridge: float = 1.0) -> Numbers:
    """Weights, the bias last, by Newton's method with a ridge on all but the bias. `rows` has shape (n, signals)."""
    rows = np.column_stack([rows, np.ones(len(rows))])
    penalty = np.diag([ridge] * (rows.shape[1] - 1) + [1e-6])
    weights = np.zeros(rows.shape[1])
    for _ in range(30):
        given = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (given - labels) + penalty @ weights
        weights -= np.linalg.solve((rows * (given * (1 - given))[:, None]).T @ rows + penalty, slope)
    return weights


def probability(rows: Numbers, weights: Numbers) -> Numbers:
    """What the weights give to each row."""
    given: Numbers = 1 / (1 + np.exp(-(rows @ weights[:-1] + weights[-1])))
    return given


def _matrix(every: Sequence[Signals], names: Sequence[str]) -> Numbers:
    return np.array([[getattr(one, name) for name in names] for one in every], float)


def _table(name: str, signals: Sequence[str], weights: Numbers) -> str:
    lines = [f"{signal} = {weight:.2f}" for signal, weight in zip((*signals, "bias"), weights, strict=True)]
    return "\n".join(["", f"# {_SAYS[name]}", f"[{name}]", *lines, ""])


if __name__ == "__main__":
    sys.exit(main())
