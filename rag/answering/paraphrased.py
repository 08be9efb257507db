"""Statements that answer a question in other words than its own. Knows names and nearness, and no wording."""

from __future__ import annotations

from collections.abc import Collection

from rag.answering import words
from rag.answering.known import Known
from rag.answering.meaning import Meaning
from rag.answering.record import distinct
from rag.answering.spelling import of_governments
from rag.answering.surroundings import around, on_occasion
from rag.library.view import View
from rag.types import Query, Statement

NEAR = 0.5
NEAR_WITH_A_WORD = 0.42
"""Least cosine of a statement with the question, and of one that shares a word with it."""

_AS_NEAR = 0.05
_MOST = 2
_NOUN = 2
"""Terms of a topic that is a mere noun: "the ceasefire", "a peace treaty". Whoever speaks of it names it."""


def in_other_words(
    query: Query, view: View, known: Known, meaning: Meaning, sources: Collection[str] | None = None
) -> list[Statement]:
    """The few statements by the query's speaker that are near it in meaning; none for a question that presumes.

    Every name of the question must stand around them, in their passage or title.
    """
    is_noun = query.topic is not None and len(query.terms) <= _NOUN
    if not query.speaker_is_known or not query.terms or is_noun or query.asks == "why":
        return []
    speaker = query.speaker or ""
    said = [one for one in view.statements(by=[speaker, *known.spokespeople(speaker)], sources=sources) if one.is_said]
    every = on_occasion(said, query, view, known)
    near = [pair for pair in meaning.statements(query.standalone, every, view) if pair[1] >= NEAR_WITH_A_WORD]
    read = around([one for one, _ in near], view)
    names = [of_governments(name, known) for name in query.names]
    terms = [of_governments(term, known) for term in query.terms]
    near = [
        (one, cosine)
        for one, cosine in near
        if all(words.holds(read[one.id], name) for name in names)
        and (cosine >= NEAR or any(words.holds(view.article(one.source).cut(one.span), term) for term in terms))
    ]
    return distinct(one for one, cosine in near if cosine >= near[0][1] - _AS_NEAR)[:_MOST]
