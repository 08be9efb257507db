"""Claims, drafts, citations, the answer that the reader gets, and the messages for a chat model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rag.core.articles import CERTAIN, Kind, Place, Polarity, Span, Standing
from rag.core.queries import Cited, Evidence, Turn

Reason = Literal["absent_person", "not_quoted_on_topic", "fact_missing", "false_premise", "off_topic"]
Verdict = Literal["quoted", "checked", "proved", "frame"]
"""How a sentence came to be shown.

"quoted" is an article's own words; "checked" a model's sentence that passed the gate and the judge; "proved" one that
was proved word by word because no judge may read it; "frame" a sentence made by code.
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence made by code that only counts, names or denies what the record holds.

    Made only in `rag.answering.claims`, from the query and the evidence alone. `reason` is set on one that declines.
    """

    text: str
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence that a writer offers, without citation numbers, and the places that support it.

    `speaker` is whom the sentence credits; None for narration. A claim with a `frame` has the frame's text. `also` are
    places in other articles with the same words. A `rephrased` claim is in a model's words, not in the articles';
    `numbers` are the pieces of `Draft.pieces` that the model gave for it. `is_whole` is False if it was cut off. `side`
    is whom of a comparison it is about.
    """

    text: str
    places: tuple[Place, ...] = ()
    speaker: str | None = None
    frame: Frame | None = None
    rephrased: bool = False
    numbers: tuple[int, ...] = ()
    is_whole: bool = True
    also: tuple[Place, ...] = ()
    side: str = ""


Usage = Mapping[str, float | None]
"""Cost of a model's writing: `input_tokens`, `output_tokens`, `calls`, `seconds`, `dollars`; None if unknown."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What a writer knows only after its last claim: notes for the reader, and the cost of the writing.

    `declined` says that a model read the pieces, found no answer and wrote nothing else.
    """

    notes: tuple[str, ...] = ()
    usage: Usage | None = None
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """A look-up that a model made while writing, and all the evidence available since then.

    `text` is a line for the reader: "Looking up what Nikol Pashinyan said on the CSTO: 7 statements". `pieces` are all
    that the model has been shown so far, each the places of one number, from 1; `evidence` holds the articles and the
    record of all of them. `told` is what code said in the reply: its figures may appear in a sentence.
    """

    text: str
    pieces: tuple[tuple[Place, ...], ...]
    evidence: Evidence
    told: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer offers: claims in reading order, not checked yet.

    `claims` may arrive while they are being written; None means that the next is not ready, so that the consumer can
    stop there. A `Looked` widens the evidence for the claims after it; a model's `Ending` comes last. `writer` is
    "offline", or "model:" and the model's name. `notes` are sentences for the reader about the writing. `pieces` are
    what the writer was shown, each the places of one number, from 1. `instead` is what to offer if no rephrased claim
    holds. `confidence`, from 0 to 1, is how sure the writer is that the evidence answers the question; a draft that
    declines has one too. `is_closest` says that the draft offers only the passage closest to an answer.
    """

    claims: Iterable[Claim | Looked | Ending | None]
    writer: str
    notes: tuple[str, ...] = ()
    usage: Usage | None = None
    pieces: tuple[tuple[Place, ...], ...] = ()
    instead: Draft | None = None
    confidence: float | None = None
    is_closest: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a file. Made only by `rag.answering.checking.check`; `quote` is cut from the article, never a model's.

    `number` counts from 1 within the answer. `digest` is that of the bytes from which the article was read. `key` are
    the parts of the file, within the citation, that answer the question: the date, the number, the name. `standing`,
    `candidates`, `speaks_for` and `confidence` are those of the statement; `confidence` is 1 if a person named the
    speaker, None if nobody speaks.
    """

    number: int
    source: str
    line: int
    start: int
    end: int
    quote: str
    title: str | None
    published: str | None
    outlet: str | None
    url: str | None
    speaker: str | None
    via: str | None
    kind: Kind
    polarity: Polarity
    statement_id: str | None
    digest: str
    key: tuple[Span, ...] = ()
    standing: Standing = "said"
    candidates: tuple[str, ...] = ()
    speaks_for: str | None = None
    confidence: float | None = None

    @property
    def is_certain(self) -> bool:
        """Whether the speaker can be named without a remark."""
        return self.speaker is None or self.confidence is None or self.confidence >= CERTAIN

    def cited(self, item: int) -> Cited:
        """Returns the place in the form that a later question can refer to."""
        key = " ".join(self.quote[span.start - self.start : span.end - self.start] for span in self.key[:1])
        place = Place(self.source, Span(self.start, self.end), self.statement_id)
        return Cited(place, item, self.speaker, key or None)


