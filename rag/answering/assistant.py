"""The straight line from a question to a checked answer. Knows the order of the verbs, and none of their ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import replace

from rag.answering.checking.check import check, stream
from rag.answering.checking.judge import Judge
from rag.answering.retrieval import hybrid, overview
from rag.answering.retrieval.semantic import Meaning
from rag.answering.retrieval.statements import Wanted, list_statements
from rag.answering.understanding.entity_index import EntityIndex, LibraryLookup, disambiguated
from rag.answering.understanding.query import last_question, sources_cited_last, stems_of, understand
from rag.answering.writing.extractive import OfflineWriter
from rag.core import Answer, Article, ArticleDetails, Bounds, Draft, Evidence, Hit, Kind, Query, Statement, Step, Turn
from rag.core.errors import EmptyLibrary, UsageError
from rag.core.protocols import Writer
from rag.core.settings import Settings
from rag.library.queries import distinct
from rag.library.source_status import changes_of_files, notes_on_files
from rag.library.store import Store, View
from rag.text.name_matching import fold_name

_PATIENCE = 0.02
"""Seconds that a question waits for vectors of articles that were read just now; full text finds them meanwhile."""


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
        """`judge` reads a second time what a model writes; None where no model does, or none may."""
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
        """One answer. Raises UsageError for a question that is none, EmptyLibrary before anything is indexed."""
        query = self.understand(question, history, asked)
        evidence = self.find(query)
        draft = self.write(query, evidence)
        return self.check(query, evidence, draft)

    def stream(self, question: str, history: Sequence[Turn] = (), asked: dt.date | None = None) -> Generator[Step]:
        """The same answer while it is being written.

        Yields a `Passed` for each sentence as soon as it is proved (with the citations that it is the first to make),
        None now and then while the next is being written, and last the `Answer`, in which every `Passed` stands in the
        same order. Closing the iterator at any step ends the writing, and a model's request with it.
        """
        query = self.understand(question, history, asked)
        yield from self.answer(query, self.find(query))

    def answer(self, query: Query, evidence: Evidence) -> Generator[Step]:
        """The second half of `stream`, for whoever shows what was understood and found meanwhile."""
        for step in stream(query, evidence, self.write(query, evidence), self.judge):
            yield self._with_notes(step) if isinstance(step, Answer) else step

    def understand(self, question: str, history: Sequence[Turn] = (), asked: dt.date | None = None) -> Query:
        """Reads the question against the conversation and the people on record."""
        day = asked or dt.datetime.now().astimezone().date()
        return self._understood(question, self._with_cited(tuple(history), day), day)

    def _understood(self, question: str, history: tuple[Turn, ...], asked: dt.date) -> Query:
        with self.store.reading() as view:
            known = self._known(view)
            sources = sources_cited_last(history)
            told = stems_of(article.text for article in view.articles(sources).values())
            voices = overview.voices_of(view.statements(sources=sources)) if sources else ()
            query = understand(question, history, asked, known, told, tuple(name for name, _ in voices))
            query = disambiguated(query, view, known)
        return replace(query, history=history)

    def _with_cited(self, history: tuple[Turn, ...], asked: dt.date) -> tuple[Turn, ...]:
        """The conversation with what its last answer cited, found again where only the answer's text is given."""
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
        """Reads from the library, in one transaction, all that bears on the query.

        `among` are the sources of the only articles that may be used; None allows all.
        """
        self.index.follow(_PATIENCE)
        with self.store.reading() as view:
            if not view.passage_count():
                raise EmptyLibrary
            if query.recall:
                return overview.articles_as_evidence((place.source for place in query.recall.places), view)
            if query.intent in {"overview", "small_talk"}:
                return self.overviews.evidence(query, view)
            known = self._known(view)
            evidence = hybrid.find(query, view, known, self.meaning, self.settings, among)
            return overview.with_topic(query, evidence, view, known)

    def write(self, query: Query, evidence: Evidence) -> Draft:
        """What the writer would like to say."""
        return self.writer.write(query, evidence, Lookup(self))

    def check(self, query: Query, evidence: Evidence, draft: Draft) -> Answer:
        """What of it is proved: the steps of `stream` taken to their end."""
        return self._with_notes(check(query, evidence, draft, self.judge))

    def changed_files(self, sources: Iterable[str]) -> tuple[str, ...]:
        """Sentences on those of the articles whose files are gone, or have changed, since they were indexed."""
        with self.store.reading() as view:
            articles, folder = view.articles(sources).values(), view.folder
        return notes_on_files(changes_of_files(articles, folder, self.store.data))

    def search(self, question: str, limit: int = 10, asked: dt.date | None = None) -> list[Hit]:
        """Retrieval alone: the passages that fit best, best first."""
        query = self.understand(question, asked=asked)
        self.index.follow(_PATIENCE)
        with self.store.reading() as view:
            return hybrid.search_passages(query, view, self._known(view), self.meaning, self.settings)[:limit]

    def summary(self) -> ArticleDetails:
        """What the library holds."""
        with self.store.reading() as view:
            return view.summary()

    def article(self, source: str) -> Article:
        """One article, by its source. Raises LibraryError if the library has none of that name."""
        with self.store.reading() as view:
            return view.article(source)

    def close(self) -> None:
        """Lets go of the index and the library."""
        self.index.close()
        self.store.close()

    def _with_notes(self, answer: Answer) -> Answer:
        """The answer with what must be known of the files that it cites."""
        notes = self.changed_files(citation.source for citation in answer.citations)
        return replace(answer, notes=(*answer.notes, *notes)) if notes else answer

    def _known(self, view: View) -> EntityIndex:
        """Who is on record, kept until the library changes, with what else can be looked up in the view."""
        state = (view.vectors.last_change(), view.people_version())
        kept = self._people
        if kept is None or kept[0] != state:
            lookup = LibraryLookup(view, self.embedder)
            kept = self._people = (state, EntityIndex(view.people(), view.introductions(), lookup))
        return kept[1].over(view)


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
