"""Questions as they were understood, and the evidence found for them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

from rag.core.articles import Article, Bearer, Passage, Place, Span, Statement

QUESTION_LIMIT = 2_000
"""Characters of the longest question that is read."""

Intent = Literal[
    "statement",
    "who_said",
    "compare",
    "count",
    "list",
    "timeline",
    "summary",
    "fact",
    "overview",
    "recall",
    "small_talk",
    "off_topic",
]
AnswerType = Literal["what", "identity", "who", "when", "where", "how_many", "how_long", "why", "yes_no"]
Counted = Literal["articles", "statements", "speakers"]

_RUNS_ON = re.compile(r"(?<![.,;:?!…—–-])[\"”’'»][^\S\n]+(?=[a-z])")
"""The sentence of a quote goes on after it: “not paid enough” to join."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A place that an answer cited, its speaker, and the words that answer: the name, the date.

    `item` counts the items that the answer lists, from 1: a sentence may cite several places. It is 0 for a place that
    is only named beside the answer.
    """

    place: Place
    item: int
    speaker: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation.

    Other programs need to give only role and content. `standalone` is a question as it was understood; `cited` are the
    places that an answer cites, in the order of its numbers. Both are worked out again if missing.
    """

    role: Literal["user", "assistant"]
    content: str
    standalone: str | None = None
    cited: tuple[Cited, ...] = ()


