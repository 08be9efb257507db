"""Extracts the text that a reader sees from HTML: no menus, no hidden and no struck-out text."""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from typing import Any, Final

from lxml.etree import XPath, iterwalk, strip_elements, strip_tags  # type: ignore[import-untyped]
from lxml.html import builder, defs, fragment_fromstring  # type: ignore[import-untyped]

from rag.core.errors import UnreadableFile
from rag.ingestion.catalogue import is_web_address
from rag.text.quantities import iso_date
from rag.text.quotation_marks import CLOSING, OPENING

Element = Any
"""An element of lxml, which has no types."""

EXTRACTOR: Final = "HTML as seen 1"
"""Names the rules of this file. Another name tells texts that were cleaned by other rules."""

_UNSEEN: Final = frozenset({"del", "s", "strike", "template", "noscript"})
_UNSEEN_STYLE: Final = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|text-decoration(?:-line)?:[^;]*line-through"
)
_NESTED_RULES: Final = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|/\*.*?\*/", re.DOTALL)
_RULE: Final = re.compile(r"([^{}]+)\{([^{}]*)\}")
_MOST: Final = 0.5
"""Share of a page's text above which a hidden element is the page itself, which a script would show."""
_GONE: Final = "gone"
"""The name of an element that is about to be stripped."""
_WORDS: Final = XPath(".//text()[not(parent::script or parent::style)]")

_MARK: Final = re.compile(
    r"[⁰¹²³⁴-⁹]{1,3}|(?:\[[^\[\]]{1,40}\]\s*)+|\(?\d{1,3}\)?(?:\s*[,–-]\s*\d{1,3})*|\(?[*†‡§¶]{1,3}\)?|\([a-z]\)"
)
"""What stands for a footnote, if it is raised or leads to one."""
_LINKED_MARK: Final = re.compile(rf"{_MARK.pattern}|[a-z]|[ivx]{{1,5}}|[\W_]{{1,3}}")
_NOTE: Final = re.compile(
    r"_?(?:fn|ftn|edn|sdfootnote|sdendnote|foot|end|note|cite|citation|ref|reference)", re.IGNORECASE
)
_OF_A_NOTE: Final = re.compile(r"foot-?note|end-?note|note-?ref|\bfn\b|\breference\b", re.IGNORECASE)
_RAISED: Final = str.maketrans("0123456789-−+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺")
_RAISED_DIGITS: Final = re.compile("(?<=[^\\W\\d_⁰¹²³⁴-⁹])[⁰¹²³⁴-⁹]+|(?<=[.,;:!?”’\"')])[⁰¹²³⁴-⁹]+")
_NEAR: Final = 12
"""Characters in front of a raised number that tell whether it is a power."""
_POWER: Final = re.compile(
    r"(?:^|[\d\s(/·])(?:[kcdmn]?m|(?<=\d)(?:ft|in|mi|yd))|(?:^|[^\w.,])(?:10|[b-zB-HJ-Z])|\b[A-Z]?=\w{1,2}"
)
"""What a raised number behind it is a power of: a unit of length, ten, a variable."""

_CLOSES: Final = re.compile(rf"[.,;:!?]?[{CLOSING}]")
_MARKS: Final = (("“", "”"), ("‘", "’"))
_SIGNS: Final = "—–-―~ \xa0"
_INVISIBLE: Final = dict.fromkeys(map(ord, "\xad\u200b\u2060\ufeff"))

_BLOCKS: Final = (defs.block_tags - {"ins", "del"}) | frozenset(
    "br td th tr li dd dt figcaption caption article section main".split()  # noqa: SIM905
)
_FEWEST_OF_A_CAPTION: Final = 5
"""Words that tell something; fewer name an agency or a photographer."""
_LONG_CELL: Final = 300
"""Characters of a cell of which no table of figures has one."""

_TAG: Final = re.compile(
    r"<(?P<end>/)?(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))*\s*/?>"
)
_ENTITY: Final = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|(?P<name>[a-zA-Z][a-zA-Z0-9]{1,30}));")
_ALONE: Final = frozenset({"p", "br", "hr", "img", "li"})
"""Elements that need no end."""


