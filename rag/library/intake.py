"""Turns files into everything the library keeps of their articles."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from rag.attribution.full_names import Abbreviation, abbreviations
from rag.attribution.statements import attribute
from rag.core import Article, ArticlePerson, Failure, Passage, Reading, Statement
from rag.core.errors import UnreadableFile
from rag.core.protocols import Embedder
from rag.ingestion.catalogue import Details
from rag.ingestion.layout import lay_out
from rag.ingestion.readers import read_file
from rag.ingestion.segmentation import passage_text, sentences, split_into_passages
from rag.library.rows import Vectors
from rag.library.writer import Changes

RECIPE: Final = 15
"""Raise it when reading, layout, passages or attribution change what they make of a file: all are then read anew."""


@dataclass(frozen=True)
class Rules:
    """The catalogue's word on each article, and the size of passages."""

    catalogue: Mapping[str, Details]
    passage_tokens: int

    def details(self, source: str) -> Details | None:
        """What the catalogue says of the article, or else of the file that it is a line of."""
        return self.catalogue.get(source) or self.catalogue.get(source.rpartition("#")[0])

    def recipe(self, source: str) -> str:
        """A name for the rules as they bear on one article: other rules, another name."""
        return self._name(source)

    def recipe_of_file(self, source: str) -> str:
        """The same for a file with all its lines."""
        return self._name(source, *self._lines.get(source, ()))

    @cached_property
    def _lines(self) -> dict[str, list[str]]:
        """The sources in the catalogue that name a line of a file, by file."""
        lines: defaultdict[str, list[str]] = defaultdict(list)
        for source in sorted(self.catalogue):
            lines[source.rpartition("#")[0]].append(source)
        return lines

    def _name(self, *sources: str) -> str:
        said = [astuple(details) if (details := self.details(source)) else None for source in sources]
        rules = json.dumps([RECIPE, self.passage_tokens, said, sources[1:]])
        return hashlib.sha256(rules.encode("utf-8")).hexdigest()[:16]


LINES: Final = ".jsonl"
"""The suffix of files that hold an article a line."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: `done` of about `total` articles are behind it, and `source` is being read."""

    done: int
    total: int
    source: str


@dataclass(frozen=True, slots=True)
class FileToRead:
    """A file that is new or has changed. `articles` is how many it holds, as nearly as is known before it is read."""

    source: str
    path: Path
    digest: str
    recipe: str
    articles: int

    @property
    def holds_many(self) -> bool:
        """Whether its articles are lines of it, each with a source of its own."""
        return self.path.suffix.lower() == LINES


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article as it will be kept, but for its vectors. `file` is None if it is a whole file."""

    article: Article
    passages: tuple[Passage, ...]
    people: tuple[ArticlePerson, ...]
    statements: tuple[Statement, ...]
    abbreviations: tuple[Abbreviation, ...]
    file: str | None
    recipe: str


@dataclass(frozen=True, slots=True)
class End:
    """After the last article of a file of many. `digest` is None if parts of the file could not be read."""

    file: str
    digest: str | None
    recipe: str


@dataclass
class Intake:
    """Reads files one after the other, and gathers what went wrong on the way.

    `total` is how many articles are expected. `unread` are the sources of files that gave no article at all.
    """

    rules: Rules
    embedder: Embedder
    changes: Changes
    total: int
    on_progress: Callable[[Progress], None] | None = None
    failures: list[Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    _met: int = 0

    def incoming(self, files: Iterable[FileToRead]) -> Iterator[ReadArticle | End]:
        """What is to be kept of the files, without the articles that are kept already."""
        for file in files:
            articles, failures = 0, len(self.failures)
            try:
                for reading in self._readings(file):
                    articles += 1
                    yield from self._read_article(reading, file)
            except UnreadableFile as error:
                self.failures.append(Failure(file.source, str(error)))
            if not articles:
                self.unread.add(file.source)
            elif file.holds_many:
                yield End(file.source, None if len(self.failures) > failures else file.digest, file.recipe)

    def _readings(self, file: FileToRead) -> Iterator[Reading]:
        if file.holds_many:
            self.changes.begin(file.source)
        for reading in read_file(file.path, file.source):
            if self.on_progress:
                self.on_progress(Progress(min(self._met, self.total), self.total, reading.source))
            self._met += 1
            if isinstance(reading, Failure):
                self.failures.append(reading)
            else:
                yield reading

    def _read_article(self, reading: Reading, file: FileToRead) -> Iterator[ReadArticle]:
        recipe = self.rules.recipe(reading.source) if file.holds_many else file.recipe
        if file.holds_many and self.changes.keep(reading.source, reading.digest, recipe):
            return
        article = lay_out(reading, self.rules.details(reading.source))
        spans = sentences(article)
        passages = split_into_passages(article, spans, self.embedder.count_tokens, self.rules.passage_tokens)
        self.warnings += [f"{article.source}: {warning}" for warning in article.warnings]
        said = attribute(article, spans)
        yield ReadArticle(
            article,
            passages,
            said.people,
            said.statements,
            tuple(abbreviations("\n".join(article.cut(block.span) for block in article.body))),
            file.source if file.holds_many else None,
            recipe,
        )


def with_vectors(
    incoming: Iterable[ReadArticle | End], embedder: Embedder
) -> Generator[tuple[ReadArticle | End, Vectors], None, None]:
    """Each of them with the vectors of its passages, in order.

    One article is embedded in a second thread while the next is read: the model leaves Python's lock alone.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="vectors") as beside:
        ahead: tuple[ReadArticle | End, Future[Vectors]] | None = None
        for one in incoming:
            vectors = beside.submit(embed, _texts(one), embedder)
            if ahead:
                yield ahead[0], ahead[1].result()
            ahead = one, vectors
        if ahead:
            yield ahead[0], ahead[1].result()


def embed(texts: list[str], embedder: Embedder) -> Vectors:
    """One vector a text, shape (len(texts), dimension). Asks the embedder nothing if there are no texts."""
    vectors = embedder.embed_documents(texts) if texts else []
    return np.array(vectors, np.float32).reshape(len(texts), -1 if texts else embedder.dimension)


def _texts(one: ReadArticle | End) -> list[str]:
    if isinstance(one, End):
        return []
    return [passage_text(one.article.title, passage.text) for passage in one.passages]
