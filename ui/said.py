"""One sentence of an answer as escaped HTML: who speaks, how the article gives it, the words, their chips."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import urlencode
from zlib import crc32

from rag.types import Citation, Kind, Sentence, Span
from ui.escape import attribute, text
from ui.source import SourceLink

KIND_WORDS: dict[Kind, str] = {
    "direct": "direct quote",
    "mixed": "reported, partly quoted",
    "reported": "reported",
    "narration": "the article’s own words",
}

UNNAMED = "Unnamed speaker"
"""Who said a quote that the article gives to nobody by name; what it reports of such is credited to the article."""

_HUES = 8
_CREDIT = re.compile(r"(?P<words>.*?)\s*(?P<opening>(?:\[…\]\s*)?[“\"]?)", re.DOTALL)
_BETWEEN = re.compile(r"(?P<closing>[”\"]?)(?P<opening>\s*(?:\[…\]\s*)?[“\"]?)")
_ENDING = re.compile(r"(?P<closing>[”\"]?(?:\s*\[…\])?[.,]?\s*)")
_VOICE_WORDS = {"via", "in", "as", "reported", "the"}


def sentence_html(sentence: Sentence, citations: Sequence[Citation]) -> str:
    """One sentence with its chips: a frame as a plain line, anything else as words with their speaker above.

    `citations` are all that the answer makes, as far as it is known: a chip knows its neighbours.
    """
    by_number = {citation.number: citation for citation in citations}
    cited = [by_number[number] for number in sentence.citations]
    chips = "".join(chip_html(citation, citations) for citation in cited)
    if not cited or sentence.verdict == "frame":
        return f'<p class="frame" dir="auto">{prose(sentence.text)}{chips}</p>'
    main = next((citation for citation in cited if citation.kind != "narration"), cited[0])
    credit, pieces = apart(sentence.text, cited)
    body = (
        "".join(_pieces_html(pieces, main, citations))
        or f'<p class="words" dir="auto">{text(sentence.text)}{chips}</p>'
    )
    lead = f'<p class="lead" dir="auto">{prose(credit)}</p>' if credit and not _is_told_by(credit, main) else ""
    return f'<figure class="said {main.kind}">{tag_html(main)}{lead}{body}</figure>'


def chip_html(citation: Citation, citations: Sequence[Citation]) -> str:
    """The number that opens the slice; a real address, so that it also opens in a tab of its own."""
    also = tuple(
        Span(one.start, one.end) for one in citations if one.source == citation.source and one.number != citation.number
    )
    link = SourceLink(citation.source, Span(citation.start, citation.end), also, citation.digest)
    place = f"Source {citation.number}: {citation.outlet or citation.title or citation.source}, line {citation.line}"
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


def dot_html(name: str) -> str:
    """The speaker's initials; the same name has the same hue everywhere. A question mark for nobody."""
    words = [word for word in re.split(r"[\s.\-]+", name) if word[:1].isalnum()]
    initials = "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
    initials = "?" if name == UNNAMED else initials
    hue = crc32(name.encode(errors="replace")) % _HUES
    return f'<span class="dot hue{hue}" aria-hidden="true">{text(initials)}</span>'


def tag_html(citation: Citation, element: str = "figcaption") -> str:
    """Who speaks, how the article gives it, and where."""
    narrated = citation.kind == "narration" or (citation.speaker is None and citation.kind != "direct")
    who = citation.outlet or citation.title or citation.source if narrated else citation.speaker or UNNAMED
    facts = [KIND_WORDS[citation.kind]]
    if citation.via:
        facts.append(f"via {citation.via}")
    if not narrated:
        facts.append(citation.outlet or citation.title or citation.source)
    rest = "".join(f' · <bdi class="fact">{text(fact)}</bdi>' for fact in facts)
    if citation.published:
        rest += f' · <bdi class="fact date">{text(citation.published)}</bdi>'
    return f'<{element} class="tag">{dot_html(who)}<span><b class="who">{text(who)}</b>{rest}</span></{element}>'


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
    left = credit
    for known in (citation.title, citation.outlet, citation.via, citation.speaker, citation.source):
        left = left.replace(known, " ") if known else left
    return set(re.findall(r"\w+", left.casefold())) <= _VOICE_WORDS
