"""Documents of word processors, books and e-mails are read as a reader sees them; web archives record by record."""

import io
from email.message import EmailMessage
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from rag.core import Failure, Reading
from rag.core.errors import UnreadableFile
from rag.core.settings import Settings
from rag.ingestion import documents, saved_pages
from rag.ingestion.documents import extract_docx, extract_email, extract_epub, extract_odt, extract_rtf
from rag.ingestion.readers import examined, read_file
from rag.library.source_status import changes_of_files
from rag.library.store import Store
from rag.library.sync import sync_uploads
from rag.library.uploads import Uploads, safe_name
from tests.awkward_web import SAID, article
from tests.library_parts import WordEmbedder
from tests.papers import packed, unpacked, with_body, with_part, word

BILLION = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
)


def odt(body: str, head: str = "", styles: str = "") -> bytes:
    content = (
        f"{head}<office:document-content {NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": content.encode()})


def epub(*chapters: str, title: str = "Harbour", more: dict[str, bytes] | None = None) -> bytes:
    items = "".join(
        f'<item id="c{at}" href="text/c%20{at}.xhtml" media-type="application/xhtml+xml"/>'
        for at in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{at}"/>' for at in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>{title}</dc:title><dc:creator>Ada Lund</dc:creator></metadata><manifest>{items}"
        '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>'
        f'<spine><itemref idref="n"/>{spine}</spine></package>'
    )
    container = '<container><rootfiles><rootfile full-path="OPS/package.opf"/></rootfiles></container>'
    parts = {
        "META-INF/container.xml": container.encode(),
        "OPS/package.opf": package.encode(),
        "OPS/nav.xhtml": b"<html><body><p>Contents</p></body></html>",
    }
    for at, chapter in enumerate(chapters):
        page = f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">{chapter}</html>'
        parts[f"OPS/text/c {at}.xhtml"] = page.encode()
    return packed(parts | (more or {}))


def mail(text: str = "", html: str = "", **headers: str) -> bytes:
    message = EmailMessage()
    for name, value in ({"Subject": "Harbour opens", "From": "Press Office <press@example.org>"} | headers).items():
        message[name] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return bytes(message)


def warc(*pages: tuple[str, bytes], gz: bool = True, kind: str = "text/html; charset=windows-1251") -> bytes:
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=gz)
    writer.write_record(writer.create_warcinfo_record("a.warc", {"software": "test"}))
    for address, content in pages:
        headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
        record = writer.create_warc_record(address, "response", payload=io.BytesIO(content), http_headers=headers)
        writer.write_record(record)
    return file.getvalue()


def test_an_opendocument_text_reads_as_it_stands() -> None:
    struck = (
        '<style:style style:name="T1"><style:text-properties style:text-line-through-style="solid"/></style:style>'
        '<style:style style:name="T2"><style:text-properties text:display="none"/></style:style>'
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Taken out.</text:p></text:deletion>"
        '</text:changed-region></text:tracked-changes><text:h text:outline-level="1">Harbour opens again</text:h>'
        '<text:p>“We<text:s text:c="2"/>never<text:tab/>said<text:line-break/>so<text:span text:style-name="T1">, ever'
        '</text:span><text:span text:style-name="T2"> secretly</text:span>,”<text:note><text:note-body><text:p>A.'
        "</text:p></text:note-body></text:note> she said<office:annotation><text:p>So?</text:p></office:annotation>."
        '</text:p><text:section text:display="none"><text:p>Hidden.</text:p></text:section>'
    )
    read = extract_odt(odt(body, styles=struck))
    assert read.text == "Harbour opens again\n“We  never\tsaid\nso,” she said."
    assert read.fields == {"title": "Harbour opens again"}


def test_an_epub_and_an_rtf_document_read_as_they_are_seen() -> None:
    chapters = ("<body><h1>Harbour</h1><p>One &amp;\n two.</p></body>", "<body><p>By Ada Lund</p><del>No.</del></body>")
    read = extract_epub(epub(*chapters))
    assert read.text == "Harbour\nOne & two.\nBy Ada Lund"
    assert read.fields == {"title": "Harbour", "author": "Ada Lund"}
    content = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}}{\info{\title Draft}}\f0 "
        rb"\'93We do,\'94 Zo\'eb said \u8212? \u-10179?\u-8704?.{\deleted Never.}{\v Secret.}\par "
        rb'{\field{\*\fldinst{HYPERLINK "http://example.org/x"}}{\fldrslt A link}} ends.\par}'
    )
    assert extract_rtf(content).text == "“We do,” Zoë said — 😀.\nA link ends."


