"""What readers said of answers -> drafts of cases: a good answer gives a whole one, a wrong one what is known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from evals.cases import CaseError

FILE: Final = "feedback.jsonl"
"""Where the page keeps what readers say, in the library's folder."""

_TO_DO: Final = {
    "good": "A reader found this answer good.",
    "speaker": "A reader says that a speaker is wrong: forbid the excerpt, and name the right one in `evidence`.",
    "unsupported": "A reader says that a sentence is not supported: move its excerpt to `forbidden`.",
    "missed": "A reader says that something is missing: name it in `evidence`.",
}


def drafts(data: Path) -> Iterator[dict[str, Any]]:
    """A draft for each question that was judged, by its latest judgement. CaseError if nothing was judged.

    What a wrong answer cited stands under `allowed`: only a person knows what would be right, and without `evidence` or
    `reasons` the case does not load until they have said so.
    """
    path = data / FILE
    if not path.exists():
        raise CaseError(f"Nobody has judged an answer yet ({path} is missing); do so in `onrecord chat`.")
    latest = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            said = json.loads(line)
            latest[said["question"]] = _draft(said)
        except (ValueError, KeyError, TypeError) as error:
            raise CaseError(f"{path}, line {number} is no judgement ({error}); take the line out.") from error
    yield from latest.values()


def _draft(said: dict[str, Any]) -> dict[str, Any]:
    judgement, question = said["judgement"], said["standalone_question"]
    note = f"DRAFT. {_TO_DO[judgement]} {said.get('note', '')}".strip()
    name = hashlib.sha256(question.encode()).hexdigest()[:8]
    case = {"id": f"feedback-{name}", "kind": "feedback", "question": question, "note": note}
    excerpts = [_excerpt(citation) for citation in said["citations"]]
    if judgement != "good":
        return case | {"allowed": excerpts}
    return case | ({"evidence": excerpts} if excerpts else {"reasons": [said["reason"]]})


def _excerpt(citation: dict[str, Any]) -> dict[str, Any]:
    excerpt = {name: citation[name] for name in ("source", "quote", "kind")}
    return excerpt | ({"speaker": citation["speaker"]} if citation["speaker"] else {})
