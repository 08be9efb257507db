"""A question with its answer: each sentence with its speaker and chips, sources that differ, what it rests on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from markupsafe import Markup

from rag.core import Answer, Citation, NearMiss, Reason, Sentence, Span, Verdict
from ui.chat import Exchange, count, onward
from ui.exports import citation_credit, footnote, place, titled
from ui.views.markup import Template, prose, text
from ui.views.source import SourceLink

DECLINES: dict[Reason | None, str] = {
    "absent_person": "Not in these articles",
    "not_quoted_on_topic": "Not on record",
    "fact_missing": "Not in these articles",
    "false_premise": "Not what the articles say",
    None: "Not in these articles",
}
WRONG = {"speaker": "Wrong speaker", "unsupported": "Not supported", "missed": "Missed something"}
"""What may be wrong with an answer, as the reader says it."""

READINGS: Mapping[Verdict, str] = {
    "checked": "In the model’s words, read a second time",
    "proved": "In the model’s words, confirmed word by word",
}
"""What stands above a sentence that no article prints so, and on the card of what it cites."""

_CREDIT = re.compile(r"(?P<words>.*?)\s*(?P<opening>(?:\[…\]\s*)?[“\"]?)", re.DOTALL)
_BETWEEN = re.compile(r"(?P<closing>[”\"]?)(?P<opening>\s*(?:\[…\]\s*)?[“\"]?)")
_ENDING = re.compile(r"(?P<closing>[”\"]?(?:\s*\[…\])?[.,]?\s*)")
_VOICE_WORDS = {"via", "in", "as", "reported", "the", "according", "to", "who", "or"}


def conversation_html(exchanges: Iterable[Exchange], thread: str = "", gone: Collection[str] = ()) -> str:
    """The finished exchanges, oldest first. `gone` are digests of what their articles no longer are."""
    return "".join(exchange_html(exchange, thread, gone=gone) for exchange in exchanges)


def exchange_html(exchange: Exchange, thread: str = "", key: str = "", gone: Collection[str] = ()) -> Markup:
    """A question with its answer, its trouble, or the stage that the work has reached.

    `thread` is its conversation; by the `key` the page's script tells one asking from the next.
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
    """Questions to ask next, as buttons; nothing if there are none."""
    return _SHOW("next", questions)


def answer_html(
    answer: Answer, host: str | None = None, embedder: str | None = None, gone: Collection[str] = ()
) -> Markup:
    """An answer or a decline, with what was withheld and what was checked.

    `host` and `embedder` are the exchange's: where the passages went, and what found them.
    """
    declines = answer.status == "declined" and answer.reason != "off_topic"  # a greeting is no refusal
    missing = [citation for citation in answer.citations if citation.digest in gone]
    facts = [fact for fact in _facts(answer, host, embedder) if fact]
    foot = _SHOW("foot", answer, missing, facts)
    heading = DECLINES[answer.reason] if declines else None
    return _SHOW("answer", answer, _joined(_told(answer)), heading, foot)


def writer_words(writer: str) -> str:
    """Who puts the sentences together, for people: `offline writer`, or the name of the model."""
    return "offline writer" if writer == "offline" else f"written by {writer.removeprefix('model:')}"


def sentence_html(sentence: Sentence, citations: Sequence[Citation]) -> Markup:
    """One sentence with its chips: a frame as a plain line, anything else as words with their speaker above.

    `citations` are all that the answer makes, as far as it is known: a chip knows its neighbours.
    """
    by_number = {citation.number: citation for citation in citations}
    cited = [by_number[number] for number in sentence.citations]
    if not cited or sentence.verdict == "frame":
        return _SHOW("frame", prose(sentence.text), cited, citations)
    if sentence.verdict in READINGS:
        return _SHOW("rephrased", READINGS[sentence.verdict], sentence.text, cited, citations)
    main = next((citation for citation in cited if citation.kind != "narration"), cited[0])
    credit, pieces = apart(sentence.text, cited)
    lead = prose(credit) if credit and not _is_told_by(credit, main) else None
    groups = [
        (kind == "narration" and main.kind != "narration", list(group))
        for kind, group in groupby(pieces, key=lambda piece: piece.citation.kind)
    ]
    return _SHOW("quoted", main, lead, groups, _with_titles(sentence.text, cited), cited, citations)


@dataclass(frozen=True, slots=True)
class QuotedPiece:
    """A cited quote as it stands in a sentence, with the marks of quotation and omission around it."""

    words: str
    citation: Citation


