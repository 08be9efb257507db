"""The trained weights of `weights.toml`: from what speaks for something to how likely it is. Knows no question."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from math import exp
from typing import cast


def likelihood(model: str, signals: object) -> float:
    """The probability that the model gives: a logistic function of the weighted sum of the signals that it names."""
    weights = _models()[model]
    total = sum(weight * float(getattr(signals, name)) for name, weight in weights.items() if name != "bias")
    return 1 / (1 + exp(-total - weights["bias"]))


@cache
def _models() -> Mapping[str, Mapping[str, float]]:
    text = resources.files("rag.answering").joinpath("weights.toml").read_text(encoding="utf-8")
    return cast(Mapping[str, Mapping[str, float]], tomllib.loads(text))
