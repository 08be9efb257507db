"""Finds what stands in quotation marks, whether it was speech or not.

Only outermost quotes are found: what is nested belongs to the quote around it. An apostrophe is no mark. A quote that
runs over several paragraphs, each opened anew and only the last closed, gives one piece a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rag.core import Article, Span
from rag.text.tokens import has_words

CLOSERS = {
    "“": '”"',
    "”": "”",  # Swedish and Finnish fashion
    "„": '“”"',
    "«": "»",
    "»": "«",
    "‹": "›",
    "‘": "’",
    '"': '"”',
    "'": "'",
}
"""Which marks may close what each mark opens; the later ones are slips that news sites make."""

OPENING = "“‘«„\"'"
CLOSING = "”’»“\"'"
SENTENCE_END = re.compile(r"""[.!?…。！？‽؟۔।]["'”’»›)\]}*_]*\s*$""")
ABBREVIATED = (
    "Mr Mrs Ms Dr Prof Sen Rep Gov Gen Col Lt Sgt Capt Cmdr Maj Adm Rev Hon St Mt vs cf Inc Ltd Corp Bros Co Jr Sr"
)
"""Words whose full stop ends no sentence."""
QUOTATION = re.compile(r"[“«\"](?P<words>[^“”«»\"]+)[”»\"]")
"""A quotation within one sentence that a person or a model writes."""

_ONE_FORM = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2007": " ", "\t": " ", "\n": " ", "\r": " ",
})  # fmt: skip


def folded_marks(text: str) -> str:
    """Returns the text with one form for all quotation marks, dashes and spaces; the length stays."""
    return text.translate(_ONE_FORM)


_DOUBLED = re.compile(r"(?:''|``)\s*(?P<inner>[^'`\s](?:[^'`]|'(?!'))*?)\s*''")
"""Two single marks for a double one, as wire copy has it."""
_SINGLE = "‘'"
_LONGEST = 5000  # characters; an opening mark without its twin must not swallow the article


@dataclass(frozen=True, slots=True, order=True)
class Quotation:
    """A stretch in quotation marks within one paragraph.

    `outer` holds the marks, `inner` does not. `continues` says that the same quote goes on in the next paragraph,
    `marked` is False for words that are given as a quote but printed without marks.
    """

    outer: Span
    inner: Span
    continues: bool = False
    marked: bool = True


def quotations(article: Article) -> tuple[Quotation, ...]:
    """Finds every outermost quotation in the body, in order."""
    found: list[Quotation] = []
    carried: str | None = None  # the mark of a quote that the paragraph before left open
    spans = [block.span for block in article.body]
    for number, span in enumerate(spans):
        following = spans[number + 1] if number + 1 < len(spans) else None
        pieces, carried = _in_paragraph(article.text, span, _first_mark(article.text, following), carried)
        found.extend(pieces)
    return tuple(found)


def widened_to_quotations(text: str, span: Span, within: Iterable[Quotation]) -> Span:
    """Widens or narrows `span` so that it cuts no quotation of `within` in two.

    A mark that opens right before the span or closes right after it is taken in; if the span is nothing but one
    quotation, its marks are left out.
    """
    start, end = span.start, span.end
    for quotation in within:
        if not quotation.marked or not quotation.outer.overlaps(Span(start, end)):
            continue
        inside = text[max(start, quotation.inner.start) : min(end, quotation.inner.end)]
        if has_words(inside):
            start, end = min(start, quotation.outer.start), max(end, quotation.outer.end)
    for quotation in within:
        if quotation.marked and (start, end) == (quotation.outer.start, quotation.outer.end):
            return quotation.inner
    return Span(start, end)


def _in_paragraph(
    text: str, paragraph: Span, next_mark: str | None, carried: str | None
) -> tuple[list[Quotation], str | None]:
    found: list[Quotation] = []
    position = paragraph.start
    if carried is None and (doubled := list(_DOUBLED.finditer(text, paragraph.start, paragraph.end))):
        return [
            Quotation(Span(match.start(), match.end()), Span(match.start("inner"), match.end("inner")))
            for match in doubled
        ], None
    if carried is not None and not text[paragraph.start : paragraph.end].lstrip().startswith(carried):
        carried = None
    if carried is None and (spaced := _spaced(text, paragraph)):
        return spaced, None
    while (start := _next_opening(text, position, paragraph.end)) is not None:
        end = _closing(text, start, paragraph.end)
        if end is None:
            goes_on = next_mark == text[start] and text[start] not in _SINGLE
            if (goes_on or (carried and not found)) and has_words(text[start + 1 : paragraph.end]):
                found.append(_piece(text, start, paragraph.end, closed=False, continues=goes_on))
                return found, text[start] if goes_on else None
            position = start + 1
            continue
        if has_words(text[start + 1 : end]):
            found.append(_piece(text, start, end, closed=True, continues=False))
        position = end + 1
    return found, None


