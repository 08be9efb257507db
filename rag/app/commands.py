"""Carries out each command: opens the library, prints the result."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from rag.app.judge_exam import exam, examine_judge
from rag.app.news import add_addresses, feeds_command
from rag.app.statement_search import StatementSearch, people_command, statements
from rag.app.terminal import (
    answer_text,
    checked_text,
    emit_json,
    hit_text,
    note,
    rechecked_text,
    say,
    watched,
    with_noun,
)
from rag.assembly import build, build_index, make_embedder, open_store
from rag.core import ArticleDetails, SyncReport
from rag.core.errors import OnrecordError, UsageError
from rag.core.settings import Settings, yield_processor
from rag.json_contract import answer_json, checked_json, hit_json, report_json, turn_of
from rag.vectors.minilm_onnx import build_model, model_path

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant
    from rag.app.service import LibraryService
    from rag.library.database import Database
    from rag.library.sync import Progress


def verify_command(options: argparse.Namespace, settings: Settings) -> int:
    """Checks a draft or an export; the exit code says whether all of it stands."""
    from rag.verification.draft import DRAFTS, draft_text
    from rag.verification.exports import EXPORTS, citations, verify_citations

    suffix = options.file.suffix.lower()
    verdicts: list[str]
    with closing(open_store(settings)) as store:
        if suffix in EXPORTS:
            again = verify_citations(citations(options.file), store)
            rows, lines = map(checked_json, again), map(rechecked_text, again)
            verdicts, stands = [rechecked.verdict for rechecked in again], all(rechecked.stands for rechecked in again)
        elif suffix in DRAFTS:
            from rag.verification.draft import verify_draft

            checked = verify_draft(draft_text(options.file), store)
            rows, lines = map(checked_json, checked), map(checked_text, checked)
            verdicts, stands = (
                [quotation.verdict for quotation in checked],
                all(quotation.stands for quotation in checked),
            )
        else:
            kinds = ", ".join((*DRAFTS, *EXPORTS))
            raise UsageError(f"{options.file} is neither a draft nor an export; those that can be checked: {kinds}.")
    if options.json:
        emit_json(rows)
    else:
        for line in lines:
            say(line)
    counts = ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in Counter(verdicts).most_common())
    note(f"{with_noun(len(verdicts), 'quotation')}{f': {counts}' if counts else ''}")
    return 0 if stands else 1


def purge_command(_: argparse.Namespace, settings: Settings) -> int:
    """Deletes the bytes of removed articles, also from what readers kept, and rebuilds the vectors."""
    from rag.library.upkeep import purge
    from ui.storage import CONVERSATIONS, History, forget_feedback

    def forget_conversations(data: Path, sources: Collection[str]) -> int:
        if shared := _shared(settings):
            return History(data, shared).forget_but(sources)
        return History(data).forget_but(sources) if (data / CONVERSATIONS).exists() else 0

    with closing(open_store(settings)) as store:
        purged = purge(store, also=(forget_conversations, forget_feedback))
    _rebuild_vectors(settings)
    say(f"{purged.before:,} bytes before, {purged.after:,} after; the vectors were built anew")
    if purged.corrections:
        note(f"{with_noun(purged.corrections, 'correction')} of articles that are gone were forgotten too")
    if purged.entries:
        note(f"{with_noun(purged.entries, 'exchange')} of conversations that quoted them were forgotten too")
    return 0


def _rebuild_vectors(settings: Settings) -> ArticleDetails:
    """Builds the missing vectors and returns the library's summary."""
    with closing(open_store(settings)) as store:
        with closing(build_index(store, settings, owned=True)) as index:
            index.follow()
        with store.reading() as view:
            return view.summary()


def backup_command(options: argparse.Namespace, settings: Settings) -> int:
    """Writes the library and the uploads into one file."""
    from rag.library.upkeep import backup as back_up

    with closing(open_store(settings)) as store:
        say(f"{options.file}: {back_up(store, options.file):,} bytes")
    return 0


