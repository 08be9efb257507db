"""Tells in words whether questions can be answered, and what is wrong."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from rag.core import ArticleDetails
from rag.core.errors import EmptyLibrary, OnrecordError

if TYPE_CHECKING:
    from rag.background import BackgroundIndexer


_BROKEN = "Something is broken; the log says what, and `onrecord doctor` may mend it."
_log = logging.getLogger("onrecord.health")


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
    """Reads the library and embeds a word on this machine; asks no other machine. Never raises."""
    try:
        held = assistant.summary()
    except OnrecordError as error:
        return Health("unable", 0, (str(error),))
    if not held.passages:
        return Health("unable", held.articles, (str(EmptyLibrary()),))
    try:
        _embed(assistant)
        troubles = tuple(filter(None, (_index_trouble(assistant), *(indexer.news().trouble if indexer else ()))))
    except OnrecordError as error:
        return Health("unable", held.articles, (str(error),))
    except Exception:  # noqa: BLE001 - whatever is broken, whoever watches this machine gets an answer
        _log.exception("The health of the library could not be found out.")
        return Health("unable", held.articles, (_BROKEN,))
    return Health("degraded" if troubles else "ok", held.articles, tuple(dict.fromkeys(troubles)))


def _embed(assistant: object) -> None:
    """Raises EmbeddingError if the local embedding model is missing or damaged."""
    settings, embedder = getattr(assistant, "settings", None), getattr(assistant, "embedder", None)
    if settings and embedder and settings.embeddings == "minilm":
        embedder.embed_query("health")


def _index_trouble(assistant: object) -> str | None:
    trouble: str | None = getattr(getattr(assistant, "index", None), "trouble", None)
    return trouble
