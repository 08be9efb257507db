"""From scores to likelihoods: which sentence answers, and whether any does. Plain words, names and years speak too."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from math import exp

from rag.answering.reading.reader import Candidate, Reader
from rag.answering.words import FUNCTION_WORDS, is_name, stem, words
from rag.types import Evidence, Query

_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_STRONG = 0.0
"""Score from which a sentence counts as a strong candidate."""

_MANY = 5
_LONG = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: the question, the names in it, and how much each of its stems tells.

    Names may be given because a question typed in small letters does not show them. Without weights, all tell the same.
    """

    question: str
    names: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate with its passage's cosine to the question, 0 where only words were found, and rank, from 1."""

    candidate: Candidate
    similarity: float = 0.0
    rank: int = 1


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for one sentence.

    `score` is the reader's. `overlap` is the share of the question's terms, by weight, in sentence and speaker,
    `nearby` that with the title. `names` and `years` are the shares of the question's names and years there (1 where it
    has none). `similarity` is its passage's cosine; `rank` falls with its passage's rank.
    """

    score: float
    overlap: float
    nearby: float
    names: float
    years: float
    similarity: float
    rank: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What speaks for a question being answered at all: by its likeliest sentence, and by the others.

    `lead` is how far the best score is above the second, `strong` how many sentences score well (of five), `covered`
    the greatest overlap with title of all, `length` the number of the question's terms (of twenty).
    """

    best: float
    score: float
    lead: float
    strong: float
    overlap: float
    nearby: float
    names: float
    years: float
    similarity: float
    covered: float
    length: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """How likely each sentence answers, in the order given, and how likely any of them does."""

    sentences: tuple[float, ...]
    answered: float


def asked_by(query: Query, evidence: Evidence) -> Asked:
    """The question as it was understood, with the weights that the library gives its words."""
    weights = {stem(word): weight for term, weight in evidence.weights.items() for word in words(term)}
    return Asked(query.standalone, query.names, weights)


def judge(reader: Reader, asked: Asked, found: Sequence[Found]) -> Judgement:
    """Reads every candidate and weighs the scores together with words, names and years."""
    if not found:
        return Judgement((), 0.0)
    every = signals(reader, asked, found)
    models = _models()
    likely = tuple(_likelihood(one, models["sentence"]) for one in every)
    return Judgement(likely, _likelihood(summary(asked, every, models["sentence"]), models["answered"]))


def signals(reader: Reader, asked: Asked, found: Sequence[Found]) -> list[Signals]:
    """The signals of each candidate."""
    scores = reader.scores(asked.question, [one.candidate for one in found])
    terms, names, years = _terms(asked.question), _names(asked), frozenset(_YEAR.findall(asked.question))
    return [
        _signals(float(score), one, (terms, names, years), asked.weights)
        for score, one in zip(scores, found, strict=True)
    ]


def _signals(
    score: float,
    found: Found,
    sought: tuple[frozenset[str], frozenset[str], frozenset[str]],
    weights: Mapping[str, float],
) -> Signals:
    terms, names, years = sought
    candidate = found.candidate
    own = _stems(f"{candidate.speaker} {candidate.sentence}")
    around = own | _stems(candidate.title)
    told = frozenset(_YEAR.findall(f"{candidate.sentence} {candidate.title}"))
    return Signals(
        score=score,
        overlap=_share(terms, own, weights),
        nearby=_share(terms, around, weights),
        names=_share(names, around, {}),
        years=_share(years, told, {}),
        similarity=found.similarity,
        rank=1 / found.rank,
    )


def summary(asked: Asked, every: Sequence[Signals], sentence: Mapping[str, float]) -> Summary:
    """The signals of a question, from those of its sentences, at least one; `sentence` weighs which is likeliest."""
    ranked = sorted(every, key=lambda one: _logit(one, sentence), reverse=True)
    scores = sorted((one.score for one in every), reverse=True)
    best = ranked[0]
    return Summary(
        best=_logit(best, sentence),
        score=scores[0],
        lead=scores[0] - scores[1] if len(scores) > 1 else 0.0,
        strong=min(1.0, sum(score > _STRONG for score in scores) / _MANY),
        overlap=best.overlap,
        nearby=best.nearby,
        names=best.names,
        years=best.years,
        similarity=max(one.similarity for one in every),
        covered=max(one.nearby for one in every),
        length=min(1.0, len(_terms(asked.question)) / _LONG),
    )


def _terms(text: str) -> frozenset[str]:
    """The stems of the content words."""
    return frozenset(stem(word) for word in words(text) if word.lower() not in FUNCTION_WORDS)


def _names(asked: Asked) -> frozenset[str]:
    """The stems of the words of the question's names; where none are given, of its words with a capital."""
    written = [word for word in words(asked.question)[1:] if is_name(word)]
    return _terms(" ".join(asked.names or written))


@cache
def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, words(text)))


def _share(sought: frozenset[str], held: frozenset[str], weights: Mapping[str, float]) -> float:
    """The share, by weight, of what is sought that is held; 1 where nothing is sought."""
    whole = sum(weights.get(term, 1.0) for term in sought)
    return sum(weights.get(term, 1.0) for term in sought & held) / whole if whole else 1.0


def _likelihood(given: Signals | Summary, weights: Mapping[str, float]) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, _logit(given, weights)))))


def _logit(given: Signals | Summary, weights: Mapping[str, float]) -> float:
    total = sum(weight * float(getattr(given, name)) for name, weight in weights.items() if name != "bias")
    return total + weights["bias"]


@cache
def _models() -> Mapping[str, Mapping[str, float]]:
    text = resources.files("rag.answering.reading").joinpath("likelihood.toml").read_text(encoding="utf-8")
    models: Mapping[str, Mapping[str, float]] = tomllib.loads(text)
    return models
