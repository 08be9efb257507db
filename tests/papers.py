"""Small PDFs and Word documents made by hand, for the tests of what reads them."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TOP, LEFT, LEADING, SIZE = 720, 72, 14, 12


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line of a page: its words, how far below the one before it stands, how far it is indented, its size."""

    text: str
    below: float = LEADING
    indent: float = 0
    size: float = SIZE


def column(lines: Iterable[str | Drawn], *, x: float = LEFT) -> list[tuple[float, float, Drawn]]:
    """Lines under each other, each with its place."""
    y = float(TOP)
    placed = []
    for one in lines:
        line = one if isinstance(one, Drawn) else Drawn(one)
        y -= line.below
        placed.append((x + line.indent, y, line))
    return placed


def page(*lines: str | Drawn) -> str:
    """The drawing of a page of one column."""
    return drawing(column(lines))


def drawing(placed: Iterable[tuple[float, float, Drawn]]) -> str:
    """What draws lines at their places."""
    pieces = ["BT"]
    for x, y, line in placed:
        words = line.text.encode("cp1252").hex()
        pieces.append(f"/F1 {line.size:g} Tf 1 0 0 1 {x:g} {y:g} Tm <{words}> Tj")
    return "\n".join([*pieces, "ET"])


def pdf(*pages: str, title: str = "", author: str = "", extra: str = "") -> bytes:
    """A PDF of these drawings; `extra` stands in its information beside title and author."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, content in enumerate(pages):
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    objects.append(f"<< /Title ({title}) /Author ({author}) /CreationDate (D:20240312101500Z) {extra} >>")
    return _file(objects)


def _file(objects: Sequence[str]) -> bytes:
    written = io.BytesIO()
    written.write(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(written.tell())
        written.write(f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1"))
    start = written.tell()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    written.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode())
    written.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\n".encode())
    written.write(f"startxref\n{start}\n%%EOF\n".encode())
    return written.getvalue()


def locked(content: bytes, password: str, *, owner: str | None = None) -> bytes:
    """The PDF, to be opened by the password alone; none is asked of its reader if it is empty."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(password, owner, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def word(*paragraphs: str, title: str = "", author: str = "", headline: str = "") -> bytes:
    """A Word document."""
    import docx

    document = docx.Document()
    document.core_properties.title, document.core_properties.author = title, author
    if headline:
        document.add_heading(headline, 0)
    for words in paragraphs:
        document.add_paragraph(words)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def with_body(content: bytes, xml: str) -> bytes:
    """The Word document with other XML between `<w:body>` and its end."""
    parts = unpacked(content)
    start, _, rest = parts["word/document.xml"].decode().partition("<w:body>")
    parts["word/document.xml"] = f"{start}<w:body>{xml}</w:body>{rest.partition('</w:body>')[2]}".encode()
    return packed(parts)


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The document with a part more, or another one of that name."""
    return packed({**unpacked(content), name: part})


def packed(parts: dict[str, bytes]) -> bytes:
    """A ZIP of these files."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return written.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """The files of a ZIP."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
