"""The files that belong to a library: those of its folder and those that were handed in. Reads none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.corpus.catalogue import CATALOGUE
from rag.corpus.readers import READERS
from rag.errors import FolderError, OtherFolder
from rag.library.folder import Listing, list_folder

UPLOADS = "uploads"
"""Files that were handed in lie in this folder beside the library, and their sources start with its name."""


@dataclass(frozen=True, slots=True)
class Found:
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


def find_files(root: Path | None, data: Path) -> Found:
    """What lies in the folder and in the library's uploads. Raises FolderError if there is neither."""
    uploads = data.resolve() / UPLOADS
    listed = list_folder(uploads, READERS, prefix=f"{UPLOADS}/") if uploads.is_dir() else None
    if root is None:
        if listed is None:
            raise FolderError("The library has no folder yet; name the folder of articles, `onrecord index FOLDER`.")
        return Found(None, None, listed)
    passed_over = {data.resolve(), root / CATALOGUE, root / UPLOADS}
    return Found(root, list_folder(root, READERS, passed_over=passed_over), listed)
