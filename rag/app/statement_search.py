"""Searches the statements and people on record: for the page, and as the commands `statements` and `people`."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from rag.answering.claims.credits import enumerated, number_in_words
from rag.answering.retrieval.statements import StatementListing, Wanted, list_statements, perhaps
from rag.app.terminal import emit_json, note, say, statement_text, with_noun
from rag.assembly import make_embedder, open_store
from rag.core import Article, ArticleListing, Bearer, HeldRole, Profile, Statement
from rag.core.errors import EmbeddingError, UsageError
from rag.core.settings import Settings
from rag.json_contract import (
    STATEMENT_COLUMNS,
    bearer_json,
    correction_from_json,
    correction_json,
    profile_json,
    statement_json,
)
from rag.library.corrections import (
    correct,
    corrections,
    join_people,
    split_person,
    take_over,
    undo_correction,
    undo_identity,
)
from rag.library.queries import View, distinct
from rag.library.source_status import changes_of_files, notes_on_files
from rag.library.store import Store
from rag.people.naming import asked_name


@dataclass(frozen=True, slots=True)
class Recorded:
    """The matching statements, in the order of the articles; `shelf` holds each one's article.

    `count` and `undated_count` count repetitions once. `undated` are those that only a date filter excluded. `bearers`
    are all whom the name may mean, the most quoted first. `note` says why a filter can find nothing.
    """

    statements: tuple[Statement, ...]
    undated: tuple[Statement, ...]
    shelf: Mapping[str, ArticleListing]
    count: int
    note: str | None = None
    bearers: tuple[Bearer, ...] = ()
    undated_count: int = 0


class StatementSearch:
    """Searches the whole record for the page. Thread-safe."""

    columns = STATEMENT_COLUMNS
    """The names of the columns of `rows`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def recorded(self, wanted: Wanted) -> Recorded:
        """Returns every statement on record that passes all filters."""
        with self._store.reading() as view:
            shelf = view.shelf()
            try:
                listing = list_statements(view, wanted)
            except UsageError as error:
                return Recorded((), (), shelf, 0, str(error))
        note = None
        if wanted.by and not listing.bearers:
            note = f"Nobody on record is known as {wanted.by}; give the name as the articles have it."
        undated = len(distinct(listing.undated))
        return Recorded(listing.statements, listing.undated, shelf, listing.count, note, listing.bearers, undated)

    def bearers(self, name: str) -> tuple[Bearer, ...]:
        """Finds everybody who may be meant by a name, those with the most statements first."""
        with self._store.reading() as view:
            return view.bearers(name)

    def people(self) -> tuple[Bearer, ...]:
        """Returns all people and bodies that articles mention, those with the most statements first."""
        with self._store.reading() as view:
            return view.everybody()

    def profile(self, name: str) -> Profile | None:
        """Returns the profile of the person or body known by this name, else of its most quoted bearer."""
        with self._store.reading() as view:
            found = view.profile(name)
            bearers = () if found else view.bearers(name)
            return view.profile(bearers[0].person) if bearers else found

    def join(self, one: str, other: str) -> str:
        """Joins two people on record and returns their name. Raises UsageError if a name is ambiguous."""
        return join_people(self._store, one, other)

    def split(self, name: str, sources: Collection[str]) -> str:
        """Splits off a person's mentions in some articles and returns the new name. Raises UsageError like `join`."""
        return split_person(self._store, name, sources)

    def undo_identity(self, name: str) -> bool:
        """Undoes what was joined or split of a person; returns whether anything was."""
        return undo_identity(self._store, name)

    def articles(self, sources: Collection[str]) -> dict[str, Article]:
        """Returns those of the articles that the library holds, by source."""
        with self._store.reading() as view:
            return view.articles(sources)

    def in_article(self, source: str) -> list[Statement]:
        """Returns every statement of one article, in its order."""
        with self._store.reading() as view:
            return view.statements(source=source)

    def rows(self, statements: Iterable[Statement]) -> Sequence[dict[str, Any]]:
        """Returns the statements as `onrecord statements --csv` prints them."""
        listed = list(statements)
        articles = self.articles({statement.source for statement in listed})
        return [
            row
            for statement in listed
            if statement.source in articles
            for row in statement_json(statement, articles[statement.source])
        ]


_SHOWN = 3
"""Articles named for each role; the profile as JSON has all."""


def people_command(options: argparse.Namespace, settings: Settings) -> int:
    """Lists everybody on record, or shows one profile; or joins, splits or undoes that."""
    _check_people_words(options)
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
    note(f"{with_noun(len(found), 'name')} on record")
    return 0


