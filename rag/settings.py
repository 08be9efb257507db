"""Every dial of onrecord in one frozen value. This is the only module that reads the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rag.errors import UsageError


def _default_models() -> Path:
    return Path(sys.prefix) / "share" / "onrecord"


@dataclass(frozen=True, slots=True)
class Settings:
    """How onrecord runs. Build it from the environment with `Settings.from_environment()`."""

    data: Path = Path(".onrecord")
    """The library's folder. ONRECORD_DATA, or `--data`."""

    models: Path = field(default_factory=_default_models)
    """Where the built embedding model is kept, by default beside Python. ONRECORD_MODELS."""

    embeddings: str = "minilm"
    """`minilm` (local, no network) or `openai:NAME`, which sends all passages to that server. ONRECORD_EMBEDDINGS."""

    model: str | None = None
    """`openai:NAME` lets that chat model choose what is shown; the passages found go to its server. ONRECORD_MODEL."""

    openai_base_url: str | None = None
    """An OpenAI-compatible server to use in place of OpenAI's own. OPENAI_BASE_URL."""

    openai_api_key: str | None = field(default=None, repr=False)
    """The key for it. Never logged; without a setting that names OpenAI it is never used. OPENAI_API_KEY."""

    chroma: str | None = None
    """A Chroma server's address, `http://host:port`; None keeps Chroma inside the process. ONRECORD_CHROMA."""

    passage_tokens: int = 200
    """Upper size of a passage in tokens of the embedder (which reads 256, title included)."""

    fusion_constant: int = 10
    """k of reciprocal rank fusion: score = sum of weight / (k + rank). Cormack, Clarke and Büttcher, SIGIR 2009."""

    candidates: int = 50
    """How many passages each ranking hands to the fusion."""

    evidence_passages: int = 12
    """How many passages a writer reads."""

    shown_statements: int = 6
    """How many statements an answer prints; the count beside them is of all."""

    support: float = 0.38
    """Least probability, by the trained weights, that the best slice answers a question of fact; below it, decline."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, *, data: Path | None = None) -> Settings:
        """Settings as the environment has them; `data` wins over ONRECORD_DATA. UsageError names a bad variable."""
        given = os.environ if environment is None else environment
        default = cls()
        return cls(
            data=data or Path(given.get("ONRECORD_DATA") or default.data),
            models=Path(given.get("ONRECORD_MODELS") or default.models),
            embeddings=_embeddings(given.get("ONRECORD_EMBEDDINGS") or default.embeddings),
            model=_model(given.get("ONRECORD_MODEL")),
            openai_base_url=_address("OPENAI_BASE_URL", given.get("OPENAI_BASE_URL")),
            openai_api_key=given.get("OPENAI_API_KEY") or None,
            chroma=_address("ONRECORD_CHROMA", given.get("ONRECORD_CHROMA")),
        )


def _embeddings(value: str) -> str:
    if value == "minilm" or _is_openai(value):
        return value
    raise UsageError(f"ONRECORD_EMBEDDINGS is {value!r}; it may be `minilm` or `openai:NAME`.")


def _model(value: str | None) -> str | None:
    if not value or _is_openai(value):
        return value or None
    raise UsageError(f"ONRECORD_MODEL is {value!r}; it may be `openai:NAME`, or unset to write offline.")


def _is_openai(value: str) -> bool:
    return value.startswith("openai:") and value != "openai:"


def _address(variable: str, value: str | None) -> str | None:
    if not value:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"{variable} is {value!r}; it must be an address such as `http://127.0.0.1:8000`.")
    return value.rstrip("/")