@dataclass(frozen=True, slots=True)
class Recall:
    """What a follow-up asks about the previous answer: `places` are the cited places that it refers to.

    `names` are what is compared, from this answer and the one before it.
    """

    wants: Literal["shorter", "more", "in_full", "source", "quote", "beside"]
    places: tuple[Place, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityLink:
    """Everybody on record whom a question's words for a speaker may mean, by name or by role.

    `written` are the words of the question. `bearers` come best first. `by` says what they share: a name; a role that
    articles give them; a nation, for which its officials and bodies all speak; a body under its several names ("the
    Fed"); an aide who speaks for the person asked about; or only the last word of the name of somebody whom no article
    quotes. `is_open` says that none of several is clearly meant.
    """

    written: str
    bearers: tuple[Bearer, ...]
    by: Literal["name", "role", "nation", "body", "aide", "family"] = "name"
    is_open: bool = False

    @property
    def all_speak(self) -> bool:
        """Whether the words of any bearer may be the answer; else one of them is meant."""
        return self.is_open or self.by in {"nation", "body", "aide"}


@dataclass(frozen=True, slots=True)
class TimeAsked:
    """The time that a question names.

    `since` and `until`, both inclusive, bound the date of publication; `dated` are the words of that time ("March
    2024"), which an article without a date may contain. `years` are the first and last year of a timeline.
    """

    since: dt.date | None = None
    until: dt.date | None = None
    dated: str | None = None
    years: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """Where a question says to look: one article, or one outlet; `of_article`: in one article, called by its topic."""

    source: str | None = None
    outlet: str | None = None
    of_article: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it was understood.

    Every question has `standalone`, its words readable without the conversation; `intent`; `asks`, the type of answer
    to a question of fact; `terms`, its content words; and `names`, the terms written as names. `notes` say how it was
    read.
    A question for statements has `speaker`, as on record or, if `speaker_is_known` is False, as in the question;
    `link`, everybody whom the words for the speaker may mean; `topic`, the rest in its own words; `quote`, words whose
    speaker is asked for; `others`, with whom the speaker is compared; `besides`, who is left out ("who else?"); and
    `counted`, what is counted or listed.
    `time` and `within` are when and where to look. `is_english` is False for another language. `recall` is what a
    follow-up asks about the previous answer; `near` are the articles that that answer cited. `history` is the
    conversation; `started` is when understanding began, by `time.perf_counter`.
    """

    question: str
    standalone: str
    intent: Intent
    asked: dt.date
    speaker: str | None = None
    speaker_is_known: bool = False
    link: EntityLink | None = None
    topic: str | None = None
    terms: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    asks: AnswerType = "what"
    others: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    quote: str | None = None
    counted: Counted | None = None
    time: TimeAsked = TimeAsked()
    within: Within = Within()
    notes: tuple[str, ...] = ()
    is_english: bool = True
    recall: Recall | None = None
    near: tuple[str, ...] = ()
    history: tuple[Turn, ...] = field(default=(), compare=False, repr=False)
    started: float = field(default_factory=perf_counter, compare=False)

    @property
    def voices(self) -> tuple[str, ...]:
        """Those whose statements may answer: one speaker, or all of a name or body, or who speak for a nation."""
        if self.link and self.link.all_speak:
            return tuple(bearer.person for bearer in self.link.bearers)
        return (self.speaker,) if self.speaker else ()

    @property
    def is_about_itself(self) -> bool:
        """Whether it asks about the library or the conversation."""
        return self.intent in {"overview", "recall", "small_talk"}

    @property
    def is_of_the_record(self) -> bool:
        """Whether it is answered from the record of statements, not from the sentences of the articles."""
        return self.intent in {"statement", "who_said", "compare", "count", "list"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of a look-up. Days of publication are inclusive; `among` are the only articles that may be used.

    `asked` is the day of asking, from which "this week" counts.
    """

    asked: dt.date
    since: dt.date | None = None
    until: dt.date | None = None
    outlet: str | None = None
    among: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that retrieval found, and its score (higher is better, comparable within one query only).

    `similarity` is the cosine of its vector with the question's; None if only its words were found. `by_words` and
    `by_meaning` are its ranks in full text and among the vectors, from 1; None if it is not among the candidates.
    `copies` are passages of other articles in nearly the same words. `timely` is 1, but falls to 0 if the question asks
    for a time far from the article's date.
    """

    passage: Passage
    score: float
    similarity: float | None = None
    by_words: int | None = None
    by_meaning: int | None = None
    copies: tuple[Passage, ...] = ()
    timely: float = 1.0


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals that one slice answers the question.

    `score` is the reader's. `overlap` is the share of the question's terms, by weight, in sentence and speaker;
    `nearby` adds the title, `around` the passage. `names` and `names_around` are the shares of the question's names
    with the title and with the passage; `years` is the share of its years, found in the text or the article's date (1
    if it has none). `similarity` is its passage's cosine; `rank` falls with its passage's rank, `timely` with the
    distance of its article from the time asked for.
    """

    score: float
    overlap: float
    nearby: float
    around: float
    names: float
    names_around: float
    years: float
    similarity: float
    rank: float
    timely: float


@dataclass(frozen=True, slots=True)
class ReadSlice:
    """A slice that the reader read for the query, and the likelihood that it answers.

    `speaker` is whose words it gives, None if the article itself speaks.
    """

    place: Place
    speaker: str | None
    likelihood: float
    signals: Signals


@dataclass(frozen=True, slots=True)
class Comparand:
    """One speaker of a comparison, and all their statements on its topic."""

    speaker: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """A count over the whole library, not only over what was retrieved.

    `entries` are the sources of the articles, or the speakers, each with its number of statements (or of passages, for
    articles that only mention), in reading order. `of` is the number of articles to count in. `undated` articles were
    left out because a date was asked for and they give none.
    """

    counted: Counted
    entries: tuple[tuple[str, int], ...]
    of: int
    undated: int = 0


@dataclass(frozen=True, slots=True)
class Topic:
    """Articles that belong together: how many, and a sentence that represents them.

    `name` tells them best from the other articles, and `named` of them have it; empty if they share none.
    """

    articles: int
    best: Place
    name: str = ""
    named: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """A summary of many articles: all of a library, or those that name a topic.

    `titled` counts those whose headline names the topic. `published` is the first and the last date, None if no article
    gives one. `names` are what most of the articles name, and `voices` those quoted most often in them, each with its
    count. `topics` come largest first; `newest` are the sources of the latest articles. `is_of_a_time` says that only
    articles of the time asked about were considered.
    """

    articles: int
    undated: int = 0
    titled: int = 0
    published: tuple[str, str] | None = None
    names: tuple[tuple[str, int], ...] = ()
    voices: tuple[tuple[str, int], ...] = ()
    topics: tuple[Topic, ...] = ()
    newest: tuple[str, ...] = ()
    is_of_a_time: bool = False

    @property
    def openers(self) -> tuple[str, ...]:
        """Questions that the articles answer, to suggest to a reader."""
        people = [f"What did {name} say?" for name, _ in self.voices if " " in name]
        return "What are these articles about?", "Who is quoted most?", *people[:3], "What is new?"


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All that a writer may use and the check may consult. Equal only to itself.

    `articles` are by source; `sentences` and `record` are all their sentences and statements. `hits` are the passages
    found. `read` are the slices that the reader read, the likeliest first (for a question in parts, by turns), and
    `answered` is the likelihood that any of them answers. `counterparts` are sentences of other articles in nearly the
    words of the likeliest; `files` says how many files contain an article that has copies, `outlets` which
    other outlets carry it.
    `statements` are all on record on the question, so that they can be counted; `shown` of them are to be printed.
    `topical` are those of them that do not name the topic, but are in an article on it or near it in meaning. They are
    the `spokesperson`'s if a body has none of its own. `unsaid` do not count as said; `unclear` may be the speaker's;
    `aides` speak for the speaker; `beside` are near misses: others on the topic, or the speaker on other topics.
    `voices` are all whose words count as those asked for: the query's, and who speaks for a body.
    `sides` are the speakers of a comparison; `tally` is what was counted.
    `weights` are the weights of the terms, `spellings` their spellings, `unmentioned` the names that no article
    contains. `notes` are for the reader; `overview` summarises all articles, or those on the topic; `among` are the
    only sources that may be used, None allows all.
    """

    articles: Mapping[str, Article]
    hits: tuple[Hit, ...] = ()
    statements: tuple[Statement, ...] = ()
    voices: tuple[str, ...] = ()
    topical: tuple[Statement, ...] = ()
    spokesperson: str | None = None
    unsaid: tuple[Statement, ...] = ()
    unclear: tuple[Statement, ...] = ()
    aides: tuple[Statement, ...] = ()
    beside: tuple[Statement, ...] = ()
    record: tuple[Statement, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unmentioned: frozenset[str] = frozenset()
    sentences: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    shown: int = 6
    sides: tuple[Comparand, ...] = ()
    tally: Tally | None = None
    notes: tuple[str, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    outlets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    overview: Overview | None = None
    among: frozenset[str] | None = None
    read: tuple[ReadSlice, ...] = ()
    answered: float = 0.0
    counterparts: tuple[Place, ...] = ()

    def quote(self, place: Place) -> str:
        """Returns the exact characters at `place`."""
        return self.articles[place.source].cut(place.span)

    def stands_alone(self, one: Statement) -> bool:
        """Returns whether a statement, of an article at hand, is a direct quote after which nothing is said but who."""
        text = self.articles[one.source].text
        runs_on = _RUNS_ON.match(text, one.content[-1].end)
        return one.kind == "direct" and not (runs_on and not text.startswith(one.cue or " ", runs_on.end()))

    def printable(self, one: Statement) -> tuple[Place, ...]:
        """Returns what to print of a statement: the slices of a quote that stands alone, else the report of it.

        The report is the attribution itself if it opens with the speaker and can be read alone, else its whole
        sentences.
        """
        if self.stands_alone(one):
            return tuple(Place(one.source, span, one.id) for span in one.content)
        article, whole = self.articles[one.source], one.span
        if not one.speaker_as_written or not article.cut(whole).startswith(one.speaker_as_written):
            touched = [span for span in self.sentences.get(one.source, ()) if span.overlaps(whole)] or [whole]
            whole = Span(min(whole.start, touched[0].start), max(whole.end, touched[-1].end))
        return tuple(Place(one.source, span, one.id) for span in article.body_within(whole))
