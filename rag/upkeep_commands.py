"""The commands that look after what is kept: verify drafts and exports, purge, back up, restore. Knows no questions."""

from __future__ import annotations

import argparse
import shutil
from collections import Counter
from contextlib import closing

from rag.assembly import build_index, open_store
from rag.contract import checked_json, rechecked_json
from rag.errors import UsageError
from rag.settings import Settings
from rag.terminal import checked_text, counted, emit_json, note, rechecked_text, say


def verify(options: argparse.Namespace, settings: Settings) -> int:
    """Checks a draft or an export; the exit code says whether all of it stands."""
    from rag.verification.drafts import DRAFTS, draft_text
    from rag.verification.exports import EXPORTS, citations, verify_citations

    suffix = options.file.suffix.lower()
    verdicts: list[str]
    with closing(open_store(settings)) as store:
        if suffix in EXPORTS:
            again = verify_citations(citations(options.file), store)
            rows, lines = map(rechecked_json, again), map(rechecked_text, again)
            verdicts, stands = [one.verdict for one in again], all(one.stands for one in again)
        elif suffix in DRAFTS:
            from rag.verification.draft import verify_draft

            checked = verify_draft(draft_text(options.file), store)
            rows, lines = map(checked_json, checked), map(checked_text, checked)
            verdicts, stands = [one.verdict for one in checked], all(one.stands for one in checked)
        else:
            kinds = ", ".join((*DRAFTS, *EXPORTS))
            raise UsageError(f"{options.file} is neither a draft nor an export; those that can be checked: {kinds}.")
    if options.json:
        emit_json(rows)
    else:
        for line in lines:
            say(line)
    counts = ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in Counter(verdicts).most_common())
    note(f"{counted(len(verdicts), 'quotation')}{f': {counts}' if counts else ''}")
    return 0 if stands else 1


def purge(options: argparse.Namespace, settings: Settings) -> int:
    """Forgets the bytes of articles that are gone, in what readers kept too, and builds the vectors anew."""
    from rag.library.upkeep import purge as purge_library
    from ui.feedback import forget_but
    from ui.history import FILE, History

    del options
    with closing(open_store(settings)) as store:
        purged = purge_library(store)
        with store.reading() as view:
            sources = view.sources()
    exchanges = History(settings.data).forget_but(sources) if (settings.data / FILE).exists() else 0
    exchanges += forget_but(settings.data, sources)
    shutil.rmtree(settings.data / "evals", ignore_errors=True)  # kept runs hold whole answers
    with closing(open_store(settings)) as store, closing(build_index(store, settings, owned=True)) as index:
        index.follow()
    say(f"{purged.before:,} bytes before, {purged.after:,} after; the vectors were built anew")
    if purged.corrections:
        note(f"{counted(purged.corrections, 'correction')} of articles that are gone were forgotten too")
    if exchanges:
        note(f"{counted(exchanges, 'exchange')} of conversations that quoted them were forgotten too")
    return 0


def backup(options: argparse.Namespace, settings: Settings) -> int:
    """Writes the library and the uploads into one file."""
    from rag.library.upkeep import backup as back_up

    with closing(open_store(settings)) as store:
        say(f"{options.file}: {back_up(store, options.file):,} bytes")
    return 0


def restore(options: argparse.Namespace, settings: Settings) -> int:
    """Takes a library out of a backup, and builds its vectors."""
    from rag.library.upkeep import restore as restore_library

    restore_library(options.file, settings.data, replace=options.replace)
    with closing(open_store(settings)) as store:
        with closing(build_index(store, settings, owned=True)) as index:
            index.follow()
        with store.reading() as view:
            held = view.summary()
    say(f"{settings.data}: {counted(held.articles, 'article')}, {counted(held.statements, 'statement')}")
    return 0
