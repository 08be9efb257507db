"""Plots as SVG: lines and bars, for a column of 420 points, rendered by `plot.svg`.

Colours and fonts are the page's (`plot`, `s0`, `s1`, … are its classes), so that a plot is readable in the dark too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

WIDTH, HEIGHT = 420, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, WIDTH - 12, 12, HEIGHT - 40
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
        """Returns the position of a value on the axis, from 0 to 1."""
        return (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1.0)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yields the ticks of the axis: position, from 0 to 1, and label."""
        steps = (self.low + (self.high - self.low) * step / _TICKS for step in range(_TICKS + 1))
        names = self.labels or tuple(f"{step:.4g}" for step in steps)
        for number, name in enumerate(names):
            yield (number / (len(names) - 1) if len(names) > 1 else 0.5), name


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: what it is, its value from 0 to 1, a second value to mark beside it, and a note at its end."""

    name: str
    value: float
    mark: float | None = None
    note: str = ""


@cache
def templates() -> Environment:
    """Loads the templates of the evals; every text in them is escaped."""
    return Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)


def ceiling(value: float) -> float:
    """Finds the next of 1, 2, 4, 8, 10, 20, … that is not below the value: where an axis may end."""
    scale = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * scale for step in (1, 2, 4, 8, 10) if step * scale >= value)


def lines(title: str, x: Axis, y: Axis, drawn: Sequence[Line]) -> Markup:
    """Draws lines with their legend below."""
    return _drawn(title=title, height=HEIGHT + 18 * len(drawn) + 8, axes=(x, y), drawn=drawn, bars=())


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """Draws horizontal bars, one a row; the mark of a row is a thin line across it."""
    return _drawn(title=title, height=_ROW * len(rows) + 6, axes=None, drawn=(), bars=rows)


def _drawn(**parts: object) -> Markup:
    measures = {"width": WIDTH, "left": _LEFT, "right": _RIGHT, "bottom": _BOTTOM, "row": _ROW, "label": _LABEL}
    room = WIDTH - _LABEL - 60
    template = templates().get_template("plot.svg")
    return Markup(  # noqa: S704 - the template escapes what is put into it
        template.render(**parts, **measures, room=room, most_dots=_MOST_DOTS, across=_across, down=_down, path=_path)
    )


def _path(line: Line, x: Axis, y: Axis) -> str:
    (first, *rest) = [(_across(x.share(point[0])), _down(y.share(point[1]))) for point in line.points]
    step = "H{}V{}" if line.stepped else "L{} {}"
    return "M{} {}".format(*first) + "".join(step.format(*point) for point in rest)


def _across(share: float) -> str:
    return f"{_LEFT + share * (_RIGHT - _LEFT):.1f}"


def _down(share: float, below: int = 0) -> str:
    return f"{_TOP + (1 - share) * (_BOTTOM - _TOP) + below:.1f}"
