"""Exact, sentence-aligned slices of an article, small enough to embed. Knows nothing of the model they are for."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from rag.corpus.lines import trim
from rag.types import Article, Passage, Span

_LONGEST_TITLE = 200
"""Characters of a title that are put in front of a passage: more than any headline has."""
_MOST_MARKS = 10
"""Combining marks on one letter, at most, that a cut goes back for."""
_CHARACTERS_PER_TOKEN = 20
"""No readable text has more; a longer slice is cut, because a model counts a word of any length as one token."""


def passage_text(title: str | None, passage_text: str) -> str:
    """What is embedded for a passage: the title in front, then the slice."""
    return f"{title[:_LONGEST_TITLE]}\n{passage_text}" if title else passage_text


def split(
    article: Article, sentences: Sequence[Span], count_tokens: Callable[[str], int], limit: int
) -> tuple[Passage, ...]:
    """Passages of up to `limit` tokens, title in front included, that together hold every sentence.

    Neighbours share a sentence where there is room for it. A sentence longer than the limit is cut at white space into
    passages of its own. None reaches over furniture. A title that fills more than half the limit leaves half of it.
    """
    allowed = max(limit, count_tokens(passage_text(article.title, "")) + limit // 2)

    def fits(span: Span) -> bool:
        slice_ = article.cut(span)
        if len(slice_) > limit * _CHARACTERS_PER_TOKEN:
            return False
        return count_tokens(passage_text(article.title, slice_)) <= allowed

    passages: list[Passage] = []
    for stretch in _stretches(article, sentences):
        passages.extend(article.passage(group) for group in _groups(article.text, stretch, fits))
    return tuple(passages)


def _stretches(article: Article, sentences: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """Runs of sentences with nothing but body between them."""
    barriers = [block.start for block in article.blocks if block.role != "body"]
    for _, run in groupby(sentences, key=lambda sentence: bisect_left(barriers, sentence.start)):
        yield tuple(run)


def _groups(text: str, sentences: Sequence[Span], fits: Callable[[Span], bool]) -> Iterator[tuple[Span, ...]]:
    """Sentences of each passage: as many as fit, the first of them the last of the passage before if that fits too."""
    group: list[Span] = []
    for sentence in sentences:
        if group and not fits(Span(group[0].start, sentence.end)):
            yield tuple(group)
            group = group[-1:] if len(group) > 1 and fits(Span(group[-1].start, sentence.end)) else []
        if not group and not fits(sentence):
            yield from ((piece,) for piece in _pieces(text, sentence, fits))
        else:
            group.append(sentence)
    if group:
        yield tuple(group)


def _pieces(text: str, sentence: Span, fits: Callable[[Span], bool]) -> Iterator[Span]:
    """The sentence in parts that fit, cut at white space where there is any."""
    start = sentence.start
    while start < sentence.end:
        end = _furthest(start, sentence.end, fits)
        if end < sentence.end:
            end = _cut(text, start, end)
        first, last = trim(text, start, end)
        if first < last:
            yield Span(first, last)
        start = end


def _furthest(start: int, end: int, fits: Callable[[Span], bool]) -> int:
    """The furthest end whose part fits, found by doubling and halving; at least one character on."""
    reach = 1
    while start + reach < end and fits(Span(start, start + reach)):
        reach *= 2
    low, high = start + reach // 2, min(start + reach, end)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(Span(start, middle)) else (low, middle - 1)
    return max(low, start + 1)


def _cut(text: str, start: int, end: int) -> int:
    """Where to cut at or before `end`: after white space if there is any, else not before a combining mark."""
    for place in range(end, start, -1):
        if text[place].isspace():
            return place
    letters = (
        place for place in range(end, max(start, end - _MOST_MARKS), -1) if not unicodedata.combining(text[place])
    )
    return next(letters, end)
