"""The metrics: each scores the answer to one case from 0 to 1, or gives None where it does not apply."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Protocol

from evals.cases import Case, Difference, Excerpt
from rag.core import Answer, Article, Citation, Hit, NearMiss, Sentence

Articles = Mapping[str, Article]


class Measure(Protocol):
    """A metric: a function of a case, its answer and the articles (by source) that the answer shows."""

    def __call__(self, case: Case, answer: Answer, articles: Articles, /) -> float | None:
        """Returns the score, or None where the metric does not apply to this case and answer."""


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
    """Share of the case's evidence that a citation shows in full."""
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
    """1 if the answer says anything that the case forbids, such as words that only the question attributes."""
    if not case.unsaid:
        return None
    said = plain(answer.text)
    return float(any(plain(words) in said for words in case.unsaid))


def count_match(case: Case, answer: Answer, _articles: Articles) -> float | None:
    """1 if a sentence made by code (where counts stand) tells the right number, in digits or as a word."""
    if case.count is None:
        return None
    told = {number for sentence in answer.sentences if sentence.verdict == "frame" for number in numbers(sentence.text)}
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
    return _share(is_carried(sentence, cited) for sentence, cited in cited_sentences(answer))


def alce_precision(_case: Case, answer: Answer, _articles: Articles) -> float | None:
    """Citation precision of ALCE: share of citations that carry their sentence alone, or without which it falls.

    The same paper and the same judge as `alce_recall`. No citation of a sentence that is not carried counts.
    """
    return _share(
        is_needed(citation, sentence, cited) for sentence, cited in cited_sentences(answer) for citation in cited
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
    """1 if nothing would mislead a reader and nothing is missing: every metric of `ESSENTIAL` is perfect.

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
    """Returns whether the score is the best that the metric gives, or the metric does not apply."""
    return score is None or score == (0.0 if name in BETTER_LOW else 1.0)


def is_right(scores: Mapping[str, float | None]) -> bool:
    """Returns whether every essential metric is perfect or does not apply."""
    return all(is_perfect(name, scores[name]) for name in ESSENTIAL)


def measure(case: Case, answer: Answer, articles: Articles) -> dict[str, float | None]:
    """Scores an answer by every metric."""
    return {name: metric(case, answer, articles) for name, metric in METRICS.items()}


def _recognised(case: Case, answer: Answer) -> Iterator[tuple[Excerpt, Citation]]:
    """Yields the citations whose words the case knows."""
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
    """Returns whether one group of differing citations shows every side."""
    by_number = {citation.number: citation for citation in answer.citations}
    groups = [[by_number[number] for number in group if number in by_number] for group in answer.differences]
    return any(
        all(any(excerpt.is_held_by(citation) for excerpt in side for citation in group) for side in difference)
        for group in groups
    )


def _share(outcomes: Iterable[bool]) -> float | None:
    """Returns the share that holds; None for no outcomes."""
    kept = list(outcomes)
    return sum(kept) / len(kept) if kept else None


_ARTICLES = frozenset({"a", "an", "the"})
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {word: number for number, word in enumerate(_WORDS)} | {"none": 0, "once": 1, "twice": 2}


def plain(text: str) -> str:
    """Normalises a text for comparing: no case, no accents, one kind of quotation mark, single spaces."""
    letters = unicodedata.normalize("NFKD", text).translate(str.maketrans("‘’“”", "''\"\""))
    return re.sub(r"\s+", " ", "".join(mark for mark in letters if not unicodedata.combining(mark))).casefold().strip()


def is_worded(text: str, wording: str) -> bool:
    """Returns whether the text is this wording, in which words in (brackets) may be left out.

    Case, punctuation and articles do not count; the order of the words does.
    """
    parts = re.findall(r"\(([^()]*)\)|([^()]+)", wording)
    pattern = "".join(
        f"(?:{re.escape(_flat(optional))})?" if optional else re.escape(_flat(needed)) for optional, needed in parts
    )
    return re.fullmatch(pattern, _flat(text)) is not None


def numbers(text: str) -> Iterator[int]:
    """Finds the whole numbers in a text, as digits ("1,204") or as words up to twelve."""
    for word in re.findall(r"\d[\d,]*|[a-z]+", plain(text)):
        if word[0].isdigit():
            yield int(word.replace(",", ""))
        elif word in _NUMBERS:
            yield _NUMBERS[word]


def quoted_texts(sentence: str) -> Iterator[str]:
    """Finds the texts between quotation marks, “curly” or "straight"; of nested ones the outermost."""
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


def _flat(text: str) -> str:
    """Joins the words that count, each followed by a space."""
    return "".join(f"{word} " for word in re.findall(r"[\w'-]+", plain(text)) if word not in _ARTICLES)


_LIGHT = frozenset(
    re.findall(
        r"\w+",
        "a about according after also an and are as at be been but by for from had has have he her his in into is it "
        "its not of on or over per quote quoted quotes report reported reports said say says she since so tell tells "
        "than that the their them then they this to via was were which who whom will with write writes wrote",
    )
)
"""Words that carry no fact, and those with which a sentence names who is speaking."""


def cited_sentences(answer: Answer) -> Iterator[tuple[Sentence, tuple[Citation, ...]]]:
    """Yields every sentence that is no frame, with what it cites."""
    by_number = {citation.number: citation for citation in answer.citations}
    for sentence in answer.sentences:
        if sentence.verdict != "frame":
            yield sentence, tuple(by_number[number] for number in sentence.citations if number in by_number)


def is_carried(sentence: Sentence, cited: tuple[Citation, ...]) -> bool:
    """Whether every content word of the sentence stands in the citations: in the words, or in what names them."""
    held = frozenset(stem for citation in cited for stem in _stems(_told(citation)))
    return _stems(_undated(sentence.text, cited)) <= held


def is_needed(citation: Citation, sentence: Sentence, cited: tuple[Citation, ...]) -> bool:
    """Returns whether the sentence is carried, and by this citation alone or not without it."""
    if not is_carried(sentence, cited):
        return False
    rest = tuple(rival for rival in cited if rival is not citation)
    return is_carried(sentence, (citation,)) or not is_carried(sentence, rest)


def _undated(text: str, cited: tuple[Citation, ...]) -> str:
    """Removes the days of publication that credits give, as in "(The Gull, 3 May 2024)"."""
    for published in {citation.published for citation in cited if citation.published}:
        day = dt.date.fromisoformat(published[:10])
        text = text.replace(f", {day.day} {day:%B %Y})", ")")
    return text


def _told(citation: Citation) -> str:
    """Joins the words of a citation and the names that a sentence may credit them with."""
    named = (
        citation.speaker,
        citation.speaks_for,
        citation.via,
        citation.title,
        citation.outlet,
        citation.published,
        citation.source,
    )
    return " ".join((citation.quote, *(name for name in named if name)))


@cache
def _stems(text: str) -> frozenset[str]:
    import snowballstemmer  # type: ignore[import-untyped]  # it has no types

    words = set(re.findall(r"\w+", plain(text))) - _LIGHT
    return frozenset(snowballstemmer.stemmer("english").stemWords(sorted(words)))


DEPTH = 10
RANKINGS = {"hit_at_4": "Success@4", "hit_at_10": "Success@10", "mrr_at_10": "RR@10", "ndcg_at_10": "nDCG@10"}
"""Our names, and those of `ir-measures`."""

INSTALL = "How well passages are ranked was not measured: `pip install 'onrecord[eval]'` brings ir-measures."


def is_installed() -> bool:
    """Returns whether `ir-measures` is there."""
    return find_spec("ir_measures") is not None


def rank_scores(case: Case, hits: Sequence[Hit]) -> dict[str, float | None]:
    """Scores one ranking by every measure; None where the case names no evidence, or `ir-measures` is not there."""
    if not case.evidence or not is_installed():
        return dict.fromkeys(RANKINGS)
    judged, ranked = _judgements(case, hits), {str(place): float(-place) for place in range(len(hits[:DEPTH]))}
    means = mean_scores({case.id: judged}, {case.id: ranked}, tuple(RANKINGS.values()))
    return {name: means[measure] for name, measure in RANKINGS.items()}


def mean_scores(
    judged: dict[str, dict[str, int]], ranked: dict[str, dict[str, float]], measures: tuple[str, ...]
) -> dict[str, float]:
    """Gives the mean of each measure over the questions that have judgements.

    Both map a question to documents: to how relevant they are, and to their scores (higher is better).
    """
    import ir_measures

    asked = [ir_measures.parse_measure(measure) for measure in measures]
    return {str(measure): float(value) for measure, value in ir_measures.calc_aggregate(asked, judged, ranked).items()}


def _judgements(case: Case, hits: Sequence[Hit]) -> dict[str, int]:
    """Marks the places in the ranking that hold evidence; an excerpt without one counts as missed."""
    judged: dict[str, int] = {}
    for excerpt in (excerpt for group in case.evidence for excerpt in group):
        holding = [
            str(place)
            for place, hit in enumerate(hits[:DEPTH])
            if hit.passage.source == excerpt.source and (excerpt.quote or "") in hit.passage.text
        ]
        judged |= dict.fromkeys(holding or [f"missed: {excerpt.source} {excerpt.quote}"], 1)
    return judged
