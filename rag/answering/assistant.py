"""Answers questions from one library: understands, finds, writes and checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import replace

from rag.answering.checking.check import check, stream
from rag.answering.checking.judge import Judge
from rag.answering.retrieval import hybrid, other_languages, overview
from rag.answering.retrieval.ranking import Meaning
from rag.answering.retrieval.statements import Wanted, list_statements
from rag.answering.understanding.entity_index import EntityIndex, LibraryLookup, disambiguated
from rag.answering.understanding.query import cited_last, last_question, stems_of, understand
from rag.answering.writing.extractive import OfflineWriter
from rag.core import Answer, Article, ArticleDetails, Bounds, Draft, Evidence, Hit, Kind, Query, Statement, Step, Turn
from rag.core.errors import EmptyLibrary, UsageError
from rag.core.protocols import Writer
from rag.core.settings import Settings
from rag.library.source_status import changes_of_files, notes_on_files
from rag.library.statement_keys import distinct
from rag.library.store import Store, View
from rag.text.name_matching import fold_name

_PATIENCE = 0.02
"""Seconds that a question waits for the vectors of new articles; full text finds them meanwhile."""


class Assistant:
    """Answers questions from one library. Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        meaning: Meaning,
        writer: Writer,
        settings: Settings,
        judge: Judge | None = None,
    ) -> None:
        """`judge` reads a model's sentences a second time; None if no model writes, or none may judge."""
        self.store = store
        self.embedder = meaning.embedder
        self.index = meaning.index
        self.meaning = meaning
        self.writer = writer
        self.settings = settings
        self.judge = judge
        self.overviews = overview.Overviews(meaning.embedder)
        self._people: tuple[tuple[int, int], EntityIndex] | None = None

    def ask(self, question: str, history: Sequence[Turn] = (), asked: dt.date | None = None) -> Answer:
        """Answers a question. Raises UsageError for an invalid question, EmptyLibrary before anything is indexed."""
        query = self.understand(question, history, asked)
        evidence = self.find(query)
        draft = self.write(query, evidence)
        return self.check(query, evidence, draft)

    def stream(self, question: str, history: Sequence[Turn] = (), asked: dt.date | None = None) -> Generator[Step]:
        """Answers a question step by step, while the answer is being written.

        Yields a `Passed` for each sentence as soon as it is proved (with the citations that it is the first to make),
        None now and then while the next is being written, and last the `Answer`, which contains every `Passed` in the
        same order. Closing the iterator at any step ends the writing, and a model's request with it.
        """
        query = self.understand(question, history, asked)
        yield from self.answer(query, self.find(query))

    def answer(self, query: Query, evidence: Evidence) -> Generator[Step]:
        """Writes and checks step by step: the second half of `stream`, for callers that show query and evidence."""
        for step in stream(query, evidence, self.write(query, evidence), self.judge):
            yield self._with_notes(step) if isinstance(step, Answer) else step

    def understand(self, question: str, history: Sequence[Turn] = (), asked: dt.date | None = None) -> Query:
        """Understands the question with the conversation and the people on record."""
        day = asked or dt.datetime.now().astimezone().date()
        return self._understood(question, self._with_cited(tuple(history), day), day)

    def _understood(self, question: str, history: tuple[Turn, ...], asked: dt.date) -> Query:
        with self.store.reading() as view:
            known = self._known(view)
            places = [cited.place for cited in cited_last(history)]
            articles = view.articles({place.source for place in places})
            told = stems_of(article.text for article in articles.values())
            shown = [articles[place.source].cut(place.span) if place.source in articles else "" for place in places]
            query = understand(question, history, asked, known, told, shown)
            query = disambiguated(query, view, known)
        return replace(query, history=history)

    def _with_cited(self, history: tuple[Turn, ...], asked: dt.date) -> tuple[Turn, ...]:
        """Adds to the conversation what its last answer cited, which is worked out again if only the text is given."""
        place = last_question(history)
        if place is None or history[place].standalone is not None:
            return history
        before, given, behind = history[:place], history[place], history[place + 1 :]
        query = self._understood(given.content, before, asked)
        evidence = self.find(query)
        question, answer = check(
            query, evidence, OfflineWriter(self.settings.support, self.settings.sure).write(query, evidence)
        ).turns
        if behind and behind[0].role == "assistant":
            answer, behind = replace(answer, content=behind[0].content), behind[1:]
        return (*before, replace(question, content=given.content), answer, *behind)

    def find(self, query: Query, among: Collection[str] | None = None) -> Evidence:
        """Finds all evidence for the query in one transaction.

        `among` are the sources of the only articles that may be used; None allows all.
        """
        self.index.follow(_PATIENCE)
        with self.store.reading() as view:
            if not view.passage_count():
                raise EmptyLibrary
            if query.recall:
                return hybrid.articles_as_evidence((place.source for place in query.recall.places), view)
            if not query.is_english:
                return self._in_other_languages(query, view, among)
            if query.intent in {"overview", "small_talk"}:
                return self.overviews.evidence(query, view)
            known = self._known(view)
            evidence = hybrid.find(query, view, known, self.meaning, self.settings, among)
            return overview.with_topic(query, evidence, view, known)

    def _in_other_languages(self, query: Query, view: View, among: Collection[str] | None) -> Evidence:
        """Finds passages for a question that is not in English, by its words in all forms, and by meaning if it can."""
        asked = other_languages.printed_forms(query, view)
        sought = other_languages.as_searched(query, asked)
        found = hybrid.find(sought, view, self._known(view), self.meaning, self.settings, among)
        hits = found.hits if self.meaning.is_multilingual else other_languages.found_by_words(found.hits)
        evidence = other_languages.with_forms(found, hits, asked, view)
        return replace(evidence, overview=self.overviews.of_library(view))

    def write(self, query: Query, evidence: Evidence) -> Draft:
        """Writes a draft from the evidence, not checked yet."""
        return self.writer.write(query, evidence, Lookup(self))

    def check(self, query: Query, evidence: Evidence, draft: Draft) -> Answer:
        """Checks the draft and returns the answer: the steps of `stream` taken to their end."""
        return self._with_notes(check(query, evidence, draft, self.judge))

    def changed_files(self, sources: Iterable[str]) -> tuple[str, ...]:
        """Returns sentences on articles whose files are gone or have changed since they were indexed."""
        with self.store.reading() as view:
            articles, folder = view.articles(sources).values(), view.folder
        return notes_on_files(changes_of_files(articles, folder, self.store.data))

    def search(self, question: str, limit: int = 10, asked: dt.date | None = None) -> list[Hit]:
        """Finds the passages that fit a question, best first."""
        query = self.understand(question, asked=asked)
        self.index.follow(_PATIENCE)
        with self.store.reading() as view:
            if not query.is_english:
                query = other_languages.as_searched(query, other_languages.printed_forms(query, view))
            hits = hybrid.search_passages(query, view, self._known(view), self.meaning, self.settings)
        if not (query.is_english or self.meaning.is_multilingual):
            hits = other_languages.found_by_words(hits) or hits
        return hits[:limit]

    def summary(self) -> ArticleDetails:
        """Returns counts and details of the library."""
        with self.store.reading() as view:
            return view.summary()

    def article(self, source: str) -> Article:
        """Returns one article by its source. Raises LibraryError if the library has no such article."""
        with self.store.reading() as view:
            return view.article(source)

    def close(self) -> None:
        """Closes the index and the library."""
        self.index.close()
        self.store.close()

    def _with_notes(self, answer: Answer) -> Answer:
        """Adds notes on cited files that changed or are gone."""
        notes = self.changed_files(citation.source for citation in answer.citations)
        return replace(answer, notes=(*answer.notes, *notes)) if notes else answer

    def _known(self, view: View) -> EntityIndex:
        """Returns the index of names on record, kept until the library changes."""
        state = (view.vectors.last_change(), view.people_version())
        kept = self._people
        if kept is None or kept[0] != state:
            lookup = LibraryLookup(view, self.embedder)
            kept = self._people = (state, EntityIndex(view.people(), view.introductions(), lookup))
        return kept[1].over(view)


