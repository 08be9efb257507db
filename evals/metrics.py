"""The metrics: each looks at one case and its answer and gives a number, or None where it does not apply.

Numbers run from 0 to 1. Knows nothing of how answers are made; offsets are checked against the articles' texts.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from evals.cases import Case, Excerpt
from rag.types import Answer, Article, Citation, NearMiss

Articles = Mapping[str, Article]


class Measure(Protocol):
    """What a metric is: a function of a case, its answer and the articles (by source) that the answer shows."""

    def __call__(self, case: Case, answer: Answer, articles: Articles, /) -> float | None:
        """The score, or None where the metric does not apply to this case and answer."""


def slice_exactness(_case: Case, answer: Answer, articles: Articles) -> float | None:
    """Share of shown places (citations and near misses) with `text[start:end] == quote`."""
    shown: tuple[Citation | NearMiss, ...] = (*answer.citations, *answer.near_misses)
    return _share(articles[place.source].text[place.start : place.end] == place.quote for place in shown)


def quote_exactness(_case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Share of the texts in quotation marks that stand verbatim in a slice which their sentence cites."""
    quotes = {citation.number: citation.quote for citation in answer.citations}
    return _share(
        any(quoted in quotes.get(number, "") for number in sentence.citations)
        for sentence in answer.sentences
        for quoted in quoted_texts(sentence.text)
    )


