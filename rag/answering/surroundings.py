"""What stands around statements, and which of them were made where, or on what occasion, a question says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rag.answering import words
from rag.answering.known import Known
from rag.answering.spelling import spellings
from rag.library.view import View
from rag.types import Passage, Query, Span, Statement


def around(statements: Sequence[Statement], view: View) -> dict[str, str]:
    """The title and the passages that a statement stands in, as one text, by the statement's id."""
    articles, passages = view.articles({one.source for one in statements}), _passages(statements, view)
    return {
        one.id: " ".join([articles[one.source].title or "", *(passage.text for passage in passages[one.id])])
        for one in statements
    }


def on_occasion(statements: Sequence[Statement], query: Query, view: View, known: Known) -> list[Statement]:
    """Those with the words for the occasion around them, and in nobody else's mouth; all if the query names none."""
    if not query.occasion:
        return list(statements)
    sought = [spellings(word, known) for word in query.occasion]
    told = _told_around(statements, view)
    return [one for one in statements if all(words.holds(told[one.id], word) for word in sought)]


def _told_around(statements: Sequence[Statement], view: View) -> dict[str, str]:
    """The passages that a statement stands in, without what others say there, as one text, by the statement's id."""
    passages = _passages(statements, view)
    sources = {one.source for one in statements}
    articles, others = view.articles(sources), defaultdict(list)
    for one in view.statements(sources=sources):
        others[one.source].append(one)
    return {
        one.id: " ".join(
            articles[one.source].cut(part)
            for passage in passages[one.id]
            for part in _without(passage.span, [it.span for it in others[one.source] if it.speaker != one.speaker])
        )
        for one in statements
    }


def _passages(statements: Sequence[Statement], view: View) -> dict[str, list[Passage]]:
    """The passages that each statement stands in, by the statement's id."""
    numbers = view.passages_of_statements(one.id for one in statements)
    passages = view.passages(list({number for found in numbers.values() for number in found}))
    return {one.id: [passages[number] for number in numbers.get(one.id, ())] for one in statements}


def _without(whole: Span, taken: Sequence[Span]) -> list[Span]:
    """What is left of a span."""
    left, start = [], whole.start
    for span in sorted(span for span in taken if span.overlaps(whole)):
        if start < span.start:
            left.append(Span(start, span.start))
        start = max(start, span.end)
    return [*left, Span(start, whole.end)] if start < whole.end else left