def is_html(text: str) -> bool:
    """Tells whether a text is written in HTML: it has elements with an end, or entities.

    "a < b" and "AT&T" have neither.
    """
    names = {(match["name"].lower(), bool(match["end"])) for match in _TAG.finditer(text)}
    elements = {name for name, is_end in names if not is_end and name in defs.tags}
    return any(name in _ALONE or (name, True) in names for name in elements) or _has_entity(text)


def plain_text(text: str) -> str:
    """Returns the text of an article that may be written in HTML, a line for each block.

    Any other text stays as it is.
    """
    if not is_html(text):
        return text
    if not _TAG.search(text):
        unescaped = html.unescape(text)
        return plain_text(unescaped) if _TAG.search(unescaped) and is_html(unescaped) else unescaped
    return visible_text(fragment_fromstring(text, create_parent="div"))


def visible_text(tree: Element) -> str:
    """Returns the text of a tree as a reader sees it, a line for each block; changes the tree."""
    clean(tree)
    strip_elements(tree, "script", "style", "head", with_tail=False)
    if any(element.tag in _BLOCKS for element in tree.iterdescendants()):
        return "\n".join(_lines(tree))
    return str(tree.text_content()).strip()


def clean(tree: Element) -> None:
    """Changes the tree to what a reader of the page sees, with quotation marks around what is marked as quoted."""
    _drop_unseen(tree)
    _drop_footnote_marks(tree)
    _mark_quotations(tree)
    _sign_quotations(tree)
    _open_layout_tables(tree)
    for element in tree.iter("*"):
        element.text = element.text and _plain(element.text)
        element.tail = element.tail and _plain(element.tail)


def _plain(text: str) -> str:

    def seen(match: re.Match[str]) -> str:
        return "" if is_footnote_mark(match[0], text[max(0, match.start() - _NEAR) : match.start()]) else match[0]

    return _RAISED_DIGITS.sub(seen, text.translate(_INVISIBLE))


def is_footnote_mark(raised: str, before: str) -> bool:
    """Tells whether raised characters stand for a footnote; a number may be a power of what stands `before` it."""
    if not _MARK.fullmatch(raised):
        return False
    return not raised.isdigit() or re.search(rf"(?:{_POWER.pattern})$", before) is None


def headings(tree: Element) -> frozenset[str]:
    """Returns the lines that are marked as headings below the headline."""
    return frozenset(_joined(element) for element in tree.iterdescendants("h2", "h3", "h4", "h5", "h6"))


def keep_captions(tree: Element) -> frozenset[str]:
    """Turns every caption into a paragraph, as it would go with its picture, and returns them."""
    captions = set()
    for caption in list(tree.iterdescendants("figcaption")):
        figure, words = next(caption.iterancestors("figure"), None), _joined(caption)
        if figure is not None and len(words.split()) >= _FEWEST_OF_A_CAPTION:
            captions.add(words)
            figure.addnext(builder.P(words))
    return frozenset(captions)


def _joined(element: Element) -> str:
    return " ".join(element.text_content().split())


def _has_entity(text: str) -> bool:
    names = (match["name"] for match in _ENTITY.finditer(text))
    return any(name is None or f"{name};" in html5 for name in names)


def _drop_unseen(tree: Element) -> None:
    most = _MOST * _length(tree)
    hidden = _hidden_by_style(tree)
    for element in [element for element in tree.iterdescendants("*") if _is_unseen(element, hidden)]:
        if element.tag in _UNSEEN or _length(element) <= most:
            _empty(element)
    strip_elements(tree, _GONE, with_tail=False)


def _empty(element: Element) -> None:
    element.clear(keep_tail=True)
    element.tag = _GONE


def _hidden_by_style(tree: Element) -> frozenset[str]:
    rules = _RULE.findall(_NESTED_RULES.sub("", " ".join(element.text or "" for element in tree.iter("style"))))
    hiding = (chosen for chosen, looks in rules if _UNSEEN_STYLE.search("".join(looks.lower().split())))
    return frozenset(name.strip() for chosen in hiding for name in chosen.split(","))


