"""How well retrieval ranks the evidence of a case, by `ir-measures`. Knows a ranking, not how it was made.

What is ranked are passages; relevant is every passage that holds an excerpt of the evidence, alternatives included.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from evals.case import Case
from rag.core import Hit

DEPTH = 10
RANKINGS = {"hit_at_4": "Success@4", "hit_at_10": "Success@10", "mrr_at_10": "RR@10", "ndcg_at_10": "nDCG@10"}
"""Our names, and those of `ir-measures`."""

INSTALL = "How well passages are ranked was not measured: `pip install 'onrecord[eval]'` brings ir-measures."


def is_installed() -> bool:
    """Whether `ir-measures` is there."""
    return find_spec("ir_measures") is not None


def rank_scores(case: Case, hits: Sequence[Hit]) -> dict[str, float | None]:
    """Every measure of one ranking; None where the case names no evidence, or `ir-measures` is not there."""
    if not case.evidence or not is_installed():
        return dict.fromkeys(RANKINGS)
    judged, ranked = _judgements(case, hits), {str(place): float(-place) for place in range(len(hits[:DEPTH]))}
    means = mean_scores({case.id: judged}, {case.id: ranked}, tuple(RANKINGS.values()))
    return {name: means[measure] for name, measure in RANKINGS.items()}


def mean_scores(
    judged: dict[str, dict[str, int]], ranked: dict[str, dict[str, float]], measures: tuple[str, ...]
) -> dict[str, float]:
    """The mean of each measure over the questions that have judgements.

    Both map a question to documents: to how relevant they are, and to their scores (higher is better).
    """
    import ir_measures

    asked = [ir_measures.parse_measure(measure) for measure in measures]
    return {str(measure): float(value) for measure, value in ir_measures.calc_aggregate(asked, judged, ranked).items()}


def _judgements(case: Case, hits: Sequence[Hit]) -> dict[str, int]:
    """Places in the ranking that hold evidence; an excerpt that none holds stands for a passage that was not found."""
    judged: dict[str, int] = {}
    for excerpt in (excerpt for group in case.evidence for excerpt in group):
        holding = [
            str(place)
            for place, hit in enumerate(hits[:DEPTH])
            if hit.passage.source == excerpt.source and (excerpt.quote or "") in hit.passage.text
        ]
        judged |= dict.fromkeys(holding or [f"missed: {excerpt.source} {excerpt.quote}"], 1)
    return judged
