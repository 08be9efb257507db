"""Judges sentences that passed the gate with a chat model that passed an exam; the judge can only withhold.

The prompt lists numbered sentences with their cited words; the reply gives a verdict on each. The exam is 160 sentences
about invented articles, half of them faithful, in the form and batches of real use.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib import resources
from itertools import groupby
from threading import Event
from typing import Literal

from pydantic import BaseModel

from rag.answering.checking.gate import Beside, admit
from rag.answering.checking.source_words import sentences_at
from rag.answering.claims.credits import told_in
from rag.answering.writing.chat_model import price
from rag.answering.writing.context import Piece, kind, template
from rag.core import Article, Block, Claim, Evidence, Kind, Place, Polarity, Span, Statement, Turn, Usage
from rag.core.amounts import Pace
from rag.core.errors import ModelError
from rag.core.protocols import ChatModel
from rag.library.reply_cache import Replies
from rag.text.quantities import foreign

JUDGED_AT_ONCE = 10
"""Maximum number of sentences in one call."""

MOST_BATCHES = 2
"""Maximum number of batches for one question; each may take a second request if the first fails."""

DOUBT = "A second reading by {} did not find it in the cited words."
"""Why a sentence is withheld that the judge rejects."""

_VERDICT = re.compile(r"(?:^\W*|number\W+)(\d{1,2})\W+(?:verdict\W+)?(yes|no)\b", re.IGNORECASE | re.MULTILINE)
"""A verdict in the reply: in the form of `Verdicts`, or on its own line if the model does not keep to the form."""

LEAST_STOPPED, LEAST_PASSED = 0.97, 0.90
"""Minimum share of wrong sentences that a judge and the gate must stop, and of right ones that they must let pass."""

STRICT = "So a sentence of the model's is shown only where the words that it cites prove it."
"""The note if the judge's verdicts do not count."""

_AT_ONCE = 4
"""Batches that a server reads at the same time; one if it runs on this machine."""

_HERE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - compared with, not bound to
_SECONDS, _TOKENS_A_SECOND = 2.0, 70
"""Approximate seconds a batch for a model behind an interface, and tokens a second of a small model on this machine."""

_CHARACTERS_A_TOKEN = 4
_VERDICT_TOKENS = 4

JudgeOutcome = Literal["passed", "stopped", "unread"]
"""The result for a sentence: let through, stopped, or unread if the judge's reply cannot be parsed."""

_WORDS = re.compile(
    r"\((?P<who>.+?)(?:, (?P<how>direct quote|reported, in part quoted|reported)"
    r"(?:, (?P<polarity>a denial|a question))?(?:, via (?P<via>.+?))?)?(?:, (?P<date>\d{4}-\d\d-\d\d))?\) (?P<said>.+)"
)
"""The cited words as shown to a judge: the speaker, the kind of quote, the day of publication, the text."""

_QUOTED = re.compile(r"[“\"](.+)[”\"]")
_KINDS: Mapping[str, Kind] = {"direct quote": "direct", "reported": "reported", "reported, in part quoted": "mixed"}
_POLARITIES: Mapping[str | None, Polarity] = {None: "asserts", "a denial": "denies", "a question": "asks"}
_SOURCE = "exam"


class _Numbered(BaseModel):
    number: int
    verdict: Literal["yes", "no"]


