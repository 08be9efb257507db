"""Who said the words that a question quotes: exactly so, or nearly so. Knows words, and no speaker beforehand."""

from __future__ import annotations

from collections.abc import Iterable

from rag.answering import words
from rag.library.view import View
from rag.types import Evidence, Query, Statement

_RAREST = 4
_NEARLY = 0.75
"""Share of the quoted words that a statement must hold, and hold in that order, to be nearly the same."""


def saying(query: Query, view: View) -> list[Statement]:
    """The statements that hold the quoted words: where any hold them exactly those alone, else the nearest."""
    if not query.quote:
        return []
    rare = sorted(view.frequency(words.content_words(query.quote)).items(), key=lambda entry: entry[1])
    about = [[word] for word, count in rare[:_RAREST] if count]
    found = view.statements(about=about or [[query.quote]])
    articles = view.articles({one.source for one in found})
    shares = {one: share_of(query.quote, (articles[one.source].cut(part) for part in one.content)) for one in found}
    best = max(shares.values(), default=0.0)
    return [one for one, share in shares.items() if share >= _NEARLY and share == best]


def share_of(quote: str, content: Iterable[str]) -> float:
    """How much of the quoted words stands in the content in the same order; 1 only if it all stands there in a row."""
    sought = [word.lower() for word in words.words(quote)]
    said = [word.lower() for word in words.words(" ".join(content))]
    if holds_in_a_row(said, sought):
        return 1.0
    return 0.99 * _common(sought, said) / len(sought) if sought else 0.0


def holds_in_a_row(said: list[str], sought: list[str]) -> bool:
    """Whether the words that are sought stand among those that were said, in a row."""
    return bool(sought) and f" {' '.join(sought)} " in f" {' '.join(said)} "


def is_exact(query: Query, evidence: Evidence, one: Statement) -> bool:
    """Whether the statement holds the quoted words in a row."""
    return share_of(query.quote or "", (evidence.articles[one.source].cut(part) for part in one.content)) == 1.0


def _common(one: list[str], other: list[str]) -> int:
    """The length of the longest sequence of words that both have in that order (Hirschberg, 1975)."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = row
        row = [0]
        for position, another in enumerate(other):
            row.append(before[position] + 1 if word == another else max(row[-1], before[position + 1]))
    return row[-1]
