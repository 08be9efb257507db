"""What each command does: the library's door is opened here, its results are printed. Knows no parsing of words."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.assembly import build, build_index, make_embedder, open_store
from rag.contract import STATEMENT_COLUMNS, answer_json, hit_json, report_json, statement_json
from rag.errors import OnrecordError, UsageError
from rag.settings import Settings
from rag.terminal import answer_text, counted, hit_text, note, say, statement_text
from rag.types import Statement, SyncReport, Turn

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant
    from rag.library.sync import Progress
    from rag.library.view import View

DEFAULT_FOLDER = Path("seeds")


def run(options: argparse.Namespace) -> int:
    """Carries out the command that the options name and returns the exit code."""
    settings = Settings.from_environment(data=options.data)
    return _COMMANDS[options.command](options, settings)


def index(options: argparse.Namespace, settings: Settings) -> int:
    """Reads a folder into the library."""
    from rag.library.store import Store
    from rag.library.sync import sync

    with closing(Store.create(settings.data)) as store:
        with store.reading() as view:
            remembered = view.folder
        folder = options.folder or (None if remembered else _default_folder())
        with _progress() as on_progress:
            report = sync(
                store,
                folder,
                embedder=make_embedder(settings),
                settings=settings,
                replace=options.replace,
                on_progress=on_progress,
            )
        with closing(build_index(store, settings, owned=True)) as vectors:
            vectors.follow()
    _print_report(report, as_json=options.json)
    return 1 if report.failed and not report.articles else 0


def _default_folder() -> Path:
    if DEFAULT_FOLDER.is_dir():
        return DEFAULT_FOLDER
    raise UsageError("Name the folder of articles: `onrecord index FOLDER`.")


def _print_report(report: SyncReport, *, as_json: bool) -> None:
    for warning in report.warnings:
        note(f"warning: {warning}")
    for failure in report.failed:
        note(f"skipped {failure.source}: {failure.reason}")
    if as_json:
        _emit_json([report_json(report)])
        return
    say(
        f"{counted(report.articles, 'article')}, {counted(report.passages, 'passage')}, "
        f"{counted(report.statements, 'statement')} in the library "
        f"({report.added:,} added, {report.changed:,} changed, {report.removed:,} removed, "
        f"{len(report.failed):,} skipped) in {report.seconds:.1f} s"
    )


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None] | None]:
    """A bar on standard error while it is a terminal; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading", total=None)
        yield lambda step: bar.update(task, total=step.total, completed=step.done)


def ask(options: argparse.Namespace, settings: Settings) -> int:
    """Answers one question, or every line of a batch."""
    if options.batch == (options.question is not None):
        raise UsageError('Ask one question, `onrecord ask "QUESTION"`, or give JSON lines to `onrecord ask --batch`.')
    with closing(build(settings, writer=options.writer)) as assistant:
        if options.batch:
            return _batch(lambda line: _answer_line(assistant, line, options))
        answer = assistant.ask(options.question, asked=options.asked)
    if options.json:
        _emit_json([answer_json(answer)])
    else:
        say(answer_text(answer))
    return 0


