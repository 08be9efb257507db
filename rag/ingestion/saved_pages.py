"""Pages as they are kept in files: marked with where and when they were fetched, or many in a web archive (WARC)."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from typing import Any, Final

from rag.core.errors import UnreadableFile
from rag.ingestion.catalogue import is_web_address
from rag.ingestion.encodings import decode
from rag.ingestion.fetching import FetchedPage, media_of, same_site
from rag.ingestion.html import declared_encoding

MAX_UNPACKED_ARCHIVE: Final = 4_000_000_000
"""Bytes that an archive may unpack to; they are read piece by piece."""
MOST_RECORDS: Final = 200_000

_GZIP: Final = b"\x1f\x8b"
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_HOLDING: Final = frozenset({"response", "resource"})

HEAD: Final = 8_192
"""Bytes of a file in which its mark stands."""

_SAVED: Final = re.compile(rb"<!--\s*saved from url=\(\d+\)(?P<address>\S+)\s*-->")
_FETCHED: Final = re.compile(rb"<!--\s*fetched (?P<at>[\d:TZ+-]{16,32})\s*-->\n?")
_UNICODE_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


@dataclass(frozen=True, slots=True)
class PageMark:
    """Where a saved page comes from, and when it was fetched; None if a browser saved it."""

    address: str
    at: datetime | None


def marked(page: FetchedPage) -> bytes:
    """Returns the page as it came, under its mark; the charset that the server named joins it if the page names none.

    What is UTF-16 or UTF-32 becomes UTF-8, in which the mark can stand.
    """
    content = page.content
    if content.startswith(_UNICODE_MARKS):
        content = decode(content).text.removeprefix("\ufeff").encode("utf-8")
    address = page.address.replace("--", "%2D%2D").replace(">", "%3E")
    mark = f"<!-- saved from url=({len(address):04d}){address} -->\n<!-- fetched {page.at:%Y-%m-%dT%H:%M:%SZ} -->\n"
    if page.charset and declared_encoding(content) is None:
        mark += f'<meta charset="{re.sub("[^A-Za-z0-9_.:-]", "", page.charset)}">\n'
    return mark.encode("utf-8") + content.removeprefix(codecs.BOM_UTF8)


def mark_of(content: bytes) -> PageMark | None:
    """Returns the mark of a saved page, ours or a browser's."""
    saved = _SAVED.search(content[:HEAD])
    if saved is None:
        return None
    address = saved["address"].decode("utf-8", "replace")
    fetched = _FETCHED.search(content[saved.end() : HEAD])
    at = datetime.fromisoformat(fetched["at"].decode("ascii")) if fetched else None
    return PageMark(address, at) if is_web_address(address) else None


def cited_address(stated: str | None, mark: PageMark | None) -> str | None:
    """Returns the address to cite: the one a page states for itself, if it is of the site that it was fetched from."""
    if mark is None:
        return stated
    return stated if stated and same_site(stated, mark.address) else mark.address


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A web page in an archive: the number of its record, counted from 1, where it was, what the server sent."""

    number: int
    address: str
    content: bytes
    charset: str | None


def archived_pages(file: BufferedReader, most: int) -> Iterator[ArchivedPage]:
    """Yields the pages of an archive, packed or not, each with at most `most` + 1 bytes; all else is passed over.

    Raises UnreadableFile, after the pages before it, where the archive is broken or unpacks to too much.
    """
    from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]

    is_packed = file.read(2) == _GZIP
    file.seek(0)
    stream = _Measured(gzip.GzipFile(fileobj=file) if is_packed else file)
    number = 0
    try:
        for record in ArchiveIterator(stream):
            number += 1
            if number > MOST_RECORDS:
                raise UnreadableFile(f"holds more than {MOST_RECORDS:,} records; split it")  # noqa: TRY301 - its end
            if (page := _page(record, number, most)) is not None:
                yield page
    except UnreadableFile:
        raise
    except Exception as error:  # parsers fail in every way on files that are broken, and the file is the reason
        where = f"after record {number:,}" if number else "at its start"
        raise UnreadableFile(f"is broken {where}, or no web archive; what comes later is not read") from error


def _page(record: Any, number: int, most: int) -> ArchivedPage | None:  # noqa: ANN401 - warcio has no types
    address = record.rec_headers.get_header("WARC-Target-URI") or ""
    headers = record.http_headers
    header = headers.get_header("Content-Type") if headers else record.rec_headers.get_header("Content-Type")
    media_type, charset = media_of(header or "")
    is_sent = headers is None or headers.get_statuscode() == "200"
    if record.rec_type not in _HOLDING or media_type not in _PAGES or not is_sent:
        return None
    content = record.content_stream().read(most + 1)
    if len(content) <= most and getattr(record.raw_stream, "limit", 0) > 0:
        raise UnreadableFile("is cut off in this record; it and what comes later is not read")
    return ArchivedPage(number, address.strip("<>"), content, charset)


class _Measured:
    """A stream that is read forward only and ends with an error when it has given too much."""

    def __init__(self, stream: BufferedReader | gzip.GzipFile) -> None:
        self._stream = stream
        self._given = 0

    def read(self, size: int = -1) -> bytes:
        try:
            piece = self._stream.read1(size)  # what is whole in front of a broken place is given all the same
        except (EOFError, OSError, zlib.error) as error:  # warcio would take the first for the end of the file
            raise UnreadableFile("is cut off or damaged; what comes later is not read") from error
        self._given += len(piece)
        if self._given > MAX_UNPACKED_ARCHIVE:
            raise UnreadableFile(f"unpacks to more than {MAX_UNPACKED_ARCHIVE // 1_000_000_000} GB; split it")
        return piece

    def tell(self) -> int:
        return self._given
