"""Torture folder: whatever lies among the articles, the run finishes, and each file is read or refused with a reason.

The folder holds everything that is ever found among articles, and what somebody may put there on purpose.
"""

import codecs
import json
import os
import resource
import socket
import sys
import threading
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Literal

from rag.core import Article
from rag.library.store import Store
from tests.faults.library_world import Library, article
from tests.faults.rows import Row, Trials, Tried
from tests.papers import locked, page, pdf, with_body, with_part, word
from tests.processes import failed, onrecord, started, told
from tests.test_encodings import CHINESE, ENGLISH, JAPANESE, RUSSIAN

Fate = Literal["read", "refused", "either", "link", "passed over"]

GERMAN: Final = (
    "Der Außenminister Müller erklärte, die Gespräche würden für übermäßig lange Zeit ausgesetzt. Schön wär’s."
)
FRENCH: Final = "Le ministre a déclaré jeudi à Genève que les négociations étaient très avancées, où qu’elles mènent."
OUTSIDE: Final = "The zanzibar ledger lies outside of the folder."
ONE_LINE: Final = 100_000_000
MOST_BYTES: Final = 5_000_000

_ENCODINGS: Final = (
    (ENGLISH, ("cp1252", "utf-8", "utf-16-le", "utf-16-be")),
    (GERMAN, ("cp1252", "utf-8")),
    (GERMAN.replace("’", "'"), ("latin-1", "iso8859_15")),
    (FRENCH, ("cp1252", "utf-8")),
    (FRENCH.replace("’", "'"), ("latin-1",)),
    (RUSSIAN, ("cp1251", "koi8_r", "utf-8", "utf-16-le", "utf-16-be", "iso8859_5", "cp866")),
    (JAPANESE, ("shift_jis", "cp932", "euc_jp", "iso2022_jp", "utf-8")),
    (CHINESE, ("gb18030", "gbk", "big5", "utf-8")),
)
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
)


@dataclass(frozen=True, slots=True)
class File:
    """A file, what must become of it, and the text that it must be read as where that is known.

    `warned`: if it is read it must be with a warning, for its words are not those that somebody wrote.
    """

    name: str
    content: bytes
    fate: Fate = "read"
    text: str | None = None
    warned: bool = False


def files() -> Iterator[File]:
    """Every file that is written as bytes."""
    yield from quick_files()
    yield from _texts()
    yield from _documents()
    yield from _pages()


def quick_files() -> Iterator[File]:
    """Files that are read in a moment."""
    yield from _encoded()
    yield from _no_texts()
    yield from _lines()
    yield from _names()
    yield from _others()


def _encoded() -> Iterator[File]:
    for number, (text, encodings) in enumerate(_ENCODINGS):
        for encoding in encodings:
            known = text.encode(encoding, "ignore").decode(encoding)
            yield File(f"encoded/{number} {encoding}.txt", known.encode(encoding), text=known)
    for mark, encoding in _MARKS:
        for text in (RUSSIAN, ENGLISH):
            name = f"encoded/marked {encoding} {len(text)}.md"
            yield File(name, mark + text.encode(encoding), text=f"\ufeff{text}")
    for text in (ENGLISH, RUSSIAN, GERMAN):
        broken = text.encode().decode("cp1252", "ignore").encode()
        yield File(f"encoded/mojibake {len(text)}.txt", broken, warned=True)


