"""Decodes text files: finds their encoding, and whether they are text at all.

The rule is one: `content.decode(encoding)` is the text, byte order mark and newlines included. Where a UTF-8 file is
damaged it is `content.decode(encoding, errors="replace")`, and `Decoded.is_damaged` says so.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass, replace

from rag.core.errors import UnreadableFile

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""The codec of each mark is the one that keeps the mark as a character, so that offsets count it."""

_SIGNATURES = (
    (b"%PDF-", "is a PDF, not text; name it .pdf"),
    (b"PK\x03\x04", "is a ZIP archive or an office document, not text; name it .docx, .odt or .epub if it is one"),
    (b"{\\rtf", "is rich text (RTF), not plain text; name it .rtf"),
)

_NEVER_GUESSED = (
    *("cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140"),  # mainframes; any short text looks like these
    *("utf_7", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"),  # settled before guessing
    *("iso8859_14", "cp1006"),  # Celtic and Urdu, and taken for Polish and French
)

_WESTERN = re.compile(r"(?:[\x00-\x7f‘’‚“”„–—…•€£¥§©®™°·«»¡¿ªº¼½¾´\xa0\xadÀ-ÖØ-ÜßŠŒŽŸà-ïñ-öø-üšœž]|(?<=[a-zA-Z])ÿ)*")
"""What Western European text in Windows-1252 is made of; without ð, ý and þ, which stand for ğ, ı and ş in Turkish."""
_CAPITAL_INSIDE_A_WORD = re.compile("[a-zß-ÿ][À-ÖØ-Ü]")
_FEW_STRAY = 2
"""So many bytes above ASCII tell no encoding: what they would be in a guessed one is left open."""
_NAMED_LINES = 3
_MISREAD = re.compile("â[€\x80]|[ÂÃÐÑ][€‚ƒ„…†‡ˆ‰Š‹ŒŽ•–—˜™š›œžŸ\x80-¿]")
"""What UTF-8 looks like to whom takes it for Windows-1252 or Latin-1, and what no word of any language holds."""
_KANA = re.compile("[\u3041-\u30fe]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNLIKELY = {"Cn", "Co", "Cs"}  # unassigned, private and surrogate code points
_CONTROLS_IF_STATED, _CONTROLS_IF_GUESSED = 0.5, 0.01
"""Greatest share of control characters in a text: any bytes can be read in some encoding, few in the one they state."""
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """`text` is `content.decode(encoding)`. `warning` is a sentence where the encoding had to be guessed.

    If `is_damaged`, some bytes are not UTF-8, and `text` is `content.decode("utf-8", errors="replace")`.
    """

    text: str
    encoding: str
    warning: str | None = None
    is_damaged: bool = False


def decode(content: bytes, declared: str | None = None) -> Decoded:
    """Decodes a text file: by byte order mark, as UTF-8, as `declared` by the file itself, else by a guess.

    A few bytes that are not UTF-8 do not make a UTF-8 file another: each is read as U+FFFD, with a warning.
    Raises UnreadableFile for what is empty, is no text or cannot be decoded.
    """
    _refuse_other_formats(content)
    decoded = _by_mark(content) or _by_zeros(content) or _by_escapes(content)
    decoded = decoded or _strictly(content, "utf-8") or damaged_utf_8(content)
    decoded = decoded or _strictly(content, declared) or _guess(content)
    if decoded is None:
        raise UnreadableFile("is in no encoding that can be recognised; save it as UTF-8")
    share = _CONTROLS_IF_GUESSED if decoded.warning and not decoded.is_damaged else _CONTROLS_IF_STATED
    if len(_CONTROLS.findall(decoded.text)) > share * len(decoded.text):
        raise UnreadableFile("is binary, not text")
    check_text(decoded.text)
    return decoded if decoded.warning else replace(decoded, warning=_misread(decoded.text))


def check_text(text: str) -> None:
    """Raises UnreadableFile if the text is blank, or holds what no text can hold."""
    if not text.strip("\ufeff \t\r\n\f\v\xa0\u200b"):
        raise UnreadableFile("is empty")
    if "\x00" in text:
        raise UnreadableFile("holds NUL characters, so it is not text")
    if _SURROGATE.search(text):
        raise UnreadableFile("holds half of a surrogate pair, which is no character; save it as UTF-8 again")


def _refuse_other_formats(content: bytes) -> None:
    start = content[:1024].lstrip()
    for signature, reason in _SIGNATURES:
        if start.startswith(signature):
            raise UnreadableFile(reason)


def _by_mark(content: bytes) -> Decoded | None:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return Decoded(content.decode(encoding), encoding)
            except UnicodeDecodeError as error:
                if encoding == "utf-8":
                    return _replaced(content)
                raise UnreadableFile(
                    f"starts with the mark of {encoding.upper()} but is damaged at byte {error.start}; save it again"
                ) from error
    return None


def _strictly(content: bytes, encoding: str | None) -> Decoded | None:
    if encoding is None:
        return None
    try:
        name = codecs.lookup(encoding).name
        text = content.decode(name)
    except (LookupError, ValueError):
        return None
    return Decoded(text, name)


def damaged_utf_8(content: bytes) -> Decoded | None:
    """Decodes a file that is UTF-8 but for a few bytes; None for one in another encoding throughout.

    Text of another encoding has hardly a sequence of bytes, and hardly a line, that happens to be valid UTF-8.
    """
    places = _damage(content)
    valid = sum(character > "" for character in content.decode("utf-8", "ignore"))
    lines = sum(not line.isascii() for line in content.splitlines())
    is_mostly_valid = valid > 0 and (valid >= sum(places.values()) or lines >= 2 * len(places))
    return _replaced(content) if places and (is_mostly_valid or _is_cut_off(content)) else None


def _replaced(content: bytes) -> Decoded:
    """Returns the text with U+FFFD for each sequence that is not UTF-8. Raises UnreadableFile if it is mostly such."""
    text, places = content.decode("utf-8", "replace"), _damage(content)
    count = sum(places.values())
    if 2 * count > len(text):
        raise UnreadableFile("is in no encoding that can be recognised; save it as UTF-8")
    named = ", ".join(map(str, list(places)[:_NAMED_LINES])) + (", …" if len(places) > _NAMED_LINES else "")
    where = f"{count:,} place{'s' if count > 1 else ''} (line{'s' if len(places) > 1 else ''} {named})"
    warning = f"It is UTF-8 but damaged in {where}, where “�” stands for what cannot be read; save it anew to mend it."
    return Decoded(text, "utf-8", warning, is_damaged=True)


def _damage(content: bytes) -> dict[int, int]:
    lines = enumerate(content.splitlines(keepends=True), start=1)
    broken = {number: line for number, line in lines if _strictly(line, "utf-8") is None}
    return {number: line.decode("utf-8", "replace").count("�") for number, line in broken.items()}


def _is_cut_off(content: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return False
    return content[-1] & 0xC0 == 0x80  # noqa: PLR2004 - what every byte but the first of a character starts with


def _by_zeros(content: bytes) -> Decoded | None:
    """Decodes UTF-16 without a mark: the zeros beside its ASCII tell the order."""
    if b"\x00" not in content:
        return None
    readings = [decoded for name in ("utf-16-le", "utf-16-be") if (decoded := _strictly(content, name))]
    plausible = [
        decoded
        for decoded in readings
        if 10 * sum(map(str.isascii, decoded.text)) >= len(decoded.text)
        and not _UNLIKELY & set(map(unicodedata.category, decoded.text))
    ]
    if not plausible:
        raise UnreadableFile("holds NUL bytes, so it is binary, not text")
    best = max(plausible, key=lambda decoded: sum(map(str.isascii, decoded.text)))
    return replace(best, warning=_guessed(best.encoding))


def _by_escapes(content: bytes) -> Decoded | None:
    """Decodes ISO-2022-JP, which is ASCII to the eye and announces itself by escape sequences."""
    return _strictly(content, "iso2022_jp") if b"\x1b$" in content else None


def _refuse_surrogates(content: bytes) -> None:
    try:
        check_text(content.decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError:
        return  # not that, but some older encoding


def _guess(content: bytes) -> Decoded | None:
    _refuse_surrogates(content)
    encoding = _western(content) or _japanese(content)
    if encoding is None and sum(byte > 0x7F for byte in content) <= _FEW_STRAY:  # noqa: PLR2004 - the last of ASCII
        return _replaced(content)
    encoding = encoding or _statistical(content)
    return Decoded(content.decode(encoding), encoding, _guessed(encoding)) if encoding else None


def _guessed(encoding: str) -> str:
    return f"Its encoding is not stated and was guessed to be {encoding}; save it as UTF-8 to be sure."


def _misread(text: str) -> str | None:
    """Tells whether somebody saved characters that were no longer those of the text; one such pair may be chance."""
    found = _MISREAD.findall(text)
    if len(found) < 2:  # noqa: PLR2004 - two
        return None
    return (
        f"It was once read in a wrong encoding (it holds “{found[0]}”) and is quoted as it is; save it anew to mend it."
    )


def _western(content: bytes) -> str | None:
    decoded = _strictly(content, "cp1252")
    if decoded is None or not _WESTERN.fullmatch(decoded.text) or _CAPITAL_INSIDE_A_WORD.search(decoded.text):
        return None
    letters = sum(character.isalpha() for character in decoded.text)
    accented = sum(character.isalpha() for character in decoded.text if character > "\x7f")
    return "cp1252" if accented <= _FEW_STRAY or accented * 6 <= letters else None


def _japanese(content: bytes) -> str | None:
    """Recognises Shift-JIS, which charset-normalizer takes for Korean: a fifth of such text is kana."""
    decoded = _strictly(content, "cp932")
    if decoded is None:
        return None
    foreign = sum(character > "\x7f" for character in decoded.text)
    return "cp932" if len(_KANA.findall(decoded.text)) * 5 > foreign else None


def _statistical(content: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(content, cp_exclusion=list(_NEVER_GUESSED)).best()
    return best.encoding if best else None
