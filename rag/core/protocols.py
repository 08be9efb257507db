"""The seams of onrecord: what a part must do, whoever makes it; implementations are named after their vendor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from rag.core import Bounds, Draft, Evidence, Failure, Kind, Message, Query, Reading, ReplyChunk, Tool


class FileReader(Protocol):
    """Reads one file into the articles it holds (one, but for formats such as JSON lines)."""

    def __call__(self, path: Path, source: str) -> Iterator[Reading | Failure]:
        """Yields readings, and a Failure for an article that cannot be read in a file of many.

        Raises UnreadableFile with the reason if the file as a whole cannot be read.
        """


class Embedder(Protocol):
    """Turns texts into unit vectors: a LangChain `Embeddings` that knows its `name`, `dimension` and tokens.

    The same text must always give the same vector, whatever else is embedded with it.
    """

    @property
    def name(self) -> str:
        """Identifies the model and its numerics: vectors of embedders with one name may be compared."""

    @property
    def dimension(self) -> int:
        """Length of each vector."""

    def count_tokens(self, text: str) -> int:
        """How many of its tokens the text takes; a safe upper estimate where the model does not tell."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector a text, in order."""

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""


class VectorIndex(Protocol):
    """Finds the passages whose vectors are nearest to a given one. The store is the truth; an index follows it."""

    @property
    def name(self) -> str:
        """What answers, for `doctor`: "chroma", "chroma server", "exact"."""

    @property
    def trouble(self) -> str | None:
        """Why something else answers in its place just now, as a sentence; None while nothing does."""

    def follow(self, patience: float | None = None) -> int:
        """Catches up with the store's change log and returns how many changes it took over.

        With `patience`, it waits no more than so many seconds, if it can answer already: the rest follows behind.
        """

    def nearest(self, vector: Sequence[float], limit: int) -> list[tuple[int, float]]:
        """Up to `limit` pairs of passage id and cosine similarity, best first."""

    def close(self) -> None:
        """Lets go of whatever the index holds; it may be opened again."""


class ChatModel(Protocol):
    """A model that is told something and replies, piece by piece, or calls tools."""

    @property
    def name(self) -> str:
        """Provider and model, `openai:NAME`."""

    @property
    def host(self) -> str:
        """Whose machine it runs on."""

    def reply(
        self,
        system: str,
        turns: Sequence[Message],
        calls: int = 3,
        tools: Sequence[Tool] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[ReplyChunk]:
        """What it says, as it comes; at times a chunk without text, so that whoever listens can stop there.

        It takes no more requests than `calls`. In the last of them it may call none of the `tools`; a model that knows
        no tools answers without them. With a JSON `schema` the provider is asked to keep the reply to it; a model that
        cannot be kept to one answers in plain text.

        Raises ModelError, in words of ours and within the time that the settings allow. Closing the iterator ends the
        request.
        """


class Library(Protocol):
    """What a writer may look up while it writes; each gives the articles, sentences and record of what it found.

    Raises OnrecordError, with what is wrong, for a look-up that cannot be done.
    """

    def search(self, words: str, bounds: Bounds) -> tuple[Query, Evidence]:
        """What the articles hold on a question or a few words, and how these were read."""

    def statements(self, by: str | None, about: str | None, kind: Kind | None, bounds: Bounds) -> Evidence:
        """Every statement on record by somebody on something; the articles of some of them."""

    def article(self, source: str, bounds: Bounds) -> Evidence:
        """One article, by its source, its file name or its title."""


class Writer(Protocol):
    """Turns evidence into the sentences of an answer. What it offers is checked before anybody sees it."""

    @property
    def name(self) -> str:
        """Who writes, as in `Draft.writer`."""

    @property
    def host(self) -> str | None:
        """Whose machine the passages go to; None if they stay on this one."""

    def write(self, query: Query, evidence: Evidence, library: Library | None = None) -> Draft:
        """The sentences in reading order; a frame that declines where there is nothing to say.

        With a `library` it may look further than the evidence.
        """
