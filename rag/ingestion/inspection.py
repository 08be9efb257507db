"""Whether a file can be read, tried in a process of its own: what it does to its reader it does not do to the chat."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from rag.core import Failure
from rag.core.errors import UnreadableFile
from rag.ingestion.readers import read_file
from rag.ingestion.sandbox import answer, run_in_child

_KIND: Final = "file"


def examined(path: Path) -> tuple[str, ...]:
    """What of a file cannot be read, a note for each part. Raises UnreadableFile with the reason if that is all."""
    reply = run_in_child(_KIND, "rag.ingestion.inspection", str(path.resolve()))
    return tuple(reply["notes"])


def _notes(path: Path) -> dict[str, Any]:
    readings, notes = 0, []
    for one in read_file(path, path.name):
        if isinstance(one, Failure):
            notes.append(f"line {one.source.rpartition('#')[2]} {one.reason}")
        else:
            readings += 1
    if not readings:
        raise UnreadableFile(f"holds no article that can be read: {notes[0]}")
    return {"notes": notes}


if __name__ == "__main__":
    answer(_KIND, lambda: _notes(Path(sys.argv[1])))
