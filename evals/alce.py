"""Whether citations carry a sentence, judged by words. Knows no case: only an answer and what it cites.

Stands in for the model of entailment that ALCE asks. Stricter where an answer paraphrases, blind to a "not" left out:
what such blindness would let through is examined by `evals.traps`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache

from evals.wording import plain
from rag.core import Answer, Citation, Sentence

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
    """Every sentence that is no frame, with what it cites."""
    by_number = {citation.number: citation for citation in answer.citations}
    for sentence in answer.sentences:
        if sentence.verdict != "frame":
            yield sentence, tuple(by_number[number] for number in sentence.citations if number in by_number)


def is_carried(sentence: Sentence, cited: tuple[Citation, ...]) -> bool:
    """Whether every content word of the sentence stands in the citations: in the words, or in what names them."""
    held = frozenset(stem for citation in cited for stem in _stems(_told(citation)))
    return _stems(_undated(sentence.text, cited)) <= held


def is_needed(citation: Citation, sentence: Sentence, cited: tuple[Citation, ...]) -> bool:
    """Whether the sentence is carried, and by this citation alone or not without it."""
    if not is_carried(sentence, cited):
        return False
    rest = tuple(other for other in cited if other is not citation)
    return is_carried(sentence, (citation,)) or not is_carried(sentence, rest)


def _undated(text: str, cited: tuple[Citation, ...]) -> str:
    """The sentence without the days of publication that its credits give, "(The Gull, 3 May 2024)"."""
    for published in {citation.published for citation in cited if citation.published}:
        day = dt.date.fromisoformat(published[:10])
        text = text.replace(f", {day.day} {day:%B %Y})", ")")
    return text


def _told(citation: Citation) -> str:
    """Its words, and the names that a sentence may credit them with."""
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
