"""The command on the people of the record: listing them, one profile, and saying by hand who is who."""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from rag.assembly import open_store
from rag.contract import bearer_json, profile_json
from rag.errors import UsageError
from rag.settings import Settings
from rag.terminal import counted, emit_json, note, say
from rag.types import Bearer, HeldRole, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag.library.store import Store

_SHOWN = 3
"""Articles that are named of a role; the profile as JSON has all."""


def people(options: argparse.Namespace, settings: Settings) -> int:
    """Lists everybody on record, or shows one profile; or joins, splits or undoes that."""
    _check_words(options)
    with closing(open_store(settings)) as store:
        if options.join or options.split or options.undo:
            return _say_who_is_who(store, options)
        with store.reading() as view:
            found = view.bearers(options.name) if options.name else view.everybody()
            profile = view.profile(found[0].person) if options.name and len(found) == 1 else None
    if options.name and not found:
        raise UsageError(f"Nobody on record is named {options.name}; `onrecord people` lists everybody.")
    if profile:
        if options.json:
            emit_json([profile_json(profile)])
        else:
            say(profile_text(profile))
        return 0
    if options.json:
        emit_json(map(bearer_json, found))
    else:
        for bearer in found:
            say(bearer_text(bearer))
    note(f"{counted(len(found), 'name')} on record")
    return 0


def bearer_text(bearer: Bearer) -> str:
    """A person or body as one line of a list."""
    told = ", ".join(dict.fromkeys((*bearer.titles, *bearer.roles)))
    counts = f"{counted(bearer.statements, 'statement')}, {counted(bearer.articles, 'article')}"
    first_name = "" if bearer.is_full else " (no first name given)"
    return f"{bearer.person}{first_name}: {counts}{f'; {told}' if told else ''}"


def profile_text(profile: Profile) -> str:
    """A profile as people read it."""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in profile.said)
    days = "" if profile.first is None else f", {_days(profile.first, profile.last)}"
    others = [name for name in profile.names if name != profile.person]
    said = f"{counted(profile.statements, 'statement')}{f' ({kinds})' if kinds else ''}"
    lines = [
        f"{profile.person}{' (joined or split by hand)' if profile.by_hand else ''}",
        f"{said} in {counted(len(profile.sources), 'article')}{days}",
        *([f"Also named: {', '.join(others)}"] if others else []),
        *([f"Others of that name: {', '.join(profile.namesakes)}"] if profile.namesakes else []),
        *(["", "Titles and roles"] if profile.roles else []),
        *(f"  {_role_text(held)}" for held in profile.roles),
    ]
    return "\n".join(lines)


def namesakes_text(name: str, counts: Mapping[str, int]) -> str:
    """Who shares a name: “Two people named Blair are quoted: Tony Blair (64 statements) and Ian Blair (2)”."""
    from rag.answering.voice import listed, number

    each = [f"{person} ({count:,})" for person, count in counts.items()]
    first, count = next(iter(counts.items()))
    each[0] = f"{first} ({counted(count, 'statement')})"
    return f"{number(len(counts)).capitalize()} people named {_surname(name)} are quoted: {listed(each)}."


def _surname(name: str) -> str:
    """The name that people share, without the title in front of it: Blair of “Mr blair”."""
    from rag.people.naming import asked_name

    return asked_name(name).name


def _say_who_is_who(store: Store, options: argparse.Namespace) -> int:
    from rag.library.identities import join_people, split_person, undo_identity

    if options.join:
        one, other = options.join
        note(f"{one} and {other} are one person now: {join_people(store, one, other)}.")
    elif options.split:
        person = split_person(store, options.split, options.source)
        note(f"{options.split} in {', '.join(options.source)} is another person now: {person}.")
    elif undo_identity(store, options.undo):
        note(f"{options.undo} is again whom the articles tell of.")
    else:
        note("Nothing was joined or split.")
    return 0


def _check_words(options: argparse.Namespace) -> None:
    if bool(options.split) != bool(options.source):
        raise UsageError("Say who is another in which articles: `onrecord people --split NAME --source FILE`.")
    if sum(map(bool, (options.name, options.join, options.split, options.undo))) > 1:
        raise UsageError("Give a name to show, or one of `--join`, `--split` and `--undo`.")


def _role_text(held: HeldRole) -> str:
    named = ", ".join(held.sources[:_SHOWN])
    more = f" and {len(held.sources) - _SHOWN:,} more" if len(held.sources) > _SHOWN else ""
    days = "" if held.first is None else f", {_days(held.first, held.last)}"
    return f"{held.role}{days}: {named}{more}"


def _days(first: str, last: str | None) -> str:
    return first if last in {None, first} else f"{first} to {last}"