def _answer_line(assistant: Assistant, line: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    history = [Turn(turn["role"], str(turn["content"])) for turn in line.get("history") or ()]
    asked = date.fromisoformat(line["asked"]) if line.get("asked") else options.asked
    return answer_json(assistant.ask(str(line["question"]), history, asked), line.get("id"))


def _batch(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """One JSON line out for each line in, in order; a line that fails says so and the run goes on."""
    for text in sys.stdin:
        if not text.strip():
            continue
        line: Any = None
        try:
            line = json.loads(text)
            result = answer(line)
        except (OnrecordError, ValueError, KeyError, TypeError, AttributeError) as error:
            result = {"id": line.get("id") if isinstance(line, dict) else None, "error": _why(error)}
        _emit_json([result])
    return 0


def _why(error: Exception) -> str:
    if isinstance(error, OnrecordError):
        return str(error)
    return f'Each line must be a JSON object such as {{"id": 1, "question": "…"}} ({type(error).__name__}: {error}).'


def search(options: argparse.Namespace, settings: Settings) -> int:
    """Finds passages without writing an answer."""
    if options.batch == (options.query is not None):
        raise UsageError(
            'Search for one query, `onrecord search "QUERY"`, or give JSON lines to `onrecord search --batch`.'
        )
    with closing(build(settings)) as assistant:
        if options.batch:
            return _batch(lambda line: _hits_line(assistant, line, options.limit))
        hits = assistant.search(options.query, options.limit)
        if options.json:
            _emit_json(hit_json(hit) for hit in hits)
        else:
            _print_lines(hit_text(hit, assistant.article(hit.passage.source)) for hit in hits)
    return 0


def _hits_line(assistant: Assistant, line: dict[str, Any], limit: int) -> dict[str, Any]:
    hits = assistant.search(str(line["question"]), limit)
    return {"id": line.get("id"), "hits": [hit_json(hit) for hit in hits]}


def statements(options: argparse.Namespace, settings: Settings) -> int:
    """Lists every recorded statement that fits, with the true count."""
    with closing(open_store(settings)) as store, store.reading() as view:
        found = _found(view, options)
        articles = view.articles({one.source for one in found})
    wanted = [one for one in found if _within(articles[one.source].published, options.since, options.until)]
    undated = [one for one in found if (options.since or options.until) and articles[one.source].published is None]
    listed = [*wanted, *undated]
    rows = [row for one in listed for row in statement_json(one, articles[one.source])]
    if options.json:
        _emit_json(rows)
    elif options.csv:
        table = csv.DictWriter(sys.stdout, STATEMENT_COLUMNS)
        table.writeheader()
        table.writerows(rows)
    else:
        _print_lines(statement_text(one, articles[one.source]) for one in listed)
    _print_count(wanted, undated)
    return 0


def _found(view: View, options: argparse.Namespace) -> list[Statement]:
    """The statements that pass every filter but the dates."""
    from rag.answering.known import Known
    from rag.answering.spelling import groups
    from rag.answering.words import phrases

    known = Known(view.people())
    by = None
    if options.by is not None:
        person = known.named(options.by)
        by = [person.name] if person else []
    about = groups(phrases(options.about), known) if options.about else ()
    if options.about and not about:
        raise UsageError(f"--about {options.about!r} holds no word to look for; name the topic.")
    return view.statements(by=by, about=about, source=options.source, kind=options.kind)


def _within(published: str | None, since: date | None, until: date | None) -> bool:
    """Whether a day of publication lies in the range; an article without one lies in no range but the endless."""
    if since is None and until is None:
        return True
    if published is None:
        return False
    day = published[:10]
    return (since is None or since.isoformat() <= day) and (until is None or day <= until.isoformat())


def _emit_json(rows: Iterable[object]) -> None:
    """JSON lines on standard output, as they are: their reader is a program."""
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def _print_count(wanted: list[Statement], undated: list[Statement]) -> None:
    """The true count, on standard error so that it never mixes with JSON or CSV."""
    from rag.answering.frames import distinct

    count = len(distinct(wanted))
    repeated = (
        f" ({len(wanted) - count:,} more repeat the same words in the same article)" if count < len(wanted) else ""
    )
    note(f"{counted(count, 'statement')}{repeated}")
    if undated:
        note(f"{counted(len(undated), 'statement')} more, listed last, in articles without a date of publication")


def text(options: argparse.Namespace, settings: Settings) -> int:
    """Prints the text of one article exactly."""
    with closing(open_store(settings)) as store, store.reading() as view:
        sys.stdout.buffer.write(view.article(options.source).text.encode("utf-8"))
    return 0


def chat(options: argparse.Namespace, settings: Settings) -> int:
    """Opens the chat in the browser."""
    from rag.desk import Desk
    from rag.shelf import Shelf
    from ui.access import Logins, read_logins, require
    from ui.app import open_rooms, serve

    require(options.host, has_logins=options.auth is not None, insecure=options.insecure)
    logins = Logins(read_logins(options.auth)) if options.auth else None
    with closing(build(settings, owns_index=True)) as assistant:
        rooms = open_rooms(assistant, settings.data, desk=Desk(assistant), shelf=Shelf(assistant))
        serve(rooms, host=options.host, port=options.port, open_browser=not options.no_browser, logins=logins)
    return 0


def login(options: argparse.Namespace, _: Settings) -> int:
    """Adds a login for `onrecord chat --auth`, or changes its password."""
    from getpass import getpass

    from ui.access import write_login

    typed = sys.stdin.isatty()
    password = getpass("Password: ") if typed else sys.stdin.readline().rstrip("\n")
    if typed and getpass("Once more: ") != password:
        raise UsageError("The two passwords differ; type the same one twice.")
    write_login(options.file, options.name, password)
    note(f"{options.name} may log in; serve with `onrecord chat --auth {options.file}`.")
    return 0


def evaluate(options: argparse.Namespace, settings: Settings) -> int:
    """Asks the eval set, or drafts cases for it."""
    if options.from_feedback:
        from evals.feedback import drafts

        _emit_json(drafts(settings.data))
        return 0
    from evals.run import evaluate as run_eval

    with closing(build(settings)) as assistant:
        return run_eval(assistant, cases=options.cases, json_path=options.json_path, html_path=options.html_path)


def doctor(options: argparse.Namespace, settings: Settings) -> int:
    """Says what is installed, indexed, stale or broken."""
    from rag.doctor import examine

    findings = examine(settings)
    if options.json:
        _emit_json(asdict(finding) for finding in findings)
    else:
        _print_lines(f"{finding.state:7} {finding.text}" for finding in findings)
    return 1 if any(finding.state == "broken" for finding in findings) else 0


_COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "ask": ask,
    "chat": chat,
    "doctor": doctor,
    "eval": evaluate,
    "index": index,
    "login": login,
    "search": search,
    "statements": statements,
    "text": text,
}