def apart(sentence: str, cited: Sequence[Citation]) -> tuple[str, tuple[QuotedPiece, ...]]:
    """Splits a sentence that is a credit and then its exact quotes in turn into the credit and the quotes.

    No pieces where it is anything else. Nothing of the sentence is lost: credit and pieces are all of it. It is read
    from its end, because a credit may well hold the words of a short quote, too.
    """
    pieces: list[QuotedPiece] = []
    before, marks = sentence, _ENDING
    for citation in reversed(cited):
        before, quote, after = before.rpartition(citation.quote)
        around = marks.fullmatch(after)
        if not quote or not around:
            return "", ()
        if pieces:
            pieces[0] = replace(pieces[0], words=around["opening"] + pieces[0].words)
        pieces.insert(0, QuotedPiece(quote + around["closing"], citation))
        marks = _BETWEEN
    credit = _CREDIT.fullmatch(before)
    if not pieces or not credit:
        return "", ()
    pieces[0] = replace(pieces[0], words=credit["opening"] + pieces[0].words)
    return credit["words"], tuple(pieces)


def _told(answer: Answer) -> Iterator[Markup]:
    """The sentences in order; those that contradict each other stand side by side at the place of the first."""
    shown: set[int] = set()
    for at, sentence in enumerate(answer.sentences):
        group = next((group for group in answer.differences if not set(group).isdisjoint(sentence.citations)), ())
        together = [at for at, sentence in enumerate(answer.sentences) if not set(group).isdisjoint(sentence.citations)]
        if len(together) > 1 and at not in shown:
            yield _SHOW("differ", _sides(answer, group, together))
        elif at not in shown:
            yield sentence_html(sentence, answer.citations)
        shown.update(together)


def _sides(answer: Answer, group: Sequence[int], together: Sequence[int]) -> list[Markup]:
    """The sentences of the first version and those of the other, so that sources that agree stand together."""
    sentences = [answer.sentences[at] for at in together]
    first = [sentence for sentence in sentences if group[0] in sentence.citations]
    others = [sentence for sentence in sentences if group[0] not in sentence.citations]
    return [_joined(sentence_html(sentence, answer.citations) for sentence in side) for side in (first, others) if side]


def _facts(answer: Answer, host: str | None, embedder: str | None) -> Iterator[str]:
    """How long it took, who wrote it, where the passages went, what it used, and what found them."""
    yield f"{answer.seconds:.2f} s"
    yield writer_words(answer.writer)
    yield f"passages went to {host}" if host and answer.writer != "offline" else ""
    yield ", ".join(_used(kind, number) for kind, number in (answer.usage or {}).items() if number)
    yield f"embeddings: {embedder}" if embedder else ""
    yield f"{count(len(answer.withheld), 'sentence')} withheld" if answer.withheld else ""


def _used(kind: str, number: float) -> str:
    """`1,200 input tokens`, `2 calls`, `0.0012 dollars`."""
    return f"{number:,.0f} {kind.replace('_', ' ')}" if number == int(number) else f"{number:,.4f} {kind}"


def _is_told_by(credit: str, citation: Citation) -> bool:
    """Whether a credit says nothing beyond what stands above the quote already."""
    told = " ".join(filter(None, (citation_credit(citation).text, citation.title, citation.outlet, citation.source)))
    return _words_in(credit) <= _VOICE_WORDS | _words_in(told)


def _words_in(words: str) -> set[str]:
    return set(re.findall(r"\w+", words.casefold()))


def _with_titles(sentence: str, citations: Sequence[Citation]) -> Markup:
    parts = titled(sentence, citations)
    return _joined(Markup("<cite>{}</cite>").format(text(words)) if title else text(words) for words, title in parts)


def _reading_of(citation: Citation, answer: Answer) -> str | None:
    """How a sentence in a model's words that cites it was confirmed."""
    verdicts = (sentence.verdict for sentence in answer.sentences if citation.number in sentence.citations)
    return next((READINGS[verdict] for verdict in verdicts if verdict in READINGS), None)


def _words_of(citation: Citation) -> str:
    """The cited words; quotation marks are ours where the file's own stand outside the slice."""
    return f"“{citation.quote}”" if citation.kind == "direct" else citation.quote


def _citation_href(citation: Citation, citations: Sequence[Citation]) -> str:
    """A real address, so that a chip also opens in a tab of its own."""
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