class Verdicts(BaseModel):
    """One verdict for each sentence, by its number."""

    verdicts: list[_Numbered]


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence and its cited words, each after its speaker: "(Ada Lund, direct quote) …"."""

    sentence: str
    words: tuple[str, ...]


class Judge:
    """The judge: a chat model, its kept replies, and whether it passed the exam, so that its verdicts count."""

    def __init__(self, chat: ChatModel, replies: Replies | None = None, is_trusted: bool = True) -> None:  # noqa: FBT001, FBT002 - named by whoever examines it
        self.chat = chat
        self.replies = replies
        self.is_trusted = is_trusted
        self.objection: str | None = None  # why its word does not count, in a sentence; None where it does
        self.exam: Pace | None = None  # how far its exam has come while it lasts

    @property
    def name(self) -> str:
        """Provider and model."""
        return self.chat.name

    @property
    def host(self) -> str:
        """Whose machine it runs on."""
        return self.chat.host

    def session(self) -> JudgeSession:
        """Starts the judging of one answer."""
        return JudgeSession(self)


class JudgeSession:
    """The batches judged for one answer, and their cost."""

    def __init__(self, judge: Judge) -> None:
        self.notes: list[str] = []
        self.tokens: tuple[int, int] | None = None
        self.calls = 0
        self.batches = 0
        self.name = judge.name
        self._judge = judge

    def read(self, question: str, batch: Sequence[Judged]) -> Generator[None, None, tuple[bool | None, ...]]:
        """Asks for a verdict on each sentence, at most `JUDGED_AT_ONCE`; None if the reply gives none."""
        if not batch or self.batches == MOST_BATCHES:
            return (None,) * len(batch)
        self.batches += 1
        said = yield from self._said(question, batch[:JUDGED_AT_ONCE])
        verdicts = ((int(number), verdict.lower() == "yes") for number, verdict in _VERDICT.findall(said))
        found = {number: verdict for number, verdict in verdicts if number <= JUDGED_AT_ONCE}
        return tuple(found.get(number) for number in range(1, len(batch) + 1))

    def _said(self, question: str, batch: Sequence[Judged]) -> Generator[None, None, str]:
        """Yields the judge's reply on the batch; empty if the request fails."""
        marker = f"~{secrets.token_hex(4)}"
        system, asked = template("judge").template, _asked(question, batch, marker)
        digest = hashlib.sha256(f"{system}\0{asked}".replace(marker, "").encode()).hexdigest()
        key = f"judge {self.name} {self._judge.host} {digest}"
        known = self._judge.replies.find(key) if self._judge.replies else None
        if known is not None:
            return known
        said: list[str] = []
        calls, tokens = 1, None
        try:
            for heard in self._judge.chat.reply(
                system, [Turn("user", asked)], calls=2, schema=Verdicts.model_json_schema()
            ):
                calls, tokens = max(calls, heard.calls), heard.tokens or tokens
                said.append(heard.text)
                yield None
        except ModelError as error:
            self._note(f"{error} So not all that it wrote was read a second time.")
            said.clear()
        finally:
            self._spend(calls, tokens)
        if said and _VERDICT.search("".join(said)):
            self._note(f"What passed the gate was read a second time by {self.name} at {self._judge.host}.")
        if said and self._judge.replies:
            self._judge.replies.keep(key, "".join(said))
        return "".join(said)

    def added_to(self, usage: Usage | None) -> Usage | None:
        """Adds up the cost of writing and judging; what one of them does not report stays unknown."""
        if not self.calls:
            return usage
        read, wrote = self.tokens or (None, None)
        own = {"input_tokens": read, "output_tokens": wrote, "calls": self.calls}
        took = own | {"dollars": price(self._judge.chat, self.tokens)}
        return {name: _sum(amount, took.get(name, 0)) for name, amount in (usage or took | {"seconds": 0}).items()}

    def _spend(self, calls: int, tokens: tuple[int, int] | None) -> None:
        """Adds up the cost of the requests; what the model does not report stays unknown."""
        known = self.tokens or (0, 0)
        self.calls += calls
        self.tokens = (known[0] + tokens[0], known[1] + tokens[1]) if tokens else self.tokens
        if tokens and self._judge.replies:
            self._judge.replies.spend(sum(tokens))

    def _note(self, told: str) -> None:
        if told not in self.notes:
            self.notes.append(told)


def _asked(question: str, batch: Sequence[Judged], marker: str) -> str:
    """Makes the prompt for a batch: each numbered sentence, followed by its cited words after the marker."""
    listed = (
        "\n".join([f"{number}. {_line(item.sentence)}", *(f"{marker} {_line(words)}" for words in item.words)])
        for number, item in enumerate(batch, start=1)
    )
    return template("judged").substitute(marker=marker, question=_line(question), sentences="\n\n".join(listed))


def judged(claim: Claim, evidence: Evidence, told: str = "") -> Judged:
    """Returns a claim as the judge reads it: the cited words, each with speaker and day of publication.

    `told` is what tools replied: it is included if a figure of the claim occurs only there.
    """
    lines = [line for place in claim.places for line in _stretches(place, evidence)]
    if told and foreign(claim.text, " ".join(lines)):
        lines.append(f"(counted in the library) {_line(told)}")
    return Judged(claim.text, tuple(dict.fromkeys(lines)))


