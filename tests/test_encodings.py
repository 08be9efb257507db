"""Whatever encoding a text comes in, its characters are `content.decode(encoding)`, or it is refused with a reason.

A UTF-8 file that is damaged is `content.decode(encoding, errors="replace")`, and stays English.
"""

import codecs
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.errors import UnreadableFile
from rag.ingestion.encodings import decode

RUSSIAN = "Министр иностранных дел заявил в четверг, что Москва готова помочь нормализации отношений. «Мы надеемся»."
JAPANESE = "外務大臣は木曜日に東京で記者団に対し、交渉は続いていると述べた。首相は会談の結果に満足していると語った。"
CHINESE = "外交部长周四在北京对记者说，谈判仍在继续。总理表示对会谈结果感到满意。中国反对导弹发射。"
ENGLISH = "The café’s owner — a “naïve” man — had paid £600 for it. He didn’t say why."


def test_a_mark_settles_the_encoding_which_else_is_believed_as_declared_or_guessed_aloud() -> None:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ):
        decoded = decode(mark + ENGLISH.encode(encoding))
        assert (decoded.text, decoded.encoding, decoded.warning) == ("\ufeff" + ENGLISH, encoding, None), mark
    for text, encoding in (
        (ENGLISH, "cp1252"),
        ("Der Außenminister Müller erklärte, die Gespräche würden für übermäßig lange Zeit ausgesetzt.", "latin-1"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (CHINESE, "gb18030"),
        (CHINESE, "big5"),
        (RUSSIAN, "utf-16-le"),
        (ENGLISH, "utf-16-be"),
    ):
        content = text.encode(encoding, "ignore")
        decoded = decode(content)
        assert decoded.text == content.decode(encoding) == content.decode(decoded.encoding), text
        assert decoded.warning is not None, text
        assert decoded.encoding in decoded.warning, text
    decoded = decode(JAPANESE.encode("iso2022_jp"))
    assert (decoded.text, decoded.warning) == (JAPANESE, None)
    decoded = decode("Başbakan açıkladı.".encode("cp1254"), declared="windows-1254")
    assert (decoded.text, decoded.warning) == ("Başbakan açıkladı.", None)
    assert decode(ENGLISH.encode("cp1252"), declared="x-none").text == ENGLISH


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
def test_utf_8_is_read_as_it_is_without_a_warning(text: str) -> None:
    decoded = decode(f"Text: {text}\r\n".encode())
    assert (decoded.text, decoded.encoding, decoded.warning) == (f"Text: {text}\r\n", "utf-8", None)


def test_what_is_no_text_is_refused_with_its_reason() -> None:
    for content, reason in (
        (b"", "is empty"),
        (b" \r\n\t\xc2\xa0", "is empty"),
        (b"\xef\xbb\xbf\n", "is empty"),
        (b"%PDF-1.7\n1 0 obj", "is a PDF, not text"),
        (b"PK\x03\x04\x14\x00", "is a ZIP archive or an office document"),
        (b"{\\rtf1 hello}", "is rich text"),
        (b"The text breaks\x00 off here.", "holds NUL bytes"),
        (b"\x7fELF\x02\x01\x01\x00\xff\xfe" + bytes(range(256)), "binary, not text"),
        (bytes(range(1, 9)) * 20, "is binary, not text"),
        ("half \ud800 a pair".encode("utf-8", "surrogatepass"), "holds half of a surrogate pair"),
        (codecs.BOM_UTF16_LE + b"odd", "damaged at byte 4"),
        (codecs.BOM_UTF8 + b"\xe9" * 9, "in no encoding"),
    ):
        with pytest.raises(UnreadableFile, match=reason):
            decode(content)


@given(st.binary(max_size=400))
def test_any_bytes_are_decoded_by_the_named_codec_or_refused(content: bytes) -> None:
    try:
        decoded = decode(content)
    except UnreadableFile:
        return
    assert content.decode(decoded.encoding, "replace" if decoded.is_damaged else "strict") == decoded.text


QUOTED = "“It’s the gate,” warden Ola Brandt said.\n".encode()
DAMAGED = {
    "one byte behind a sentence": (QUOTED + b"It rusts. \xff\n", "1 place (line 2)"),
    "one byte in a word": (b"The ga\x81te rusts.\n" + QUOTED, "1 place (line 1)"),
    "one byte between quotations": (QUOTED + b"\xb3\n" + QUOTED, "1 place (line 2)"),
    "a line of Latin-1": (QUOTED + "Zoë Müller’s café".replace("’", "'").encode("latin-1"), "3 places (line 2)"),
    "a line of Windows-1252": (QUOTED + "“Fine – it is,” he said.".encode("cp1252"), "3 places (line 2)"),
    "a line of Windows-1251": ((QUOTED * 2) + "Мост закрыт".encode("cp1251"), "10 places (line 3)"),
    "cut off within a mark": (QUOTED + b"He waited for \xe2\x80\x9cmore\xe2\x80", "1 place (line 2)"),
    "cut off within the only mark": (b"He waited for more\xe2\x80", "1 place (line 1)"),
    "behind a byte order mark": (codecs.BOM_UTF8 + b"The caf\xe9 is shut.", "1 place (line 1)"),
    "several lines": (QUOTED + b"\xff\n\xff\n\xfe\xff\n\xff\n" + QUOTED * 3, "5 places (lines 2, 3, 4, …)"),
    "one byte that means nothing": (b"The gate rusts. \xff\n", "1 place (line 1)"),
}


def test_bad_bytes_and_words_saved_after_a_misreading_are_told_and_western_text_is_not_damaged() -> None:
    for what, (content, where) in DAMAGED.items():
        decoded = decode(content)
        assert decoded.is_damaged, what
        assert (decoded.encoding, decoded.text) == ("utf-8", content.decode("utf-8", "replace")), what
        assert where in (decoded.warning or ""), what
    assert "Ola Brandt" in decode(QUOTED + b"\xff", declared="windows-1251").text
    assert decode(QUOTED + b"\xff", declared="windows-1251").text.startswith("“It’s")
    for text in ("The café is shut.", "“No,” he said.", "Señor Muñoz left.\nThe gate is shut."):
        assert decode(text.encode("cp1252")).text == text, text
    for text, wrong in product((ENGLISH, RUSSIAN), ("cp1252", "latin-1")):
        decoded = decode(text.encode().decode(wrong, "ignore").encode())
        assert "read in a wrong encoding" in (decoded.warning or ""), (text, wrong)
    for text in ("IRMÃ” – CAFÉ“", "El NIÑO — “AÑO”", "Ãlvaro â la carte: 5 € – 6 €", "50 Â° or so"):
        assert decode(text.encode()).warning is None, text
