"""Looks up in the library what a model asks for while it writes, within the bounds of the question."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.answering.retrieval.statements import Wanted, distinct, list_statements
from rag.core import Bounds, Evidence, Kind, Query, Statement
from rag.core.errors import UsageError
from rag.text.name_matching import fold_name

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant
    from rag.library.queries import View

_SHOWN = 30
"""Statements whose articles are read for a model; all are counted."""


class Lookup:
    """What may be looked up, by the verbs that everybody uses."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def search(self, words: str, bounds: Bounds) -> tuple[Query, Evidence]:
        """What the articles hold on a question or a few words, and how these were read."""
        query = self._assistant.understand(words, asked=bounds.asked)
        with self._assistant.store.reading() as view:
            sources, notes = _allowed(view, bounds)
        return query, replace(self._assistant.find(query, sources), notes=notes)

    def statements(self, by: str | None, about: str | None, kind: Kind | None, bounds: Bounds) -> Evidence:
        """Every statement on record by somebody on something; the articles of as many as a model reads."""
        people = self._people(by, bounds) if by else [None]
        wanted = Wanted(about=about, kind=kind, since=bounds.since, until=bounds.until, outlet=bounds.outlet)
        with self._assistant.store.reading() as view:
            listings = [list_statements(view, replace(wanted, by=person)) for person in people]
            if by and not any(listing.bearers for listing in listings):
                raise UsageError(f"Nobody on record is known as {by}.")
            every, undated = (
                distinct(one for group in groups for one in group if one.is_said and _is_among(one, bounds))
                for groups in ([one.statements for one in listings], [one.undated for one in listings])
            )
            return _evidence(view, {one.source for one in every[:_SHOWN]}, every, _left_out(len(undated), "statement"))

    def _people(self, by: str, bounds: Bounds) -> list[str]:
        """The names on record of all whom the words mean: one, several of a name, or those who speak for a nation."""
        query = self._assistant.understand(f"What did {by} say?", asked=bounds.asked)
        if query.link and (query.link.is_open or query.link.by in {"nation", "aide"}):
            return [bearer.person for bearer in query.link.bearers]
        return list(query.voices) or [by]

    def article(self, source: str, bounds: Bounds) -> Evidence:
        """One article, by its source, its file name or its title."""
        with self._assistant.store.reading() as view:
            found = _named(view, source)
            if found is None or (bounds.among is not None and found not in bounds.among):
                raise UsageError(f"There is no article {source}; give the name of its file.")
            return _evidence(view, [found])


def _evidence(
    view: View, sources: Iterable[str], statements: Iterable[Statement] = (), notes: tuple[str, ...] = ()
) -> Evidence:
    """The articles with all that the check must know of them."""
    articles = view.articles(sources)
    return Evidence(
        articles=articles,
        statements=tuple(statements),
        record=tuple(view.statements(sources=list(articles))),
        sentences=view.sentences(articles),
        notes=notes,
    )


def _allowed(view: View, bounds: Bounds) -> tuple[Collection[str] | None, tuple[str, ...]]:
    """The articles within the bounds, None for all; and how many were left out because they have no date."""
    if not (bounds.since or bounds.until or bounds.outlet):
        return bounds.among, ()
    days = {name: day.isoformat() for name, day in (("since", bounds.since), ("until", bounds.until)) if day}
    dates = view.dates(outlet=_outlet(view, bounds.outlet), **days)
    within = {source: day for source, day in dates.items() if bounds.among is None or source in bounds.among}
    undated = sum(day is None for day in within.values()) if days else 0
    return [source for source, day in within.items() if day or not days], _left_out(undated, "article")


def _outlet(view: View, name: str | None) -> str | None:
    """The outlet as the articles write it."""
    if name is None:
        return None
    return next((outlet for outlet in view.summary().outlets if outlet.casefold() == name.casefold()), name)


def _left_out(count: int, noun: str) -> tuple[str, ...]:
    many = f"{count:,} more {noun}{'s have' if count > 1 else ' has'}"
    return (f"{many} no date and may lie within the time asked for.",) if count else ()


def _is_among(statement: Statement, bounds: Bounds) -> bool:
    return bounds.among is None or statement.source in bounds.among


def _named(view: View, name: str) -> str | None:
    """The source of the one article of that name: its path, its file name, its title."""
    shelf = view.shelf()
    if name in shelf:
        return name
    wanted = fold_name(name)
    for called in (lambda source: source.rpartition("/")[2], lambda source: shelf[source].title or ""):
        found = [source for source in shelf if fold_name(called(source)) == wanted]
        if len(found) == 1:
            return found[0]
    return None
