"""Renders a question with its answer: sentences with speakers and chips, differing sources, facts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from rag.core import Answer, Citation, NearMiss, Reason, Sentence, Span, Verdict, titled
from rag.core.amounts import with_noun
from ui.chat import Exchange, onward
from ui.exports import citation_credit, footnote, narrated, place
from ui.views.markup import Template, prose, text
from ui.views.source import SourceLink

DECLINES: dict[Reason | None, str] = {
    "absent_person": "Not found in these articles",
    "not_quoted_on_topic": "No sure answer",
    "fact_missing": "No sure answer",
    "false_premise": "Not found so in these articles",
    None: "No sure answer",
}
WRONG = {"speaker": "Wrong speaker", "unsupported": "Not supported", "missed": "Missed something"}
"""What may be wrong with an answer, in the reader's words."""

READINGS: Mapping[Verdict, str] = {
    "checked": "In the model’s words, checked a second time",
    "proved": "In the model’s words, confirmed word by word",
}
"""The label above a sentence in a model's words, and on the card of what it cites."""

_CLOSING = ("”", '"')
_VOICE_WORDS = {"via", "in", "as", "reported", "the", "according", "to", "who", "or"}


def conversation_html(exchanges: Iterable[Exchange], thread: str = "", gone: Collection[str] = ()) -> str:
    """Renders the finished exchanges, oldest first. `gone` holds outdated digests of their articles."""
    return "".join(exchange_html(exchange, thread, gone=gone) for exchange in exchanges)


def exchange_html(exchange: Exchange, thread: str = "", key: str = "", gone: Collection[str] = ()) -> Markup:
    """Renders a question with its answer, its trouble, or the stage that the work has reached.

    `thread` is its conversation; the page's script tells askings apart by `key`.
    """
    if exchange.answer is not None:
        outcome = answer_html(exchange.answer, exchange.host, exchange.embedder, gone)
        outcome += _SHOW("acts", onward(exchange.answer))
    elif exchange.trouble is not None:
        outcome = _SHOW("trouble", exchange.trouble)
    else:
        passed = _joined(sentence_html(sentence, exchange.citations) for sentence in exchange.sentences)
        outcome = _SHOW("working", passed, exchange.stage)
    return _SHOW("exchange", exchange, thread, key, outcome)


def next_html(questions: Sequence[str]) -> Markup:
    """Renders questions to ask next as buttons; nothing if there are none."""
    return _SHOW("next", questions)


def answer_html(
    answer: Answer, host: str | None = None, embedder: str | None = None, gone: Collection[str] = ()
) -> Markup:
    """Renders an answer or a decline, with what was withheld and what was checked.

    `host` and `embedder` are the exchange's: where passages were sent, and the model that found them.
    """
    declines = answer.status == "declined" and answer.reason != "off_topic"  # a greeting is no refusal
    missing = [citation for citation in answer.citations if citation.digest in gone]
    facts = [fact for fact in _facts(answer, host, embedder) if fact]
    foot = _SHOW("foot", answer, missing, facts)
    heading = DECLINES[answer.reason] if declines else None
    return _SHOW("answer", answer, _joined(_told(answer)), heading, foot)


def writer_words(writer: str) -> str:
    """Names who puts the sentences together: `offline writer`, or the name of the model."""
    return "offline writer" if writer == "offline" else f"written by {writer.removeprefix('model:')}"


def sentence_html(sentence: Sentence, citations: Sequence[Citation]) -> Markup:
    """Renders one sentence with its chips: a frame as a plain line, anything else below its speaker.

    `citations` are all that the answer makes, as far as it is known: a chip knows its neighbours.
    """
    by_number = {citation.number: citation for citation in citations}
    cited = [by_number[number] for number in sentence.citations]
    if not cited or sentence.verdict == "frame":
        return _SHOW("frame", prose(sentence.text), cited, citations)
    if sentence.verdict in READINGS:
        return _SHOW("rephrased", READINGS[sentence.verdict], sentence.text, cited, citations)
    spoken = [citation for citation in cited if citation.kind != "narration"]
    main = spoken[0] if spoken else cited[0]
    if len({(citation.speaker, citation.candidates) for citation in spoken}) > 1:  # its sentences name their speakers
        main = narrated(main)
    lead = prose(sentence.credit.strip()) if sentence.credit and not _is_told_by(sentence.credit, main) else None
    groups = [
        (kind == "narration" and main.kind != "narration", list(group))
        for kind, group in groupby(_pieces(sentence, by_number), key=lambda piece: piece.citation.kind)
    ]
    return _SHOW("quoted", main, lead, groups, _with_titles(sentence.text, cited), cited, citations)


@dataclass(frozen=True, slots=True)
class QuotedPiece:
    """A cited quote as it stands in a sentence, with the quotation marks and omissions around it."""

    words: str
    citation: Citation


