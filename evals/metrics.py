"""The metrics: each looks at one case and its answer and gives a number, or None where it does not apply.

Numbers run from 0 to 1. Knows nothing of how answers are made; offsets are checked against the articles' texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from evals import alce
from evals.case import Case, Difference, Excerpt
from evals.wording import is_worded, numbers, plain, quoted_texts
from rag.core import Answer, Article, Citation, NearMiss

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
    """Share of citations that show evidence, or what the case allows beside it: words that a person named."""
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
    said = plain(answer.text)
    return _share(any(plain(words) in said for words in group) for group in case.words)


def unsaid_words(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """1 if the answer says anything that the case wants unsaid: words that only the question puts into a mouth."""
    if not case.unsaid:
        return None
    said = plain(answer.text)
    return float(any(plain(words) in said for words in case.unsaid))


def count_match(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """1 if a sentence made by code, which is where counts stand, tells the right number, in digits or as a word."""
    if case.count is None:
        return None
    told = {number for one in answer.sentences if one.verdict == "frame" for number in numbers(one.text)}
    return float(case.count in told)


def differences_shown(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Share of the differences between sources that are shown as such; where there is none, 1 if none is announced."""
    if case.differences is None:
        return None
    if not case.differences:
        return float(not answer.differences)
    return _share(_is_shown(difference, answer) for difference in case.differences)


def standalone_match(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """1 if the question, read without its history, has a wording that the case accepts."""
    if not case.standalone:
        return None
    return float(any(is_worded(answer.standalone_question, accepted) for accepted in case.standalone))


def alce_recall(_case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Citation recall of ALCE: share of sentences that all their citations together carry. Frames carry themselves.

    Gao, Yen, Yu and Chen, "Enabling Large Language Models to Generate Text with Citations", EMNLP 2023. ALCE asks a
    model of entailment; here a sentence is carried if every content word of it, by its stem, stands in what it cites.
    """
    return _share(alce.is_carried(sentence, cited) for sentence, cited in alce.cited_sentences(answer))


def alce_precision(_case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Citation precision of ALCE: share of citations that carry their sentence alone, or without which it falls.

    The same paper and the same judge as `alce_recall`. No citation of a sentence that is not carried counts.
    """
    return _share(
        alce.is_needed(citation, sentence, cited)
        for sentence, cited in alce.cited_sentences(answer)
        for citation in cited
    )


def decline_recall(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Of questions to be declined: 1 if this one was, or if the answer says that it only shows the closest passage."""
    return float(answer.status == "declined" or answer.is_closest) if case.is_to_be_declined else None


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


def right(case: Case, answer: Answer, articles: Articles) -> float:
    """1 if nothing is wrong that a reader would be misled by or would miss: every metric of `ESSENTIAL` is perfect.

    How short an answer is (citation precision), how a decline is reasoned and how a question is worded do not count.
    """
    return float(is_right({name: METRICS[name](case, answer, articles) for name in ESSENTIAL}))


METRICS: dict[str, Measure] = {
    metric.__name__: metric
    for metric in (
        right,
        slice_exactness,
        quote_exactness,
        sentence_coverage,
        alce_recall,
        alce_precision,
        evidence_recall,
        citation_precision,
        forbidden_citations,
        speaker_accuracy,
        kind_accuracy,
        answer_match,
        unsaid_words,
        count_match,
        differences_shown,
        standalone_match,
        decline_recall,
        decline_precision,
        decline_reason,
        false_declines,
    )
}

BETTER_LOW = frozenset({"forbidden_citations", "unsaid_words", "false_declines"})
"""Metrics that count faults; all others are better the higher they are."""

ESSENTIAL = (
    "slice_exactness",
    "quote_exactness",
    "sentence_coverage",
    "evidence_recall",
    "forbidden_citations",
    "speaker_accuracy",
    "answer_match",
    "unsaid_words",
    "count_match",
    "differences_shown",
    "decline_recall",
    "false_declines",
)


def is_perfect(name: str, score: float | None) -> bool:
    """Whether the score is the best that the metric gives, or the metric does not apply."""
    return score is None or score == (0.0 if name in BETTER_LOW else 1.0)


def is_right(scores: Mapping[str, float | None]) -> bool:
    """Whether every essential metric is perfect or does not apply."""
    return all(is_perfect(name, scores[name]) for name in ESSENTIAL)


def measure(case: Case, answer: Answer, articles: Articles) -> dict[str, float | None]:
    """What every metric gives."""
    return {name: metric(case, answer, articles) for name, metric in METRICS.items()}


def _recognised(case: Case, answer: Answer) -> Iterator[tuple[Excerpt, Citation]]:
    """The citations whose words the case knows."""
    for citation in answer.citations:
        for excerpt in case.expected():
            if excerpt.meets(citation):
                yield excerpt, citation


def _is_credited(excerpt: Excerpt, citation: Citation) -> bool:
    if excerpt.kind == "narration":
        return citation.speaker is None
    return citation.speaker is not None and plain(citation.speaker) in {plain(name) for name in excerpt.speakers}


def _is_broken(excerpt: Excerpt, answer: Answer) -> bool:
    shown: tuple[Citation | NearMiss, ...] = answer.citations
    if excerpt.quote is not None:
        shown += answer.near_misses
    return any(excerpt.meets(place) for place in shown)


def _is_shown(difference: Difference, answer: Answer) -> bool:
    """Whether one group of differing citations shows every side."""
    by_number = {citation.number: citation for citation in answer.citations}
    groups = [[by_number[number] for number in group if number in by_number] for group in answer.differences]
    return any(
        all(any(excerpt.is_held_by(citation) for excerpt in side for citation in group) for side in difference)
        for group in groups
    )


def _share(outcomes: Iterable[bool]) -> float | None:
    """The share that holds; None of none."""
    kept = list(outcomes)
    return sum(kept) / len(kept) if kept else None
