"""From scores to likelihoods: which sentence answers, and whether any does. Plain words, names and years speak too."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from math import exp

from rag.answering import words
from rag.answering.reading.reader import Candidate, Reader
from rag.types import Place, Query

DRAWN = 32
"""Candidates that the reader reads for one question: among so many stands the sentence for 96 of 100 that are found."""

_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_LONG = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: the question, its terms with the ways in which each may be written, and how much each tells.

    `names` are those of the terms that are names. Without weights, all terms tell the same.
    """

    question: str
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    weights: Mapping[str, float] = field(default_factory=dict)

    def held(self, text: str) -> frozenset[str]:
        """The terms that stand in a text."""
        return frozenset(term for term, spellings in self.terms.items() if words.holds(text, spellings))

    def share(self, terms: frozenset[str]) -> float:
        """The share, by weight, of the question's terms that are among these; 1 where it has none."""
        whole = sum(self.weights.get(term, 1.0) for term in self.terms)
        return sum(self.weights.get(term, 1.0) for term in terms) / whole if whole else 1.0

    def share_of_names(self, terms: frozenset[str]) -> float:
        """The share of the question's names that are among these; 1 where it has none."""
        return len(self.names & terms) / len(self.names) if self.names else 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate, where it would be shown, and what is known of the passage that it was found in.

    `similarity` is the passage's cosine to the question, 0 where only words were found; `rank` is its rank, from 1.
    `timely` is that of `Hit`, `passage` its text, `published` the article's date.
    """

    candidate: Candidate
    place: Place
    similarity: float = 0.0
    rank: int = 1
    timely: float = 1.0
    passage: str = ""
    published: str = ""


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for one sentence.

    `score` is the reader's. `overlap` is the share of the question's terms, by weight, in sentence and speaker;
    `nearby` adds the title, `around` the passage. `names` and `names_around` are the shares of the question's names
    with the title and with the passage; `years` that of its years, which the article's date tells as well (1 where it
    has none). `similarity` is its passage's cosine; `rank` falls with its passage's rank, `timely` with how far its
    article lies from the time asked for.
    """

    score: float
    overlap: float
    nearby: float
    around: float
    names: float
    names_around: float
    years: float
    similarity: float
    rank: float
    timely: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What speaks for a question being answered at all: by its likeliest sentence, and by the others.

    `best` is the likeliest's logit, `lead` how far it is above the second; `score` is the reader's greatest. `top` is
    the greatest `around` of the first passage, `covered` that of all, `length` the number of the question's terms (of
    twenty). The others are the likeliest sentence's, `similarity` the greatest of all.
    """

    best: float
    lead: float
    score: float
    overlap: float
    nearby: float
    around: float
    names_around: float
    years: float
    similarity: float
    timely: float
    top: float
    covered: float
    length: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with its signals, and how likely it answers."""

    found: Found
    signals: Signals
    likelihood: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """The candidates read, the likeliest first, and how likely any of them answers."""

    sentences: tuple[Judged, ...] = ()
    answered: float = 0.0


def asked_by(query: Query, spellings: Mapping[str, tuple[str, ...]], weights: Mapping[str, float]) -> Asked:
    """The question as it was understood."""
    terms = {term: spellings.get(term, (term,)) for term in query.terms}
    return Asked(query.standalone, terms, frozenset(query.names), weights)


def judge(reader: Reader, asked: Asked, found: Sequence[Found]) -> Judgement:
    """Reads the candidates for which words and vectors speak most, and weighs the scores together with these."""
    drawn = signals(reader, asked, found)
    if not drawn:
        return Judgement()
    models = _models()
    judged = [Judged(one, given, _likelihood(given, models["sentence"])) for one, given in drawn]
    judged.sort(key=lambda one: -one.likelihood)
    whole = summary(asked, [one.signals for one in judged], models["sentence"])
    return Judgement(tuple(judged), _likelihood(whole, models["answered"]))


def signals(reader: Reader, asked: Asked, found: Sequence[Found]) -> list[tuple[Found, Signals]]:
    """The candidates that are read, each with its signals."""
    years = frozenset(_YEAR.findall(asked.question))
    unread = [(one, _signals(one, asked, years)) for one in found]
    weights = _models()["sentence"]
    drawn = sorted(unread, key=lambda pair: -_logit(pair[1], weights))[:DRAWN]
    scores = reader.scores(asked.question, [one.candidate for one, _ in drawn])
    return [(one, replace(given, score=float(score))) for (one, given), score in zip(drawn, scores, strict=True)]


def _signals(found: Found, asked: Asked, years: frozenset[str]) -> Signals:
    """The signals of a candidate that is not read yet."""
    candidate = found.candidate
    own = asked.held(f"{candidate.speaker} {candidate.sentence}")
    nearby = own | asked.held(candidate.title)
    around = nearby | asked.held(found.passage)
    told = {*_YEAR.findall(f"{candidate.sentence} {candidate.title} {found.passage}"), found.published[:4]}
    return Signals(
        score=0.0,
        overlap=asked.share(own),
        nearby=asked.share(nearby),
        around=asked.share(around),
        names=asked.share_of_names(nearby),
        names_around=asked.share_of_names(around),
        years=len(years & told) / len(years) if years else 1.0,
        similarity=found.similarity,
        rank=1 / found.rank,
        timely=found.timely,
    )


def summary(asked: Asked, every: Sequence[Signals], sentence: Mapping[str, float]) -> Summary:
    """The signals of a question, from those of its sentences, at least one; `sentence` weighs which is likeliest."""
    ranked = sorted(every, key=lambda one: -_logit(one, sentence))
    logits = [_logit(one, sentence) for one in ranked[:2]]
    best, first = ranked[0], max(one.rank for one in every)
    return Summary(
        best=logits[0],
        lead=logits[0] - logits[-1],
        score=max(one.score for one in every),
        overlap=best.overlap,
        nearby=best.nearby,
        around=best.around,
        names_around=best.names_around,
        years=best.years,
        similarity=max(one.similarity for one in every),
        timely=best.timely,
        top=max(one.around for one in every if one.rank == first),
        covered=max(one.around for one in every),
        length=min(1.0, len(asked.terms) / _LONG),
    )


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
