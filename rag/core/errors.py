"""The errors of onrecord. Each message is one sentence that names the remedy; the command line prints it as it is.

OnrecordError
├── UsageError          the words of a command or a setting are wrong (exit code 2)
├── EmptyLibrary        nothing is indexed yet
├── LibraryError        the library cannot be opened, written or trusted
│   ├── LibraryLocked   another process is writing to it
│   ├── OtherEmbedder   its vectors are by another model than the question's
│   └── OtherFolder     it belongs to another folder
├── FolderError         the folder of articles is missing or unreadable
├── UnreadableFile      one file cannot be read; the run goes on
└── EmbeddingError      the embedding model is missing, damaged or out of reach
"""

from __future__ import annotations

from pathlib import Path


class OnrecordError(Exception):
    """Base of all errors that onrecord raises on purpose."""


class UsageError(OnrecordError):
    """The words of a command or a setting are wrong."""


class EmptyLibrary(OnrecordError):
    """Nothing is indexed yet. The message names the only remedy."""

    def __init__(self, data: Path | str | None = None) -> None:
        """`data` is the folder, or the database, searched for a library."""
        super().__init__(f"Nothing is indexed {f'in {data} ' if data else ''}yet; run `onrecord index FOLDER`.")


class LibraryError(OnrecordError):
    """The library cannot be opened, written or trusted."""


class LibraryLocked(LibraryError):
    """Another process is writing to the library."""


class OtherEmbedder(LibraryError):
    """The library's vectors are by another model than the question's."""


class OtherFolder(LibraryError):
    """The library belongs to another folder."""


class FolderError(OnrecordError):
    """The folder of articles is missing or unreadable."""


class UnreadableFile(OnrecordError):
    """One file cannot be read; the message is the reason, without the file's name."""


class EmbeddingError(OnrecordError):
    """The embedding model is missing, damaged or out of reach."""


class ModelError(OnrecordError):
    """The chat model is out of reach or talks nonsense."""
