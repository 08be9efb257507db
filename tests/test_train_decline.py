"""How weights are trained, on made-up signals."""

from dataclasses import fields

import numpy as np

from evals.train_decline import Example, best, logistic, probability, train_answer, train_slice, validated
from rag.answering.support import Signals


def signals(value: float) -> Signals:
    return Signals(*[value] * len(fields(Signals)))


WHOLE = [
    Example(str(number), ((signals(0.9), True), (signals(0.4), False)), is_answerable=True) for number in range(10)
]
ROBBED = [Example(str(number), ((signals(0.2), False),), is_answerable=False) for number in range(10)]
EVERY = [*WHOLE, *ROBBED]


def test_weights_tell_apart_what_can_be_told_apart() -> None:
    weights = logistic(np.array([[0.0], [0.1], [0.9], [1.0]]), np.array([0.0, 0.0, 1.0, 1.0]))
    low, high = probability(np.array([[0.0], [1.0]]), weights)
    assert low < 0.5 < high


def test_the_slice_that_most_speaks_for_comes_first() -> None:
    assert best(WHOLE[0], train_slice(EVERY)) == signals(0.9)


def test_a_question_without_a_slice_has_nothing_to_speak_for_it() -> None:
    assert best(Example("none", (), is_answerable=False), train_slice(EVERY)) == signals(0.0)


def test_questions_with_an_answer_are_told_from_those_robbed_of_it_by_weights_of_other_folds() -> None:
    given = validated(EVERY, seed=1)
    assert min(given[one] for one in WHOLE) > max(given[one] for one in ROBBED)


def test_a_question_and_its_robbed_twin_are_never_in_different_folds() -> None:
    twisted = [*WHOLE, Example("0", ((signals(0.9), False),), is_answerable=False)]
    given = validated(twisted, seed=1)
    assert given[twisted[0]] == given[twisted[-1]]  # judged by the same weights, which knew neither


def test_the_answer_needs_what_the_best_slice_shows() -> None:
    weights = train_answer(EVERY, train_slice(EVERY))
    assert weights[:-1].sum() > 0
