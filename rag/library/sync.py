"""Brings the library up to date with a folder: reads only what is new or changed, and drops what is gone."""

from __future__ import annotations

import ast
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import astuple, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from rag.core import Failure, Reading, SyncReport
from rag.core.articles import SURE_ENOUGH
from rag.core.errors import FolderError, UnreadableFile
from rag.core.protocols import Embedder
from rag.core.settings import Settings, cores
from rag.ingestion.catalogue import Details, read_catalogue
from rag.ingestion.readers import READERS, part_name, read_file
from rag.ingestion.segmentation import passage_text
from rag.library.article_parts import EmbeddedParts, LocalReaders, RayActors, embed
from rag.library.folder import UPLOADS, LibraryFiles, fetch_and_find, find_files, fingerprint, is_upload, root_of
from rag.library.queries import FailedFile, FileState, View
from rag.library.store import Store
from rag.library.writer import Changes, Record

EMBEDDED_AT_ONCE: Final = 64
"""Passages per transaction while the whole library is embedded again."""

WORTH_A_PROCESS: Final = 24
"""Articles from which on further processes are started; each takes two seconds and 300 MB to load its models."""

RULES: Final = tuple(Path(__file__).parents[1] / room for room in ("attribution", "ingestion", "people", "text"))
"""Folders of code and data that determine what is read from a file."""


def rules_version(kept: str | None = None) -> str:
    """Names the rules by which files are read: a digest of their bytes, and one of their code without its comments.

    The second decides whether a file is read again. It takes a second to compute, so the one in the `kept` version is
    reused while the bytes are the same.
    """
    files = sorted(path for folder in RULES for path in folder.rglob("*") if _is_rule(path))
    contents = [path.read_bytes() for path in files]
    as_written = _digest_of(contents)
    if kept and kept.split()[0] == as_written:
        return kept
    meant = (
        _without_comments(content) if path.suffix == ".py" else content
        for path, content in zip(files, contents, strict=True)
    )
    return f"{as_written} {_digest_of(meant)}"


