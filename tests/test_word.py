"""A Word document becomes its paragraphs as they read today, or a sentence says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core import Reading
from rag.core.errors import UnreadableFile
from rag.ingestion import docx as reader
from rag.ingestion.docx import extract_docx
from rag.ingestion.readers import read_file
from tests.papers import packed, with_body, with_part, word

SAID = "“The talks go on,” Ada Lund said."


def run(words: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'


def test_a_word_document_is_read_with_its_extractor_and_no_date(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(word(SAID, "She left.", headline="Talks go on"))
    (reading,) = read_file(tmp_path / "a.docx", "a.docx")
    assert isinstance(reading, Reading)
    assert reading.extractor.startswith("python-docx ")
    assert (reading.text, reading.title, reading.published) == (f"Talks go on\n{SAID}\nShe left.", "Talks go on", None)


def test_tracked_changes_links_tables_and_text_boxes_read_as_they_stand() -> None:
    box = f"<w:txbxContent><w:p>{run('In a box.')}</w:p></w:txbxContent>"
    mark = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    xml = (
        f"<w:p>{run('She ')}<w:del><w:r><w:delText>never </w:delText></w:r></w:del><w:ins>{run('once ')}</w:ins>"
        f"<w:hyperlink>{run('said')}</w:hyperlink><w:r><w:tab/><w:t>no.</w:t></w:r></w:p>"
        f"<w:tbl><w:tr><w:tc><w:p>{run('One cell.')}</w:p></w:tc>"
        f"<w:tc><w:p>{run('Another.')}</w:p></w:tc></w:tr></w:tbl>"
        f"<w:sdt><w:sdtContent><w:p>{run('In a control.')}</w:p></w:sdtContent></w:sdt>"
        f"<w:p>{run('Beside.')}<w:r><mc:AlternateContent {mark}><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}"
        "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert extract_docx(with_body(word("x"), xml)).text.split("\n") == [
        "She once said\tno.",
        "One cell.",
        "Another.",
        "In a control.",
        "Beside.",
        "In a box.",
    ]


def looking(look: str, words: str) -> str:
    return f'<w:r><w:rPr><w:{look}/></w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def test_struck_out_hidden_and_moved_words_and_footnote_marks_are_not_read() -> None:
    raised, kept = 'vertAlign w:val="superscript"', 'strike w:val="0"'
    xml = (
        f"<w:p>{run('“We ')}{looking('strike', 'never ')}{looking('dstrike', 'ever ')}{run('check')}"
        f"{looking(raised, '1')}{run(',” Vale said.')}{looking(raised, '[2]')}{looking('vanish', ' Draft.')}</w:p>"
        f"<w:p>{run('It is ')}{looking(kept, '40 km')}{looking(raised, '2')}{run(', she said.')}</w:p>"
        f"<w:p><w:moveFrom>{run('Moved.')}</w:moveFrom><w:moveTo>{run('Here.')}</w:moveTo></w:p>"
    )
    said = ["“We check,” Vale said.", "It is 40 km2, she said.", "Here."]
    assert extract_docx(with_body(word("x"), xml)).text.split("\n") == said


def test_title_and_author_are_believed_only_if_the_text_bears_them_out() -> None:
    assert extract_docx(word("Talks go on", "By Ada Lund", title="Talks go on", author="Ada Lund")).fields == {
        "title": "Talks go on",
        "author": "Ada Lund",
    }
    assert extract_docx(word(SAID, title="Template", author="python-docx")).fields == {}


def test_an_entity_reaches_no_file_and_grows_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret words", encoding="utf-8")
    whole = with_body(word("x"), f"<w:p>{run('Before &e; after.')}</w:p>")
    for entity in (f'SYSTEM "file://{tmp_path / "secret"}"', '"' + "a" * 100_000 + '"'):
        parts = reader_parts(whole)
        parts["word/document.xml"] = parts["word/document.xml"].replace(
            b"<w:document", f"<!DOCTYPE w:document [<!ENTITY e {entity}>]><w:document".encode(), 1
        )
        assert extract_docx(packed(parts)).text.split() == ["Before", "after."]


def reader_parts(content: bytes) -> dict[str, bytes]:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "old Word document"),
        (b"plain text", "is no Word document"),
        (word(" "), "has no text"),
    ],
    ids=["old or locked", "no document", "empty"],
)
def test_a_document_that_cannot_be_read_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        extract_docx(content)


@pytest.mark.parametrize(
    ("limit", "name", "reason"),
    [("MAX_UNPACKED", "word/media/bomb.bin", "unpacks to more than"), ("MAX_XML", "word/bomb.xml", "MB of text")],
)
def test_a_bomb_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch, limit: str, name: str, reason: str
) -> None:
    monkeypatch.setattr(reader, limit, 2_000_000)
    bomb = with_part(word(SAID), name, b"\0" * 3_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(UnreadableFile, match=reason):
        extract_docx(bomb)


def test_a_broken_document_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(word(SAID)[:2000])
    with pytest.raises(UnreadableFile, match="is broken, or no Word document"):
        list(read_file(tmp_path / "a.docx", "a.docx"))
