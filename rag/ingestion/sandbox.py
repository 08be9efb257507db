"""Runs the extractors of formats that a hostile file may abuse, each in a process of its own with limits."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from rag.core.errors import UnreadableFile
from rag.text.tokens import letters_only

CPU_SECONDS: Final = 25
"""What an extractor may compute; a long report takes two or three."""
PATIENCE: Final = 300
"""Seconds after which it is ended in any case, on a machine that is busy with other things."""
MEMORY: Final = 1 << 30
"""Bytes of address space that it may use."""

_EXTRACTORS: Final = {
    "PDF": ("rag.ingestion.pdf", "extract_pdf"),
    "Word document": ("rag.ingestion.documents", "extract_docx"),
    "OpenDocument text": ("rag.ingestion.documents", "extract_odt"),
    "EPUB": ("rag.ingestion.documents", "extract_epub"),
    "RTF document": ("rag.ingestion.documents", "extract_rtf"),
    "e-mail": ("rag.ingestion.documents", "extract_email"),
}


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a document, who extracted it, and what the document says of itself that its text bears out."""

    text: str
    extractor: str
    fields: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def extract_apart(kind: str, content: bytes) -> Extracted:
    """Extracts a document in a process of its own. Raises UnreadableFile, whatever the bytes do to the extractor."""
    return Extracted(**run_in_child(kind, "rag.ingestion.sandbox", kind, content=content))


def run_in_child(kind: str, module: str, *words: str, content: bytes = b"") -> dict[str, Any]:
    """Runs a module of ours with these words in a process of its own and returns its reply, made by `answer`.

    Raises UnreadableFile with a reason that speaks of a `kind`.
    """
    try:
        child = subprocess.run(  # noqa: S603 - this Python, a module and words of our own naming
            [sys.executable, "-m", module, *words],
            input=content,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableFile(_too_slow(kind)) from None
    if child.returncode == -getattr(signal, "SIGXCPU", 0):
        raise UnreadableFile(_too_slow(kind))
    try:
        reply: dict[str, Any] = json.loads(child.stdout)
    except ValueError:
        raise UnreadableFile(f"breaks whatever reads it as a {kind}; save its text as .txt") from None
    if "refused" in reply:
        raise UnreadableFile(reply["refused"])
    return reply


def answer(kind: str, make: Callable[[], dict[str, Any]]) -> None:
    """Replies, in the process of its own and within its limits, with what is made, or why nothing could be."""
    _limit()
    try:
        reply = make()
    except UnreadableFile as error:
        reply = {"refused": str(error)}
    except (MemoryError, RecursionError):
        reply = {"refused": f"is a {kind} that takes too much memory to read; save its text as .txt"}
    except Exception:  # noqa: BLE001 - parsers fail in every way on files that are broken, and the file is the reason
        reply = {"refused": f"is broken, or no {kind}; save it again, or its text as .txt"}
    sys.stdout.write(json.dumps(reply))


def borne_out(text: str, title: str | None, author: str | None) -> dict[str, str]:
    """Finds those of a document's own title and author that its text shows near its start.

    Programs fill both in by themselves, with the name of a template, of a file or of whoever owns the machine.
    """
    start = letters_only(text[:2_000])
    given = {"title": title, "author": author}
    return {
        name: " ".join(value.split())
        for name, value in given.items()
        if value and len(letters_only(value)) > len("abc") and letters_only(value) in start
    }


def _too_slow(kind: str) -> str:
    return f"is a {kind} that takes too long to read; save its text as .txt"


def _limit() -> None:
    """Limits this process, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(kind: str) -> None:
    module, name = _EXTRACTORS[kind]
    answer(kind, lambda: asdict(getattr(import_module(module), name)(sys.stdin.buffer.read())))


if __name__ == "__main__":
    _main(sys.argv[1])
