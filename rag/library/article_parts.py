"""Reads articles apart into sentences, people and statements, and cuts and embeds their passages, in order.

`LocalReaders` do it here, with further processes where there are many articles; `RayActors` on the machines of a
cluster. Only the process that indexes writes to the library. What reads for it holds nothing that is not made again,
and what it returns is kept by the transaction of one article: once, however often it was read.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, redirect_stdout, suppress
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any, Final, Self, TypeVar, cast

import numpy as np

from rag.attribution.full_names import Abbreviation, abbreviations
from rag.attribution.statements import Attributed, attribute
from rag.core import Article, Passage, Reading, Span
from rag.core.errors import EmbeddingError, LibraryError, UsageError
from rag.core.protocols import Embedder
from rag.core.settings import Settings, keep_ray_quiet
from rag.ingestion.catalogue import Details
from rag.ingestion.layout import lay_out
from rag.ingestion.segmentation import passage_text, sentences, split_into_passages
from rag.library.queries import Vectors

if TYPE_CHECKING:
    from types import TracebackType

_AHEAD: Final = 2
_AHEAD_AFAR: Final = 8
"""Articles that wait for each process, here and on other machines, so that none of them is idle."""

_PATIENCE: Final = 10
"""Seconds for a cluster's first machine to be there."""

Item = TypeVar("Item")
Started = TypeVar("Started")
Result = TypeVar("Result")

Job = Callable[[Item], tuple[Reading, Details | None] | None]
"""Returns what is to be read for an item; None for items that hold no article."""

MakeEmbedder = Callable[..., Embedder]


@dataclass(frozen=True, slots=True)
class ArticleParts:
    """What is read from one article by itself, before its passages are cut and embedded."""

    article: Article
    sentences: tuple[Span, ...]
    attributed: Attributed
    abbreviations: tuple[Abbreviation, ...]


@dataclass(frozen=True, slots=True)
class EmbeddedParts:
    """What is read from one article, its passages and their vectors (len(passages), dimension)."""

    parts: ArticleParts
    passages: tuple[Passage, ...]
    vectors: Vectors


def article_parts(reading: Reading, details: Details | None) -> ArticleParts:
    """Lays out an article, cuts it into sentences, and finds who said what."""
    article = lay_out(reading, details)
    spans = tuple(sentences(article))
    article, said = _who_said_what(article, spans)
    short_forms = abbreviations("\n".join(article.cut(block.span) for block in article.body))
    return ArticleParts(article, spans, said, tuple(short_forms))


def _who_said_what(article: Article, spans: Sequence[Span]) -> tuple[Article, Attributed]:
    """Finds who said what; an article on whose sentences that breaks is kept without speakers, and says so."""
    try:
        return article, attribute(article, spans)
    except Exception as error:  # noqa: BLE001 - grammar is endless: one sentence must not cost the whole folder
        told = f"Who says what in it could not be worked out ({type(error).__name__}: {error}); please report it."
        return replace(article, warnings=(*article.warnings, told)), Attributed()


def embed_parts(parts: ArticleParts, embedder: Embedder, passage_tokens: int) -> EmbeddedParts:
    """Cuts an article into passages of at most so many tokens, and embeds them."""
    passages = split_into_passages(parts.article, parts.sentences, embedder.count_tokens, passage_tokens)
    texts = [passage_text(parts.article.title, passage.text) for passage in passages]
    return EmbeddedParts(parts, passages, embed(texts, embedder))


def embed(texts: list[str], embedder: Embedder) -> Vectors:
    """Embeds the texts into shape (len(texts), dimension); without texts it does not ask the embedder."""
    vectors = embedder.embed_documents(texts) if texts else []
    return np.array(vectors, np.float32).reshape(len(texts), -1 if texts else embedder.dimension)


Read = Generator[tuple[Item, EmbeddedParts | None], None, None]
"""Each item with what is read from its article, in order; None for items that hold none."""