def restore_command(options: argparse.Namespace, settings: Settings) -> int:
    """Restores a library from a backup and builds its vectors."""
    from rag.library.upkeep import restore as restore_library

    restore_library(options.file, settings.data, settings.library, replace=options.replace)
    held = _rebuild_vectors(settings)
    say(f"{settings.data}: {with_noun(held.articles, 'article')}, {with_noun(held.statements, 'statement')}")
    return 0


_EMBEDDING = ("add", "ask", "chat", "eval", "feeds", "index", "mcp", "search")
"""The commands that embed text."""

DEFAULT_FOLDER = Path("seeds")


def run_command(options: argparse.Namespace) -> int:
    """Carries out the command that the options name and returns the exit code."""
    settings = Settings.from_environment(data=options.data)
    if options.command in _EMBEDDING and (settings.embeddings == "minilm" or options.command != "index"):
        _build_models(settings)
    return _COMMANDS[options.command](options, settings)


def _build_models(settings: Settings) -> None:
    """Builds the embedding model and the reader where they are missing, as after `pip install`, and says so."""
    from rag.answering.reading.networks import build_lower, lower_path

    if not (model_path(settings.models, settings.engine).is_file() and lower_path(settings.models).is_file()):
        note(
            f"The embedding model and the reader are built in {settings.models} from the weights that are installed; "
            "that takes some ten seconds, once, and nothing is downloaded."
        )
        build_model(settings.models, settings.engine)
        build_lower(settings.models)


def index(options: argparse.Namespace, settings: Settings) -> int:
    """Reads a folder into the library, at low priority: a chat over it may be answering."""
    from rag.library.ray_actors import RayActors
    from rag.library.store import Store
    from rag.library.sync import sync

    yield_processor()
    with closing(Store.create(settings.data, settings.library)) as store:
        with store.reading() as view:
            remembered = view.folder
        folder = options.folder or (None if remembered else _default_folder())
        with ExitStack() as opened:
            actors = opened.enter_context(RayActors(options.ray, settings, make_embedder)) if options.ray else None
            on_progress = opened.enter_context(_progress())
            report = sync(
                store,
                folder,
                embedder=make_embedder(settings),
                settings=settings,
                replace=options.replace,
                on_progress=on_progress,
                actors=actors,
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
        emit_json([report_json(report)])
        return
    say(
        f"{with_noun(report.articles, 'article')}, {with_noun(report.passages, 'passage')}, "
        f"{with_noun(report.statements, 'statement')} in the library "
        f"({report.added:,} added, {report.changed:,} changed, {report.removed:,} removed, "
        f"{len(report.failed):,} skipped) in {report.seconds:.1f} s"
    )


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None] | None]:
    """Shows a progress bar if standard error is a terminal."""
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
        examine_judge(assistant)
        if options.batch:
            return _batch(lambda line: _answer_line(assistant, line, options))
        answer = watched(assistant.stream(options.question, asked=options.asked))
    if options.json:
        emit_json([answer_json(answer)])
    else:
        say(answer_text(answer))
    return 0


