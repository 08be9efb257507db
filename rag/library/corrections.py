"""Applies manual corrections of who said something and which people are the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rag.core import Correction
from rag.core.errors import LibraryError, UsageError
from rag.library.store import Store
from rag.text.name_matching import parts


def correct(store: Store, statement: str, speaker: str | None) -> Correction:
    """Corrects the speaker of a statement by hand; None for an unknown speaker.

    A name on record means that person. Raises LibraryError if there is no such statement, UsageError for no name.
    """
    name = _name(speaker)
    with store.reading() as view:
        is_on_record = name is not None and bool(view.mentions_of(name))
    with store.writing() as changes:
        correction = changes.correct(statement, name)
        if correction is None:
            raise _unknown(statement)
        changes.settle_people()
        if name and is_on_record:
            with store.reading() as view:
                found = view.person_in(correction.source, name)
            if found != name:  # “Lord Browne” is what one is known by whom no article calls so in full
                changes.join_people([name, found])
    return correction


def undo_correction(store: Store, statement: str) -> bool:
    """Undoes the correction of a statement; returns whether there was one. Raises LibraryError if it does not exist."""
    with store.writing() as changes:
        undone = changes.undo_correction(statement)
        with store.reading() as view:
            if not undone and not view.statements(ids=[statement]):
                raise _unknown(statement)
        changes.settle_people()
    return undone


def corrections(store: Store) -> list[Correction]:
    """Returns every correction, by source and place, those that no longer apply among them."""
    with store.reading() as view:
        return view.corrections()


def take_over(store: Store, given: Iterable[Correction]) -> int:
    """Imports corrections, each replacing one of the same words; returns how many apply here."""
    named = list(given)
    with store.writing() as changes:
        changes.keep_corrections(named)
        changes.settle_people()
    wanted = {(correction.digest, correction.start, correction.end, correction.cue) for correction in named}
    return sum(
        (correction.digest, correction.start, correction.end, correction.cue) in wanted
        and correction.statement is not None
        for correction in corrections(store)
    )


def _name(speaker: str | None) -> str | None:
    name = " ".join(speaker.split()) if speaker else None
    if name and not parts(name):
        raise UsageError(f"{speaker!r} is no name; name the speaker, or say that nobody is known with `--nobody`.")
    return name or None


def _unknown(statement: str) -> LibraryError:
    return LibraryError(f"The library holds no statement {statement!r}; `onrecord statements --json` prints their ids.")


def join_people(store: Store, one: str, other: str) -> str:
    """Joins two people on record into one and returns the name they are known by.

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
    """Makes the bearer of a name another person in some articles and returns that person's name.

    Raises UsageError if the name means nobody or several, or the articles are none or all that mention the person.
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
    """Undoes what was joined or split of a person; returns whether anything was."""
    person = named(store, name)
    with store.writing() as changes:
        return changes.undo_identity(person)


def named(store: Store, name: str) -> str:
    """Returns the one person on record whom a name means. Raises UsageError where it is nobody or several."""
    with store.reading() as view:
        if view.profile(name):
            return name
        found = view.bearers(name)
    if len(found) == 1:
        return found[0].person
    if not found:
        raise UsageError(f"Nobody on record is named {name}; `onrecord people` lists everybody.")
    people = ", ".join(bearer.person for bearer in found)
    raise UsageError(f"Several people are named {name}: {people}; give the full name.")