_SHOWN = 30
"""Statements whose articles are read for a model; the count covers all."""


class Lookup:
    """The look-ups that a writer may make, through the assistant's own verbs."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def search(self, words: str, bounds: Bounds) -> tuple[Query, Evidence]:
        """Finds evidence on a question or a few words; also returns the query that was understood."""
        query = self._assistant.understand(words, asked=bounds.asked)
        with self._assistant.store.reading() as view:
            sources, notes = _allowed(view, bounds)
        return query, replace(self._assistant.find(query, sources), notes=notes)

    def statements(self, by: str | None, about: str | None, kind: Kind | None, bounds: Bounds) -> Evidence:
        """Finds all statements by somebody on something, with the articles of as many as a model reads."""
        people = self._people(by, bounds) if by else [None]
        wanted = Wanted(about=about, kind=kind, since=bounds.since, until=bounds.until, outlet=bounds.outlet)
        with self._assistant.store.reading() as view:
            listings = [list_statements(view, replace(wanted, by=person)) for person in people]
            if by and not any(listing.bearers for listing in listings):
                raise UsageError(f"Nobody on record is known as {by}.")
            every, undated = (
                distinct(
                    statement
                    for group in groups
                    for statement in group
                    if statement.is_said and _is_among(statement, bounds)
                )
                for groups in ([listing.statements for listing in listings], [listing.undated for listing in listings])
            )
            return _evidence(
                view, {statement.source for statement in every[:_SHOWN]}, every, _left_out(len(undated), "statement")
            )

    def _people(self, by: str, bounds: Bounds) -> list[str]:
        """Returns the names on record that the words mean: one, several of a name, or those who speak for a nation."""
        query = self._assistant.understand(f"What did {by} say?", asked=bounds.asked)
        if query.link and query.link.all_speak:
            return [bearer.person for bearer in query.link.bearers]
        return list(query.voices) or [by]

    def article(self, source: str, bounds: Bounds) -> Evidence:
        """Finds one article by its source, its file name or its title."""
        with self._assistant.store.reading() as view:
            found = _named(view, source)
            if found is None or (bounds.among is not None and found not in bounds.among):
                raise UsageError(f"There is no article {source}; give the name of its file.")
            return _evidence(view, [found])


def _evidence(
    view: View, sources: Iterable[str], statements: Iterable[Statement] = (), notes: tuple[str, ...] = ()
) -> Evidence:
    """Collects the articles with everything that the check needs about them."""
    articles = view.articles(sources)
    return Evidence(
        articles=articles,
        statements=tuple(statements),
        record=tuple(view.statements(sources=list(articles))),
        sentences=view.sentences(articles),
        notes=notes,
    )


def _allowed(view: View, bounds: Bounds) -> tuple[Collection[str] | None, tuple[str, ...]]:
    """Returns the articles within the bounds, None for all, and a note on how many undated ones were left out."""
    if not (bounds.since or bounds.until or bounds.outlet):
        return bounds.among, ()
    days = {name: day.isoformat() for name, day in (("since", bounds.since), ("until", bounds.until)) if day}
    dates = view.dates(outlet=_outlet(view, bounds.outlet), **days)
    within = {source: day for source, day in dates.items() if bounds.among is None or source in bounds.among}
    undated = sum(day is None for day in within.values()) if days else 0
    return [source for source, day in within.items() if day or not days], _left_out(undated, "article")


def _outlet(view: View, name: str | None) -> str | None:
    """Returns the outlet as the articles spell it."""
    if name is None:
        return None
    return next((outlet for outlet in view.summary().outlets if outlet.casefold() == name.casefold()), name)


def _left_out(count: int, noun: str) -> tuple[str, ...]:
    many = f"{count:,} more {noun}{'s' if count > 1 else ''}"
    return (f"No date is known of {many}, which may be of the time asked for.",) if count else ()


def _is_among(statement: Statement, bounds: Bounds) -> bool:
    return bounds.among is None or statement.source in bounds.among


def _named(view: View, name: str) -> str | None:
    """Returns the source of the only article with that path, file name or title; None if there is none."""
    shelf = view.shelf()
    if name in shelf:
        return name
    wanted = fold_name(name)
    for called in (lambda source: source.rpartition("/")[2], lambda source: shelf[source].title or ""):
        found = [source for source in shelf if fold_name(called(source)) == wanted]
        if len(found) == 1:
            return found[0]
    return None