class LocalReaders:
    """Reads articles on this machine."""

    def __init__(self, embedder: Embedder, passage_tokens: int, processes: int) -> None:
        self._embedder = embedder
        self._passage_tokens = passage_tokens
        self._processes = processes

    def in_order(self, items: Iterable[Item], job: Job[Item]) -> Read[Item]:
        """Reads the articles of these items.

        A second thread embeds one article while the next is read; the model releases Python's lock.
        """
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="vectors") as beside:

            def start(read: tuple[Item, ArticleParts | None]) -> Future[EmbeddedParts] | None:
                parts = read[1]
                return beside.submit(embed_parts, parts, self._embedder, self._passage_tokens) if parts else None

            for (item, _), found in _in_turn(parts_in_order(items, job, self._processes), start, Future.result, 1):
                yield item, found


def _in_turn(
    items: Iterable[Item], start: Callable[[Item], Started | None], finish: Callable[[Started], Result], ahead: int
) -> Generator[tuple[Item, Result | None], None, None]:
    """Yields each item with its result, in order, while up to `ahead` further ones are started."""
    waiting: deque[tuple[Item, Started | None]] = deque()
    for item in items:
        waiting.append((item, start(item)))
        if len(waiting) > ahead:
            first, started = waiting.popleft()
            yield first, None if started is None else finish(started)
    for item, started in waiting:
        yield item, None if started is None else finish(started)


def parts_in_order(
    items: Iterable[Item], job: Job[Item], processes: int
) -> Generator[tuple[Item, ArticleParts | None], None, None]:
    """Yields each item with the parts of its article, in order; None for items that hold none.

    With `processes` above one, several articles are read at once, each in a process of its own, and a few items are
    taken ahead. A process that was ended from outside is not replaced: its articles are read in this one.
    """
    if processes < 2:  # noqa: PLR2004 - more than one
        for item in items:
            wanted = job(item)
            yield item, article_parts(*wanted) if wanted else None
        return
    with ExitStack() as stack:
        readers: SimpleQueue[_Read] = SimpleQueue()
        for _ in range(processes):
            readers.put(stack.enter_context(_Process()).read)
        pool = stack.enter_context(ThreadPoolExecutor(processes, thread_name_prefix="reading"))

        def start(item: Item) -> Future[ArticleParts] | None:
            wanted = job(item)
            return pool.submit(_read_by_one, readers, *wanted) if wanted else None

        yield from _in_turn(items, start, Future.result, processes * _AHEAD)


_Read = Callable[[Reading, Details | None], ArticleParts]


def _read_by_one(readers: SimpleQueue[_Read], reading: Reading, details: Details | None) -> ArticleParts:
    read = readers.get()
    try:
        return read(reading, details)
    except (OSError, EOFError, pickle.UnpicklingError):
        read = article_parts
        return read(reading, details)
    finally:
        readers.put(read)


