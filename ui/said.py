"""One sentence of an answer as escaped HTML: who speaks, how the article gives it, the words, their chips."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import urlencode

from rag.core import Citation, Sentence, Span, Verdict
from ui.credit import citation_credit, classes_of, is_narrated, origin, tag_html, told_words
from ui.escape import attribute, text
from ui.source import SourceLink

TOLD: Mapping[Verdict, str] = {
    "checked": "In the model’s words, read a second time",
    "proved": "In the model’s words, proved by those cited",
}
"""What stands above a sentence that no article prints so."""

_CREDIT = re.compile(r"(?P<words>.*?)\s*(?P<opening>(?:\[…\]\s*)?[“\"]?)", re.DOTALL)
_BETWEEN = re.compile(r"(?P<closing>[”\"]?)(?P<opening>\s*(?:\[…\]\s*)?[“\"]?)")
_ENDING = re.compile(r"(?P<closing>[”\"]?(?:\s*\[…\])?[.,]?\s*)")
_VOICE_WORDS = {"via", "in", "as", "reported", "the", "according", "to", "who", "or"}


def sentence_html(sentence: Sentence, citations: Sequence[Citation]) -> str:
    """One sentence with its chips: a frame as a plain line, anything else as words with their speaker above.

    `citations` are all that the answer makes, as far as it is known: a chip knows its neighbours.
    """
    by_number = {citation.number: citation for citation in citations}
    cited = [by_number[number] for number in sentence.citations]
    chips = "".join(chip_html(citation, citations) for citation in cited)
    if not cited or sentence.verdict == "frame":
        return f'<p class="frame" dir="auto">{prose(sentence.text)}{chips}</p>'
    if sentence.verdict in TOLD:
        tag = f'<figcaption class="tag"><span>{TOLD[sentence.verdict]}</span></figcaption>'
        return f'<figure class="said">{tag}<p class="words" dir="auto">{text(sentence.text)}{chips}</p></figure>'
    main = next((citation for citation in cited if citation.kind != "narration"), cited[0])
    credit, pieces = apart(sentence.text, cited)
    body = (
        "".join(_pieces_html(pieces, main, citations))
        or f'<p class="words" dir="auto">{text(sentence.text)}{chips}</p>'
    )
    lead = f'<p class="lead" dir="auto">{prose(credit)}</p>' if credit and not _is_told_by(credit, main) else ""
    return f'<figure class="said {classes_of(main)}">{citation_tag(main)}{lead}{body}</figure>'


def chip_html(citation: Citation, citations: Sequence[Citation]) -> str:
    """The number that opens the slice; a real address, so that it also opens in a tab of its own."""
    also = tuple(
        Span(one.start, one.end) for one in citations if one.source == citation.source and one.number != citation.number
    )
    link = SourceLink(citation.source, Span(citation.start, citation.end), also, citation.digest)
    place = f"Source {citation.number}: {origin(citation)}, line {citation.line}"
    return (
        f'&nbsp;<a class="chip" href="{attribute(link.href)}" data-citation="{citation.number}"'
        f' aria-label="{attribute(place)}">{citation.number}</a>'
    )


def prose(words: str) -> str:
    """A sentence of ours, with its `*Title*` and `` `command` `` set as such. Never for quoted words.

    A command that lists statements becomes the way to the room that lists them.
    """
    titled = re.sub(r"\*(?=\S)([^*\n]+?)(?<=\S)\*", r"<cite>\1</cite>", text(words))
    return re.sub(r"`([^`\n]+)`", _command_html, titled)


def _command_html(command: re.Match[str]) -> str:
    if not command[1].startswith("onrecord statements --"):
        return f"<code>{command[1]}</code>"
    filters = re.findall(r"--(\w+) '(.*?)'(?= --|$)", html.unescape(command[1]))
    return f'<a href="#record?{attribute(urlencode(filters))}">Who said what</a>'


def citation_tag(citation: Citation, element: str = "figcaption") -> str:
    """Who speaks, how the article gives it, and where."""
    place = "" if is_narrated(citation) else origin(citation)
    return tag_html(citation_credit(citation), place, on=citation.published or "", element=element)


@dataclass(frozen=True, slots=True)
class Piece:
    """A cited quote as it stands in a sentence, with the marks of quotation and omission around it."""

    words: str
    citation: Citation


def apart(sentence: str, cited: Sequence[Citation]) -> tuple[str, tuple[Piece, ...]]:
    """What credits, and the pieces that are credited, where a sentence is a credit and then its exact quotes in turn.

    No pieces where it is anything else. Nothing of the sentence is lost: credit and pieces are all of it. It is read
    from its end, because a credit may well hold the words of a short quote, too.
    """
    pieces: list[Piece] = []
    before, marks = sentence, _ENDING
    for citation in reversed(cited):
        before, quote, after = before.rpartition(citation.quote)
        around = marks.fullmatch(after)
        if not quote or not around:
            return "", ()
        if pieces:
            pieces[0] = replace(pieces[0], words=around["opening"] + pieces[0].words)
        pieces.insert(0, Piece(quote + around["closing"], citation))
        marks = _BETWEEN
    credit = _CREDIT.fullmatch(before)
    if not pieces or not credit:
        return "", ()
    pieces[0] = replace(pieces[0], words=credit["opening"] + pieces[0].words)
    return credit["words"], tuple(pieces)


def _pieces_html(pieces: Sequence[Piece], main: Citation, citations: Sequence[Citation]) -> Iterator[str]:
    """Each piece with its chip; the article's own words that lead to a quote stand before it, not in it."""
    for kind, group in groupby(pieces, key=lambda piece: piece.citation.kind):
        inner = "".join(f"{text(piece.words)}{chip_html(piece.citation, citations)}" for piece in group)
        leads = kind == "narration" and main.kind != "narration"
        yield f'<p class="lead own" dir="auto">{inner}</p>' if leads else f'<blockquote dir="auto">{inner}</blockquote>'


def _is_told_by(credit: str, citation: Citation) -> bool:
    """Whether a credit says nothing beyond what stands above the quote already."""
    known = (citation.title, citation.outlet, citation.source)
    return set(re.findall(r"\w+", credit.casefold())) <= _VOICE_WORDS | told_words(citation_credit(citation), known)
