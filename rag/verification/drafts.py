"""A draft -> its quotations, each with whom the draft credits. Knows one text, and nothing of the library."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rag.attribution.statements import attribute
from rag.corpus.lines import find_lines
from rag.corpus.readers import read
from rag.corpus.sentences import sentences
from rag.errors import UnreadableFile, UsageError
from rag.text.quotation_marks import quotations
from rag.types import Article, Block, Reading, Span, Statement

DRAFTS = (".md", ".txt", ".docx")
"""Suffixes of the files that are read as drafts."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a draft quotes: the words without their marks, where they stand, and the draft's own statement of them."""

    text: str
    line: int
    span: Span
    said: Statement | None

    @property
    def credited(self) -> str | None:
        """Whom the draft names as the speaker, by the fullest name it gives."""
        return self.said.speaker if self.said else None

    def is_sure(self, least: float) -> bool:
        """Whether the draft's credit was read with that confidence: a name beside the words, not one carried over."""
        return self.said is not None and self.said.confidence >= least

    @property
    def credited_as_written(self) -> str | None:
        """The words by which the draft names the speaker here."""
        return self.said.speaker_as_written or None if self.said else None


def quoted(text: str) -> tuple[Quoted, ...]:
    """Every quotation in a draft, in order; of nested ones the outermost."""
    draft = _article(text)
    said = attribute(draft, sentences(draft)).statements
    found = (one.inner for one in quotations(draft))
    return tuple(Quoted(draft.cut(span), draft.line_of(span.start), span, _said(span, said)) for span in found)


def draft_text(path: Path) -> str:
    """The text of a draft. Raises UsageError, with the reason, for a file that cannot be read as one."""
    try:
        return _text(path)
    except UnreadableFile as error:
        raise UsageError(f"{path} {error}.") from error


def read_draft(name: str, content: IO[bytes]) -> str:
    """The text of a draft that comes as bytes; its name says what they are. Raises UnreadableFile with the reason."""
    suffix = Path(name).suffix.lower()
    if suffix not in DRAFTS:
        raise UnreadableFile(f"is no draft that is read; those that are: {', '.join(DRAFTS)}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"draft{suffix}"
        with path.open("xb") as file:
            shutil.copyfileobj(content, file)
        return _text(path)


def _text(path: Path) -> str:
    reading = next(iter(read(path, path.name)))
    if not isinstance(reading, Reading):
        raise UnreadableFile(reading.reason)
    return reading.text


def _article(text: str) -> Article:
    """The draft as attribution reads articles: every paragraph is reporting."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    blocks = tuple(Block(line.start, line.end, "body") for line in find_lines(text))
    return Article("draft", text, digest, "draft", blocks)


def _said(span: Span, statements: Iterable[Statement]) -> Statement | None:
    """The statement that holds most of the quotation, if that is half of it; a direct one before others."""
    best = max(statements, key=lambda one: (one.said_within(span), one.kind == "direct", one.confidence), default=None)
    return best if best is not None and 2 * best.said_within(span) >= span.end - span.start else None
