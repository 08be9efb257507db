"""The nouns of onrecord: what is read, what is kept, what is asked and what is answered.

Every noun is a frozen value. Offsets count characters (Unicode code points) of `Article.text`, the end is exclusive.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Kind = Literal["direct", "reported", "mixed", "narration"]
Polarity = Literal["asserts", "denies", "asks"]
Role = Literal["title", "byline", "outlet", "date", "body", "furniture"]
Intent = Literal["statement", "who_said", "compare", "count", "list", "timeline", "summary", "fact", "off_topic"]
Asks = Literal["what", "identity", "who", "when", "where", "how_many", "how_long", "why", "yes_no"]
Counted = Literal["articles", "statements", "speakers"]
Reason = Literal["absent_person", "not_quoted_on_topic", "fact_missing", "false_premise", "off_topic"]
Verdict = Literal["quoted", "supported", "frame"]

_LINE_END = re.compile(r"\r\n|\n|\r")
_ASIDE = 10
"""How many times as long as the words quoted a sentence is that is not told by them."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, `text[start:end]`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"A span must be non-empty and start at 0 or later, not {self.start}:{self.end}.")

    def covers(self, other: Span) -> bool:
        """Whether `other` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end

    def shared(self, other: Span) -> int:
        """How many characters the two have in common."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A span in a named article; `statement` is the id of the statement that it is shown as a part of, if it is one."""

    source: str
    span: Span
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader got out of a file: its text, and what the format itself says about it.

    `digest` is the sha256 of the bytes that the article was read from (a file, or one line of a JSON-lines file).
    `encoding` is None where the format fixes it. `warnings` are sentences for the person who indexes.
    """

    source: str
    text: str
    digest: str
    extractor: str
    encoding: str | None = None
    title: str | None = None
    byline: str | None = None
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """A stretch of an article's text with one role on the page, usually a line or a paragraph."""

    start: int
    end: int
    role: Role

    @property
    def span(self) -> Span:
        """Where it stands in the article."""
        return Span(self.start, self.end)


@dataclass(frozen=True)
class Article:
    """One article as it was read. `blocks` are in text order, without overlap; only `body` may be indexed or quoted."""

    source: str
    text: str
    digest: str
    extractor: str
    blocks: tuple[Block, ...]
    encoding: str | None = None
    title: str | None = None
    byline: str | None = None
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def body(self) -> tuple[Block, ...]:
        """The blocks that carry the reporting."""
        return tuple(block for block in self.blocks if block.role == "body")

    @cached_property
    def _line_starts(self) -> list[int]:
        """Offsets at which lines start; a line ends at LF, CR or CRLF, as in every editor."""
        return [0, *(line_end.end() for line_end in _LINE_END.finditer(self.text))]

    def line_of(self, offset: int) -> int:
        """The number, from 1, of the line that `offset` stands in."""
        return bisect_right(self._line_starts, offset)

    def cut(self, span: Span) -> str:
        """The exact characters of `span`. Raises ValueError if the span reaches past the text."""
        if span.end > len(self.text):
            raise ValueError(
                f"{self.source} has {len(self.text)} characters; {span.start}:{span.end} reaches past them."
            )
        return self.text[span.start : span.end]

    def is_quotable(self, span: Span) -> bool:
        """Whether the span touches no furniture, title or other line that is not reporting."""
        return any(block.span.overlaps(span) for block in self.body) and not any(
            block.span.overlaps(span) for block in self.blocks if block.role != "body"
        )

    def body_within(self, span: Span) -> tuple[Span, ...]:
        """The parts of `span` that are reporting, one for each line or paragraph that it crosses."""
        return tuple(
            Span(max(span.start, block.start), min(span.end, block.end))
            for block in self.body
            if block.span.overlaps(span)
        )

    def passage(self, sentences: tuple[Span, ...]) -> Passage:
        """The slice from the first of `sentences` to the end of the last: the only way a Passage is made."""
        span = Span(sentences[0].start, sentences[-1].end)
        return Passage(self.source, span.start, span.end, self.cut(span), sentences)


