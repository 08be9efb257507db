"""How well sentences of the evidence answer a question of fact. Knows words, names and numbers, and no meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.answering import patterns, words
from rag.types import Evidence, Hit, Place, Query

_NEARBY = 0.5
"""What a term is worth that stands not in the sentence but in its neighbour or the article's title."""

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DATE = re.compile(
    rf"\b(?:(?:1[0-9]{{3}}|20[0-9]{{2}})s?|\w+day|{_MONTHS}|century|decades?|years? ago)\b", re.IGNORECASE
)
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|half"
)
_NUMBER = re.compile(rf"\b(?!(?:1[0-9]|20)[0-9]{{2}}\b)\d|\b(?:{_NUMBER_WORDS})\b", re.IGNORECASE)
_DURATION = re.compile(
    rf"(?:\d|\b(?:{_NUMBER_WORDS}))[\s-]+(?:second|minute|hour|day|week|month|year|decade|centur)", re.IGNORECASE
)
_ASKS_WHEN = re.compile(
    r"^(?:when|since when|until when|(?:in )?(?:what|which) (?:year|month|day|date))\b", re.IGNORECASE
)
_PRESUMES = re.compile(r"^(?:why|how come|how (?:many|much|often))\b", re.IGNORECASE)
_FEW_TERMS = 3
_ASKS_HOW_LONG = re.compile(r"^(?:for )?how long\b", re.IGNORECASE)
_ASKS_HOW_MUCH = re.compile(
    r"^how (?:many|much|old|large|big|high|far)\b|\b(?:percentage|per cent|share of)\b", re.IGNORECASE
)
_POINTS_BACK = re.compile(
    r"^(?:\w[^,.;]{0,60}, )?[“\"'‘]?(?:he|she|it|they|this|that|these|those|his|her|its|their)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Supported:
    """A sentence, the one before it where it needs that to be read, and the share of the question that it carries."""

    places: tuple[Place, ...]
    support: float


def supporting(query: Query, evidence: Evidence) -> list[Supported]:
    """The sentences of the evidence that could answer, best first; support is from 0 to 1."""
    wanted = _kind_asked_for(query.standalone)
    found: list[Supported] = []
    for hit in evidence.hits:
        for position, sentence in enumerate(hit.passage.sentences):
            text = evidence.articles[hit.passage.source].cut(sentence)
            if wanted is None or wanted.search(text):
                places = tuple(_with_what_it_points_at(hit, position, text))
                found.append(Supported(places, _support(query, evidence, hit, position, places)))
    once: dict[Place, Supported] = {}
    for one in sorted(found, key=lambda one: -one.support):
        once.setdefault(one.places[-1], one)
    return list(once.values())


def points_back(text: str) -> bool:
    """Whether a sentence begins with a word that points to the one before it: "He also said …"."""
    return _POINTS_BACK.match(text) is not None


def _kind_asked_for(question: str) -> re.Pattern[str] | None:
    """What the answer to the question must hold: a date, a number; None where it may be anything."""
    if short := patterns.STANDS_FOR.search(question):
        return re.compile(rf"\({re.escape(short['short'])}\)")
    if _ASKS_WHEN.search(question):
        return _DATE
    if _ASKS_HOW_LONG.search(question):
        return _DURATION
    return _NUMBER if _ASKS_HOW_MUCH.search(question) else None


def _with_what_it_points_at(hit: Hit, position: int, text: str) -> Iterator[Place]:
    """The sentence, after the one before it if it begins with a word that points back."""
    if position and _POINTS_BACK.match(text):
        yield Place(hit.passage.source, hit.passage.sentences[position - 1])
    yield Place(hit.passage.source, hit.passage.sentences[position])


def _support(query: Query, evidence: Evidence, hit: Hit, position: int, places: tuple[Place, ...]) -> float:
    """Share of the terms, by weight, that stand in what would be printed, `places`, or at a discount beside it.

    0 if a name does not stand in what is printed, or a short question presumes (why, how many) what is not said.
    """
    article = evidence.articles[hit.passage.source]
    around = hit.passage.sentences[max(0, position - 1) : position + 2]
    printed = " ".join(map(evidence.quote, places))
    beside = " ".join([article.title or "", *map(article.cut, around)])
    is_strict = bool(_PRESUMES.search(query.standalone)) and len(query.terms) <= _FEW_TERMS
    total = carried = 0.0
    for term in query.terms:
        spellings = evidence.spellings.get(term, (term,))
        weight = evidence.weights.get(term, 1.0)
        share = 1.0 if words.holds(printed, spellings) else _NEARBY if words.holds(beside, spellings) else 0.0
        if share < 1.0 and (term in query.names or (not share and is_strict)):
            return 0.0
        total += weight
        carried += weight * share
    return carried / total if total else 0.0
