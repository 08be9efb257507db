"""Lists the files of a library: those of its folder, which may lie elsewhere, and the uploads.

A folder that lies elsewhere (an object store, another server) is mirrored beside the library. Any file system of fsspec
can be named, `s3://bucket/prefix` for one.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from rag.core import Failure
from rag.core.errors import FolderError, OtherFolder, UsageError
from rag.ingestion.catalogue import CATALOGUE
from rag.ingestion.readers import MAX_DOCUMENT_BYTES, READERS, reading_suffix

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
    missing = mirror_folder(folder, data)
    found = find_files(folder, data)
    if not (found.folder and missing):
        return found
    unseen = frozenset(failure.source for failure in missing)
    failures = (*found.folder.failures, *missing)
    return replace(found, folder=replace(found.folder, failures=failures, unseen=unseen))


_OBJECT_STORES: Final = frozenset({"s3", "gs", "az", "abfs"})
"""The schemes that obstore serves; fsspec loads a package of its own for each other one."""
_TAGS: Final = ("e_tag", "ETag", "etag", "md5Hash", "content_md5")
_TIMES: Final = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")
_AT_ONCE: Final = 8
"""Files that are fetched at the same time."""
_LINES: Final = ".jsonl"
"""The format whose files may have any size, for they are read line by line."""


def is_remote(folder: str) -> bool:
    """Returns whether a folder's name is an address, such as `s3://bucket/prefix`."""
    return "://" in folder


def local_path(folder: str, data: Path) -> Path:
    """Returns where a library's folder lies on this machine: itself, or its mirror in the library's folder `data`."""
    if not is_remote(folder):
        return Path(folder)
    return data.resolve() / "remote" / hashlib.sha256(folder.encode()).hexdigest()[:16] / "files"


def checked_address(folder: str) -> str:
    """Returns the address without a slash at its end. UsageError if it carries a password, which would be kept."""
    parts = urlsplit(folder)
    if parts.password is not None:
        raise UsageError(
            f"Leave the password out of {parts.scheme}://…: the library remembers the address; "
            "give it in the environment, as the store's own tools take it."
        )
    return folder.rstrip("/") if parts.netloc else folder


def mirror_folder(folder: str, data: Path) -> tuple[Failure, ...]:
    """Brings the mirror of a remote folder up to date, and returns the files that could not be fetched.

    These stay as they were. What a file was when it was fetched (its tag, or its size and time) stands in a list beside
    the mirror, so an unchanged file is not fetched again. One process at a time. Raises FolderError, and changes
    nothing, if the folder cannot be listed or holds nothing.
    """
    mirror = local_path(folder, data)
    kept = mirror.with_name("kept.json")
    with _one_sentence(folder):
        system, root = _file_system(folder)
        there = {source: info for source, info in _details(system, root) if _is_wanted(source)}
    if not there:
        raise FolderError(f"There is no article at {folder}; name a folder of articles there ({', '.join(READERS)}).")
    before: dict[str, str | None] = {}
    with suppress(OSError):  # then all of it is fetched again
        before = read_json(kept, {})
    mirror.mkdir(parents=True, exist_ok=True)
    for source in before.keys() - there.keys():
        (mirror / source).unlink(missing_ok=True)
    signs = {source: _sign(info) for source, info in there.items()}
    wanted = [
        source
        for source, sign in signs.items()
        if not (sign and before.get(source) == sign and (mirror / source).is_file())
    ]
    now = {source: before[source] for source in there if source in before}
    failures = []
    try:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch") as pool:
            fetching = pool.map(lambda source: (source, _fetched(system, source, there[source], mirror)), wanted)
            for source, reason in fetching:
                if reason:
                    failures.append(Failure(source, reason))
                else:
                    now[source] = signs[source]
    finally:
        write_json(kept, now)
    return tuple(failures)


