"""The reports for terminals and programs: tables and JSON. The page for readers is made by `evals.page`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evals.metrics import BETTER_LOW
from evals.runs import Change, Exam, Floors, Mean, Result, Run, area, risk_coverage
from rag.core.errors import OnrecordError


class ReportError(OnrecordError):
    """A report cannot be written; the message names the path."""


def write(path: Path, text: str) -> None:
    """Writes a report. Raises ReportError naming the path if that is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(f"The report cannot be written to {path} ({error.strerror}); name another path.") from error


def print_exam(exam: Exam, floors: Mapping[str, Floors]) -> None:
    """Prints the metrics of every set, the latency and every answer that is not perfect."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    for run in exam.runs:
        rivals = {name: run_of(run.name, runs) for name, runs in exam.beside.items()}
        table = Table(title=heading(run), title_justify="left")
        table.add_column("metric")
        for title in ("mean", "judged", "floor", *rivals):
            table.add_column(title, justify="right")
        bounds = floors[run.name].bounds if run.name in floors else {}
        means = [rival.means() for rival in rivals.values()]
        for name, mean in run.means().items():
            cells = [figure(mean), str(mean.judged), bound(name, bounds)]
            table.add_row(arrowed(name), *cells, *(figure(rival[name]) for rival in means))
        console.print(table)
        console.print(figures_line(run))
        for name, rival in rivals.items():
            console.print(f"{name}: {figures_line(rival)}", markup=False)
        for result in run.results:
            if result.faults:
                console.print(f"- {result.case.id}: {result.case.question}  [{', '.join(result.faults)}]", markup=False)
    if exam.usage():
        console.print(usage_line(exam))


def usage_line(exam: Exam) -> str:
    """Names what a model used, by kind of token; empty where none wrote."""
    return ", ".join(f"{kind} {amount:,.6g}" for kind, amount in exam.usage().items())


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table: the first column to the left, a last one without a heading wrapped, the others to the right."""
    from rich.console import Console
    from rich.table import Table

    grid = Table(box=None, pad_edge=False)
    for place, title in enumerate(headings):
        is_note = place > 0 and not title
        grid.add_column(title, justify="right" if title and place else "left", no_wrap=not is_note)
    for row in rows:
        grid.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 140, highlight=False).print(grid)


def run_of(name: str, runs: Iterable[Run]) -> Run:
    """Finds the run of the set of that name."""
    return next(run for run in runs if run.name == name)


def print_changes(changes: Iterable[Change]) -> None:
    """Prints every case that changed between two runs, and the count of each kind of change."""
    from rich.console import Console

    console = Console(highlight=False)
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.what] = counts.get(change.what, 0) + 1
        moved = f"  [{', '.join(change.faults)}]" if change.faults else ""
        console.print(f"{change.what}: {change.case}: {change.question}{moved}", markup=False)
        for sign, text in (("−", change.before), ("+", change.after)):
            for line in text.splitlines():
                console.print(f"    {sign} {line}", markup=False)
    told = ", ".join(f"{number} {what}" for what, number in counts.items())
    console.print(told or "Every case is answered as before.")


def as_json(exam: Exam, floors: Mapping[str, Floors], missed: tuple[str, ...]) -> str:
    """Renders the exam as JSON: for each set the means, by kind too, latency in seconds, every case with its answer."""
    return json.dumps(
        {
            "taken": exam.taken,
            "writer": exam.writer,
            "usage": exam.usage(),
            "sets": {run.name: _run(run) for run in exam.runs},
            "baseline": {run.name: _run(run) for run in exam.baseline},
            "model": {run.name: _run(run) for run in exam.model},
            "floors": {name: dict(floor.bounds) for name, floor in floors.items()},
            "missed": missed,
        },
        ensure_ascii=False,
        indent=1,
    )


def _run(run: Run) -> dict[str, Any]:
    points = risk_coverage(run.results)
    return {
        "digest": run.digest,
        "writer": run.writer,
        "metrics": {name: asdict(mean) for name, mean in run.means().items()},
        "kinds": {kind: {name: asdict(mean) for name, mean in run.means(kind).items()} for kind in run.kinds},
        "latency": {"p50": run.latency(0.5), "p95": run.latency(0.95)},
        "risk_coverage": {"area": area(points), "points": [asdict(point) for point in points]},
        "results": [_result(result) for result in run.results],
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "id": result.case.id,
        "kind": result.case.kind,
        "question": result.case.question,
        "faults": result.faults,
        "scores": result.scores,
        "seconds": result.seconds,
        "answer": asdict(result.answer) | {"text": result.answer.text},
    }


def heading(run: Run) -> str:
    """Names the set, its number of cases, and who wrote the answers."""
    return f"{run.name}: {len(run.results)} cases, writer {run.writer}"


def figures_line(run: Run) -> str:
    """Tells the latency, and the area under the risk-coverage curve where answers have a confidence."""
    found = area(risk_coverage(run.results))
    risk = "" if found is None else f"; area under the risk-coverage curve {found:.3f}"
    return f"latency p50 {1000 * run.latency(0.5):.0f} ms, p95 {1000 * run.latency(0.95):.0f} ms{risk}"


def figure(mean: Mean) -> str:
    """Writes a mean with three places, or a dash."""
    return "–" if mean.value is None else f"{mean.value:.3f}"


def bound(name: str, bounds: Mapping[str, float]) -> str:
    """Writes the floor of a metric with the side on which it holds."""
    if name not in bounds:
        return ""
    return f"{'≤' if name in BETTER_LOW else '≥'} {bounds[name]:.3f}"


def arrowed(name: str) -> str:
    """Marks the name of a metric if lower is better."""
    return f"{name} ↓" if name in BETTER_LOW else name