@dataclass(frozen=True, slots=True)
class Passage:
    """An exact, sentence-aligned slice of an article. `sentences` are spans in the article, not in the slice."""

    source: str
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]

    @property
    def span(self) -> Span:
        """Where it stands in the article."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Statement:
    """Who said what: one attribution in the body of an article.

    `span` covers the whole attribution with the words that introduce it; `content` are the exact slices of what was
    said (several when the quote is interrupted: “A,” he said, “B”). `speaker` is the fullest name the article gives, or
    None when the speaker is not known by name; `speaker_as_written` is how this sentence names them ("he", "the
    ministry"). `via` is who passed the words on ("RIA Novosti"). `marked` says whether the file prints quotation marks
    around them. `confidence` runs from 0 to 1. `repeats` is the id of an earlier statement of the same words in the
    same article: it is kept, and counted once. `corrected` says that a person named the speaker by hand.
    """

    id: str
    source: str
    span: Span
    content: tuple[Span, ...]
    speaker: str | None
    speaker_as_written: str
    via: str | None
    cue: str
    kind: Kind
    polarity: Polarity
    marked: bool
    confidence: float
    repeats: str | None = None
    corrected: bool = False

    def tells(self, place: Place) -> bool:
        """Whether the place is this statement told: its attribution takes up at least half of the place.

        A word or two in quotation marks within a reporter's sentence make it nobody else's. A place that begins behind
        the attribution's first words, as a gloss behind it does, must be what was said by half.
        """
        if self.source != place.source:
            return False
        length = place.span.end - place.span.start
        is_aside = self.kind == "mixed" and _ASIDE * sum(part.end - part.start for part in self.content) < length
        is_behind = place.span.start > self.content[0].start
        told = self.said_within(place.span) if is_behind else self.span.shared(place.span)
        return 2 * told >= length and not is_aside

    def said_within(self, span: Span) -> int:
        """How many characters of a stretch of its article were said, and are not the reporter's."""
        return sum(part.shared(span) for part in self.content)


@dataclass(frozen=True, slots=True)
class Correction:
    """That the words at `start`:`end` of the article with this digest were said by `speaker`, or by nobody known.

    `words` is the sha256 of what stands there; `source` is where the article was when the correction was made.
    `statement` is the id of the statement that it applies to now; None if it no longer applies to any.
    """

    source: str
    digest: str
    start: int
    end: int
    words: str
    cue: str
    speaker: str | None
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One person, many names. `name` is the fullest one on record, `aliases` are the others."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it was understood.

    `standalone` can be read without the conversation. `speaker` is who is asked about in a "statement" question, as the
    library names them, or as the question does where the library knows nobody of that name (`speaker_is_known` False).
    `topic` is the rest of such a question in its own words. `terms` are its content words, `names` those of them that
    are written as names. `occasion` are the words for where or when something was said ("meeting", "Moscow"), which
    must stand around it. `target` is who is reacted to in a question for who did so, as the library names them, and
    `reacts` are the verbs one of which must tell it. `asks` is what a fact must tell. `others` are the further speakers
    of a comparison. `quote` are the words whose speaker is asked for, or which the speaker is asked to have said.
    `counted` is what of the record is to be counted or listed. `since` and `until`, both inclusive, bound the date of
    publication; `dated` are the words of that time ("March 2024"), which an article without a date may carry in its
    text. `years` are the first and the last year, both inclusive, of what a timeline is to tell; None leaves them open.
    `source` and `outlet` name where to look, as the library does. `history` is the conversation before the question.
    `started` is when understanding began, on the clock of `time.perf_counter`.
    """

    question: str
    standalone: str
    intent: Intent
    asked: dt.date
    speaker: str | None = None
    speaker_is_known: bool = False
    topic: str | None = None
    terms: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    occasion: tuple[str, ...] = ()
    target: str | None = None
    reacts: tuple[str, ...] = ()
    asks: Asks = "what"
    others: tuple[str, ...] = ()
    quote: str | None = None
    counted: Counted | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    dated: str | None = None
    years: tuple[int, int] | None = None
    source: str | None = None
    outlet: str | None = None
    notes: tuple[str, ...] = ()
    history: tuple[Turn, ...] = field(default=(), compare=False, repr=False)
    started: float = field(default_factory=time.perf_counter, compare=False)

    @property
    def is_of_the_record(self) -> bool:
        """Whether the record of statements answers it, not the sentences of the articles."""
        return self.intent in {"statement", "who_said", "compare", "count", "list"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that retrieval found, and how well it fits (higher is better, comparable within one query only).

    `similarity` is the cosine of its vector with the question's; None where only its words were found. `by_words` and
    `by_meaning` are its ranks in full text and among the vectors, from 1; None where it is not among the candidates.
    `copies` are passages of other articles in nearly the same words. `timely` is 1 unless
    the question asks for a time that the article's date is far from; then it falls to 0.
    """

    passage: Passage
    score: float
    similarity: float | None = None
    by_words: int | None = None
    by_meaning: int | None = None
    copies: tuple[Passage, ...] = ()
    timely: float = 1.0


@dataclass(frozen=True, slots=True)
class Side:
    """One speaker of a comparison, and every statement on record by them on its topic."""

    speaker: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted over the whole library, not over what was retrieved.

    `entries` are the articles' sources or the speakers, each with how many statements (of articles that only mention:
    passages) count for it, in reading order. `of` is how many articles there are to count in. `undated` articles were
    left out because a date was asked for and they give none.
    """

    counted: Counted
    entries: tuple[tuple[str, int], ...]
    of: int
    undated: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All that a writer may use and the check may consult, read in one transaction. Equal to itself alone.

    `articles` holds every article that a hit or a shown statement stands in, by source. `statements` is complete:
    every statement on record that answers the query's speaker and topic, so that it may be counted. They are those of
    the `spokesperson` where a body that is asked about has none of its own; where there is none at all, `rephrased`
    are the few by the speaker that are near the question in meaning. `beside` are near misses: the same topic by
    others, the same speaker on other topics. `record` is every statement of `articles`. `weights` says how much each
    term of the query tells, its inverse document frequency; `spellings` are the ways in which it may be put,
    `unmentioned` the names that no article of the library holds. `sentences` are those of the articles. Of the
    statements, `shown` at most are to be printed. `sides` are the speakers of a comparison, `tally` is what was
    counted, `elsewhere` names what else the speaker is on record on. `notes` are sentences for the reader about what
    was looked at.
    """

    articles: Mapping[str, Article]
    hits: tuple[Hit, ...] = ()
    statements: tuple[Statement, ...] = ()
    rephrased: tuple[Statement, ...] = ()
    spokesperson: str | None = None
    beside: tuple[Statement, ...] = ()
    record: tuple[Statement, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unmentioned: frozenset[str] = frozenset()
    sentences: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    shown: int = 6
    sides: tuple[Side, ...] = ()
    tally: Tally | None = None
    elsewhere: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def quote(self, place: Place) -> str:
        """The exact characters at `place`."""
        return self.articles[place.source].cut(place.span)

    def printable(self, one: Statement) -> tuple[Place, ...]:
        """What to print of a statement: the slices of a direct quote; else what reports it.

        That is the attribution itself if it opens with the speaker and so can be read alone, else its whole sentences.
        """
        if one.kind == "direct":
            return tuple(Place(one.source, span, one.id) for span in one.content)
        article, whole = self.articles[one.source], one.span
        if not one.speaker_as_written or not article.cut(whole).startswith(one.speaker_as_written):
            touched = [span for span in self.sentences.get(one.source, ()) if span.overlaps(whole)] or [whole]
            whole = Span(min(whole.start, touched[0].start), max(whole.end, touched[-1].end))
        return tuple(Place(one.source, span, one.id) for span in article.body_within(whole))


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
    gave for it, of the pieces in `Draft.pieces`. `is_whole` is False where it was cut off. `doubt` is why a second
    reader would withhold it.
    """

    text: str
    places: tuple[Place, ...] = ()
    speaker: str | None = None
    frame: Frame | None = None
    rephrased: bool = False
    numbers: tuple[int, ...] = ()
    is_whole: bool = True
    also: tuple[Place, ...] = ()
    doubt: str | None = None


Usage = Mapping[str, float | None]
"""What a model's writing took: `input_tokens`, `output_tokens`, `calls`, `seconds`, `dollars`; None is not known."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A chunk of what a chat model says. `tokens` are those read and written so far, once the model tells them.

    `calls` counts the requests that it took to hear it. `is_cut` where the model stopped before its own end.
    """

    text: str = ""
    tokens: tuple[int, int] | None = None
    calls: int = 1
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """What a writer knows only when its last claim is written: notes for the reader, and what the writing took."""

    notes: tuple[str, ...] = ()
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer offers: claims in reading order, none of them checked yet.

    `claims` may come as they are being written; a None among them only says that the next is not ready yet, so that
    whoever reads them can stop there. `writer` is "offline", or "model:" and the model's name. `notes` are sentences
    for the reader about the writing. `pieces` are what the writer was shown, each the places of one number, from 1.
    `ending` is asked after the last claim. `instead` is what to offer if no rephrased claim holds.
    `confidence`, from 0 to 1, is how sure the writer is that the evidence answers the question; it is given for a draft
    that declines too.
    """

    claims: Iterable[Claim | None]
    writer: str
    notes: tuple[str, ...] = ()
    usage: Usage | None = None
    pieces: tuple[tuple[Place, ...], ...] = ()
    ending: Callable[[], Ending] | None = None
    instead: Callable[[], Draft] | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a file. Made only by `rag.answering.check`; `quote` is cut from the article, never from a model.

    `number` counts from 1 within the answer. `digest` is that of the bytes the article was read from. `key` are the
    parts of the file, within the citation, that answer the question: the date, the number, the name.
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


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer that passed the check. `citations` are numbers of the answer's citations."""

    text: str
    citations: tuple[int, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Withheld:
    """A sentence that a writer offered and the check did not let pass."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The nearest thing the articles do say, offered beside a decline. `why` says what it is near in."""

    source: str
    start: int
    end: int
    quote: str
    speaker: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reader gets. Made only by `rag.answering.check`.

    `seconds` is the time from the question to this value. `differences` groups numbers of citations that contradict
    each other. `corrections` are sentences about what the check put right in a model's words: a wrong number, a "he".
    `confidence` is the writer's, as in `Draft`.
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
    seconds: float = field(default=0.0, compare=False)

    @property
    def text(self) -> str:
        """The answer as one text, a line for each sentence with the numbers of its citations behind it: `… [1] [2]`."""
        return "\n".join(self._lines())

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


Step = Passed | Answer | None
"""One step of an answer that is being written: a sentence that passed, nothing yet (None), or last the whole answer."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why, as a sentence."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one run of `index` did. Counts of articles, passages and statements are those of the library afterwards."""

    articles: int
    added: int
    changed: int
    removed: int
    failed: tuple[Failure, ...]
    passages: int
    statements: int
    seconds: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What the library holds, for the page's header and `doctor`. `published` is the first and last date, or None."""

    folder: str | None
    articles: int
    passages: int
    statements: int
    outlets: tuple[str, ...]
    speakers: tuple[str, ...]
    published: tuple[str, str] | None
    undated: int
    embedder: str | None


@dataclass(frozen=True, slots=True)
class Shelved:
    """An article as the list of sources shows it: without its text, with the number of its statements."""

    source: str
    title: str | None
    outlet: str | None
    published: str | None
    digest: str
    statements: int
