"""Examines what answers rest on: what is installed, indexed, stale or broken, and the judge of a model's sentences."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal

from rag.app.terminal import note
from rag.assembly import build_index, make_embedder, make_judge, make_writer, open_store
from rag.core.errors import EmptyLibrary, OnrecordError
from rag.core.settings import LOCAL_EMBEDDINGS, Settings
from rag.library.store import Store
from rag.text.spacy_models import MODEL, require_genuine_model

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant
    from rag.answering.checking.judge import ExamResult, Judge

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
        *_versions(),
        *_tried("language model", _language_model()),
        *_tried("embeddings", _embeddings(settings)),
        *_tried("writer", _writer(settings)),
        *_tried("judge", _judge(settings)),
        *_tried("library", _library(settings)),
    ]


def _tried(part: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yields the findings on a part; what breaks off their search is one."""
    try:
        yield from findings
    except OnrecordError as error:
        yield Finding(part, "broken", str(error))


def _versions() -> Iterator[Finding]:
    found = {name: _version(name) for name in _PARTS}
    missing = [name for name, number in found.items() if number is None]
    listed = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    if missing:
        told = f"not installed: {', '.join(missing)}; run `make install`, or install onrecord again"
        yield Finding("packages", "broken", told)
    else:
        yield Finding("packages", "ok", f"Python {platform.python_version()}, {listed}")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _language_model() -> Iterator[Finding]:
    """Checks whether spaCy's model is the one that the rules were made by."""
    require_genuine_model()
    yield Finding("language model", "ok", f"{MODEL}, the genuine files")


def _embeddings(settings: Settings) -> Iterator[Finding]:
    """Checks that the model is there and embeds; builds a missing local one."""
    from rag.vectors.minilm_onnx import build_model, model_path

    if settings.embeddings == "minilm" and not model_path(settings.models, settings.engine).is_file():
        built = build_model(settings.models, settings.engine)
        yield Finding("embeddings", "mended", f"the local model was missing and is built: {built}")
    embedder = make_embedder(settings)
    length = len(embedder.embed_query(_PROBE))
    is_local = settings.embeddings in LOCAL_EMBEDDINGS
    where = "on this machine" if is_local else f"at {settings.openai_base_url or 'OpenAI'}"
    yield Finding("embeddings", "ok", f"{embedder.name}, {length} dimensions, computed {where}")


def _writer(settings: Settings) -> Iterator[Finding]:
    """Reports who writes and where passages are sent for it. Asks no model, which would cost."""
    writer = make_writer(settings)
    going = f"go to {writer.host}" if writer.host else "stay on this machine"
    yield Finding("writer", "ok", f"{writer.name} writer; passages {going}")


def _judge(settings: Settings) -> Iterator[Finding]:
    """Reports who judges a model's sentences and the result of its exam. Asks no model."""
    from rag.answering.checking.judge import known_result

    judge = make_judge(settings) if settings.model else None
    if judge is not None:
        result = known_result(judge)
        told = judge.objection or (result.verdict if result else "")
        yield Finding("judge", "ok", f"{told} Sentences and the words that they cite go to {judge.host}.")


def _library(settings: Settings) -> Iterator[Finding]:
    try:
        store = open_store(settings)
    except EmptyLibrary as error:
        yield Finding("library", "stale", f"{settings.data}: {error}")
        return
    with closing(store):
        yield from _tried("library", _contents(store))
        yield from _tried("folder", _folder(store, settings))
        yield from _tried("vectors", _vectors(store, settings))


def _contents(store: Store) -> Iterator[Finding]:
    """Reports what the library holds and whether every row is what was written."""
    with store.reading() as view:
        held = view.summary()
        view.require_sound()
    yield Finding(
        "library",
        "ok",
        f"{held.articles:,} articles, {held.passages:,} passages, {held.statements:,} statements from {held.folder}; "
        f"{held.undated:,} articles without a date of publication; embedded with {held.embedder}",
    )


def _folder(store: Store, settings: Settings) -> Iterator[Finding]:
    """Checks whether the library matches the folder."""
    from rag.library.sync import outdated

    if count := outdated(store, settings):
        yield Finding("folder", "stale", f"{count:,} files are new, changed or gone; run `onrecord index`")
    else:
        yield Finding("folder", "ok", "every file is as it was read")


