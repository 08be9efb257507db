"""Examines a judge: 160 sentences about invented articles, half of them faithful to the words that they cite.

They are put to the judge in the form and batches of real use. Its word counts if it passes.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib import resources
from queue import SimpleQueue
from threading import Event, Thread
from typing import Literal

from rag.answering.checking.gate import Beside, admit
from rag.answering.checking.judge import BATCH, Judge, Judged
from rag.answering.writing.context import template
from rag.core import Article, Block, Evidence, Kind, Place, Polarity, Span, Statement

LEAST_STOPPED = 0.97
"""Share of the wrong sentences that a judge and the gate must stop."""

LEAST_PASSED = 0.90
"""Share of the right sentences that they must let pass."""

STRICT = "So a sentence of the model's is shown only where the words that it cites prove it."
"""What follows where the judge's word does not count."""

_AT_ONCE = 4
"""Batches that a server reads at the same time; one where it runs on this machine."""

_HERE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - compared with, not bound to
_SECONDS = 2.0
"""What a batch takes a model behind an interface, roughly."""

_TOKENS_A_SECOND = 70
"""What a small model reads on this machine, roughly."""

_CHARACTERS_A_TOKEN = 4
_VERDICT_TOKENS = 4

Outcome = Literal["passed", "stopped", "unread"]
"""What became of a sentence: let through, stopped, or neither where the judge's reply cannot be read."""

Reading = Generator[None, None, tuple[bool | None, ...]]

_WORDS = re.compile(
    r"\((?P<who>.+?)(?:, (?P<how>direct quote|reported, in part quoted|reported)"
    r"(?:, (?P<polarity>a denial|a question))?(?:, via (?P<via>.+?))?)?(?:, (?P<date>\d{4}-\d\d-\d\d))?\) (?P<said>.+)"
)
"""Words as a judge reads them: who speaks and how the article gives it, the day of publication, what stands there."""

_QUOTED = re.compile(r"[“\"](.+)[”\"]")
_KINDS: Mapping[str, Kind] = {"direct quote": "direct", "reported": "reported", "reported, in part quoted": "mixed"}
_POLARITIES: Mapping[str | None, Polarity] = {None: "asserts", "a denial": "denies", "a question": "asks"}
_SOURCE = "exam"


@dataclass(frozen=True, slots=True)
class ExamItem:
    """A sentence with the words that it cites and the question that it answers; `fault` is None if it is right."""

    sentence: str
    words: tuple[str, ...]
    question: str
    fault: str | None

    @property
    def judged(self) -> Judged:
        """What the judge is shown of it."""
        return Judged(self.sentence, self.words)


@dataclass(frozen=True, slots=True)
class Mark:
    """A sentence by its fault, and what became of it."""

    fault: str | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ExamResult:
    """How a judge did. `failure` tells why it could not be examined; `stopped_early` that no more could be gained."""

    judge: str
    host: str
    marks: tuple[Mark, ...] = ()
    tokens: tuple[int, int] | None = None
    seconds: float = 0.0
    failure: str | None = None
    stopped_early: bool = False

    def count(self, outcome: str, *, right: bool, kind: str | None = None) -> int:
        """How many right or wrong sentences (of one kind of fault) had that outcome."""
        return sum(mark.outcome == outcome for mark in self._of(right=right, kind=kind))

    def total(self, *, right: bool, kind: str | None = None) -> int:
        """How many right or wrong sentences (of one kind of fault) were put to the judge."""
        return len(self._of(right=right, kind=kind))

    def _of(self, *, right: bool, kind: str | None = None) -> list[Mark]:
        return [mark for mark in self.marks if (mark.fault is None) == right and kind in {None, mark.fault}]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of faults, in alphabetical order."""
        return tuple(sorted({mark.fault for mark in self.marks if mark.fault}))

    @property
    def is_passed(self) -> bool:
        """Whether the judge's word counts."""
        return (
            not self.failure
            and len(self.marks) == len(exam_items())
            and self.count("stopped", right=False) >= LEAST_STOPPED * self.total(right=False)
            and self.count("passed", right=True) >= LEAST_PASSED * self.total(right=True)
        )

    @property
    def figures(self) -> str:
        """The figures as half a sentence."""
        return (
            f"it let {self.count('passed', right=True)} of {self.total(right=True)} right sentences pass and stopped "
            f"{self.count('stopped', right=False)} of {self.total(right=False)} wrong ones"
        )

    @property
    def verdict(self) -> str:
        """How it did, in a sentence."""
        if self.failure:
            return f"{self.judge} could not be examined as judge: {self.failure}"
        if self.is_passed:
            return f"{self.judge} passed its exam as judge: {self.figures}."
        return (
            f"{self.judge} failed its exam as judge: {self.figures}"
            f"{', when it could no longer pass' if self.stopped_early else ''}. At least {LEAST_PASSED:.0%} must pass "
            f"and {LEAST_STOPPED:.0%} be stopped."
        )


