"""Finds what is installed, indexed, stale or broken, and repairs what it can."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from rag.assembly import build_index, make_embedder, make_judge, make_writer, open_store
from rag.core.errors import EmptyLibrary, OnrecordError
from rag.core.settings import LOCAL_EMBEDDINGS, Settings
from rag.library.store import Store
from rag.library.sync import outdated
from rag.text.spacy_models import MODEL, require_genuine_model

_PARTS = ("onrecord", "langchain-core", "chromadb", "openai", "gradio", "onnxruntime", "spacy")
_PROBES = 20
_ROUNDING = 1e-3
"""Maximum distance from 1 of a vector's cosine with itself."""

_PROBE = "The articles are searched for the passages that lie nearest to this sentence."


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. "mended" was broken and is repaired; "stale" is fixed by `onrecord index`."""

    part: str
    state: Literal["ok", "stale", "mended", "broken"]
    text: str


def diagnose(settings: Settings) -> list[Finding]:
    """Checks every part in turn and repairs what it can; never raises for what it finds."""
    return [
        _versions(),
        _language_model(),
        *_embeddings(settings),
        _writer(settings),
        *_judge(settings),
        *_library(settings),
    ]


def _versions() -> Finding:
    found = {name: _version(name) for name in _PARTS}
    missing = [name for name, number in found.items() if number is None]
    listed = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    if missing:
        return Finding(
            "packages", "broken", f"not installed: {', '.join(missing)}; run `make install`, or install onrecord again"
        )
    return Finding("packages", "ok", f"Python {platform.python_version()}, {listed}")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _language_model() -> Finding:
    """Checks whether spaCy's model is the one that the rules were made by."""
    try:
        require_genuine_model()
    except OnrecordError as error:
        return Finding("language model", "broken", str(error))
    return Finding("language model", "ok", f"{MODEL}, the genuine files")


def _embeddings(settings: Settings) -> Iterator[Finding]:
    """Checks that the model is there and embeds; builds a missing local one."""
    from rag.vectors.minilm_onnx import build_model, model_path

    try:
        if settings.embeddings == "minilm" and not model_path(settings.models, settings.engine).is_file():
            built = build_model(settings.models, settings.engine)
            yield Finding("embeddings", "mended", f"the local model was missing and is built: {built}")
        embedder = make_embedder(settings)
        length = len(embedder.embed_query(_PROBE))
        where = (
            "on this machine"
            if settings.embeddings in LOCAL_EMBEDDINGS
            else f"at {settings.openai_base_url or 'OpenAI'}"
        )
        yield Finding("embeddings", "ok", f"{embedder.name}, {length} dimensions, computed {where}")
    except OnrecordError as error:
        yield Finding("embeddings", "broken", str(error))


def _writer(settings: Settings) -> Finding:
    """Reports who writes and where passages are sent for it. Asks no model, which would cost."""
    try:
        writer = make_writer(settings)
    except OnrecordError as error:
        return Finding("writer", "broken", str(error))
    return Finding("writer", "ok", f"{writer.name} writer; passages {_going_to(writer.host)}")


def _judge(settings: Settings) -> Iterator[Finding]:
    """Reports who judges a model's sentences and the result of its exam. Asks no model."""
    from rag.answering.checking.judge import known_result

    try:
        judge = make_judge(settings) if settings.model else None
    except OnrecordError as error:
        yield Finding("judge", "broken", str(error))
        return
    if judge is not None:
        result = known_result(judge)
        told = judge.objection or (result.verdict if result else "")
        yield Finding("judge", "ok", f"{told} Sentences and the words that they cite go to {judge.host}.")


def _going_to(host: str | None) -> str:
    return f"go to {host}" if host else "stay on this machine"


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
        yield _folder(store, settings)
        yield _vectors(store, settings)


def _contents(store: Store) -> Iterator[Finding]:
    """Reports what the library holds and whether every row is what was written."""
    try:
        with store.reading() as view:
            held = view.summary()
            view.require_sound()
    except OnrecordError as error:
        yield Finding("library", "broken", str(error))
        return
    yield Finding(
        "library",
        "ok",
        f"{held.articles:,} articles, {held.passages:,} passages, {held.statements:,} statements from {held.folder}; "
        f"{held.undated:,} articles without a date of publication; embedded with {held.embedder}",
    )


def _folder(store: Store, settings: Settings) -> Finding:
    """Checks whether the library matches the folder."""
    try:
        count = outdated(store, settings)
    except OnrecordError as error:
        return Finding("folder", "broken", str(error))
    if count:
        return Finding("folder", "stale", f"{count:,} files are new, changed or gone; run `onrecord index`")
    return Finding("folder", "ok", "every file is as it was read")


def _vectors(store: Store, settings: Settings) -> Finding:
    """Checks whether the index opens, follows and finds passages by their own vectors; a damaged one is rebuilt."""
    with store.reading() as view:
        last = view.vectors.last_change()
        sample = view.vectors.sample(last, _PROBES)
    try:
        with closing(build_index(store, settings, owned=True)) as index:
            taken = index.follow()
            found = sum(
                bool(hits) and abs(hits[0][1] - 1) < _ROUNDING
                for hits in (index.nearest(vector, 1) for vector in sample.tolist())
            )
            where = f" at {settings.chroma}" if settings.chroma else ""
            text = f"{index.name}{where}: {found} of {len(sample)} passages found by their own vectors"
            if found < len(sample):
                return Finding("vectors", "broken", f"{text}; delete {store.data / 'chroma'} and run this again")
            return Finding("vectors", "mended" if taken else "ok", text)
    except OnrecordError as error:
        return Finding("vectors", "broken", str(error))
