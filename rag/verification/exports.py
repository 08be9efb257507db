"""Checks an exported answer or quote sheet again: each citation against the file as it is now, and the record.

Reads the files themselves, because the library may not have indexed a change yet.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from rag.core import Article, Reading, Span
from rag.core.errors import UnreadableFile, UsageError
from rag.ingestion.layout import lay_out
from rag.ingestion.readers import read_file
from rag.library.folder import is_upload, local_path
from rag.library.store import Store
from rag.verification.comparing import DiffPart, Reference, common_words, difference, fold_typography, nearest_words

CitationVerdict = Literal["stands", "moved", "changed", "gone"]

EXPORTS: Final = (".json", ".jsonl", ".csv")
"""Suffixes of the files that are read as exports."""

_UNREAD: Final = "The file has changed since it was indexed, so its speakers are not known; run `onrecord index`."
_FORMULA: Final = re.compile(r"^'(?=[=+\-@\t\r])")
"""The prefix in the page's sheets of words that a spreadsheet would take for a formula."""

_NEAR = 60
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class CitedSlice:
    """A citation as an export has it. `number` counts the citations of the export from 1."""

    number: int
    source: str
    start: int
    end: int
    quote: str
    speaker: str | None = None
    standing: str = "said"


@dataclass(frozen=True, slots=True)
class Rechecked:
    """A citation of an export, compared with the file as it is now.

    "stands": the same words at the same place. "moved": the same words at `start`:`end`. "changed": the words are gone,
    and `now` are the nearest to them, if any. "gone": the file is gone or cannot be read. `same_speaker` says whether
    the record still credits the export's speaker, None where it names none or the words are gone.
    """

    cited: CitedSlice
    verdict: CitationVerdict
    line: int | None = None
    start: int | None = None
    end: int | None = None
    now: str | None = None
    difference: tuple[DiffPart, ...] = ()
    speaker: str | None = None
    same_speaker: bool | None = None
    notes: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether the words are still in the file and still that speaker's."""
        return self.verdict in {"stands", "moved"} and self.same_speaker is not False


def citations(file: Path) -> list[CitedSlice]:
    """Returns the citations of an export: answers or statements as JSON, or a CSV with source, start, end and quote.

    Raises UsageError if it cannot be read or holds none.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        rows = list(_csv_rows(text) if file.suffix.lower() == ".csv" else _json_rows(text))
        found = [_cited(number, row) for number, row in enumerate(rows, start=1)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{file} is no export that can be read ({type(error).__name__}: {error}); "
            "give what `onrecord ask --json` or `onrecord statements --csv` printed."
        ) from error
    if not found:
        raise UsageError(f"{file} holds no citation; give an answer or a list of statements.")
    return found


def verify_citations(cited: Iterable[CitedSlice], store: Store) -> tuple[Rechecked, ...]:
    """Checks each citation against the files of the library's folder and its uploads, in order."""
    with store.reading() as view:
        folder = view.folder
        reference = Reference(view)
        files = _Files(local_path(folder, store.data) if folder else None, store.data)
        return tuple(_rechecked(citation, files, reference) for citation in cited)


class _Files:
    """The articles as their files are now; each is read once."""

    def __init__(self, folder: Path | None, data: Path) -> None:
        self._folder = folder
        self._data = data
        self._read: dict[str, Article | str] = {}

    def article(self, source: str) -> Article | str:
        """Returns the article, or why there is none."""
        if source not in self._read:
            self._read |= self._articles_of_file(source)
            self._read.setdefault(source, "is not in its file any more")
        return self._read[source]

    def _articles_of_file(self, source: str) -> dict[str, Article | str]:
        name, _, line = source.rpartition("#")
        file = name if line.isdecimal() and name else source
        root = self._data if is_upload(file) else self._folder
        path = (root or self._data).joinpath(file)
        if root is None or not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
            return {source: "is no file any more"}
        try:
            return {
                item.source: lay_out(item) if isinstance(item, Reading) else item.reason
                for item in read_file(path, file)
            }
        except UnreadableFile as error:
            return {source: str(error)}


