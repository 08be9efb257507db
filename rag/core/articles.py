"""Articles with their passages and statements, the people in them, and the results of reading files."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, takewhile
from typing import Final, Literal

Kind = Literal["direct", "reported", "mixed", "narration"]
Polarity = Literal["asserts", "denies", "asks"]
Standing = Literal["said", "withdrawn", "disputed", "fabricated", "fictional"]
"""Whether words count as said.

If not: taken back by the speaker, disputed as to whether they were said at all, made up by somebody else (a hoax, a
fake), or spoken in a novel, a film, a satire.
"""
Role = Literal["title", "byline", "outlet", "date", "heading", "caption", "body", "furniture"]
"""The role of a line on the page. Titles, headings and captions may introduce people; only the body is reporting."""

CERTAIN: Final = 0.6
"""Minimum confidence for naming a speaker without the remark that the speaker is not certain.

From this confidence on, every band is right at least 95 times in 100; below `SURE_ENOUGH` nobody is named at all. Of
quotes of PolNeAR dev, 5 of 6 with less than 0.6 were right and 22 of 23 from 0.6 to 0.8. `python -m evals.attribution
--set FOLDER` prints the bands from which to choose it.
"""

SURE_ENOUGH: Final[Mapping[Kind, float]] = {"direct": 0.55, "mixed": 0.7, "reported": 0.7}
"""Minimum confidence for naming a speaker, by kind; below it the record says null, and keeps the speaker as written.

Less confident quotations guess twice in a row: whose quote continues, and whom “he” means there. Less confident reports
are often the journalist's own words (“she slammed her racket”): half of those read in articles of four sets were. It is
used when an article is read, so after a change of these values all articles must be read again.
"""

_LINE_END = re.compile(r"\r\n|\n|\r")

_ASIDE = 10
"""A sentence this many times longer than the words quoted in it does not count as the statement."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, `text[start:end]`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"A span must be non-empty and start at 0 or later, not {self.start}:{self.end}.")

    def covers(self, other: Span) -> bool:
        """Returns whether `other` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Returns whether the two share at least one character."""
        return self.start < other.end and other.start < self.end

    def shared(self, other: Span) -> int:
        """Counts the characters that the two have in common."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A span in a named article; `statement` is the id of the statement that it is shown as part of, if any."""

    source: str
    span: Span
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading a file: its text, and what the format itself says about it.

    `digest` is the sha256 of the bytes of the article (a file, or one line of a JSON-lines file). `encoding` is None if
    the format fixes it. `warnings` are sentences for the person who indexes. `headings` and `captions` are the lines of
    the text that the format itself marks as such.
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
    headings: frozenset[str] = frozenset()
    captions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """A stretch of an article's text with one role on the page, usually a line or a paragraph."""

    start: int
    end: int
    role: Role

    @property
    def span(self) -> Span:
        """Its place in the article."""
        return Span(self.start, self.end)


