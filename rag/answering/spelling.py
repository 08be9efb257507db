"""The ways in which a term of a question may be written: aliases, verb forms, the spellings of a person on record."""

from __future__ import annotations

from collections.abc import Iterable

from rag.answering import words
from rag.answering.known import Known
from rag.text.names import names_of_nation

Groups = tuple[tuple[str, ...], ...]
"""Terms, each with the other ways in which it may be written."""


def groups(terms: Iterable[str], known: Known) -> Groups:
    """Each term with its other spellings."""
    return tuple(spellings(term, known) for term in terms)


def of_governments(term: str, known: Known) -> tuple[str, ...]:
    """The same, and for a nation and its capital the names of both: Washington may be called the United States."""
    return tuple(dict.fromkeys([*spellings(term, known), *names_of_nation(term)]))


def spellings(term: str, known: Known) -> tuple[str, ...]:
    """The term itself, then its other spellings."""
    surnames = known.surnames(term) if words.is_name(term) else []
    return tuple(dict.fromkeys([*words.alternatives(term), *surnames]))
