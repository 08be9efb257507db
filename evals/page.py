"""The report for readers: one self-contained HTML page with figures, plots and every case, rendered by `page.html`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from jinja2 import Template

from evals import plots
from evals.cases import Case, Excerpt
from evals.floors import Floors
from evals.report import arrowed, bound, figure, figures_line, heading, run_of, usage_line
from evals.runs import TRACED, Exam, Mean, Past, Result, Run, area, percentile, risk_coverage
from rag.core import Citation, NearMiss

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
    return plots.templates().get_template("page.html", globals={function.__name__: function for function in functions})


def _pairs(run: Run, ours: Run) -> Iterator[_Pair]:
    for rival, mine in zip(run.results, ours.results, strict=True):
        if rival.faults != mine.faults:
            yield _Pair(rival, len(rival.faults) < len(mine.faults))


def _plots(exam: Exam, trend: Sequence[Past]) -> Iterator[_Plot]:
    beside = [result for run in exam.baseline for result in run.results]
    ours = list(_risk(exam.results, "onrecord"))
    drawn = [*ours, *_risk(beside, "baseline", shade=1)]
    risk = plots.lines("Risk and coverage", plots.Axis("share of questions answered"), plots.Axis("share wrong"), drawn)
    note = "answers by confidence, most confident first" if ours else "onrecord's answers have no confidence"
    yield "Risk and coverage", note, risk
    yield "Latency", "share of answers that are there within so many milliseconds", _latency(exam.results, beside)
    for run in exam.runs:
        yield f"Trend: {run.name}", "over the runs that are kept", _trend(run.name, trend)
    note = "the line across a bar is the baseline" if beside else ""
    yield "Right answers by kind", note, _by_kind(exam.results, beside)


def _risk(results: Sequence[Result], name: str, shade: int = 0) -> Iterator[plots.Line]:
    if points := risk_coverage(results):
        named = f"{name}, area {area(points):.3f}"
        yield plots.Line(named, tuple((point.coverage, point.risk) for point in points), shade, stepped=True)


def _latency(ours: Sequence[Result], beside: Sequence[Result]) -> str:
    drawn = [
        plots.Line(name, tuple((1000 * percentile(seconds, share), share) for share in _SHARES), shade)
        for shade, (name, results) in enumerate((("onrecord", ours), ("baseline", beside)))
        if (seconds := [result.seconds for result in results])
    ]
    high = plots.ceiling(max(across for line in drawn for across, _ in line.points))
    return plots.lines("Latency", plots.Axis("milliseconds", 0, high), plots.Axis("share of answers"), drawn)


def _by_kind(ours: Sequence[Result], beside: Sequence[Result]) -> str:
    """Draws a bar for every kind over all sets, in the order of their first appearance."""
    rows = []
    for kind in dict.fromkeys(result.case.kind for result in ours):
        right, others = ([result.is_right for result in side if result.case.kind == kind] for side in (ours, beside))
        mark = sum(others) / len(others) if others else None
        note = f"{sum(right)} of {len(right)}"
        rows.append(plots.Bar(kind.replace("_", " "), sum(right) / len(right), mark, note))
    return plots.bars("Right answers by kind", rows)


def _trend(name: str, trend: Sequence[Past]) -> str:
    known = [past for past in trend if name in past.figures]
    drawn = [
        plots.Line(metric, points, shade)
        for shade, metric in enumerate(TRACED)
        if (
            points := tuple(
                (at, past.figures[name][metric]) for at, past in enumerate(known) if metric in past.figures[name]
            )
        )
    ]
    ends = tuple(dict.fromkeys(past.taken[:16].replace("T", " ") for past in (known[0], known[-1])))
    axis = plots.Axis(f"{len(known)} run{'s' * (len(known) > 1)}", 0, max(len(known) - 1, 1), ends)
    return plots.lines(f"Trend: {name}", axis, plots.Axis("mean"), drawn)


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