@cache
def exam_items() -> tuple[ExamItem, ...]:
    """The sentences of the exam, in order."""
    rows = map(json.loads, _file().decode("utf-8").splitlines())
    return tuple(ExamItem(row["sentence"], tuple(row["words"]), row["question"], row["fault"]) for row in rows)


@cache
def _file() -> bytes:
    return resources.files(__package__).joinpath("exam.jsonl").read_bytes()


def batches() -> list[tuple[ExamItem, ...]]:
    """The sentences as they are put to the judge: those of one question together, as in an answer."""
    groups: dict[str, list[ExamItem]] = {}
    for item in exam_items():
        groups.setdefault(item.question, []).append(item)
    return [tuple(group[at : at + BATCH]) for group in groups.values() for at in range(0, len(group), BATCH)]


def tokens_expected() -> tuple[int, int]:
    """How many tokens an exam reads and writes, roughly."""
    told = len(template("judge").template) + len(template("judged").template)
    asked = sum(len(item.sentence) + sum(map(len, item.words)) for item in exam_items())
    questions = sum(len(batch[0].question) + told for batch in batches())
    return (asked + questions) // _CHARACTERS_A_TOKEN, _VERDICT_TOKENS * len(exam_items())


def seconds_expected(host: str) -> float:
    """How long an exam takes, roughly."""
    if host in _HERE:
        return sum(tokens_expected()) / _TOKENS_A_SECOND
    return len(batches()) * _SECONDS / _AT_ONCE


@cache
def through_gate() -> frozenset[ExamItem]:
    """The sentences that the gate lets pass on the words that they cite."""
    return frozenset(filter(_passes_gate, exam_items()))


def _passes_gate(item: ExamItem) -> bool:
    evidence, places = as_evidence(item.words)
    return admit(item.sentence, places, evidence, Beside(question=item.question)).objection is None


def as_evidence(cited: Sequence[str]) -> tuple[Evidence, tuple[Place, ...]]:
    """The words as lines of a small article with its statements, and where each of them stands in it."""
    read = [found for found in map(_WORDS.fullmatch, cited) if found]
    text = "\n".join(words["said"] for words in read)
    spans: list[Span] = []
    statements: list[Statement] = []
    for number, words in enumerate(read):
        start = spans[-1].end + 1 if spans else 0
        spans.append(Span(start, start + len(words["said"])))
        if words["how"]:
            statements.append(_statement(str(number), words, spans[-1]))
    blocks = tuple(Block(span.start, span.end, "body") for span in spans)
    published = next((words["date"] for words in read if words["date"]), None)
    article = Article(_SOURCE, text, "", "", blocks, published=published)
    by_span = {statement.span: statement.id for statement in statements}
    evidence = Evidence({_SOURCE: article}, record=tuple(statements), sentences={_SOURCE: tuple(spans)})
    return evidence, tuple(Place(_SOURCE, span, by_span.get(span)) for span in spans)


def _statement(identity: str, words: re.Match[str], span: Span) -> Statement:
    """What somebody said in these words: what is in quotation marks if they are a direct quote, else all of them."""
    kind, quoted = _KINDS[words["how"]], _QUOTED.search(words["said"])
    content = Span(span.start + quoted.start(1), span.start + quoted.end(1)) if kind == "direct" and quoted else span
    who, polarity = words["who"], _POLARITIES[words["polarity"]]
    marked = kind != "reported"
    return Statement(
        identity, _SOURCE, span, (content,), who, who, words["via"], "said", kind, polarity, marked, confidence=1.0
    )


def examine_judge_on(judge: Judge, *, to_the_end: bool = True) -> ExamResult:
    """Puts the exam to the judge, in the batches of real use.

    What the judge said before is not used. Unless `to_the_end`, it stops where the judge can no longer pass, and where
    the judge cannot be reached it stops in any case.
    """
    fresh = Judge(judge.chat)
    result = ExamResult(judge.name, judge.host)
    began = time.perf_counter()
    with closing(_read(fresh, batches())) as readings:
        for marks, tokens, failure in readings:
            result = _with(result, marks, tokens, failure, time.perf_counter() - began)
            if failure:
                break
            if not to_the_end and _is_lost(result):
                result = replace(result, stopped_early=len(result.marks) < len(exam_items()))
                break
    return result


