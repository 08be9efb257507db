"""The JSON that other programs rely on: answers, statements, hits and reports. Changes only with a version bump."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rag.core import (
    Answer,
    Article,
    Bearer,
    Cited,
    Correction,
    Hit,
    Place,
    Profile,
    Sentence,
    Span,
    Statement,
    SyncReport,
    Turn,
)
from rag.verification.results import Checked, Rechecked

STATEMENT_COLUMNS = (
    "id",
    "speaker",
    "speaker_as_written",
    "via",
    "cue",
    "polarity",
    "kind",
    "marked",
    "confidence",
    "standing",
    "candidates",
    "speaks_for",
    "source",
    "line",
    "title",
    "outlet",
    "published",
    "start",
    "end",
    "content_start",
    "content_end",
    "content",
)


def answer_json(answer: Answer, identity: str | None = None) -> dict[str, Any]:
    """An answer as the contract has it; `identity` is the id that a batch line gave."""
    return {
        "id": identity,
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "status": answer.status,
        "text": answer.text,
        "reason": answer.reason,
        "notes": list(answer.notes),
        "differences": [list(group) for group in answer.differences],
        "corrections": list(answer.corrections),
        "usage": dict(answer.usage) if answer.usage is not None else None,
        "sentences": [_sentence_json(sentence) for sentence in answer.sentences],
        "citations": [asdict(citation) for citation in answer.citations],
        "withheld": [asdict(withheld) for withheld in answer.withheld],
        "near_misses": [asdict(near) for near in answer.near_misses],
        "writer": answer.writer,
        "seconds": round(answer.seconds, 4),
    }


def _sentence_json(sentence: Sentence) -> dict[str, Any]:
    return {"text": sentence.text, "citations": sentence.citations, "verdict": sentence.verdict}


def turn_of(row: dict[str, Any]) -> Turn:
    """One turn of a conversation that another program gives.

    Role and content are enough; the question's `standalone_question` and the answer's `citations`, as `answer_json`
    gives them, spare working them out again. Raises KeyError or TypeError for anything else.
    """
    cited = [
        Cited(Place(one["source"], Span(one["start"], one["end"]), one.get("statement_id")), number, one.get("speaker"))
        for number, one in enumerate(row.get("citations") or (), start=1)
    ]
    return Turn(row["role"], str(row["content"]), row.get("standalone_question"), tuple(cited))


def statement_json(statement: Statement, article: Article) -> list[dict[str, Any]]:
    """A statement as the contract has it: one row for each slice of its content, all with the same id.

    Where a person named the speaker by hand, and only there, `"corrected": true` comes last.
    """
    return [
        {
            "id": statement.id,
            "speaker": statement.speaker,
            "speaker_as_written": statement.speaker_as_written,
            "via": statement.via,
            "cue": statement.cue,
            "polarity": statement.polarity,
            "kind": statement.kind,
            "marked": statement.marked,
            "confidence": statement.confidence,
            "standing": statement.standing,
            "candidates": list(statement.candidates),
            "speaks_for": statement.speaks_for,
            "source": statement.source,
            "line": article.line_of(content.start),
            "title": article.title,
            "outlet": article.outlet,
            "published": article.published,
            "start": statement.span.start,
            "end": statement.span.end,
            "content_start": content.start,
            "content_end": content.end,
            "content": article.cut(content),
        }
        | ({"corrected": True} if statement.corrected else {})
        for content in statement.content
    ]


def correction_json(correction: Correction) -> dict[str, Any]:
    """A speaker named by hand; `applies` is false where its words are gone."""
    return asdict(correction) | {"applies": correction.statement is not None}


def correction_from_json(row: dict[str, Any]) -> Correction:
    """What `correction_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    start, end, speaker = int(row["start"]), int(row["end"]), row["speaker"]
    words = {name: str(row[name]) for name in ("source", "digest", "words", "cue")}
    if not 0 <= start < end or not isinstance(speaker, str | None):
        raise ValueError("a place or a speaker is none")
    return Correction(start=start, end=end, speaker=speaker, **words)


def bearer_json(bearer: Bearer) -> dict[str, Any]:
    """A person or body in a list of people."""
    return asdict(bearer)


def profile_json(profile: Profile) -> dict[str, Any]:
    """What the articles tell of a person or body; `said` counts statements by kind."""
    return asdict(profile) | {"said": dict(profile.said), "statements": profile.statements}


def checked_json(checked: Checked) -> dict[str, Any]:
    """A quotation of a draft and how it stands."""
    return asdict(checked) | {"stands": checked.stands}


def rechecked_json(rechecked: Rechecked) -> dict[str, Any]:
    """A citation of an export and how it stands now."""
    return asdict(rechecked) | {"stands": rechecked.stands}


def hit_json(hit: Hit) -> dict[str, Any]:
    """A passage that retrieval found."""
    passage = hit.passage
    return {"source": passage.source, "start": passage.start, "end": passage.end, "score": round(hit.score, 6)}


def report_json(report: SyncReport) -> dict[str, Any]:
    """What one run of `index` did."""
    return {
        "articles": report.articles,
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "failed": [asdict(failure) for failure in report.failed],
        "passages": report.passages,
        "statements": report.statements,
        "seconds": round(report.seconds, 3),
    }
