"""Plots as SVG in a text: lines and bars, for a column of 420 points. Knows numbers and names, not what they mean.

Colours and letters are the page's (`plot`, `s0`, `s1`, … are its classes), so that a plot is readable in the dark too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 420, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 40
_ROW, _LABEL = 22, 128
_TICKS = 4
_MOST_DOTS = 40


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through points (x, y), of colour `s0`, `s1`, … by its shade; `stepped` keeps y until the next x."""

    name: str
    points: tuple[tuple[float, float], ...]
    shade: int = 0
    stepped: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows, from where to where; `labels` replace the numbers, spread over its length."""

    name: str
    low: float = 0.0
    high: float = 1.0
    labels: tuple[str, ...] = ()

    def share(self, value: float) -> float:
        """How far along the axis a value lies, from 0 to 1."""
        return (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1.0)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Where the axis is marked, from 0 to 1, and with what."""
        names = self.labels or tuple(
            f"{self.low + (self.high - self.low) * step / _TICKS:.4g}" for step in range(_TICKS + 1)
        )
        for number, name in enumerate(names):
            yield (number / (len(names) - 1) if len(names) > 1 else 0.5), name


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: what it is, its value from 0 to 1, a second value to mark beside it, and a note at its end."""

    name: str
    value: float
    mark: float | None = None
    note: str = ""


def ceiling(value: float) -> float:
    """The next of 1, 2, 4, 8, 10, 20, … that is not below the value: where an axis may end."""
    scale = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * scale for step in (1, 2, 4, 8, 10) if step * scale >= value)


def lines(title: str, x: Axis, y: Axis, drawn: Sequence[Line]) -> str:
    """A plot of lines with its legend under it."""
    body = "".join((*_frame(x, y), *(_line(line, x, y) for line in drawn), *_legend(drawn)))
    return _svg(title, HEIGHT + 18 * len(drawn) + 8, body)


def bars(title: str, rows: Sequence[Bar]) -> str:
    """A plot of horizontal bars, one a row; the mark of a row is a thin line across it."""
    return _svg(title, _ROW * len(rows) + 6, "".join(_bar(number, row) for number, row in enumerate(rows)))


def _svg(title: str, height: int, body: str) -> str:
    return (
        f'<svg class="plot" role="img" viewBox="0 0 {WIDTH} {height}" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def _frame(x: Axis, y: Axis) -> Iterator[str]:
    for share, name in y.ticks():
        height = _down(share)
        yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{height:.1f}" y2="{height:.1f}"/>'
        yield f'<text x="{_LEFT - 6}" y="{height + 4:.1f}" text-anchor="end">{escape(name)}</text>'
    for share, name in x.ticks():
        anchor = "end" if share > 0.99 else "start" if share < 0.01 else "middle"  # noqa: PLR2004 - the two ends
        yield f'<text x="{_across(share):.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="{anchor}">{escape(name)}</text>'
    yield f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{escape(x.name)}</text>'
    yield f'<text x="{_LEFT}" y="{HEIGHT - 6}">{escape(y.name)} ↑</text>'


def _line(line: Line, x: Axis, y: Axis) -> str:
    places = [(_across(x.share(first)), _down(y.share(second))) for first, second in line.points]
    if not places:
        return ""
    path = f"M{places[0][0]:.1f} {places[0][1]:.1f}"
    for across, down in places[1:]:
        path += (f"H{across:.1f}V{down:.1f}") if line.stepped else f"L{across:.1f} {down:.1f}"
    if len(places) > _MOST_DOTS:
        return f'<path class="s{line.shade}" d="{path}"/>'
    dots = (f'<circle class="s{line.shade}" cx="{across:.1f}" cy="{down:.1f}" r="2.5"/>' for across, down in places)
    return f'<path class="s{line.shade}" d="{path}"/>{"".join(dots)}'


def _legend(drawn: Sequence[Line]) -> Iterator[str]:
    for number, line in enumerate(drawn):
        height = HEIGHT + 18 * number + 16
        yield f'<path class="s{line.shade}" d="M{_LEFT} {height - 4}h22"/>'
        yield f'<text x="{_LEFT + 30}" y="{height}">{escape(line.name)}</text>'


def _bar(number: int, row: Bar) -> str:
    room = WIDTH - _LABEL - 60
    top = _ROW * number + 4
    parts = [
        f'<text x="{_LABEL - 8}" y="{top + 12}" text-anchor="end">{escape(row.name)}</text>',
        f'<rect class="rail" x="{_LABEL}" y="{top}" width="{room}" height="15"/>',
        f'<rect class="s0" x="{_LABEL}" y="{top}" width="{room * row.value:.1f}" height="15"/>',
        f'<text x="{_LABEL + room + 8}" y="{top + 12}">{escape(row.note)}</text>',
    ]
    if row.mark is not None:
        across = _LABEL + room * row.mark
        parts.append(f'<line class="mark" x1="{across:.1f}" x2="{across:.1f}" y1="{top - 2}" y2="{top + 17}"/>')
    return "".join(parts)


def _across(share: float) -> float:
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _down(share: float) -> float:
    return _TOP + (1 - share) * (HEIGHT - _TOP - _BOTTOM)