def _rechecked(citation: CitedSlice, files: _Files, reference: Reference) -> Rechecked:
    article = files.article(citation.source)
    if isinstance(article, str):
        return Rechecked(citation, "gone", notes=(f"{citation.source} {article}.",))
    if article.text[citation.start : citation.end] == citation.quote:
        return _standing(citation, article, Span(citation.start, citation.end), reference)
    found = re.finditer(f"(?={re.escape(citation.quote)})", article.text)  # overlapping ones, too
    places = [Span(match.start(), match.start() + len(citation.quote)) for match in found]
    if places:
        return _standing(citation, article, min(places, key=lambda span: abs(span.start - citation.start)), reference)
    near = _nearest(citation, article)
    if near is None:
        return Rechecked(citation, "changed", notes=("Nothing near these words is left.",))
    return Rechecked(
        citation,
        "changed",
        article.line_of(near.start),
        near.start,
        near.end,
        article.cut(near),
        difference(citation.quote, article.cut(near)),
    )


def _standing(citation: CitedSlice, article: Article, span: Span, reference: Reference) -> Rechecked:
    """Reports whether words still present are still credited to the same speaker and count as said."""
    is_known = reference.holds(citation.source, article.digest)
    credited = reference.credited(citation.source, span) if is_known else []
    agreeing = [said for said in credited if citation.speaker and reference.is_same(citation.speaker, said)]
    said = next(iter((*agreeing, *credited)), None)
    remarks = [] if is_known or not citation.speaker else [_UNREAD]
    if said and said.standing not in {"said", citation.standing}:
        remarks.append(f"The record counts these words as {said.standing}.")
    return Rechecked(
        citation,
        "stands" if span.start == citation.start else "moved",
        article.line_of(span.start),
        span.start,
        span.end,
        citation.quote,
        speaker=said.speaker if said and citation.speaker else None,
        same_speaker=bool(agreeing) if citation.speaker and is_known else None,
        notes=tuple(remarks),
    )


def _nearest(citation: CitedSlice, article: Article) -> Span | None:
    """Returns the slice most like the quote, if it has half of its words in their order."""
    quote = fold_typography(citation.quote).text.strip()
    span = nearest_words(quote, article.text, Span(0, len(article.text)), _NEAR)
    has_half = span and common_words(quote, article.cut(span))[0] >= _HALF * len(quote.split())
    return span if has_half else None


def _json_rows(text: str) -> Iterator[Mapping[str, Any]]:
    """Yields the citations of one JSON value, or of one a line; those of an answer stand in its `citations`."""
    try:
        values = [json.loads(text)]
    except ValueError:
        values = [json.loads(line) for line in text.split("\n") if line.strip()]
    for value in values:
        yield from _cited_in(value)


def _cited_in(value: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - whatever stands in an export
    """Yields the citations of an answer, a list or an exported conversation; else the value itself."""
    if isinstance(value, list):
        for row in value:
            yield from _cited_in(row)
    elif "answers" in value:
        yield from _cited_in(value["answers"])
    elif "citations" in value:
        yield from value["citations"]
    elif "error" not in value:
        yield value


def _csv_rows(text: str) -> Iterator[Mapping[str, Any]]:
    for row in csv.DictReader(io.StringIO(text, newline="")):
        yield {name: _FORMULA.sub("", value) if isinstance(value, str) else value for name, value in row.items()}


def _cited(number: int, row: Mapping[str, Any]) -> CitedSlice:
    """Reads a row of an export. A statement's slice is its content, not the whole attribution."""
    of_statement = "content" in row and "quote" not in row
    start, end = ("content_start", "content_end") if of_statement else ("start", "end")
    return CitedSlice(
        number,
        str(row["source"]),
        int(row[start]),
        int(row[end]),
        str(row["content" if of_statement else "quote"]),
        str(row["speaker"]) if row.get("speaker") else None,
        str(row.get("standing") or "said"),
    )
