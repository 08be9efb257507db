"""Finds passages for a question in another language than English: by the forms of its words, and by meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from rag.core import Evidence, Hit, Query
from rag.library.queries import View
from rag.text import tokens
from rag.text.languages import beginnings, forms, language_of, topic_words

Forms = Mapping[str, tuple[str, ...]]
"""The words of a question, each with those forms of it that the articles print."""

LEAST_COVERED = 0.5
"""Minimum share of the question's words that a passage holds which is shown for its words."""


def printed_forms(query: Query, view: View) -> Forms:
    """Returns the question's words with their printed forms, none for a word that no article prints in any form."""
    language = language_of(query.standalone)
    if language is None:
        return {term: (term,) for term in query.terms}
    found: dict[str, tuple[str, ...]] = {}
    for word in topic_words(query.standalone, language):
        printed = dict.fromkeys(term for start in beginnings(word, language) for term in view.words_beginning(start))
        found[word] = tuple(forms(word, language, printed))
    return found


def as_searched(query: Query, asked: Forms) -> Query:
    """Returns the query by which passages are ranked: every printed form of its words is one of its terms."""
    return replace(query, intent="fact", terms=tuple(dict.fromkeys(form for ways in asked.values() for form in ways)))


def found_by_words(hits: Iterable[Hit]) -> list[Hit]:
    """Returns the hits that full text found, in its order; an English embedder finds others by chance."""
    found = [replace(hit, similarity=None, by_meaning=None) for hit in hits if hit.by_words]
    return sorted(found, key=lambda hit: hit.by_words or 0)


def with_forms(evidence: Evidence, hits: Iterable[Hit], asked: Forms, view: View) -> Evidence:
    """Returns the evidence of these hits alone, without what the reader, which knows English, made of them."""
    printed = {word: ways for word, ways in asked.items() if ways}
    held = {word: max(view.frequency(ways).values()) for word, ways in printed.items()}
    weights = tokens.weights(held, view.passage_count())
    return replace(evidence, hits=tuple(hits), read=(), answered=0.0, spellings=dict(asked), weights=weights)


def share_covered(text: str, asked: Mapping[str, tuple[str, ...]]) -> float:
    """Returns the share of the question's words of which the text holds a form."""
    held = frozenset(map(tokens.stem, tokens.words(text)))
    covered = sum(any(tokens.stem(form) in held for form in ways) for ways in asked.values())
    return covered / len(asked) if asked else 0.0