class _ObjectStore:
    """What is asked of a file system of fsspec, answered by obstore, which lists a whole store at once."""

    def __init__(self, folder: str) -> None:
        from obstore.store import from_url

        self._store = from_url(
            folder,
            client_options={"allow_http": True, "connect_timeout": "10s", "timeout": "60s"},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
        )

    def find(self, _: str, *, detail: bool) -> dict[str, Mapping[str, Any]]:  # noqa: ARG002 - as fsspec has it
        """Returns the details of every file by its path below the folder."""
        return {str(info["path"]): {**info} for page in self._store.list() for info in page}

    def get_file(self, name: str, path: str) -> None:
        """Fetches one file, piece by piece."""
        with Path(path).open("wb") as file:
            file.writelines(self._store.get(name).stream())


def _file_system(folder: str) -> tuple[Any, str]:
    """Returns the file system of an address and the folder's path in it."""
    import fsspec

    scheme = folder.partition("://")[0]
    if scheme in _OBJECT_STORES:
        with suppress(ImportError):
            return _ObjectStore(folder), ""
    system, root = fsspec.url_to_fs(folder)
    return system, str(root).rstrip("/")


def _details(system: Any, root: str) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401 - fsspec has no types
    """Yields the path below the folder and the details of every file in it."""
    for name, info in sorted(system.find(root, detail=True).items()):
        yield str(name).removeprefix(root).lstrip("/"), {**info, "name": name}


def _is_wanted(source: str) -> bool:
    path = PurePosixPath(source)
    if any(part.startswith(".") for part in path.parts):
        return False
    return reading_suffix(Path(source)) in READERS or source == CATALOGUE


def _sign(info: Mapping[str, Any]) -> str | None:
    """Returns what tells one state of a file from another; None if the file system says nothing that does."""
    told = next((info[name] for name in (*_TAGS, *_TIMES) if info.get(name)), None)
    return None if told is None else f"{info.get('size')} {told}"


def _fetched(system: Any, source: str, info: Mapping[str, Any], mirror: Path) -> str | None:  # noqa: ANN401
    """Fetches one file whole or not at all; returns why not, if it could not."""
    if "\0" in source or "\\" in source or PurePosixPath(source).as_posix() != source or ".." in source.split("/"):
        return "has a name that no file here can have; rename it"
    if not source.lower().endswith(_LINES) and (info.get("size") or 0) > MAX_DOCUMENT_BYTES:
        return f"is larger than {MAX_DOCUMENT_BYTES // 1_000_000} MB; split it into articles"
    path = mirror / source
    partial = mirror.with_name(f"incoming-{hashlib.sha256(source.encode()).hexdigest()[:16]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        system.get_file(info["name"], str(partial))
        partial.replace(path)
    except Exception as error:  # noqa: BLE001 - each file system raises what it likes
        return f"cannot be fetched ({_why(error)}); try again, or check your rights to it"
    finally:
        partial.unlink(missing_ok=True)
    return None


@contextmanager
def _one_sentence(folder: str) -> Iterator[None]:
    scheme = folder.partition("://")[0]
    try:
        yield
    except ImportError as error:
        extra = "`onrecord[remote]`" if scheme in _OBJECT_STORES else f"the package of fsspec that reads {scheme}://"
        raise FolderError(f"{folder} needs a package that is not installed; install {extra}.") from error
    except ValueError as error:
        raise FolderError(f"{folder} is no address that fsspec knows ({_why(error)}).") from error
    except Exception as error:
        raise FolderError(
            f"{folder} cannot be listed ({_why(error)}); check the address, the network, and the keys in the "
            "environment; nothing was changed."
        ) from error


def _why(error: Exception) -> str:
    """Returns the first sentence of what a file system raised, without the addresses that follow."""
    first = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return first[:160].rstrip(" .:")


def read_json(path: Path, default: Any) -> Any:  # noqa: ANN401 - whoever asks knows what was written
    """Reads what `write_json` wrote; the default where there is no such file, or no JSON in it. Raises OSError."""
    with suppress(FileNotFoundError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    return default


def write_json(path: Path, value: object) -> None:
    """Writes a value as JSON, whole or not at all. Raises OSError."""
    written = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    written.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
    written.replace(path)
