"""What readers say of answers, one JSON line each, in a file of the library's folder. It knows no page."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Final, Literal

from rag.core import Answer
from rag.core.errors import OnrecordError

FILE: Final = "feedback.jsonl"
NOTE_LIMIT: Final = 1_000

Judgement = Literal["good", "speaker", "unsupported", "missed"]


def forget_but(data: Path, sources: Collection[str]) -> int:
    """Forgets the judgements of answers that quote an article other than these; how many there were."""
    path = data / FILE
    if not path.exists():
        return 0
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if {one["source"] for one in json.loads(line)["citations"]}.issubset(sources)]
    path.write_text("".join(kept), encoding="utf-8")
    return len(lines) - len(kept)


class Feedback:
    """Keeps judgements. Who judged is not kept: the line says what was wrong, not with whom."""

    def __init__(self, data: Path) -> None:
        self._path = data / FILE
        self._lock = Lock()

    def keep(self, answer: Answer, judgement: Judgement, note: str = "") -> None:
        """Adds a line. A later line on the same question and answer takes the place of an earlier one."""
        line = {
            "given": dt.datetime.now().astimezone().isoformat(timespec="seconds"),
            "judgement": judgement,
            "note": note.strip()[:NOTE_LIMIT].encode(errors="replace").decode(),
            "question": answer.question,
            "standalone_question": answer.standalone_question,
            "status": answer.status,
            "reason": answer.reason,
            "text": answer.text,
            "citations": [asdict(citation) for citation in answer.citations],
        }
        try:
            with self._lock, self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise OnrecordError(f"{self._path} cannot be written to ({error.strerror}); check its rights.") from error
