"""txtai, as its quick start has it: an index that keeps its texts, cut into paragraphs by its `Segmentation`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from txtai import Embeddings
from txtai.pipeline import Segmentation

from evals.peers.measuring import CHUNKS, Ask, Chunk, Job, measure, whole


class _Txtai:
    def __init__(self, job: Job) -> None:
        self._job = job
        self.asks: Mapping[str, Ask] = {"search": self._search}
        self._split = Segmentation(paragraphs=True)
        self._embeddings = Embeddings({"content": True, **_model(job)})
        self._embeddings.batchtransform(["loads the model"])

    def index(self) -> None:
        self._pieces = [(text["source"], piece) for text in self._job.texts for piece in self._split(whole(text))]
        self._embeddings.index((number, piece) for number, (_, piece) in enumerate(self._pieces))
        self._embeddings.save(self._job.folder)

    def _search(self, question: str, day: str) -> Sequence[Chunk]:
        del day
        found = self._embeddings.search(question, CHUNKS)
        return [Chunk(self._pieces[int(row["id"])][0], row["text"]) for row in found]


def _model(job: Job) -> Mapping[str, Any]:
    if job.weights:
        return {"path": job.weights}
    ours = job.embedder()
    return {"method": "external", "transform": lambda texts: ours.embed_documents(list(texts))}


if __name__ == "__main__":
    sys.exit(measure(_Txtai, "txtai"))
