"""The whole record behind the page: every statement that fits a few filters. It knows no question and no page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.answering.assistant import Assistant
from rag.answering.frames import distinct
from rag.answering.known import Known
from rag.answering.spelling import groups
from rag.answering.words import phrases
from rag.contract import STATEMENT_COLUMNS, statement_json
from rag.types import Article, Kind, Shelved, Statement


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which statements are wanted; None for each filter that is not set. `since` and `until` include their day."""

    by: str | None = None
    about: str | None = None
    outlet: str | None = None
    source: str | None = None
    kind: Kind | None = None
    since: dt.date | None = None
    until: dt.date | None = None


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
            known = Known(view.people())
            person = known.named(wanted.by) if wanted.by else None
            about = groups(phrases(wanted.about), known) if wanted.about else ()
            note = _unfit(wanted, is_known=person is not None, has_words=bool(about))
            found = (
                view.statements(
                    by=[person.name] if person else None, about=about, source=wanted.source, kind=wanted.kind
                )
                if note is None
                else []
            )
        if wanted.outlet:
            found = [one for one in found if shelf[one.source].outlet == wanted.outlet]
        dated = wanted.since is not None or wanted.until is not None
        within = [one for one in found if not dated or _is_within(shelf[one.source].published, wanted)]
        undated = [one for one in found if dated and shelf[one.source].published is None]
        return Recorded(tuple(within), tuple(undated), shelf, len(distinct(within)), note)

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


def _unfit(wanted: Wanted, *, is_known: bool, has_words: bool) -> str | None:
    if wanted.by and not is_known:
        return f"Nobody on record is known as {wanted.by}, or several people are; give the full name."
    if wanted.about and not has_words:
        return f"“{wanted.about}” holds no word to look for; name the topic."
    return None


def _is_within(published: str | None, wanted: Wanted) -> bool:
    if published is None:
        return False
    day = published[:10]
    return (wanted.since is None or wanted.since.isoformat() <= day) and (
        wanted.until is None or day <= wanted.until.isoformat()
    )