def _is_unseen(element: Element, hidden: frozenset[str]) -> bool:
    if element.tag in _UNSEEN or "hidden" in element.attrib:
        return True
    if element.get("aria-hidden") == "true" and any(map(str.isalnum, element.text_content())):
        return True  # marks alone are an ornament of what is read out beside them, or the marks of a quotation
    names = {f".{name}" for name in element.get("class", "").split()} | {f"#{element.get('id')}"}
    if hidden & names:
        return True
    return _UNSEEN_STYLE.search("".join(element.get("style", "").lower().split())) is not None


def _length(element: Element) -> int:
    return sum(map(len, _WORDS(element)))


def _drop_footnote_marks(tree: Element) -> None:
    """Drops raised marks and links that lead to notes; a power stays, as raised digits."""
    for element in list(tree.iterdescendants("sup", "a", "span")):
        text = _joined(element)
        if not text:
            continue
        if _leads_to_note(element, text) or (
            (element.tag == "sup" or "vertical-align:super" in "".join(element.get("style", "").split()))
            and _is_raised_mark(element, text)
        ):
            _empty(element)
        elif element.tag == "sup" and _MARK.fullmatch(text):
            element.clear(keep_tail=True)
            element.text = text.translate(_RAISED)
    strip_elements(tree, _GONE, with_tail=False)


def _leads_to_note(element: Element, text: str) -> bool:
    is_noted = element.get("role") == "doc-noteref" or _OF_A_NOTE.search(element.get("class", "")) is not None
    if is_noted and _LINKED_MARK.fullmatch(text):
        return True
    _, hash_sign, fragment = element.get("href", "").partition("#")
    if element.tag != "a" or not hash_sign or not _LINKED_MARK.fullmatch(text):
        return False
    return _NOTE.match(fragment) is not None or (
        _MARK.fullmatch(text) is not None and _before(element)[-1:].strip() != ""
    )


def _is_raised_mark(element: Element, text: str) -> bool:
    """Tells whether what is raised stands for a note: a link does, a bare number may be a power, or an isotope's."""
    if element.find(".//a[@href]") is not None:
        return _LINKED_MARK.fullmatch(text) is not None
    before, after = _before(element), element.tail or ""
    is_isotope = not before[-1:].strip() and after[:1].isalpha()
    return not is_isotope and is_footnote_mark(text, before)


def _before(element: Element) -> str:
    """Returns the last characters in front of an element, in its block."""
    words = ""
    while element is not None and len(words) < _NEAR and element.tag not in _BLOCKS:
        previous = element.getprevious()
        for _ in range(_NEAR):
            if previous is None or len(words) >= _NEAR:
                break
            own = previous.text_content() if isinstance(previous.tag, str) else ""
            words = (own + (previous.tail or ""))[-_NEAR:] + words
            previous = previous.getprevious()
        element = element.getparent()
        words = ((element.text or "")[-_NEAR:] if element is not None else "") + words
    return words


def _mark_quotations(tree: Element) -> None:
    """Writes the quotation marks that a browser shows around `<q>`, those within another single ones."""
    quoted = [(element, sum(1 for _ in element.iterancestors("q"))) for element in tree.iterdescendants("q")]
    for element, depth in quoted:
        text = element.text_content().strip()
        if (
            text
            and not (text[0] in OPENING and text[-1] in CLOSING)
            and not (_before(element)[-1:] in {*OPENING} and _CLOSES.match(element.tail or "") is not None)
        ):
            opening, closing = _MARKS[depth % 2]
            element.text = opening + (element.text or "").lstrip()
            _append(element, closing)
    strip_tags(tree, "q")


def _append(element: Element, words: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "").rstrip() + words
    else:
        element.text = (element.text or "").rstrip() + words


def _sign_quotations(tree: Element) -> None:
    """Sets a block quotation in lines and its signature in one of its own; a signed one gets quotation marks."""
    for block in list(tree.iterdescendants("blockquote")):
        if block.getparent() is None:
            continue
        figure = next(block.iterancestors("figure"), None)
        signature = _take_signature(block, figure)
        lines = [line for line in _lines(block) if line.strip(_SIGNS)]
        if not signature and len(lines) > 1 and lines[-1][0] in "—–―":
            signature = lines.pop().strip(_SIGNS)
        if signature and lines:
            lines = [*_quoted(lines), f"— {signature}"]
        _replace(figure if figure is not None else block, lines)


