"""The lines of a text, and the paragraphs that were wrapped by hand over several of them. Knows nothing of roles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LINE = re.compile(r"[^\r\n]+")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MARGIN = re.compile(r"[\s\ufeff\u200b-\u200f\u2060]*")
"""White space, and characters without width, which str.strip() leaves standing."""
_WIDEST = 120
"""No text is wrapped by hand wider than this."""
_SHARE = 0.8
_FEWEST = 3
"""Least share and number of line ends that must look like wraps."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or all lines of a wrapped paragraph. `start:end` leaves out the white space around, `text` any within."""

    start: int
    end: int
    text: str


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without the white space at its ends; an empty one (start == end) if there is nothing else in it."""
    margin = _MARGIN.match(text, start, end)
    start = margin.end() if margin else start
    while end > start and _MARGIN.fullmatch(text, end - 1, end):
        end -= 1
    return start, end


def find_lines(text: str) -> list[Line]:
    """Every line that is not blank; where a text is wrapped by hand, every paragraph."""
    ranges = (trim(text, match.start(), match.end()) for match in _LINE.finditer(text))
    lines = [Line(start, end, text[start:end]) for start, end in ranges if start < end]
    width = max((line.end - line.start for line in lines), default=0)
    if width > _WIDEST:
        return lines
    # Most texts set paragraphs apart by blank lines; some are double-spaced throughout.
    is_double_spaced = not any(_touch(text, *pair) for pair in pairwise(lines))
    inner = [pair for pair in pairwise(lines) if is_double_spaced or _touch(text, *pair)]
    wraps = {above.start for above, below in inner if _is_wrap(above, below, width)}
    if len(wraps) < max(_FEWEST, _SHARE * len(inner)):
        return lines
    return list(_joined(text, lines, wraps))


def _touch(text: str, above: Line, below: Line) -> bool:
    return len(_LINE_END.findall(text, above.end, below.start)) == 1


def _is_wrap(above: Line, below: Line, width: int) -> bool:
    """Whether the first word below would not have fitted above."""
    return len(above.text) + 1 + len(below.text.split(maxsplit=1)[0]) > width


def _joined(text: str, lines: Sequence[Line], wraps: set[int]) -> Iterator[Line]:
    start: int | None = None
    for line in lines:
        start = line.start if start is None else start
        if line.start not in wraps:
            yield Line(start, line.end, " ".join(text[start : line.end].split()))
            start = None