def bearer_text(bearer: Bearer) -> str:
    """Returns a person or body as one line of a list."""
    told = ", ".join(dict.fromkeys((*bearer.titles, *bearer.roles)))
    counts = f"{with_noun(bearer.statements, 'statement')}, {with_noun(bearer.articles, 'article')}"
    first_name = "" if bearer.is_full else " (no first name given)"
    return f"{bearer.person}{first_name}: {counts}{f'; {told}' if told else ''}"


def profile_text(profile: Profile) -> str:
    """Returns a profile as people read it."""
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in profile.said)
    days = "" if profile.first is None else f", {_days(profile.first, profile.last)}"
    others = [name for name in profile.names if name != profile.person]
    said = f"{with_noun(profile.statements, 'statement')}{f' ({kinds})' if kinds else ''}"
    lines = [
        f"{profile.person}{' (joined or split by hand)' if profile.by_hand else ''}",
        f"{said} in {with_noun(len(profile.sources), 'article')}{days}",
        *([f"Also named: {', '.join(others)}"] if others else []),
        *([f"Others of that name: {', '.join(profile.namesakes)}"] if profile.namesakes else []),
        *(["", "Titles and roles"] if profile.roles else []),
        *(f"  {_role_text(held)}" for held in profile.roles),
    ]
    return "\n".join(lines)


def namesakes_text(name: str, counts: Mapping[str, int]) -> str:
    """Lists who shares a name: “Two people named Blair are quoted: Tony Blair (64 statements) and Ian Blair (2)”."""
    counted = [f"{person} ({count:,})" for person, count in counts.items()]
    first, count = next(iter(counts.items()))
    counted[0] = f"{first} ({with_noun(count, 'statement')})"
    people = number_in_words(len(counts)).capitalize()
    return f"{people} people named {asked_name(name).name} are quoted: {enumerated(counted)}."


def _say_who_is_who(store: Store, options: argparse.Namespace) -> int:
    if options.join:
        first, second = options.join
        note(f"{first} and {second} are one person now: {join_people(store, first, second)}.")
    elif options.split:
        person = split_person(store, options.split, options.source)
        note(f"{options.split} in {', '.join(options.source)} is another person now: {person}.")
    elif undo_identity(store, options.undo):
        note(f"{options.undo} is again whom the articles tell of.")
    else:
        note("Nothing was joined or split.")
    return 0


def _check_people_words(options: argparse.Namespace) -> None:
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


def statements(options: argparse.Namespace, settings: Settings) -> int:
    """Lists every recorded statement that fits, with the true count; or corrects one, or hands corrections on."""
    _check_words(options)
    with closing(open_store(settings)) as store:
        if options.correct:
            return _correct(store, options)
        if options.corrections is not None:
            return _corrections(store, options.corrections)
        with store.reading() as view:
            _list(view, options, settings)
    return 0


def _check_words(options: argparse.Namespace) -> None:
    how = sum((options.speaker is not None, options.nobody, options.undo))
    if options.correct and how != 1:
        raise UsageError("Say who spoke: `onrecord statements --correct ID --speaker NAME`, `--nobody` or `--undo`.")
    if how and not options.correct:
        raise UsageError("Say which statement: `onrecord statements --correct ID`; `--json` prints the ids.")


def _list(view: View, options: argparse.Namespace, settings: Settings) -> None:
    wanted = Wanted(
        by=options.by,
        about=options.about,
        source=options.source,
        kind=options.kind,
        since=options.since,
        until=options.until,
        outlet=options.outlet,
    )
    found = list_statements(view, wanted)
    as_table = options.json or options.csv
    near = [] if as_table and not options.perhaps else _perhaps(view, wanted, found, settings)
    every = (*found.statements, *found.undated)
    if wanted.by and len(counts := found.by_speaker) > 1:
        note(namesakes_text(wanted.by, counts))
    if as_table:
        rows = _rows(view, every, {"perhaps": False} if options.perhaps else {})
        also = _rows(view, near, {"perhaps": True})
        more = ["corrected"] if any(statement.corrected for statement in (*every, *near)) else []
        more += ["perhaps"] if options.perhaps else []
        _print_rows(chain(rows, also), more, as_json=options.json)
    else:
        _print_once(view, every)
    _print_count(found)
    changes = changes_of_files(
        view.articles({statement.source for statement in every}).values(), view.folder, settings.data
    )
    for told in notes_on_files(changes):
        note(told)
    if near and not as_table:
        say("\nPerhaps also: near the topic in meaning, without its words, and not counted")
        for statement, article in _with_articles(view, near):
            say(statement_text(statement, article))


