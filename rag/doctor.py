"""What is installed, indexed, stale or broken, and mending what can be mended. Knows every part, and no question."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from rag.assembly import build_index, make_embedder, open_store
from rag.errors import EmptyLibrary, OnrecordError
from rag.library.store import Store
from rag.settings import Settings

_PARTS = ("onrecord", "langchain-core", "chromadb", "openai", "gradio", "onnxruntime", "spacy")
_PROBE = "The articles are searched for the passages that lie nearest to this sentence."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. "mended" was broken and is no longer; "stale" is put right by `onrecord index`."""

    part: str
    state: Literal["ok", "stale", "mended", "broken"]
    text: str


def examine(settings: Settings) -> list[Finding]:
    """Looks at every part in turn, mending what it can; never raises for what it finds."""
    return [_versions(), *_embeddings(settings), *_library(settings)]


def _versions() -> Finding:
    found = {name: _version(name) for name in _PARTS}
    missing = [name for name, number in found.items() if number is None]
    listed = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    if missing:
        return Finding("packages", "broken", f"not installed: {', '.join(missing)}; run `make install`")
    return Finding("packages", "ok", f"Python {platform.python_version()}, {listed}")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _embeddings(settings: Settings) -> Iterator[Finding]:
    """The model is there and embeds; a missing local one is built."""
    from rag.library.minilm import build_model, model_path

    try:
        if settings.embeddings == "minilm" and not model_path(settings.models).is_file():
            yield Finding(
                "embeddings", "mended", f"the local model was missing and is built: {build_model(settings.models)}"
            )
        embedder = make_embedder(settings)
        length = len(embedder.embed_query(_PROBE))
        where = "on this machine" if settings.embeddings == "minilm" else f"at {settings.openai_base_url or 'OpenAI'}"
        yield Finding("embeddings", "ok", f"{embedder.name}, {length} dimensions, computed {where}")
    except OnrecordError as error:
        yield Finding("embeddings", "broken", str(error))


def _library(settings: Settings) -> Iterator[Finding]:
    try:
        store = open_store(settings)
    except EmptyLibrary as error:
        yield Finding("library", "stale", f"{settings.data}: {error}")
        return
    except OnrecordError as error:
        yield Finding("library", "broken", str(error))
        return
    with closing(store):
        yield from _contents(store)
        yield from _vectors(store, settings)


def _contents(store: Store) -> Iterator[Finding]:
    with store.reading() as view:
        held = view.summary()
    yield Finding(
        "library",
        "ok",
        f"{held.articles:,} articles, {held.passages:,} passages, {held.statements:,} statements from {held.folder}; "
        f"{held.undated:,} articles without a date of publication; embedded with {held.embedder}",
    )


def _vectors(store: Store, settings: Settings) -> Iterator[Finding]:
    """The vector index opens, follows the library and finds a passage by its own vector; a damaged one is rebuilt."""
    try:
        with closing(build_index(store, settings, owned=True)) as index:
            taken = index.follow()
            where = f" at {settings.chroma}" if settings.chroma else ""
            state: Literal["ok", "mended"] = "mended" if taken else "ok"
            caught_up = f", caught up with {taken:,} changes" if taken else ", up to date"
            yield Finding("vectors", state, f"{index.name}{where}{caught_up}")
    except OnrecordError as error:
        yield Finding("vectors", "broken", str(error))
