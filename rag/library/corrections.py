"""Correcting speakers by hand. Knows the store, no page or command."""

from __future__ import annotations

from collections.abc import Iterable

from rag.errors import LibraryError, UsageError
from rag.library.store import Store
from rag.text.name_matching import parts
from rag.types import Correction

__all__ = ["correct", "corrections", "take_over", "undo"]


def correct(store: Store, statement: str, speaker: str | None) -> Correction:
    """Names the speaker of a statement by hand, None for one who is not known; it counts everywhere from now on.

    Somebody on record is meant by the name they are known by there. Raises LibraryError if there is no such statement,
    UsageError for a name without a letter in it.
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


def undo(store: Store, statement: str) -> bool:
    """Takes back what was corrected of a statement; whether anything was. Raises LibraryError if there is no such."""
    with store.writing() as changes:
        undone = changes.undo_correction(statement)
        with store.reading() as view:
            if not undone and not view.has_statement(statement):
                raise _unknown(statement)
        changes.settle_people()
    return undone


def corrections(store: Store) -> list[Correction]:
    """Every correction, by source and place, those that no longer apply among them."""
    with store.reading() as view:
        return view.corrections()


def take_over(store: Store, given: Iterable[Correction]) -> int:
    """Takes over corrections made in another library, each in place of one of the same words; how many apply here."""
    named = list(given)
    with store.writing() as changes:
        changes.keep_corrections(named)
        changes.settle_people()
    wanted = {(one.digest, one.start, one.end, one.cue) for one in named}
    return sum(
        (one.digest, one.start, one.end, one.cue) in wanted and one.statement is not None for one in corrections(store)
    )


def _name(speaker: str | None) -> str | None:
    name = " ".join(speaker.split()) if speaker else None
    if name and not parts(name):
        raise UsageError(f"{speaker!r} is no name; name the speaker, or say that nobody is known with `--nobody`.")
    return name or None


def _unknown(statement: str) -> LibraryError:
    return LibraryError(f"The library holds no statement {statement!r}; `onrecord statements --json` prints their ids.")
