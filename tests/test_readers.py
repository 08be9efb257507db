"""Readers take a file as it is, or say in a sentence why not."""

import hashlib
import json
import os
import socket
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from rag.core import Failure, Reading
from rag.core.errors import UnreadableFile
from rag.ingestion.readers import MAX_BYTES, MAX_CHARACTERS, READERS, read_file
from tests.case_files import table
from tests.processes import REPOSITORY

SEEDS = sorted((REPOSITORY / "seeds").glob("*.txt"))


def only(path: Path) -> Reading:
    (reading,) = read_file(path, path.name)
    assert isinstance(reading, Reading)
    return reading


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def lines(path: Path, *articles: object) -> Path:
    return write(path, "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in articles))


def test_the_text_of_a_text_file_is_the_decoded_file_untouched_with_its_marks_and_line_ends(tmp_path: Path) -> None:
    for path in SEEDS:
        reading = only(path)
        assert reading.text == path.read_bytes().decode(reading.encoding or ""), path
        assert reading.digest == hashlib.sha256(path.read_bytes()).hexdigest(), path
        assert reading.warnings == (), path
    reading = only(write(tmp_path / "a.TXT", b"\xef\xbb\xbfOne.\r\nTwo.\rThree.\n\n"))
    assert reading.text == "\ufeffOne.\r\nTwo.\rThree.\n\n"
    assert reading.encoding == "utf-8"
    reading = only(write(tmp_path / "a.txt", "He didn’t say why.".encode("cp1252")))
    assert reading.text == "He didn’t say why."
    assert "cp1252" in reading.warnings[0]


def test_damaged_files_keep_what_can_be_read_with_a_warning(tmp_path: Path) -> None:
    content = "“It rusts,” smith Ola Pint said.\n".encode() + b"The caf\xe9 is shut.\n"
    reading = only(write(tmp_path / "a.txt", content))
    assert reading.text == content.decode("utf-8", errors="replace")
    assert (reading.encoding, reading.extractor) == ("utf-8", "plain text, damaged")
    assert [("line 2" in warning) for warning in reading.warnings] == [True]
    paragraph = "<p>“The talks go on for a long while yet,” warden Ola Brandt said on Thursday in the town hall.</p>"
    page = f'<html><head><meta charset="windows-1251"></head><body><article>{paragraph * 4}</article></body></html>'
    reading = only(write(tmp_path / "a.html", page.encode() + b"\xff"))
    assert "“The talks go on for a long while yet,” warden Ola Brandt" in reading.text
    reading = only(write(tmp_path / "a.txt", "\n<!DOCTYPE html><html><body>Hello there</body></html>"))
    assert "name it .html" in reading.warnings[0]


def test_what_is_no_file_with_words_or_too_large_is_refused_by_every_reader(tmp_path: Path) -> None:
    for suffix in READERS:
        empty, folder, pipe = (tmp_path / f"{name}{suffix}" for name in ("empty", "folder", "pipe"))
        write(empty, "\n \n")
        folder.mkdir()
        os.mkfifo(pipe)
        for path, reason in (
            (empty, "is empty"),
            (tmp_path / f"gone{suffix}", "vanished"),
            (folder, "is a folder"),
            (pipe, "pipe, socket or device"),  # without waiting for somebody to write
        ):
            with pytest.raises(UnreadableFile, match=reason):
                only(path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "a.txt"))
        (tmp_path / "b.txt").symlink_to("/dev/zero")
        (tmp_path / "c.txt").symlink_to("c.txt")
        for letter, reason in (
            ("a", "pipe, socket or device"),
            ("b", "pipe, socket or device"),
            ("c", "cannot be read"),
        ):
            with pytest.raises(UnreadableFile, match=reason):
                only(tmp_path / f"{letter}.txt")
    for suffix in (".txt", ".md", ".html"):
        with pytest.raises(UnreadableFile, match="larger than 5 MB"):
            only(write(tmp_path / f"large{suffix}", b"words " * (MAX_BYTES // 6 + 1)))
    for suffix in (".txt", ".md"):
        with pytest.raises(UnreadableFile, match="more than 1,000,000 characters"):
            only(write(tmp_path / f"large{suffix}", "é" * (MAX_CHARACTERS + 1)))
    with pytest.raises(
        UnreadableFile, match=r"not read; those that are: \.txt, \.md, \.html, \.htm, \.jsonl, \.pdf, \.docx, \.odt"
    ):
        only(write(tmp_path / "a.doc", "text"))
    with pytest.raises(UnreadableFile, match="has no main text"):
        only(write(tmp_path / "a.html", "<html><head><title>x</title></head><body></body></html>"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "text").chmod(0)
    with pytest.raises(UnreadableFile, match="permission"):
        only(tmp_path / "a.txt")


def test_markdown_stays_as_it_is_and_only_its_front_matter_names_the_article(tmp_path: Path) -> None:
    text = '---\r\ntitle: "Talks: a start"\r\ndate: 2024-03-12\r\nsource: The Wire\r\n---\r\n# Talks\r\n\r\nText.\r\n'
    reading = only(write(tmp_path / "a.md", text))
    assert reading.text == text
    assert (reading.title, reading.outlet, reading.published) == ("Talks: a start", "The Wire", "2024-03-12")
    reading = only(write(tmp_path / "a.md", "# Heading\n\n---\ntitle: no\n---\n"))
    assert reading.title is None


def test_a_web_page_gives_its_main_text_and_says_who_extracted_it(tmp_path: Path) -> None:
    paragraph = "The minister said on {day} that the talks would go on for a long while, and nobody knew why."
    page = f"""<html><head><title>Talks go on | The Wire</title><meta charset="koi8-r">
        <meta property="article:published_time" content="2024-03-12T23:10:00+03:00"></head>
        <body><nav><a href="/">Home</a></nav><article><h1>Talks go on</h1><p>{paragraph.format(day="Thursday")}</p>
        <p>{paragraph.format(day="Friday")} Министр ушёл.</p></article><footer>Cookies</footer></body></html>"""
    reading = only(write(tmp_path / "a.html", page.encode("koi8-r")))
    assert reading.extractor.startswith("trafilatura ")
    assert reading.encoding == "koi8-r"
    assert reading.published == "2024-03-12"
    assert "Министр ушёл." in reading.text
    assert "Cookies" not in reading.text


def test_each_line_of_json_lines_is_an_article_with_its_own_number_and_digest(tmp_path: Path) -> None:
    first = {"title": "One", "text": "First.", "published": "2024-03-12T08:00:00Z", "url": "https://example.org/1"}
    path = lines(tmp_path / "wire.jsonl", first, "", {"text": "Second.", "source": "The Wire", "author": "A. Writer"})
    one, two = read_file(path, "sub/wire.jsonl")
    assert isinstance(one, Reading)
    assert isinstance(two, Reading)
    assert (one.source, one.title, one.text, one.published) == ("sub/wire.jsonl#1", "One", "First.", "2024-03-12")
    assert (two.source, two.outlet, two.byline, two.title) == ("sub/wire.jsonl#3", "The Wire", "A. Writer", None)
    assert one.digest == hashlib.sha256(json.dumps(first).encode()).hexdigest()


def test_a_bad_line_fails_alone_and_one_bad_byte_is_a_warning(tmp_path: Path) -> None:
    for line, reason in (
        *table("markup", "bad line"),
        ('{"text": "a", "n": ' + "9" * 5000 + "}", "no article needs"),
        ("[" * 100_000, "no article needs"),
    ):
        good = {"text": "Good."}
        first, bad, last = read_file(lines(tmp_path / "a.jsonl", good, line, good), "a.jsonl")
        assert isinstance(bad, Failure), reason
        assert bad.source == "a.jsonl#2", reason
        assert reason in bad.reason, line
        assert isinstance(first, Reading), reason
        assert isinstance(last, Reading), reason
    foreign, whole = read_file(
        write(tmp_path / "a.jsonl", b'{"text": "caf\xe9"}\n\xef\xbb\xbf{"text": "x y"}'), "a.jsonl"
    )
    assert isinstance(foreign, Failure)
    assert "UTF-8" in foreign.reason
    assert isinstance(whole, Reading)
    content = '{"text": "“It rusts,” smith Ola Pint said. '.encode() + b'\xff"}\n'
    reading = only(write(tmp_path / "a.jsonl", content))
    assert reading.text == "“It rusts,” smith Ola Pint said. \ufffd"
    assert "damaged in 1 place" in reading.warnings[0]


def test_json_lines_with_and_without_html_are_read_as_what_they_are(tmp_path: Path) -> None:
    article: dict[str, object] = {
        "title": "Choir &amp; band <em>sing</em>",
        "text": "<p>&#8220;We <del>never</del> sang,&#8221; said Lev Adler.<sup>2</sup></p><p>Nobody left.</p>",
        "url": "https://example.org/?a=1&amp=2;&lt=3;",
        "author": "Ann O&#39;Neil",
    }
    reading = only(lines(tmp_path / "a.jsonl", article))
    assert reading.text == "“We sang,” said Lev Adler.\nNobody left."
    assert (reading.title, reading.byline, reading.url) == ("Choir & band sing", "Ann O'Neil", article["url"])
    assert reading.extractor.startswith("json lines, HTML")
    text = "AT&T said 3 < 4 and 5 > 2; “R&D; is <b>old”.\n\nWrite to <info@example.org>."
    reading = only(lines(tmp_path / "a.jsonl", {"text": text, "title": "A < B & C"}))
    assert (reading.text, reading.title, reading.extractor) == (text, "A < B & C", "json lines")
    article = {"text": "T.", "title": ["x"], "published": "last week", "url": "javascript:alert(1)", "outlet": "A\x00B"}
    reading = only(lines(tmp_path / "a.jsonl", article))
    assert (reading.title, reading.published, reading.url, reading.outlet) == (None, None, None, None)
    assert [warning.split()[0] for warning in reading.warnings] == ["title", "outlet", "published", "url"]


def test_json_lines_are_read_one_at_a_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"text": "One."}\n' + b"x" * (MAX_BYTES * 2) + b'\n{"text": "Three."}\n')
    readings: Iterator[Reading | Failure] = read_file(path, "a.jsonl")
    (first,) = islice(readings, 1)
    assert isinstance(first, Reading)
    too_long, last = readings
    assert isinstance(too_long, Failure)
    assert "longer than 5 MB" in too_long.reason
    assert last.source == "a.jsonl#3"
