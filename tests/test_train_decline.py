"""How weights are trained, on made-up signals."""

from dataclasses import fields

import numpy as np

from evals.train_decline import Pair, best, logistic, probability, train_answer, train_slice, validated
from rag.answering.support import Signals


def signals(value: float) -> Signals:
    return Signals(*[value] * len(fields(Signals)))


CLEAR = tuple(Pair(((signals(0.9), True), (signals(0.4), False)), (signals(0.2),)) for _ in range(10))


def test_weights_tell_apart_what_can_be_told_apart() -> None:
    weights = logistic(np.array([[0.0], [0.1], [0.9], [1.0]]), np.array([0.0, 0.0, 1.0, 1.0]))
    low, high = probability(np.array([[0.0], [1.0]]), weights)
    assert low < 0.5 < high


def test_the_slice_that_most_speaks_for_comes_first() -> None:
    assert best([signals(0.4), signals(0.9)], train_slice(CLEAR)) == signals(0.9)


def test_a_question_without_a_slice_has_nothing_to_speak_for_it() -> None:
    assert best([], train_slice(CLEAR)) == signals(0.0)


def test_the_threshold_lets_those_with_an_answer_pass() -> None:
    _, threshold = train_answer(CLEAR, train_slice(CLEAR))
    assert 0.5 < threshold < 1.0


def test_clear_pairs_are_declined_rightly_and_never_in_vain() -> None:
    assert validated(CLEAR, seed=1)[1] == 1.0
