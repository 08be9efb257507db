"""Extracts the text of a Word document by python-docx: its paragraphs and cells as they read today."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rag.core.errors import UnreadableFile
from rag.ingestion.html import is_footnote_mark
from rag.ingestion.sandbox import Extracted, borne_out

if TYPE_CHECKING:
    from docx.document import Document

MAX_UNPACKED: Final = 200_000_000
"""Bytes that a document may unpack to, pictures included."""
MAX_XML: Final = 40_000_000
"""Bytes of its longest part of text: a thousand pages."""
MAX_PARTS: Final = 5_000

_SPACE: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_TITLES: Final = frozenset({"Title", "Heading 1"})
_UNREAD: Final = ("strike", "dstrike", "vanish")
"""Looks of words that are struck out or hidden."""
_LEGACY: Final = b"\xd0\xcf\x11\xe0"


def extract_docx(content: bytes) -> Extracted:
    """Returns the text of a document. Raises UnreadableFile for what is locked, empty or a bomb.

    Others if it is broken.
    """
    if content.startswith(_LEGACY):
        raise UnreadableFile("is an old Word document (.doc) or locked by a password; save it as .docx without one")
    if not content.startswith(b"PK"):
        raise UnreadableFile("is no Word document, whatever its name says; name it by what it is")
    refuse_bombs(content)
    from importlib.metadata import version

    import docx

    document = docx.Document(io.BytesIO(content))
    text = "\n".join(_paragraphs(document))
    if not text.strip():
        raise UnreadableFile("has no text; if it holds pictures of pages, run text recognition (OCR) on them first")
    stated = document.core_properties
    fields = borne_out(text, _headline(document) or stated.title, stated.author)
    return Extracted(text, f"python-docx {version('python-docx')}", fields)


def refuse_bombs(content: bytes, texts: tuple[str, ...] = (".xml", ".rels")) -> None:
    """Looks at what the parts of a ZIP say they unpack to; more than they say is never unpacked.

    `texts` are the suffixes of parts of text. Raises UnreadableFile for too much, BadZipFile for no ZIP.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise UnreadableFile(f"unpacks to more than {MAX_UNPACKED // 1_000_000} MB; save its text alone")
    if any(part.file_size > MAX_XML for part in parts if part.filename.endswith(texts)):
        raise UnreadableFile(f"holds more than {MAX_XML // 1_000_000} MB of text; split it into articles")


def _paragraphs(document: Document) -> Iterator[str]:
    """Yields the paragraphs in reading order, those of tables, text boxes and content controls too, one a line.

    Words that a tracked change took out or moved away are not there any more; those that it put in are. Not read are
    struck-out and hidden words, headers, footers, footnotes with their marks, and comments.
    """
    from docx.oxml.ns import qn

    for paragraph in document.element.body.iter(qn("w:p")):
        if next(paragraph.iterancestors(qn("w:del"), qn("w:moveFrom"), _FALLBACK), None) is None:
            words = "".join(_words(paragraph)).strip()
            if words:
                yield words


def _words(paragraph: object) -> Iterator[str]:
    """Yields the words of one paragraph, without those of paragraphs inside it."""
    from docx.oxml.ns import qn

    text, gone = qn("w:t"), {qn("w:del"), qn("w:moveFrom"), qn("w:p"), _FALLBACK}
    space = {qn(f"w:{name}"): mark for name, mark in _SPACE.items()}
    waiting = list(reversed(paragraph))  # type: ignore[call-overload] # an element of lxml, which has no types
    while waiting:
        element = waiting.pop()
        if element.tag == text:
            yield "".join((element.text or "", *(inside.tail or "" for inside in element)))  # inside: entities alone
        elif element.tag in space:
            yield space[element.tag]
        elif element.tag not in gone and not _is_unread(element):
            waiting += reversed(element)


def _is_unread(element: Any) -> bool:  # noqa: ANN401 - an element of lxml, which has no types
    """Tells whether a run of words is struck out, hidden, or a raised mark of a footnote."""
    from docx.oxml.ns import qn

    looks = element.find(qn("w:rPr")) if element.tag == qn("w:r") else None
    if looks is None:
        return False
    if any(_is_on(looks.find(qn(f"w:{name}"))) for name in _UNREAD):
        return True
    raised = looks.find(qn("w:vertAlign"))
    words = "".join(part.text or "" for part in element.iter(qn("w:t")))
    return (
        raised is not None
        and raised.get(qn("w:val")) == "superscript"
        and is_footnote_mark(words.strip(), _before(element))
    )


def _is_on(look: Any) -> bool:  # noqa: ANN401 - an element of lxml, which has no types
    from docx.oxml.ns import qn

    return look is not None and look.get(qn("w:val")) not in {"0", "false", "off"}


def _before(run: Any) -> str:  # noqa: ANN401 - an element of lxml, which has no types
    from docx.oxml.ns import qn

    previous = run.getprevious()
    return "" if previous is None else "".join(part.text or "" for part in previous.iter(qn("w:t")))


def _headline(document: Document) -> str | None:
    for paragraph in document.paragraphs[:20]:
        style = paragraph.style
        if style is not None and style.name in _TITLES and paragraph.text.strip():
            return paragraph.text
    return None


_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""What Word writes beside a text box for programs that know none: the same words once more."""
