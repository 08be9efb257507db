"""Compares a quotation with a text: equal except for typography, or how they differ.

The shape of quotation marks and dashes, white space and the case of the first letter are folded away. Omissions (`[…]`)
and words in brackets (`[the EU]`) are declared, so what stands between them is compared part by part.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.core import Span
from rag.verification.results import DiffPart

_TYPESET = re.compile(
    r"(?P<nothing>[\u00ad\u200b-\u200f\u2060\ufeff]+)"
    r"|(?P<dash>\s*(?:[‒–—―−]|--+)\s*|\s+-\s+)"
    r"|(?P<space> \s+|[^\S ]\s*)"  # a single space stays, and most are
    r"|(?P<mark>''|``|[\"“”„‟«»‹›‘’‚‛`´′″])"
    r"|(?P<hyphen>[‐‑])"
    r"|(?P<dots>…)"
)
_AS = {"nothing": "", "dash": " - ", "space": " ", "mark": "'", "hyphen": "-", "dots": "..."}
_DECLARED = re.compile(
    r"(?P<sic>\s*\[sic\.?\])"
    r"|\[(?P<letter>\w)\](?=\w)"
    r"|(?P<omission>\s*(?:\[\s*(?:…|\.{2,4}|\. \. \.)\s*\]|\(\s*(?:…|\.{2,4})\s*\)|…|\.{3,4}|\. \. \.)\s*)"
    r"|(?P<words>\w*\[[^\[\]\n]{1,120}\]\w*)",
    re.IGNORECASE,
)
_ENDS = " ,.;:!?'-"
_OMITTED, _INSERTED = 1_000, 80
"""The most characters of an article that an omission, and words in brackets, may stand for."""
_TOKEN = re.compile(r"\w+(?:['-]\w+)*|[^\w\s']")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without typography; `origin[i]` is the original position of character i, plus one entry for the end."""

    text: str
    origin: Sequence[int]

    def span(self, start: int, end: int) -> Span:
        """Returns the original characters of `text[start:end]`."""
        return Span(self.origin[start], self.origin[end - 1] + 1)


@dataclass(frozen=True, slots=True)
class Wording:
    """A quotation prepared for search: folded `parts`, and between them up to `gaps` characters.

    `declared` says whether the quotation itself tells of an alteration.
    """

    parts: tuple[str, ...]
    gaps: tuple[int, ...]
    declared: bool

    @property
    def words(self) -> list[str]:
        """All words of the parts, in order."""
        return [word for part in self.parts for word in re.findall(r"\w+", part)]

    def may_stand_in(self, text: str) -> bool:
        """Returns whether the text holds all words in any order: quick, and True in doubt."""
        lower = text.lower()
        return "\u00ad" in lower or "\u200b" in lower or all(word.lower() in lower for word in self.words)

    def places(self, folded: Folded) -> Iterator[Span]:
        """Finds where the words stand in the text, in order and whole. Each part is joined to the nearest before it."""
        if not self.parts:
            return
        reached = [found.span() for found in _literal(self.parts[0]).finditer(folded.text)]
        for gap, part in zip(self.gaps, self.parts[1:], strict=True):
            reached = list(_joined(reached, _literal(part).finditer(folded.text), gap))
        for start, end in reached:
            yield folded.span(start, end)


def _joined(
    reached: Sequence[tuple[int, int]], following: Iterable[re.Match[str]], gap: int
) -> Iterator[tuple[int, int]]:
    """Extends each range to the first following match within `gap` characters."""
    ends = [end for _, end in reached]
    taken = -1
    for found in following:
        nearest = bisect_right(ends, found.start()) - 1
        if nearest > taken and found.start() - ends[nearest] <= gap:
            taken = nearest
            yield reached[nearest][0], found.end()


def fold_typography(text: str) -> Folded:
    """Returns the text without typographic variants."""
    pieces: list[str] = []
    origin: list[int] = []
    position = 0
    for found in _TYPESET.finditer(text):
        pieces.append(text[position : found.start()])
        origin.extend(range(position, found.start()))
        plain = _AS[str(found.lastgroup)]
        pieces.append(plain)
        origin.extend([found.start()] * len(plain))
        position = found.end()
    pieces.append(text[position:])
    origin.extend(range(position, len(text) + 1))
    return Folded("".join(pieces), origin)