@dataclass(frozen=True)
class Article:
    """One article as read. `blocks` are in text order, without overlap; only `body` may be indexed or quoted."""

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
        """The blocks that are reporting."""
        return tuple(block for block in self.blocks if block.role == "body")

    @cached_property
    def _line_starts(self) -> list[int]:
        """Offsets of the beginnings of lines; a line ends at LF, CR or CRLF, as in every editor."""
        return [0, *(line_end.end() for line_end in _LINE_END.finditer(self.text))]

    def line_of(self, offset: int) -> int:
        """Returns the number, from 1, of the line that contains `offset`."""
        return bisect_right(self._line_starts, offset)

    def cut(self, span: Span) -> str:
        """Returns the exact characters of `span`. Raises ValueError if the span reaches past the text."""
        if span.end > len(self.text):
            raise ValueError(
                f"{self.source} has {len(self.text)} characters; {span.start}:{span.end} reaches past them."
            )
        return self.text[span.start : span.end]

    def is_quotable(self, span: Span) -> bool:
        """Returns whether the span is all reporting: no page furniture, title, caption or the like."""
        first = bisect_right(self.blocks, span.start, key=lambda block: block.end)
        touched = takewhile(lambda block: block.start < span.end, islice(self.blocks, first, None))
        return {block.role for block in touched} == {"body"}

    def body_within(self, span: Span) -> tuple[Span, ...]:
        """Returns the parts of `span` that are reporting, one for each line or paragraph that it crosses."""
        return tuple(
            Span(max(span.start, block.start), min(span.end, block.end))
            for block in self.body
            if block.span.overlaps(span)
        )

    def passage(self, sentences: tuple[Span, ...]) -> Passage:
        """Cuts the passage from the first of `sentences` to the end of the last: the only way to create a Passage."""
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
        """Its place in the article."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Statement:
    """Who said what: one attribution in the body of an article.

    `span` covers the whole attribution with the words that introduce it; `content` are the exact slices of what was
    said (several if the quote is interrupted: “A,” he said, “B”). `speaker` is the fullest name that the article gives,
    or None if the speaker is not known by name; `speaker_as_written` is the speaker in the words of this sentence
    ("he", "the ministry"). `via` is who passed the words on ("RIA Novosti"); a chain of relaying voices is one `via`,
    outermost first: "Reuters, citing police". `marked` says whether the file prints quotation marks around them.
    `confidence` runs from 0 to 1.
    `repeats` is the id of a statement of the same speaker with which it counts: the same words earlier in the article
    or in a copy of it, or a quotation or an earlier report in the same sentence. It is kept, but not counted.
    `corrected` says that a person named the speaker by hand. `standing` says whether the words count as said, or the
    article takes them back, disputes them or calls them made up. If the article leaves open who speaks, `candidates`
    are the possible speakers and `speaker` is None. `speaks_for` is the person or body whose spokesman, lawyer, aide or
    office the speaker is.
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
    standing: Standing = "said"
    candidates: tuple[str, ...] = ()
    speaks_for: str | None = None

    @property
    def is_said(self) -> bool:
        """Whether the words count as said by the person they are ascribed to."""
        return self.standing == "said"

    @property
    def is_certain(self) -> bool:
        """Whether the speaker can be named without a remark: confidently read, named by hand, or without a name."""
        return self.speaker is None or self.corrected or self.confidence >= CERTAIN

    def tells(self, place: Place) -> bool:
        """Returns whether the place shows this statement: the attribution takes up at least half of the place.

        A word or two in quotation marks within a reporter's sentence do not make the sentence a statement. If a place
        begins after the first words of the attribution, for example with a gloss, at least half of it must be content.
        """
        if self.source != place.source or not self.span.overlaps(place.span):
            return False
        length = place.span.end - place.span.start
        is_aside = self.kind == "mixed" and _ASIDE * sum(part.end - part.start for part in self.content) < length
        is_behind = place.span.start > self.content[0].start
        told = self.said_within(place.span) if is_behind else self.span.shared(place.span)
        return 2 * told >= length and not is_aside

    def said_within(self, span: Span) -> int:
        """Counts the characters of a span that were said, without the reporter's own."""
        return sum(part.shared(span) for part in self.content)


@dataclass(frozen=True, slots=True)
class ArticlePerson:
    """A person or body that one article mentions, whether they speak or not.

    `name` is the fullest one in the article, without title or occupation, and the `speaker` of its statements. `titles`
    precede the name ("Lord", "President"); `roles` are what the article calls them, as written ("immigration minister",
    "chief executive of BP"). `first` is the first mention.
    """

    name: str
    is_body: bool
    titles: tuple[str, ...]
    roles: tuple[str, ...]
    gender: Literal["he", "she"] | None
    first: Span
    mentions: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's correction: the words at `start`:`end` of this article were said by `speaker`, or by nobody known.

    `digest` identifies the article; `words` is the sha256 of the text there; `source` is the article's source when the
    correction was made. `statement` is the id of the statement to which it applies now; None if it no longer applies to
    any.
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
    """One person with several names. `name` is the fullest one on record, `aliases` are the others."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why, as a sentence."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """The result of one run of `index`. Articles, passages and statements are counted in the library afterwards."""

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
class ArticleDetails:
    """A library's contents, for the page's header and `doctor`. `published` is the first and last date, or None."""

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
class ArticleListing:
    """An article in the list of sources: without its text, with the number of its statements."""

    source: str
    title: str | None
    outlet: str | None
    published: str | None
    digest: str
    statements: int


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody on record who bears a name that was asked for.

    `person` is the name on record: unique, equal to `Statement.speaker`, and the value for `View.statements(by=[...])`.
    `name` lacks the part that distinguishes people of one name ("John Reid" of "John Reid (music manager)"). `titles`
    precede the name ("Lord"); `roles` are what articles call them, the most frequent first. `statements` counts what
    they said, repetitions once; `articles` counts those that mention them. `is_full` is False for a family name that
    articles give without a first name: it may belong to one person or to several.
    """

    person: str
    name: str
    is_body: bool
    statements: int
    articles: int
    titles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    is_full: bool = True


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A title or role as articles write it, with the first and last day of publication and the sources."""

    role: str
    first: str | None
    last: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What the articles say about one person or body.

    `names` are all forms of the name, the fullest first. `said` counts statements by kind, repetitions once. `first`
    and `last` are days of publication, None if no article has a date. `sources` are the articles that mention them,
    copies left out. `namesakes` are others of the same family name. `by_hand` says that a person joined or split them.
    """

    person: str
    is_body: bool
    names: tuple[str, ...]
    roles: tuple[HeldRole, ...]
    said: tuple[tuple[Kind, int], ...]
    first: str | None
    last: str | None
    sources: tuple[str, ...]
    namesakes: tuple[str, ...] = ()
    by_hand: bool = False

    @property
    def statements(self) -> int:
        """How many statements they made."""
        return sum(count for _, count in self.said)
