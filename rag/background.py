"""Keeps a served library up to date: takes uploads, watches the folder, and indexes in a separate process.

`python -m rag.background DATA SCOPE` is that process. It runs at low priority, so that answers do not wait for Python's
lock, and a file that takes all memory does not take the chat with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Condition, Event, Thread
from typing import IO, Any, Final, Literal

from rag.core.amounts import Pace
from rag.core.errors import LibraryLocked, OnrecordError
from rag.core.protocols import VectorIndex
from rag.core.settings import Settings, yield_processor
from rag.ingestion.catalogue import CATALOGUE
from rag.ingestion.readers import READERS, reading_suffix
from rag.library.folder import UPLOADS, is_remote
from rag.library.store import Store
from rag.library.sync import Progress, outdated, sync, sync_uploads
from rag.library.uploads import MOST_BYTES, Taken, Uploads

IndexScope = Literal["folder", "uploads"]
"""What a run covers: the folder with the uploads, or only the uploads."""


@dataclass(frozen=True, slots=True)
class IndexOutcome:
    """How a run ended: well, or with the `trouble` that stopped it; `again` if that will pass."""

    trouble: str | None = None
    again: bool = False


class Run:
    """One run in a child process. Follow it to its end; `stop` may be called from another thread."""

    def __init__(self, data: Path, scope: IndexScope) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - this Python, this module, and a library of our own
            [sys.executable, "-m", "rag.background", str(data), scope],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def follow(self, on_step: Callable[[Progress], None]) -> IndexOutcome:
        """Waits for the end and reports every step."""
        outcome = IndexOutcome("Reading the files broke off; `onrecord index` may say why.")
        with self._child as child:
            for line in child.stdout or ():
                told: dict[str, Any] = json.loads(line)
                if "done" in told:
                    on_step(Progress(**told))
                else:
                    outcome = IndexOutcome(**told)
        return outcome

    def stop(self) -> None:
        """Stops the run; an interrupted run leaves the library intact."""
        self._child.terminate()


QUIET_MS, AT_MOST_MS = 400, 5_000
"""Changes are reported after the first time without further changes, and at the latest after the second."""
LOOK_AGAIN_MS: Final = 1_000
"""How often the watcher checks that the folders are still there, and the same."""


class Watcher:
    """Watches folders in a thread, and calls back with the files that changed.

    `folders` is asked again now and then. `on_trouble` gets a sentence where a folder cannot be watched, else None.
    """

    def __init__(
        self,
        folders: Callable[[], Sequence[Path]],
        on_change: Callable[[Collection[Path]], None],
        on_trouble: Callable[[str | None], None],
    ) -> None:
        self._folders = folders
        self._on_change = on_change
        self._on_trouble = on_trouble
        self.ready = Event()
        """Set once changes are noticed, or cannot be."""
        self._ended = Event()
        self._thread = Thread(target=self._watch, name="watcher", daemon=True)

    def start(self) -> None:
        """Starts watching."""
        self._thread.start()

    def close(self) -> None:
        """Stops watching."""
        self._ended.set()
        self.ready.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _watch(self) -> None:
        watched: list[Path] | None = None
        while not self._ended.is_set():
            try:
                wanted = list(self._folders())
                folders = [folder for folder in wanted if folder.is_dir()]
                gone = ", ".join(str(folder) for folder in wanted if folder not in folders)
                self._on_trouble(f"{gone} cannot be found, so nothing new is read from there." if gone else None)
                if watched is not None and watched != folders:
                    self._on_change(set(folders))  # whatever happened in them meanwhile
                watched = folders
                self._watch_while_there(folders, wanted)
            except (OnrecordError, OSError, RuntimeError) as error:
                self.ready.set()
                self._on_trouble(f"New files are not noticed by themselves ({error}); use “Read the folder again”.")
                self._ended.wait(LOOK_AGAIN_MS / 1000)

    def _watch_while_there(self, folders: Sequence[Path], wanted: Sequence[Path]) -> None:
        """Reports changes until it is closed, or until the watched or existing folders change."""
        from watchfiles import watch

        if not folders:
            self.ready.set()
            self._ended.wait(LOOK_AGAIN_MS / 1000)
            return
        changes = watch(
            *folders,
            watch_filter=lambda _, path: concerns(Path(path), folders),
            debounce=AT_MOST_MS,
            step=QUIET_MS,
            stop_event=self._ended,
            rust_timeout=LOOK_AGAIN_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        for changed in changes:
            self.ready.set()
            if changed:
                self._on_change({Path(path) for _, path in changed})
            if list(self._folders()) != list(wanted) or [folder for folder in wanted if folder.is_dir()] != list(
                folders
            ):
                return


def concerns(path: Path, folders: Sequence[Path]) -> bool:
    """Returns whether a change may concern articles: a readable format, the catalogue, or what is no file now.

    Of two nested folders the inner one decides; hidden files in it do not count.
    """
    within = [folder for folder in folders if path.is_relative_to(folder)]
    inner = max(within, key=lambda folder: len(folder.parts), default=path.parent)
    if any(part.startswith(".") for part in path.relative_to(inner).parts):
        return False
    return reading_suffix(path) in READERS or path.name == CATALOGUE or not path.is_file()


TRY_AGAIN, FOLLOW_EVERY = 5.0, 2.0
"""Seconds until a run blocked by another writer is tried again, and until the vectors catch up with a run."""


@dataclass(frozen=True, slots=True)
class News:
    """The state of indexing. `state` changes whenever the list of sources may; `watched`: new files are noticed.

    `left` says how much longer the run takes, as far as that is known: "about 2 minutes left".
    """

    busy: bool
    step: Progress | None
    left: str
    trouble: tuple[str, ...]
    watched: bool
    state: str


@dataclass(frozen=True, slots=True)
class Held:
    """The result of a file: its numbers of articles and statements, or the reason why there are none."""

    articles: int
    statements: int
    reason: str | None


class BackgroundIndexer:
    """Reads files in the background, one run at a time. Thread-safe."""

    formats, most_bytes = tuple(READERS), MOST_BYTES
    """The suffixes that are read, and the size of the largest file that is taken."""

    def __init__(self, store: Store, index: VectorIndex, settings: Settings) -> None:
        self._store = store
        self._index = index
        self._settings = settings
        self.uploads = Uploads(store)
        self._changed = Condition()
        self._wanted: set[IndexScope] = set()
        self._ours: set[Path] = set()
        self._run: Run | None = None
        self._step: Progress | None = None
        self._pace: Pace | None = None
        self._trouble: dict[IndexScope, str | None] = {}
        self._watch_trouble: str | None = None
        self._runs = 0
        self._working = False
        self._closed = False
        self._thread = Thread(target=self._work, name="background", daemon=True)
        self._watcher = Watcher(self._folders, self._notice, self._hear) if self._settings.watch else None

    def start(self) -> None:
        """Starts working, and watching if the settings say so."""
        self._thread.start()
        if self._watcher:
            with suppress(OSError):  # a library that nobody may write to can still be asked
                (self._store.data / UPLOADS).mkdir(exist_ok=True)
            self._watcher.start()

    def close(self) -> None:
        """Stops the current run; what was read stays."""
        if self._watcher:
            self._watcher.close()
        with self._changed:
            self._closed = True
            if self._run:
                self._run.stop()
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def read_again(self) -> None:
        """Requests a run over the changed files of the folder and the uploads."""
        self._want("folder")

    def read_uploads(self) -> None:
        """Requests a run over the uploads alone."""
        self._want("uploads")

    def take(self, name: str, content: IO[bytes], by: str | None = None) -> Taken:
        """Stores an uploaded file and has it read. Raises UnreadableFile with the reason, or LibraryError."""
        taken = self.uploads.take(name, content, by)
        if taken.state == "kept":
            self._ours.add(self._store.data.resolve() / taken.source)
            self._want("uploads")
        return taken

    def remove(self, source: str, by: str | None = None) -> None:
        """Removes an uploaded file, and its articles at once unless a run is in progress."""
        self.uploads.remove(source, by)
        self._ours.add(self._store.data.resolve() / source)
        try:
            with self._store.writing() as changes:
                changes.remove(source)
                changes.settle_people()
        except LibraryLocked:
            self._want("uploads")
        with self._changed:
            self._runs += 1

    def removable(self, by: str | None = None) -> frozenset[str]:
        """Returns the uploads that `by` may remove."""
        return self.uploads.removable(by)

    def held(self, source: str) -> Held:
        """Returns the result of a file."""
        with self._store.reading() as view:
            articles, statements = view.held(source)
            failed = view.failures().get(source)
        return Held(articles, statements, None if articles or failed is None else failed.reason)

    def news(self) -> News:
        """Returns the current state of the library."""
        with self._store.reading() as view:
            last = view.vectors.last_change()
        with self._changed:
            trouble = tuple(filter(None, (*self._trouble.values(), self._watch_trouble, self._index.trouble)))
            busy = self._working or bool(self._wanted)
            left = self._pace.left if self._pace else ""
            return News(busy, self._step, left, trouble, self._watcher is not None, f"{last}-{self._runs}")

    def _want(self, scope: IndexScope) -> None:
        with self._changed:
            self._wanted.add(scope)
            self._changed.notify_all()

    def _folders(self) -> list[Path]:
        with self._store.reading() as view:
            folder = view.folder
        uploads = (self._store.data / UPLOADS).resolve()
        return [*([Path(folder)] if folder and not is_remote(folder) else []), *([uploads] if uploads.is_dir() else [])]

    def _notice(self, changed: Collection[Path]) -> None:
        """Requests a run for changed files, except the library's own, which may lie in the folder."""
        data = self._store.data.resolve()
        others = set(changed) - self._ours
        self._ours.difference_update(changed)
        if any(not path.is_relative_to(data) for path in others):
            self._want("folder")
        elif any(path.is_relative_to(data / UPLOADS) for path in others):
            self._want("uploads")

    def _hear(self, trouble: str | None) -> None:
        with self._changed:
            self._watch_trouble = trouble

    def _work(self) -> None:
        if self._watcher:
            self._watcher.ready.wait(timeout=TRY_AGAIN)
            if self._is_outdated():
                self._want("folder")
        while scope := self._next():
            outcome = self._carry_out(scope)
            if outcome.again:
                self._want(scope)
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, timeout=TRY_AGAIN)

    def _is_outdated(self) -> bool:
        """Returns whether files changed while nobody watched."""
        with suppress(OnrecordError):
            return bool(outdated(self._store, self._settings))
        return False

    def _next(self) -> IndexScope | None:
        """Waits for the next requested run; None at the end. A run over the folder includes the uploads."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or self._closed)
            if self._closed:
                return None
            scope: IndexScope = "folder" if "folder" in self._wanted else "uploads"
            self._wanted.clear()
            self._working = True
            return scope

    def _carry_out(self, scope: IndexScope) -> IndexOutcome:
        """Carries out one run while the index follows. Keeps errors to be shown."""
        try:
            run = self._begun(scope)
            outcome = run.follow(self._followed()) if run else IndexOutcome()
            self._index.follow()
        except (OnrecordError, OSError, ValueError) as error:
            outcome = IndexOutcome(str(error))
        with self._changed:
            self._run = self._step = self._pace = None
            self._working = False
            self._runs += 1
            if scope == "folder" and not outcome.trouble:
                self._trouble.clear()
            if not self._closed:
                self._trouble[scope] = outcome.trouble
        return outcome

    def _begun(self, scope: IndexScope) -> Run | None:
        with self._changed:
            self._run = None if self._closed else Run(self._store.data, scope)
            return self._run

    def _followed(self) -> Callable[[Progress], None]:
        """Makes the function that records a run's steps and has the index catch up now and then."""
        last = time.monotonic()
        first: tuple[int, float] | None = None  # the parsers are loaded with the first article, which tells no pace

        def note(step: Progress) -> None:
            nonlocal first, last
            first = first or ((step.done, time.monotonic()) if step.done else None)
            done, began = first or (step.done, time.monotonic())
            with self._changed:
                self._step = step
                self._pace = Pace(step.done - done, step.total - done, time.monotonic() - began)
            if time.monotonic() - last > FOLLOW_EVERY:
                self._index.follow()
                last = time.monotonic()

        return note


def _main(data: Path, scope: IndexScope) -> None:
    """Carries out one run, and prints its steps and its outcome as JSON lines."""
    from rag.vectors.embedders import make_embedder

    yield_processor()
    settings = Settings.from_environment(data=data)
    outcome = IndexOutcome()
    try:
        with closing(Store.open(data, settings.library)) as store:
            embedder = make_embedder(settings)
            if scope == "uploads":
                sync_uploads(store, embedder=embedder, settings=settings, on_progress=_emit)
            else:
                sync(store, None, embedder=embedder, settings=settings, on_progress=_emit)
    except OnrecordError as error:
        outcome = IndexOutcome(str(error), isinstance(error, LibraryLocked))
    _emit(outcome)


def _emit(told: Progress | IndexOutcome) -> None:
    sys.stdout.write(json.dumps(asdict(told)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(Path(sys.argv[1]), "uploads" if sys.argv[2] == "uploads" else "folder")
