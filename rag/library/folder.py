"""Lists the files of a library: those of its folder and those handed in."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rag.core import Failure
from rag.core.errors import FolderError, OtherFolder
from rag.ingestion.catalogue import CATALOGUE
from rag.ingestion.readers import READERS

_NAMED: Final = 5
"""Kinds of files passed over that are named; the others are counted together."""


@dataclass(frozen=True, slots=True)
class FolderListing:
    """What lies in a folder. `files` are the articles' files by source, in order; `failures` what cannot be one.

    A folder in it that may not be listed is a failure, and what was read from it before is not gone.
    """

    files: dict[str, Path]
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()

    def may_hold(self, source: str) -> bool:
        """Whether the file is there, or may be there unseen."""
        return source in self.files or any(source.startswith(f"{folder.source}/") for folder in self.failures)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A file's bytes in short: their sha256, and how many lines they are."""

    digest: str
    lines: int


def list_folder(
    root: Path, suffixes: Collection[str], *, prefix: str = "", passed_over: Collection[Path] = ()
) -> FolderListing:
    """The files under `root` with one of the suffixes (lower case); `prefix` is what their sources start with.

    Hidden files and folders are left out, and so are the resolved paths `passed_over`; links that lead out of the
    folder are never followed, nor links to folders. Raises FolderError if `root` is missing or may not be listed.
    """
    real_root = _listable(root)
    walk = _Walk(real_root, prefix)
    for folder, folders, names in os.walk(real_root, onerror=walk.close):
        here = Path(folder)
        walk.links += sum((here / name).is_symlink() for name in folders)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and here / name not in passed_over)
        for name in names:
            if not name.startswith(".") and here / name not in passed_over:
                walk.meet(here / name, suffixes)
    return FolderListing(dict(sorted(walk.files.items())), tuple(walk.failures), tuple(walk.warnings(suffixes)))


def fingerprint(path: Path) -> Fingerprint:
    """Reads the file once, in pieces. Raises OSError."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
            lines += piece.count(b"\n")
    return Fingerprint(digest.hexdigest(), lines)


def _listable(root: Path) -> Path:
    try:
        if not root.is_dir():
            raise FolderError(f"There is no folder {root}; name the folder of articles, `onrecord index FOLDER`.")
        os.scandir(root).close()
        return root.resolve()
    except OSError as error:
        raise FolderError(f"{root} cannot be listed ({error.strerror}); check its rights.") from error


class _Walk:
    """What is met on the way through a folder."""

    def __init__(self, root: Path, prefix: str) -> None:
        self.root = root
        self.prefix = prefix
        self.files: dict[str, Path] = {}
        self.failures: list[Failure] = []
        self.links = 0
        self._others: Counter[str] = Counter()

    def meet(self, path: Path, suffixes: Collection[str]) -> None:
        """Takes a file in, or notes why not."""
        source = self._source(path)
        if path.suffix.lower() not in suffixes:
            self._others[path.suffix.lower() or path.name] += 1
        elif not self._is_inside(path):
            self.links += 1
        elif not path.is_file():
            self.failures.append(Failure(_printable(source), "is no file (but a pipe, a socket or a link to nothing)"))
        elif _printable(source) != source:
            self.failures.append(Failure(_printable(source), "has a name that is not UTF-8; rename it"))
        else:
            self.files[source] = path

    def close(self, error: OSError) -> None:
        """Notes a folder that may not be listed."""
        source = _printable(self._source(Path(error.filename)))
        self.failures.append(Failure(source, f"cannot be listed ({error.strerror}); check its rights"))

    def _source(self, path: Path) -> str:
        return self.prefix + path.relative_to(self.root).as_posix()

    def _is_inside(self, path: Path) -> bool:
        try:
            return not path.is_symlink() or path.resolve().is_relative_to(self.root)
        except (OSError, RuntimeError):  # a link that leads back to itself
            return False

    def warnings(self, suffixes: Collection[str]) -> Iterator[str]:
        """A sentence for all that was passed over and not hidden."""
        if self.links:
            yield f"{self.links} links were not followed: they lead to folders or out of {self.root}."
        if self._others:
            kinds = ", ".join(f"{count} {kind}" for kind, count in self._others.most_common(_NAMED))
            rest = sum(count for _, count in self._others.most_common()[_NAMED:])
            kinds += f", {rest} others" if rest else ""
            yield f"Files of other kinds were passed over ({kinds}); what is read: {', '.join(suffixes)}."


def _printable(source: str) -> str:
    """The name with question marks for bytes that are not UTF-8."""
    return source.encode("utf-8", "replace").decode("utf-8")


UPLOADS = "uploads"
"""Files that were handed in lie in this folder beside the library, and their sources start with its name."""


@dataclass(frozen=True, slots=True)
class LibraryFiles:
    """What lies in the folder and among the uploads; None for what was not looked at."""

    root: Path | None
    folder: FolderListing | None
    uploads: FolderListing | None

    @property
    def files(self) -> dict[str, Path]:
        """The files of both, by source."""
        return {source: path for listing in self.listings for source, path in listing.files.items()}

    @property
    def listings(self) -> tuple[FolderListing, ...]:
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
        listing = self.uploads if is_upload(source) else self.folder
        return listing is None or listing.may_hold(source)


def is_upload(source: str) -> bool:
    """Whether the source is that of a file handed in."""
    return source.startswith(f"{UPLOADS}/")


def root_of(folder: Path | None, remembered: str | None, *, replace: bool) -> Path | None:
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


def find_files(root: Path | None, data: Path) -> LibraryFiles:
    """What lies in the folder and in the library's uploads. Raises FolderError if there is neither."""
    uploads = data.resolve() / UPLOADS
    listed = list_folder(uploads, READERS, prefix=f"{UPLOADS}/") if uploads.is_dir() else None
    if root is None:
        if listed is None:
            raise FolderError("The library has no folder yet; name the folder of articles, `onrecord index FOLDER`.")
        return LibraryFiles(None, None, listed)
    passed_over = {data.resolve(), root / CATALOGUE, root / UPLOADS}
    return LibraryFiles(root, list_folder(root, READERS, passed_over=passed_over), listed)
