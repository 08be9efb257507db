"""Runs the reader on this machine: the embedding model's lower layers and our upper layers, in 8-bit integers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from rag.answering.reading import networks
from rag.answering.reading.signals import Candidate
from rag.core.settings import Engine, cores
from rag.vectors import minilm_onnx
from rag.vectors.engines import load_network

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

LONGEST_QUESTION_READ = 36
LONGEST_TITLE = 14
LONGEST_BEFORE = 24
LONGEST_SPEAKER = 8
LONGEST_CANDIDATE = 112
"""Tokens of a candidate, including what precedes its sentence and the two that frame it."""


class Tokens:
    """Turns texts into token ids as in training: "title | sentence before | speaker : sentence", each part cut."""

    def __init__(self, path: Path) -> None:
        """`path` is the embedding model's `tokenizer.json`."""
        from tokenizers import Tokenizer

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        # "[SEP]" in an article is three ordinary tokens.
        self._tokenizer.encode_special_tokens = True
        vocabulary: dict[str, int] = self._tokenizer.get_vocab()
        self._first, self._last = vocabulary["[CLS]"], vocabulary["[SEP]"]
        self._bar, self._colon = vocabulary["|"], vocabulary[":"]

    def question(self, text: str) -> list[int]:
        """Returns the ids of a question."""
        return [self._first, *self._ids(text)[:LONGEST_QUESTION_READ], self._last]

    def candidate(self, candidate: Candidate) -> list[int]:
        """Returns the ids of a candidate; a missing title, sentence before or speaker is left out."""
        title, before = self._ids(candidate.title)[:LONGEST_TITLE], self._ids(candidate.before)[:LONGEST_BEFORE]
        speaker = self._ids(candidate.speaker)[:LONGEST_SPEAKER]
        parts = ((title, self._bar), (before, self._bar), (speaker, self._colon))
        head = [token for part, mark in parts if part for token in (*part, mark)]
        return [self._first, *head, *self._ids(candidate.sentence)[: LONGEST_CANDIDATE - 2 - len(head)], self._last]

    def _ids(self, text: str) -> list[int]:
        plain = text.encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self._tokenizer.encode(plain, add_special_tokens=False).ids if plain else []
        return ids


class MiniLMReader:
    """Scores sentences on this machine's processor; may be used by many threads at once.

    ONNX Runtime quantises activations with one scale per run. So each pair is a run of its own, and several runs at
    once, each on one thread, make it fast: the same pair gives the same score, whatever else is scored with it.
    """

    def __init__(self, folder: Path, *, threads: int | None = None, engine: Engine | None = None) -> None:
        """`folder` is where the networks are, or are built on first use; `threads` defaults to all cores.

        `engine` is the fastest on this machine unless given.
        """
        self._folder = folder
        self._threads = threads or cores()
        self._engine = engine or minilm_onnx.best_engine()
        self._lock = Lock()
        self._loaded: _Networks | None = None
        self.name = f"reader-minilm/{minilm_onnx.NUMERICS[self._engine]}/2"

    def scores(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
        """Returns one score a candidate, in order. Raises EmbeddingError if there is no sound model."""
        import numpy as np

        loaded = self._networks()
        asked = loaded.lower(loaded.tokens.question(question))
        texts = [loaded.tokens.candidate(candidate) for candidate in candidates]
        # The longest first: then no thread is left alone with a long text at the end.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]), reverse=True)
        scores = np.zeros(len(texts), np.float32)
        with ThreadPoolExecutor(self._threads, thread_name_prefix="reading") as pool:
            scores[order] = list(pool.map(lambda place: loaded.score(asked, texts[place]), order))
        return scores

    def _networks(self) -> _Networks:
        """Returns tokenizer and networks, loaded once, and built first if they are missing."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _Networks(
                    *networks.build_networks(self._folder, self._engine), self._engine, self._threads
                )
            return self._loaded


class _Networks:
    """The tokenizer and the two networks."""

    def __init__(self, lower: Path, upper: Path, engine: Engine, threads: int) -> None:
        self.tokens = Tokens(lower.parent / "tokenizer.json")
        self._lower, self._upper = (load_network(path, engine, threads, "reader's model") for path in (lower, upper))

    def lower(self, ids: list[int]) -> NDArray[np.float32]:
        """Returns the states of a text after the lower layers."""
        import numpy as np

        return self._lower.run({"input_ids": np.array([ids], np.int64)})

    def score(self, question: NDArray[np.float32], text: list[int]) -> float:
        """Scores how well a text answers the question, given the states of both."""
        return float(self._upper.run({"question": question, "text": self.lower(text)})[0, 0])
