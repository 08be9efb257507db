"""The ways in which a term of a question may be written: aliases, verb forms, the spellings of a person on record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.answering import words
from rag.corpus.people import fold
from rag.types import Person

Groups = tuple[tuple[str, ...], ...]
"""Terms, each with the other ways in which it may be written."""


def groups(terms: Iterable[str], people: Sequence[Person]) -> Groups:
    """Each term with its other spellings: those of the alias list, and those of the person it names."""
    return tuple(spellings(term, people) for term in terms)


def spellings(term: str, people: Sequence[Person]) -> tuple[str, ...]:
    """The term itself, then its other spellings."""
    found = list(words.alternatives(term))
    if words.is_name(term):
        wanted = fold(term)
        for person in people:
            surnames = [name.split()[-1] for name in (person.name, *person.aliases)]
            if wanted in map(fold, surnames):
                found += surnames
    return tuple(dict.fromkeys(found))
