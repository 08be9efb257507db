"""The report for readers: one page with figures, plots and every case. Knows figures and answers, not rules.

The page is self-contained: it asks for nothing outside itself, and every text in it is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from evals import plots
from evals.case import Case, Excerpt
from evals.gate import Floors
from evals.kept import TRACED, Past
from evals.report import arrowed, bound, figure, figures_line, heading, run_of
from evals.results import Exam, Result, Run, area, percentile, risk_coverage
from rag.core import Answer, Citation, NearMiss

_STYLE = Path(__file__).parent / "page.css"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_SHARES = tuple(step / 20 for step in range(1, 21))


def as_html(exam: Exam, floors: Mapping[str, Floors], missed: tuple[str, ...], trend: Sequence[Past]) -> str:
    """The exam as one page: the figures, the plots, then every case with question, expected, got and evidence."""
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>onrecord eval</title><style>{_STYLE.read_text(encoding='utf-8')}</style></head><body><main>",
            f'<h1>onrecord eval</h1><p class="soft">{escape(exam.taken)}, writer {escape(exam.writer)}</p>',
            *(f'<p class="missed">{escape(sentence)}</p>' for sentence in missed),
            *(f"<p>{escape(heading(run))}; {escape(figures_line(run))}</p>" for run in (*exam.runs, *exam.model)),
            *_usage(exam),
            "<h2>Figures</h2>",
            _figures(exam, floors),
            f'<h2>Plots</h2><div class="plots">{"".join(_plots(exam, trend))}</div>',
            *(_cases(run) for run in exam.runs),
            *(_told_apart(run, run_of(run.name, exam.runs)) for run in exam.model),
            "</main></body></html>\n",
        )
    )


def _usage(exam: Exam) -> Iterator[str]:
    if usage := exam.usage():
        yield f"<p>{escape(', '.join(f'{kind} {amount:,.6g}' for kind, amount in usage.items()))}</p>"


def _figures(exam: Exam, floors: Mapping[str, Floors]) -> str:
    """The table of means: a row for every metric; for every set the mean, its floor and those of whoever is beside."""
    beside = {name: {run.name: run.means() for run in runs} for name, runs in exam.beside.items()}
    columns = [(run.name, run.means(), floors[run.name].bounds if run.name in floors else {}) for run in exam.runs]
    headings = "".join(
        f'<th scope="col">{escape(name)}</th><th scope="col">floor</th>'
        + "".join(f'<th scope="col">{escape(rival)}</th>' for rival in beside)
        for name, _, _ in columns
    )
    rows = "".join(
        f'<tr><th scope="row">{arrowed(metric)}</th>'
        + "".join(
            f'<td>{figure(means[metric])}</td><td class="plain">{bound(metric, bounds)}</td>'
            + "".join(f'<td class="plain">{figure(rival[name][metric])}</td>' for rival in beside.values())
            for name, means, bounds in columns
        )
        + "</tr>"
        for metric in columns[0][1]
    )
    return (
        f'<div class="wide"><table><thead><tr><th scope="row">metric</th>{headings}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _plots(exam: Exam, trend: Sequence[Past]) -> Iterator[str]:
    beside = [result for run in exam.baseline for result in run.results]
    ours = list(_risk(exam.results, "onrecord"))
    drawn = [*ours, *_risk(beside, "baseline", shade=1)]
    risk = plots.lines("Risk and coverage", plots.Axis("share of questions answered"), plots.Axis("share wrong"), drawn)
    note = "answers by confidence, most confident first" if ours else "onrecord's answers have no confidence"
    yield _plot("Risk and coverage", note, risk)
    yield _plot("Latency", "share of answers that are there within so many milliseconds", _latency(exam))
    for run in exam.runs:
        yield _plot(f"Trend: {run.name}", "over the runs that are kept", _trend(run.name, trend))
    yield _plot("Right answers by kind", "the line across a bar is the baseline" if beside else "", _by_kind(exam))


def _plot(title: str, note: str, svg: str) -> str:
    return f"<figure><figcaption>{escape(title)}<small>{escape(note)}</small></figcaption>{svg}</figure>"


def _risk(results: Sequence[Result], name: str, shade: int = 0) -> Iterator[plots.Line]:
    if points := risk_coverage(results):
        named = f"{name}, area {area(points):.3f}"
        yield plots.Line(named, tuple((point.coverage, point.risk) for point in points), shade, stepped=True)


def _latency(exam: Exam) -> str:
    sides = [("onrecord", exam.results), ("baseline", tuple(r for run in exam.baseline for r in run.results))]
    drawn = [
        plots.Line(name, tuple((_milliseconds(results, share), share) for share in _SHARES), shade)
        for shade, (name, results) in enumerate(sides)
        if results
    ]
    high = plots.ceiling(max(across for line in drawn for across, _ in line.points))
    return plots.lines("Latency", plots.Axis("milliseconds", 0, high), plots.Axis("share of answers"), drawn)


def _milliseconds(results: Sequence[Result], share: float) -> float:
    return 1000 * percentile([result.seconds for result in results], share)


def _by_kind(exam: Exam) -> str:
    """A bar for every kind over all sets, in the order of their first appearance."""
    kinds: dict[str, list[Result]] = {}
    for result in exam.results:
        kinds.setdefault(result.case.kind, []).append(result)
    beside: dict[str, list[Result]] = {}
    for result in (result for run in exam.baseline for result in run.results):
        beside.setdefault(result.case.kind, []).append(result)
    rows = [
        plots.Bar(
            kind.replace("_", " "),
            _share_right(results),
            _share_right(beside[kind]) if kind in beside else None,
            f"{sum(result.is_right for result in results)} of {len(results)}",
        )
        for kind, results in kinds.items()
    ]
    return plots.bars("Right answers by kind", rows)


def _share_right(results: Sequence[Result]) -> float:
    return sum(result.is_right for result in results) / len(results)


def _trend(name: str, trend: Sequence[Past]) -> str:
    known = [past for past in trend if name in past.figures]
    drawn = [
        plots.Line(metric, tuple(_traced(known, name, metric)), shade)
        for shade, metric in enumerate(TRACED)
        if any(metric in past.figures[name] for past in known)
    ]
    ends = tuple(dict.fromkeys(past.taken[:16].replace("T", " ") for past in (known[0], known[-1])))
    axis = plots.Axis(f"{len(known)} run{'s' * (len(known) > 1)}", 0, max(len(known) - 1, 1), ends)
    return plots.lines(f"Trend: {name}", axis, plots.Axis("mean"), drawn)


def _traced(known: Sequence[Past], name: str, metric: str) -> Iterator[tuple[float, float]]:
    for number, past in enumerate(known):
        if metric in past.figures[name]:
            yield number, past.figures[name][metric]


def _cases(run: Run) -> str:
    """The cases of a set: first those that are not perfect, the wrong ones open; then the perfect ones, folded."""
    faulty = [result for result in run.results if result.faults]
    perfect = [result for result in run.results if not result.faults]
    wrong = sum(not result.is_right for result in run.results)
    counts = f"{wrong} wrong, {len(faulty) - wrong} right but not perfect, {len(perfect)} perfect"
    return "\n".join(
        (
            f"<h2>{escape(run.name)}: {counts}</h2>",
            *(_section(result) for result in sorted(faulty, key=lambda result: result.is_right)),
            f"<details><summary>The {len(perfect)} perfect ones</summary>{''.join(map(_section, perfect))}</details>",
        )
    )


def _told_apart(run: Run, ours: Run) -> str:
    """The cases that the model's answers pass otherwise than ours, the model's answer in full."""
    pairs = [
        (other, mine) for other, mine in zip(run.results, ours.results, strict=True) if other.faults != mine.faults
    ]
    better = sum(len(other.faults) < len(mine.faults) for other, mine in pairs)
    sections = (_section(replace(other, case=replace(other.case, id=f"model-{other.case.id}"))) for other, _ in pairs)
    counts = f"{better} better, {len(pairs) - better} not, {len(run.results) - len(pairs)} alike"
    return f"<h2>{escape(run.name)} by {escape(run.writer)}: {counts}</h2>{''.join(sections)}"


def _section(result: Result) -> str:
    case, faults = result.case, result.faults
    shade = "right" if result.is_right else "wrong"
    state = f'<span class="{shade}">{", ".join(faults) or "perfect"}</span>'
    return "\n".join(
        (
            f'<details id="{escape(case.id)}"{"" if result.is_right else " open"}>',
            f"<summary>{escape(case.question)} {state}</summary>",
            f'<p class="soft">{escape(case.id)}, {escape(case.kind)}, {1000 * result.seconds:.0f} ms</p>',
            *(f'<p class="turn">{escape(turn.role)}: {escape(turn.content)}</p>' for turn in case.history),
            f"<h3>Expected</h3><ul>{''.join((*_evidence(result), *_items(_expected(case))))}</ul>",
            f"<h3>Got</h3>{_got(case, result.answer)}",
            f"<h3>Cited</h3><ul>{''.join(_places(result)) or '<li>nothing</li>'}</ul></details>",
        )
    )


def _evidence(result: Result) -> Iterator[str]:
    """Each piece of evidence, and whether a citation shows it."""
    for group in result.case.evidence:
        is_cited = any(excerpt.is_held_by(citation) for excerpt in group for citation in result.answer.citations)
        state = '<span class="right">cited ✓</span>' if is_cited else '<span class="wrong">not cited ✗</span>'
        yield f"<li>{state} {escape(' or '.join(_excerpt(excerpt) for excerpt in group))}</li>"


def _expected(case: Case) -> Iterator[str]:
    if case.is_to_be_declined:
        yield f"declined: {' or '.join(case.reasons)}"
    if case.standalone:
        yield f"read as: {' or '.join(case.standalone)}"
    yield from _expected_text(case)
    for excerpt in case.forbidden:
        yield f"forbidden: {_excerpt(excerpt)}"
    if case.note:
        yield f"note: {case.note}"


def _expected_text(case: Case) -> Iterator[str]:
    """What must stand in the answer's text, or must not."""
    for alternatives in case.words:
        yield f"the words {' or '.join(alternatives)}"
    for words in case.unsaid:
        yield f"not the words {words}"
    if case.count is not None:
        yield f"the number {case.count}"
    if case.differences == ():
        yield "no difference announced"
    for difference in case.differences or ():
        yield f"a difference: {' against '.join(_excerpt(side[0]) for side in difference)}"


