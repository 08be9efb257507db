"""LangChain with Chroma, as its tutorial has it: 1,000 characters with 200 of overlap, the four nearest."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_text_splitters import RecursiveCharacterTextSplitter

from evals.peers.measuring import CHUNKS, Ask, Chunk, Job, measure, whole


class _LangChain:
    def __init__(self, job: Job) -> None:
        self._job = job
        self.asks: Mapping[str, Ask] = {"search": self._search}
        if job.weights:
            from langchain_huggingface import HuggingFaceEmbeddings

            embedder = HuggingFaceEmbeddings(model_name=job.weights)
            embedder.embed_query("loads the model")
        else:
            embedder = job.embedder()  # which has the methods of LangChain's Embeddings
        self._store = Chroma("peers", embedding_function=embedder, persist_directory=job.folder)

    def index(self) -> None:
        documents = [Document(whole(text), metadata={"source": text["source"]}) for text in self._job.texts]
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
        self._store.add_documents(splitter.split_documents(documents))

    def _search(self, question: str, day: str) -> Sequence[Chunk]:
        del day
        found = self._store.similarity_search(question, k=CHUNKS)
        return [Chunk(document.metadata["source"], document.page_content) for document in found]


if __name__ == "__main__":
    sys.exit(measure(_LangChain, "langchain-chroma"))
