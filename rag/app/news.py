"""Carries out `onrecord add` and `onrecord feeds`: fetches, shows what came of each address, and indexes it."""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import asdict, replace

from rag.app.terminal import emit_json, note, say, with_noun
from rag.assembly import build_index, make_embedder
from rag.core import SyncReport
from rag.core.errors import UsageError
from rag.core.settings import Settings
from rag.ingestion.fetching import Fetcher
from rag.library.news import Wish, add, refresh
from rag.library.store import Store
from rag.library.sync import sync_uploads
from rag.library.web_pages import Feed, Fetch, WebPages


def add_addresses(options: argparse.Namespace, settings: Settings) -> int:
    """Fetches articles and feeds by their addresses; exit code 1 if nothing could be had of any."""
    fetched: list[Fetch] = []
    with closing(Store.create(settings.data, settings.library)) as store:
        fetcher = Fetcher(settings.fetch_hosts or ())
        for address in options.address:
            wish = Wish(address, options.follow, options.every, options.limit)
            add(settings.data, wish, fetcher, lambda fetch: _tell(fetch, fetched, as_json=options.json))
        return _read(store, settings, fetched, as_json=options.json)


def feeds_command(options: argparse.Namespace, settings: Settings) -> int:
    """Lists the feeds that are followed, refreshes or removes them, or sets how often they are refreshed."""
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
    if options.json:
        emit_json({**asdict(feed), "seen": len(feed.seen)} for feed in pages.feeds)
    else:
        for feed in pages.feeds:
            say(_line(feed))
        if not pages.feeds:
            note("No feed is followed; `onrecord add URL` follows one.")
    return 0


def _refresh(options: argparse.Namespace, settings: Settings, pages: WebPages) -> int:
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
        note(f"following {fetch.address}{f' ({fetch.title})' if fetch.title else ''}{_beside(fetch)}")
    else:
        say(f"{fetch.state:9} {fetch.source}  {fetch.published or 'undated'}  {fetch.title or fetch.address}")
        if fetch.note:
            note(f"{fetch.address}: {fetch.note}")


def _beside(fetch: Fetch) -> str:
    return f"; {fetch.note}" if fetch.note else ""


def _read(store: Store, settings: Settings, fetched: list[Fetch], *, as_json: bool) -> int:
    """Indexes what was fetched and returns the exit code."""
    if any(fetch.state in {"added", "updated"} for fetch in fetched):
        report = sync_uploads(store, embedder=make_embedder(settings), settings=settings)
        with closing(build_index(store, settings, owned=True)) as vectors:
            vectors.follow()
        if not as_json:
            _print_read(report)
    return 0 if any(fetch.state != "failed" for fetch in fetched) else 1


def _print_read(report: SyncReport) -> None:
    for failure in report.failed:
        note(f"skipped {failure.source}: {failure.reason}")
    say(
        f"{with_noun(report.articles, 'article')} in the library ({report.added:,} added, {report.changed:,} changed) "
        f"in {report.seconds:.1f} s"
    )


def _line(feed: Feed) -> str:
    often = f"every {with_noun(feed.every, 'hour')}" if feed.every else "when asked"
    fetched = f"fetched {feed.fetched.replace('+00:00', 'Z')}" if feed.fetched else "not fetched yet"
    trouble = f"; it {feed.trouble}" if feed.trouble else ""
    part = f", only {feed.section}" if feed.section else ""
    return f"{feed.address}  {feed.title or 'untitled'}{part}; {often}, {fetched}{trouble}"
