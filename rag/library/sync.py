"""A folder -> the library: only what is new, changed or gone. Knows neither how a file is read nor how it is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from rag.core import Failure, SyncReport
from rag.core.errors import FolderError
from rag.core.protocols import Embedder
from rag.core.settings import Settings
from rag.ingestion.catalogue import read_catalogue
from rag.ingestion.readers import READERS
from rag.ingestion.segmentation import passage_text
from rag.library.folder import UPLOADS, LibraryFiles, find_files, fingerprint, is_upload, root_of
from rag.library.intake import LINES, End, FileToRead, Intake, Progress, Rules, embed, with_vectors
from rag.library.queries import FailedFile, FileState
from rag.library.store import Store
from rag.library.writer import Changes, Record

__all__ = ["UPLOADS", "Progress", "outdated", "sync", "sync_uploads"]

EMBEDDED_AT_ONCE = 64
"""Passages in one transaction while all are embedded anew."""


def sync(
    store: Store,
    folder: Path | None,
    *,
    embedder: Embedder,
    settings: Settings,
    replace: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> SyncReport:
    """Makes the library hold what the folder and the uploads hold now, one transaction an article.

    Without `folder` the remembered one is meant. Raises OtherFolder for another than that, unless `replace`;
    FolderError if the folder is missing or nothing in it can be read any more, and then removes nothing; LibraryLocked
    while another process writes. Files that cannot be read are in the report. Whatever interrupts it, the library is
    whole.
    """

    def find(remembered: str | None) -> LibraryFiles:
        return find_files(root_of(folder, remembered, replace=replace), store.data)

    return _bring_up_to_date(store, find, embedder, settings, on_progress)


def sync_uploads(
    store: Store, *, embedder: Embedder, settings: Settings, on_progress: Callable[[Progress], None] | None = None
) -> SyncReport:
    """The same for the uploads alone; the folder is not looked at, be it large or out of reach."""
    return _bring_up_to_date(store, lambda _: find_files(None, store.data), embedder, settings, on_progress)


def _bring_up_to_date(
    store: Store,
    find: Callable[[str | None], LibraryFiles],
    embedder: Embedder,
    settings: Settings,
    on_progress: Callable[[Progress], None] | None,
) -> SyncReport:
    start = time.monotonic()
    with store.writing() as changes:
        with store.reading() as view:
            on_record = _OnRecord(view.files(), view.failures(), view.lapsed_corrections())
            remembered = view.folder
        found = find(remembered)
        run = _Run(store, changes, embedder, on_progress, on_record)
        run.adopt_embedder()
        run.take_in(found, settings.passage_tokens)
        run.drop_what_is_gone(found)
        changes.settle_people()
    return run.report(found, time.monotonic() - start)


def outdated(store: Store, settings: Settings) -> int:
    """How many files are new, changed or gone since the last `sync`; reads every file, writes nothing.

    A file that cannot be opened counts; one that gave no article when it was read does not, until it changes. Raises
    FolderError like `sync`.
    """
    with store.reading() as view:
        known, remembered = view.files(), view.folder
        known |= {source: failed.state for source, failed in view.failures().items()}
    found = find_files(root_of(None, remembered, replace=False), store.data)
    catalogue, _ = read_catalogue(found.root) if found.root else ({}, ())
    rules = Rules(catalogue, settings.passage_tokens)
    current = sum(
        known.get(source) == FileState(_digest(path), rules.recipe_of_file(source))
        for source, path in found.files.items()
    )
    return len(found.files.keys() | known.keys()) - current


def _digest(path: Path) -> str | None:
    try:
        return fingerprint(path).digest
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class _OnRecord:
    """What the library knew when a run began: files that were read, files that failed, corrections that lapsed."""

    files: Mapping[str, FileState]
    failed: Mapping[str, FailedFile]
    lapsed: int


@dataclass
class _Run:
    """One run of `sync`, and what it has done so far.

    `unread` are files that were opened and gave no article, `unreachable` those whose bytes could not be had: what they
    held before is out of date in the first case, and unknown in the second.
    """

    store: Store
    changes: Changes
    embedder: Embedder
    on_progress: Callable[[Progress], None] | None
    before: _OnRecord
    added: int = 0
    changed: int = 0
    removed: int = 0
    unread: set[str] = field(default_factory=set)
    unreachable: set[str] = field(default_factory=set)
    is_remembered: bool = False
    failures: list[Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def adopt_embedder(self) -> None:
        """Where the library's vectors are by another model, embeds every passage anew before that model counts.

        The old vectors count until the last new one is there; a run that was interrupted is taken up where it stopped.
        """
        name, dimension = self.embedder.name, self.embedder.dimension
        with self.store.reading() as view:
            current, passages = view.vectors.embedder, view.passage_count()
        if current and (current.name, current.dimension) == (name, dimension):
            return
        last = done = 0
        while batch := self.changes.passages_without(name, dimension, EMBEDDED_AT_ONCE, after=last):
            if self.on_progress:
                self.on_progress(Progress(done, passages, f"embedding by {name}"))
            vectors = embed([passage_text(title, text) for _, title, text in batch], self.embedder)
            self.changes.add_vectors(name, dimension, [number for number, _, _ in batch], vectors)
            last, done = batch[-1][0], done + len(batch)
        self.changes.set_embedder(name, dimension)
        if current and passages:
            self.warnings.append(f"All {passages} passages were embedded anew by {name}, in place of {current.name}.")

    def take_in(self, found: LibraryFiles, passage_tokens: int) -> None:
        """Reads what is new or has changed."""
        catalogue, warnings = read_catalogue(found.root) if found.root else ({}, ())
        self.warnings += [*warnings, *found.warnings]
        self.failures += [failure for listing in found.listings for failure in listing.failures]
        rules = Rules(catalogue, passage_tokens)
        files = list(self._to_read(found, rules))
        expected = sum(file.articles for file in files)
        intake = Intake(rules, self.embedder, self.changes, expected, self.on_progress)
        with closing(with_vectors(intake.incoming(files), self.embedder)) as incoming:
            for one, vectors in incoming:
                if isinstance(one, End):
                    self.removed += self.changes.finish(one.file, one.digest, one.recipe)
                    continue
                self._remember_folder(found, one.article.source)
                record = Record(one.article, one.passages, vectors, one.statements, one.abbreviations, one.people)
                replaced = self.changes.put(record, file=one.file, recipe=one.recipe)
                self.changed += replaced
                self.added += not replaced
        self._remember_failures([file for file in files if file.source in intake.unread], intake.failures)
        self.unread |= intake.unread
        self.failures += intake.failures
        self.warnings += intake.warnings

    def drop_what_is_gone(self, found: LibraryFiles) -> None:
        """Removes what was read from files that are gone or hold no article any more."""
        lost = self.unread | self.unreachable
        if found.folder and lost.issuperset(found.folder.files) and not all(map(is_upload, self.before.files)):
            reasons = "; ".join(f"{failure.source} {failure.reason}" for failure in self.failures[:3])
            raise FolderError(
                f"Nothing in {found.root} can be read any more{f' ({reasons})' if reasons else ''}, so nothing was "
                "removed; put the articles back, or start a new library with `--data DIR`."
            )
        for source in self.before.files:
            if source in self.unread or not found.may_hold(source):
                self.removed += self.changes.remove(source, forgives=source not in self.unread)
        for source in self.before.failed:
            if not found.may_hold(source):
                self.changes.forgive(source)

    def report(self, found: LibraryFiles, seconds: float) -> SyncReport:
        """What was done, and what the library holds now."""
        with self.store.reading() as view:
            summary, lapsed = view.summary(), view.lapsed_corrections() - self.before.lapsed
        if lapsed > 0:
            self.warnings.append(
                f"{lapsed} speakers named by hand no longer apply, for their words are gone; "
                "`onrecord statements --corrections` lists them."
            )
        if not summary.articles:
            self.warnings.append(f"Nothing was read from {found.root or UPLOADS}; what is read: {', '.join(READERS)}.")
        return SyncReport(
            articles=summary.articles,
            added=self.added,
            changed=self.changed,
            removed=self.removed,
            failed=tuple(self.failures),
            passages=summary.passages,
            statements=summary.statements,
            seconds=seconds,
            warnings=tuple(self.warnings),
        )

    def _to_read(self, found: LibraryFiles, rules: Rules) -> Iterator[FileToRead]:
        """The files whose bytes, or the rules they are read by, are not those on record; they did not fail as they are.

        A file of many articles is tried again: it costs little, and each of its lines has a reason of its own.
        """
        for source, path in found.files.items():
            try:
                print_ = fingerprint(path)
            except OSError as error:
                self.unreachable.add(source)
                self.failures.append(Failure(source, f"cannot be opened ({error.strerror}); check its rights"))
                continue
            recipe = rules.recipe_of_file(source)
            state, failed = FileState(print_.digest, recipe), self.before.failed.get(source)
            if self.before.files.get(source) == state:
                self._remember_folder(found, source)
                continue
            if failed and failed.state == state and path.suffix.lower() != LINES:
                self.unread.add(source)
                self.failures.append(Failure(source, failed.reason))
                continue
            articles = print_.lines if path.suffix.lower() == LINES else 1
            yield FileToRead(source, path, print_.digest, recipe, articles)

    def _remember_failures(self, files: Iterable[FileToRead], failures: Iterable[Failure]) -> None:
        """Remembers why these files gave no article; not of one that has vanished, for it may come back."""
        reasons: dict[str, str] = {}
        for failure in failures:
            file, _, line = failure.source.rpartition("#")
            reasons.setdefault(failure.source, failure.reason)
            reasons.setdefault(file, f"holds no article that can be read; line {line} {failure.reason}")
        for one in files:
            if one.path.is_file():
                self.changes.fail(one.source, one.digest, one.recipe, reasons.get(one.source, "holds no article"))

    def _remember_folder(self, found: LibraryFiles, source: str) -> None:
        """Makes the library this folder's as soon as an article of the folder is in it, and not before."""
        if found.root and not self.is_remembered and not is_upload(source):
            self.changes.set_folder(found.root)
            self.is_remembered = True
