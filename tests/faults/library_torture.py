"""Torture folder: whatever lies among the articles, the run finishes, and each file is read or told with a reason."""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rag.core import Article
from rag.library.store import Store
from rag.library.sync import LINES
from tests.faults.library_children import failed, onrecord, started, told
from tests.faults.library_hostile import OUTSIDE, File, plant
from tests.faults.library_world import Library, article
from tests.faults.rows import Row, Trials, Tried

TINY: Final = 10_000
MOST_MEMORY: Final = 1 << 30
LONGEST_STEP: Final = 30
"""Seconds for one file."""
LEAST_RIGHT: Final = 0.98
"""Share of encodings."""


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a folder: the texts by source, the reasons of what was refused, and how it went."""

    articles: dict[str, Article]
    reasons: dict[str, str]
    warnings: tuple[str, ...]
    longest: float
    memory: int
    outside: int


def read_folder(library: Library, outside: Path) -> Read | str:
    """Reads the folder in a process of its own; a sentence if that did not end well."""
    outcome = started(library.home, _read, library.data, library.folder, outside).finish(1_200)
    if outcome.code:
        return failed("reading the folder", outcome)
    went: dict[str, Any] = json.loads(outcome.stdout.splitlines()[-1])
    again = onrecord(
        library.home, "index", "--json", "--data", library.data
    )  # what the first one said of files, it says
    if again.code:
        return failed("reading it again", again)
    reasons = {one["source"]: one["reason"] for one in (*went["failed"], *again.json["failed"])}
    with closing(Store.open(library.data)) as store, store.reading() as view:
        articles = view.articles(view.sources())
    return Read(articles, reasons, tuple(went["warnings"]), went["longest"], went["memory"], went["outside"])


def _read(data: Path, folder: Path, outside: Path) -> None:
    from rag.assembly import make_embedder
    from rag.core.settings import Settings
    from rag.library.sync import Progress, sync

    opened: list[str] = []
    sys.addaudithook(lambda event, words: opened.append(str(words[0])) if event == "open" else None)
    settings = Settings.from_environment(data=data)
    last, longest = time.monotonic(), 0.0

    def note(_: Progress) -> None:
        nonlocal last, longest
        now = time.monotonic()
        last, longest = now, max(longest, now - last)

    make_embedder(settings).embed_query("loads the model, which is no file's fault")
    with closing(Store.create(data)) as store:
        last = time.monotonic()
        report = sync(store, folder, embedder=make_embedder(settings), settings=settings, on_progress=note)
    told(
        {
            "failed": [{"source": one.source, "reason": one.reason} for one in report.failed],
            "warnings": report.warnings,
            "longest": max(longest, time.monotonic() - last),
            "memory": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "outside": sum(name.startswith(str(outside)) for name in opened),
        }
    )


def wrong(planted: list[File], read: Read) -> Iterator[str]:
    """Files of which something else became than must."""
    files = set(map(_file, read.articles))
    reasons = {_file(source): reason for source, reason in read.reasons.items()}
    for one in planted:
        source = one.name.encode("utf-8", "replace").decode()
        was_read, reason = source in files, reasons.get(source)
        if one.fate in {"read", "refused", "either"} and not (was_read or reason):
            yield f"{source!r} is in no report"
        if one.fate == "read" and not was_read:
            yield f"{source!r} was refused: {reason}"
        if one.fate == "refused" and was_read:
            yield f"{source!r} was read"
        if one.fate in {"link", "passed over"} and (was_read or reason):
            yield f"{source!r} was not passed over"
        if was_read and one.warned and not read.articles[source].warnings:
            yield f"{source!r} was read as mojibake without a warning"
    yield from _not_counted(planted, read)


def _file(source: str) -> str:
    """The file that an article is a line of, or is."""
    file, line, _ = source.partition(f"{LINES}#")
    return f"{file}{LINES}" if line else source


def _not_counted(planted: list[File], read: Read) -> Iterator[str]:
    links, others = (sum(one.fate == fate for one in planted) for fate in ("link", "passed over"))
    if not any(warning.startswith(f"{links} links were not followed") for warning in read.warnings):
        yield f"{links} links are not counted"
    kinds = next((warning for warning in read.warnings if warning.startswith("Files of other kinds")), "")
    counted = sum(
        int(word) for word in kinds.partition("(")[2].partition(")")[0].replace(",", " ").split() if word.isdigit()
    )
    if counted != others:
        yield f"{counted} of {others} files of other kinds are counted"


def right_encodings(planted: list[File], read: Read) -> tuple[int, int, list[str]]:
    """How many texts are what was written, of how many, and which are wrong without a warning."""
    known = [one for one in planted if one.text is not None and one.name in read.articles]
    right = [one for one in known if read.articles[one.name].text == one.text]
    silent = [one.name for one in known if one not in right and not read.articles[one.name].warnings]
    return len(right), len(known), silent


@contextmanager
def restless(folder: Path) -> Iterator[None]:
    """Files that change and vanish all the while."""
    ended = threading.Event()

    def disturb() -> None:
        number = 0
        while not ended.wait(0.005):
            number += 1
            (folder / "changing.txt").write_text(article(number), encoding="utf-8")
            (folder / "vanishing.txt").write_text(article(number), encoding="utf-8")
            (folder / "vanishing.txt").unlink()

    thread = threading.Thread(target=disturb, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def examine(home: Path, tiny: int, *, all_of_it: bool = True) -> tuple[list[str], str, int]:
    """Plants the folder, reads it, and gives what missed the bar, what was held, and how many files there were."""
    library, outside = Library(home / "library"), home / "library" / "outside"
    planted = plant(library.folder, outside, all_of_it=all_of_it)
    (library.folder / "tiny").mkdir()
    for number in range(tiny):
        (library.folder / "tiny" / f"{number}.txt").write_text(f"{number} x")
    with restless(library.folder):
        read = read_folder(library, outside)
    if isinstance(read, str):
        return [read], "", len(planted) + tiny
    missed = [*wrong(planted, read), *_costs(read)]
    missed += [
        f"tiny/{number}.txt is in no report" for number in range(tiny) if f"tiny/{number}.txt" not in read.articles
    ]
    right, known, silent = right_encodings(planted, read)
    missed += [f"{name!r} is wrong and nothing warns of it" for name in silent]
    if right < LEAST_RIGHT * known:
        missed.append(f"{right} of {known} encodings are right")
    held = (
        f"{len(read.articles):,} articles, {len(read.reasons)} reasons, encodings {right} of {known}, longest step "
        f"{read.longest:.1f} s, {read.memory / (1 << 20):.0f} MB"
    )
    return missed, held, len(planted) + tiny


def _costs(read: Read) -> Iterator[str]:
    if read.outside or any(OUTSIDE in one.text for one in read.articles.values()):
        yield f"{read.outside} files outside of the folder were opened"
    if read.longest > LONGEST_STEP:
        yield f"one step took {read.longest:.0f} s"
    if read.memory > MOST_MEMORY:
        yield f"it took {read.memory / (1 << 20):.0f} MB"


def run(trials: Trials) -> Tried:
    """The folder once, with as many tiny files as there are trials."""
    missed, held, count = examine(trials.folder, trials.count)
    return Tried(count, held, tuple(missed))


ROWS = (
    Row(
        "torture",
        "100 % of files told, no step over 30 s, ≤ 1 GB, nothing outside read, ≥ 98 % of encodings",
        TINY,
        run,
    ),
)