def test_an_email_states_its_subject_sender_and_day_and_its_page_is_read_as_seen() -> None:
    html = "<html><body><p>“We open,” she said.</p><p style='display:none'>Preview</p></body></html>"
    read = extract_email(mail("plain", html, Date="Tue, 12 Mar 2024 23:30:00 -0500"))
    assert read.text == "“We open,” she said."
    assert read.fields == {"title": "Harbour opens", "author": "Press Office", "published": "2024-03-12"}
    message = EmailMessage()
    message["Subject"] = "=?utf-8?q?Caf=C3=A9?="
    message.set_content("Señor Vale came.", charset="latin-1")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="talks.pdf")
    with_file = extract_email(bytes(message))
    assert (with_file.text.strip(), with_file.fields) == ("Señor Vale came.", {"title": "Café"})
    assert "talks.pdf" in with_file.warnings[0]


def test_every_document_is_read_from_its_file_in_a_process_of_its_own(tmp_path: Path) -> None:
    for name, content in (
        ("a.odt", odt(f"<text:p>{SAID}</text:p>")),
        ("a.epub", epub(f"<body><p>{SAID}</p></body>")),
        ("a.rtf", b"{\\rtf1 " + SAID.encode("ascii", "ignore") + b"}"),
        ("a.eml", mail(SAID)),
    ):
        (tmp_path / name).write_bytes(content)
        (reading,) = read_file(tmp_path / name, name)
        assert isinstance(reading, Reading), name
        assert "Mayor Ada Lund said on Thursday" in reading.text, name


def test_hostile_and_broken_documents_are_refused_with_a_sentence_each(tmp_path: Path) -> None:
    deep = "<text:span>" * 100_000
    for name, content, reason in (
        ("a.odt", b"no zip", "is no OpenDocument text"),
        ("a.odt", packed({"word/document.xml": b"<x/>"}), "is no OpenDocument text"),
        ("a.odt", odt("<text:p>x</text:p>")[:200], "is broken"),
        ("a.odt", odt("<text:p> </text:p>"), "has no text"),
        ("a.odt", odt(f"<text:p>{deep}x"), "is broken"),
        ("a.epub", packed({"mimetype": b"application/epub+zip"}), "is no EPUB"),
        (
            "a.epub",
            epub("<body><p>x</p></body>", more={"META-INF/encryption.xml": b'URI="OPS/text/c 0.xhtml"'}),
            "locked",
        ),
        ("a.rtf", b"plain words", "is no RTF document"),
        ("a.rtf", b"{\\rtf1 " + b"{" * 1_000_000, "has no text"),
        ("a.docx", word(QUOTED)[:2000], "is broken, or no Word document"),
        ("a.eml", b"plain words\n", "is no e-mail"),
        ("a.eml", mail(""), "has no text"),
        ("a.warc", b"plain words\n" * 50, "is broken at its start, or no web archive"),
        ("a.warc.gz", b"\x1f\x8b broken", "is cut off or damaged"),
        ("a.warc", warc(gz=False), "holds no web page"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadableFile, match=reason):
            list(read_file(tmp_path / name, name))
    for content, reason in (
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "old Word document"),
        (b"plain text", "is no Word document"),
        (word(" "), "has no text"),
    ):
        with pytest.raises(UnreadableFile, match=reason):
            extract_docx(content)


def test_entities_reach_no_file_and_grow_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret words", encoding="utf-8")
    paper = unpacked(with_body(word("x"), f"<w:p>{run('Before &b; after.')}</w:p>"))
    for entities in (f'<!ENTITY b SYSTEM "file://{tmp_path / "secret"}">', f'<!ENTITY b "{"a" * 100_000}">', BILLION):
        head = f"<!DOCTYPE d [{entities}]>"
        assert extract_odt(odt("<text:p>Before &b; after.</text:p>", head)).text.split() == ["Before", "after."]
        document = paper["word/document.xml"].replace(b"<w:document", f"{head}<w:document".encode(), 1)
        with_entities = packed(paper | {"word/document.xml": document})
        assert extract_docx(with_entities).text.split() == ["Before", "after."], entities


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    paper, media = word(QUOTED), "word/media/bomb.bin"
    for limit, extract, whole, part, reason in (
        ("MAX_XML", extract_odt, odt("x"), "b.xml", "MB of text"),
        ("MAX_XML", extract_epub, epub("x"), "OPS/b.xhtml", "MB of text"),
        ("MAX_XML", extract_docx, paper, "word/bomb.xml", "MB of text"),
        ("MAX_UNPACKED", extract_docx, paper, media, "unpacks to more than"),
    ):
        bomb = with_part(whole, part, b"\0" * 3_000_000)
        assert len(bomb) < 100_000
        with monkeypatch.context() as patch:
            patch.setattr(documents, limit, 2_000_000)
            with pytest.raises(UnreadableFile, match=reason):
                extract(bomb)
    monkeypatch.setattr(saved_pages, "MAX_UNPACKED_ARCHIVE", 100_000)
    (tmp_path / "a.warc.gz").write_bytes(warc(("https://example.org/b", b"x" * 200_000)))
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        list(read_file(tmp_path / "a.warc.gz", "a.warc.gz"))


