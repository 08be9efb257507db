"""Runs the reader on this machine: the embedding model's lower layers and our upper layers, in 8-bit integers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from rag.answering.reading import networks
from rag.answering.reading.reader import Candidate
from rag.core.settings import cores
from rag.vectors.embedders import load_network

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

    Activations are quantised with one scale per run. So each pair is a run of its own, and several runs at once, each
    on one thread, make it fast: the same pair gives the same score, bit for bit, whatever else is scored with it.
    """

    name = "reader-minilm/int8/2"

    def __init__(self, folder: Path, *, upper: Path = networks.UPPER, threads: int | None = None) -> None:
        """`folder` is where the embedding model is, or is built on first use; `threads` defaults to all cores."""
        self._folder = folder
        self._upper = upper
        self._threads = threads or cores()
        self._lock = Lock()
        self._loaded: _Network | None = None

    def scores(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
        """Returns one score a candidate, in order. Raises EmbeddingError if there is no sound model."""
        import numpy as np

        network = self._network()
        asked = network.lower(network.tokens.question(question))
        texts = [network.tokens.candidate(candidate) for candidate in candidates]
        # The longest first: then no thread is left alone with a long text at the end.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]), reverse=True)
        scores = np.zeros(len(texts), np.float32)
        with ThreadPoolExecutor(self._threads, thread_name_prefix="reading") as pool:
            scores[order] = list(pool.map(lambda place: network.score(asked, texts[place]), order))
        return scores

    def _network(self) -> _Network:
        """Returns tokenizer and networks, loaded once, and built first if they are missing."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _Network(networks.build_lower(self._folder), self._upper)
            return self._loaded


class _Network:
    """The tokenizer and the two networks."""

    def __init__(self, lower: Path, upper: Path) -> None:
        self.tokens = Tokens(lower.parent / "tokenizer.json")
        self._lower, self._upper = load_network(lower, "reader's model"), load_network(upper, "reader's model")

    def lower(self, ids: list[int]) -> NDArray[np.float32]:
        """Returns the states of a text after the lower layers."""
        import numpy as np

        row = np.array([ids], np.int64)
        state: NDArray[np.float32] = self._lower.run(
            ["state"], {"input_ids": row, "attention_mask": np.ones_like(row)}
        )[0]
        return state

    def score(self, question: NDArray[np.float32], text: list[int]) -> float:
        """Scores how well a text answers the question, given the states of both."""
        (score,) = self._upper.run(["score"], {"question": question, "text": self.lower(text)})
        return float(score[0, 0])
