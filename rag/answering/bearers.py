"""Everybody on record who bears a name, from the people as they were last settled and how often each speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rag.text.name_matching import fold
from rag.text.names import is_body
from rag.types import Bearer, Person


def bearers(name: str, people: Iterable[Person], counts: Mapping[str, int]) -> tuple[Bearer, ...]:
    """Finds everybody who may be meant by a name, those with the most statements first; `counts` are by alias."""
    wanted = fold(name).split()
    found = [_bearer(person, counts) for person in people if _bears(person, wanted)]
    return tuple(sorted(found, key=lambda bearer: (-bearer.statements, bearer.person)))


def _bears(person: Person, wanted: list[str]) -> bool:
    names = [fold(name).split() for name in (person.name, *person.aliases)]
    return any(name == wanted or (len(wanted) == 1 and name[-1:] == wanted) for name in names)


def _bearer(person: Person, counts: Mapping[str, int]) -> Bearer:
    said = sum(counts.get(name, 0) for name in (person.name, *person.aliases))
    return Bearer(person.name, person.name, is_body(tuple(person.name.split())), said, 1)
