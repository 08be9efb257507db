"""An answer as text to paste elsewhere, with its citations: Markdown, plain text, one footnote. Pure text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rag.core import Answer, Citation
from ui.chat import Exchange
from ui.credit import citation_credit

# In Markdown these would make of an article's words a picture that is fetched, a link, or a heading.
_MARKS = re.compile(r"[\\`*_\[\]<>#|]")
_OURS = re.compile(r"\*(?=\S)([^*\n]+?)(?<=\S)\*")


def markdown(answer: Answer, prefix: str = "") -> str:
    """The answer with footnotes, `[^1]`; the articles' words cannot become links, pictures or headings.

    Footnotes are named through a whole document, so that `prefix` keeps those of several answers apart.
    """
    lines = [
        _marked_down(sentence.text, (citation.quote for citation in answer.citations))
        + "".join(f" [^{prefix}{number}]" for number in sentence.citations)
        for sentence in answer.sentences
    ]
    notes = (f"[^{prefix}{citation.number}]: {_escaped(footnote(citation))}" for citation in answer.citations)
    return "\n\n".join([*lines, *map(_escaped, (*answer.corrections, *answer.notes)), "\n".join(notes)]).strip() + "\n"


def plain(answer: Answer) -> str:
    """The answer with numbers in brackets, and the citations below it."""
    notes = "\n".join(f"[{citation.number}] {footnote(citation)}" for citation in answer.citations)
    parts = [_OURS.sub(r"\1", answer.text), *answer.corrections, *answer.notes, notes]
    return "\n\n".join(part for part in parts if part) + "\n"


def footnote(citation: Citation) -> str:
    """Who said it and how the article gives it, the words, and where they stand to the character."""
    return f"{credited(citation)}: {quoted(citation)} {place(citation)}."


def quoted(citation: Citation) -> str:
    """The words as one line: in quotation marks if they are a speaker's own."""
    words = " ".join(citation.quote.split())
    return f"“{words}”" if citation.kind == "direct" else words


def place(citation: Citation) -> str:
    """Outlet, title, date, file, line and characters, as far as they are known."""
    title = f"“{citation.title}”" if citation.title else None
    where = f"{citation.source}, line {citation.line}, characters {citation.start}–{citation.end}"
    known = [citation.outlet, title, citation.published, where, citation.url]
    return ", ".join(part for part in known if part)


def conversation_markdown(title: str, exchanges: Iterable[Exchange]) -> str:
    """A whole conversation, one heading a question."""
    return "\n".join([f"# {_escaped(title)}\n", *_told(exchanges)])


def _told(exchanges: Iterable[Exchange]) -> Iterator[str]:
    for exchange in exchanges:
        yield f"## {_escaped(' '.join(exchange.question.split()))}\n"
        if exchange.answer is not None:
            yield markdown(exchange.answer, f"{exchange.number}-")
        elif exchange.trouble is not None:
            yield f"{_escaped(exchange.trouble)}\n"


def credited(citation: Citation) -> str:
    """Who said it, what must be known of it, and how the article gives it; of its own words the article alone."""
    credit = citation_credit(citation)
    return credit.who if citation.kind == "narration" and not credit.warnings else credit.text


def _marked_down(sentence: str, quotes: Iterable[str]) -> str:
    """A sentence of ours with its `*Title*` kept as such; quoted words, stars and all, are words."""
    if any(quote in sentence for quote in quotes):
        return _escaped(sentence)
    return "".join(part if star else _escaped(part) for part, star in _titles(sentence))


def _titles(sentence: str) -> Iterator[tuple[str, bool]]:
    end = 0
    for title in _OURS.finditer(sentence):
        yield sentence[end : title.start()], False
        yield f"*{_escaped(title[1])}*", True
        end = title.end()
    yield sentence[end:], False


def _escaped(words: str) -> str:
    return _MARKS.sub(r"\\\g<0>", words)
