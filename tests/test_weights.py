"""What the trained weights say of clear cases."""

from dataclasses import fields

import pytest

from rag.answering.support import Signals
from rag.answering.weights import likelihood


def signals(value: float) -> Signals:
    return Signals(*[value] * len(fields(Signals)))


@pytest.mark.parametrize("model", ["slice", "answer"])
def test_what_everything_speaks_for_is_likely_and_what_nothing_speaks_for_is_not(model: str) -> None:
    assert likelihood(model, signals(1.0)) > 0.8
    assert likelihood(model, signals(0.0)) < 0.2
