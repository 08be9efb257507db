"""Names that were typed without their capitals, written as the articles write them. Knows no grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.answering import patterns, words
from rag.answering.known import Known
from rag.text.names import nation_of

_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST = 2


def capitalised(question: str, known: Known) -> str:
    """The question with the capitals that its names have in the articles: "lavrov on the eu" gives "Lavrov on the EU".

    In a question typed with capitals only the names of people on record get theirs; in one without, every word that no
    article writes without.
    """
    parts: list[str] = []
    end = 0
    for match, written in _names(question, known):
        parts += [question[end : match.start()], written]
        end = match.end()
    return "".join([*parts, question[end:]])


def is_typed_small(question: str) -> bool:
    """Whether a question has no capital but the one that opens it."""
    return not any(map(str.isupper, re.sub(r"\bI\b", "", question.strip()[1:])))


def _names(question: str, known: Known) -> Iterator[tuple[re.Match[str], str]]:
    is_small = is_typed_small(question)
    for match in _WORD.finditer(question):
        word = match.group()
        if not word.islower() or len(word) < _SHORTEST or word in words.FUNCTION_WORDS:
            continue
        is_title = patterns.OFFICE.match(question, match.start()) or patterns.OFFICE.match(question, match.end() + 1)
        may_be_name = (is_small and not is_title) or known.named(word)
        written = known.holdings.written(word) if may_be_name else None
        if written is None and is_small and nation_of(word.removesuffix("s")):
            written = word.capitalize()
        if written:
            yield match, written
