"""Lists the files of a library, those of its folder and the uploads, and takes uploads in."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import IO, Final, Literal, NamedTuple

from rag.core import Failure
from rag.core.errors import FolderError, LibraryError, OtherFolder, UnreadableFile
from rag.ingestion.catalogue import CATALOGUE
from rag.ingestion.readers import MAX_DOCUMENT_BYTES, READERS, examined, reading_suffix
from rag.library.remote import checked_address, fetch, is_remote, local_path
from rag.library.store import Store

_NAMED: Final = 5
"""Kinds of skipped files that are named; the others are counted together."""


@dataclass(frozen=True, slots=True)
class FolderListing:
    """What lies in a folder: the articles' files by source, and what cannot be one or may not be listed."""

    files: dict[str, Path]
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    unseen: frozenset[str] = frozenset()
    """Files that are there and could not be fetched."""

    def may_hold(self, source: str) -> bool:
        """Returns whether the file is there, or may be there unseen."""
        within = any(source.startswith(f"{folder.source}/") for folder in self.failures)
        return within or source in self.files or source in self.unseen


class Fingerprint(NamedTuple):
    """The sha256 of a file, and how many lines it has."""

    digest: str
    lines: int


def list_folder(
    root: Path, suffixes: Collection[str], *, prefix: str = "", passed_over: Collection[Path] = ()
) -> FolderListing:
    """Lists the files under `root` with one of the suffixes; `prefix` is what their sources start with.

    Leaves out what is hidden and the resolved paths `passed_over`, and follows no link out of the folder and none to
    a folder. Raises FolderError if `root` is missing or may not be listed.
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
        """Adds a file, or notes why not."""
        source = self._source(path)
        if reading_suffix(path) not in suffixes:
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
        """Yields a sentence for everything skipped that is not hidden."""
        if self.links:
            yield f"{self.links} links were not followed: they lead to folders or out of {self.root}."
        if self._others:
            kinds = ", ".join(f"{count} {kind}" for kind, count in self._others.most_common(_NAMED))
            rest = sum(count for _, count in self._others.most_common()[_NAMED:])
            kinds += f", {rest} others" if rest else ""
            yield f"Files of other kinds were passed over ({kinds}); what is read: {', '.join(suffixes)}."


def _printable(source: str) -> str:
    """Returns the name with question marks for bytes that are not UTF-8."""
    return source.encode("utf-8", "replace").decode("utf-8")


UPLOADS = "uploads"
"""The folder of uploads beside the library; their sources start with its name."""


@dataclass(frozen=True, slots=True)
class LibraryFiles:
    """The contents of the folder and the uploads; None for what was not listed.

    `address` is that of a folder that lies elsewhere; `root` is then its mirror here.
    """

    root: Path | None
    folder: FolderListing | None
    uploads: FolderListing | None
    address: str | None = None

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
        """Yields what was skipped, as sentences."""
        if self.root and (self.root / UPLOADS).is_dir():
            yield f"{self.root / UPLOADS} was passed over: sources named {UPLOADS}/ are files handed in; rename it."
        for listing in self.listings:
            yield from listing.warnings

    def may_hold(self, source: str) -> bool:
        """Returns whether a file is there, or may be there unseen."""
        listing = self.uploads if is_upload(source) else self.folder
        return listing is None or listing.may_hold(source)


def is_upload(source: str) -> bool:
    """Returns whether the source is that of a file handed in."""
    return source.startswith(f"{UPLOADS}/")


def root_of(folder: Path | str | None, remembered: str | None, *, replace: bool) -> Path | str | None:
    """Returns the folder to read, a resolved path or an address; None if the library has none and none is named."""
    if folder is None:
        return Path(remembered) if remembered and not is_remote(remembered) else remembered
    named = checked_address(folder) if isinstance(folder, str) else folder.resolve()
    is_there = isinstance(named, str) or named.is_dir()
    if remembered and str(named) != remembered and is_there and not replace:
        raise OtherFolder(
            f"This library belongs to {remembered}; index {folder} into a library of its own with `--data DIR`, "
            "or give it this one with `--replace`."
        )
    return named


def find_files(folder: Path | str | None, data: Path) -> LibraryFiles:
    """Lists the folder, or the mirror of an address, and the library's uploads. FolderError if there is neither."""
    address = folder if isinstance(folder, str) else None
    root = local_path(folder, data) if isinstance(folder, str) else folder
    uploads = data.resolve() / UPLOADS
    listed = list_folder(uploads, READERS, prefix=f"{UPLOADS}/") if uploads.is_dir() else None
    if root is None:
        if listed is None:
            raise FolderError("The library has no folder yet; name the folder of articles, `onrecord index FOLDER`.")
        return LibraryFiles(None, None, listed)
    passed_over = {data.resolve(), root / CATALOGUE, root / UPLOADS}
    return LibraryFiles(root, list_folder(root, READERS, passed_over=passed_over), listed, address)


def fetch_and_find(folder: Path | str | None, data: Path) -> LibraryFiles:
    """Brings the mirror of an address up to date, and lists as `find_files` does."""
    if not isinstance(folder, str):
        return find_files(folder, data)
    fetched = fetch(folder, data)
    found = find_files(folder, data)
    if not (found.folder and fetched.failures):
        return found
    unseen = frozenset(failure.source for failure in fetched.failures)
    failures = (*found.folder.failures, *fetched.failures)
    return replace(found, folder=replace(found.folder, failures=failures, unseen=unseen))


