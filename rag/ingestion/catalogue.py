"""Collects what is known of an article besides its text: details in its file, `articles.csv`, the outlet it names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rag.core.errors import UnreadableFile
from rag.ingestion.boilerplate import own_name
from rag.ingestion.encodings import decode
from rag.text.dates import iso_date

_AGENCIES = """
    AAP|AFP|AKIpress|Anadolu|Anadolu Agency|ANI|ANSA|AP|APA|Armenpress|Associated Press|Azertac|Azertaj|BelTA|Bloomberg
    |dpa|EFE|IANS|Interfax|Interfax-Ukraine|IRNA|Kyodo|News Armenia|PA|PTI|RBC|RBK|Reuters|RIA|RIA Novosti|Sputnik|TASS
    |Tasnim|Ukrinform|UNIAN|Xinhua|Yonhap
"""
_CITED = """
    ABC|ABC News|Al Arabiya|Al Jazeera|Axios|Barron's|BBC|BBC News|Bild|Business Insider|BuzzFeed|BuzzFeed News|CBC|CBS
    |CBS News|CGTN|CNBC|CNN|Corriere della Sera|Daily Beast|Daily Mail|Daily Mirror|Daily Telegraph|Der Spiegel|DW
    |Deutsche Welle|Economist|El País|ESPN|Euronews|Financial Times|Forbes|Fox|Fox News|FT|Global Times|Guardian|Haaretz
    |Hill|Huffington Post|HuffPost|Independent|Izvestia|Kommersant|La Repubblica|Le Figaro|Le Monde|Los Angeles Times
    |LA Times|Mail on Sunday|Meduza|Mirror|MSNBC|NBC|NBC News|New York Post|New York Times|New Yorker|Newsweek|Nikkei
    |NPR|NYT|Observer|PBS|People|Politico|Radio Liberty|RFE/RL|RT|Sky|Sky News|Spiegel|Sun|Sunday Times|Telegraph
    |Time|Times|TMZ|USA Today|Vanity Fair|Variety|Verge|Vice|Vox|Wall Street Journal|Washington Post|Wired|WSJ|Yahoo
    |Yahoo News
"""

_NAME = r"[A-Z0-9][\w.'’&-]*(?: [A-Z0-9][\w.'’&-]*){0,3}"
_REPORTS = re.compile(
    rf"[^\n]*, (?:the )?(?P<outlet>{_NAME}) reports"
    r"(?:,? (?:citing|with reference to|referring to|quoting) [^\n]{1,80})?\."
)
_COPYRIGHT = re.compile(
    rf"(?i:copyright|©|\(c\))[ ©]*(?:(?:19|20)\d\d(?:[-–](?:19|20)?\d\d)?,?)? ?(?:by )?(?P<outlet>{_NAME})\.?"
    r"(?: (?i:all rights reserved)\b.*)?"
)


def name_in_text(paragraphs: Iterable[str]) -> str | None:
    """The outlet that closes one of these opening paragraphs by naming itself, "…, Orda reports."; None if in doubt.

    In doubt: the name is that of an agency, paper or broadcaster whom others cite, or there are two of them.
    """
    names = {match["outlet"] for paragraph in paragraphs if (match := _REPORTS.fullmatch(paragraph))}
    name = names.pop() if len(names) == 1 else None
    return None if name is None or _bare(name) in _names(_AGENCIES) | _names(_CITED) else name


def name_in_furniture(lines: Iterable[str]) -> str | None:
    """The outlet that speaks of itself on the page or holds the copyright, which agencies do on pages not theirs."""
    for line in lines:
        copyrighted = _COPYRIGHT.fullmatch(line)
        name = copyrighted["outlet"].rstrip(".") if copyrighted else own_name(line)
        if name and _bare(name) not in _names(_AGENCIES):
            return name
    return None


def _names(listed: str) -> frozenset[str]:
    return frozenset(name.strip().casefold() for name in listed.split("|"))


def _bare(name: str) -> str:
    return name.casefold().removeprefix("the ").replace("’", "'")


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
    """The details of each source in the folder's `articles.csv`, and a warning for all that was passed over.

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
    """Details out of named fields (title, outlet, published, url, author), and a warning for each that was refused.

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
    """The value to keep, or None and what is wrong with it."""
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
    """Whether `value` is an absolute http or https address."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in value


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the number of the line it ends on; column names in lower case."""
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
    """Enters one row into the catalogue, and yields what was wrong with it."""
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
    """Whether the folder holds the source, which may name a line of a JSON-lines file (`wire.jsonl#7`)."""
    names = {source, source.rpartition("#")[0]} - {""}
    return any(_is_file(folder / name) for name in names if ".." not in Path(name).parts)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False
