"""What is written and answered: claims, their check, the answer that the reader gets, and what a chat model is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rag.core.articles import CERTAIN, Kind, Place, Polarity, Span, Standing
from rag.core.queries import Cited, Evidence, Query, Turn

Reason = Literal["absent_person", "not_quoted_on_topic", "fact_missing", "false_premise", "off_topic"]
Verdict = Literal["quoted", "checked", "proved", "frame"]
"""How a sentence came to be shown: an article's own words; a model's sentence that passed the gate and the second
reading of a judge; one that was proved word by word, for no judge may read it; a sentence made by code."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence made by code that only counts, names or denies what the record holds.

    `made_by` makes its text from the query and the evidence alone, None where it has nothing to say. `reason` is set on
    a frame that declines.
    """

    text: str
    made_by: Callable[[Query, Evidence], str | None]
    reason: Reason | None = None

    def holds(self, query: Query, evidence: Evidence) -> bool:
        """Whether the record bears the sentence out: making it again gives the same."""
        return self.made_by(query, evidence) == self.text


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence that a writer would like to print, without citation numbers, and the places it rests on.

    `speaker` is whom the sentence credits; None for narration. A claim with a `frame` says what the frame says.
    `also` are places in other articles that hold the same words.
    A claim that is `rephrased` is put in a model's own words, not in the articles'; `numbers` are those that the model
    gave for it, of the pieces in `Draft.pieces`. `is_whole` is False where it was cut off.
    """

    text: str
    places: tuple[Place, ...] = ()
    speaker: str | None = None
    frame: Frame | None = None
    rephrased: bool = False
    numbers: tuple[int, ...] = ()
    is_whole: bool = True
    also: tuple[Place, ...] = ()


Usage = Mapping[str, float | None]
"""What a model's writing took: `input_tokens`, `output_tokens`, `calls`, `seconds`, `dollars`; None is not known."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What a writer knows only when its last claim is written: notes for the reader, and what the writing took.

    `declined` says that a model read what it was shown, found no answer and wrote nothing else.
    """

    notes: tuple[str, ...] = ()
    usage: Usage | None = None
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """That a model looked further in the library before it wrote on, and what is at hand since then.

    `text` is a line for the reader: "Looking up what Nikol Pashinyan said on the CSTO: 7 statements". `pieces` are all
    that the model has been shown so far, each the places of one number, from 1, and `evidence` holds the articles and
    the record of all of them. `told` is what code said in the reply: its figures may stand in a sentence.
    """

    text: str
    pieces: tuple[tuple[Place, ...], ...]
    evidence: Evidence
    told: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer offers: claims in reading order, none of them checked yet.

    `claims` may come as they are being written; a None among them only says that the next is not ready yet, so that
    whoever reads them can stop there. A `Looked` among them widens the evidence for the claims behind it. `writer` is
    "offline", or "model:" and the model's name. `notes` are sentences for the reader about the writing. `pieces` are
    what the writer was shown, each the places of one number, from 1. `ending` is asked after the last claim. `instead`
    is what to offer if no rephrased claim holds. `confidence`, from 0 to 1, is how sure the writer is that the evidence
    answers the question; it is given for a draft that declines too. `is_closest` says that it offers no more than the
    passage closest to an answer.
    """

    claims: Iterable[Claim | Looked | None]
    writer: str
    notes: tuple[str, ...] = ()
    usage: Usage | None = None
    pieces: tuple[tuple[Place, ...], ...] = ()
    ending: Callable[[], Ending] | None = None
    instead: Callable[[], Draft] | None = None
    confidence: float | None = None
    is_closest: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a file. Made only by `rag.answering.checking.check`; `quote` is cut from the article, not a model's.

    `number` counts from 1 within the answer. `digest` is that of the bytes the article was read from. `key` are the
    parts of the file, within the citation, that answer the question: the date, the number, the name. `standing`,
    `candidates`, `speaks_for` and `confidence` are those of the statement; `confidence` is 1 where a person
    named the speaker, None where nobody speaks.
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
        """The place as a later question may point back at it."""
        key = " ".join(self.quote[span.start - self.start : span.end - self.start] for span in self.key[:1])
        place = Place(self.source, Span(self.start, self.end), self.statement_id)
        return Cited(place, item, self.speaker, key or None)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer that passed the check. `citations` are numbers of the answer's citations.

    Where it prints an article's own words, `credit` is what the text begins with, and each of `quotes` is the number
    of a citation with where in the text its words begin and end, in order.
    """

    text: str
    citations: tuple[int, ...]
    verdict: Verdict
    credit: str = ""
    quotes: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Withheld:
    """A sentence that a writer offered and the check did not let pass."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The nearest thing the articles do say, offered beside a decline.

    `why` says what it is near in, and what must be known of the speaker: not certain, left open, not said.
    """

    source: str
    start: int
    end: int
    quote: str
    speaker: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reader gets. Made only by `rag.answering.checking.check`.

    `seconds` is the time from the question to this value. `differences` groups numbers of citations that contradict
    each other. `corrections` are sentences about what the check put right in a model's words: a wrong number, a "he".
    `confidence` is the writer's, as in `Draft`, and so is `is_closest`.
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
        """The answer as one text, a line for each sentence with the numbers of its citations behind it: `… [1] [2]`."""
        return "\n".join(self._lines())

    @property
    def turns(self) -> tuple[Turn, Turn]:
        """The question and this answer as a later question leans on them; of a decline, the nearest that was shown."""
        told = [sentence.citations for sentence in self.sentences if sentence.verdict != "frame"]
        listed = [numbers for numbers in told if numbers] or [(citation.number,) for citation in self.citations]
        items = {number: item for item, numbers in reversed(list(enumerate(listed, start=1))) for number in numbers}
        cited = [citation.cited(items.get(citation.number, 0)) for citation in self.citations]
        near = enumerate(self.near_misses, start=1)
        cited += [Cited(Place(one.source, Span(one.start, one.end)), at, one.speaker) for at, one in near]
        return Turn("user", self.question, self.standalone_question), Turn("assistant", self.text, cited=tuple(cited))

    def _lines(self) -> Iterator[str]:
        for sentence in self.sentences:
            numbers = " ".join(f"[{number}]" for number in sentence.citations)
            yield f"{' '.join(sentence.text.splitlines())} {numbers}".rstrip()


@dataclass(frozen=True, slots=True)
class Passed:
    """A sentence that has just passed the check, while the answer is still being written.

    It will stand in the answer exactly so. `citations` are those that it is the first to make.
    """

    sentence: Sentence
    citations: tuple[Citation, ...]


Step = Passed | Looked | Answer | None
"""One step of an answer that is being written: a sentence that passed, what was looked up meanwhile, nothing yet
(None), or last the whole answer."""


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
    """The calls of one reply, what the model wrote beside them, and a result for each call."""

    content: str
    calls: tuple[ToolCall, ...]
    results: tuple[str, ...]


Message = Turn | ToolRound
"""What a conversation with a model is made of."""


@dataclass(frozen=True, slots=True)
class ReplyChunk:
    """A chunk of what a chat model says. `tokens` are those read and written so far, once the model tells them.

    `calls` counts the requests that it took to hear it. `is_cut` where the model stopped before its own end. `wanted`
    are the tools that it calls instead of going on; they come in the last chunk.
    """

    text: str = ""
    tokens: tuple[int, int] | None = None
    calls: int = 1
    is_cut: bool = False
    wanted: tuple[ToolCall, ...] = ()
