"""Extracts the text of Word, OpenDocument, EPUB and RTF documents and of e-mails, as it reads today."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from lxml import etree  # type: ignore[import-untyped]
from lxml.html import HTMLParser, document_fromstring  # type: ignore[import-untyped]

from rag.core.errors import UnreadableFile
from rag.ingestion.encodings import decode
from rag.ingestion.html import EXTRACTOR, is_footnote_mark, visible_text
from rag.ingestion.sandbox import Extracted, borne_out

if TYPE_CHECKING:
    from docx.document import Document

_Element = Any
"""An element of lxml, which has no types."""

MAX_UNPACKED: Final = 200_000_000
"""Bytes that a document may unpack to, pictures included."""
MAX_XML: Final = 40_000_000
"""Bytes of its longest part of text: a thousand pages."""
MAX_PARTS: Final = 5_000

_WORD_SPACE: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_WORD_TITLES: Final = frozenset({"Title", "Heading 1"})
_WORD_UNREAD: Final = ("strike", "dstrike", "vanish")
"""Looks of words that are struck out or hidden."""
_LEGACY: Final = b"\xd0\xcf\x11\xe0"
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""What Word writes beside a text box for programs that know none: the same words once more."""

_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_ASIDE: Final = frozenset(
    {*(f"{_TEXT}{name}" for name in ("note", "tracked-changes", "ruby-text", "hidden-text")), f"{_OFFICE}annotation"}
)
"""What is beside the text of an OpenDocument: notes, words that were taken out, comments, hidden words."""
_SPACE: Final = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_MOST_SPACES: Final = 100
_MARKUP: Final = (".xml", ".xhtml", ".html", ".htm", ".opf")

