"""Haystack, as its tutorials have it: splitter, embedder and writer in a pipeline, and a retriever over the store."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from haystack import Document, Pipeline, component
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore

from evals.peers.measuring import CHUNKS, Ask, Chunk, Job, measure, whole


@component
class _Documents:
    """Our embedder, for documents, in Haystack's form."""

    def __init__(self, ours: Any) -> None:  # noqa: ANN401  # as Haystack passes it
        self._ours = ours

    @component.output_types(documents=list[Document])  # type: ignore[untyped-decorator]  # likewise
    def run(self, documents: list[Document]) -> dict[str, list[Document]]:
        vectors = self._ours.embed_documents([document.content for document in documents])
        return {"documents": [replace(one, embedding=vector) for one, vector in zip(documents, vectors, strict=True)]}


@component
class _Question:
    """Our embedder, for a question, in Haystack's form."""

    def __init__(self, ours: Any) -> None:  # noqa: ANN401  # likewise
        self._ours = ours

    @component.output_types(embedding=list[float])  # type: ignore[untyped-decorator]  # likewise
    def run(self, text: str) -> dict[str, list[float]]:
        return {"embedding": self._ours.embed_query(text)}


class _Haystack:
    def __init__(self, job: Job) -> None:
        self._job = job
        self.asks: Mapping[str, Ask] = {"search": self._search}
        self._store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        documents, question = _embedders(job)
        self._indexing, self._asking = Pipeline(), Pipeline()
        self._indexing.add_component("split", DocumentSplitter())  # 200 words, no overlap
        self._indexing.add_component("embed", documents)
        self._indexing.add_component("write", DocumentWriter(self._store))
        self._indexing.connect("split.documents", "embed.documents")
        self._indexing.connect("embed.documents", "write.documents")
        self._asking.add_component("embed", question)
        self._asking.add_component("retrieve", InMemoryEmbeddingRetriever(self._store, top_k=CHUNKS))
        self._asking.connect("embed.embedding", "retrieve.query_embedding")

    def index(self) -> None:
        documents = [Document(content=whole(text), meta={"source": text["source"]}) for text in self._job.texts]
        self._indexing.run({"split": {"documents": documents}})
        self._store.save_to_disk(str(Path(self._job.folder, "store.json")))

    def _search(self, question: str, day: str) -> Sequence[Chunk]:
        del day
        found = self._asking.run({"embed": {"text": question}})["retrieve"]["documents"]
        return [Chunk(document.meta["source"], document.content) for document in found]


def _embedders(job: Job) -> tuple[Any, Any]:
    if not job.weights:
        ours = job.embedder()
        return _Documents(ours), _Question(ours)
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )

    pair = SentenceTransformersDocumentEmbedder(job.weights), SentenceTransformersTextEmbedder(job.weights)
    for embedder in pair:
        embedder.warm_up()
    return pair


if __name__ == "__main__":
    sys.exit(measure(_Haystack, "haystack-ai"))
