"""Builds an Assistant from settings; the only module that chooses implementations.

What answers is imported where it is built: `onrecord index` needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.core.errors import EmptyLibrary, LibraryError, LibraryLocked, UsageError
from rag.core.protocols import ChatModel, VectorIndex, Writer
from rag.core.settings import Settings
from rag.library.reply_cache import Replies
from rag.library.store import Store, database_of
from rag.vectors.embedders import make_embedder
from rag.vectors.exact import ExactIndex, SteadyIndex

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant
    from rag.answering.checking.judge import Judge

__all__ = ["build", "build_index", "make_embedder", "make_judge", "make_writer", "open_store"]

_PASSAGES_READ = 24
_STATEMENTS_READ = 40
"""How many of the best results a model is given to read; more than a reader is shown."""

Through = Callable[[ChatModel], ChatModel]


def build(
    settings: Settings, *, owns_index: bool = False, writer: str | None = None, through: Through | None = None
) -> Assistant:
    """Builds an assistant over the library of `settings`.

    With `owns_index` it answers from Chroma, which one process may own, while Chroma can be used; else by exact search.
    `writer` is "offline" or "model"; None takes the model if the settings name one. `through` may wrap the chat model;
    then no reply is taken from the library. Raises EmptyLibrary where nothing is indexed, LibraryError where the
    library was embedded by another model.
    """
    from rag.answering.assistant import Assistant
    from rag.answering.reading.minilm_reader import MiniLMReader
    from rag.answering.retrieval.ranking import Meaning

    store = open_store(settings)
    embedder = make_embedder(settings)
    with store.reading() as view:
        if not view.passage_count():
            raise EmptyLibrary(settings.data)
        indexed_with = view.vectors.embedder
    if indexed_with and indexed_with.name != embedder.name:
        raise LibraryError(
            f"The library {settings.data} was embedded with {indexed_with.name}, and the settings ask for "
            f"{embedder.name}; run `onrecord index` to embed it again."
        )
    index = build_index(store, settings, owned=owns_index)
    if owns_index:
        index = SteadyIndex(store, index)
    meaning = Meaning(
        embedder,
        index,
        MiniLMReader(settings.models, engine=settings.engine),
        is_multilingual=settings.embeddings != "minilm",
    )
    made = make_writer(settings, writer, through)
    if made.host is None:
        return Assistant(store, meaning, made, settings)
    read = replace(settings, evidence_passages=_PASSAGES_READ, evidence_statements=_STATEMENTS_READ)
    return Assistant(store, meaning, made, read, make_judge(settings, through))


def make_writer(settings: Settings, wanted: str | None = None, through: Through | None = None) -> Writer:
    """Makes the wanted writer, else the one in the settings. UsageError for a model they do not name."""
    from rag.answering.writing.extractive import OfflineWriter

    offline = OfflineWriter(settings.support, settings.sure)
    if wanted == "offline" or (wanted is None and settings.model is None):
        return offline
    if settings.model is None:
        raise UsageError("No model is set; set ONRECORD_MODEL=openai:NAME, or use `--writer offline`.")
    from rag.answering.writing.generative import Limits, ModelWriter

    chat = _chat(settings.model, settings)
    limits = Limits(settings.model_tokens, settings.model_daily_tokens)
    if through is not None:
        return ModelWriter(through(chat), offline, limits)
    return ModelWriter(chat, offline, limits, _replies(settings))


def make_judge(settings: Settings, through: Through | None = None) -> Judge | None:
    """Returns the judge of a model's sentences: the model that the settings name for it, else the one that writes.

    Its verdicts count if it passed the exam; with `through`, neither its replies nor its result are kept.
    """
    name = settings.judge or settings.model
    if name is None:
        return None
    from rag.answering.checking.judge import Judge, known_result, trust

    judge = Judge(_chat(name, settings), None if through else _replies(settings))
    trust(judge, known_result(judge))
    return judge


def _chat(name: str, settings: Settings) -> ChatModel:
    from rag.answering.writing.chat_model import LangChainModel

    return LangChainModel(
        name,
        base_url=settings.openai_base_url,
        api_key=settings.openai_api_key,
        seconds=settings.model_seconds,
        traced=settings.tracing is not None,
    )


def _replies(settings: Settings) -> Replies:
    return Replies(database_of(settings.data, settings.library))


def open_store(settings: Settings) -> Store:
    """Opens the existing library. Raises EmptyLibrary or LibraryError."""
    return Store.open(settings.data, settings.library)


def build_index(store: Store, settings: Settings, *, owned: bool) -> VectorIndex:
    """Chooses pgvector or Chroma on a server if set, Chroma in this process if it may own it, else exact search."""
    if settings.vectors == "pgvector":
        from rag.vectors.pgvector import PgvectorIndex

        return PgvectorIndex(store)
    if settings.chroma:
        from rag.vectors.chroma import ChromaIndex

        return ChromaIndex.server(store, settings.chroma, settings.chroma_api_key)
    if not owned:
        return ExactIndex(store)
    from rag.vectors.chroma import ChromaIndex

    try:
        return ChromaIndex.embedded(store)
    except LibraryLocked:
        return ExactIndex(store)
