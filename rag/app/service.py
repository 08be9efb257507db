"""Answers the page and other programs: the verbs of the command line, in the JSON of the contract for HTTP and MCP."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import anyio

from rag.answering.assistant import Assistant
from rag.answering.retrieval.statements import Wanted, list_statements
from rag.app.monitoring import Door, Health, Journal, check_health
from rag.app.terminal import namesakes_text
from rag.core import (
    QUESTION_LIMIT,
    Answer,
    Article,
    ArticleListing,
    Bearer,
    Hit,
    Profile,
    Span,
    Statement,
    Step,
    Turn,
)
from rag.core.errors import OnrecordError, UsageError
from rag.json_contract import STATEMENT_COLUMNS, checked_json, hit_json, place_json, quotable_json, statement_json
from rag.library.source_status import SourceList, SourceStatus
from rag.library.statement_keys import distinct
from rag.library.store import Store
from rag.verification.draft import verify_draft, verify_quote

if TYPE_CHECKING:
    from rag.background import BackgroundIndexer

_Listed = TypeVar("_Listed")

PROGRAMS_AT_ONCE: Final = 4
"""Questions of other programs that are worked on at the same time; further ones wait."""

HITS, ROWS, CHARACTERS = 50, 1_000, 20_000
"""The most passages, statements or sources, and characters of an article that one call returns."""

DRAFT: Final = 100_000
"""Characters of the longest text whose quotations are checked."""


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

    def profile(self, name: str) -> Profile | None:
        """Returns the profile of the person or body known by this name, else of its most quoted bearer."""
        with self._store.reading() as view:
            found = view.profile(name)
            bearers = () if found else view.bearers(name)
            return view.profile(bearers[0].person) if bearers else found

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


class NotHeld(UsageError):
    """The library holds no such article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question of another program: the conversation before it, and the day of asking (None for today)."""

    question: str
    door: Door
    history: tuple[Turn, ...] = ()
    asked: dt.date | None = None


class LibraryService:
    """What other programs may ask of one library. Thread-safe; what it tells has passed the same check as on the page.

    It keeps no conversation: each question brings its history. Articles are shown to everybody who is let in.
    """

    def __init__(self, assistant: Assistant, indexer: BackgroundIndexer | None = None) -> None:
        """`indexer` is what keeps the library fresh, if anything does."""
        self._assistant = assistant
        self._indexer = indexer
        self._store = assistant.store
        self._statements = StatementSearch(assistant.store)
        self._sources = SourceList(assistant.store)
        self._slots = asyncio.Semaphore(PROGRAMS_AT_ONCE)
        self.journal = Journal(
            assistant.summary, indexer.news if indexer else None, with_questions=assistant.settings.log_questions
        )

    def health(self) -> Health:
        """Tells whether questions can be answered."""
        return check_health(self._assistant, self._indexer)

    async def ask(self, asked: AskedQuestion) -> Answer:
        """Answers a question. Raises UsageError for one that cannot be read."""
        async with aclosing(self.stream(asked)) as steps:
            async for step in steps:
                if isinstance(step, Answer):
                    return step
        raise TypeError("An answer must come last.")

    async def stream(self, asked: AskedQuestion) -> AsyncGenerator[Step]:
        """Answers step by step, as `Assistant.stream`; each step is worked on in a thread.

        Closing it ends the writing. Raises UsageError for a question that cannot be read.
        """
        async with self._slots:
            steps = self._steps(asked)
            try:
                while (step := await anyio.to_thread.run_sync(next, steps, _END)) is not _END:
                    yield cast("Step", step)
            finally:
                steps.close()

    def _steps(self, asked: AskedQuestion) -> Generator[Any]:
        """Yields the steps of an answer, and notes how it ended."""
        outcome: Answer | str = "left"
        try:
            _require_short(asked.question)
            with closing(self._assistant.stream(asked.question, asked.history, asked.asked)) as steps:
                for step in steps:
                    outcome = step if isinstance(step, Answer) else outcome
                    yield step
        except OnrecordError:
            outcome = "refused"
            raise
        except Exception:
            outcome = "failed"
            raise
        finally:
            self.journal.asked(asked.door, asked.question, outcome)

    def search(self, query: str, limit: int = 10) -> dict[str, Any]:
        """Finds passages, best first, each with its exact place and the statements on record within it."""
        _require_short(query)
        hits = self._assistant.search(query, limit)
        sources = list(dict.fromkeys(hit.passage.source for hit in hits))
        with self._store.reading() as view:
            articles, said = view.articles(sources), view.statements(sources=sources)
        found = [_found_json(hit, articles[hit.passage.source], said) for hit in hits if hit.passage.source in articles]
        return {"query": query, "hits": found, "notes": list(self._assistant.changed_files(sources))}

    def statements(
        self, wanted: Wanted, offset: int = 0, limit: int = 100, *, quotable: bool = False
    ) -> dict[str, Any]:
        """Lists a part of all statements that pass the filters, with their true count.

        Statements that only a date filter left out, because their articles have no date, come last and are counted as
        `undated`. Rows are those of `onrecord statements --json`; with `quotable`, places that may be quoted.
        """
        recorded = self._statements.recorded(wanted)
        part, place = _part((*recorded.statements, *recorded.undated), offset, limit)
        return {
            "count": recorded.count,
            "undated": len(recorded.undated),
            **place,
            "notes": _notes_on(recorded, wanted),
            "statements": self._quotable(part) if quotable else list(self._statements.rows(part)),
        }

    def verify(self, text: str) -> dict[str, Any]:
        """Checks every quotation of a text against the articles."""
        if len(text) > DRAFT:
            raise UsageError(f"A text may have {DRAFT:,} characters; check it in parts.")
        checked = verify_draft(text, self._store)
        rows = [checked_json(quotation) for quotation in checked]
        return {"stands": all(quotation.stands for quotation in checked), "quotations": rows}

    def verify_quote(self, quote: str, speaker: str | None = None) -> dict[str, Any]:
        """Checks one quotation, with or without marks around it, and whom it is credited to."""
        words = quote.strip().strip('“”„«»"').strip()
        if not words:
            raise UsageError("There are no words to check; give the quotation.")
        _require_short(words)
        return checked_json(verify_quote(words, " ".join((speaker or "").split()) or None, self._store))

    def sources(self, search: str = "", offset: int = 0, limit: int = ROWS) -> dict[str, Any]:
        """Lists a part of the articles and files, and how they stand; `search` is part of a source or title."""
        sought = search.casefold().strip()
        every = [status for status in self._sources.standing() if sought in _named(status).casefold()]
        part, place = _part(every, offset, limit)
        return {"count": len(every), **place, "sources": [_source_json(status) for status in part]}

    def article(self, source: str, start: int = 0, end: int | None = None) -> dict[str, Any]:
        """Returns a part of an article's text, at most `CHARACTERS` of it, and the statements on record within it."""
        article = self._statements.articles([source]).get(source)
        if article is None:
            raise NotHeld(f"The library holds no article {source}; give a `source` as a search or a citation has it.")
        whole = len(article.text)
        last = min(whole, start + CHARACTERS, whole if end is None else end)
        if not 0 <= start < last:
            raise UsageError(f"{source} has {whole:,} characters; ask for a start below its end within them.")
        span = Span(start, last)
        told = place_json(span, article)
        within = [one for one in self._statements.in_article(source) if one.span.overlaps(span)]
        return {
            **told,
            "digest": article.digest,
            "length": whole,
            "next_start": last if last < whole else None,
            "statements": [row for one in within for row in quotable_json(one, article)],
        }

    def _quotable(self, statements: Sequence[Statement]) -> list[dict[str, Any]]:
        articles = self._statements.articles({one.source for one in statements})
        held = ((one, articles[one.source]) for one in statements if one.source in articles)
        return [row for one, article in held for row in quotable_json(one, article)]