def wording(quotation: str) -> Wording:
    """Returns the quotation cut at what it declares, each part without the punctuation at its ends."""
    parts, gaps = [""], list[int]()
    declared, position = False, 0
    for found in _DECLARED.finditer(quotation):
        parts[-1] += quotation[position : found.start()]
        position = found.end()
        if found["letter"]:
            parts[-1] += found["letter"]
        elif not found["sic"]:
            parts.append("")
            gaps.append(_OMITTED if found["omission"] else _INSERTED)
        declared = declared or not (found["omission"] and found.end() == len(quotation))
    parts[-1] += quotation[position:]
    plain = [fold_typography(part).text.strip(_ENDS) for part in parts]
    kept = [number for number, part in enumerate(plain) if part]
    between = tuple(sum(gaps[before:after]) for before, after in pairwise(kept))
    return Wording(tuple(plain[number] for number in kept), between, declared)


def notes(quotation: str, original: str, *, declared: bool) -> Iterator[str]:
    """Describes in a sentence each way in which the quotation departs from otherwise equal words."""
    if declared:
        yield "Alterations that it declares were allowed for."
        return
    inner = quotation.strip(_ENDS + '…’”"')
    if inner[:1] != original[:1] and inner[:1].lower() == original[:1].lower():
        yield "The first letter differs in case."
    for what, pattern in (
        ("quotation marks or apostrophes", r"''|``|[\"“”„‟«»‹›‘’‚‛`´′″']"),
        ("dashes", r"[‒–—―−‐‑-]+"),
        ("white space", r"\s+"),
    ):
        if re.findall(pattern, inner) != re.findall(pattern, original):
            yield f"The {what} differ."


def difference(quotation: str, original: str) -> tuple[DiffPart, ...]:
    """Tells how the words differ, in the order of the text. Folded: what only the typesetter changed is the same."""
    draft, article = fold_typography(quotation).text, fold_typography(original).text
    ours, theirs = _tokens(draft), _tokens(article)
    pieces: list[DiffPart] = []
    for tag, *places in _opcodes(ours, theirs):
        if tag == "equal":
            pieces.append(DiffPart("same", _cut(draft, ours[places[0] : places[1]])))
            continue
        if places[0] < places[1]:
            pieces.append(DiffPart("draft", _cut(draft, ours[places[0] : places[1]])))
        if places[2] < places[3]:
            pieces.append(DiffPart("article", _cut(article, theirs[places[2] : places[3]])))
    return tuple(pieces)


def common_words(quotation: str, original: str) -> tuple[int, int]:
    """Counts the quotation's words that the original has in the same order, and the longest run."""
    ours, theirs = (
        [found.group().lower() for found in _words(fold_typography(text).text)] for text in (quotation, original)
    )
    blocks = difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks), max(block.size for block in blocks)


def narrowed(quotation: str, text: str, span: Span) -> Span:
    """Returns the span without words at its ends that the quotation has no counterpart for."""
    folded = fold_typography(text[span.start : span.end])
    ours, theirs = _tokens(fold_typography(quotation).text), _tokens(folded.text)
    codes = list(_opcodes(ours, theirs))
    first, last = 0, len(theirs)
    if codes and codes[0][0] == "insert":
        first = codes[0][4]
    if codes and codes[-1][0] == "insert":
        last = codes[-1][3]
    if first >= last:
        return span
    inner = folded.span(theirs[first].start(), theirs[last - 1].end())
    return Span(span.start + inner.start, span.start + inner.end)


def _opcodes(ours: Sequence[re.Match[str]], theirs: Sequence[re.Match[str]]) -> list[tuple[str, int, int, int, int]]:
    words = [found.group() for found in ours], [found.group() for found in theirs]
    matcher = difflib.SequenceMatcher(None, *words, autojunk=False)
    return list(matcher.get_opcodes())


def _tokens(folded: str) -> list[re.Match[str]]:
    return list(_TOKEN.finditer(folded))


def _words(folded: str) -> list[re.Match[str]]:
    return [token for token in _tokens(folded) if token.group()[0].isalnum()]


def _cut(text: str, tokens: Sequence[re.Match[str]]) -> str:
    return text[tokens[0].start() : tokens[-1].end()]


def _literal(part: str) -> re.Pattern[str]:
    """Returns the part in whole words, its first letter in either case."""
    first = part[0]
    either = f"(?:{re.escape(first.lower())}|{re.escape(first.upper())})"  # one letter may have a capital of two
    return re.compile(rf"(?<!\w){either}{re.escape(part[1:])}(?!\w)")
