"""The protocols of onrecord, named by role; each implementation is named after its vendor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from rag.core import Bounds, Draft, Evidence, Kind, Message, Query, ReplyChunk, Tool


class Embedder(Protocol):
    """Turns texts into unit vectors: a LangChain `Embeddings` with a `name`, a `dimension` and a token count.

    The same text must always give the same vector, whatever else is embedded with it.
    """

    @property
    def name(self) -> str:
        """Identifies the model and its numerics: vectors of embedders with the same name are comparable."""

    @property
    def dimension(self) -> int:
        """Length of each vector."""

    def count_tokens(self, text: str) -> int:
        """Counts the text's tokens; a safe upper estimate if the model does not tell."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Returns one unit vector a text, in order."""

    def embed_query(self, text: str) -> list[float]:
        """Returns the unit vector of a question."""


class VectorIndex(Protocol):
    """Finds the passages whose vectors are nearest to a given one. It follows the store, which is authoritative."""

    @property
    def name(self) -> str:
        """What answers, for `doctor`: "chroma", "chroma server", "exact"."""

    @property
    def trouble(self) -> str | None:
        """Why another index answers in its place at the moment, as a sentence; None if none does."""

    def follow(self, patience: float | None = None) -> int:
        """Catches up with the store's change log and returns how many changes it applied.

        With `patience`, waits at most that many seconds if it can already answer; the rest is applied in the
        background.
        """

    def nearest(self, vector: Sequence[float], limit: int) -> list[tuple[int, float]]:
        """Returns up to `limit` pairs of passage id and cosine similarity, best first."""

    def close(self) -> None:
        """Releases all resources; the index may be opened again."""


class ChatModel(Protocol):
    """A model that replies to a prompt, chunk by chunk, or calls tools."""

    @property
    def name(self) -> str:
        """Provider and model, `openai:NAME`."""

    @property
    def host(self) -> str:
        """Whose machine the model runs on."""

    def reply(
        self,
        system: str,
        turns: Sequence[Message],
        calls: int = 3,
        tools: Sequence[Tool] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[ReplyChunk]:
        """Yields the reply as it arrives; at times a chunk without text, so that the consumer can stop there.

        Makes at most `calls` requests. In the last of them the model may call none of the `tools`; a model that
        supports no tools answers without them. With a JSON `schema` the provider is asked to keep the reply to it; a
        model that does not support one answers in plain text.
        Raises ModelError, with a message of ours and within the time that the settings allow. Closing the iterator ends
        the request.
        """


class Library(Protocol):
    """Looks things up for a writer; each method returns the articles, sentences and statements found.

    Raises OnrecordError, with the reason, for a look-up that is impossible.
    """

    def search(self, words: str, bounds: Bounds) -> tuple[Query, Evidence]:
        """Finds evidence on a question or a few words; also returns the query that was understood."""

    def statements(self, by: str | None, about: str | None, kind: Kind | None, bounds: Bounds) -> Evidence:
        """Finds all statements by somebody on something, with the articles of some of them."""

    def article(self, source: str, bounds: Bounds) -> Evidence:
        """Finds one article by its source, its file name or its title."""


class Writer(Protocol):
    """Turns evidence into the sentences of an answer, which are checked before anybody sees them."""

    @property
    def name(self) -> str:
        """The writer's name, as in `Draft.writer`."""

    @property
    def host(self) -> str | None:
        """Whose machine receives the passages; None if they stay on this one."""

    def write(self, query: Query, evidence: Evidence, library: Library | None = None) -> Draft:
        """Writes the sentences in reading order; a frame that declines if there is nothing to say.

        With a `library` it may look up more than the evidence.
        """
