"""Files that are handed in: kept beside the library under harmless names, never over one another. Indexes none."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO, Final, Literal

from rag.core.errors import LibraryError, UnreadableFile
from rag.ingestion.readers import MAX_DOCUMENT_BYTES, READERS, examined
from rag.library.folder import UPLOADS, fingerprint, list_folder
from rag.library.store import Store

MOST_BYTES: Final = MAX_DOCUMENT_BYTES
"""The largest file that is taken."""

_LONGEST_NAME: Final = 120
"""Bytes; most file systems take 255, and a number may have to follow."""
_OWNERS: Final = ".uploaded-by.json"
_PARTIAL: Final = ".incoming-"
_HOUR: Final = 3600
_NOT_IN_NAMES = re.compile(r'[<>:"|?*#%\\/]')
"""What some file system forbids, or what means something in a source or an address."""
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was handed in: kept now, or there already under this source. `notes` say what of it is unreadable."""

    state: Literal["kept", "there"]
    source: str
    notes: tuple[str, ...] = ()


class Uploads:
    """The files handed in to one library. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = store.data / UPLOADS
        self._taking = Lock()  # held while a file is read, which may take seconds
        self._changing = Lock()  # held for moments

    def take(self, name: str, content: IO[bytes], by: str | None = None) -> Taken:
        """Keeps a file that can be read, as one handed in by `by`; the same bytes are kept once.

        Raises UnreadableFile with the reason if it can not, LibraryError if there is no room for it.
        """
        named = safe_name(name)
        with self._taking, _plain_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._clear_up()
            partial = self._folder / f"{_PARTIAL}{secrets.token_hex(8)}{Path(named).suffix.lower()}"
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

    def remove(self, source: str, by: str | None = None) -> None:
        """Deletes a file that was handed in, for whoever may. Raises LibraryError for anything else."""
        with self._changing, _plain_errors(self._folder):
            path = self._files().get(source)
            if path is None:
                raise LibraryError(f"There is no upload {source}; the list shows those that there are.")
            if not self._may_remove(source, by):
                raise LibraryError(f"{source} was handed in by somebody else; ask them to remove it.")
            path.unlink(missing_ok=True)
            self._write_owners({one: owner for one, owner in self._owners().items() if one != source})

    def removable(self, by: str | None = None) -> frozenset[str]:
        """The uploads that `by` may remove: their own, or all where nobody logs in."""
        with self._changing, _plain_errors(self._folder):
            return frozenset(source for source in self._files() if self._may_remove(source, by))

    def _may_remove(self, source: str, by: str | None) -> bool:
        return by is None or self._owners().get(source) == by

    def _files(self) -> dict[str, Path]:
        return list_folder(self._folder, READERS, prefix=f"{UPLOADS}/").files if self._folder.is_dir() else {}

    def _with_the_same_bytes(self, path: Path) -> str | None:
        """The file of the library, or the upload that waits to be read, that has these bytes."""
        digest, size = fingerprint(path).digest, path.stat().st_size
        with self._store.reading() as view:
            known = {state.digest: source for source, state in view.files().items()}
        files = self._files()
        waiting = (source for source, file in files.items() if file.stat().st_size == size)
        same = next((source for source in waiting if fingerprint(files[source]).digest == digest), None)
        held = known.get(digest)
        return same or (None if held is None or held.startswith(f"{UPLOADS}/") else held)

    def _clear_up(self) -> None:
        """Removes what a power cut left of files that were being handed in."""
        for path in self._folder.glob(f"{_PARTIAL}*"):
            if time.time() - path.stat().st_mtime > _HOUR:
                path.unlink(missing_ok=True)

    def _placed(self, partial: Path, named: str) -> str:
        """Gives the file its name, or the first one with a number that no other file has."""
        stem, suffix = Path(named).stem, Path(named).suffix
        number = 1
        while True:
            target = self._folder / (named if number == 1 else f"{stem} ({number}){suffix}")
            try:
                target.touch(exist_ok=False)  # whatever is there stays: a rename alone would replace it
            except FileExistsError:
                number += 1
                continue
            partial.replace(target)
            return f"{UPLOADS}/{target.name}"

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
    """A file name that is harmless on every system and looks like the one given; no folder of it is kept.

    Raises UnreadableFile if its suffix is not that of a format that is read.
    """
    base = unicodedata.normalize("NFC", re.split(r"[\\/]", given)[-1])
    plain = "".join(character for character in base if unicodedata.category(character)[0] != "C")
    stem, dot, suffix = _NOT_IN_NAMES.sub("-", " ".join(plain.split())).rpartition(".")
    suffix = f".{suffix.lower()}" if dot else ""
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