def _stretches(place: Place, evidence: Evidence) -> Iterator[str]:
    """Yields the sentences of a place; consecutive sentences of the same speaker are one line."""
    article, record = evidence.articles[place.source], {statement.id: statement for statement in evidence.record}
    named = record.get(place.statement or "")
    voiced = [(told_in(Place(place.source, span), evidence) or named, span) for span in sentences_at(place, evidence)]
    date = f", {article.published[:10]}" if article.published else ""
    for spoken, group in groupby(voiced, key=lambda voice: voice[0]):
        spans = [span for _, span in group]
        words = _line(article.cut(Span(spans[0].start, spans[-1].end)))
        yield f"({kind(Piece((place,), spoken))}{date}) {words}"


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _line(text: str) -> str:
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class ExamItem:
    """A sentence with its cited words and its question; `fault` is None if the sentence is right."""

    sentence: str
    words: tuple[str, ...]
    question: str
    fault: str | None

    @property
    def judged(self) -> Judged:
        """The sentence in the form that the judge reads."""
        return Judged(self.sentence, self.words)


@dataclass(frozen=True, slots=True)
class Mark:
    """The outcome for a sentence, with its fault."""

    fault: str | None
    outcome: JudgeOutcome


@dataclass(frozen=True, slots=True)
class ExamResult:
    """A judge's result. `failure` says why it was not examined; `stopped_early` that the rest could not change it."""

    judge: str
    host: str
    marks: tuple[Mark, ...] = ()
    tokens: tuple[int, int] | None = None
    seconds: float = 0.0
    failure: str | None = None
    stopped_early: bool = False

    def count(self, outcome: str, *, right: bool, kind: str | None = None) -> int:
        """Counts the right or wrong sentences (of one kind of fault) with that outcome."""
        return sum(mark.outcome == outcome for mark in self._of(right=right, kind=kind))

    def total(self, *, right: bool, kind: str | None = None) -> int:
        """Counts the right or wrong sentences (of one kind of fault) that the judge was given."""
        return len(self._of(right=right, kind=kind))

    def _of(self, *, right: bool, kind: str | None = None) -> list[Mark]:
        return [mark for mark in self.marks if (mark.fault is None) == right and kind in {None, mark.fault}]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of faults, in alphabetical order."""
        return tuple(sorted({mark.fault for mark in self.marks if mark.fault}))

    @property
    def is_passed(self) -> bool:
        """Whether the judge's verdicts count."""
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
        """The result as a sentence."""
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
    """Returns the sentences of the exam, in order."""
    rows = map(json.loads, _file().decode("utf-8").splitlines())
    return tuple(ExamItem(row["sentence"], tuple(row["words"]), row["question"], row["fault"]) for row in rows)


@cache
def _file() -> bytes:
    return resources.files(__package__).joinpath("exam.jsonl").read_bytes()


def batches() -> list[tuple[ExamItem, ...]]:
    """Returns the sentences in the judge's batches: those of one question together, as in an answer."""
    groups: dict[str, list[ExamItem]] = {}
    for item in exam_items():
        groups.setdefault(item.question, []).append(item)
    return [
        tuple(group[at : at + JUDGED_AT_ONCE])
        for group in groups.values()
        for at in range(0, len(group), JUDGED_AT_ONCE)
    ]


def tokens_expected() -> tuple[int, int]:
    """Estimates the tokens that an exam reads and writes."""
    told = len(template("judge").template) + len(template("judged").template)
    asked = sum(len(item.sentence) + sum(map(len, item.words)) for item in exam_items())
    questions = sum(len(batch[0].question) + told for batch in batches())
    return (asked + questions) // _CHARACTERS_A_TOKEN, _VERDICT_TOKENS * len(exam_items())


def seconds_expected(host: str) -> float:
    """Estimates the seconds that an exam takes."""
    if host in _HERE:
        return sum(tokens_expected()) / _TOKENS_A_SECOND
    return len(batches()) * _SECONDS / _AT_ONCE


@cache
def through_gate() -> frozenset[ExamItem]:
    """Returns the sentences that the gate lets pass with their cited words."""
    return frozenset(filter(_passes_gate, exam_items()))


def _passes_gate(item: ExamItem) -> bool:
    evidence, places = as_evidence(item.words)
    return admit(Claim(item.sentence), places, evidence, Beside(question=item.question)).objection is None


def as_evidence(cited: Sequence[str]) -> tuple[Evidence, tuple[Place, ...]]:
    """Turns the words into lines of a small article with statements, and returns the place of each."""
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
    """Creates the statement of these words: the text in quotation marks if it is a direct quote, else all of it."""
    kind, quoted = _KINDS[words["how"]], _QUOTED.search(words["said"])
    content = Span(span.start + quoted.start(1), span.start + quoted.end(1)) if kind == "direct" and quoted else span
    who, polarity = words["who"], _POLARITIES[words["polarity"]]
    marked = kind != "reported"
    return Statement(
        identity, _SOURCE, span, (content,), who, who, words["via"], "said", kind, polarity, marked, confidence=1.0
    )