def _answer_line(assistant: Assistant, line: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    history = [turn_of(turn) for turn in line.get("history") or ()]
    asked = date.fromisoformat(line["asked"]) if line.get("asked") else options.asked
    return answer_json(assistant.ask(str(line["question"]), history, asked), line.get("id"))


def _batch(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> int:
    """Prints one JSON line for each input line, in order; a line that fails says so and the run goes on."""
    for text in sys.stdin:
        if not text.strip():
            continue
        line: Any = None
        try:
            line = json.loads(text)
            result = answer(line)
        except (OnrecordError, ValueError, KeyError, TypeError, AttributeError) as error:
            result = {"id": line.get("id") if isinstance(line, dict) else None, "error": _why(error)}
        emit_json([result])
    return 0


def _why(error: Exception) -> str:
    if isinstance(error, OnrecordError):
        return str(error)
    return f'Each line must be a JSON object such as {{"id": 1, "question": "…"}} ({type(error).__name__}: {error}).'


def search_command(options: argparse.Namespace, settings: Settings) -> int:
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
            emit_json(hit_json(hit) for hit in hits)
        else:
            _print_lines(hit_text(hit, assistant.article(hit.passage.source)) for hit in hits)
        for told in assistant.changed_files(hit.passage.source for hit in hits):
            note(told)
    return 0


def _hits_line(assistant: Assistant, line: dict[str, Any], limit: int) -> dict[str, Any]:
    hits = assistant.search(str(line["question"]), limit)
    return {"id": line.get("id"), "hits": [hit_json(hit) for hit in hits]}


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def text_command(options: argparse.Namespace, settings: Settings) -> int:
    """Prints the text of one article exactly."""
    with closing(open_store(settings)) as store, store.reading() as view:
        sys.stdout.buffer.write(view.article(options.source).text.encode("utf-8"))
    return 0


def chat(options: argparse.Namespace, settings: Settings) -> int:
    """Opens the chat in the browser."""
    from rag.app.journal import start_log
    from rag.app.service import LibraryService
    from rag.background import BackgroundIndexer
    from rag.feed_refresher import FeedRefresher
    from rag.library.corrections import correct
    from rag.library.source_status import SourceList
    from rag.verification.draft import read_draft, verify_draft
    from ui.app import open_rooms, serve
    from ui.programs import open_logins

    shared = _shared(settings)
    logins = open_logins(options.auth, options.host, insecure=options.insecure, database=shared)
    start_log(settings)
    with (
        closing(build(settings, owns_index=True)) as assistant,
        closing(BackgroundIndexer(assistant.store, assistant.index, assistant.settings)) as keeper,
        closing(FeedRefresher(settings.data, keeper.uploads, keeper.read_uploads)) as feeds,
    ):
        rooms = open_rooms(
            assistant,
            settings.data,
            shared,
            desk=(desk := StatementSearch(assistant.store)),
            people=desk,
            shelf=SourceList(assistant.store),
            keeper=keeper,
            feeds=feeds,
            read_draft=read_draft,
            verify=partial(verify_draft, store=assistant.store),
            correct=partial(correct, assistant.store),
            service=LibraryService(assistant, keeper),
        )
        keeper.start()
        feeds.start()
        Thread(target=examine_judge, args=(assistant,), name="onrecord-exam", daemon=True).start()
        serve(rooms, host=options.host, port=options.port, open_browser=not options.no_browser, logins=logins)
    return 0


def _shared(settings: Settings) -> Database | None:
    """Returns the database that several servers share; None where the library is in a file."""
    from rag.library.store import database_of

    return database_of(settings.data, settings.library) if settings.library else None


def mcp_command(options: argparse.Namespace, settings: Settings) -> int:
    """Serves the Model Context Protocol on stdin and stdout, or with the API over HTTP."""
    from rag.app.journal import start_log
    from rag.app.mcp_server import make_mcp_server, serve_stdio
    from rag.app.service import LibraryService

    start_log(settings)
    with closing(build(settings)) as assistant:
        Thread(target=examine_judge, args=(assistant,), name="onrecord-exam", daemon=True).start()
        service = LibraryService(assistant)
        if options.http:
            _serve_programs(options, settings, service)
        else:
            serve_stdio(make_mcp_server(service))
    return 0


def _serve_programs(options: argparse.Namespace, settings: Settings, service: LibraryService) -> None:
    from ui.app import serve_programs
    from ui.programs import open_logins

    logins = open_logins(options.auth, options.host, insecure=options.insecure, database=_shared(settings))
    serve_programs(service, options.host, options.port, logins=logins)


def token_command(options: argparse.Namespace, _: Settings) -> int:
    """Issues, lists or revokes tokens for other programs."""
    from ui.auth import read_logins
    from ui.tokens import issue_token, read_tokens, revoke_tokens, tokens_path

    path = tokens_path(options.file)
    if options.revoke:
        gone = revoke_tokens(path, options.name, None if options.revoke == "all" else options.revoke)
        if not gone:
            raise UsageError(f"{options.name} has no such token; `onrecord token FILE NAME --list` lists them.")
        note(f"{with_noun(gone, 'token')} of {options.name} revoked")
        return 0
    if options.name not in read_logins(options.file):
        raise UsageError(f"{options.name} is no login; add it with `onrecord login {options.file} {options.name}`.")
    if options.list:
        _print_lines(f"{token.id}  issued {token.issued}" for token in read_tokens(path) if token.login == options.name)
        return 0
    text, token = issue_token(path, options.name)
    say(text)
    note(f"Shown this once; `onrecord token {options.file} {options.name} --revoke {token.id}` revokes it.")
    return 0


def login(options: argparse.Namespace, _: Settings) -> int:
    """Adds a login for `onrecord chat --auth`, or changes its password."""
    from getpass import getpass

    from ui.auth import write_login

    typed = sys.stdin.isatty()
    password = getpass("Password: ") if typed else sys.stdin.readline().rstrip("\n")
    if typed and getpass("Once more: ") != password:
        raise UsageError("The two passwords differ; type the same one twice.")
    write_login(options.file, options.name, password)
    note(f"{options.name} may log in; serve with `onrecord chat --auth {options.file}`.")
    return 0


def evaluate(options: argparse.Namespace, settings: Settings) -> int:
    """Asks the eval set; or compares two runs that are kept, or drafts cases."""
    _find_evals()
    from evals import drafts, report, runs
    from evals.baseline import PlainRag
    from evals.run import Wanted
    from evals.run import evaluate as run_eval

    kept = settings.data / "evals"
    if options.compare:
        before, after = (runs.find(kept, name) for name in options.compare)
        report.print_changes(runs.compare(before, after))
        return 0
    if options.from_feedback:
        emit_json(drafts.from_feedback(settings.data))
        return 0
    if options.make_cases:
        with closing(open_store(settings)) as store, store.reading() as view:
            path = drafts.make_cases(options.make_cases, view.statements(), view.articles(view.sources()))
        say(f"Drafted {path}; correct it, then ask it with `onrecord eval --cases {path}`.")
        return 0
    wanted = Wanted(
        runs=kept,
        cases=options.cases,
        unseen=options.unseen,
        json_path=options.json_path,
        html_path=options.html_path,
        raise_floors=options.raise_floors,
    )
    with ExitStack() as opened:
        assistant = opened.enter_context(closing(build(settings, writer="offline")))
        model = opened.enter_context(closing(build(settings))) if settings.model else None
        if model:
            examine_judge(model)
        return run_eval(assistant, wanted, PlainRag.beside(assistant) if options.baseline else None, model)


def _find_evals() -> None:
    """Makes the eval set of a clone importable, wherever the command is run. UsageError where there is no clone."""
    repository = Path(__file__).parents[2]
    if not (repository / "evals").is_dir():
        raise UsageError("The eval set is not part of the package; clone the repository and run `make eval` in it.")
    if str(repository) not in sys.path:
        sys.path.append(str(repository))


def doctor(options: argparse.Namespace, settings: Settings) -> int:
    """Reports what is installed, indexed, stale or broken."""
    from rag.app.doctor import diagnose

    findings = diagnose(settings)
    if options.json:
        emit_json(asdict(finding) for finding in findings)
    else:
        _print_lines(f"{finding.state:7} {finding.text}" for finding in findings)
    return 1 if any(finding.state == "broken" for finding in findings) else 0


_COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "add": add_addresses,
    "ask": ask,
    "backup": backup_command,
    "chat": chat,
    "doctor": doctor,
    "eval": evaluate,
    "exam": exam,
    "feeds": feeds_command,
    "index": index,
    "purge": purge_command,
    "restore": restore_command,
    "login": login,
    "mcp": mcp_command,
    "people": people_command,
    "search": search_command,
    "statements": statements,
    "text": text_command,
    "token": token_command,
    "verify": verify_command,
}