def _take_signature(block: Element, figure: Element) -> str:
    """Removes the `<footer>`, `<figcaption>` or closing `<cite>` of a block quotation, and returns its words."""
    own = [*block.iterdescendants("footer"), *block.iterdescendants("cite")]
    found = own or ([*figure.iterdescendants("figcaption")] if figure is not None else [])
    if not found:
        return ""
    signed = found[0] if found[0].tag != "cite" else found[-1]
    words = _joined(signed)
    if signed.tag == "cite" and not (_stands_apart(signed) and _is_last(signed, block)):
        return ""
    signed.drop_tree()
    return words.strip(_SIGNS)


def _stands_apart(cite: Element) -> bool:
    """Tells whether a citation is set off: nothing, a dash or a line break is in front of it."""
    previous = cite.getprevious()
    before = _before(cite).strip(" \xa0\n\t")
    is_behind_break = previous is not None and previous.tag == "br"
    return cite.getparent().tag != "p" or not before or before[-1] in "—–-―" or is_behind_break


def _is_last(element: Element, block: Element) -> bool:
    while element is not block:
        if (element.tail or "").strip() or any(later.text_content().strip() for later in element.itersiblings("*")):
            return False
        element = element.getparent()
    return True


def _quoted(lines: list[str]) -> list[str]:
    """Returns the paragraphs of a quotation with their marks: each opens it, the last closes it."""
    if lines[0][0] in OPENING:
        return lines
    lines = [f"“{line.rstrip(_SIGNS)}" for line in lines]
    return [*lines[:-1], f"{lines[-1]}”"]


def _replace(element: Element, lines: list[str]) -> None:
    division = builder.DIV(*map(builder.P, lines))
    division.tail = element.tail
    element.getparent().replace(element, division)


def _open_layout_tables(tree: Element) -> None:
    """Turns tables that only set out a page into blocks, innermost first."""
    for table in reversed(list(tree.iter("table"))):
        if _is_layout(table):
            for part in [table, *_parts(table)]:
                part.tag = "div"


def _parts(table: Element) -> list[Element]:
    parts = table.iterdescendants("thead", "tbody", "tfoot", "tr", "td", "th", "caption")
    return [part for part in parts if next(part.iterancestors("table")) is table]


def _is_layout(table: Element) -> bool:
    """Tells whether a table sets out blocks, not data: it says so, or has no head but cells that hold paragraphs."""
    if table.get("role") in {"presentation", "none"}:
        return True
    parts = _parts(table)
    cells = [part for part in parts if part.tag in {"td", "th"}]
    if any(part.tag in {"th", "caption", "thead"} for part in parts):
        return False
    rows = [part for part in parts if part.tag == "tr"]
    return len(cells) <= len(rows) or any(_holds_blocks(cell) for cell in cells)


def _holds_blocks(cell: Element) -> bool:
    blocks = sum(1 for _ in cell.iterdescendants("p", "div", "ul", "ol", "blockquote", "article", "section"))
    heads = cell.find(".//table") is not None or any(True for _ in cell.iterdescendants("h1", "h2", "h3"))
    return heads or blocks > 1 or len(cell.text_content()) > _LONG_CELL


def _lines(tree: Element) -> Iterator[str]:
    """Yields the text of a tree, a line for each block and each row of a table, without blank ones."""
    line = ""
    for event, element in iterwalk(tree, events=("start", "end", "comment")):
        is_block = element.tag in _BLOCKS
        if is_block and element.tag in {"td", "th"}:
            line += "" if event == "start" or not line.strip() else " | "
        elif is_block:
            if joined := " ".join(line.split()).removesuffix(" |"):
                yield joined
            line = ""
        line += (element.text if event == "start" else element.tail if element is not tree else "") or ""
    if joined := " ".join(line.split()):
        yield joined


