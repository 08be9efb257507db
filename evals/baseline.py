"""The baseline: plain RAG as tutorials write it, run on the same cases with the same embeddings.

Texts are cut into 1,000 characters with 200 of overlap; of the four chunks nearest to the question, the sentence that
is nearest to it is printed. It reads the files as they are, ignores speakers and history, and never declines; its
confidence is the similarity of the nearest chunk. What a chat model would make of the four chunks is not measured here.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from rag import Assistant
from rag.core import Answer, Article, Citation, Hit, Passage, Sentence, Span, Turn
from rag.core.errors import LibraryError, UsageError

CHUNK, OVERLAP, READ = 1000, 200, 4
UNJUDGED = frozenset({"speaker_accuracy", "kind_accuracy", "differences_shown", "standalone_match", "decline_reason"})
"""Metrics of what it does not attempt. They are left out of its column, and `right` does not hold them against it."""

_SENTENCE = re.compile(r"[^\s].*?(?:[.!?][”\"’')\]]*(?=\s)|(?=\n)|\Z)", re.DOTALL)


class PlainRag:
    """Answers with one sentence of the chunks that are nearest to the question."""

    def __init__(self, articles: Sequence[Article], assistant: Assistant) -> None:
        self._articles = {article.source: article for article in articles}
        self._embedder = assistant.embedder
        self._chunks = [article.passage((span,)) for article in articles for span in _chunks(article.text)]
        self._vectors = self._embedded([chunk.text for chunk in self._chunks])

    @classmethod
    def beside(cls, assistant: Assistant) -> PlainRag:
        """Builds the baseline over an assistant's articles. UsageError if its text splitter is missing."""
        if find_spec("langchain_text_splitters") is None:
            raise UsageError("The baseline needs a text splitter: `pip install 'onrecord[eval]'`.")
        with assistant.store.reading() as view:
            articles = view.articles(view.sources())
        return cls(tuple(articles.values()), assistant)

    def ask(self, question: str, history: Sequence[Turn] = (), asked: dt.date | None = None) -> Answer:
        """Answers with the best sentence of the nearest chunks, cited."""
        del history, asked  # a plain chain knows the question alone
        started = time.perf_counter()
        hits = self.search(question, READ)
        places = list(dict.fromkeys(place for hit in hits for place in _sentences(hit.passage)))
        vectors = np.stack([self._sentence_vectors[text] for _, _, text in places])
        source, span, text = places[int(np.argmax(vectors @ self._question(question)))]
        return Answer(
            question=question,
            standalone_question=question,
            status="answered",
            sentences=(Sentence(text, (1,), "quoted"),),
            citations=(self._citation(source, span),),
            writer="baseline",
            confidence=hits[0].score,
            seconds=time.perf_counter() - started,
        )

    def search(self, question: str, limit: int = 10) -> list[Hit]:
        """Finds the chunks nearest to the question."""
        scores = self._vectors @ self._question(question)
        return [Hit(self._chunks[number], float(scores[number])) for number in np.argsort(-scores)[:limit]]

    def article(self, source: str) -> Article:
        """Finds the article of that name."""
        if source not in self._articles:
            raise LibraryError(f"{source} is not in the library.")
        return self._articles[source]

    @cached_property
    def _sentence_vectors(self) -> dict[str, NDArray[np.float32]]:
        """The vectors of all sentences, made with the first answer, so that the clock runs for questions alone."""
        texts = list(dict.fromkeys(text for chunk in self._chunks for _, _, text in _sentences(chunk)))
        return dict(zip(texts, self._embedded(texts), strict=True))

    def _citation(self, source: str, span: Span) -> Citation:
        article = self._articles[source]
        return Citation(
            number=1,
            source=source,
            line=article.line_of(span.start),
            start=span.start,
            end=span.end,
            quote=article.cut(span),
            title=article.title,
            published=article.published,
            outlet=article.outlet,
            url=article.url,
            speaker=None,
            via=None,
            kind="narration",
            polarity="asserts",
            statement_id=None,
            digest=article.digest,
        )

    def _question(self, question: str) -> NDArray[np.float32]:
        return np.array(self._embedder.embed_query(question), np.float32)

    def _embedded(self, texts: list[str]) -> NDArray[np.float32]:
        return np.array(self._embedder.embed_documents(texts), np.float32)


def _sentences(chunk: Passage) -> Iterator[tuple[str, Span, str]]:
    for found in _SENTENCE.finditer(chunk.text):
        yield chunk.source, Span(chunk.start + found.start(), chunk.start + found.end()), found.group()


def _chunks(text: str) -> Iterator[Span]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP, add_start_index=True)
    for document in splitter.create_documents([text]):
        start = document.metadata["start_index"]
        yield Span(start, start + len(document.page_content))
