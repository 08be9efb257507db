"""Trains the weights that order slices and decide to decline: `make train-decline SET=FOLDER CLAPNQ=FOLDER`.

On two sets that others made: every answerable question of RealTime QA as it is and again without each article that
holds its answer, and the questions of ClapNQ, short ones that half of the passages answer. The weights go into
`rag/answering/weights.toml`; what is printed is five-fold cross-validated over questions. Plain numpy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.outside import indexed
from evals.outside_sets import read_clapnq
from evals.quizzes import load
from rag import Assistant, Settings, build
from rag.answering.support import Signals, supporting
from rag.types import Query

SLICE = ("carried", "nearby", "fits", "pairs", "rank", "timely")
ANSWER = ("carried", "nearby", "top", "similarity", "timely", "long")
WEIGHTS = Path(__file__).parent.parent / "rag" / "answering" / "weights.toml"
FOLDS = 5
FALSE = 0.10
_MARKED = 60
"""Letters of a marked sentence that a slice must hold; ClapNQ cuts sentences as it likes."""

_HEAD = """\
# What each signal of `rag/answering/support.py` weighs; written by `make train-decline` (`evals/DECISIONS.md`).
"""
_SAYS = {
    "slice": "Which slice of an answer comes first.",
    "answer": "Whether the best slice answers at all.",
}

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """The slices for a question, each with whether it holds the answer; `question` tells those of one pair."""

    question: str
    slices: tuple[tuple[Signals, bool], ...]
    is_answerable: bool


def main(words: Sequence[str] | None = None) -> int:
    """Train, print the cross-validated figures, write the weights."""
    parser = argparse.ArgumentParser(prog="python -m evals.train_decline", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="the folder of RealTime QA")
    parser.add_argument(
        "--data", type=Path, required=True, help="its library, as `python -m evals.realtimeqa` makes it"
    )
    parser.add_argument("--clapnq", type=Path, required=True, help="the folder of ClapNQ")
    parser.add_argument("--clapnq-data", type=Path, required=True, help="its library, made here where there is none")
    options = parser.parse_args(words)
    sets = {
        "RealTime QA": tuple(of_realtimeqa(options.set, options.data)),
        "ClapNQ": tuple(of_clapnq(options.clapnq, options.clapnq_data)),
    }
    every = [one for examples in sets.values() for one in examples]
    for seed in range(FOLDS):
        given = validated(every, seed)
        for name, examples in sets.items():
            sys.stdout.write(f"seed {seed}, {name}: {_declined(examples, given)}\n")
    slice_weights = train_slice(every)
    written = {"slice": (SLICE, slice_weights), "answer": (ANSWER, train_answer(every, slice_weights))}
    WEIGHTS.write_text(_HEAD + "".join(_table(name, *of) for name, of in written.items()), encoding="utf-8")
    return 0


def of_realtimeqa(folder: Path, data: Path) -> Iterator[Example]:
    """Each answerable question as it is, and robbed of the articles that answer it."""
    quiz = load(folder)
    with closing(build(Settings.from_environment(data=data))) as assistant:
        for asked in quiz.answerable:
            for among in (None, quiz.without_answer(asked)):
                query = assistant.understand(asked.text, asked=asked.asked)
                found = _slices(assistant, query, among, asked.is_answered_in)
                yield Example(f"realtimeqa {asked.id}", found, among is None)


def of_clapnq(folder: Path, library: Path) -> Iterator[Example]:
    """Each question over the passages of all; a slice answers if it holds most of a sentence that people marked."""
    outside = read_clapnq(folder)
    with closing(indexed(outside, library)) as assistant:
        for asked in outside.questions:
            marked = [_letters(sentence)[:_MARKED] for sentence in asked.sentences]
            query = assistant.understand(asked.text)
            found = _slices(assistant, query, None, partial(_holds_one, marked=marked))
            yield Example(f"clapnq {asked.id}", found, asked.answerable)


def train_slice(examples: Sequence[Example]) -> Numbers:
    """Weights, the bias last, for a slice to hold the answer."""
    rows = [one for example in examples if example.is_answerable for one in example.slices]
    return logistic(_matrix([signals for signals, _ in rows], SLICE), np.array([holds for _, holds in rows], float))


def train_answer(examples: Sequence[Example], slice_weights: Numbers) -> Numbers:
    """Weights, the bias last, for a question to be answered at all."""
    rows = _matrix([best(example, slice_weights) for example in examples], ANSWER)
    return logistic(rows, np.array([example.is_answerable for example in examples], float))


def validated(examples: Sequence[Example], seed: int) -> Mapping[Example, float]:
    """The probability of an answer for each example, by weights that were trained on the questions of other folds."""
    questions = sorted({example.question for example in examples})
    folds = dict(zip(questions, np.random.default_rng(seed).permutation(len(questions)) % FOLDS, strict=True))
    given: dict[Example, float] = {}
    for fold in range(FOLDS):
        known = [example for example in examples if folds[example.question] != fold]
        asked = [example for example in examples if folds[example.question] == fold]
        slice_weights = train_slice(known)
        weights = train_answer(known, slice_weights)
        rows = _matrix([best(example, slice_weights) for example in asked], ANSWER)
        given |= dict(zip(asked, probability(rows, weights).tolist(), strict=True))
    return given


def _declined(examples: Sequence[Example], given: Mapping[Example, float]) -> str:
    """The shares declined in vain and rightly: at the threshold that is set, and where the former is FALSE."""
    whole = np.array([given[one] for one in examples if one.is_answerable])
    robbed = np.array([given[one] for one in examples if not one.is_answerable])
    thresholds = {"as set": Settings().support, f"at {FALSE:.0%}": float(np.quantile(whole, FALSE))}
    return "; ".join(
        f"{name} ({limit:.2f}) {np.mean(whole < limit):.3f} in vain, {np.mean(robbed < limit):.3f} rightly"
        for name, limit in thresholds.items()
    )


def _slices(
    assistant: Assistant, query: Query, among: Collection[str] | None, is_answered_in: Callable[[str], bool]
) -> tuple[tuple[Signals, bool], ...]:
    evidence = assistant.find(query, among)
    found = supporting(query, evidence)
    return tuple((one.signals, is_answered_in(evidence.quote(one.place))) for one in found)


def _holds_one(text: str, *, marked: Sequence[str]) -> bool:
    words = _letters(text)
    return any(sentence in words or words in sentence for sentence in marked)


def _letters(text: str) -> str:
    """A text without its spaces: ClapNQ puts some around every sign."""
    return "".join(text.split())


def best(example: Example, weights: Numbers) -> Signals:
    """The slice that would come first; one that nothing speaks for where there is none."""
    every = [signals for signals, _ in example.slices]
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
