"""The text of a PDF, by pypdf: lines joined into paragraphs, without what repeats on every page. Reads no file.

A PDF holds letters at places and no paragraphs. Where one ends is told by the space between lines, their size, their
indent and, failing all that, by a short line that ends a sentence.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from math import ceil
from statistics import mode
from typing import TYPE_CHECKING, Any, Final

from rag.core.errors import UnreadableFile
from rag.ingestion.sandbox import Extracted, borne_out

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_PAGES: Final = 500

_EDGE: Final = 2
"""So many lines at the top and at the bottom of a page may be its header and its footer."""
_REPEATED: Final = 0.4
"""Least share of the pages that a header stands on; left and right pages may have one each."""
_PARAGRAPH_GAP: Final = 1.15
"""Times the usual distance of two lines, from which on it is that of two paragraphs."""
_OTHER_SIZE: Final = 0.08
_SHORT_LINE: Final = 0.72
_MOST_GARBLED: Final = 0.05
"""Greatest share of characters that are none, where fonts do not say which letters they draw."""

_PAGE_NUMBER = re.compile(r"\W*(?:page\s*)?\d{1,4}(?:\s*(?:of|/|von)\s*\d{1,4})?\W*", re.IGNORECASE)
_ENDS_A_SENTENCE = re.compile(r"[.!?:…][\"'”’»)\]]*$")
_HYPHENATED = re.compile(r"[^\W\d_]{2,}[-\u00ad\u2010]$")
_RUNS_ON = re.compile(r"[—–]$|\w-$")
_COMPOUND = re.compile(r"[^\W\d_]+-[^\W\d_]+")
_LIST_ITEM = re.compile(r"(?:[•◦▪‣·*–—-]|\d{1,3}[.)])\s")
_GARBLED = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]|\\(cid:\\d+\\)|/g\\d+")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_ALWAYS_HYPHENED: Final = frozenset({"self", "ex", "non", "well", "co", "anti", "pro", "semi", "mid", "vice", "half"})


@dataclass(frozen=True, slots=True)
class PdfLine:
    """A line of a page: its words, where it begins (points from the page's lower left corner), its letters' size."""

    text: str
    x: float
    y: float
    size: float


def extract_pdf(content: bytes) -> Extracted:
    """Returns the text of a PDF. Raises UnreadableFile for what is locked, has no text or too many pages.

    Others if broken.
    """
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it finds wrong is said by the error
    if b"%PDF-" not in content[:1024]:
        raise UnreadableFile("is no PDF, whatever its name says; name it by what it is")
    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not _opens_without_password(reader):
        raise UnreadableFile("is locked by a password; save it without one")
    if len(reader.pages) > MAX_PAGES:
        raise UnreadableFile(f"has more than {MAX_PAGES} pages; split it into articles")
    pages = [pdf_lines(page) for page in reader.pages]
    blank = [number for number, lines in enumerate(pages, start=1) if not lines]
    if len(blank) == len(pages):
        raise UnreadableFile("has no text: it is a scan or a drawing; run text recognition (OCR) on it first")
    text = "\n".join(pdf_paragraphs(without_repeated(pages)))
    if len(_GARBLED.findall(text)) > _MOST_GARBLED * len(text):
        raise UnreadableFile("has fonts that do not tell its letters; run text recognition (OCR) on it first")
    said = f"Pages without text were left out: {', '.join(map(str, blank))}; if they are scans, run OCR on them."
    details = reader.metadata
    fields = borne_out(text, *_stated(details)) if details else {}
    return Extracted(_UNWANTED.sub("", text), f"pypdf {pypdf.__version__}", fields, [said] if blank else [])


def pdf_lines(page: PageObject) -> list[PdfLine]:
    """Returns the lines of a page that hold anything, in the order in which the page draws them."""
    lines: list[PdfLine] = []
    pieces: list[PdfLine] = []

    def take(words: str, outer: Sequence[float], inner: Sequence[float], _: object, size: float) -> None:
        x, y, height = _placed(outer, inner, size)
        first, *others = words.translate(_LIGATURES).split("\n")
        pieces.append(PdfLine(first, x, y, height))
        for other in others:
            lines.extend(_joined(pieces))
            pieces[:] = [PdfLine(other, x, y, height)]

    page.extract_text(visitor_text=take)
    return [*lines, *_joined(pieces)]


def without_repeated(pages: Sequence[Sequence[PdfLine]]) -> list[list[PdfLine]]:
    """Returns the pages without the headers, footers and numbers that stand at the edge of many, or alone there."""
    ends = [{_key(line) for line in (*lines[:_EDGE], *lines[-_EDGE:])} for lines in pages]
    many = max(2, ceil(_REPEATED * len(pages)))
    repeated = {key for key, count in Counter(key for keys in ends for key in keys).items() if count >= many}

    def runs_on(line: PdfLine) -> bool:
        return _key(line) in repeated or bool(_PAGE_NUMBER.fullmatch(line.text))

    kept = []
    for lines in pages:
        head = len(list(takewhile(runs_on, lines[:_EDGE])))
        foot = len(list(takewhile(runs_on, lines[: head - 1 if head else None : -1][:_EDGE])))
        kept.append(list(lines[head : len(lines) - foot]))
    return kept


def pdf_paragraphs(pages: Sequence[Sequence[PdfLine]]) -> Iterator[str]:
    """Yields the paragraphs, across pages and columns, with words that a line's end cut in two made whole."""
    leading = _leading(pages)
    lines = [line for page in pages for line in page]
    longest = max((len(line.text) for line in lines), default=0)
    compounds = {word.casefold() for line in lines for word in _COMPOUND.findall(line.text)}
    paragraph = ""
    for before, line in pairwise([None, *lines]):
        if line is None:
            continue
        if before is not None and not _ends(before, line, leading.get(_rounded(line.size)), longest):
            paragraph = _continued(paragraph, line.text, compounds)
            continue
        if paragraph:
            yield paragraph
        paragraph = line.text
    if paragraph:
        yield paragraph


def _opens_without_password(reader: PdfReader) -> bool:
    from pypdf.errors import DependencyError

    try:
        return bool(reader.decrypt(""))
    except DependencyError:
        raise UnreadableFile("is encrypted; open it, print it to a new PDF, and take that") from None


def _stated(details: Any) -> tuple[str | None, str | None]:  # noqa: ANN401 - pypdf's own type promises more than it keeps
    return tuple(value if isinstance(value, str) else None for value in (details.title, details.author))  # type: ignore[return-value] # two of them


def _placed(outer: Sequence[float], inner: Sequence[float], size: float) -> tuple[float, float, float]:
    x = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
    y = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
    return x, y, abs(size * (inner[3] or inner[1] or 1) * (outer[3] or outer[1] or 1))


def _joined(pieces: Iterable[PdfLine]) -> Iterator[PdfLine]:
    """Yields the pieces of one line as one, if they hold anything; its size is that of most of its letters."""
    held = [piece for piece in pieces if piece.text.strip()]
    if held:
        text = " ".join("".join(piece.text for piece in pieces).split())
        largest = max(held, key=lambda piece: len(piece.text))
        yield PdfLine(text, held[0].x, largest.y, largest.size)


def _key(line: PdfLine) -> str:
    """Returns the line without its numbers, and where it stands: the same on every page, if it is a header."""
    return f"{re.sub(r'[0-9]+', '#', line.text.casefold())} {line.y:.0f}"


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _leading(pages: Sequence[Sequence[PdfLine]]) -> dict[float, float]:
    gaps: dict[float, list[float]] = {}
    for page in pages:
        for above, below in pairwise(page):
            gap = above.y - below.y
            if _rounded(above.size) == _rounded(below.size) and 0 < gap <= 2 * below.size:  # farther apart, no lines
                gaps.setdefault(_rounded(below.size), []).append(round(gap, 1))
    return {size: min(mode(many), sorted(many)[len(many) // 2]) for size, many in gaps.items()}


def _ends(before: PdfLine, line: PdfLine, leading: float | None, longest: int) -> bool:
    """Tells whether a paragraph ends between two lines that follow each other."""
    gap = before.y - line.y
    sentence = bool(_ENDS_A_SENTENCE.search(before.text))
    if abs(before.size - line.size) > _OTHER_SIZE * max(before.size, line.size):
        return True
    if _LIST_ITEM.match(line.text) and (sentence or before.text[:2] == line.text[:2]):
        return True
    if gap < 0:  # the next column, or the next page
        return sentence and not line.text[:1].islower()
    if gap > (_PARAGRAPH_GAP * leading if leading else 2 * line.size):
        return True
    indented = line.size / 2 < line.x - before.x < 5 * line.size
    return sentence and (indented or len(before.text) < _SHORT_LINE * longest)


def _continued(paragraph: str, line: str, compounds: set[str]) -> str:
    """Returns the paragraph with the next line: a word cut in two is whole again, and a compound keeps its hyphen."""
    if not (_HYPHENATED.search(paragraph) and line[:1].isalpha()):
        return paragraph + line if _RUNS_ON.search(paragraph) else f"{paragraph} {line}"
    head = re.split(r"[^\w]", paragraph[:-1])[-1]
    tail = re.split(r"[^\w]", line)[0]
    is_soft = paragraph.endswith("\u00ad")
    keeps = f"{head}-{tail}".casefold() in compounds or head.casefold() in _ALWAYS_HYPHENED or line[0].isupper()
    return paragraph + line if keeps and not is_soft else paragraph[:-1] + line