_RTF_INSTRUCTION: Final = re.compile(r"\{\\\*\\fldinst\b[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
"""The address behind a link of an RTF document, which no reader sees."""
_RTF_UNREAD: Final = re.compile(r"\{[^{}]*\\(?:deleted|strike|striked1|v)(?![a-z0-9])[^{}]*\}")
_MAIL_HEADERS: Final = ("From", "Subject", "Date", "To", "Received", "Message-ID")


def extract_docx(content: bytes) -> Extracted:
    """Returns the text of a Word document, Raises UnreadableFile for what is locked or empty, or a bomb."""
    if content.startswith(_LEGACY):
        raise UnreadableFile("is an old Word document (.doc) or locked by a password; save it as .docx without one")
    if not content.startswith(b"PK"):
        raise UnreadableFile("is no Word document, whatever its name says; name it by what it is")
    refuse_bombs(content)
    import docx

    document = docx.Document(io.BytesIO(content))
    text = _whole("\n".join(_word_paragraphs(document)))
    stated = document.core_properties
    fields = borne_out(text, _headline(document) or stated.title, stated.author)
    return Extracted(text, f"python-docx {version('python-docx')}", fields)


def _word_paragraphs(document: Document) -> Iterator[str]:
    """Yields the paragraphs in reading order, those of tables, text boxes and content controls too, one a line.

    Words that a tracked change took out or moved away are not there any more; those that it put in are. Not read are
    struck-out and hidden words, headers, footers, footnotes with their marks, and comments.
    """
    for paragraph in document.element.body.iter(f"{_W}p"):
        if next(paragraph.iterancestors(f"{_W}del", f"{_W}moveFrom", _FALLBACK), None) is None:
            words = "".join(_words_of(paragraph)).strip()
            if words:
                yield words


def _words_of(paragraph: _Element) -> Iterator[str]:
    """Yields the words of one paragraph, without those of paragraphs inside it."""
    text, gone = f"{_W}t", {f"{_W}del", f"{_W}moveFrom", f"{_W}p", _FALLBACK}
    space = {f"{_W}{name}": mark for name, mark in _WORD_SPACE.items()}
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        if element.tag == text:
            yield "".join((element.text or "", *(inside.tail or "" for inside in element)))  # inside: entities alone
        elif element.tag in space:
            yield space[element.tag]
        elif element.tag not in gone and not _is_unread(element):
            waiting += reversed(element)


def _is_unread(element: _Element) -> bool:
    """Tells whether a run of words is struck out, hidden, or a raised mark of a footnote."""
    looks = element.find(f"{_W}rPr") if element.tag == f"{_W}r" else None
    if looks is None:
        return False
    if any(_is_on(looks.find(f"{_W}{name}")) for name in _WORD_UNREAD):
        return True
    raised = looks.find(f"{_W}vertAlign")
    words = "".join(part.text or "" for part in element.iter(f"{_W}t"))
    return (
        raised is not None
        and raised.get(f"{_W}val") == "superscript"
        and is_footnote_mark(words.strip(), _before(element))
    )


def _is_on(look: _Element) -> bool:
    return look is not None and look.get(f"{_W}val") not in {"0", "false", "off"}


def _before(run: _Element) -> str:
    previous = run.getprevious()
    return "" if previous is None else "".join(part.text or "" for part in previous.iter(f"{_W}t"))


def _headline(document: Document) -> str | None:
    for paragraph in document.paragraphs[:20]:
        style = paragraph.style
        if style is not None and style.name in _WORD_TITLES and paragraph.text.strip():
            return paragraph.text
    return None


def extract_odt(content: bytes) -> Extracted:
    """Returns the text of an OpenDocument text. Raises UnreadableFile for what is locked, empty or a bomb."""
    parts = _parts(content, "OpenDocument text", "content.xml")
    if "META-INF/manifest.xml" in parts.namelist() and b"encryption-data" in parts.read("META-INF/manifest.xml"):
        raise UnreadableFile("is locked by a password; save it without one")
    root = _xml(parts.read("content.xml"))
    body = root.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise UnreadableFile("is no OpenDocument text but a table, drawing or presentation; save its text as .odt")
    unread = _unread_styles(root)
    paragraphs = [(element, _odt_words(element, unread).strip()) for element in _odt_paragraphs(body)]
    text = _whole("\n".join(words for _, words in paragraphs if words))
    meta = _xml(parts.read("meta.xml")) if "meta.xml" in parts.namelist() else None
    heads = (words for element, words in paragraphs if _is_title(element) and words)
    title = next(heads, None) or _stated(meta, f"{_DC}title")
    return Extracted(
        text, f"OpenDocument, lxml {version('lxml')}", borne_out(text, title, _stated(meta, f"{_DC}creator"))
    )


def _odt_paragraphs(body: _Element) -> Iterator[_Element]:
    for element in body.iter(f"{_TEXT}p", f"{_TEXT}h"):
        around = list(element.iterancestors())
        is_hidden = any(each.get(f"{_TEXT}display") == "none" for each in around)
        if not is_hidden and not any(each.tag in _ASIDE for each in around):
            yield element


def _odt_words(paragraph: _Element, unread: frozenset[str]) -> str:
    """Returns the words of one paragraph, without those of paragraphs inside it and those that are struck out."""
    found = [paragraph.text or ""]
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        if isinstance(element, str):
            found.append(element)
            continue
        waiting.append(element.tail or "")
        if element.tag in _SPACE:
            found.append(_SPACE[element.tag])
        elif element.tag == f"{_TEXT}s":
            count = element.get(f"{_TEXT}c", "1")
            found.append(" " * min(int(count) if count.isdecimal() else 1, _MOST_SPACES))
        elif (
            isinstance(element.tag, str)
            and element.tag not in {*_ASIDE, f"{_TEXT}p", f"{_TEXT}h"}
            and element.get(f"{_TEXT}style-name") not in unread
        ):
            waiting += reversed(element)
            waiting.append(element.text or "")
    return "".join(found)


def _unread_styles(root: _Element) -> frozenset[str]:
    """Returns the names of the styles of words that are struck out or hidden."""
    return frozenset(
        style.get(f"{_STYLE}name")
        for style in root.iter(f"{_STYLE}style")
        for looks in style.iter(f"{_STYLE}text-properties")
        if looks.get(f"{_STYLE}text-line-through-style", "none") != "none" or looks.get(f"{_TEXT}display") == "none"
    )


def _is_title(element: _Element) -> bool:
    is_first = element.tag == f"{_TEXT}h" and element.get(f"{_TEXT}outline-level", "1") == "1"
    return bool(is_first or element.get(f"{_TEXT}style-name") == "Title")


def extract_epub(content: bytes) -> Extracted:
    """Returns the text of an EPUB, its chapters in order. Raises UnreadableFile for what is locked, empty or a bomb."""
    parts = _parts(content, "EPUB", "META-INF/container.xml")
    names = set(parts.namelist())
    rootfile = _xml(parts.read("META-INF/container.xml")).find(".//{*}rootfile")
    package_name = rootfile.get("full-path", "") if rootfile is not None else ""
    if package_name not in names:
        raise UnreadableFile("is an EPUB without contents; save it again")
    package = _xml(parts.read(package_name))
    chapters = [name for name in _chapters(package, posixpath.dirname(package_name)) if name in names]
    locked = parts.read("META-INF/encryption.xml") if "META-INF/encryption.xml" in names else b""
    if any(name.encode("utf-8") in locked for name in chapters):
        raise UnreadableFile("is locked by copy protection; save its text as .txt")
    text = _whole("\n".join(filter(None, (_chapter_text(parts.read(name)) for name in chapters))))
    fields = borne_out(text, _stated(package, f"{_DC}title"), _stated(package, f"{_DC}creator"))
    return Extracted(text, f"EPUB, lxml {version('lxml')}, {EXTRACTOR}", fields)


def _chapters(package: _Element, folder: str) -> Iterator[str]:
    """Yields the names of the parts to read, in reading order, without the table of contents."""
    items = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
    for place in package.iterfind(".//{*}spine/{*}itemref"):
        item = items.get(place.get("idref"))
        if item is None or place.get("linear") == "no" or "nav" in item.get("properties", "").split():
            continue
        if "html" in item.get("media-type", ""):
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))


