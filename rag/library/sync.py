"""A folder -> the library: only what is new, changed or gone. Knows neither how a file is read nor how it is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from rag.corpus.catalogue import CATALOGUE, read_catalogue
from rag.corpus.passages import passage_text
from rag.corpus.readers import READERS
from rag.errors import FolderError, OtherFolder
from rag.library.changes import Changes
from rag.library.corrections import settle
from rag.library.folder import Listing, fingerprint, list_folder
from rag.library.intake import LINES, End, FileToRead, Intake, Progress, embed, with_vectors
from rag.library.record import Record
from rag.library.rules import Rules
from rag.library.store import Store
from rag.library.view import FileState
from rag.protocols import Embedder
from rag.settings import Settings
from rag.types import Failure, SyncReport

__all__ = ["UPLOADS", "Progress", "outdated", "sync"]

UPLOADS = "uploads"
"""Files that were handed in lie in this folder beside the library, and their sources start with its name."""

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
    start = time.monotonic()
    with store.writing() as changes:
        with store.reading() as view:
            known, remembered, lapsed = view.files(), view.folder, view.lapsed_corrections()
        found = _find(_root(folder, remembered, replace=replace), store.data)
        run = _Run(store, changes, embedder, on_progress, lapsed)
        run.adopt_embedder()
        run.take_in(found, known, settings.passage_tokens)
        run.drop_what_is_gone(found, known)
        settle(store, changes)
    return run.report(found, time.monotonic() - start)


def outdated(store: Store, settings: Settings) -> int:
    """How many files are new, changed or gone since the last `sync`; reads every file, writes nothing.

    A file that cannot be opened, or gave no article when it was read, counts. Raises FolderError like `sync`.
    """
    with store.reading() as view:
        known, remembered = view.files(), view.folder
    found = _find(_root(None, remembered, replace=False), store.data)
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
class _Found:
    """What lies in the folder and among the uploads; None for what was not looked at."""

    root: Path | None
    folder: Listing | None
    uploads: Listing | None

    @property
    def files(self) -> dict[str, Path]:
        """The files of both, by source."""
        return {source: path for listing in self.listings for source, path in listing.files.items()}

    @property
    def listings(self) -> tuple[Listing, ...]:
        """Those that were looked at."""
        return tuple(listing for listing in (self.folder, self.uploads) if listing)

    @property
    def warnings(self) -> Iterator[str]:
        """What was passed over, as sentences."""
        if self.root and (self.root / UPLOADS).is_dir():
            yield f"{self.root / UPLOADS} was passed over: sources named {UPLOADS}/ are files handed in; rename it."
        for listing in self.listings:
            yield from listing.warnings

    def may_hold(self, source: str) -> bool:
        """Whether a file is there, or may be there unseen."""
        listing = self.uploads if _is_upload(source) else self.folder
        return listing is None or listing.may_hold(source)


def _is_upload(source: str) -> bool:
    return source.startswith(f"{UPLOADS}/")


def _root(folder: Path | None, remembered: str | None, *, replace: bool) -> Path | None:
    """The folder to read, resolved; None if the library has none and none is named."""
    if folder is None:
        return Path(remembered) if remembered else None
    named = folder.resolve()
    if remembered and str(named) != remembered and named.is_dir() and not replace:
        raise OtherFolder(
            f"This library belongs to {remembered}; index {folder} into a library of its own with `--data DIR`, "
            "or give it this one with `--replace`."
        )
    return named


def _find(root: Path | None, data: Path) -> _Found:
    uploads = data.resolve() / UPLOADS
    listed = list_folder(uploads, READERS, prefix=f"{UPLOADS}/") if uploads.is_dir() else None
    if root is None:
        if listed is None:
            raise FolderError("The library has no folder yet; name the folder of articles, `onrecord index FOLDER`.")
        return _Found(None, None, listed)
    passed_over = {data.resolve(), root / CATALOGUE, root / UPLOADS}
    return _Found(root, list_folder(root, READERS, passed_over=passed_over), listed)


@dataclass
class _Run:
    """One run of `sync`, and what it has done so far.

    `unread` are files that were opened and gave no article, `unreachable` those whose bytes could not be had: what they
    held before is out of date in the first case, and unknown in the second. `lapsed_before` is how many corrections
    did not apply when it began.
    """

    store: Store
    changes: Changes
    embedder: Embedder
    on_progress: Callable[[Progress], None] | None
    lapsed_before: int = 0
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

    def take_in(self, found: _Found, known: Mapping[str, FileState], passage_tokens: int) -> None:
        """Reads what is new or has changed."""
        catalogue, warnings = read_catalogue(found.root) if found.root else ({}, ())
        self.warnings += [*warnings, *found.warnings]
        self.failures += [failure for listing in found.listings for failure in listing.failures]
        rules = Rules(catalogue, passage_tokens)
        files = list(self._to_read(found, known, rules))
        expected = sum(file.articles for file in files)
        intake = Intake(rules, self.embedder, self.changes, expected, self.on_progress)
        with closing(with_vectors(intake.incoming(files), self.embedder)) as incoming:
            for one, vectors in incoming:
                if isinstance(one, End):
                    self.removed += self.changes.finish(one.file, one.digest, one.recipe)
                    continue
                self._remember_folder(found, one.article.source)
                record = Record(one.article, one.passages, vectors, one.statements, one.abbreviations)
                replaced = self.changes.put(record, file=one.file, recipe=one.recipe)
                self.changed += replaced
                self.added += not replaced
        self.unread |= intake.unread
        self.failures += intake.failures
        self.warnings += intake.warnings

    def drop_what_is_gone(self, found: _Found, known: Mapping[str, FileState]) -> None:
        """Removes what was read from files that are gone or hold no article any more."""
        lost = self.unread | self.unreachable
        if found.folder and lost.issuperset(found.folder.files) and not all(map(_is_upload, known)):
            reasons = "; ".join(f"{failure.source} {failure.reason}" for failure in self.failures[:3])
            raise FolderError(
                f"Nothing in {found.root} can be read any more{f' ({reasons})' if reasons else ''}, so nothing was "
                "removed; put the articles back, or start a new library with `--data DIR`."
            )
        for source in known:
            if source in self.unread or not found.may_hold(source):
                self.removed += self.changes.remove(source)

    def report(self, found: _Found, seconds: float) -> SyncReport:
        """What was done, and what the library holds now."""
        with self.store.reading() as view:
            summary, lapsed = view.summary(), view.lapsed_corrections() - self.lapsed_before
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

    def _to_read(self, found: _Found, known: Mapping[str, FileState], rules: Rules) -> Iterator[FileToRead]:
        """The files whose bytes, or the rules they are read by, are not those on record."""
        for source, path in found.files.items():
            try:
                print_ = fingerprint(path)
            except OSError as error:
                self.unreachable.add(source)
                self.failures.append(Failure(source, f"cannot be opened ({error.strerror}); check its rights"))
                continue
            recipe = rules.recipe_of_file(source)
            if known.get(source) == FileState(print_.digest, recipe):
                self._remember_folder(found, source)
                continue
            articles = print_.lines if path.suffix.lower() == LINES else 1
            yield FileToRead(source, path, print_.digest, recipe, articles)

    def _remember_folder(self, found: _Found, source: str) -> None:
        """Makes the library this folder's as soon as an article of the folder is in it, and not before."""
        if found.root and not self.is_remembered and not _is_upload(source):
            self.changes.set_folder(found.root)
            self.is_remembered = True