def _perhaps(view: View, wanted: Wanted, found: StatementListing, settings: Settings) -> list[Statement]:
    """Finds near misses with the embedding model; if it is missing, this is only noted."""
    if not wanted.by or not wanted.about:
        return []
    try:
        return perhaps(view, wanted, found, make_embedder(settings))
    except EmbeddingError as error:
        note(f"What is near the topic in meaning was not looked for: {error}")
        return []


def _with_articles(view: View, statements: Iterable[Statement]) -> Iterator[tuple[Statement, Article]]:
    """Yields each statement with its article, holding one article in memory at a time."""
    for source, group in groupby(statements, key=lambda statement: statement.source):
        article = view.article(source)
        for statement in group:
            yield statement, article


def _print_once(view: View, statements: Sequence[Statement]) -> None:
    """Prints a line for each statement, those of copies of an article under the one that it counts as."""
    copies, within = view.copies(), {statement.id: statement.source for statement in statements}
    again: defaultdict[str, list[str]] = defaultdict(list)
    own = []
    for statement in statements:
        earlier = within.get(statement.repeats or "", statement.source)
        if earlier != statement.source and copies.get(statement.source, statement.source) == copies.get(
            earlier, earlier
        ):
            again[statement.repeats or ""].append(statement.source)
        else:
            own.append(statement)
    for statement, article in _with_articles(view, own):
        also = f" (also in {', '.join(again[statement.id])})" if statement.id in again else ""
        say(statement_text(statement, article) + also)


def _rows(view: View, statements: Iterable[Statement], more: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for statement, article in _with_articles(view, statements):
        yield from (row | more for row in statement_json(statement, article))


def _print_rows(rows: Iterable[dict[str, Any]], more: Sequence[str], *, as_json: bool) -> None:
    """Prints rows as JSON lines or CSV; `more` are columns that only some lists have."""
    if as_json:
        emit_json(rows)
        return
    table = csv.DictWriter(sys.stdout, [*STATEMENT_COLUMNS, *more])
    table.writeheader()
    table.writerows(map(_in_cells, rows))


def _in_cells(row: dict[str, Any]) -> dict[str, Any]:
    """Joins the lists of a row into single cells, separated by semicolons."""
    return {key: "; ".join(value) if isinstance(value, (list, tuple)) else value for key, value in row.items()}


def _print_count(found: StatementListing) -> None:
    """Prints the true count on standard error, so that it never mixes with JSON or CSV."""
    repeated = len(found.statements) - found.count
    more = f" ({repeated:,} more {'repeats' if repeated == 1 else 'repeat'} one of them)" if repeated else ""
    note(f"{with_noun(found.count, 'statement')}{more}")
    if found.undated:
        undated = with_noun(len(distinct(found.undated)), "statement")
        note(f"{undated} more, listed last, in articles without a date of publication")


def _correct(store: Store, options: argparse.Namespace) -> int:
    if options.undo:
        undone = undo_correction(store, options.correct)
        note("The speaker is again the one that the article was read to name." if undone else "Nothing was corrected.")
        return 0
    name = options.speaker
    if name:
        with store.reading() as view:
            quoted = [bearer.person for bearer in view.bearers(name) if bearer.statements]
        name = quoted[0] if len(quoted) == 1 else name
    correct(store, options.correct, name or None)
    with store.reading() as view:
        for statement, article in _with_articles(view, view.statements(ids=[options.correct])):
            say(statement_text(statement, article))
    return 0


def _corrections(store: Store, file: str) -> int:
    """Prints every correction as a JSON line, or takes over those of a file."""
    if file:
        given = list(_read_corrections(Path(file)))
        note(f"{with_noun(len(given), 'correction')} taken over, of which {take_over(store, given):,} apply here")
        return 0
    kept = corrections(store)
    emit_json(correction_json(correction) for correction in kept)
    if lapsed := sum(correction.statement is None for correction in kept):
        note(f"{with_noun(lapsed, 'correction')} no longer apply: their words are gone, or are no statement any more")
    return 0


def _read_corrections(file: Path) -> Iterator[Any]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read ({error}); name a file that `--corrections` printed.") from error
    for place, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield correction_from_json(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(
                    f"Line {place} of {file} is no correction ({type(error).__name__}: {error}); "
                    "give the lines that `onrecord statements --corrections` printed."
                ) from error
