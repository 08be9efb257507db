"""Reads articles apart into sentences, people and statements: here, or in processes beside this one, in order.

Such a process takes pickled articles on stdin and gives pickled parts on stdout until stdin is closed: it ends with its
parent, however that ends.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, Self, TypeVar, cast

from rag.attribution.full_names import Abbreviation, abbreviations
from rag.attribution.statements import Attributed, attribute
from rag.core import Article, Reading, Span
from rag.ingestion.catalogue import Details
from rag.ingestion.layout import lay_out
from rag.ingestion.segmentation import sentences

WORTH_A_PROCESS = 24
"""Articles from which on further processes are started; each takes two seconds and 300 MB to load its models."""

_AHEAD = 2
"""Articles that wait for each process, so that none of them is idle."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ArticleParts:
    """What is read from one article by itself, before its passages are cut and embedded."""

    article: Article
    sentences: tuple[Span, ...]
    attributed: Attributed
    abbreviations: tuple[Abbreviation, ...]


def article_parts(reading: Reading, details: Details | None) -> ArticleParts:
    """Lays out an article, cuts it into sentences, and finds who said what."""
    article = lay_out(reading, details)
    spans = tuple(sentences(article))
    said = attribute(article, spans)
    short_forms = abbreviations("\n".join(article.cut(block.span) for block in article.body))
    return ArticleParts(article, spans, said, tuple(short_forms))


Reader = Callable[[Reading, Details | None], ArticleParts]


def in_order(
    items: Iterable[Item], job: Callable[[Item], tuple[Reading, Details | None] | None], processes: int
) -> Iterator[tuple[Item, ArticleParts | None]]:
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
        readers: SimpleQueue[Reader] = SimpleQueue()
        for _ in range(processes):
            readers.put(stack.enter_context(_Process()).read)
        pool = stack.enter_context(ThreadPoolExecutor(processes, thread_name_prefix="reading"))
        waiting: deque[tuple[Item, Future[ArticleParts] | None]] = deque()
        for item in items:
            wanted = job(item)
            waiting.append((item, pool.submit(_read_by_one, readers, *wanted) if wanted else None))
            if len(waiting) > processes * _AHEAD:
                yield _finished(waiting.popleft())
        while waiting:
            yield _finished(waiting.popleft())


def _finished(pair: tuple[Item, Future[ArticleParts] | None]) -> tuple[Item, ArticleParts | None]:
    item, parts = pair
    return item, parts.result() if parts else None


def _read_by_one(readers: SimpleQueue[Reader], reading: Reading, details: Details | None) -> ArticleParts:
    reader = readers.get()
    try:
        return reader(reading, details)
    except (OSError, EOFError, pickle.UnpicklingError):
        reader = article_parts
        return reader(reading, details)
    finally:
        readers.put(reader)


class _Process:
    """A process that reads articles, one at a time."""

    def __enter__(self) -> Self:
        self._child = subprocess.Popen(
            [sys.executable, "-c", "from rag.library.article_parts import serve; serve()"],
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


def serve() -> None:
    """Reads articles until there are no more; frozen models are not gone through for garbage."""
    import gc

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
        pickle.dump(told, output)
        output.flush()