class _Process:
    """A process that reads articles, one at a time.

    It takes pickled articles on stdin and gives pickled parts on stdout until stdin is closed: it ends with its parent,
    however that ends.
    """

    def __enter__(self) -> Self:
        self._child = subprocess.Popen(
            [sys.executable, "-c", "from rag.library.article_parts import read_for_parent; read_for_parent()"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._input, self._output = cast("IO[bytes]", self._child.stdin), cast("IO[bytes]", self._child.stdout)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._child.communicate()

    def read(self, reading: Reading, details: Details | None) -> ArticleParts:
        """Has the process read an article. OSError or EOFError if it is gone; what it raises is raised here too."""
        pickle.dump((reading, details), self._input)
        self._input.flush()
        told: Any = pickle.load(self._output)  # noqa: S301 - from our own child
        if isinstance(told, BaseException):
            raise told
        parts: ArticleParts = told
        return parts


def read_for_parent() -> None:
    """Reads articles until there are no more; frozen models are not gone through for garbage."""
    from rag.text.spacy_models import parser, sentence_splitter

    parser(), sentence_splitter()
    gc.collect()
    gc.freeze()
    output = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing else may come between
    while True:
        try:
            reading, details = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
        except EOFError:
            return
        try:
            told: ArticleParts | Exception = article_parts(reading, details)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the article was sent from
            told = error
        try:
            pickle.dump(told, output)
            output.flush()
        except BrokenPipeError:
            os._exit(1)  # the parent was ended in the middle, and nobody is left to be told


class Worker:
    """Reads articles in a process of a Ray cluster, one at a time, by one thread."""

    def __init__(self, settings: Settings, make_embedder: MakeEmbedder) -> None:
        self._passage_tokens = settings.passage_tokens
        self._embedder = make_embedder(settings, threads=1)
        self._is_warm = False

    def embedder(self) -> str:
        """Returns the name of what it embeds with, which depends on the processor."""
        return self._embedder.name

    def read(self, reading: Reading, details: Details | None) -> EmbeddedParts:
        """Reads, cuts and embeds one article."""
        found = embed_parts(article_parts(reading, details), self._embedder, self._passage_tokens)
        if not self._is_warm:
            gc.collect()
            gc.freeze()  # the models that were loaded for it are not gone through for garbage again
            self._is_warm = True
        return found


def _knock(address: str) -> None:
    """Raises OSError or ValueError if nobody listens at `HOST:PORT`; Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()


class RayActors:
    """The workers of one run, one for each processor that the cluster has to give. Use it in a `with` statement.

    Ray starts a killed worker anew and gives it the articles that it had.
    """

    def __init__(self, address: str, settings: Settings, make_embedder: MakeEmbedder) -> None:
        """Raises UsageError if Ray is not installed or no cluster answers at the address, `HOST:PORT`."""
        keep_ray_quiet()
        try:
            import ray
        except ImportError as error:
            raise UsageError("`--ray` needs a package that is not installed; install `onrecord[cluster]`.") from error
        self._ray = ray
        self._expected = make_embedder(settings).name
        try:
            _knock(address)
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
        except (ConnectionError, ValueError, RuntimeError, OSError) as error:
            raise UsageError(
                f"No Ray cluster answers at {address}; start one with `ray start --head`, and name its HOST:PORT."
            ) from error
        self._settings = replace(settings, library=None)  # a worker writes nothing
        self._make = make_embedder
        self._actors: list[Any] = []
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        """Starts the workers. Raises LibraryError if one of them embeds by another engine than this machine."""
        self._opened.enter_context(redirect_stdout(sys.stderr))  # Ray says there that a worker died
        self._opened.callback(self._ray.shutdown)
        actor = self._ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=-1)(Worker)
        resources: dict[str, float] = self._ray.cluster_resources()
        count = max(1, int(resources.get("CPU", 1)))
        self._actors = [actor.remote(self._settings, self._make) for _ in range(count)]
        names = set(self._ray.get([worker.embedder.remote() for worker in self._actors]))
        if names != {self._expected}:
            self._opened.close()
            raise LibraryError(
                f"The cluster's workers embed with {', '.join(sorted(names))}, and this machine with {self._expected}, "
                "which differ by processor; set ONRECORD_ENGINE=onnxruntime."
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def in_order(self, items: Iterable[Item], job: Job[Item]) -> Read[Item]:
        """Reads the articles of these items."""
        workers = cycle(self._actors)

        def start(item: Item) -> Any:  # noqa: ANN401 - a reference of Ray's, which has no types
            wanted = job(item)
            return next(workers).read.remote(*wanted) if wanted else None

        return _in_turn(items, start, self._finished, len(self._actors) * _AHEAD_AFAR)

    def _finished(self, reference: Any) -> EmbeddedParts:  # noqa: ANN401 - likewise
        try:
            found: EmbeddedParts = self._ray.get(reference)
        except self._ray.exceptions.RayActorError as error:
            raise EmbeddingError(
                "The Ray cluster lost its workers and has none to give; index again when it is whole: what was kept "
                "is kept."
            ) from error
        return found