def test_a_web_archive_gives_an_article_a_record_with_its_address(tmp_path: Path) -> None:
    russian = article(words="“Гавань откроется,” сказала мэр.").decode().encode("cp1251")
    elsewhere = article(head='<link rel="canonical" href="https://other.example/x">')
    pages = (
        ("https://example.org/1", russian),
        ("https://example.org/", b"<p>x</p>"),
        ("https://example.org/2", elsewhere),
    )
    for name, content in (("a.warc.gz", warc(*pages)), ("b.WARC", warc(*pages, gz=False))):
        (tmp_path / name).write_bytes(content)
        first, failed, second = read_file(tmp_path / name, name)
        assert isinstance(first, Reading), name
        assert isinstance(failed, Failure), name
        assert isinstance(second, Reading), name
        assert "Гавань откроется" in first.text, name
        assert (first.source, first.url, first.published) == (f"{name}#2", "https://example.org/1", "2024-03-12"), name
        assert (failed.source, second.source) == (f"{name}#3", f"{name}#4"), name
        assert second.url == "https://example.org/2", name
    assert examined(tmp_path / "a.warc.gz")[0].startswith("record 3 ")
    (tmp_path / "cut.warc.gz").write_bytes(warc(*pages)[:-200])
    (tmp_path / "cut.warc").write_bytes(warc(*pages, gz=False)[:-200])
    for name in ("cut.warc", "cut.warc.gz"):
        whole, *_, last = read_file(tmp_path / name, name)
        assert isinstance(whole, Reading), name
        assert isinstance(last, Failure), name
        assert "is cut off" in last.reason, name


def test_an_archive_is_handed_in_indexed_and_watched_for_changes_like_lines(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "data")
    content = warc(("https://example.org/1", article("One")), ("https://example.org/2", article("Two", "She spoke.")))
    assert safe_name("../My Crawl.WARC.GZ") == "My Crawl.warc.gz"
    Uploads(store).take("crawl.warc.gz", io.BytesIO(content))
    report = sync_uploads(store, embedder=WordEmbedder(), settings=Settings(data=store.data))
    assert (report.articles, report.failed) == (2, ())
    with store.reading() as view:
        articles = view.articles(view.sources())
    assert list(articles) == ["uploads/crawl.warc.gz#2", "uploads/crawl.warc.gz#3"]
    assert changes_of_files(articles.values(), None, store.data) == {}
    again = sync_uploads(store, embedder=WordEmbedder(), settings=Settings(data=store.data))
    assert (again.added, again.changed) == (0, 0)
    (store.data / "uploads/crawl.warc.gz").write_bytes(warc(("https://example.org/1", article("One"))))
    assert changes_of_files(articles.values(), None, store.data) == {"uploads/crawl.warc.gz#3": "changed"}
    store.close()


QUOTED = "“The talks go on,” Ada Lund said."


def run(words: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'


def test_a_word_document_is_read_and_its_title_and_author_are_believed_if_the_text_bears_them_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.docx").write_bytes(word(QUOTED, "She left.", headline="Talks go on"))
    (reading,) = read_file(tmp_path / "a.docx", "a.docx")
    assert isinstance(reading, Reading)
    assert reading.extractor.startswith("python-docx ")
    assert (reading.text, reading.title, reading.published) == (
        f"Talks go on\n{QUOTED}\nShe left.",
        "Talks go on",
        None,
    )
    assert extract_docx(word("Talks go on", "By Ada Lund", title="Talks go on", author="Ada Lund")).fields == {
        "title": "Talks go on",
        "author": "Ada Lund",
    }
    assert extract_docx(word(QUOTED, title="Template", author="python-docx")).fields == {}


def test_tracked_changes_links_tables_and_boxes_read_as_they_stand_and_what_is_struck_out_is_not() -> None:
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
    raised, kept = 'vertAlign w:val="superscript"', 'strike w:val="0"'
    xml = (
        f"<w:p>{run('“We ')}{looking('strike', 'never ')}{looking('dstrike', 'ever ')}{run('check')}"
        f"{looking(raised, '1')}{run(',” Vale said.')}{looking(raised, '[2]')}{looking('vanish', ' Draft.')}</w:p>"
        f"<w:p>{run('It is ')}{looking(kept, '40 km')}{looking(raised, '2')}{run(', she said.')}</w:p>"
        f"<w:p><w:moveFrom>{run('Moved.')}</w:moveFrom><w:moveTo>{run('Here.')}</w:moveTo></w:p>"
    )
    said = ["“We check,” Vale said.", "It is 40 km2, she said.", "Here."]
    assert extract_docx(with_body(word("x"), xml)).text.split("\n") == said


def looking(look: str, words: str) -> str:
    return f'<w:r><w:rPr><w:{look}/></w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'
