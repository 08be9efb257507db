"""Saying by hand who is who: joining two people on record, or splitting one. Knows the store, no page or command."""

from __future__ import annotations

from collections.abc import Collection

from rag.errors import UsageError
from rag.library.store import Store
from rag.types import Bearer

__all__ = ["join_people", "named", "split_person", "undo_identity"]


def join_people(store: Store, one: str, other: str) -> str:
    """Makes two people on record one from now on, and returns the name they are known by.

    Raises UsageError if a name means nobody or several, or both mean the same person.
    """
    first, second = named(store, one), named(store, other)
    if first == second:
        raise UsageError(f"{one} and {other} are one person on record already: {first}.")
    with store.reading() as view:
        sources = view.mentions_of(second)
    with store.writing() as changes:
        changes.join_people([first, second])
    with store.reading() as view:
        return view.person_in(*sources[0])


def split_person(store: Store, name: str, sources: Collection[str]) -> str:
    """Makes a person another one in some articles, and returns the name that one is known by.

    Raises UsageError if the name means nobody or several, or if the articles are none or all that mention the person.
    """
    person = named(store, name)
    with store.reading() as view:
        going = [mention for mention in view.mentions_of(person) if mention[0] in sources]
    with store.writing() as changes:
        gone, left = changes.split_person(person, sources)
    if not gone:
        raise UsageError(
            f"{person} is not mentioned in {', '.join(sorted(sources))}; `onrecord people` lists articles."
        )
    if not left:
        raise UsageError(f"{person} is mentioned in no other article; there is nobody to split from.")
    with store.reading() as view:
        return view.person_in(*going[0])


def undo_identity(store: Store, name: str) -> bool:
    """Takes back what was joined or split of a person; whether anything was."""
    person = named(store, name)
    with store.writing() as changes:
        return changes.undo_identity(person)


def named(store: Store, name: str) -> str:
    """The one person on record whom a name means. Raises UsageError where it is nobody or several."""
    with store.reading() as view:
        if view.profile(name):
            return name
        found = view.bearers(name)
    if len(found) == 1:
        return found[0].person
    if not found:
        raise UsageError(f"Nobody on record is named {name}; `onrecord people` lists everybody.")
    raise UsageError(f"Several people are named {name}: {_listed(found)}; give the full name.")


def _listed(bearers: Collection[Bearer]) -> str:
    return ", ".join(bearer.person for bearer in bearers)
