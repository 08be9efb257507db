"""Who reacted to somebody, or to their words, of all on record. Knows verbs and names, and no meaning."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rag.answering import words
from rag.answering.known import Known
from rag.answering.spelling import of_governments, spellings
from rag.answering.surroundings import around
from rag.answering.thesaurus import kindred
from rag.library.view import View
from rag.text.names import is_body
from rag.types import Query, Statement

_REACH = 80
"""Characters behind the verb within which whoever is reacted to is named."""

_VERB = re.compile(r"\b(?!\w+ions?\b)[^\W\d_]+")
"""A word that may be a verb; "accusations" are none."""

_OF_DOING = re.compile(r"\b(?:of|for|by) \w+ing\b")
"""What somebody is accused of is not done to whomever it names."""

_CLAUSE = 0.5
"""Least share, by weight, of what the question says of their words that stands around a reaction."""


def reactions(query: Query, view: View, known: Known, sources: Collection[str] | None = None) -> list[Statement]:
    """The statements by others in which one of the verbs is followed by the name of the query's target.

    `sources` are the only articles to look at; None looks at all.
    """
    names = _names(query.target or "", known)
    verbs = frozenset(words.stem(form) for verb in query.reacts for form in (*words.alternatives(verb), *kindred(verb)))
    every = view.statements(about=[names], sources=sources)
    articles = view.articles({one.source for one in every})
    found = [
        one
        for one in every
        if one.speaker != query.target and _reacts(articles[one.source].cut(one.span), verbs, names)
    ]
    return _of_the_clause(found, query, view, known) if query.terms else found


def _names(target: str, known: Known) -> tuple[str, ...]:
    """What articles may call whoever is reacted to: all of their names, a person's last one."""
    person = known.named(target)
    every = [target, *person.aliases] if person else [target]
    last = [name.split()[-1] for name in every if " " in name and not is_body(tuple(name.split()))]
    return tuple(dict.fromkeys([*every, *last, *of_governments(target, known)]))


def _reacts(told: str, verbs: frozenset[str], names: Sequence[str]) -> bool:
    """Whether one of the verbs stands in the words, and one of the names soon behind it, as whom it is done to."""
    found = (match.end() for match in _VERB.finditer(told) if words.stem(match.group()) in verbs)
    return any(words.holds_name(_OF_DOING.split(told[end : end + _REACH])[0], names) for end in found)


def _of_the_clause(found: Sequence[Statement], query: Query, view: View, known: Known) -> list[Statement]:
    """Those around which stands what the question says of the words that are reacted to."""
    weights, read = words.weights(view.frequency(query.terms), view.passage_count()), around(found, view)

    def held(text: str) -> float:
        return sum(weight for term, weight in weights.items() if words.holds(text, spellings(term, known)))

    return [one for one in found if held(read[one.id]) >= _CLAUSE * sum(weights.values())]
