"""Renders the source panel: an article with the cited words marked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from urllib.parse import urlencode

from markupsafe import Markup

from rag.core import Article, Block, Span, Statement
from ui.exports import UNNAMED_SPEAKER, credit_of, spoken_within
from ui.views.markup import Template, text

_LEGEND = (
    ("direct", "Direct quote", "“The words of a speaker, as the article prints them.”"),
    ("reported", "Reported", "What a speaker said, in the article’s words."),
    ("narration", "The article’s own words", "What the article says in its own name."),
)
VOICES = 2
"""How many speakers are named above a marked slice."""

_FOLDED = {"furniture"}
_SHOWN_AS_HEADING = {"title"}
_SHOW = Template("source.html")


@dataclass(frozen=True, slots=True)
class SourceLink:
    """An address of a slice: the article, the slice itself, its neighbours from the same answer, the file's digest.

    `digest` is None where it is not known; otherwise the page refuses an article that has changed.
    """

    source: str
    at: Span
    also: tuple[Span, ...] = ()
    digest: str | None = None

    @property
    def href(self) -> str:
        """The address, relative to the page; it opens by itself, too, and scrolls to the slice."""
        query = {"name": self.source, "at": _range(self.at)}
        if self.also:
            query["also"] = ",".join(_range(span) for span in self.also)
        if self.digest:
            query["digest"] = self.digest
        return f"source?{urlencode(query)}#cited"


def article_href(source: str) -> str:
    """Returns the address of a whole article."""
    return f"article?{urlencode({'name': source})}"


def parse_span(words: str) -> Span:
    """`1985-2251` as a span. ValueError if it is anything else."""
    start, _, end = words.partition("-")
    return Span(int(start), int(end))


def source_html(
    article: Article, at: Span | None, also: Sequence[Span] = (), spoken: Sequence[Statement] = ()
) -> Markup:
    """Renders the article as the panel shows it. The text of `mark.on` is exactly `article.cut(at)`.

    Without `at` the whole article is shown, and `also` are its statements. `spoken` are the article's statements; those
    at `at` are credited above it.
    """
    if at is None:
        position = f"{len(also):,} passages of speech marked"
    else:
        article.cut(at)
        position = f"line {article.line_of(at.start):,} · characters {at.start:,}–{at.end:,}"
    voices = (
        [
            credit_of(statement, statement.speaker_as_written or UNNAMED_SPEAKER)
            for statement in spoken_within(spoken, at)
        ]
        if at
        else []
    )
    page = SourceLink(article.source, at, digest=article.digest).href if at else article_href(article.source)
    links = (
        (page, "Open in a tab"),
        (f"text?{urlencode({'name': article.source})}", "Open the file’s text"),
    )
    stretches = _stretches(article, at, also)
    return _SHOW("article", article, position, list(dict.fromkeys(voices))[:VOICES], links, stretches)


def panel_html() -> Markup:
    """Renders the empty panel: its buttons, how to read an answer, and a line that announces what it shows."""
    return _SHOW("panel", _LEGEND)


def notice_html(sentence: str) -> Markup:
    """Renders a sentence in place of an article."""
    return _SHOW("notice", sentence)


def source_page(
    article: Article, at: Span | None, also: Sequence[Span] = (), spoken: Sequence[Statement] = ()
) -> Markup:
    """Renders a page of its own around the panel, for a new tab, a bookmark, or a browser without scripts."""
    return bare_page(f"{article.title or article.source} · onrecord", source_html(article, at, also, spoken))


def bare_page(title: str, content: Markup) -> Markup:
    """Renders a page without scripts."""
    return _SHOW("page", title, content)


def _stretches(article: Article, at: Span | None, also: Sequence[Span]) -> Iterator[Markup]:
    """Yields the text in order, with page furniture folded away."""
    blocks = [block for block in article.blocks if block.role not in _SHOWN_AS_HEADING or not article.title]
    for folded, group in groupby(blocks, key=lambda block: block.role in _FOLDED):
        run = list(group)
        if folded:
            words = article.text[run[0].start : run[-1].end]
            yield _SHOW("furniture", sum(1 for line in words.splitlines() if line.strip()), words)
        else:
            yield _flow(article, run, at, also)


def _flow(article: Article, run: Sequence[Block], at: Span | None, also: Sequence[Span]) -> Markup:
    """Returns one run of blocks and the white space between them, cut where a mark or a block begins or ends."""
    first, last = run[0].start, run[-1].end
    edges = {
        edge
        for span in (*([at] if at else []), *also, *(block.span for block in run))
        for edge in (span.start, span.end)
    }
    cuts = sorted({first, last} | {edge for edge in edges if first < edge < last})
    pieces = [Span(start, end) for start, end in pairwise(cuts)]
    starts = [block.start for block in run]
    parts = []
    for mark, group in groupby(pieces, key=lambda piece: _mark(piece, at, also)):
        inner = "".join(_piece(article, run[bisect_right(starts, piece.start) - 1], piece) for piece in group)
        opening = {"on": '<mark class="on" id="cited">', "other": '<mark class="other">'}
        parts.append(f"{opening[mark]}{inner}</mark>" if mark else inner)
    return Markup(f'<div class="flow">{"".join(parts)}</div>')  # noqa: S704 - made of escaped words


def _mark(piece: Span, at: Span | None, also: Sequence[Span]) -> str:
    if at and at.covers(piece):
        return "on"
    return "other" if any(span.covers(piece) for span in also) else ""


def _piece(article: Article, block: Block, piece: Span) -> str:
    """Words of `block`, or the white space that follows it."""
    words = text(article.cut(piece))
    if not block.span.covers(piece):
        return f'<span class="gap">{words}</span>' if "\n" in words or "&#13;" in words else words
    return words if block.role == "body" else f'<span class="{block.role}">{words}</span>'


def _range(span: Span) -> str:
    return f"{span.start}-{span.end}"