def _with(
    result: ExamResult,
    marks: tuple[Mark, ...],
    tokens: tuple[int, int] | None,
    failure: str | None,
    seconds: float,
) -> ExamResult:
    """The result with one more batch."""
    known = result.tokens or (0, 0)
    return replace(
        result,
        marks=result.marks + marks,
        tokens=(known[0] + tokens[0], known[1] + tokens[1]) if tokens else result.tokens,
        failure=failure,
        seconds=round(seconds, 1),
    )


def _is_lost(result: ExamResult) -> bool:
    """Whether the judge fails, whatever it says of the rest."""
    right = sum(item.fault is None for item in exam_items())
    missed = result.total(right=True) - result.count("passed", right=True)
    slipped = result.total(right=False) - result.count("stopped", right=False)
    return right - missed < LEAST_PASSED * right or (len(exam_items()) - right) * (1 - LEAST_STOPPED) < slipped


Read = tuple[tuple[Mark, ...], tuple[int, int] | None, str | None]


def _read(judge: Judge, every: Sequence[tuple[ExamItem, ...]]) -> Generator[Read]:
    """Reads the batches, a few at a time, in the order in which they are done. Closing it ends the requests."""
    through_gate()  # once, before several threads need it
    waiting, done, stop = deque(every), SimpleQueue[Read | None](), Event()

    def work() -> None:
        try:
            while waiting and not stop.is_set():
                done.put(_marks(judge, waiting.popleft(), stop))
        finally:
            done.put(None)

    running = 1 if judge.host in _HERE else _AT_ONCE
    for _ in range(running):
        Thread(target=work, name="onrecord-exam", daemon=True).start()
    try:
        while running:
            read = done.get()
            if read is None:
                running -= 1
            else:
                yield read
    finally:
        stop.set()


def _marks(judge: Judge, batch: Sequence[ExamItem], stop: Event) -> Read:
    """One batch read: its marks, the tokens that it took, and why it could not be read."""
    session = judge.session()
    verdicts = _ended(session.read(batch[0].question, [item.judged for item in batch]), stop)
    outcomes = map(_outcome, verdicts or [None] * len(batch))
    marks = [
        Mark(item.fault, outcome if item in through_gate() else "stopped")
        for item, outcome in zip(batch, outcomes, strict=True)
    ]
    failure = session.notes[0] if session.notes and set(verdicts) <= {None} else None
    return tuple(marks), session.tokens, failure


def _ended(reading: Reading, stop: Event) -> tuple[bool | None, ...]:
    """The verdicts of a batch; none where it is stopped before."""
    while not stop.is_set():
        try:
            next(reading)
        except StopIteration as end:
            verdicts: tuple[bool | None, ...] = end.value
            return verdicts
    reading.close()
    return ()


def _outcome(verdict: bool | None) -> Outcome:  # noqa: FBT001 - three-valued
    return "unread" if verdict is None else "passed" if verdict else "stopped"


def trust(judge: Judge, result: ExamResult | None) -> None:
    """Lets the judge's word count if it passed, and says why not if it did not; None where it was not examined yet."""
    judge.is_trusted = result is not None and result.is_passed
    why = result.verdict if result else f"{judge.name} was not examined as judge yet; `onrecord exam` does that."
    judge.objection = None if judge.is_trusted else f"{why} {STRICT}"


def known_result(judge: Judge) -> ExamResult | None:
    """How this judge did in this exam before; None if it was not examined yet."""
    kept = judge.replies.exam(_key(judge)) if judge.replies else None
    if kept is None:
        return None
    row = json.loads(kept)
    marks = tuple(Mark(fault, outcome) for fault, outcome in row.pop("marks"))
    tokens = tuple(row.pop("tokens") or ()) or None
    return ExamResult(**row, marks=marks, tokens=tokens)


def keep_result(judge: Judge, result: ExamResult) -> None:
    """Keeps how a judge did, unless it could not be examined; what it took counts towards the day."""
    if judge.replies and result.tokens:
        judge.replies.spend(sum(result.tokens))
    if judge.replies and not result.failure:
        row = asdict(result) | {"marks": [(mark.fault, mark.outcome) for mark in result.marks]}
        judge.replies.keep_exam(_key(judge), json.dumps(row))


def _key(judge: Judge) -> str:
    """The same for the same model at the same host, asked the same sentences by the same prompts."""
    prompts = "\0".join(template(name).template for name in ("judge", "judged"))
    return f"{judge.name} {judge.host} {hashlib.sha256(prompts.encode() + _file()).hexdigest()}"
