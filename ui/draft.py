"""Check a draft, as escaped HTML: each quotation in it, how it stands, and its source. It knows no searching."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, Protocol

from rag.core import Span, Statement
from ui.chat import count
from ui.credit import NOT_CERTAIN, Credit, credit_of, spoken_within, tag_html
from ui.escape import attribute, text
from ui.source import SourceLink

DRAFT_LIMIT = 200_000
"""Longest draft in characters: a short book."""

FILES = ".txt,.md,.docx"
"""Suffixes of the files that can be opened as drafts."""

NOTHING: Mapping[str, Sequence[Statement]] = MappingProxyType({})

VERDICTS = {
    "verbatim": "Verbatim",
    "altered": "Altered",
    "wrong_speaker": "Wrong speaker",
    "not_said": "Not said",
    "withdrawn": "Withdrawn",
    "disputed": "Disputed",
    "fabricated": "Made up",
    "fictional": "Fiction",
    "too_short": "Too short to tell",
    "not_found": "Not found",
}

CAUTIONS = {
    "relayed": "only passed on",
    "ambiguous": "speaker left open",
    "uncertain": NOT_CERTAIN,
    "unattributed": "no speaker named",
}
"""What else must be known of words that stand verbatim."""


class Piece(Protocol):
    """A run of words in a comparison: the same in both, or in one alone."""

    @property
    def side(self) -> Literal["same", "draft", "article"]:
        """Where it stands."""

    @property
    def text(self) -> str:
        """The words."""


class Found(Protocol):
    """Where the words stand in an article, or those nearest to them."""

    @property
    def source(self) -> str:
        """The article."""

    @property
    def line(self) -> int:
        """The line there."""

    @property
    def start(self) -> int:
        """Where the words begin in it."""

    @property
    def end(self) -> int:
        """Where they end."""

    @property
    def quote(self) -> str:
        """The exact words there."""

    @property
    def title(self) -> str | None:
        """The article's title."""

    @property
    def outlet(self) -> str | None:
        """Who printed it."""

    @property
    def published(self) -> str | None:
        """When."""

    @property
    def speaker(self) -> str | None:
        """Whom the record credits with them."""


class Checked(Protocol):
    """A quotation of a draft, how it stands, and where its words are."""

    @property
    def text(self) -> str:
        """The quotation without its marks."""

    @property
    def line(self) -> int:
        """Its line in the draft."""

    @property
    def credited(self) -> str | None:
        """Whom the draft names as the speaker."""

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""

    @property
    def found(self) -> Found | None:
        """The words in an article."""

    @property
    def difference(self) -> Sequence[Piece]:
        """What leads from the draft's words to the article's."""

    @property
    def caution(self) -> str | None:
        """One of `CAUTIONS`, if any."""

    @property
    def notes(self) -> Sequence[str]:
        """Sentences on what was allowed for, or could not be told."""


def room_html(*, opens_files: bool = True) -> str:
    """The room before anything is checked."""
    opening = (
        f'<label class="quiet file">Open a file<input type="file" accept="{FILES}"></label>'
        '<span class="hint">a .txt, .md or .docx, or drop one here</span>'
    )
    return (
        '<h2 class="room-title">Check a draft</h2>'
        '<p class="hint">Every quotation in it is held against the articles: the words, and whose they are. '
        "The draft stays on this machine and is not kept.</p>"
        '<form class="drafting" data-room="draft"><label for="draft-text">Your draft</label>'
        f'<textarea id="draft-text" name="text" rows="10" dir="auto" maxlength="{DRAFT_LIMIT}"'
        ' placeholder="Paste a text with quotations in it …"></textarea>'
        '<span class="does"><button type="submit" class="solid">Check it</button>'
        f"{opening if opens_files else ''}"
        '</span></form><div class="findings" aria-live="polite"></div>'
    )


def findings_html(checked: Sequence[Checked], spoken: Mapping[str, Sequence[Statement]] = NOTHING) -> str:
    """How the quotations stand: the count first, then each in the order of the draft.

    `spoken` are the statements of the articles in which they were found.
    """
    if not checked:
        return '<p class="count"><b>No quotation was found in it.</b> Quotations stand between quotation marks.</p>'
    verdicts = Counter(one.verdict for one in checked)
    told = ", ".join(f"{verdicts[verdict]} {name.lower()}" for verdict, name in VERDICTS.items() if verdicts[verdict])
    cautions = sum(1 for one in checked if one.caution)
    told += f"; {cautions} with a caution" if cautions else ""
    items = "".join(_item_html(one, spoken) for one in checked)
    return f'<p class="count"><b>{count(len(checked), "quotation")}</b>: {told}</p><ol class="statements">{items}</ol>'


def _item_html(one: Checked, spoken: Mapping[str, Sequence[Statement]]) -> str:
    credited = f" · credited to <bdi>{text(one.credited)}</bdi>" if one.credited else ""
    notes = "".join(f'<p class="where">{text(note)}</p>' for note in one.notes)
    words = "".join(_piece_html(piece) for piece in one.difference) or text(one.text)
    caution = f", {CAUTIONS.get(one.caution, one.caution)}" if one.caution else ""
    verdict = f"{VERDICTS.get(one.verdict, one.verdict)}{caution}"
    return (
        f'<li class="said checked {attribute(one.verdict)}{" cautious" if caution else ""}"><p class="tag">'
        f'<b class="verdict">{text(verdict)}</b><span>line {one.line:,}{credited}</span></p>'
        f'<blockquote dir="auto">“{words}”</blockquote>{_found_html(one, spoken)}{notes}</li>'
    )


def _piece_html(piece: Piece) -> str:
    """Words of the draft alone are struck out, words of the article alone are put in."""
    element = {"draft": "del", "article": "ins"}.get(piece.side)
    words = text(piece.text)
    return f"<{element}>{words}</{element}> " if element else f"{words} "


def _found_html(one: Checked, spoken: Mapping[str, Sequence[Statement]]) -> str:
    """The words in the article and who speaks there, with the way to them."""
    found = one.found
    if found is None:
        return '<p class="where">No article holds words like these.</p>'
    span = Span(found.start, found.end)
    tag = tag_html(
        _credit(found, spoken_within(spoken.get(found.source, ()), span)),
        *([part for part in (found.outlet, found.title) if part] or [found.source]),
        f"line {found.line:,}",
        on=found.published or "",
        element="p",
    )
    href = SourceLink(found.source, span).href
    return (
        f'<div class="beside">{tag}<p class="source-words" dir="auto">'
        f'{text(found.quote)}&nbsp;<a class="chip open" href="{attribute(href)}"'
        f' aria-label="Open {attribute(found.source)} at line {found.line}">open</a></p></div>'
    )


def _credit(found: Found, spoken: Sequence[Statement]) -> Credit:
    """Whom the article credits there, with all that the record knows of it."""
    nobody = "Nobody is named there"
    known = [credit_of(one, nobody) for one in spoken if one.speaker == found.speaker]
    return known[0] if known else Credit(found.speaker or nobody)