def _pieces(sentence: Sentence, by_number: Mapping[int, Citation]) -> Iterator[QuotedPiece]:
    """Yields the quotes of a sentence, which follow its credit; none for a sentence of an older conversation."""
    start = len(sentence.credit)
    for at, (number, _, end) in enumerate(sentence.quotes, start=1):
        stop = end + sentence.text.startswith(_CLOSING, end) if at < len(sentence.quotes) else len(sentence.text)
        yield QuotedPiece(sentence.text[start:stop], by_number[number])
        start = stop


def _told(answer: Answer) -> Iterator[Markup]:
    """Yields the sentences in order; those that differ, or that are compared, stand side by side where they begin."""
    shown: set[int] = set()
    for at, sentence in enumerate(answer.sentences):
        if at in shown:
            continue
        heading, sides = "The articles differ", _differing(answer, sentence)
        if len(sides) < 2:  # noqa: PLR2004 - two sides
            heading, sides = "", _compared(answer) if sentence.side else []
        if len(sides) < 2:  # noqa: PLR2004 - two sides
            sides = [[at]]
            yield sentence_html(sentence, answer.citations)
        else:
            told = (_joined(sentence_html(answer.sentences[at], answer.citations) for at in side) for side in sides)
            yield _SHOW("beside", heading, list(told))
        shown.update(at for side in sides for at in side)


def _differing(answer: Answer, sentence: Sentence) -> list[list[int]]:
    """Returns the sentences of the first version and those of the other, so that sources that agree stand together."""
    group = next((group for group in answer.differences if not set(group).isdisjoint(sentence.citations)), ())
    together = [at for at, each in enumerate(answer.sentences) if not set(group).isdisjoint(each.citations)]
    first = [at for at in together if group[0] in answer.sentences[at].citations]
    return [side for side in (first, [at for at in together if at not in first]) if side]


def _compared(answer: Answer) -> list[list[int]]:
    """Returns the sentences on each of the people compared."""
    sides: dict[str, list[int]] = {}
    for at, sentence in enumerate(answer.sentences):
        if sentence.side:
            sides.setdefault(sentence.side, []).append(at)
    return list(sides.values())


def _facts(answer: Answer, host: str | None, embedder: str | None) -> Iterator[str]:
    """Yields the time, the writer, where passages were sent, what it used, and what found them."""
    yield f"{answer.seconds:.2f} s"
    yield writer_words(answer.writer)
    yield f"passages went to {host}" if host and answer.writer != "offline" else ""
    yield ", ".join(_used(kind, number) for kind, number in (answer.usage or {}).items() if number)
    yield f"embeddings: {embedder}" if embedder else ""
    yield f"{with_noun(len(answer.withheld), 'sentence')} withheld" if answer.withheld else ""


def _used(kind: str, number: float) -> str:
    """`1,200 input tokens`, `2 calls`, `0.0012 dollars`."""
    return f"{number:,.0f} {kind.replace('_', ' ')}" if number == int(number) else f"{number:,.4f} {kind}"


def _is_told_by(credit: str, citation: Citation) -> bool:
    """Returns whether a credit only repeats what is shown above the quote."""
    told = " ".join(filter(None, (citation_credit(citation).text, citation.title, citation.outlet, citation.source)))
    return _words_in(credit) <= _VOICE_WORDS | _words_in(told)


def _words_in(words: str) -> set[str]:
    return set(re.findall(r"\w+", words.casefold()))


def _with_titles(sentence: str, citations: Sequence[Citation]) -> Markup:
    parts = titled(sentence, citations)
    return _joined(Markup("<cite>{}</cite>").format(text(words)) if title else text(words) for words, title in parts)


def _reading_of(citation: Citation, answer: Answer) -> str | None:
    """Tells how a sentence in a model's words that cites it was confirmed."""
    verdicts = (sentence.verdict for sentence in answer.sentences if citation.number in sentence.citations)
    return next((READINGS[verdict] for verdict in verdicts if verdict in READINGS), None)


def _words_of(citation: Citation) -> str:
    """Returns the cited words; quotation marks are ours where the file's own stand outside the slice."""
    return f"“{citation.quote}”" if citation.kind == "direct" else citation.quote


def _citation_href(citation: Citation, citations: Sequence[Citation]) -> str:
    """Returns a real address, so that a chip also opens in a new tab."""
    also = tuple(
        Span(neighbour.start, neighbour.end)
        for neighbour in citations
        if neighbour.source == citation.source and neighbour.number != citation.number
    )
    return SourceLink(citation.source, Span(citation.start, citation.end), also, citation.digest).href


def _near_href(miss: NearMiss, misses: Sequence[NearMiss]) -> str:
    also = tuple(Span(near.start, near.end) for near in misses if near.source == miss.source and near is not miss)
    return SourceLink(miss.source, Span(miss.start, miss.end), also).href


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


_SHOW = Template(
    "answer.html", WRONG=WRONG, citation_href=_citation_href, footnote=footnote, near_href=_near_href, place=place,
    reading_of=_reading_of, words_of=_words_of,
)  # fmt: skip
