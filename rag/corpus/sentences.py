"""The sentences of an article's body, as exact spans. Knows nothing of who speaks in them.

spaCy's trained splitter finds them; it is right far more often than rules about full stops, but splits where no
sentence can end. Those splits are mended here, and only those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext

from rag.corpus.lines import trim
from rag.text.spacy_models import sentence_splitter
from rag.types import Article, Span

_LONGEST = 20_000
"""Characters of a line that the splitter reads as one; a longer line is cut first, where a sentence seems to end."""
_AT_ONCE = 50_000
"""Characters that the splitter reads at once: it takes some 2 kB of memory for each."""
_NEAR = 40
"""Characters before a split that decide about it."""
_LINE_BREAK = re.compile(r"[\r\n]")

_END = re.compile(r"""[.!?…。！？‽؟۔।]["'”’»›)\]}*_]*\s*$""")
_CLOSES = re.compile(r"""\s*(?:[.!?…,;:)\]}”’»›]|["'](?:\s|$))""")
"""What can only belong to the sentence before: closing marks, and a straight quotation mark that opens nothing."""
_STRANDED = re.compile(r"""[.!?…]["'”’)\]]*\s+(?P<mark>["'“‘«(\[]+)\s*$""")
"""An opening mark that was left behind with the sentence before it."""
_ABBREVIATION = re.compile(
    r"""(?:^|[\s(“"'])(?:Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Capt|Cmdr|Maj|Adm|Rev|Hon|St|Mt|vs|cf|i\.e|e\.g)"""
    r"\.\s*$"
)
_NUMBER = re.compile(r"\W*(?:\d{1,3}|[a-zA-Z])[.)]\s*")
"""What counts the sentence after it: "1.", "b)"."""


def sentences(article: Article) -> tuple[Span, ...]:
    """The sentences of the body in text order, without white space at their ends, none crossing a block."""
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
    """Pieces in lots of bounded length, so that memory does not grow with the article."""
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
    """Ranges of sentences, from where the splitter would start them; ranges without a letter or digit are dropped."""
    start = 0
    for found in [*starts[1:], len(text)]:
        stranded = _STRANDED.search(text, max(start, found - _NEAR), found)
        place = stranded.start("mark") if stranded and found < len(text) else found
        if place < len(text) and not _may_split(text, start, place):
            continue
        first, last = trim(text, start, place)
        if any(character.isalnum() for character in text[first:last]):
            yield first, last
        start = place


def _may_split(text: str, start: int, place: int) -> bool:
    """Whether the sentence that began at `start` may end before `place`."""
    before, after = text[max(start, place - _NEAR) : place], text[place : place + 9]
    if not _END.search(before) or _CLOSES.match(after) or after.lstrip(" \xa0—–-")[:1].islower():
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
    """Behind the last full stop with a space, else behind the last space, else at `end`."""
    for marks in ((". ", "? ", "! "), (" ", "\n", "\r")):
        place = max(text.rfind(mark, start, end) + len(mark) for mark in marks)
        if place > start + len(marks[0]):
            return place
    return end
