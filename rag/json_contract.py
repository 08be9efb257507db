"""Writes and reads the JSON that other programs rely on. Changes only with a version bump."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, get_type_hints

from rag.core import (
    Answer,
    Article,
    Bearer,
    Cited,
    Correction,
    Hit,
    Passed,
    Place,
    Profile,
    Sentence,
    Span,
    Statement,
    SyncReport,
    Turn,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from rag.verification.draft import Checked
    from rag.verification.exports import Rechecked

_OF_ANSWER = (
    *("question", "standalone_question", "status", "text", "is_closest", "reason", "notes", "differences"),
    *("corrections", "usage", "sentences", "citations", "withheld", "near_misses", "writer"),
)
_WHOSE = (
    *("id", "speaker", "speaker_as_written", "via", "cue", "polarity", "kind", "marked", "confidence", "standing"),
    *("candidates", "speaks_for", "source"),
)
_QUOTABLE = ("speaker", "speaker_as_written", "via", "speaks_for", "kind", "polarity", "standing", "confidence")
STATEMENT_COLUMNS = (
    *(*_WHOSE, "line", "title", "outlet", "published"),
    *("start", "end", "content_start", "content_end", "content"),
)


def answer_json(answer: Answer, identity: str | None = None) -> dict[str, Any]:
    """Writes an answer in the contract's form; `identity` is the id that a batch line gave."""
    told = asdict(answer) | {
        "text": answer.text,
        "sentences": [_sentence_json(sentence) for sentence in answer.sentences],
    }
    return {"id": identity, **{name: told[name] for name in _OF_ANSWER}, "seconds": round(answer.seconds, 4)}


def _sentence_json(sentence: Sentence) -> dict[str, Any]:
    return {"text": sentence.text, "citations": sentence.citations, "verdict": sentence.verdict}


def answer_model() -> type[BaseModel]:
    """Returns the contract's form of an answer as a pydantic model, to describe it; nothing is validated by it."""
    from pydantic import create_model

    hints = get_type_hints(Answer)
    sentence = get_type_hints(Sentence)
    parts: dict[str, Any] = {name: (sentence[name], ...) for name in ("text", "citations", "verdict")}
    told: dict[str, Any] = {name: (hints.get(name, str), ...) for name in _OF_ANSWER}
    told |= {"sentences": (list[create_model("SentenceReply", **parts)], ...)}  # type: ignore[misc] # made just here
    return create_model("AnswerReply", id=(str | None, ...), **told, seconds=(float, ...))


def turn_of(row: dict[str, Any]) -> Turn:
    """Reads one turn of a conversation that another program gives.

    Role and content are enough; the question's `standalone_question` and the answer's `citations`, as `answer_json`
    gives them, spare working them out again. Raises KeyError or TypeError for anything else.
    """
    cited = [
        Cited(
            Place(citation["source"], Span(citation["start"], citation["end"]), citation.get("statement_id")),
            number,
            citation.get("speaker"),
        )
        for number, citation in enumerate(row.get("citations") or (), start=1)
    ]
    return Turn(row["role"], str(row["content"]), row.get("standalone_question"), tuple(cited))


def statement_json(statement: Statement, article: Article) -> list[dict[str, Any]]:
    """Writes a statement in the contract's form: a row for each slice of its content, all with the same id.

    Where a person named the speaker by hand, and only there, `"corrected": true` comes last.
    """
    whose = {name: getattr(statement, name) for name in _WHOSE} | {"candidates": list(statement.candidates)}
    return [
        {
            **whose,
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


def quotable_json(statement: Statement, article: Article) -> list[dict[str, Any]]:
    """Writes what may be quoted of a statement, and whose words it is: a row for each slice of its content.

    `quote` is exactly the characters `start`:`end` of the article's text.
    """
    whose = {name: getattr(statement, name) for name in _QUOTABLE} | {"candidates": list(statement.candidates)}
    return [{**place_json(content, article), **whose, "statement_id": statement.id} for content in statement.content]


def place_json(span: Span, article: Article) -> dict[str, Any]:
    """Writes a slice of an article with its exact place."""
    return {
        "source": article.source,
        "line": article.line_of(span.start),
        "start": span.start,
        "end": span.end,
        "quote": article.cut(span),
        "title": article.title,
        "outlet": article.outlet,
        "published": article.published,
        "url": article.url,
    }


def step_json(step: Passed) -> dict[str, Any]:
    """Writes a sentence that has just passed the check, with the citations that it is the first to make."""
    return {"sentence": _sentence_json(step.sentence), "citations": [asdict(citation) for citation in step.citations]}


def correction_json(correction: Correction) -> dict[str, Any]:
    """Writes a speaker named by hand; `applies` is false where its words are gone."""
    return asdict(correction) | {"applies": correction.statement is not None}


def correction_from_json(row: dict[str, Any]) -> Correction:
    """Reads what `correction_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    start, end, speaker = int(row["start"]), int(row["end"]), row["speaker"]
    words = {name: str(row[name]) for name in ("source", "digest", "words", "cue")}
    if not 0 <= start < end or not isinstance(speaker, str | None):
        raise ValueError("a place or a speaker is none")
    return Correction(start=start, end=end, speaker=speaker, **words)


def bearer_json(bearer: Bearer) -> dict[str, Any]:
    """Writes a person or body in a list of people."""
    return asdict(bearer)


def profile_json(profile: Profile) -> dict[str, Any]:
    """Writes what the articles tell of a person or body; `said` counts statements by kind."""
    return asdict(profile) | {"said": dict(profile.said), "statements": profile.statements}


def checked_json(checked: Checked | Rechecked) -> dict[str, Any]:
    """Writes a quotation of a draft, or a citation of an export, and how it stands."""
    return asdict(checked) | {"stands": checked.stands}


def hit_json(hit: Hit) -> dict[str, Any]:
    """Writes a passage that retrieval found."""
    passage = hit.passage
    return {"source": passage.source, "start": passage.start, "end": passage.end, "score": round(hit.score, 6)}


def report_json(report: SyncReport) -> dict[str, Any]:
    """Writes what one run of `index` did."""
    told = asdict(report) | {"seconds": round(report.seconds, 3)}
    return {name: value for name, value in told.items() if name != "warnings"}
