"""The report for readers: one self-contained HTML page with figures, plots and every case, rendered by `page.html`.

The plots, lines and bars for a column of 420 points, are SVG by `plot.svg`; colours and fonts are the page's (`plot`,
`s0`, `s1`, … are its classes), so that a plot is readable in the dark too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from evals.cases import Case, Excerpt
from evals.report import arrowed, bound, figure, figures_line, heading, run_of, usage_line
from evals.runs import TRACED, Exam, Floors, Mean, Past, Result, Run, area, percentile, risk_coverage
from rag.core import Citation, NearMiss

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


_SHARES = tuple(step / 20 for step in range(1, 21))
_Plot = tuple[str, str, str]
"""Title, note and SVG."""


class _Column(NamedTuple):
    name: str
    means: Mapping[str, Mean]
    bounds: Mapping[str, float]


class _Pair(NamedTuple):
    """A model's answer that has other faults than ours, and whether it has fewer."""

    result: Result
    is_better: bool


def as_html(exam: Exam, floors: Mapping[str, Floors], missed: tuple[str, ...], trend: Sequence[Past]) -> str:
    """Renders the exam as one page: the figures, the plots, then every case with what was expected and what came."""
    return _template().render(
        exam=exam,
        missed=missed,
        usage=usage_line(exam),
        columns=[
            _Column(run.name, run.means(), floors[run.name].bounds if run.name in floors else {}) for run in exam.runs
        ],
        beside={name: {run.name: run.means() for run in runs} for name, runs in exam.beside.items()},
        plots=list(_plots(exam, trend)),
        compared=[(run, list(_pairs(run, run_of(run.name, exam.runs)))) for run in exam.model],
    )


def _template() -> Template:
    functions = (arrowed, bound, evidence, expected, figure, figures_line, heading, marked)
    return templates().get_template("page.html", globals={function.__name__: function for function in functions})


def _pairs(run: Run, ours: Run) -> Iterator[_Pair]:
    for rival, mine in zip(run.results, ours.results, strict=True):
        if rival.faults != mine.faults:
            yield _Pair(rival, len(rival.faults) < len(mine.faults))


def _plots(exam: Exam, trend: Sequence[Past]) -> Iterator[_Plot]:
    beside = [result for run in exam.baseline for result in run.results]
    ours = list(_risk(exam.results, "onrecord"))
    drawn = [*ours, *_risk(beside, "baseline", shade=1)]
    risk = lines("Risk and coverage", Axis("share of questions answered"), Axis("share wrong"), drawn)
    note = "answers by confidence, most confident first" if ours else "onrecord's answers have no confidence"
    yield "Risk and coverage", note, risk
    yield "Latency", "share of answers that are there within so many milliseconds", _latency(exam.results, beside)
    for run in exam.runs:
        yield f"Trend: {run.name}", "over the runs that are kept", _trend(run.name, trend)
    note = "the line across a bar is the baseline" if beside else ""
    yield "Right answers by kind", note, _by_kind(exam.results, beside)


def _risk(results: Sequence[Result], name: str, shade: int = 0) -> Iterator[Line]:
    if points := risk_coverage(results):
        named = f"{name}, area {area(points):.3f}"
        yield Line(named, tuple((point.coverage, point.risk) for point in points), shade, stepped=True)


def _latency(ours: Sequence[Result], beside: Sequence[Result]) -> str:
    drawn = [
        Line(name, tuple((1000 * percentile(seconds, share), share) for share in _SHARES), shade)
        for shade, (name, results) in enumerate((("onrecord", ours), ("baseline", beside)))
        if (seconds := [result.seconds for result in results])
    ]
    high = ceiling(max(across for line in drawn for across, _ in line.points))
    return lines("Latency", Axis("milliseconds", 0, high), Axis("share of answers"), drawn)


def _by_kind(ours: Sequence[Result], beside: Sequence[Result]) -> str:
    """Draws a bar for every kind over all sets, in the order of their first appearance."""
    rows = []
    for kind in dict.fromkeys(result.case.kind for result in ours):
        right, others = ([result.is_right for result in side if result.case.kind == kind] for side in (ours, beside))
        mark = sum(others) / len(others) if others else None
        note = f"{sum(right)} of {len(right)}"
        rows.append(Bar(kind.replace("_", " "), sum(right) / len(right), mark, note))
    return bars("Right answers by kind", rows)


def _trend(name: str, trend: Sequence[Past]) -> str:
    known = [past for past in trend if name in past.figures]
    drawn = [
        Line(metric, points, shade)
        for shade, metric in enumerate(TRACED)
        if (
            points := tuple(
                (at, past.figures[name][metric]) for at, past in enumerate(known) if metric in past.figures[name]
            )
        )
    ]
    ends = tuple(dict.fromkeys(past.taken[:16].replace("T", " ") for past in (known[0], known[-1])))
    axis = Axis(f"{len(known)} run{'s' * (len(known) > 1)}", 0, max(len(known) - 1, 1), ends)
    return lines(f"Trend: {name}", axis, Axis("mean"), drawn)


def evidence(result: Result) -> Iterator[tuple[str, bool]]:
    """Yields each piece of evidence, and whether a citation shows it."""
    for group in result.case.evidence:
        is_cited = any(excerpt.is_held_by(citation) for excerpt in group for citation in result.answer.citations)
        yield " or ".join(_excerpt(excerpt) for excerpt in group), is_cited


def expected(case: Case) -> Iterator[str]:
    """Yields what is expected beside the evidence, a line each."""
    if case.is_to_be_declined:
        yield f"declined: {' or '.join(case.reasons)}"
    if case.standalone:
        yield f"read as: {' or '.join(case.standalone)}"
    yield from (f"the words {' or '.join(alternatives)}" for alternatives in case.words)
    yield from (f"not the words {words}" for words in case.unsaid)
    if case.count is not None:
        yield f"the number {case.count}"
    if case.differences == ():
        yield "no difference announced"
    for difference in case.differences or ():
        yield f"a difference: {' against '.join(_excerpt(side[0]) for side in difference)}"
    yield from (f"forbidden: {_excerpt(excerpt)}" for excerpt in case.forbidden)
    if case.note:
        yield f"note: {case.note}"


def _excerpt(excerpt: Excerpt) -> str:
    words = "the whole file" if excerpt.quote is None else f"“{excerpt.quote}”"
    credit = [part for part in (" or ".join(excerpt.speakers), excerpt.kind) if part]
    return f"{words} ({', '.join([*credit, excerpt.source])})"


def marked(case: Case, place: Citation | NearMiss) -> tuple[str, str, str]:
    """Cuts the words of a place into what stands before the first expected words in it, these, and what follows."""
    for excerpt in (excerpt for group in case.evidence for excerpt in group):
        if excerpt.quote is not None and excerpt.is_held_by(place):
            before, after = place.quote.split(excerpt.quote, 1)
            return before, excerpt.quote, after
    return place.quote, "", ""