def _chapter_text(content: bytes) -> str:
    if not content.strip():
        return ""
    tree = document_fromstring(decode(content).text.encode("utf-8"), parser=HTMLParser(encoding="utf-8"))
    return visible_text(tree)


def extract_rtf(content: bytes) -> Extracted:
    """Returns the text of an RTF document, by striprtf. Raises UnreadableFile for what is none, or empty."""
    from striprtf.striprtf import rtf_to_text

    if not content.lstrip().startswith(b"{\\rtf"):
        raise UnreadableFile("is no RTF document, whatever its name says; name it by what it is")
    written = _RTF_UNREAD.sub("", _RTF_INSTRUCTION.sub("", content.decode("latin-1")))
    made: str = rtf_to_text(written, errors="replace")  # type: ignore[no-untyped-call]
    text = _whole(made.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))  # it writes pairs as two
    lines = (" ".join(line.split()) for line in text.replace("\r\n", "\n").split("\n"))
    return Extracted("\n".join(filter(None, lines)), f"striprtf {version('striprtf')}")


def extract_email(content: bytes) -> Extracted:
    """Returns the text of an e-mail. Raises UnreadableFile for what is none or has no text.

    Its subject, its sender's name and its day are those that it states. Attachments are named, not read.
    """
    message = BytesParser(policy=policy.default).parsebytes(content)
    if not isinstance(message, EmailMessage) or not any(name in message for name in _MAIL_HEADERS):
        raise UnreadableFile("is no e-mail, whatever its name says; name it by what it is")
    body = message.get_body(("html", "plain"))
    if not isinstance(body, EmailMessage):
        raise UnreadableFile("has no text; if it is encrypted, save its text as .txt")
    text = _whole(_mail_text(body))
    left_out = [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    warnings = [f"Its attachments were left out: {', '.join(left_out)}; add them as files."] if left_out else []
    return Extracted(text, "e-mail", _mail_fields(message), warnings)


def _mail_text(body: EmailMessage) -> str:
    payload = body.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload.strip():
        raise UnreadableFile("has no text")
    text = decode(payload, body.get_content_charset()).text.replace("\r\n", "\n")
    if body.get_content_subtype() == "html":
        return visible_text(document_fromstring(text.encode("utf-8"), parser=HTMLParser(encoding="utf-8")))
    return re.sub(r"(?<! ) \n(?!>)", " ", text) if body["Content-Type"].params.get("format") == "flowed" else text


def _mail_fields(message: EmailMessage) -> dict[str, str]:
    sender = message["From"].addresses if message["From"] else ()
    day = message["Date"].datetime if message["Date"] else None
    stated = {
        "title": " ".join(str(message["Subject"] or "").split()),
        "author": " ".join(sender[0].display_name.split()) if sender else "",
        "published": day.date().isoformat() if day else "",
    }
    return {name: value for name, value in stated.items() if value}


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


def _parts(content: bytes, kind: str, needed: str) -> zipfile.ZipFile:
    if not content.startswith(b"PK"):
        raise UnreadableFile(f"is no {kind}, whatever its name says; name it by what it is")
    refuse_bombs(content, _MARKUP)
    parts = zipfile.ZipFile(io.BytesIO(content))
    if needed not in parts.namelist():
        raise UnreadableFile(f"is no {kind}, whatever its name says; name it by what it is")
    return parts


def _xml(content: bytes) -> _Element:
    """Parses a part; no entity is resolved and nothing is loaded. Raises XMLSyntaxError if it is broken."""
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _stated(root: _Element | None, name: str) -> str | None:
    found = root.find(f".//{name}") if root is not None else None
    return None if found is None else "".join(found.itertext())


def _whole(text: str) -> str:
    if not text.strip():
        raise UnreadableFile("has no text; if it holds pictures of pages, run text recognition (OCR) on them first")
    return text
