"""Reads the pages in a web archive (WARC), by warcio: one after the other, within limits of what they unpack to."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import Any, Final

from rag.core.errors import UnreadableFile
from rag.ingestion.fetching import media_of

MAX_UNPACKED_ARCHIVE: Final = 4_000_000_000
"""Bytes that an archive may unpack to; they are read piece by piece."""
MOST_RECORDS: Final = 200_000

_GZIP: Final = b"\x1f\x8b"
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
_HOLDING: Final = frozenset({"response", "resource"})


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
