"""LlamaIndex, as its tutorial has it: a VectorStoreIndex with all its defaults, but four results for two."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding

from evals.peers.measuring import CHUNKS, Ask, Chunk, Job, measure, whole


class _Ours(BaseEmbedding):  # type: ignore[misc]  # the library is not in our environment
    """Our embedder in LlamaIndex's form."""

    ours: Any

    def _get_text_embedding(self, text: str) -> list[float]:
        return self.ours.embed_query(text)  # type: ignore[no-any-return]  # a field of pydantic

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self.ours.embed_documents(texts)  # type: ignore[no-any-return]  # likewise

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


class _LlamaIndex:
    def __init__(self, job: Job) -> None:
        self._job = job
        self.asks: Mapping[str, Ask] = {"search": self._search}
        if job.weights:
            from llama_index.embeddings.huggingface import HuggingFaceEmbedding

            Settings.embed_model = HuggingFaceEmbedding(model_name=job.weights)
            Settings.embed_model.get_query_embedding("loads the model")
        else:
            Settings.embed_model = _Ours(ours=job.embedder())
        Settings.llm = None  # a model that writes is not asked

    def index(self) -> None:
        documents = [Document(text=whole(text), metadata={"source": text["source"]}) for text in self._job.texts]
        index = VectorStoreIndex.from_documents(documents)
        index.storage_context.persist(self._job.folder)
        self._retriever = index.as_retriever(similarity_top_k=CHUNKS)

    def _search(self, question: str, day: str) -> Sequence[Chunk]:
        del day
        return [Chunk(found.node.metadata["source"], found.node.text) for found in self._retriever.retrieve(question)]


if __name__ == "__main__":
    sys.exit(measure(_LlamaIndex, "llama-index-core"))