def _is_rule(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"


def _digest_of(contents: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()[:16]


def _without_comments(code: bytes) -> bytes:
    """Returns the code as Python parses it, docstrings left out."""
    return ast.dump(_WithoutDocstrings().visit(ast.parse(code))).encode()


class _WithoutDocstrings(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Drops a statement that is only a constant."""
        return None if isinstance(node.value, ast.Constant) else node


_SOONEST, _APART = 5.0, 20.0
"""Seconds between two settlings of who is who in one run, and at least how many times as long as one takes."""


@dataclass(frozen=True)
class Rules:
    """What decides how an article is read: the rules' version, the catalogue, the size of passages."""

    version: str
    catalogue: Mapping[str, Details]
    passage_tokens: int

    def details(self, source: str) -> Details | None:
        """Returns the catalogue's details of the article, or else of the file that contains it as a line."""
        return self.catalogue.get(source) or self.catalogue.get(source.rpartition("#")[0])

    def recipe(self, source: str) -> str:
        """Names the rules as they apply to one article."""
        return self._name(source)

    def recipe_of_file(self, source: str) -> str:
        """Names the rules as they apply to a file with all its lines."""
        return self._name(source, *self._lines.get(source, ()))

    @cached_property
    def _lines(self) -> dict[str, list[str]]:
        """The sources in the catalogue that name a line of a file, by file."""
        lines: defaultdict[str, list[str]] = defaultdict(list)
        for source in sorted(self.catalogue):
            lines[source.rpartition("#")[0]].append(source)
        return lines

    def _name(self, *sources: str) -> str:
        said = [astuple(details) if (details := self.details(source)) else None for source in sources]
        rules = json.dumps([self.version.split()[-1], SURE_ENOUGH, self.passage_tokens, said, sources[1:]])
        return hashlib.sha256(rules.encode("utf-8")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: `done` of about `total` articles are behind it, and `source` is being read."""

    done: int
    total: int
    source: str


@dataclass(frozen=True, slots=True)
class _FileToRead:
    """A file that is new or has changed. `digest` is None before it is read; `articles` is about how many it holds."""

    source: str
    path: Path
    digest: str | None
    recipe: str
    articles: int

    @property
    def holds_many(self) -> bool:
        """Whether its articles are parts of it, each with a source of its own."""
        return part_name(self.path) is not None


@dataclass(frozen=True, slots=True)
class _NewArticle:
    """An article that is to be read apart. `file` is None if it is a whole file."""

    reading: Reading
    details: Details | None
    file: str | None
    recipe: str


@dataclass(frozen=True, slots=True)
class _End:
    """After the last article of a file of many. `digest` is None if parts of the file could not be read."""

    file: str
    digest: str | None
    recipe: str


def _job(item: _NewArticle | _End) -> tuple[Reading, Details | None] | None:
    return None if isinstance(item, _End) else (item.reading, item.details)


def sync(  # noqa: PLR0913 - each is a part of its own, and all but two are named
    store: Store,
    folder: Path | str | None,
    *,
    embedder: Embedder,
    settings: Settings,
    replace: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    actors: RayActors | None = None,
) -> SyncReport:
    """Brings the library up to date with the folder and the uploads, one transaction per article.

    With `actors` articles are read and embedded by those, else here.

    Without `folder` it reads the remembered one; a `str` is the address of one that lies elsewhere. Raises OtherFolder
    for another one, unless `replace`; FolderError, and removes nothing, if the folder is missing or nothing in it can
    be read any more; LibraryLocked while another process writes. Files that cannot be read are in the report. An
    interrupted run leaves a whole library.
    """

    def find(remembered: str | None) -> LibraryFiles:
        return fetch_and_find(root_of(folder, remembered, replace=replace), store.data)

    return _bring_up_to_date(store, find, embedder, settings, on_progress, actors)


def sync_uploads(
    store: Store, *, embedder: Embedder, settings: Settings, on_progress: Callable[[Progress], None] | None = None
) -> SyncReport:
    """Brings the uploads up to date without reading the folder, which may be large or out of reach."""
    return _bring_up_to_date(store, lambda _: find_files(None, store.data), embedder, settings, on_progress)


def _bring_up_to_date(
    store: Store,
    find: Callable[[str | None], LibraryFiles],
    embedder: Embedder,
    settings: Settings,
    on_progress: Callable[[Progress], None] | None,
    actors: RayActors | None = None,
) -> SyncReport:
    start = time.monotonic()
    with store.writing() as changes:
        with store.reading() as view:
            on_record = _OnRecord(view.files(), view.failures(), _lapsed(view))
            remembered, kept = view.folder, view.rules
        found = find(remembered)
        catalogue, warnings = _catalogue(found)
        rules = Rules(rules_version(kept), catalogue, settings.passage_tokens)
        said = [*warnings, *found.warnings]
        run = _Run(store, changes, embedder, rules, on_progress, on_record, warnings=said, actors=actors)
        run.adopt_embedder()
        run.take_in(found)
        run.drop_what_is_gone(found)
        changes.settle_people()
        changes.set_rules(rules.version)
    return run.report(found, time.monotonic() - start)


def outdated(store: Store, settings: Settings) -> int:
    """Counts the files that are new, changed or gone since the last `sync`; reads every file, writes nothing.

    A file that cannot be opened counts; one that gave no article when it was read does not, until it changes. Raises
    FolderError like `sync`.
    """
    with store.reading() as view:
        known, remembered, kept = view.files(), view.folder, view.rules
        known |= {source: failed.state for source, failed in view.failures().items()}
    found = find_files(root_of(None, remembered, replace=False), store.data)
    rules = Rules(rules_version(kept), _catalogue(found)[0], settings.passage_tokens)
    current = sum(
        known.get(source) == FileState(_digest(path), rules.recipe_of_file(source))
        for source, path in found.files.items()
    )
    return len(found.files.keys() | known.keys()) - current


def _catalogue(found: LibraryFiles) -> tuple[Mapping[str, Details], Iterable[str]]:
    return read_catalogue(found.root) if found.root else ({}, ())


def _digest(path: Path) -> str | None:
    with suppress(OSError):
        return fingerprint(path).digest
    return None


def _lapsed(view: View) -> int:
    """Counts the corrections that no longer apply to any statement."""
    return sum(correction.statement is None for correction in view.corrections())


@dataclass(frozen=True, slots=True)
class _OnRecord:
    """The state of the library when a run began: files that were read, files that failed, corrections that lapsed."""

    files: Mapping[str, FileState]
    failed: Mapping[str, FailedFile]
    lapsed: int


@dataclass
class _Run:
    """One run of `sync`, and what it has done so far.

    `unread` files were opened and gave no article, so their earlier articles are out of date. `unreachable` files could
    not be read, so the state of their articles is unknown.
    """

    store: Store
    changes: Changes
    embedder: Embedder
    rules: Rules
    on_progress: Callable[[Progress], None] | None
    before: _OnRecord
    warnings: list[str]
    actors: RayActors | None = None
    added: int = 0
    changed: int = 0
    removed: int = 0
    met: int = 0
    expected: int = 0
    unread: set[str] = field(default_factory=set)
    unreachable: set[str] = field(default_factory=set)
    is_remembered: bool = False
    failures: list[Failure] = field(default_factory=list)
    settles_at: float = field(default_factory=lambda: time.monotonic() + _SOONEST)

    def adopt_embedder(self) -> None:
        """Embeds every passage again if the library's vectors are by another model.

        The old vectors stay in use until the last new one is stored; an interrupted run resumes where it stopped.
        """
        name, dimension = self.embedder.name, self.embedder.dimension
        with self.store.reading() as view:
            current, passages = view.vectors.embedder, view.passage_count()
        if current and (current.name, current.dimension) == (name, dimension):
            return
        last = done = 0
        while batch := self.changes.passages_without(name, dimension, EMBEDDED_AT_ONCE, after=last):
            self._tell(done, passages, f"embedding by {name}")
            vectors = embed([passage_text(title, text) for _, title, text in batch], self.embedder)
            self.changes.add_vectors(name, dimension, [number for number, _, _ in batch], vectors)
            last, done = batch[-1][0], done + len(batch)
        self.changes.set_embedder(name, dimension)
        if current and passages:
            self.warnings.append(f"All {passages} passages were embedded anew by {name}, in place of {current.name}.")

    def take_in(self, found: LibraryFiles) -> None:
        """Reads what is new or has changed."""
        self.failures += [failure for listing in found.listings for failure in listing.failures]
        files = list(self._to_read(found))
        self.expected = sum(file.articles for file in files)
        before = len(self.failures)
        with closing(self._readers().in_order(self._incoming(files), _job)) as incoming:
            for item, read in incoming:
                if isinstance(item, _End):
                    self.removed += self.changes.finish(item.file, item.digest, item.recipe)
                elif read:
                    self._remember_folder(found, read.parts.article.source)
                    self._keep(item, read)
                    self._settle_in_time()
        self._remember_failures(files, self.failures[before:])

    def _settle_in_time(self) -> None:
        """Settles who is who every few seconds, so that questions meanwhile find whom changed articles quote."""
        now = time.monotonic()
        if now >= self.settles_at:
            self.changes.settle_people()
            done = time.monotonic()
            self.settles_at = done + max(_SOONEST, _APART * (done - now))

    def _readers(self) -> LocalReaders | RayActors:
        processes = cores() if self.expected >= WORTH_A_PROCESS else 1
        return self.actors or LocalReaders(self.embedder, self.rules.passage_tokens, processes)

    def _keep(self, item: _NewArticle, read: EmbeddedParts) -> None:
        article, said = read.parts.article, read.parts.attributed
        self.warnings += [f"{article.source}: {warning}" for warning in article.warnings]
        record = Record(article, read.passages, read.vectors, said.statements, read.parts.abbreviations, said.people)
        replaced = self.changes.put(record, file=item.file, recipe=item.recipe)
        self.changed += replaced
        self.added += not replaced

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
        """Reports what was done and what the library holds now."""
        with self.store.reading() as view:
            summary, lapsed = view.summary(), _lapsed(view) - self.before.lapsed
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

    def _to_read(self, found: LibraryFiles) -> Iterator[_FileToRead]:
        """Finds the files whose bytes or rules have changed, except unchanged files that failed before.

        A new file is not inspected before it is read. A file of many articles is tried again even if it failed: this
        costs little, and each of its lines has its own reason.
        """
        for source, path in found.files.items():
            known, failed = self.before.files.get(source), self.before.failed.get(source)
            recipe, holds_many = self.rules.recipe_of_file(source), part_name(path) is not None
            if not (known or failed or holds_many):
                yield _FileToRead(source, path, None, recipe, 1)
                continue
            try:
                print_ = fingerprint(path)
            except OSError as error:
                self.unreachable.add(source)
                self.failures.append(Failure(source, f"cannot be opened ({error.strerror}); check its rights"))
                continue
            state = FileState(print_.digest, recipe)
            if known == state:
                self._remember_folder(found, source)
            elif failed and failed.state == state and not holds_many:
                self.unread.add(source)
                self.failures.append(Failure(source, failed.reason))
            else:
                yield _FileToRead(source, path, print_.digest, recipe, print_.lines if part_name(path) == "line" else 1)

    def _incoming(self, files: Iterable[_FileToRead]) -> Iterator[_NewArticle | _End]:
        """Reads the files one by one and leaves out the articles that are already stored."""
        for file in files:
            articles, failures = 0, len(self.failures)
            try:
                for reading in self._readings(file):
                    articles += 1
                    yield from self._new_article(reading, file)
            except UnreadableFile as error:
                self.failures.append(Failure(file.source, str(error)))
            if not articles:
                self.unread.add(file.source)
            elif file.holds_many:
                yield _End(file.source, None if len(self.failures) > failures else file.digest, file.recipe)

    def _readings(self, file: _FileToRead) -> Iterator[Reading]:
        if file.holds_many:
            self.changes.begin(file.source)
        for reading in read_file(file.path, file.source):
            self._tell(min(self.met, self.expected), self.expected, reading.source)
            self.met += 1
            if isinstance(reading, Failure):
                self.failures.append(reading)
            else:
                yield reading

    def _new_article(self, reading: Reading, file: _FileToRead) -> Iterator[_NewArticle]:
        recipe = self.rules.recipe(reading.source) if file.holds_many else file.recipe
        if file.holds_many and self.changes.keep(reading.source, reading.digest, recipe):
            return
        within = file.source if file.holds_many else None
        yield _NewArticle(reading, self.rules.details(reading.source), within, recipe)

    def _tell(self, done: int, total: int, source: str) -> None:
        if self.on_progress:
            self.on_progress(Progress(done, total, source))

    def _remember_failures(self, files: Iterable[_FileToRead], failures: Iterable[Failure]) -> None:
        """Stores why these files gave no article, except for files that vanished, which may come back."""
        reasons: dict[str, str] = {}
        for failure in failures:
            name, _, line = failure.source.rpartition("#")
            reasons.setdefault(failure.source, failure.reason)
            part = f"{part_name(Path(name))} {line} {failure.reason}"
            reasons.setdefault(name, f"holds no article that can be read; {part}")
        for file in files:
            digest = file.digest or _digest(file.path)
            if file.source in self.unread and digest and file.path.is_file():
                reason = reasons.get(file.source, "holds no article")
                self.changes.fail(file.source, digest, file.recipe, reason)

    def _remember_folder(self, found: LibraryFiles, source: str) -> None:
        """Remembers the folder once the library holds an article from it."""
        if found.root and not self.is_remembered and not is_upload(source):
            self.changes.set_folder(found.address or found.root)
            self.is_remembered = True