def examine_judge_on(judge: Judge, *, to_the_end: bool = True) -> ExamResult:
    """Examines the judge in the batches of real use, several at a time.

    The judge's earlier replies are not used. Unless `to_the_end`, it stops once the judge can no longer pass; it always
    stops if the judge cannot be reached.
    """
    fresh, began, stop = Judge(judge.chat), time.perf_counter(), Event()
    result = ExamResult(judge.name, judge.host)
    through_gate()  # once, before several threads need it
    with ThreadPoolExecutor(1 if judge.host in _HERE else _AT_ONCE) as pool:
        reading = [pool.submit(_marks, fresh, batch, stop) for batch in batches()]
        try:
            for read in as_completed(reading):
                result = _with(result, *read.result(), round(time.perf_counter() - began, 1))
                judge.exam = Pace(len(result.marks), len(exam_items()), result.seconds)
                if result.failure or (not to_the_end and _is_lost(result)):
                    break
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
            judge.exam = None
    is_early = not result.failure and len(result.marks) < len(exam_items())
    return replace(result, stopped_early=is_early)


def _with(
    result: ExamResult,
    marks: tuple[Mark, ...],
    tokens: tuple[int, int] | None,
    failure: str | None,
    seconds: float,
) -> ExamResult:
    """Returns the result with one more batch."""
    known = result.tokens or (0, 0)
    took = (known[0] + tokens[0], known[1] + tokens[1]) if tokens else result.tokens
    return replace(result, marks=result.marks + marks, tokens=took, failure=failure, seconds=seconds)


def _is_lost(result: ExamResult) -> bool:
    """Returns whether the judge must fail, whatever it says of the rest."""
    right = sum(item.fault is None for item in exam_items())
    missed = result.total(right=True) - result.count("passed", right=True)
    slipped = result.total(right=False) - result.count("stopped", right=False)
    return right - missed < LEAST_PASSED * right or (len(exam_items()) - right) * (1 - LEAST_STOPPED) < slipped


def _marks(
    judge: Judge, batch: Sequence[ExamItem], stop: Event
) -> tuple[tuple[Mark, ...], tuple[int, int] | None, str | None]:
    """Judges one batch; returns its marks, its tokens, and why it could not be read."""
    session, verdicts = judge.session(), list[bool | None]()
    reading = session.read(batch[0].question, [item.judged for item in batch])
    while not stop.is_set():
        try:
            next(reading)
        except StopIteration as end:
            verdicts += end.value
            break
    reading.close()
    marks = [
        Mark(item.fault, _outcome(verdict) if item in through_gate() else "stopped")
        for item, verdict in zip(batch, verdicts or [None] * len(batch), strict=True)
    ]
    failure = session.notes[0] if session.notes and set(verdicts) <= {None} else None
    return tuple(marks), session.tokens, failure


def _outcome(verdict: bool | None) -> JudgeOutcome:  # noqa: FBT001 - three-valued
    return "unread" if verdict is None else "passed" if verdict else "stopped"


def trust(judge: Judge, result: ExamResult | None) -> None:
    """Lets the judge's verdicts count if it passed, and returns why not if it failed; None if not examined yet."""
    judge.is_trusted = result is not None and result.is_passed
    why = result.verdict if result else f"{judge.name} was not examined as judge yet; `onrecord exam` does that."
    judge.objection = None if judge.is_trusted else f"{why} {STRICT}"


def known_result(judge: Judge) -> ExamResult | None:
    """Returns this judge's earlier result in this exam; None if not examined yet."""
    kept = judge.replies.exam(_key(judge)) if judge.replies else None
    if kept is None:
        return None
    row = json.loads(kept)
    marks = tuple(Mark(fault, outcome) for fault, outcome in row.pop("marks"))
    tokens = tuple(row.pop("tokens") or ()) or None
    return ExamResult(**row, marks=marks, tokens=tokens)


def keep_result(judge: Judge, result: ExamResult) -> None:
    """Keeps a judge's result, unless it could not be examined; its tokens count towards the day."""
    if judge.replies and result.tokens:
        judge.replies.spend(sum(result.tokens))
    if judge.replies and not result.failure:
        row = asdict(result) | {"marks": [(mark.fault, mark.outcome) for mark in result.marks]}
        judge.replies.keep_exam(_key(judge), json.dumps(row))


def _key(judge: Judge) -> str:
    """Returns the key of a result: same model, host, sentences and prompts."""
    prompts = "\0".join(template(name).template for name in ("judge", "judged"))
    return f"{judge.name} {judge.host} {hashlib.sha256(prompts.encode() + _file()).hexdigest()}"
