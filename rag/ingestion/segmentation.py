"""Splits an article's body into exact sentences, and sentences into passages small enough to embed."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import groupby

from rag.core import Article, Passage, Span
from rag.ingestion.layout import trim
from rag.text.quotation_marks import ABBREVIATED, SENTENCE_END
from rag.text.spacy_models import sentence_splitter
from rag.text.tokens import has_words

_LONGEST = 20_000
"""Characters of a line that the splitter reads as one; a longer line is cut first, where a sentence seems to end."""
_AT_ONCE = 50_000
"""Characters that the splitter reads at once: it takes some 2 kB of memory for each."""
_NEAR = 40
"""Characters before a split that decide about it."""
_LINE_BREAK = re.compile(r"[\r\n]")

_CLOSES = re.compile(r"""\s*(?:[.!?…,;:)\]}”’»›]|["'](?:\s|$))""")
"""What can only belong to the sentence before: closing marks, and a straight quotation mark that opens nothing."""
_STRANDED = re.compile(r"""[.!?…]["'”’)\]]*\s+(?P<mark>["'“‘«(\[]+)\s*$""")
"""An opening mark that was left behind with the sentence before it."""
_ABBREVIATION = re.compile(rf"""(?:^|[\s(“"'])(?:{ABBREVIATED.replace(" ", "|")}|i\.e|e\.g)\.\s*$""")
_NUMBER = re.compile(r"\W*(?:\d{1,3}|[a-zA-Z])[.)]\s*")
"""What counts the sentence after it: "1.", "b)"."""


def sentences(article: Article) -> tuple[Span, ...]:
    """Returns the sentences of the body in text order, without white space at their ends, none crossing a block."""
    pieces = (piece for block in article.body for piece in _pieces(article.text, block.span))
    return tuple(span for batch in _batches(pieces) for span in _split(article.text, batch))


def _split(text: str, pieces: Sequence[Span]) -> Iterator[Span]:
    # A line break inside a paragraph that was wrapped by hand ends no sentence.
    lines = [_LINE_BREAK.sub(" ", text[piece.start : piece.end]) for piece in pieces]
    splitter = sentence_splitter()
    # New words stay in spaCy's memory for ever. Those of ordinary articles soon repeat themselves, and forgetting them
    # each time doubles the time it takes; those of a huge file may be without end.
    with splitter.memory_zone() if sum(map(len, lines)) >= _AT_ONCE else nullcontext():
        documents = zip(pieces, lines, splitter.pipe(lines, batch_size=len(lines)), strict=True)
        starts = [(piece, line, [found.start_char for found in document.sents]) for piece, line, document in documents]
    for piece, line, places in starts:
        for first, last in _mended(line, places):
            yield Span(piece.start + first, piece.start + last)


def _batches(pieces: Iterable[Span]) -> Iterator[list[Span]]:
    """Yields pieces in lots of bounded length, so that memory does not grow with the article."""
    batch: list[Span] = []
    length = 0
    for piece in pieces:
        batch.append(piece)
        length += piece.end - piece.start
        if length >= _AT_ONCE:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


def _mended(text: str, starts: list[int]) -> Iterator[tuple[int, int]]:
    """Yields ranges of sentences, from where the splitter would start them.

    Ranges without a letter or digit are dropped.
    """
    start = 0
    for found in [*starts[1:], len(text)]:
        stranded = _STRANDED.search(text, max(start, found - _NEAR), found)
        place = stranded.start("mark") if stranded and found < len(text) else found
        if place < len(text) and not _may_split(text, start, place):
            continue
        first, last = trim(text, start, place)
        if has_words(text[first:last]):
            yield first, last
        start = place


def _may_split(text: str, start: int, place: int) -> bool:
    before, after = text[max(start, place - _NEAR) : place], text[place : place + 9]
    if not SENTENCE_END.search(before) or _CLOSES.match(after) or after.lstrip(" \xa0—–-")[:1].islower():
        return False
    return not (_ABBREVIATION.search(before) or _NUMBER.fullmatch(before))


def _pieces(text: str, block: Span) -> Iterator[Span]:
    start = block.start
    while block.end - start > _LONGEST:
        cut = _cut(text, start, start + _LONGEST)
        yield Span(start, cut)
        start = cut
    yield Span(start, block.end)


def _cut(text: str, start: int, end: int) -> int:
    """Returns where to cut: behind the last full stop with a space, else behind the last space, else at `end`."""
    for marks in ((". ", "? ", "! "), (" ", "\n", "\r")):
        place = max(text.rfind(mark, start, end) + len(mark) for mark in marks)
        if place > start + len(marks[0]):
            return place
    return end


_LONGEST_TITLE = 200
"""Characters of a title that are put in front of a passage: more than any headline has."""
_MOST_MARKS = 10
"""Combining marks on one letter, at most, that a cut goes back for."""
_CHARACTERS_PER_TOKEN = 20
"""No readable text has more; a longer slice is cut, because a model counts a word of any length as one token."""


def passage_text(title: str | None, passage_text: str) -> str:
    """Tells what is embedded for a passage: the title in front, then the slice."""
    return f"{title[:_LONGEST_TITLE]}\n{passage_text}" if title else passage_text


def split_into_passages(
    article: Article, sentences: Sequence[Span], count_tokens: Callable[[str], int], limit: int
) -> tuple[Passage, ...]:
    """Returns passages of up to `limit` tokens, title in front included, that together hold every sentence.

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
    barriers = [block.start for block in article.blocks if block.role != "body"]
    for _, run in groupby(sentences, key=lambda sentence: bisect_left(barriers, sentence.start)):
        yield tuple(run)


def _groups(text: str, sentences: Sequence[Span], fits: Callable[[Span], bool]) -> Iterator[tuple[Span, ...]]:
    """Yields the sentences of each passage: as many as fit, the last of the one before included if it fits."""
    group: list[Span] = []
    for sentence in sentences:
        if group and not fits(Span(group[0].start, sentence.end)):
            yield tuple(group)
            group = group[-1:] if len(group) > 1 and fits(Span(group[-1].start, sentence.end)) else []
        if not group and not fits(sentence):
            yield from ((piece,) for piece in _parts_that_fit(text, sentence, fits))
        else:
            group.append(sentence)
    if group:
        yield tuple(group)


def _parts_that_fit(text: str, sentence: Span, fits: Callable[[Span], bool]) -> Iterator[Span]:
    """Yields the sentence in parts that fit, cut at white space where there is any."""
    start = sentence.start
    while start < sentence.end:
        end = _furthest(start, sentence.end, fits)
        if end < sentence.end:
            end = _place_to_cut(text, start, end)
        first, last = trim(text, start, end)
        if first < last:
            yield Span(first, last)
        start = end


def _furthest(start: int, end: int, fits: Callable[[Span], bool]) -> int:
    """Returns the furthest end whose part fits, found by doubling and halving; at least one character on."""
    reach = 1
    while start + reach < end and fits(Span(start, start + reach)):
        reach *= 2
    low, high = start + reach // 2, min(start + reach, end)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(Span(start, middle)) else (low, middle - 1)
    return max(low, start + 1)


def _place_to_cut(text: str, start: int, end: int) -> int:
    """Finds where to cut at or before `end`: after white space if there is any, else not before a combining mark."""
    for place in range(end, start, -1):
        if text[place].isspace():
            return place
    letters = (
        place for place in range(end, max(start, end - _MOST_MARKS), -1) if not unicodedata.combining(text[place])
    )
    return next(letters, end)
