"""Shows operators how a server does: its health in words, counts for Prometheus, a JSON line an event in the log."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from rag.core import Answer, ArticleDetails
from rag.core.errors import EmptyLibrary, OnrecordError
from rag.core.settings import Settings

if TYPE_CHECKING:
    from rag.background import BackgroundIndexer, News

Door = Literal["page", "api", "openai", "mcp"]
"""How somebody came in: the chat in the browser, `/api/v1`, `/v1`, or the Model Context Protocol."""

_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120)
"""Upper bounds of the histogram: an offline answer takes the first few, a model's the last."""

_BROKEN = "Something is broken; the log says what, and `onrecord doctor` may mend it."
_log = logging.getLogger("onrecord.journal")


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
        index = getattr(assistant, "index", None)
        troubles = tuple(filter(None, (getattr(index, "trouble", None), *(indexer.news().trouble if indexer else ()))))
    except OnrecordError as error:
        return Health("unable", held.articles, (str(error),))
    except Exception:  # whatever is broken, whoever watches this machine gets an answer
        logging.getLogger("onrecord.health").exception("The health of the library could not be found out.")
        return Health("unable", held.articles, (_BROKEN,))
    return Health("degraded" if troubles else "ok", held.articles, tuple(dict.fromkeys(troubles)))


def _embed(assistant: object) -> None:
    """Raises EmbeddingError if the local embedding model is missing or damaged."""
    settings, embedder = getattr(assistant, "settings", None), getattr(assistant, "embedder", None)
    if settings and embedder and settings.embeddings == "minilm":
        embedder.embed_query("health")


class Journal:
    """Counts what is asked of one served library. Thread-safe; each has a registry of its own.

    Neither counts nor log lines tell who asked; `with_questions` puts the words of questions into the log.
    """

    def __init__(
        self,
        summary: Callable[[], ArticleDetails],
        news: Callable[[], News] | None = None,
        *,
        with_questions: bool = False,
    ) -> None:
        """`summary` counts the library, `news` tells the state of indexing; both are asked when metrics are."""
        self._with_questions = with_questions
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "onrecord_requests", "Requests over HTTP", ["door", "method", "status"], registry=self._registry
        )
        self._questions = Counter(
            "onrecord_questions",
            "Questions: answered, declined, refused with a reason, or left before the end",
            ["door", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "onrecord_question_seconds",
            "Seconds from a question to its answer",
            ["door"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._registry.register(_LibraryState(summary, news))

    def requested(self, door: str, method: str, path: str, status: int, seconds: float) -> None:
        """Notes a finished request; `path` must hold nothing that a reader wrote."""
        self._requests.labels(door, method, str(status)).inc()
        _event("request", door=door, method=method, path=path, status=status, seconds=round(seconds, 4))

    def asked(self, door: Door, question: str, outcome: Answer | str) -> None:
        """Notes a finished question: its answer, or "refused" with a reason, or "left" by who asked."""
        status = outcome if isinstance(outcome, str) else outcome.status
        self._questions.labels(door, status).inc()
        told: dict[str, Any] = {"door": door, "status": status}
        if isinstance(outcome, Answer):
            self._seconds.labels(door).observe(outcome.seconds)
            told |= {
                "reason": outcome.reason,
                "writer": outcome.writer,
                "citations": len(outcome.citations),
                "withheld": len(outcome.withheld),
                "seconds": round(outcome.seconds, 4),
            }
        _event("question", **told, **({"question": question} if self._with_questions else {}))

    def metrics(self) -> bytes:
        """Returns all figures in Prometheus's text format."""
        return generate_latest(self._registry)


class _LibraryState(Collector):
    """Reads what the library holds whenever the metrics are asked for."""

    def __init__(self, summary: Callable[[], ArticleDetails], news: Callable[[], News] | None) -> None:
        self._summary = summary
        self._news = news

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yields the gauges; of a library that cannot be read only that."""
        try:
            held, news = self._summary(), self._news() if self._news else None
        except OnrecordError:
            yield GaugeMetricFamily("onrecord_readable", "Whether the library can be read", 0)
            return
        yield GaugeMetricFamily("onrecord_readable", "Whether the library can be read", 1)
        yield GaugeMetricFamily("onrecord_articles", "Articles in the library", held.articles)
        yield GaugeMetricFamily("onrecord_passages", "Passages in the library", held.passages)
        yield GaugeMetricFamily("onrecord_statements", "Statements on record", held.statements)
        if news:
            yield GaugeMetricFamily("onrecord_indexing", "Whether files are being read", int(news.busy))
            step = news.step if news.busy else None
            yield GaugeMetricFamily("onrecord_indexing_done", "Files read in this run", step.done if step else 0)
            yield GaugeMetricFamily("onrecord_indexing_total", "Files to read in this run", step.total if step else 0)
            yield GaugeMetricFamily("onrecord_troubles", "Troubles that /healthz tells", len(news.trouble))


def start_log(settings: Settings) -> None:
    """Sends all log lines to standard error as JSON if the settings say so; else only warnings go there, as text."""
    if settings.log != "json":
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.root.handlers[:] = [handler]
    _log.setLevel(logging.INFO)


class JsonLines(logging.Formatter):
    """Writes log records as JSON: time, level, event, logger, what the event tells, and an error's traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns a log record as one line of JSON."""
        line = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False).encode(errors="backslashreplace").decode()


def _event(name: str, **told: object) -> None:
    _log.info(name, extra={"told": told})