def sentence_coverage(_case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Share of sentences that rest on a citation of this answer or are frames."""
    numbers = {citation.number for citation in answer.citations}
    return _share(
        numbers.issuperset(sentence.citations) and (sentence.verdict == "frame" or bool(sentence.citations))
        for sentence in answer.sentences
    )


def evidence_recall(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Share of the case's evidence of which a citation shows all words."""
    return _share(
        any(excerpt.is_held_by(citation) for excerpt in group for citation in answer.citations)
        for group in case.evidence
    )


def citation_precision(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Share of citations that show evidence, or what the case allows beside it.

    Judged by the words named in the case, unlike ALCE (Gao et al., EMNLP 2023), where a model of entailment judges.
    """
    if case.is_to_be_declined:
        return None
    return _share(any(excerpt.meets(citation) for excerpt in case.expected()) for citation in answer.citations)


def forbidden_citations(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """1 if the answer cites a forbidden file, or shows forbidden words even as a near miss."""
    if not case.forbidden:
        return None
    return float(any(_is_broken(excerpt, answer) for excerpt in case.forbidden))


def speaker_accuracy(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Share of citations of words with a known speaker that credit that speaker (narration: nobody)."""
    return _share(
        _is_credited(excerpt, citation)
        for excerpt, citation in _recognised(case, answer)
        if excerpt.speakers or excerpt.kind == "narration"
    )


def kind_accuracy(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Share of citations of words of a known kind that are shown as that: direct, reported, mixed or narration."""
    return _share(
        citation.kind == excerpt.kind for excerpt, citation in _recognised(case, answer) if excerpt.kind is not None
    )


def answer_match(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Share of the words asked for that stand in the answer's text; case, spacing and form of quotes do not count."""
    said = _plain(answer.text)
    return _share(any(_plain(words) in said for words in group) for group in case.words)


def decline_recall(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Of questions to be declined: 1 if this one was."""
    return float(answer.status == "declined") if case.is_to_be_declined else None


def decline_precision(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Of questions that were declined: 1 if this one had to be."""
    return float(case.is_to_be_declined) if answer.status == "declined" else None


def decline_reason(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Of questions rightly declined: 1 if the reason given is one that the case accepts."""
    if not case.is_to_be_declined or answer.status != "declined":
        return None
    return float(answer.reason in case.reasons)


def false_declines(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Of questions to be answered: 1 if this one was declined."""
    return None if case.is_to_be_declined else float(answer.status == "declined")


METRICS: dict[str, Measure] = {
    metric.__name__: metric
    for metric in (
        slice_exactness,
        quote_exactness,
        sentence_coverage,
        evidence_recall,
        citation_precision,
        forbidden_citations,
        speaker_accuracy,
        kind_accuracy,
        answer_match,
        decline_recall,
        decline_precision,
        decline_reason,
        false_declines,
    )
}

BETTER_LOW = frozenset({"forbidden_citations", "false_declines"})
"""Metrics that count faults; all others are better the higher they are."""


@dataclass(frozen=True, slots=True)
class Result:
    """One case with its answer, what the metrics gave, and how long the answer took as the asker sees it."""

    case: Case
    answer: Answer
    scores: Mapping[str, float | None]
    seconds: float

    @property
    def faults(self) -> tuple[str, ...]:
        """The metrics by which this answer is not perfect."""
        perfect = {name: 0.0 if name in BETTER_LOW else 1.0 for name in self.scores}
        return tuple(name for name, score in self.scores.items() if score is not None and score != perfect[name])


@dataclass(frozen=True, slots=True)
class Mean:
    """A metric over many answers: its mean where it applied, and how many answers that were."""

    value: float | None
    judged: int


@dataclass(frozen=True, slots=True)
class Run:
    """All cases asked once. `digest` is that of the files of cases."""

    results: tuple[Result, ...]
    digest: str
    writer: str

    def means(self, kind: str | None = None) -> dict[str, Mean]:
        """Every metric over the run, or over the cases of one kind."""
        chosen = [result for result in self.results if kind in {None, result.case.kind}]
        return {name: _mean(result.scores[name] for result in chosen) for name in METRICS}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of cases, in the order of their first appearance."""
        return tuple(dict.fromkeys(result.case.kind for result in self.results))

    def latency(self, share: float) -> float:
        """The seconds within which this share of the answers was there."""
        return percentile([result.seconds for result in self.results], share)


def measure(case: Case, answer: Answer, articles: Articles) -> dict[str, float | None]:
    """What every metric gives."""
    return {name: metric(case, answer, articles) for name, metric in METRICS.items()}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least this share of them does not exceed (nearest rank)."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def quoted_texts(sentence: str) -> Iterator[str]:
    """The texts between quotation marks, “curly” or "straight"; of nested ones the outermost."""
    depth, start, straight = 0, 0, False
    for offset, mark in enumerate(sentence):
        if mark == "“" and not straight:
            depth, start = depth + 1, start if depth else offset + 1
        elif mark == "”" and depth:
            depth -= 1
            if not depth:
                yield sentence[start:offset]
        elif mark == '"' and not depth:
            if straight:
                yield sentence[start:offset]
            straight, start = not straight, offset + 1


def _recognised(case: Case, answer: Answer) -> Iterator[tuple[Excerpt, Citation]]:
    """The citations whose words the case knows."""
    for citation in answer.citations:
        for excerpt in case.expected():
            if excerpt.meets(citation):
                yield excerpt, citation


def _is_credited(excerpt: Excerpt, citation: Citation) -> bool:
    if excerpt.kind == "narration":
        return citation.speaker is None
    return citation.speaker is not None and _plain(citation.speaker) in {_plain(name) for name in excerpt.speakers}


def _is_broken(excerpt: Excerpt, answer: Answer) -> bool:
    shown: tuple[Citation | NearMiss, ...] = answer.citations
    if excerpt.quote is not None:
        shown += answer.near_misses
    return any(excerpt.meets(place) for place in shown)


def _plain(text: str) -> str:
    """The text for comparison: no case, no accents, one kind of quotation mark, single spaces."""
    letters = unicodedata.normalize("NFKD", text).translate(str.maketrans("‘’“”", "''\"\""))
    return re.sub(r"\s+", " ", "".join(mark for mark in letters if not unicodedata.combining(mark))).casefold().strip()


def _share(outcomes: Iterable[bool]) -> float | None:
    """The share that holds; None of none."""
    kept = list(outcomes)
    return sum(kept) / len(kept) if kept else None


def _mean(scores: Iterable[float | None]) -> Mean:
    judged = [score for score in scores if score is not None]
    return Mean(sum(judged) / len(judged) if judged else None, len(judged))
