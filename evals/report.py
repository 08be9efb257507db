"""The reports: a table for the terminal, JSON for programs, one page for readers. Knows figures and answers, not rules.

The page is self-contained: it asks for nothing outside itself, and every text in it is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from evals.cases import Case, Excerpt
from evals.gate import Floors
from evals.metrics import BETTER_LOW, METRICS, Mean, Result, Run
from rag.errors import OnrecordError
from rag.types import Answer, Citation, NearMiss


class ReportError(OnrecordError):
    """A report cannot be written; the message names the path."""


def write(path: Path, text: str) -> None:
    """Write a report. Raises ReportError naming the path if that is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(f"The report cannot be written to {path} ({error.strerror}); name another path.") from error


def print_run(run: Run, floors: Floors | None) -> None:
    """Print the metrics, the latency and every answer that is not perfect to stdout."""
    from rich.console import Console
    from rich.markup import escape as plain
    from rich.table import Table

    console = Console(highlight=False)
    table = Table(title=plain(_heading(run)), title_justify="left")
    table.add_column("metric")
    for heading in ("mean", "judged", "floor"):
        table.add_column(heading, justify="right")
    bounds = floors.bounds if floors else {}
    for name, mean in run.means().items():
        table.add_row(name, _figure(mean), str(mean.judged), _bound(name, bounds))
    console.print(table)
    console.print(_latency(run))
    for result in run.results:
        if result.faults:
            console.print(f"- {result.case.id}: {result.case.question}  [{', '.join(result.faults)}]", markup=False)


def as_json(run: Run, floors: Floors | None, missed: tuple[str, ...]) -> str:
    """The run as JSON: means over all cases and by kind, latency in seconds, and every case with its answer."""
    return json.dumps(
        {
            "digest": run.digest,
            "writer": run.writer,
            "metrics": {name: asdict(mean) for name, mean in run.means().items()},
            "kinds": {kind: {name: asdict(mean) for name, mean in run.means(kind).items()} for kind in run.kinds},
            "latency": {"p50": run.latency(0.5), "p95": run.latency(0.95)},
            "floors": floors.bounds if floors else None,
            "missed": missed,
            "results": [_result(result) for result in run.results],
        },
        ensure_ascii=False,
        indent=1,
    )


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


def as_html(run: Run, missed: tuple[str, ...]) -> str:
    """The run as one page: the figures, then every case with question, expected, got and evidence."""
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>onrecord eval</title><style>{_STYLE}</style></head><body><main>",
            f"<h1>onrecord eval</h1><p>{escape(_heading(run))}; {_latency(run)}; cases {run.digest[:12]}</p>",
            *(f'<p class="missed">{escape(sentence)}</p>' for sentence in missed),
            _figures(run),
            *(_section(result) for result in run.results),
            "</main></body></html>\n",
        )
    )


def _heading(run: Run) -> str:
    return f"{len(run.results)} cases, writer {run.writer}"


def _latency(run: Run) -> str:
    return f"latency p50 {1000 * run.latency(0.5):.0f} ms, p95 {1000 * run.latency(0.95):.0f} ms"


def _figures(run: Run) -> str:
    """The table of means: a row for every metric, a column for all cases and for every kind."""
    columns = [run.means(), *(run.means(kind) for kind in run.kinds)]
    headings = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in ("", "all", *run.kinds))
    rows = "".join(
        f'<tr><th scope="row">{name}</th>'
        + "".join(f"<td>{_figure(column[name])}</td>" for column in columns)
        + "</tr>"
        for name in METRICS
    )
    return f'<div class="wide"><table><thead><tr>{headings}</tr></thead><tbody>{rows}</tbody></table></div>'


def _section(result: Result) -> str:
    case, faults = result.case, result.faults
    state = f'<span class="missed">{", ".join(faults)}</span>' if faults else '<span class="right">right</span>'
    return "\n".join(
        (
            f'<details id="{escape(case.id)}"{" open" if faults else ""}>',
            f"<summary>{escape(case.question)} {state}</summary>",
            f"<p>{escape(case.id)}, {escape(case.kind)}, {1000 * result.seconds:.0f} ms</p>",
            *(f"<p>{escape(turn.role)}: {escape(turn.content)}</p>" for turn in case.history),
            f"<h3>Expected</h3><ul>{''.join(_items(_expected(case)))}</ul>",
            f"<h3>Got</h3>{_got(result.answer)}",
            f"<h3>Evidence cited</h3><ul>{''.join(_places(result))}</ul></details>",
        )
    )


def _expected(case: Case) -> Iterator[str]:
    if case.is_to_be_declined:
        yield f"declined: {' or '.join(case.reasons)}"
    for group in case.evidence:
        yield " or ".join(_excerpt(excerpt) for excerpt in group)
    for alternatives in case.words:
        yield f"the words {' or '.join(alternatives)}"
    for excerpt in case.allowed:
        yield f"allowed: {_excerpt(excerpt)}"
    for excerpt in case.forbidden:
        yield f"forbidden: {_excerpt(excerpt)}"
    if case.note:
        yield case.note


def _excerpt(excerpt: Excerpt) -> str:
    words = "the whole file" if excerpt.quote is None else f"“{excerpt.quote}”"
    credit = [part for part in (" or ".join(excerpt.speakers), excerpt.kind) if part]
    return f"{words} ({', '.join([*credit, excerpt.source])})"


def _got(answer: Answer) -> str:
    status = answer.status if answer.reason is None else f"{answer.status}: {answer.reason}"
    sentences = "".join(f"<p>{escape(line)}</p>" for line in answer.text.split("\n"))
    rest = [*answer.notes, *(f"withheld: {withheld.text} ({withheld.reason})" for withheld in answer.withheld)]
    return f"<p><b>{escape(status)}</b></p>{sentences}<ul>{''.join(_items(rest))}</ul>"


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
            if excerpt.quote is not None and excerpt.source == place.source and excerpt.quote in place.quote:
                before, after = place.quote.split(excerpt.quote, 1)
                return f"{escape(before)}<mark>{escape(excerpt.quote)}</mark>{escape(after)}"
    return escape(place.quote)


def _items(texts: Iterable[str]) -> Iterator[str]:
    return (f"<li>{escape(text)}</li>" for text in texts)


def _figure(mean: Mean) -> str:
    return "–" if mean.value is None else f"{mean.value:.3f}"


def _bound(name: str, bounds: dict[str, float]) -> str:
    if name not in bounds:
        return ""
    return f"{'≤' if name in BETTER_LOW else '≥'} {bounds[name]:.3f}"


_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
.wide { overflow-x: auto } table { border-collapse: collapse; font-size: .85rem }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #8884 } th[scope=row] { text-align: left }
details { border-top: 1px solid #8884; padding: .5rem 0 } summary { cursor: pointer; font-weight: 600 }
h3 { font-size: .9rem; margin: .8rem 0 .2rem } .missed { color: #c0392b } .right { color: #2e7d32; font-weight: 400 }
mark { background: #ffe58a; color: #000 }
"""
