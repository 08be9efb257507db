"""Mirrors a folder that lies elsewhere (an object store, another server) beside the library, and fetches what changed.

Any file system of fsspec can be named, `s3://bucket/prefix` for one. What a file was when it was fetched (its tag, or
its size and time) stands in a list beside the mirror, so an unchanged file is not fetched again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from rag.core import Failure
from rag.core.errors import FolderError, UsageError
from rag.ingestion.catalogue import CATALOGUE
from rag.ingestion.readers import MAX_DOCUMENT_BYTES, READERS, reading_suffix

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


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a visit to a remote folder brought: how many files came, and those that could not be had."""

    files: int
    failures: tuple[Failure, ...]


def fetch(folder: str, data: Path) -> Fetched:
    """Brings the mirror of a remote folder up to date. One process at a time.

    A file that cannot be fetched is a Failure and stays as it was. Raises FolderError, and changes nothing, if the
    folder cannot be listed or holds nothing.
    """
    mirror = local_path(folder, data)
    kept = mirror.with_name("kept.json")
    with _one_sentence(folder):
        system, root = _file_system(folder)
        there = {source: info for source, info in _listed(system, root) if _is_wanted(source)}
    if not there:
        raise FolderError(f"There is no article at {folder}; name a folder of articles there ({', '.join(READERS)}).")
    before = _read(kept)
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
        _write(kept, now)
    return Fetched(len(wanted) - len(failures), tuple(failures))


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


def _listed(system: Any, root: str) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401 - fsspec has no types
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


def _read(kept: Path) -> dict[str, str | None]:
    try:
        signs: dict[str, str | None] = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return signs


def _write(kept: Path, signs: Mapping[str, str | None]) -> None:
    written = kept.with_suffix(".new")
    written.write_text(json.dumps(signs, ensure_ascii=False), encoding="utf-8")
    written.replace(kept)
