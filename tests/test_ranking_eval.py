"""How a ranking is scored: against known values of the measures, by a library that we did not write."""

import math

import pytest

from evals.cases import Case, Excerpt
from evals.metrics import RANKINGS, mean_scores, rank_scores
from rag.core import Article, Hit, Span

pytest.importorskip("ir_measures")

TEXT = "It was built in 1911. It leaked since May. Share this."
DAM = Article("dam.txt", TEXT, "d1", "text", ())
BUILT, LEAKED = Excerpt("dam.txt", "built in 1911"), Excerpt("dam.txt", "leaked since May")
CASE = Case("dam", "fact", "When?", evidence=((BUILT,),))


def hit(quote: str) -> Hit:
    start = TEXT.index(quote)
    return Hit(DAM.passage((Span(start, start + len(quote)),)), 0.5)


def test_evidence_in_the_second_passage_is_scored_by_its_rank() -> None:
    scores = rank_scores(CASE, [hit("Share this."), hit("It was built in 1911.")])

    assert scores == {
        "hit_at_4": 1.0, "hit_at_10": 1.0, "mrr_at_10": 0.5, "ndcg_at_10": pytest.approx(1 / math.log2(3)),
    }  # fmt: skip


def test_evidence_that_is_not_found_scores_nothing() -> None:
    assert rank_scores(CASE, [hit("Share this.")]) == dict.fromkeys(RANKINGS, 0.0)
    assert rank_scores(CASE, []) == dict.fromkeys(RANKINGS, 0.0)


def test_alternatives_are_all_worth_finding() -> None:
    case = Case("dam", "fact", "When?", evidence=((BUILT, LEAKED),))

    one = rank_scores(case, [hit("It was built in 1911.")])["ndcg_at_10"]
    both = rank_scores(case, [hit("It was built in 1911."), hit("It leaked since May.")])["ndcg_at_10"]

    assert one is not None
    assert one < 1.0
    assert both == 1.0


def test_a_case_without_evidence_is_not_scored() -> None:
    assert rank_scores(Case("sea", "off_topic", "?", reasons=("off_topic",)), []) == dict.fromkeys(RANKINGS)


def test_means_are_over_the_questions_that_have_judgements() -> None:
    means = mean_scores({"a": {"x": 1}, "b": {"y": 1}}, {"a": {"x": 2.0, "y": 1.0}, "b": {"x": 1.0}}, ("R@10",))

    assert means == {"R@10": 0.5}