MARKED_TITLE = re.compile(r"\*(?=\S)([^*\n]+?)(?<=\S)\*")
"""A title as our own sentences mark it."""


def titled(sentence: str, citations: Iterable[Citation]) -> list[tuple[str, bool]]:
    """Splits a sentence into runs of words, each with whether it is a title that we marked with stars.

    Stars in quoted words are the article's own: in a sentence with quotes, only the text before them is ours.
    """
    quotes = [at for citation in citations if (at := sentence.rfind(citation.quote)) >= 0]
    runs, end = [], 0
    for title in MARKED_TITLE.finditer(sentence, 0, min(quotes, default=len(sentence))):
        runs += [(sentence[end : title.start()], False), (title[1], True)]
        end = title.end()
    return [run for run in (*runs, (sentence[end:], False)) if run[0]]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer that passed the check. `citations` are numbers of the answer's citations.

    If it prints an article's own words, `credit` is the beginning of the text, and each of `quotes` is the number of a
    citation with the start and end of its words in the text, in order. `side` is whom of a comparison it is about.
    """

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    credit: str = ""
    quotes: tuple[tuple[int, int, int], ...] = ()
    side: str = ""

    @property
    def numbered(self) -> str:
        """The sentence on one line, followed by the numbers of its citations: `… [1] [2]`."""
        numbers = " ".join(f"[{number}]" for number in self.citations)
        return f"{' '.join(self.text.splitlines())} {numbers}".rstrip()


@dataclass(frozen=True, slots=True)
class Withheld:
    """A sentence that a writer offered and the check rejected, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The nearest passage in the articles, offered beside a decline.

    `why` says in what it is near, and any remark on the speaker: not certain, left open, not said.
    """

    source: str
    start: int
    end: int
    quote: str
    speaker: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that the reader gets. Created only in `rag.answering.checking.check`.

    `seconds` is the time from the question to this value. `differences` groups the numbers of citations that contradict
    each other. `corrections` are sentences about what the check corrected in a model's words: a wrong number, a "he".
    `confidence` and `is_closest` are those of the `Draft`.
    """

    question: str
    standalone_question: str
    status: Literal["answered", "declined"]
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    writer: str
    reason: Reason | None = None
    notes: tuple[str, ...] = ()
    differences: tuple[tuple[int, ...], ...] = ()
    corrections: tuple[str, ...] = ()
    usage: Usage | None = None
    withheld: tuple[Withheld, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    confidence: float | None = None
    is_closest: bool = False
    seconds: float = field(default=0.0, compare=False)

    @property
    def text(self) -> str:
        """The answer as one text, one line a sentence, followed by the numbers of its citations: `… [1] [2]`."""
        return "\n".join(sentence.numbered for sentence in self.sentences)

    @property
    def turns(self) -> tuple[Turn, Turn]:
        """The question and this answer as turns for a later question; a decline cites the near misses shown."""
        told = [sentence.citations for sentence in self.sentences if sentence.verdict != "frame"]
        listed = [numbers for numbers in told if numbers] or [(citation.number,) for citation in self.citations]
        items = {number: item for item, numbers in reversed(list(enumerate(listed, start=1))) for number in numbers}
        cited = [citation.cited(items.get(citation.number, 0)) for citation in self.citations]
        near = enumerate(self.near_misses, start=1)
        cited += [Cited(Place(miss.source, Span(miss.start, miss.end)), at, miss.speaker) for at, miss in near]
        return Turn("user", self.question, self.standalone_question), Turn("assistant", self.text, cited=tuple(cited))


@dataclass(frozen=True, slots=True)
class Passed:
    """A sentence that has just passed the check, while the answer is still being written.

    The answer will contain it unchanged. `citations` are those that it is the first to make.
    """

    sentence: Sentence
    citations: tuple[Citation, ...]


Step = Passed | Looked | Answer | None
"""One step of an answer being written: a passed sentence, a look-up, None while nothing is ready, last the answer."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call; `parameters` is the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a model makes. `trouble` says what is wrong with one that cannot be read."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class ToolRound:
    """The calls of one reply, the text that the model wrote beside them, and a result for each call."""

    content: str
    calls: tuple[ToolCall, ...]
    results: tuple[str, ...]


Message = Turn | ToolRound
"""One item of a conversation with a model."""


@dataclass(frozen=True, slots=True)
class ReplyChunk:
    """A chunk of a chat model's reply. `tokens` are those read and written so far, once the model reports them.

    `calls` counts the requests made so far. `is_cut` is set if the model stopped before its own end. `wanted` are the
    tools that it calls instead of going on; they come in the last chunk.
    """

    text: str = ""
    tokens: tuple[int, int] | None = None
    calls: int = 1
    is_cut: bool = False
    wanted: tuple[ToolCall, ...] = ()
