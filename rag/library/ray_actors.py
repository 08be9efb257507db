"""Reads and embeds articles on the machines of a Ray cluster. Only the process that indexes writes to the library.

A worker holds nothing that is not made again: Ray starts a killed one anew and gives it the articles that it had. What
it returns is kept by the transaction of one article, so a file is kept once however often it was read.
"""

from __future__ import annotations

import gc
import logging
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from rag.core import Passage, Reading
from rag.core.errors import EmbeddingError, LibraryError, UsageError
from rag.core.protocols import Embedder
from rag.core.settings import Settings, keep_ray_quiet
from rag.ingestion.catalogue import Details
from rag.ingestion.segmentation import passage_text, split_into_passages
from rag.library.article_parts import ArticleParts, article_parts
from rag.library.rows import Vectors, as_vectors

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

AHEAD: Final = 8
"""Articles that wait for each worker, so that none is idle while others' are kept."""

_PATIENCE: Final = 10
"""Seconds for a cluster's first machine to be there."""

MakeEmbedder = Callable[..., Embedder]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class EmbeddedParts:
    """What is read from one article, its passages and their vectors (len(passages), dimension)."""

    parts: ArticleParts
    passages: tuple[Passage, ...]
    vectors: Vectors


class Worker:
    """Reads articles in a process of the cluster, one at a time, by one thread."""

    def __init__(self, settings: Settings, make_embedder: MakeEmbedder) -> None:
        self._most = settings.passage_tokens
        self._embedder = make_embedder(settings, threads=1)
        self._is_warm = False

    def embedder(self) -> str:
        """Returns the name of what it embeds with, which depends on the processor."""
        return self._embedder.name

    def read(self, reading: Reading, details: Details | None) -> EmbeddedParts:
        """Reads, cuts and embeds one article."""
        parts = article_parts(reading, details)
        passages = split_into_passages(parts.article, parts.sentences, self._embedder.count_tokens, self._most)
        texts = [passage_text(parts.article.title, passage.text) for passage in passages]
        vectors = self._embedder.embed_documents(texts) if texts else []
        if not self._is_warm:
            gc.collect()
            gc.freeze()  # the models that were loaded for it are not gone through for garbage again
            self._is_warm = True
        return EmbeddedParts(parts, passages, as_vectors(vectors, self._embedder.dimension))


def _knock(address: str) -> None:
    """Raises OSError or ValueError if nobody listens at `HOST:PORT`; Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()


class RayActors:
    """The workers of one run, one for each processor that the cluster has to give. Use it in a `with` statement."""

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

    def in_order(
        self, items: Iterable[Item], job: Callable[[Item], tuple[Reading, Details | None] | None]
    ) -> Iterator[tuple[Item, EmbeddedParts | None]]:
        """Yields each item with what is read from its article, in order; None for items that hold none."""
        waiting: deque[tuple[Item, Any]] = deque()
        number = 0
        for item in items:
            wanted = job(item)
            worker = self._actors[number % len(self._actors)]
            number += wanted is not None
            waiting.append((item, worker.read.remote(*wanted) if wanted else None))
            if len(waiting) > len(self._actors) * AHEAD:
                yield self._finished(*waiting.popleft())
        while waiting:
            yield self._finished(*waiting.popleft())

    def _finished(self, item: Item, reference: Any) -> tuple[Item, EmbeddedParts | None]:  # noqa: ANN401 - of Ray's
        if reference is None:
            return item, None
        try:
            found: EmbeddedParts = self._ray.get(reference)
        except self._ray.exceptions.RayActorError as error:
            raise EmbeddingError(
                "The Ray cluster lost its workers and has none to give; index again when it is whole: what was kept "
                "is kept."
            ) from error
        return item, found