def _texts() -> Iterator[File]:
    plain = article(1)
    yield File("texts/carriage returns.txt", plain.replace("\n", "\r").encode(), text=plain.replace("\n", "\r"))
    yield File("texts/both.txt", plain.replace("\n", "\r\n").encode(), text=plain.replace("\n", "\r\n"))
    yield File("texts/one byte.txt", b"x", text="x")
    yield File("texts/no end.txt", plain.strip().encode(), text=plain.strip())
    yield File("texts/blank lines.txt", (("\n" * 10_000) + plain).encode(), text="\n" * 10_000 + plain)
    yield File("texts/tabs and ends.txt", plain.replace(" ", "\t").encode(), text=plain.replace(" ", "\t"))
    yield File("texts/marks.txt", ("—" * 20_000 + "\n" + plain).encode(), text="—" * 20_000 + "\n" + plain)
    yield File("texts/brackets.txt", ("(" * 20_000 + plain).encode(), text="(" * 20_000 + plain)
    yield File("texts/quotes.txt", ("“" * 5_000 + plain).encode(), text="“" * 5_000 + plain)
    yield File("texts/one word.txt", b"a" * 400_000, text="a" * 400_000)
    yield File("texts/bidi.txt", f"\u202e{plain}\u202c".encode(), text=f"\u202e{plain}\u202c")
    yield File("texts/emoji.txt", ("😀👩‍👩‍👧" * 3_000 + plain).encode(), text="😀👩‍👩‍👧" * 3_000 + plain)
    yield File("texts/accents.txt", ("e" + "\u0301" * 20_000 + plain).encode())
    yield File(
        "texts/sql.txt", b"'; DROP TABLE article; -- said Ada Lund.", text="'; DROP TABLE article; -- said Ada Lund."
    )
    yield from (File(f"texts/twin {number}.txt", plain.encode(), text=plain) for number in range(3))
    yield from (File(f"texts/nearly {number}.txt", f"{plain}{number}".encode()) for number in range(3))


