"""Marks a fetched page with where and when it was fetched, as browsers mark the pages they save."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rag.ingestion.catalogue import is_web_address
from rag.ingestion.encodings import decode
from rag.ingestion.fetching import Fetched, same_site
from rag.ingestion.html import declared_encoding

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


def marked(page: Fetched) -> bytes:
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


def address_of(stated: str | None, mark: PageMark | None) -> str | None:
    """Returns the address to cite: the one a page states for itself, if it is of the site that it was fetched from."""
    if mark is None:
        return stated
    return stated if stated and same_site(stated, mark.address) else mark.address
