"""The exam of the draft check: what is laid is what it says it is, and the counts are those of the verdicts."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from evals import verification

if TYPE_CHECKING:
    from rag import Assistant


def test_true_quotes_are_left_and_lies_are_lies(assistant: Assistant) -> None:
    true = dict(verification._quotes(assistant))
    laid = list(verification._laid(assistant, 3, random.Random(1)))  # noqa: S311 - a sample, not a secret
    assert Counter(one.kind for one in laid) == {"true": 3, "altered": 3, "swapped speaker": 3, "invented": 1}
    for one in laid:
        if one.kind == "true":
            assert true[one.quote] == one.name
        elif one.kind == "swapped speaker":
            assert true[one.quote] != one.name
        else:
            assert one.quote not in true
        if one.kind == "altered":
            assert any(
                sum(ours != theirs for ours, theirs in zip(one.quote.split(), quote.split(), strict=True)) == 1
                for quote in true
                if len(quote.split()) == len(one.quote.split())
            )


def test_few_quotes_of_the_seeds_are_given_their_verdicts(assistant: Assistant) -> None:
    results, seconds = verification.outcomes(assistant, 3)
    counts = verification.table(results)
    assert seconds > 0
    assert sum(count.total() for count in counts.values()) == len(results) == 10
    assert counts["true"] == {"verbatim": 3}
    assert counts["altered"] == {"altered": 3}
    assert counts["invented"] == {"not_found": 1}
    assert counts["swapped speaker"]["wrong_speaker"] + counts["swapped speaker"]["verbatim"] == 3


@pytest.mark.parametrize(("right", "laid", "share"), [(3, 4, 0.75), (0, 4, 0.0), (0, 0, None)])
def test_a_share_of_nothing_is_no_share(right: int, laid: int, share: float | None) -> None:
    counts = verification.table([])
    counts["true"].update({"verbatim": right, "altered": laid - right})
    assert verification.share_right(counts, "true") == share
