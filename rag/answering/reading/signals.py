"""Turns the reader's scores, words, names and years into likelihoods: whether a sentence answers, and any does.

Which sentences an answer shows is a likelihood of another kind: how likely a sentence answers says little about the
second sentence of an answer; its place beside the likeliest says more.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from math import exp, log, log1p
from typing import TYPE_CHECKING, Protocol

from rag.core import Place, ReadSlice, Signals, Span
from rag.text import tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWN = 40
"""Most candidates that the reader reads for one question: for 360 questions that strangers asked, the same 361 of 375
parts of the evidence were read as of 48."""

_ALWAYS_DRAWN = 12
_WITHIN = 2.5
"""Behind those, only candidates are read whose logit is at most this much below the best: a quarter less to read, and
nothing else was shown for 80 questions that strangers asked."""

_LEANS = 2.5
"""Taken from the logit of a sentence of another article than a follow-up leans on."""

_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_LONG = 20
_LEAST = 1e-4
"""Likelihoods nearer to 0 and 1 than this count as this: logarithms stay small."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    `speaker` is whose words it gives, "" if the article itself speaks. `before` is the sentence before it, "" at the
    beginning of an article: it often names whom "he" or "the company" means.
    """

    sentence: str
    speaker: str = ""
    title: str = ""
    before: str = ""


class Reader(Protocol):
    """Scores how well sentences answer a question."""

    @property
    def name(self) -> str:
        """Identifies the model and its numerics: scores of readers with the same name are comparable."""

    def scores(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
        """Returns one score a candidate, in order; higher is better. Other candidates do not affect a pair's score."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The question, its terms with their spellings, and the weights of the terms.

    `names` are the terms that are names. Without weights, all terms weigh the same. `near` are the articles that a
    follow-up leans on: the logit of a sentence elsewhere is less by `_LEANS`.
    """

    question: str
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    weights: Mapping[str, float] = field(default_factory=dict)
    near: frozenset[str] = frozenset()

    def logit(self, found: FoundSentence, given: Signals, weights: Mapping[str, float]) -> float:
        """Returns the logit of a sentence's likelihood to answer, less if the question leans on other articles."""
        return logit(given, weights) - (_LEANS if self.near and found.place.source not in self.near else 0.0)

    def held(self, text: str) -> frozenset[str]:
        """Returns the terms that a text contains."""
        return tokens.held(text, self.terms)

    def share(self, terms: frozenset[str]) -> float:
        """Returns the share, by weight, of the question's terms that are among these; 1 if it has none."""
        whole = sum(self.weights.get(term, 1.0) for term in self.terms)
        return sum(self.weights.get(term, 1.0) for term in terms) / whole if whole else 1.0

    def share_of_names(self, terms: frozenset[str]) -> float:
        """Returns the share of the question's names that are among these; 1 if it has none."""
        return len(self.names & terms) / len(self.names) if self.names else 1.0