_END: Final = object()


def _part(every: Sequence[_Listed], offset: int, limit: int) -> tuple[Sequence[_Listed], dict[str, int | None]]:
    """Returns a part of a list, with its offset and where the next part begins."""
    end = offset + limit
    return every[offset:end], {"offset": offset, "next_offset": end if end < len(every) else None}


def _require_short(words: str) -> None:
    if not words.strip():
        raise UsageError("There is no question; ask one in a few words.")
    if len(words) > QUESTION_LIMIT:
        raise UsageError(f"{len(words):,} characters are too many; ask in up to {QUESTION_LIMIT:,}.")


def _found_json(hit: Hit, article: Article, said: Iterable[Statement]) -> dict[str, Any]:
    """Writes a passage with the statements that it holds, so that nobody takes them for the outlet's words."""
    within = [one for one in said if one.source == article.source and one.span.overlaps(hit.passage.span)]
    rows = [row for one in within for row in quotable_json(one, article)]
    return {**hit_json(hit), **place_json(hit.passage.span, article), "statements": rows}


def _notes_on(recorded: Recorded, wanted: Wanted) -> list[str]:
    counts: dict[str, int] = {}
    for statement in recorded.statements:
        if statement.speaker:
            counts[statement.speaker] = counts.get(statement.speaker, 0) + 1
    several = [namesakes_text(wanted.by, counts)] if wanted.by and len(counts) > 1 else []
    return [*filter(None, [recorded.note]), *several]


def _named(status: SourceStatus) -> str:
    title = status.listing and status.listing.title
    return f"{status.source} {title or ''}"


def _source_json(status: SourceStatus) -> dict[str, Any]:
    listing = status.listing
    return {
        "source": status.source,
        "state": status.state,
        "reason": status.reason,
        "title": listing and listing.title,
        "outlet": listing and listing.outlet,
        "published": listing and listing.published,
        "words": status.words,
        "statements": listing.statements if listing else 0,
    }
