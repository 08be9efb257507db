"""Reports the status of each article and file: indexed, failed, new, changed or gone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from rag.core import Article, ArticleListing, Failure
from rag.core.errors import FolderError
from rag.ingestion.readers import part_digest, part_name
from rag.library.folder import FolderListing, find_files, fingerprint, is_remote, is_upload, local_path
from rag.library.queries import FailedFile, FileState
from rag.library.store import Store
from rag.library.uploads import WEB, fetched_on

FileChange = Literal["gone", "changed"]
State = Literal["indexed", "changed", "gone", "new", "failed"]

_MOST: Final = 20_000_000
"""Bytes of the largest file whose digest is checked; for a larger one only its existence is."""
_NAMED: Final = 3
_SAID: Final[Mapping[FileChange, tuple[str, str]]] = {
    "gone": ("is gone", "are gone"),
    "changed": ("has changed", "have changed"),
}


def changes_of_files(articles: Iterable[Article], folder: str | None, data: Path) -> dict[str, FileChange]:
    """Finds the articles whose file is gone or has changed since it was indexed, by source.

    `folder` is the library's folder, `data` the library itself, which holds the uploads. Unknown changes are left out.
    """
    found = {article.source: _change(article, folder, data) for article in articles}
    return {source: change for source, change in found.items() if change}


def notes_on_files(changes: Mapping[str, FileChange]) -> tuple[str, ...]:
    """Writes one sentence on the files that are gone and one on those that changed."""
    every = {change: [source for source, found in changes.items() if found == change] for change in _SAID}
    return tuple(_note(sources, *_SAID[change]) for change, sources in every.items() if sources)


def _change(article: Article, folder: str | None, data: Path) -> FileChange | None:
    file, line = _file_and_line(article.source)
    if folder is None and not is_upload(file):
        return None
    root = data if is_upload(file) else local_path(folder or "", data)
    if folder and is_remote(folder) and not root.is_dir():  # another machine reads that folder
        return None
    path = root / file
    try:
        if path.stat().st_size > _MOST:
            return None
        return None if article.digest == _digest(path, line) else "changed"
    except (FileNotFoundError, NotADirectoryError):
        return "gone"
    except OSError:
        return None


def _file_and_line(source: str) -> tuple[str, int | None]:
    """Returns the file of an article, and its number in a file of many."""
    file, _, number = source.rpartition("#")
    return (file, int(number)) if number.isdecimal() and part_name(Path(file)) else (source, None)


def _digest(path: Path, line: int | None) -> str:
    """Returns the sha256 of the file, or of one of its parts."""
    return fingerprint(path).digest if line is None else part_digest(path, line)


def _note(sources: Collection[str], singular: str, several: str) -> str:
    named, beyond = list(sources)[:_NAMED], len(sources) - _NAMED
    files = ", ".join(named) + (f" and {beyond:,} more" if beyond > 0 else "")
    does = singular if len(sources) == 1 else several
    return f"{files} {does} since indexing, and what is shown was read before; run `onrecord index`."


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """An article of the library, or a file that holds none of its articles, and how it stands.

    "changed": the file is no longer what was read. "gone": the file is no longer there. "new": not read yet.
    "failed": could not be read, for this `reason`. `words` are those of the reporting. `fetched` is when a page came
    from the web.
    """

    source: str
    state: State
    listing: ArticleListing | None = None
    words: int = 0
    reason: str | None = None
    fetched: datetime | None = None

    @property
    def file(self) -> str:
        """The file that the article stands in."""
        return _file_and_line(self.source)[0]


class SourceList:
    """Lists all sources of a library and how they stand. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._words: dict[str, int] = {}
        self._digests: dict[Path, tuple[tuple[int, int], str]] = {}
        self._fetched: dict[Path, datetime | None] = {}

    def standing(self) -> tuple[SourceStatus, ...]:
        """Lists every article and every file without one, in the order of the sources."""
        with self._store.reading() as view:
            listings, files, failed, folder = view.shelf(), view.files(), view.failures(), view.folder
            articles = view.articles(
                listing.source for listing in listings.values() if listing.digest not in self._words
            )
        for article in articles.values():
            self._words[article.digest] = sum(len(article.cut(block.span).split()) for block in article.body)
        folders = list(self._folders(folder))
        paths = {source: path for found in folders for source, path in found.files.items()}
        known = [
            SourceStatus(
                source,
                self._state(source, files, paths),
                listing,
                self._words[listing.digest],
                fetched=self._fetched_on(source, paths),
            )
            for source, listing in listings.items()
        ]
        unread = paths.keys() - {status.file for status in known}
        others = (self._unread(source, paths[source], failed.get(source)) for source in unread)
        unlisted = (
            SourceStatus(failure.source, "failed", reason=failure.reason)
            for found in folders
            for failure in found.failures
        )
        return tuple(sorted((*known, *others, *unlisted), key=lambda status: status.source))

    def _folders(self, folder: str | None) -> Iterator[FolderListing]:
        """Yields the folder and the uploads, as far as they can be listed now."""
        for root in (folder if folder is None or is_remote(folder) else Path(folder), None):
            try:
                found = find_files(root, self._store.data)
                yield from filter(None, (found.folder if root else found.uploads,))
            except FolderError as error:
                if isinstance(root, Path) and root.is_dir():
                    yield FolderListing({}, (Failure(str(root), str(error)),))

    def _state(self, source: str, files: Mapping[str, FileState], paths: Mapping[str, Path]) -> State:
        file = _file_and_line(source)[0]
        if file not in paths:
            return "gone"
        read = files[file].digest if file in files else ""
        return "indexed" if read in {None, self._digest(paths[file])} else "changed"  # None: lines of it are unreadable

    def _digest(self, path: Path) -> str | None:
        """Returns the file's digest; reads the file again only if its time or size changed."""
        try:
            now = path.stat()
            sign = (now.st_mtime_ns, now.st_size)
            if path not in self._digests or self._digests[path][0] != sign:
                self._digests[path] = (sign, fingerprint(path).digest)
                self._fetched.pop(path, None)
            return self._digests[path][1]
        except OSError:
            return None

    def _fetched_on(self, source: str, paths: Mapping[str, Path]) -> datetime | None:
        path = paths.get(source) if source.startswith(f"{WEB}/") else None
        if path is not None and path not in self._fetched:
            self._fetched[path] = fetched_on(path)
        return None if path is None else self._fetched[path]

    def _unread(self, source: str, path: Path, failed: FailedFile | None) -> SourceStatus:
        """Returns the status of a file without an article: new, or failed as it is now."""
        if failed and failed.state.digest == self._digest(path):
            return SourceStatus(source, "failed", reason=failed.reason)
        return SourceStatus(source, "new")
