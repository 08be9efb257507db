"""The whole record behind the page: every statement that fits a few filters. It knows no question and no page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.answering.assistant import Assistant
from rag.answering.listing import Wanted, listed
from rag.contract import STATEMENT_COLUMNS, statement_json
from rag.errors import UsageError
from rag.types import Article, Shelved, Statement


@dataclass(frozen=True, slots=True)
class Recorded:
    """The statements that were wanted, in the order of the articles; `shelf` holds each one's article.

    `count` counts as a reader does, repetitions once. `undated` are those that only a date filter kept out, because
    their articles have none. `note` says why a filter finds nothing whatever the articles say.
    """

    statements: tuple[Statement, ...]
    undated: tuple[Statement, ...]
    shelf: Mapping[str, Shelved]
    count: int
    note: str | None = None


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
                listing = listed(view, wanted)
            except UsageError as error:
                return Recorded((), (), shelf, 0, str(error))
        note = None
        if wanted.by and listing.speaker is None:
            note = f"Nobody on record is known as {wanted.by}, or several people are; give the full name."
        return Recorded(listing.statements, listing.undated, shelf, listing.count, note)

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
