"""The straight line from a question to a checked answer. Knows the order of the verbs, and none of their ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from rag.answering.checking.check import check, stream
from rag.answering.checking.judge import Judge
from rag.answering.retrieval import hybrid, overview
from rag.answering.retrieval.lookup import Lookup
from rag.answering.retrieval.semantic import Meaning
from rag.answering.understanding.entity_index import EntityIndex, Holdings, disambiguated
from rag.answering.understanding.query import last_question, sources_cited_last, stems_of, understand, written
from rag.answering.writing.extractive import OfflineWriter
from rag.core import Answer, Article, ArticleDetails, Bearer, Draft, Evidence, Hit, Query, Step, Turn
from rag.core.errors import EmptyLibrary
from rag.core.protocols import Writer
from rag.core.settings import Settings
from rag.library.source_status import changes_of_files, notes_on_files
from rag.library.store import Store, View

_PATIENCE = 0.02
"""Seconds that a question waits for vectors of articles that were read just now; full text finds them meanwhile."""

_OF_ONE_WORD = 3
"""Tokens of a text that is one word, with the two around it."""


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
        """Who is on record, kept until the library changes."""
        state = (view.vectors.last_change(), view.people_version())
        kept = self._people
        if kept is None or kept[0] != state:
            kept = self._people = (state, EntityIndex(view.people(), view.introductions(), self._holdings(view)))
        return kept[1]

    def _holdings(self, view: View) -> Holdings:
        """The outlets and articles on record; what else a question may need is read when it does, and kept."""
        keep = lru_cache(maxsize=10_000)
        return Holdings(
            view.summary().outlets,
            tuple(view.sources()),
            occurs=keep(self._occurs),
            titled=self._titled,
            of_outlet=self._of_outlet,
            written=keep(self._written),
            is_word=self._is_word,
            is_bound=keep(self._is_bound),
            bearers=keep(self._bearers),
        )

    def _bearers(self, name: str) -> tuple[Bearer, ...]:
        with self.store.reading() as view:
            return view.bearers(name)

    def _occurs(self, word: str) -> bool:
        with self.store.reading() as view:
            return bool(view.frequency([word])[word])

    def _is_bound(self, word: str, behind: str) -> bool:
        with self.store.reading() as view:
            alone, bound = view.frequency([word, f"{word} {behind}"]).values()
        return 0 < alone == bound

    def _written(self, word: str) -> str | None:
        with self.store.reading() as view:
            return written(word, view)

    def _is_word(self, word: str) -> bool:
        """Whether the model knows a word whole: then it is none by a slip of the pen."""
        return self.embedder.count_tokens(word.lower()) <= _OF_ONE_WORD

    def _titled(self, words: str) -> set[str]:
        with self.store.reading() as view:
            return view.titled([words])

    def _of_outlet(self, outlet: str) -> set[str]:
        with self.store.reading() as view:
            return set(view.dates(outlet=outlet))
