"""Collects what is known of an article besides its text: details in its file and in `articles.csv`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rag.core.errors import UnreadableFile
from rag.ingestion.encodings import decode
from rag.text.quantities import iso_date

CATALOGUE = "articles.csv"
_COLUMNS = ("title", "outlet", "published", "url", "author")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Details:
    """What a catalogue, or a format with fields of its own, says about an article. None where it says nothing."""

    title: str | None = None
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    byline: str | None = None


def read_catalogue(folder: Path) -> tuple[dict[str, Details], tuple[str, ...]]:
    """Returns the details of each source in the folder's `articles.csv`, and a warning for all that was passed over.

    A catalogue is never an error: what cannot be used is named and left out. No catalogue, no details.
    """
    path = folder / CATALOGUE
    if not path.exists():
        return {}, ()
    try:
        decoded = decode(path.read_bytes())
    except OSError as error:
        return {}, (f"{CATALOGUE} cannot be read ({error.strerror}), so no details were taken from it.",)
    except UnreadableFile as error:
        return {}, (f"{CATALOGUE} {error}; no details were taken from it.",)
    warnings = [f"{CATALOGUE}: {decoded.warning}"] if decoded.warning else []
    catalogue: dict[str, Details] = {}
    try:
        for line, row in _rows(decoded.text.removeprefix("\ufeff")):
            warnings += [f"{CATALOGUE} line {line}: {warning}" for warning in _take(row, folder, catalogue)]
    except csv.Error as error:
        warnings.append(f"{CATALOGUE} is not well-formed ({error}); the rest of it was passed over.")
    return catalogue, tuple(warnings)


def checked(fields: Mapping[str, object]) -> tuple[Details, tuple[str, ...]]:
    """Returns details out of named fields (title, outlet, published, url, author), and a warning for each refused.

    Dates are kept as YYYY-MM-DD, addresses only if they lead to the web; runs of white space become one space.
    """
    kept: dict[str, str] = {}
    warnings: list[str] = []
    for name in _COLUMNS:
        given = fields.get(name)
        if given is None or given == "":
            continue
        value, fault = _field(name, given)
        if value:
            kept[name] = value
        elif fault:
            warnings.append(f"{name} was left out, because {fault}.")
    byline = kept.pop("author", None)
    return Details(**kept, byline=byline), tuple(warnings)


def _field(name: str, given: object) -> tuple[str | None, str | None]:
    """Returns the value to keep, or None and what is wrong with it."""
    if not isinstance(given, str):
        return None, f"it is not text but {given!r:.40}"
    if _UNPRINTABLE.search(given):
        return None, "it holds control characters or broken ones"
    value = " ".join(given.split())
    if name == "published" and value:
        day = iso_date(value)
        return day, None if day else f"{value!r:.40} is no date of the form 2024-03-31"
    if name == "url" and value and not is_web_address(value):
        return None, f"{value!r:.80} is no http or https address"
    return value or None, None


def is_web_address(value: str) -> bool:
    """Tells whether `value` is an absolute http or https address."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in value


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Finds each row with the number of the line it ends on; column names in lower case."""
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = [name.strip().lower() for name in next(reader)]
    if "source" not in columns:
        raise csv.Error("its first line has no column `source`")
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, dict(zip(columns, cells, strict=False))


def _take(row: Mapping[str, str], folder: Path, catalogue: dict[str, Details]) -> Iterator[str]:
    """Adds one row to the catalogue, and yields what was wrong with it."""
    source = row.get("source", "").strip().replace("\\", "/").removeprefix("./")
    if not source:
        yield "it names no source and was passed over."
    elif source in catalogue:
        yield f"{source} was named before; the first row counts."
    elif not _is_in(folder, source):
        yield f"there is no file {source} in the folder, so the row was passed over."
    else:
        catalogue[source], warnings = checked(row)
        yield from (f"{source}: {warning}" for warning in warnings)


def _is_in(folder: Path, source: str) -> bool:
    names = {source, source.rpartition("#")[0]} - {""}
    return any(_is_file(folder / name) for name in names if ".." not in Path(name).parts)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False