MOST_BYTES: Final = MAX_DOCUMENT_BYTES
"""The largest file that is taken."""
_LONGEST_NAME: Final = 120
"""Bytes; most file systems take 255, and a number may have to follow."""
_OWNERS: Final = ".uploaded-by.json"
_PARTIAL: Final = ".incoming-"
_HOUR: Final = 3600
_NOT_IN_NAMES = re.compile(r'[<>:"|?*#%\\/]')
"""Characters that a file system forbids, or that have a meaning in a source or an address."""
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Taken:
    """An uploaded file: kept now, or there already under this source. `notes` say what of it is unreadable."""

    state: Literal["kept", "there"]
    source: str
    notes: tuple[str, ...] = ()


class Uploads:
    """The files uploaded to one library. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = store.data / UPLOADS
        self._taking = Lock()  # held while a file is read, which may take seconds
        self._changing = Lock()  # held for moments

    def take(self, name: str, content: IO[bytes], by: str | None = None) -> Taken:
        """Keeps a readable file, uploaded by `by`; the same bytes once. Raises UnreadableFile or LibraryError."""
        named = safe_name(name)
        with self._taking, _plain_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._clear_up()
            partial = self._folder / f"{_PARTIAL}{secrets.token_hex(8)}{reading_suffix(Path(named))}"
            try:
                with partial.open("xb") as file:
                    shutil.copyfileobj(content, file)
                there = self._with_the_same_bytes(partial)
                if there:
                    return Taken("there", there)
                notes = examined(partial)
                with self._changing:
                    source = self._placed(partial, named)
                    if by:
                        self._write_owners({**self._owners(), source: by})
            finally:
                partial.unlink(missing_ok=True)
        return Taken("kept", source, notes)

    def claim(self, source: str, by: str) -> None:
        """Makes a file that was fetched that of a login."""
        with self._changing, _plain_errors(self._folder):
            self._write_owners({**self._owners(), source: by})

    def remove(self, source: str, by: str | None = None) -> None:
        """Deletes an upload, for whoever may. Raises LibraryError for anything else."""
        with self._changing, _plain_errors(self._folder):
            path = self._files().get(source)
            if path is None:
                raise LibraryError(f"There is no upload {source}; the list shows those that there are.")
            if not self._may_remove(source, by):
                raise LibraryError(f"{source} was handed in by somebody else; ask them to remove it.")
            path.unlink(missing_ok=True)
            self._write_owners({name: owner for name, owner in self._owners().items() if name != source})

    def removable(self, by: str | None = None) -> frozenset[str]:
        """Returns the uploads that `by` may remove: their own, or all where nobody logs in."""
        with self._changing, _plain_errors(self._folder):
            return frozenset(source for source in self._files() if self._may_remove(source, by))

    def _may_remove(self, source: str, by: str | None) -> bool:
        return by is None or self._owners().get(source) == by

    def _files(self) -> dict[str, Path]:
        return list_folder(self._folder, READERS, prefix=f"{UPLOADS}/").files if self._folder.is_dir() else {}

    def _with_the_same_bytes(self, path: Path) -> str | None:
        """Returns the file of the library, or the upload that waits to be read, that has these bytes."""
        digest, size = fingerprint(path).digest, path.stat().st_size
        with self._store.reading() as view:
            known = {state.digest: source for source, state in view.files().items()}
        files = self._files()
        waiting = (source for source, file in files.items() if file.stat().st_size == size)
        same = next((source for source in waiting if fingerprint(files[source]).digest == digest), None)
        held = known.get(digest)
        return same or (None if held is None or held.startswith(f"{UPLOADS}/") else held)

    def _clear_up(self) -> None:
        """Removes partial uploads that a power cut left."""
        for path in self._folder.glob(f"{_PARTIAL}*"):
            if time.time() - path.stat().st_mtime > _HOUR:
                path.unlink(missing_ok=True)

    def _placed(self, partial: Path, named: str) -> str:
        """Gives the file its name, or the first one with a number that no other file has."""
        suffix = reading_suffix(Path(named))
        stem = named.removesuffix(suffix)
        for name in itertools.chain([named], (f"{stem} ({number}){suffix}" for number in itertools.count(2))):
            with contextlib.suppress(FileExistsError):
                (self._folder / name).touch(exist_ok=False)  # whatever is there stays: a rename would replace it
                partial.replace(self._folder / name)
                return f"{UPLOADS}/{name}"
        raise AssertionError("numbers never end")

    def _owners(self) -> dict[str, str]:
        try:
            owners: dict[str, str] = json.loads((self._folder / _OWNERS).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return owners

    def _write_owners(self, owners: dict[str, str]) -> None:
        path = self._folder / _OWNERS
        if owners or path.exists():
            written = path.with_suffix(".new")
            written.write_text(json.dumps(owners, ensure_ascii=False, indent=1), encoding="utf-8")
            written.replace(path)


def safe_name(given: str) -> str:
    """Makes a given name, without its folder, harmless on every system. Raises UnreadableFile for an unread format."""
    base = unicodedata.normalize("NFC", re.split(r"[\\/]", given)[-1])
    plain = "".join(character for character in base if unicodedata.category(character)[0] != "C")
    whole = _NOT_IN_NAMES.sub("-", " ".join(plain.split()))
    suffix = reading_suffix(Path(f"_{whole}"))
    stem = whole[: len(whole) - len(suffix)]
    if suffix not in READERS:
        raise UnreadableFile(f"is in a format that is not read; those that are: {', '.join(READERS)}")
    stem = stem.encode("utf-8")[:_LONGEST_NAME].decode("utf-8", "ignore").strip(" .-_~") or "upload"
    return f"{'_' if _RESERVED.fullmatch(stem) else ''}{stem}{suffix}"


@contextlib.contextmanager
def _plain_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LibraryError(f"{folder} cannot be used ({error.strerror}); check its rights and its room.") from error
