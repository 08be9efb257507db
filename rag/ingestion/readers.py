"""Reads files into readings, one reader a format."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.core import Failure, Reading
from rag.core.errors import UnreadableFile
from rag.ingestion.catalogue import Details, checked, is_web_address
from rag.ingestion.encodings import Decoded, check_text, damaged_utf_8, decode
from rag.ingestion.html import EXTRACTOR, is_html, plain_text
from rag.ingestion.sandbox import answer, extract_apart, run_in_child

if TYPE_CHECKING:
    from rag.ingestion.saved_pages import PageMark

MAX_BYTES = 5_000_000
"""The largest file, or line of a JSON-lines file, that is read: web pages come with much that is not text."""
MAX_DOCUMENT_BYTES = 20_000_000
"""The largest PDF or Word document: pictures and fonts come with its text."""
MAX_CHARACTERS = 1_000_000
"""The longest article: a thick novel. Finding out who speaks in it takes minutes beyond that."""

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(?P<fields>.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_FRONT_FIELD = re.compile(r"^(?P<name>\w+):[ \t]*(?P<value>\S.*?)[ \t]*\r?$", re.MULTILINE)
_FRONT_NAMES = {"date": "published", "source": "outlet", "site": "outlet", "byline": "author", "link": "url"}


def read_file(path: Path, source: str) -> Iterator[Reading | Failure]:
    """Yields the articles in a file, by its suffix, and a Failure for each part of it that cannot be read.

    Raises UnreadableFile with the reason, on the first step, if the file as a whole cannot be read.
    """
    reader = READERS.get(reading_suffix(path))
    if reader is None:
        raise UnreadableFile(f"is in a format that is not read; those that are: {', '.join(READERS)}")
    yield from reader(path, source)


def read_text(path: Path, source: str) -> Iterator[Reading]:
    """Reads a plain text file: the decoded file itself, with U+FFFD for what cannot be read."""
    content = _content(path)
    yield _reading(source, content, decode(content))


def read_markdown(path: Path, source: str) -> Iterator[Reading]:
    """Reads a Markdown file, with details from its front matter (`title: …` between `---` lines)."""
    content = _content(path)
    decoded = decode(content)
    front = _FRONT_MATTER.match(decoded.text)
    fields: dict[str, object] = {}
    for field in _FRONT_FIELD.finditer(front["fields"]) if front else ():
        name = field["name"].lower()
        fields.setdefault(_FRONT_NAMES.get(name, name), field["value"].strip("\"'"))
    details, warnings = checked(fields)
    reading = _reading(source, content, decoded)
    yield replace(reading, **_named(details), warnings=(*reading.warnings, *warnings))


def read_html(path: Path, source: str) -> Iterator[Reading]:
    """Reads a saved web page: its main text, without menus and comments."""
    from rag.ingestion.saved_pages import mark_of

    content = _content(path)
    yield _page_reading(source, content, mark_of(content))


def read_web_archive(path: Path, source: str) -> Iterator[Reading | Failure]:
    """Reads the pages of a web archive, one article a record: `file.warc#NUMBER`; pages that are none are Failures."""
    from rag.ingestion.saved_pages import PageMark, archived_pages

    number = 0
    with _opened(path) as file:
        _refuse_blank(file)
        try:
            for page in archived_pages(file, MAX_BYTES):
                number, place = page.number, f"{source}#{page.number}"
                try:
                    _refuse_large(page.content, MAX_BYTES)
                    mark = PageMark(page.address, None) if is_web_address(page.address) else None
                    yield _page_reading(place, page.content, mark, page.charset)
                except UnreadableFile as error:
                    yield Failure(place, str(error))
        except UnreadableFile as error:
            if not number:
                raise
            yield Failure(f"{source}#{number + 1}", str(error))
    if not number:
        raise UnreadableFile("holds no web page")


def _page_reading(source: str, content: bytes, mark: PageMark | None, charset: str | None = None) -> Reading:
    from rag.ingestion.html import declared_encoding, extract_html
    from rag.ingestion.saved_pages import cited_address

    decoded = decode(content, declared_encoding(content) or charset)
    page = extract_html(decoded.text)
    _check(page.text)
    details, warnings = checked({**page.fields, "url": cited_address(page.fields["url"], mark)})
    return Reading(
        source,
        page.text,
        _digest(content),
        page.extractor,
        encoding=decoded.encoding,
        **_named(details),
        warnings=(*_said(decoded.warning), *warnings),
        headings=page.headings,
        captions=page.captions,
    )


def document_reader(kind: str) -> Callable[[Path, str], Iterator[Reading]]:
    """Returns the reader of one kind of document; it is extracted in a process of its own."""

    def read(path: Path, source: str) -> Iterator[Reading]:
        yield _document(path, source, kind)

    return read


def _document(path: Path, source: str, kind: str) -> Reading:
    content = _content(path, MAX_DOCUMENT_BYTES)
    if not content.strip():
        raise UnreadableFile("is empty")
    document = extract_apart(kind, content)
    _check(document.text)
    details, warnings = checked(document.fields)
    said = (*document.warnings, *warnings)
    return Reading(source, document.text, _digest(content), document.extractor, **_named(details), warnings=said)


def read_json_lines(path: Path, source: str) -> Iterator[Reading | Failure]:
    """Reads one article a line: `{"title", "text", "published", "url", "outlet" or "source", "author"}`.

    Only `text` is a must. A line that cannot be read is a Failure of its own; one line at a time is held in memory.
    """
    blank = True
    with _opened(path) as file:
        for number, line in _lines(file):
            if not line.strip(b" \t\r\n"):
                continue
            blank = False
            place = f"{source}#{number}"
            try:
                yield _line_reading(place, line.rstrip(b"\r\n"))
            except UnreadableFile as error:
                yield Failure(place, str(error))
    if blank:
        raise UnreadableFile("is empty")


def _line_reading(source: str, line: bytes) -> Reading:
    if len(line) > MAX_BYTES:
        raise UnreadableFile(f"is longer than {MAX_BYTES // 1_000_000} MB; split it into articles")
    written, damage = _utf_8(line)
    record = _record(written)
    text = record.get("text")
    if not isinstance(text, str):
        raise UnreadableFile('has no "text" of the type string')
    outlet = record.get("outlet") or record.get("source")
    plain = {name: _plain(value) for name, value in {**record, "outlet": outlet}.items() if name != "text"}
    details, warnings = checked(plain)
    article = plain_text(text)
    _check(article)
    extractor = "json lines" if article == text else f"json lines, {EXTRACTOR}"
    said = (*_said(damage), *warnings)
    return Reading(source, article, _digest(line), extractor, **_named(details), warnings=said)


def _plain(value: object) -> object:
    """Returns a field of an article without markup, if it is text; an address may look like entities and stays."""
    if not isinstance(value, str) or is_web_address(value):
        return value
    return " ".join(plain_text(value).split()) if is_html(value) else value


def _utf_8(line: bytes) -> tuple[str, str | None]:
    """Returns the text of a line, and a warning if a few of its bytes are not UTF-8."""
    try:
        return line.decode("utf-8"), None
    except UnicodeDecodeError as error:
        damaged = damaged_utf_8(line)
        if damaged is None:
            raise UnreadableFile("is not UTF-8, which JSON lines must be; save it as UTF-8") from error
        return damaged.text, damaged.warning


def _record(line: str) -> dict[str, object]:
    try:
        record = json.loads(line.removeprefix("\ufeff"), object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"is not JSON: {error.msg} at character {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets in brackets in brackets
        raise UnreadableFile("is JSON that no article needs; write each article as one flat object") from error
    if not isinstance(record, dict):
        raise UnreadableFile("is not a JSON object; write each article as {…}")
    return record


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise UnreadableFile(f'gives "{repeated}" twice; keep one')
    return record


def _lines(file: BufferedReader) -> Iterator[tuple[int, bytes]]:
    """Yields lines counted from 1. A line over the limit comes cut just past it."""
    number = 0
    while line := file.readline(MAX_BYTES + 1):
        number += 1
        rest = line
        while len(rest) > MAX_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(MAX_BYTES + 1)
        yield number, line


def _content(path: Path, most: int = MAX_BYTES) -> bytes:
    with _opened(path) as file:
        content = file.read(most + 1)
    _refuse_large(content, most)
    return content


def _refuse_large(content: bytes, most: int) -> None:
    if len(content) > most:
        raise UnreadableFile(f"is larger than {most // 1_000_000} MB; split it into articles")


def _refuse_blank(file: BufferedReader) -> None:
    if not file.read(1 << 10).strip():
        raise UnreadableFile("is empty")
    file.seek(0)


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """Yields the file, if it is one: opening a pipe, a socket or a device could wait for ever."""
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise UnreadableFile("is a folder; only the files in it are read")
        if not stat.S_ISREG(kind):
            raise UnreadableFile("is a pipe, socket or device, not a file")
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise UnreadableFile("is gone; it vanished before it was read") from error
    except PermissionError as error:
        raise UnreadableFile("may not be read; give yourself permission to read it") from error
    except OSError as error:
        raise UnreadableFile(f"cannot be read: {error.strerror or error}") from error


def _check(text: str) -> None:
    check_text(text)
    if len(text) > MAX_CHARACTERS:
        raise UnreadableFile(f"holds more than {MAX_CHARACTERS:,} characters; split it into articles")


def _reading(source: str, content: bytes, decoded: Decoded) -> Reading:
    _check(decoded.text)
    warnings = list(_said(decoded.warning))
    if decoded.text.lstrip("\ufeff \t\r\n")[:15].lower().startswith(("<!doctype html", "<html")):
        warnings.append("It looks like a web page; name it .html to have its main text read.")
    extractor = "plain text, damaged" if decoded.is_damaged else "plain text"
    return Reading(
        source, decoded.text, _digest(content), extractor, encoding=decoded.encoding, warnings=tuple(warnings)
    )


def _named(details: Details) -> dict[str, Any]:
    return {name: getattr(details, name) for name in ("title", "byline", "outlet", "published", "url")}


def _said(warning: str | None) -> tuple[str, ...]:
    return (warning,) if warning else ()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


READERS: dict[str, Callable[[Path, str], Iterator[Reading | Failure]]] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".jsonl": read_json_lines,
    ".pdf": document_reader("PDF"),
    ".docx": document_reader("Word document"),
    ".odt": document_reader("OpenDocument text"),
    ".epub": document_reader("EPUB"),
    ".rtf": document_reader("RTF document"),
    ".eml": document_reader("e-mail"),
    ".warc": read_web_archive,
    ".warc.gz": read_web_archive,
}
"""A reader for each suffix. A new format is a new line here."""

_PART_NAMES = {".jsonl": "line", ".warc": "record", ".warc.gz": "record"}
"""The suffixes of files that hold many articles, each with a source of its own, and what a part of them is called."""


def reading_suffix(path: Path) -> str:
    """Returns the suffix that says how a file is read, in lower case; `.warc.gz` is one."""
    double = "".join(path.suffixes[-2:]).lower()
    return double if double in READERS else path.suffix.lower()


def part_name(path: Path) -> str | None:
    """Returns what a part of the file is called ("line", "record") if it holds many articles; else None."""
    return _PART_NAMES.get(reading_suffix(path))


def part_digest(path: Path, number: int) -> str:
    """Returns the sha256 of one part of a file that holds many, as its Reading has it. Raises OSError."""
    if part_name(path) == "line":
        with path.open("rb") as file:
            return _digest(next(islice(file, number - 1, None), b"").rstrip(b"\r\n"))
    from rag.ingestion.saved_pages import archived_pages

    with path.open("rb") as file, suppress(UnreadableFile):
        return _digest(next((page.content for page in archived_pages(file, MAX_BYTES) if page.number == number), b""))
    return _digest(b"")


def examined(path: Path) -> tuple[str, ...]:
    """Reads a file in a process of its own and returns a note for each part that cannot be read.

    Raises UnreadableFile with the reason if no part can.
    """
    return tuple(run_in_child("file", "rag.ingestion.readers", str(path.resolve()))["notes"])


def _notes(path: Path) -> dict[str, Any]:
    readings, notes = 0, []
    for part in read_file(path, path.name):
        if isinstance(part, Failure):
            notes.append(f"{part_name(path)} {part.source.rpartition('#')[2]} {part.reason}")
        else:
            readings += 1
    if not readings:
        raise UnreadableFile(f"holds no article that can be read: {notes[0]}")
    return {"notes": notes}


if __name__ == "__main__":
    answer("file", lambda: _notes(Path(sys.argv[1])))
