"""onrecord: indexes, searches as the others do, and answers, for which the others need a model."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evals.peers.measuring import CHUNKS, Ask, Chunk, Job, measure
from evals.sets import FILE, write_lines
from rag import Settings, build
from rag.assembly import build_index, make_embedder
from rag.library.store import Store
from rag.library.sync import sync

_WARM = {"source": f"{FILE}#1", "title": "Ferry late", "text": "The ferry was late, Mayor Ada Quill said on Monday."}


class _Onrecord:
    def __init__(self, job: Job) -> None:
        import datetime as dt

        self._settings = Settings(data=Path(job.folder), models=Path(job.models))
        self._embedder = make_embedder(self._settings)
        self._articles = TemporaryDirectory(prefix="onrecord-peers-")
        self._job = job
        self._day = dt.date.fromisoformat
        with TemporaryDirectory(prefix="onrecord-peers-") as scratch:
            self._index([_WARM], Settings(data=Path(scratch, "data"), models=Path(job.models)), Path(scratch, "read"))
        self.asks: Mapping[str, Ask] = {"search": self._search, "answer": self._answer}

    def index(self) -> None:
        self._index(self._job.texts, self._settings, Path(self._articles.name))
        self._assistant = build(self._settings, writer="offline")

    def _index(self, texts: Sequence[Mapping[str, Any]], settings: Settings, folder: Path) -> None:
        write_lines(folder / FILE, texts)
        with closing(Store.create(settings.data)) as store:
            sync(store, folder, embedder=self._embedder, settings=settings)
            with closing(build_index(store, settings, owned=True)) as vectors:
                vectors.follow()

    def _search(self, question: str, day: str) -> Sequence[Chunk]:
        hits = self._assistant.search(question, CHUNKS, asked=self._day(day))
        return [Chunk(hit.passage.source, hit.passage.text) for hit in hits]

    def _answer(self, question: str, day: str) -> Sequence[Chunk]:
        answer = self._assistant.ask(question, asked=self._day(day))
        return [Chunk(citation.source, citation.quote) for citation in answer.citations]


if __name__ == "__main__":
    sys.exit(measure(_Onrecord, "onrecord"))