def _spaced(text: str, paragraph: Span) -> list[Quotation]:
    """Returns the quotes of wire copy that sets straight marks with spaces on both sides: " It is late, " said Novak.

    Such marks open and close in turn. Empty if none has spaces on both sides, or if one reads the other way round.
    """
    places = [place for place in range(paragraph.start, paragraph.end) if text[place] == '"']
    free = [place for place in places if _is_free(text, place - 1, paragraph) and _is_free(text, place + 1, paragraph)]
    if not free or len(places) % 2:
        return []
    pairs = list(zip(places[::2], places[1::2], strict=True))
    turned = any(text[start - 1 : start].isalnum() or text[end + 1 : end + 2].isalnum() for start, end in pairs)
    if turned:
        return []
    return [_piece(text, *pair, closed=True, continues=False) for pair in pairs if has_words(text[slice(*pair)])]


def _is_free(text: str, place: int, paragraph: Span) -> bool:
    return not paragraph.start <= place < paragraph.end or text[place].isspace()


def _piece(text: str, start: int, end: int, *, closed: bool, continues: bool) -> Quotation:
    """Returns the quotation opened at `start`.

    `end` is the closing mark's place, or the paragraph's end without one.
    """
    inner_start, inner_end = start + 1, end
    while text[inner_start].isspace():
        inner_start += 1
    while text[inner_end - 1].isspace():
        inner_end -= 1
    outer_end = end + 1 if closed else inner_end
    return Quotation(Span(start, outer_end), Span(inner_start, inner_end), continues=continues)


def _next_opening(text: str, start: int, end: int) -> int | None:
    for position in range(start, end):
        if text[position] in CLOSERS and _opens(text, position, end):
            return position
    return None


def _opens(text: str, position: int, end: int) -> bool:
    mark = text[position]
    before = text[position - 1] if position else " "
    after = text[position + 1] if position + 1 < end else " "
    if mark in "“«„‹":
        return True
    free_before = before.isspace() or before in "([{—–-/:…,“‘«„<>" or (mark == '"' and not before.isalnum())
    if mark in _SINGLE:
        return free_before and (after.isalpha() or after in '[(“"….' or after.isdigit()) and not _elides(text, position)
    return free_before and not after.isspace()


def _elides(text: str, position: int) -> bool:
    """Tells whether the mark is an apostrophe at the head of a word: ’90s, 'em, ‘til."""
    return (
        re.match(r"[’‘'](?:\d\ds?\b|em\b|til\b|tis\b|twas\b|cause\b|n\b)", text[position : position + 8], re.IGNORECASE)
        is not None
    )


def _closing(text: str, start: int, end: int) -> int | None:
    mark, depth = text[start], 0
    closers = CLOSERS[mark]
    for position in range(start + 1, min(end, start + _LONGEST)):
        character = text[position]
        if mark in _SINGLE:
            if character in closers and _closes_single(text, position, end):
                return position
        elif character == mark and mark not in closers:
            if text[position - 1] in ",.?!" and (position + 1 >= end or text[position + 1].isspace()):
                return position
            depth += 1  # the same mark nested, as some typesetters have it
        elif character in closers:
            if character == '"' and _reads_as_opening(text, position, end):
                continue
            if depth == 0 or character != closers[0]:
                return position
            depth -= 1
    return _last_closer(text, start, end) if depth else None


def _last_closer(text: str, start: int, end: int) -> int | None:
    places = [place for mark in CLOSERS[text[start]] if (place := text.find(mark, start + 1, end)) != -1]
    return min(places, default=None)


def _reads_as_opening(text: str, position: int, end: int) -> bool:
    after = text[position + 1] if position + 1 < end else " "
    return text[position - 1].isspace() and after.isalnum()


def _closes_single(text: str, position: int, end: int) -> bool:
    """Returns a single mark closes after a word or its stop.

    Inside a word or after a plural's s it is an apostrophe.
    """
    before, after = text[position - 1], text[position + 1] if position + 1 < end else " "
    if before.isspace() or after.isalnum():
        return False
    if before in ",.?!…—":
        return True
    possessive = before == "s" and re.match(r"\s[a-z]", text[position + 1 : position + 3]) is not None
    return not (possessive and text.find(text[position], position + 1, end) != -1)


def _first_mark(text: str, paragraph: Span | None) -> str | None:
    if paragraph is None:
        return None
    first = text[paragraph.start : paragraph.end].lstrip()[:1]
    return first if first in CLOSERS else None