def _no_texts() -> Iterator[File]:
    yield File("no texts/empty.txt", b"", "refused")
    yield File("no texts/blank.txt", b" \r\n\t\n", "refused")
    yield File("no texts/mark alone.txt", codecs.BOM_UTF8, "refused")
    yield File("no texts/zeros.txt", bytes(5_000), "refused")
    yield File("no texts/zero inside.txt", b"The text breaks\0 off here.", "refused")
    yield File("no texts/program.txt", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40, "refused")
    yield File("no texts/controls.txt", bytes(range(1, 9)) * 500, "refused")
    yield File("no texts/surrogate.txt", "half \ud800 a pair".encode("utf-8", "surrogatepass"), "refused")
    yield File("no texts/cut mark.txt", codecs.BOM_UTF16_LE + b"odd", "refused")
    yield File("no texts/pdf.txt", pdf(page("A PDF.")), "refused")
    yield File("no texts/word.txt", word("A document."), "refused")
    yield File("no texts/rich.txt", b"{\\rtf1 hello}", "refused")
    yield File("no texts/png.txt", b"\x89PNG\r\n\x1a\n" + os.urandom(3_000), "refused")
    yield File("no texts/large.txt", b"word " * (MOST_BYTES // 5 + 1), "refused")
    yield File("no texts/noise.md", b"\xff\xfe\xfd" + os.urandom(3_001), "refused")


def _documents() -> Iterator[File]:
    whole, paper = (
        pdf(page("The talks in Geneva would go on, the minister said on Thursday.")),
        word("She left, he said."),
    )
    yield File("documents/whole.pdf", whole)
    yield File("documents/whole.docx", paper)
    yield File("documents/locked.pdf", locked(whole, "secret"), "refused")
    yield File("documents/cut.pdf", whole[: len(whole) // 3], "refused")
    yield File("documents/no pages.pdf", b"%PDF-1.4\n%%EOF", "refused")
    yield File("documents/text.pdf", b"only text", "refused")
    yield File("documents/circle.pdf", whole.replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"), "either")
    yield File("documents/noise.pdf", b"%PDF-1.7\n" + os.urandom(50_000), "refused")
    yield File("documents/empty.pdf", b"", "refused")
    yield File("documents/cut.docx", paper[: len(paper) // 2], "refused")
    yield File("documents/text.docx", b"only text", "refused")
    yield File("documents/zip.docx", _zip({"a.txt": b"no document"}), "refused")
    yield File("documents/bomb.docx", with_part(paper, "word/media/bomb.bin", bytes(300_000_000)), "refused")
    yield File("documents/words.docx", with_body(paper, "<w:p/>" * 400_000), "refused")
    yield File("documents/deep.docx", with_body(paper, "<w:p>" * 100_000 + "</w:p>" * 100_000), "either")
    entity = f'<!DOCTYPE w:document [<!ENTITY e SYSTEM "file://{Path(__file__).parent}/outside.txt">]><w:document'
    yield File("documents/entity.docx", _with_entity(paper, entity), "either")


def _pages() -> Iterator[File]:
    body = "".join(f"<p>{article(number)}</p>" for number in range(20, 24))
    yield File("pages/whole.html", f"<html><body><article>{body}</article></body></html>".encode())
    yield File("pages/deep.html", b"<div>" * 200_000 + body.encode(), "either")
    yield File("pages/open.html", b"<html><body><p>" + body.encode() + b"<table><tr><td><b><i><a href='", "either")
    yield File("pages/scripts.html", b"<script>" + b"x=1;" * 100_000 + b"</script>", "refused")
    yield File("pages/attributes.html", b"<p " + b"a='b' " * 200_000 + b">" + body.encode(), "either")
    yield File("pages/entities.html", b"<p>" + b"&amp;" * 200_000 + b"</p>", "either")
    yield File("pages/text.htm", article(25).encode(), "either")


def _lines() -> Iterator[File]:
    good = json.dumps({"text": article(30)})
    yield File("lines/good.jsonl", f"{good}\n{good}\n".encode())
    yield File("lines/some bad.jsonl", f'{good}\nnone\n{{"text": 5}}\n[]\n'.encode())
    yield File("lines/all bad.jsonl", b"none\n" * 5, "refused")
    yield File("lines/deep.jsonl", b"[" * 200_000 + b"\n", "refused")
    yield File("lines/number.jsonl", b'{"text": "x", "n": ' + b"9" * 10_000 + b"}\n", "refused")
    yield File("lines/blank.jsonl", b"\n" * 1_000, "refused")


def _names() -> Iterator[File]:
    text = article(40).encode()
    yield File(f"names/{'n' * 251}.txt", text)
    yield File(f"names/{'ü' * 125}.txt", text)
    yield File(f"names/{unicodedata.normalize('NFD', 'Müller')}.txt", text)
    yield File("names/line\nbreak.txt", text)
    yield File("names/'; DROP TABLE article.txt", text)
    yield File("names/\u202etxt.exe.txt", text)
    yield File("names/<img src=x>.txt", text)
    yield File("names/many.dots...txt", text)
    yield File("names/UPPER.TXT", text)
    yield File("names/#1.txt", text)
    yield File("names/" + "/".join("d" * 40 for _ in range(20)) + "/deep.txt", text)
    yield File(os.fsdecode(b"names/not \xff utf-8.txt"), text, "refused")


def _others() -> Iterator[File]:
    for kind in ("exe", "png", "zip", "csv", "xml", "xls", "ppt"):
        yield File(f"others/some.{kind}", b"\x00\x01", "passed over")
    yield File("others/none", b"no suffix", "passed over")


def plant(folder: Path, outside: Path, *, all_of_it: bool = True) -> list[File]:
    """Writes files into `folder`, and links to `outside`; gives what must become of each."""
    planted = list(files() if all_of_it else quick_files())
    for one in planted:
        path = folder / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.content)
    outside.mkdir(parents=True)
    (outside / "secret.txt").write_text(OUTSIDE)
    planted += _specials(folder / "specials", outside)
    return planted + list(_large(folder / "specials") if all_of_it else ())


def _specials(place: Path, outside: Path) -> Iterator[File]:
    place.mkdir()
    for name, target in (
        ("out", outside / "secret.txt"),
        ("loop", place / "loop.txt"),
        ("up", place / "../../outside/secret.txt"),
    ):
        (place / f"{name}.txt").symlink_to(target)
        yield File(f"specials/{name}.txt", b"", "link")
    (place / "folder").symlink_to(outside)
    (place / "circle").symlink_to(place.parent)
    yield File("specials/folder", b"", "link")
    yield File("specials/circle", b"", "link")
    (place / "nowhere.txt").symlink_to(place / "missing.txt")
    os.mkfifo(place / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(place)  # the name of a socket has at most 108 bytes
        made.bind("socket.txt")
        os.chdir(here)
    (place / "folder.txt").mkdir()
    yield from (File(f"specials/{name}.txt", b"", "refused") for name in ("nowhere", "pipe", "socket"))
    (place / "closed.txt").write_text(article(50))
    (place / "closed.txt").chmod(0)
    yield File("specials/closed.txt", b"", "either")


def _large(place: Path) -> Iterator[File]:
    with (place / "one line.txt").open("wb") as file:
        file.write(b"word " * (ONE_LINE // 5))
    yield File("specials/one line.txt", b"", "refused")
    (place / "one line.jsonl").write_bytes(b'{"text": "' + b"word " * (ONE_LINE // 5) + b'"}\n')
    yield File("specials/one line.jsonl", b"", "refused")


def _zip(parts: dict[str, bytes]) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return written.getvalue()


def _with_entity(content: bytes, start: str) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:document", start.encode(), 1)
    return _zip(parts)


TINY: Final = 10_000
MOST_MEMORY: Final = 1 << 30
LONGEST_STEP: Final = 30
"""Seconds for one file."""
LEAST_RIGHT: Final = 0.98
"""Share of encodings."""


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a folder: the texts by source, the reasons of what was refused, and how it went."""

    articles: dict[str, Article]
    reasons: dict[str, str]
    warnings: tuple[str, ...]
    longest: float
    memory: int
    outside: int


def read_folder(library: Library, outside: Path) -> Read | str:
    """Reads the folder in its own process; gives a sentence if that did not end well."""
    outcome = started(_read, library.data, library.folder, outside).finish(1_200)
    if outcome.code:
        return failed("reading the folder", outcome)
    went: dict[str, Any] = json.loads(outcome.stdout.splitlines()[-1])
    again = onrecord("index", "--json", "--data", library.data)  # what the first one said of files, it says
    if again.code:
        return failed("reading it again", again)
    reasons = {one["source"]: one["reason"] for one in (*went["failed"], *again.json["failed"])}
    with closing(Store.open(library.data)) as store, store.reading() as view:
        articles = view.articles(view.sources())
    return Read(articles, reasons, tuple(went["warnings"]), went["longest"], went["memory"], went["outside"])


def _read(data: Path, folder: Path, outside: Path) -> None:
    from rag.assembly import make_embedder
    from rag.core.settings import Settings
    from rag.library.sync import Progress, sync

    opened: list[str] = []
    sys.addaudithook(lambda event, words: opened.append(str(words[0])) if event == "open" else None)
    settings = Settings.from_environment(data=data)
    last, longest = time.monotonic(), 0.0

    def note(_: Progress) -> None:
        nonlocal last, longest
        now = time.monotonic()
        last, longest = now, max(longest, now - last)

    make_embedder(settings).embed_query("loads the model, which is no file's fault")
    with closing(Store.create(data)) as store:
        last = time.monotonic()
        report = sync(store, folder, embedder=make_embedder(settings), settings=settings, on_progress=note)
    told(
        {
            "failed": [{"source": one.source, "reason": one.reason} for one in report.failed],
            "warnings": report.warnings,
            "longest": max(longest, time.monotonic() - last),
            "memory": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "outside": sum(name.startswith(str(outside)) for name in opened),
        }
    )


def wrong(planted: list[File], read: Read) -> Iterator[str]:
    """Finds the files that did not become what they must."""
    files = set(map(_file, read.articles))
    reasons = {_file(source): reason for source, reason in read.reasons.items()}
    for one in planted:
        source = one.name.encode("utf-8", "replace").decode()
        was_read, reason = source in files, reasons.get(source)
        if one.fate in {"read", "refused", "either"} and not (was_read or reason):
            yield f"{source!r} is in no report"
        if one.fate == "read" and not was_read:
            yield f"{source!r} was refused: {reason}"
        if one.fate == "refused" and was_read:
            yield f"{source!r} was read"
        if one.fate in {"link", "passed over"} and (was_read or reason):
            yield f"{source!r} was not passed over"
        if was_read and one.warned and not read.articles[source].warnings:
            yield f"{source!r} was read as mojibake without a warning"
    yield from _not_counted(planted, read)


def _file(source: str) -> str:
    """Names the file that an article is, or is a line of."""
    file, line, _ = source.partition(".jsonl#")
    return f"{file}.jsonl" if line else source


def _not_counted(planted: list[File], read: Read) -> Iterator[str]:
    links, others = (sum(one.fate == fate for one in planted) for fate in ("link", "passed over"))
    if not any(warning.startswith(f"{links} links were not followed") for warning in read.warnings):
        yield f"{links} links are not counted"
    kinds = next((warning for warning in read.warnings if warning.startswith("Files of other kinds")), "")
    counted = sum(
        int(word) for word in kinds.partition("(")[2].partition(")")[0].replace(",", " ").split() if word.isdigit()
    )
    if counted != others:
        yield f"{counted} of {others} files of other kinds are counted"


def right_encodings(planted: list[File], read: Read) -> tuple[int, int, list[str]]:
    known = [one for one in planted if one.text is not None and one.name in read.articles]
    right = [one for one in known if read.articles[one.name].text == one.text]
    silent = [one.name for one in known if one not in right and not read.articles[one.name].warnings]
    return len(right), len(known), silent


@contextmanager
def restless(folder: Path) -> Iterator[None]:
    ended = threading.Event()

    def disturb() -> None:
        number = 0
        while not ended.wait(0.005):
            number += 1
            (folder / "changing.txt").write_text(article(number), encoding="utf-8")
            (folder / "vanishing.txt").write_text(article(number), encoding="utf-8")
            (folder / "vanishing.txt").unlink()

    thread = threading.Thread(target=disturb, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def examine(home: Path, tiny: int, *, all_of_it: bool = True) -> tuple[list[str], str, int]:
    """Plants the folder, reads it, and gives what missed the bar, what held, and the number of files."""
    library, outside = Library(home / "library"), home / "library" / "outside"
    planted = plant(library.folder, outside, all_of_it=all_of_it)
    (library.folder / "tiny").mkdir()
    for number in range(tiny):
        (library.folder / "tiny" / f"{number}.txt").write_text(f"{number} x")
    with restless(library.folder):
        read = read_folder(library, outside)
    if isinstance(read, str):
        return [read], "", len(planted) + tiny
    missed = [*wrong(planted, read), *_costs(read)]
    missed += [
        f"tiny/{number}.txt is in no report" for number in range(tiny) if f"tiny/{number}.txt" not in read.articles
    ]
    right, known, silent = right_encodings(planted, read)
    missed += [f"{name!r} is wrong and nothing warns of it" for name in silent]
    if right < LEAST_RIGHT * known:
        missed.append(f"{right} of {known} encodings are right")
    held = (
        f"{len(read.articles):,} articles, {len(read.reasons)} reasons, encodings {right} of {known}, longest step "
        f"{read.longest:.1f} s, {read.memory / (1 << 20):.0f} MB"
    )
    return missed, held, len(planted) + tiny


def _costs(read: Read) -> Iterator[str]:
    if read.outside or any(OUTSIDE in one.text for one in read.articles.values()):
        yield f"{read.outside} files outside of the folder were opened"
    if read.longest > LONGEST_STEP:
        yield f"one step took {read.longest:.0f} s"
    if read.memory > MOST_MEMORY:
        yield f"it took {read.memory / (1 << 20):.0f} MB"


def run(trials: Trials) -> Tried:
    """Reads the folder once, with as many tiny files as there are trials."""
    missed, held, count = examine(trials.folder, trials.count)
    return Tried(count, held, tuple(missed))


ROWS = (
    Row(
        "torture",
        "100 % of files told, no step over 30 s, ≤ 1 GB, nothing outside read, ≥ 98 % of encodings",
        TINY,
        run,
    ),
)