_DECLARED = re.compile(rb"<(?:meta[^>]*charset|\?xml[^>]*encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_NO_MARKUP = re.compile(r"<(script|style|svg)\b.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_MOST_MARKUP = 1_000_000
"""Real article pages stay under 250,000 characters; extraction takes some 6 seconds for each million."""
_PUBLISHED_META: Final = frozenset(
    """
    article:published_time og:article:published_time og:published_time datepublished parsely-pub-date sailthru.date
    pubdate publish-date publish_date dc.date.issued dcterms.issued
    """.split()  # noqa: SIM905
)
"""Names of `<meta>` that mean the article's own day of publication, in lower case; not "date", which may be any day."""
_ARTICLE_TYPES: Final = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|Report)$")
"""schema.org's Article and its kinds (NewsArticle, ReportageNewsArticle, …)."""


@dataclass(frozen=True, slots=True)
class Page:
    """A web page's main text, and what its metadata say, unchecked."""

    text: str
    extractor: str
    fields: dict[str, str | None]
    headings: frozenset[str] = frozenset()
    captions: frozenset[str] = frozenset()


def declared_encoding(content: bytes) -> str | None:
    """Returns the encoding that the page itself declares near its start."""
    match = _DECLARED.search(content[:4096])
    return match[1].decode("ascii") if match else None


def extract_html(html: str) -> Page:
    """Returns the main text of a page. Raises UnreadableFile if there is none, or too much to look for it."""
    import trafilatura
    from trafilatura.metadata import extract_metadata

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it finds wrong is said by the error below
    if len(_NO_MARKUP.sub("", html)) > _MOST_MARKUP:
        raise UnreadableFile(f"is a page of more than {_MOST_MARKUP:,} characters of markup; save its text as .txt")
    tree = trafilatura.load_html(html)
    if tree is None:
        raise UnreadableFile("is not HTML; save plain text as .txt")
    published = _published(tree)
    clean(tree)
    captions = keep_captions(tree)
    text = trafilatura.extract(tree, include_comments=False)
    if not text:
        raise UnreadableFile("has no main text that can be told from its menus; save the article's text as .txt")
    # Its own dates are guesses (any day on the page will do), so the quickest setting is good enough.
    found = extract_metadata(tree, date_config={"extensive_search": False, "original_date": True})
    fields = {
        "title": found.title,
        "outlet": found.sitename,
        "published": published,
        "url": found.url if found.url and is_web_address(found.url) else None,
        "author": found.author,
    }
    return Page(text, f"trafilatura {trafilatura.__version__}, {EXTRACTOR}", fields, headings(tree), captions)


def _published(tree: Any) -> str | None:  # noqa: ANN401 (lxml comes without types)
    """Returns the day that the page's metadata state as that of publication; None unless they state exactly one.

    Meta tags are believed before JSON-LD, and both before `<time>`: a list of other articles may carry the latter two.
    """
    for statements in (_meta_dates(tree), _linked_dates(tree), _time_dates(tree)):
        days = {day for value in statements if (day := iso_date(value))}
        if days:
            return days.pop() if len(days) == 1 else None
    return None


def _meta_dates(tree: Any) -> Iterator[str]:  # noqa: ANN401 (lxml comes without types)
    for meta in tree.iterfind(".//meta[@content]"):
        names = {(meta.get(name) or "").lower() for name in ("property", "name", "itemprop")}
        if names & _PUBLISHED_META:
            yield meta.get("content")


def _linked_dates(tree: Any) -> Iterator[str]:  # noqa: ANN401 (lxml comes without types)
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            graph = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue  # a page's broken metadata say nothing
        yield from _article_dates(graph)


def _article_dates(node: object) -> Iterator[str]:
    """Yields dates of articles at the top of JSON-LD or in its @graph."""
    if isinstance(node, list):
        for item in node:
            yield from _article_dates(item)
    elif isinstance(node, dict):
        kinds = node.get("@type")
        published = node.get("datePublished")
        names = kinds if isinstance(kinds, list) else [kinds]
        if isinstance(published, str) and any(_ARTICLE_TYPES.match(str(name)) for name in names):
            yield published
        if "@graph" in node:
            yield from _article_dates(node["@graph"])


def _time_dates(tree: Any) -> Iterator[str]:  # noqa: ANN401 (lxml comes without types)
    for time in tree.iterfind(".//time[@datetime]"):
        if "pubdate" in time.attrib or (time.get("itemprop") or "").lower() == "datepublished":
            yield time.get("datetime")