def _excerpt(excerpt: Excerpt) -> str:
    words = "the whole file" if excerpt.quote is None else f"“{excerpt.quote}”"
    credit = [part for part in (" or ".join(excerpt.speakers), excerpt.kind) if part]
    return f"{words} ({', '.join([*credit, excerpt.source])})"


def _got(case: Case, answer: Answer) -> str:
    status = answer.status if answer.reason is None else f"{answer.status}: {answer.reason}"
    sentences = "".join(f"<p>{escape(line)}</p>" for line in answer.text.split("\n"))
    read = [f"read as: {answer.standalone_question}"] if case.history or case.standalone else []
    rest = [*read, *answer.notes, *(f"withheld: {withheld.text} ({withheld.reason})" for withheld in answer.withheld)]
    sure = "" if answer.confidence is None else f", confidence {answer.confidence:.2f}"
    return f"<p><b>{escape(status)}</b>{sure}</p>{sentences}<ul>{''.join(_items(rest))}</ul>"


def _places(result: Result) -> Iterator[str]:
    """The places shown, each with the expected words in it marked."""
    for citation in result.answer.citations:
        credit = (
            f"[{citation.number}] {citation.source}:{citation.line}, {citation.speaker or 'narration'}, {citation.kind}"
        )
        yield f"<li>{escape(credit)}: {_marked(result.case, citation)}</li>"
    for near in result.answer.near_misses:
        yield f"<li>{escape(f'near miss, {near.why}, {near.source}')}: {_marked(result.case, near)}</li>"


def _marked(case: Case, place: Citation | NearMiss) -> str:
    """The place's words, with the first expected ones in them marked."""
    for group in case.evidence:
        for excerpt in group:
            if excerpt.quote is not None and excerpt.is_held_by(place):
                before, after = place.quote.split(excerpt.quote, 1)
                return f"{escape(before)}<mark>{escape(excerpt.quote)}</mark>{escape(after)}"
    return escape(place.quote)


def _items(texts: Iterable[str]) -> Iterator[str]:
    return (f"<li>{escape(text)}</li>" for text in texts)
