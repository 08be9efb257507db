"""What lies on the shelf: every article of the library, every file of its folder, and how each stands. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.answering.assistant import Assistant
from rag.core import ArticleListing, Failure
from rag.core.errors import FolderError
from rag.ingestion.readers import READERS
from rag.library.folder import FolderListing, fingerprint, list_folder
from rag.library.queries import FailedFile, FileState
from rag.library.sync import UPLOADS

State = Literal["indexed", "changed", "gone", "new", "failed"]


@dataclass(frozen=True, slots=True)
class Standing:
    """An article of the library, or a file that holds none of its articles, and how it stands.

    "changed": the file's bytes are others than those that were read. "gone": so is the file. "new": not read yet.
    "failed": could not be read, for this `reason`. `words` are those of the reporting.
    """

    source: str
    state: State
    shelved: ArticleListing | None = None
    words: int = 0
    reason: str | None = None

    @property
    def file(self) -> str:
        """The file that it stands in."""
        return _file(self.source)


class Shelf:
    """The list of sources. Safe to use from several threads."""

    def __init__(self, assistant: Assistant) -> None:
        self._store = assistant.store
        self._words: dict[str, int] = {}
        self._digests: dict[Path, tuple[tuple[int, int], str]] = {}

    def standing(self) -> tuple[Standing, ...]:
        """Everything, in the order of the sources."""
        with self._store.reading() as view:
            shelf, files, failed, folder = view.shelf(), view.files(), view.failures(), view.folder
            unknown = {one.source for one in shelf.values() if one.digest not in self._words}
            articles = view.articles(unknown)
        for article in articles.values():
            body = (article.text[block.start : block.end] for block in article.body)
            self._words[article.digest] = sum(len(part.split()) for part in body)
        listings = list(self._listings(folder))
        paths = {source: path for listing in listings for source, path in listing.files.items()}
        known = (
            Standing(one.source, self._state(one.source, files, paths), one, self._words[one.digest])
            for one in shelf.values()
        )
        unread = paths.keys() - {_file(one) for one in shelf}
        others = (self._unread(source, paths[source], failed.get(source)) for source in unread)
        unlisted = (Standing(one.source, "failed", reason=one.reason) for each in listings for one in each.failures)
        return tuple(sorted((*known, *others, *unlisted), key=lambda one: one.source))

    def _listings(self, folder: str | None) -> Iterator[FolderListing]:
        """The folder and the uploads, as far as they can be listed now."""
        for root, prefix in ((folder, ""), (str(self._store.data / UPLOADS), f"{UPLOADS}/")):
            if root and Path(root).is_dir():
                try:
                    own = {self._store.data.resolve(), Path(root) / UPLOADS, Path(root) / "articles.csv"}
                    yield list_folder(Path(root), READERS, prefix=prefix, passed_over=own)
                except FolderError as error:
                    yield FolderListing({}, (Failure(root, str(error)),))

    def _state(self, source: str, files: Mapping[str, FileState], paths: Mapping[str, Path]) -> State:
        file = _file(source)
        if file not in paths:
            return "gone"
        read = files[file].digest if file in files else ""
        return "indexed" if read in {None, self._digest(paths[file])} else "changed"  # None: lines of it are unreadable

    def _digest(self, path: Path) -> str | None:
        """The file's digest; it is read again only if its time or size is another."""
        try:
            now = path.stat()
            sign = (now.st_mtime_ns, now.st_size)
            if path not in self._digests or self._digests[path][0] != sign:
                self._digests[path] = (sign, fingerprint(path).digest)
            return self._digests[path][1]
        except OSError:
            return None

    def _unread(self, source: str, path: Path, failed: FailedFile | None) -> Standing:
        """A file without an article in the library: new, or tried as it is now and not to be read."""
        if failed and failed.state.digest == self._digest(path):
            return Standing(source, "failed", reason=failed.reason)
        return Standing(source, "new")


def _file(source: str) -> str:
    """The file that an article stands in: a line of a JSON-lines file is an article of its own."""
    return source.rpartition("#")[0] if ".jsonl#" in source else source