@dataclass(frozen=True, slots=True)
class FoundSentence:
    """A candidate, its place, and the details of the passage in which it was found.

    `similarity` is the passage's cosine to the question, 0 if only words were found; `rank` is its rank, from 1.
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
class QuestionSignals:
    """The signals that a question is answered at all.

    `best` is the logit of its likeliest sentence, `lead` its margin over the second, `timely` that sentence's.
    `covered` is the greatest `around` of all, `similarity` the greatest cosine; `length` is the number of the
    question's terms (of twenty).
    """

    best: float
    lead: float
    covered: float
    similarity: float
    timely: float
    length: float


@dataclass(frozen=True, slots=True)
class SentenceStanding:
    """Where a sentence stands beside the others that were read for a question.

    `own` is the logit of its likelihood, `score` the reader's score, less the best sentence's. `article` is the logit
    of its article's likeliest sentence, less that of the likeliest of all, and `same` is 1 in that one's article, else
    0. `distance` is the logarithm of one more than the number of sentences from its article's likeliest to it.
    """

    own: float
    score: float
    article: float
    same: float
    distance: float


def judge(reader: Reader, asked: Asked, found: Sequence[FoundSentence]) -> tuple[tuple[ReadSlice, ...], float]:
    """Reads the best candidates by words and vectors; returns their likelihoods, best first, and that any answers.

    The reader's score is combined with words, names, years and ranks.
    """
    years = frozenset(_YEAR.findall(asked.question))
    around = {text: asked.held(text) for text in {sentence.passage for sentence in found}}
    unread = [(sentence, _signals(sentence, asked, years, around[sentence.passage])) for sentence in found]
    models = trained()
    drawn = _drawn(asked, unread, models["sentence"])
    scores = reader.scores(asked.question, [sentence.candidate for sentence, _ in drawn]) if drawn else ()
    read = []
    for (sentence, given), score in zip(drawn, scores, strict=True):
        whole = replace(given, score=float(score))
        likely = sigmoid(asked.logit(sentence, whole, models["sentence"]))
        read.append(ReadSlice(sentence.place, sentence.candidate.speaker or None, likely, whole))
    read.sort(key=lambda read_slice: -read_slice.likelihood)
    return tuple(read), answered(asked, read, models)


def _drawn(
    asked: Asked, unread: Sequence[tuple[FoundSentence, Signals]], weights: Mapping[str, float]
) -> list[tuple[FoundSentence, Signals]]:
    """Returns the candidates that the reader reads, the most promising by words, names and ranks first."""
    logits = [asked.logit(found, given, weights) for found, given in unread]
    order = sorted(range(len(unread)), key=lambda at: -logits[at])[:DRAWN]
    close = [at for at in order[_ALWAYS_DRAWN:] if logits[at] >= logits[order[0]] - _WITHIN]
    return [unread[at] for at in (*order[:_ALWAYS_DRAWN], *close)]


def answered(asked: Asked, read: Sequence[ReadSlice], models: Mapping[str, Mapping[str, float]]) -> float:
    """Returns the likelihood that any of the slices answers."""
    signals = [read_slice.signals for read_slice in read]
    return likelihood(summary(len(asked.terms), signals, models["sentence"]), models["answered"]) if signals else 0.0


def _signals(found: FoundSentence, asked: Asked, years: frozenset[str], passage: frozenset[str]) -> Signals:
    """Returns the signals of a candidate before it is read; `passage` are the terms that its passage holds."""
    candidate = found.candidate
    own = asked.held(f"{candidate.speaker} {candidate.sentence}")
    nearby = own | asked.held(candidate.title)
    around = nearby | passage
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


def summary(terms: int, every: Sequence[Signals], sentence: Mapping[str, float]) -> QuestionSignals:
    """Summarises the signals of at least one sentence into those of the question, which has `terms` terms.

    `sentence` are the weights that decide which sentence is likeliest.
    """
    ranked = sorted(every, key=lambda given: -logit(given, sentence))
    logits = [logit(given, sentence) for given in ranked[:2]]
    return QuestionSignals(
        best=logits[0],
        lead=logits[0] - logits[-1],
        covered=max(given.around for given in every),
        similarity=max(given.similarity for given in every),
        timely=ranked[0].timely,
        length=min(1.0, terms / _LONG),
    )


def likelihood(given: Signals | QuestionSignals | SentenceStanding, weights: Mapping[str, float]) -> float:
    """Returns the logistic function of the weighted sum of the signals."""
    return sigmoid(logit(given, weights))


def sigmoid(logit: float) -> float:
    """Returns the logistic function of a logit."""
    return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))


def logit(given: Signals | QuestionSignals | SentenceStanding, weights: Mapping[str, float]) -> float:
    """Returns the weighted sum of the signals plus the bias."""
    total = sum(weight * float(getattr(given, name)) for name, weight in weights.items() if name != "bias")
    return total + weights["bias"]


@cache
def trained(name: str = "likelihood") -> Mapping[str, Mapping[str, float]]:
    """Returns the trained weights of the models in a file of this folder, by their names."""
    text = resources.files("rag.answering.reading").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    models: Mapping[str, Mapping[str, float]] = tomllib.loads(text)
    return models


def standings(read: Sequence[ReadSlice], sentences: Mapping[str, Sequence[Span]]) -> dict[Place, SentenceStanding]:
    """Returns each sentence's standing, in the order of `read`; a slice of several counts for its last sentence."""
    slices: dict[Place, ReadSlice] = {}
    for read_slice in read:
        slices.setdefault(_last_sentence(read_slice.place, sentences), read_slice)
    if not slices:
        return {}
    logits = {place: _logit(read_slice.likelihood) for place, read_slice in slices.items()}
    best = max(logits, key=logits.__getitem__)
    highest = max(read_slice.signals.score for read_slice in slices.values())
    at = {place: bisect_right(sentences.get(place.source, ()), place.span) for place in slices}
    first = {place.source: place for place in sorted(logits, key=logits.__getitem__)}
    return {
        place: SentenceStanding(
            own=logits[place],
            score=read_slice.signals.score - highest,
            article=logits[first[place.source]] - logits[best],
            same=float(place.source == best.source),
            distance=log1p(abs(at[place] - at[first[place.source]])),
        )
        for place, read_slice in slices.items()
    }


def belonging(read: Sequence[ReadSlice], sentences: Mapping[str, Sequence[Span]]) -> dict[Place, float]:
    """Returns the likelihood that each sentence belongs to the answer, the likeliest first."""
    weights = trained("sentence_selection")["shown"]
    told = {place: likelihood(standing, weights) for place, standing in standings(read, sentences).items()}
    return dict(sorted(told.items(), key=lambda item: -item[1]))


def _last_sentence(place: Place, sentences: Mapping[str, Sequence[Span]]) -> Place:
    touched = [sentence for sentence in sentences.get(place.source, ()) if sentence.overlaps(place.span)]
    return Place(place.source, touched[-1] if touched else place.span)


def _logit(probability: float) -> float:
    kept = min(max(probability, _LEAST), 1 - _LEAST)
    return log(kept / (1 - kept))
