"""Tells in words whether questions can be answered, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from rag.core import ArticleDetails
from rag.core.errors import EmptyLibrary, OnrecordError

if TYPE_CHECKING:
    from rag.background import BackgroundIndexer


class _HasSummary(Protocol):
    def summary(self) -> ArticleDetails:
        """Counts and details of the library."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether questions can be answered. "degraded": they can, but something needs a look. `troubles` are sentences."""

    status: Literal["ok", "degraded", "unable"]
    articles: int
    troubles: tuple[str, ...] = ()


def check_health(assistant: _HasSummary, indexer: BackgroundIndexer | None = None) -> Health:
    """Reads the library and embeds a word on this machine; asks no other machine."""
    articles = 0
    try:
        held = assistant.summary()
        articles = held.articles
        if not held.passages:
            raise EmptyLibrary
        _embed(assistant)
        troubles = tuple(filter(None, (_index_trouble(assistant), *(indexer.news().trouble if indexer else ()))))
    except OnrecordError as error:
        return Health("unable", articles, (str(error),))
    return Health("degraded" if troubles else "ok", articles, tuple(dict.fromkeys(troubles)))


def _embed(assistant: object) -> None:
    """Raises EmbeddingError if the local embedding model is missing or damaged."""
    settings, embedder = getattr(assistant, "settings", None), getattr(assistant, "embedder", None)
    if settings and embedder and settings.embeddings == "minilm":
        embedder.embed_query("health")


def _index_trouble(assistant: object) -> str | None:
    trouble: str | None = getattr(getattr(assistant, "index", None), "trouble", None)
    return trouble
