"""Runs each command; those that fill, keep and serve the library stand here, those that ask it in `query_commands`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from rag.app.terminal import emit_json, note, say, show
from rag.assembly import build, build_index, make_embedder, open_store
from rag.core import ArticleDetails, SyncReport
from rag.core.amounts import with_noun
from rag.core.errors import UsageError
from rag.core.settings import Settings, yield_processor
from rag.json_contract import report_json
from rag.library.store import Store, database_of
from rag.vectors.minilm_onnx import model_path

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant
    from rag.library.database import Database
    from rag.library.sync import Progress
    from rag.library.uploads import Feed, Fetch, WebPages

_EMBEDDING = ("add", "ask", "chat", "eval", "feeds", "index", "mcp", "search")
"""The commands that embed text."""

DEFAULT_FOLDER = Path("seeds")


def run_command(options: argparse.Namespace) -> int:
    """Carries out the command that the options name and returns the exit code."""
    settings = Settings.from_environment(data=options.data)
    if options.command in _EMBEDDING and (settings.embeddings == "minilm" or options.command != "index"):
        _build_models(settings)
    command = _COMMANDS.get(options.command)
    if command is None:
        # It brings all that answers, which filling a library does not need.
        from rag.app.query_commands import ASKING_COMMANDS

        command = ASKING_COMMANDS[options.command]
    return command(options, settings)


def _build_models(settings: Settings) -> None:
    """Builds the embedding model and the reader where they are missing, as after `pip install`, and says so."""
    from rag.answering.reading import minilm_reader

    needed = (model_path(settings.models, settings.engine), *minilm_reader.paths(settings.models, settings.engine))
    if not all(path.is_file() for path in needed):
        note(
            f"The embedding model and the reader are built in {settings.models} from the weights that are installed; "
            "that takes some ten seconds, once, and nothing is downloaded."
        )
        minilm_reader.build_networks(settings.models, settings.engine)


def index_command(options: argparse.Namespace, settings: Settings) -> int:
    """Reads a folder into the library, at low priority: a chat over it may be answering."""
    from rag.library.article_parts import RayActors
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
        _follow(store, settings)
    _print_report(report, as_json=options.json)
    return 1 if report.failed and not report.articles else 0


def _default_folder() -> Path:
    if DEFAULT_FOLDER.is_dir():
        return DEFAULT_FOLDER
    raise UsageError("Name the folder of articles: `onrecord index FOLDER`.")


def _follow(store: Store, settings: Settings) -> None:
    """Builds the vectors of what is new."""
    with closing(build_index(store, settings, owned=True)) as vectors:
        vectors.follow()


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


def add_command(options: argparse.Namespace, settings: Settings) -> int:
    """Fetches articles and feeds by their addresses; exit code 1 if nothing could be had of any."""
    from rag.feed_refresher import Wish, add
    from rag.ingestion.fetching import Fetcher

    fetched: list[Fetch] = []
    with closing(Store.create(settings.data, settings.library)) as store:
        fetcher = Fetcher(settings.fetch_hosts or ())
        for address in options.address:
            wish = Wish(address, options.follow, options.every, options.limit)
            add(settings.data, wish, fetcher, lambda fetch: _tell(fetch, fetched, as_json=options.json))
        return _read(store, settings, fetched, as_json=options.json)


def feeds_command(options: argparse.Namespace, settings: Settings) -> int:
    """Lists the feeds that are followed, refreshes or removes them, or sets how often they are refreshed."""
    from rag.library.uploads import WebPages

    pages = WebPages(settings.data)
    if options.remove:
        pages.unfollow(options.remove)
        note(f"{options.remove} is no longer followed; its articles stay.")
        return 0
    if options.refresh is not None:
        return _refresh(options, settings, pages)
    if options.every is not None:
        feed = pages.feed(options.feed) if options.feed else None
        if feed is None:
            raise UsageError("Say which feed: `onrecord feeds --every HOURS --feed URL`.")
        pages.follow(replace(feed, every=options.every or None))
    rows = ({**asdict(feed), "seen": len(feed.seen)} for feed in pages.feeds)
    show(map(_feed_text, pages.feeds), rows, as_json=options.json)
    if not pages.feeds:
        note("No feed is followed; `onrecord add URL` follows one.")
    return 0


def _refresh(options: argparse.Namespace, settings: Settings, pages: WebPages) -> int:
    from rag.feed_refresher import refresh
    from rag.ingestion.fetching import Fetcher

    named = [pages.feed(options.refresh).address] if options.refresh else [feed.address for feed in pages.feeds]
    fetched: list[Fetch] = []
    with closing(Store.create(settings.data, settings.library)) as store:
        refresh(
            settings.data,
            Fetcher(settings.fetch_hosts or ()),
            lambda fetch: _tell(fetch, fetched, as_json=options.json),
            named,
        )
        troubled = any(fetch.state == "failed" and fetch.address in named for fetch in fetched)
        return _read(store, settings, fetched, as_json=options.json) if fetched and not troubled else int(troubled)


def _tell(fetch: Fetch, fetched: list[Fetch], *, as_json: bool) -> None:
    fetched.append(fetch)
    if as_json:
        emit_json([asdict(fetch)])
    elif fetch.state == "failed":
        note(f"skipped {fetch.address}: it {fetch.note}")
    elif fetch.state == "feed":
        title, beside = f" ({fetch.title})" if fetch.title else "", f"; {fetch.note}" if fetch.note else ""
        note(f"following {fetch.address}{title}{beside}")
    else:
        say(f"{fetch.state:9} {fetch.source}  {fetch.published or 'undated'}  {fetch.title or fetch.address}")
        if fetch.note:
            note(f"{fetch.address}: {fetch.note}")


def _read(store: Store, settings: Settings, fetched: list[Fetch], *, as_json: bool) -> int:
    """Indexes what was fetched and returns the exit code."""
    from rag.library.sync import sync_uploads

    if any(fetch.state in {"added", "updated"} for fetch in fetched):
        report = sync_uploads(store, embedder=make_embedder(settings), settings=settings)
        _follow(store, settings)
        if not as_json:
            _print_report(report, as_json=False)
    return 0 if any(fetch.state != "failed" for fetch in fetched) else 1


def _feed_text(feed: Feed) -> str:
    often = f"every {with_noun(feed.every, 'hour')}" if feed.every else "when asked"
    fetched = f"fetched {feed.fetched.replace('+00:00', 'Z')}" if feed.fetched else "not fetched yet"
    trouble = f"; it {feed.trouble}" if feed.trouble else ""
    part = f", only {feed.section}" if feed.section else ""
    return f"{feed.address}  {feed.title or 'untitled'}{part}; {often}, {fetched}{trouble}"


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
        _follow(store, settings)
        with store.reading() as view:
            return view.summary()


def backup_command(options: argparse.Namespace, settings: Settings) -> int:
    """Writes the library and the uploads into one file."""
    from rag.library.upkeep import backup

    with closing(open_store(settings)) as store:
        say(f"{options.file}: {backup(store, options.file):,} bytes")
    return 0


def restore_command(options: argparse.Namespace, settings: Settings) -> int:
    """Restores a library from a backup and builds its vectors."""
    from rag.library.upkeep import restore

    restore(options.file, settings.data, settings.library, replace=options.replace)
    held = _rebuild_vectors(settings)
    say(f"{settings.data}: {with_noun(held.articles, 'article')}, {with_noun(held.statements, 'statement')}")
    return 0


def doctor_command(options: argparse.Namespace, settings: Settings) -> int:
    """Reports what is installed, indexed, stale or broken."""
    from rag.app.doctor import diagnose

    findings = diagnose(settings)
    lines = (f"{finding.state:7} {finding.text}" for finding in findings)
    show(lines, map(asdict, findings), as_json=options.json)
    return 1 if any(finding.state == "broken" for finding in findings) else 0


def chat_command(options: argparse.Namespace, settings: Settings) -> int:
    """Opens the chat in the browser."""
    from rag.app.monitoring import start_log
    from rag.app.service import LibraryService, StatementSearch
    from rag.background import BackgroundIndexer
    from rag.feed_refresher import FeedRefresher
    from rag.library.corrections import correct
    from rag.library.source_status import SourceList
    from rag.verification.draft import read_draft, verify_draft
    from ui.app import open_rooms, serve_page
    from ui.auth import open_logins

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
            desk=StatementSearch(assistant.store),
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
        _examine_beside(assistant)
        serve_page(rooms, host=options.host, port=options.port, open_browser=not options.no_browser, logins=logins)
    return 0


def _shared(settings: Settings) -> Database | None:
    """Returns the database that several servers share; None where the library is in a file."""
    return database_of(settings.data, settings.library) if settings.library else None


def _examine_beside(assistant: Assistant) -> None:
    """Examines the judge in a thread of its own, so that nobody waits for it."""
    from rag.app.doctor import examine_judge

    Thread(target=examine_judge, args=(assistant,), name="onrecord-exam", daemon=True).start()


def mcp_command(options: argparse.Namespace, settings: Settings) -> int:
    """Serves the Model Context Protocol on stdin and stdout, or with the API over HTTP."""
    from rag.app.mcp_server import make_mcp_server, serve_stdio
    from rag.app.monitoring import start_log
    from rag.app.service import LibraryService

    start_log(settings)
    with closing(build(settings)) as assistant:
        _examine_beside(assistant)
        service = LibraryService(assistant)
        if options.http:
            from ui.app import serve_programs
            from ui.auth import open_logins

            database = _shared(settings)
            logins = open_logins(options.auth, options.host, insecure=options.insecure, database=database)
            serve_programs(service, options.host, options.port, logins=logins)
        else:
            serve_stdio(make_mcp_server(service))
    return 0


def token_command(options: argparse.Namespace, _: Settings) -> int:
    """Issues, lists or revokes tokens for other programs."""
    from ui.auth import issue_token, read_logins, read_tokens, revoke_tokens, tokens_path

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
        for token in read_tokens(path):
            if token.login == options.name:
                say(f"{token.id}  issued {token.issued}")
        return 0
    text, token = issue_token(path, options.name)
    say(text)
    note(f"Shown this once; `onrecord token {options.file} {options.name} --revoke {token.id}` revokes it.")
    return 0


def login_command(options: argparse.Namespace, _: Settings) -> int:
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


_COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "add": add_command,
    "backup": backup_command,
    "chat": chat_command,
    "doctor": doctor_command,
    "feeds": feeds_command,
    "index": index_command,
    "login": login_command,
    "mcp": mcp_command,
    "purge": purge_command,
    "restore": restore_command,
    "token": token_command,
}
