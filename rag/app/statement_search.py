"""The whole record behind the page: every statement that fits a few filters. It knows no question and no page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.answering.assistant import Assistant
from rag.answering.retrieval.statements import Wanted, list_statements
from rag.core import Article, ArticleListing, Bearer, Profile, Statement
from rag.core.errors import UsageError
from rag.json_contract import STATEMENT_COLUMNS, statement_json
from rag.library.corrections import join_people, split_person, undo_identity


@dataclass(frozen=True, slots=True)
class Recorded:
    """The statements that were wanted, in the order of the articles; `shelf` holds each one's article.

    `count` counts as a reader does, repetitions once. `undated` are those that only a date filter kept out, because
    their articles have none. `bearers` are all whom the name that was asked for may mean, the most quoted first. `note`
    says why a filter finds nothing whatever the articles say.
    """

    statements: tuple[Statement, ...]
    undated: tuple[Statement, ...]
    shelf: Mapping[str, ArticleListing]
    count: int
    note: str | None = None
    bearers: tuple[Bearer, ...] = ()


class Desk:
    """What a reader of the whole record may ask for. Safe to use from several threads."""

    columns = STATEMENT_COLUMNS
    """The names of what `rows` gives."""

    def __init__(self, assistant: Assistant) -> None:
        self._store = assistant.store

    def recorded(self, wanted: Wanted) -> Recorded:
        """Every statement on record that passes all filters."""
        with self._store.reading() as view:
            shelf = view.shelf()
            try:
                listing = list_statements(view, wanted)
            except UsageError as error:
                return Recorded((), (), shelf, 0, str(error))
        note = None
        if wanted.by and not listing.bearers:
            note = f"Nobody on record is known as {wanted.by}; give the name as the articles have it."
        return Recorded(listing.statements, listing.undated, shelf, listing.count, note, listing.bearers)

    def bearers(self, name: str) -> tuple[Bearer, ...]:
        """Everybody who may be meant by a name, those with the most statements first."""
        with self._store.reading() as view:
            return view.bearers(name)

    def people(self) -> tuple[Bearer, ...]:
        """All people and bodies that articles mention, those with the most statements first."""
        with self._store.reading() as view:
            return view.everybody()

    def profile(self, name: str) -> Profile | None:
        """What the articles tell of the person or body known by this name, else of the most quoted bearer of it."""
        with self._store.reading() as view:
            found = view.profile(name)
            bearers = () if found else view.bearers(name)
            return view.profile(bearers[0].person) if bearers else found

    def join(self, one: str, other: str) -> str:
        """Makes two people on record one, and returns their name. Raises UsageError where a name is not clear."""
        return join_people(self._store, one, other)

    def split(self, name: str, sources: Collection[str]) -> str:
        """Makes a person another one in some articles, and returns that one's name. Raises UsageError like `join`."""
        return split_person(self._store, name, sources)

    def undo_identity(self, name: str) -> bool:
        """Takes back what was joined or split of a person; whether anything was."""
        return undo_identity(self._store, name)

    def articles(self, sources: Collection[str]) -> dict[str, Article]:
        """Those of the articles that the library holds, by source."""
        with self._store.reading() as view:
            return view.articles(sources)

    def in_article(self, source: str) -> list[Statement]:
        """Every statement of one article, in its order."""
        with self._store.reading() as view:
            return view.statements(source=source)

    def rows(self, statements: Iterable[Statement]) -> Sequence[dict[str, Any]]:
        """The statements as `onrecord statements --csv` prints them."""
        listed = list(statements)
        articles = self.articles({one.source for one in listed})
        return [row for one in listed if one.source in articles for row in statement_json(one, articles[one.source])]