def _vectors(store: Store, settings: Settings) -> Iterator[Finding]:
    """Checks whether the index opens, follows and finds passages by their own vectors; a damaged one is rebuilt."""
    with store.reading() as view:
        last = view.vectors.last_change()
        sample = view.vectors.sample(last, _PROBES)
    with closing(build_index(store, settings, owned=True)) as index:
        taken = index.follow()
        found = sum(
            bool(hits) and abs(hits[0][1] - 1) < _ROUNDING
            for hits in (index.nearest(vector, 1) for vector in sample.tolist())
        )
        where = f" at {settings.chroma}" if settings.chroma else ""
        text = f"{index.name}{where}: {found} of {len(sample)} passages found by their own vectors"
        if found < len(sample):
            yield Finding("vectors", "broken", f"{text}; delete {store.data / 'chroma'} and run this again")
        else:
            yield Finding("vectors", "mended" if taken else "ok", text)


def examine_judge(assistant: Assistant) -> None:
    """Examines the assistant's judge if that was not done before; until it passes, its verdicts do not count."""
    from rag.answering.checking.judge import STRICT, examine_judge_on, keep_result, known_result, tokens_expected, trust

    judge = assistant.judge
    if judge is None or judge.is_trusted:
        return
    result = known_result(judge)
    daily, spent = assistant.settings.model_daily_tokens, judge.replies.spent() if judge.replies else 0
    if result is None and daily is not None and spent + sum(tokens_expected()) > daily:
        judge.objection = f"Today's {daily:,} tokens do not last to examine {judge.name} as judge. {STRICT}"
        return
    if result is None:
        note(f"Examining {judge.name} as judge, once: {expected(judge)} …")
        judge.objection = f"{judge.name} is being examined as judge. {STRICT}"
        result = examine_judge_on(judge, to_the_end=False)
        keep_result(judge, result)
        note(result.verdict)
    trust(judge, result)


def expected(judge: Judge) -> str:
    """Estimates what an exam of this judge takes, as half a sentence."""
    from rag.answering.checking.judge import exam_items, seconds_expected, tokens_expected
    from rag.answering.writing.chat_model import price

    tokens = tokens_expected()
    dollars = price(judge.chat, tokens)
    costs = "" if dollars is None else f" (some ${dollars:.3f})"
    return (
        f"{len(exam_items())} sentences, about {round(sum(tokens), -3):,} tokens{costs}, about "
        f"{_duration(seconds_expected(judge.host))}"
    )


def _duration(seconds: float) -> str:
    return f"{round(seconds, -1):.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"  # noqa: PLR2004


def exam_lines(result: ExamResult, judge: Judge) -> Iterator[str]:
    """Yields the figures by kind of fault, what the exam took, and the verdict."""
    told = exam_json(result, judge)
    yield f"{'':<26}{'passed':>8}{'stopped':>9}{'unread':>8}{'of':>5}"
    kinds = {f"  {kind.replace('_', ' ')}": counts for kind, counts in told["kinds"].items()}
    for name, counts in {"right": told["right"], "wrong": told["wrong"], **kinds}.items():
        yield f"{name:<26}{counts['passed']:>8}{counts['stopped']:>9}{counts['unread']:>8}{counts['of']:>5}"
    tokens = f"{sum(result.tokens):,} tokens" if result.tokens else "tokens not told"
    costs = "" if told["dollars"] is None else f" (${told['dollars']:.4f})"
    yield f"{tokens}{costs}, {result.seconds:,.0f} seconds."
    yield result.verdict


def exam_json(result: ExamResult, judge: Judge) -> dict[str, Any]:
    """Writes the result of an exam: the figures, what it took, and the verdict."""
    from rag.answering.writing.chat_model import price

    def counts(*, right: bool, kind: str | None = None) -> dict[str, int]:
        outcomes = ("passed", "stopped", "unread")
        counted = {outcome: result.count(outcome, right=right, kind=kind) for outcome in outcomes}
        return counted | {"of": result.total(right=right, kind=kind)}

    return {
        "judge": result.judge,
        "host": result.host,
        "is_passed": result.is_passed,
        "verdict": result.verdict,
        "right": counts(right=True),
        "wrong": counts(right=False),
        "kinds": {kind: counts(right=False, kind=kind) for kind in result.kinds},
        "tokens": sum(result.tokens) if result.tokens else None,
        "dollars": price(judge.chat, result.tokens),
        "seconds": result.seconds,
        "failure": result.failure,
    }
