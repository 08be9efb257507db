"""Examines the judge of a library: as a command, and once automatically before it judges a model's answers."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rag.app.terminal import emit_json, note, say
from rag.assembly import make_judge
from rag.core.errors import UsageError
from rag.core.settings import Settings

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant
    from rag.answering.checking.judge import ExamResult, Judge


def exam(options: argparse.Namespace, settings: Settings) -> int:
    """Examines the judge that the settings name and prints the result; exit code 1 if it failed."""
    from rag.answering.checking.judge import examine_judge_on, keep_result

    judge = make_judge(settings)
    if judge is None:
        raise UsageError("No model is set to be examined; set ONRECORD_MODEL=openai:NAME, or ONRECORD_JUDGE.")
    note(f"Examining {judge.name} at {judge.host} as judge: {expected(judge)}.")
    result = examine_judge_on(judge)
    keep_result(judge, result)
    if options.json:
        emit_json([_as_json(result, judge)])
    else:
        for line in _table(result, judge):
            say(line)
    return 0 if result.is_passed else 1


def examine_judge(assistant: Assistant, tell: Callable[[str], None] = note) -> None:
    """Examines the assistant's judge unless that was done before; until it passes, its verdicts do not count.

    `tell` gets a sentence before anything is asked and one with the result.
    """
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
        tell(f"Examining {judge.name} as judge, once: {expected(judge)} …")
        judge.objection = f"{judge.name} is being examined as judge. {STRICT}"
        result = examine_judge_on(judge, to_the_end=False)
        keep_result(judge, result)
        tell(result.verdict)
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


def _table(result: ExamResult, judge: Judge) -> Iterator[str]:
    """Yields the figures by kind of fault, what the exam took, and the verdict."""
    told = _as_json(result, judge)
    yield f"{'':<26}{'passed':>8}{'stopped':>9}{'unread':>8}{'of':>5}"
    kinds = {f"  {kind.replace('_', ' ')}": counts for kind, counts in told["kinds"].items()}
    for name, counts in {"right": told["right"], "wrong": told["wrong"], **kinds}.items():
        yield f"{name:<26}{counts['passed']:>8}{counts['stopped']:>9}{counts['unread']:>8}{counts['of']:>5}"
    tokens = f"{sum(result.tokens):,} tokens" if result.tokens else "tokens not told"
    costs = "" if told["dollars"] is None else f" (${told['dollars']:.4f})"
    yield f"{tokens}{costs}, {result.seconds:,.0f} seconds."
    yield result.verdict


def _as_json(result: ExamResult, judge: Judge) -> dict[str, Any]:
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
