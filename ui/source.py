"""The source panel: an article with the cited slice marked, as escaped HTML. It knows no widgets and no library."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from urllib.parse import urlencode

from rag.core import Article, Block, Span, Statement
from ui.credit import UNNAMED, credit_of, spoken_within, tag_html
from ui.escape import attribute, text

_LEGEND = (
    ("direct", "Direct quote", "“The words of a speaker, as the article prints them.”"),
    ("reported", "Reported", "What a speaker said, in the article’s words."),
    ("narration", "The article’s own words", "What the article says in its own name."),
)
VOICES = 2
"""How many speakers are named above a marked slice."""

_FOLDED = {"furniture"}
_SHOWN_AS_HEADING = {"title"}


@dataclass(frozen=True, slots=True)
class SourceLink:
    """An address of a slice: the article, the slice itself, its neighbours from the same answer, the file's digest.

    `digest` is None where it is not known; otherwise a page made from it refuses an article that has changed since.
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


def parse_span(words: str) -> Span:
    """`1985-2251` as a span. ValueError if it is anything else."""
    start, _, end = words.partition("-")
    return Span(int(start), int(end))


def source_html(article: Article, at: Span | None, also: Sequence[Span] = (), spoken: Sequence[Statement] = ()) -> str:
    """The article as the panel shows it. The text of `mark.on` is exactly `article.cut(at)`.

    Without `at` it is there to be read whole, and `also` are its statements. `spoken` are the statements of the
    article, of which those at `at` are credited above it.
    """
    if at is None:
        position = f"{len(also):,} passages of speech marked"
    else:
        article.cut(at)
        position = f"line {article.line_of(at.start):,} · characters {at.start:,}–{at.end:,}"
    voices = [credit_of(one, one.speaker_as_written or UNNAMED) for one in spoken_within(spoken, at)] if at else []
    tags = "".join(tag_html(one, element="p") for one in list(dict.fromkeys(voices))[:VOICES])
    title = f'<h2 class="headline" dir="auto">{text(article.title)}</h2>' if article.title else ""
    return (
        '<article class="source">'
        f'<header><p class="meta">{_origin(article)}</p>{title}'
        f'<p class="position">{position}</p>{tags}{_opens(article, at)}</header>'
        f'<div class="reading" dir="auto">{"".join(_stretches(article, at, also))}</div>'
        "</article>"
    )


def panel_html() -> str:
    """The empty panel: its buttons, how to read an answer, and a line in which it says aloud what it shows."""
    legend = "".join(
        f'<figure class="said {kind}"><figcaption class="tag"><b class="who">{name}</b></figcaption>'
        f"<blockquote>{words}</blockquote></figure>"
        for kind, name, words in _LEGEND
    )
    return (
        '<aside class="panel" aria-label="Source">'
        '<div class="bar" hidden><span class="count"></span>'
        '<button type="button" class="previous" aria-label="Previous citation">‹</button>'
        '<button type="button" class="next" aria-label="Next citation">›</button>'
        '<button type="button" class="close" aria-label="Close the source">✕</button></div>'
        '<div class="shown" tabindex="0" role="region" aria-label="The article">'
        '<div class="placeholder"><p>The article opens here, at the very words an answer rests on.</p>'
        f'{legend}</div></div><p class="aloud" role="status"></p></aside>'
    )


def notice_html(sentence: str) -> str:
    """A sentence in place of an article."""
    return f'<article class="source"><p class="trouble">{text(sentence)}</p></article>'


def source_page(article: Article, at: Span | None, also: Sequence[Span] = (), spoken: Sequence[Statement] = ()) -> str:
    """A page of its own around the panel, for a new tab, a bookmark, or a browser without scripts."""
    return bare_page(f"{article.title or article.source} · onrecord", source_html(article, at, also, spoken))


def bare_page(title: str, content: str) -> str:
    """A page without scripts. `content` is HTML, `title` is not."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{text(title)}</title><link rel="stylesheet" href="page/style.css">'
        '<link rel="stylesheet" href="page/rooms.css"></head>'
        f'<body class="bare"><main>{content}</main></body></html>'
    )


def _opens(article: Article, at: Span | None) -> str:
    """The same article in a tab of its own, and its text alone, which is what positions count."""
    whole = f"article?{urlencode({'name': article.source})}"
    page = SourceLink(article.source, at, digest=article.digest).href if at else whole
    alone = f"text?{urlencode({'name': article.source})}"
    return (
        f'<p class="opens"><a href="{attribute(page)}" target="_blank" rel="noopener">Open in a tab</a>'
        f'<a href="{attribute(alone)}" target="_blank" rel="noopener">Open the file’s text</a></p>'
    )


def _origin(article: Article) -> str:
    named = [article.outlet, article.published, article.source]
    return " · ".join(f"<bdi>{text(name)}</bdi>" for name in named if name)


def _stretches(article: Article, at: Span | None, also: Sequence[Span]) -> Iterator[str]:
    """The text in order: what is read as it stands, what is furniture folded away."""
    blocks = [block for block in article.blocks if block.role not in _SHOWN_AS_HEADING or not article.title]
    for folded, group in groupby(blocks, key=lambda block: block.role in _FOLDED):
        run = list(group)
        yield _fold(article, run) if folded else _flow(article, run, at, also)


def _fold(article: Article, run: Sequence[Block]) -> str:
    words = article.text[run[0].start : run[-1].end]
    lines = sum(1 for line in words.splitlines() if line.strip())
    noun = "line" if lines == 1 else "lines"
    return (
        f'<details class="furniture"><summary>{lines} {noun} of page furniture folded: '
        f'not part of the article, never quoted</summary><div class="folded">{text(words)}</div></details>'
    )


def _flow(article: Article, run: Sequence[Block], at: Span | None, also: Sequence[Span]) -> str:
    """One run of blocks and the white space between them, cut where a mark or a block begins or ends."""
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
    return f'<div class="flow">{"".join(parts)}</div>'


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
