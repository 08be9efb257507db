"""How well sentences of the evidence answer a question of fact. Knows words, names and numbers, and no meaning."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rag.answering import forms, wanted, words
from rag.answering.premises import verb_presumed
from rag.answering.weights import likelihood
from rag.types import Asks, Evidence, Hit, Place, Query, Span, Statement

LONGEST = 400
"""Characters of a slice that is to be read at a glance; two sentences are shown as one slice up to here."""

NEAR_ENOUGH = 0.3
"""Least share of a question's terms, by weight, that the nearest words hold which a decline offers."""

_ENDS = re.compile(r"[.!?…][\"'”’»)\]]*$")
"""How a sentence ends; the headlines of links between the paragraphs end otherwise."""

_FEW_TERMS = 3
_SHORT = 5
"""Terms of a question that is so short that each of its names must stand in what is printed."""

_LONG = 20
_LIGHT = frozenset({"begin", "break", "come", "end", "get", "go", "happen", "have", "make", "run", "start", "take"})
"""Verbs that say too little of what was done to be missed."""

_POINTS_BACK = re.compile(
    r"^(?:\w[^,.;]{0,60}, )?[“\"'‘]?(?:he|she|it|they|this|that|these|those|his|her|its|their)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for a slice as an answer, each from 0 to 1.

    `carried` is the share of the question's terms, by weight, in the slice, `nearby` that in its passage and title too;
    `names` is the share of the question's names in the slice (1 where it has none). `fits` says whether the slice
    holds what is asked for, a date, a number, a name that the question does not give. `pairs` is the share of the
    question's neighbouring terms that stand in the slice together. `rank` falls with that of its passage,
    `similarity` is the passage's cosine with the question. `brief` falls with its length.
    """

    carried: float
    nearby: float
    names: float
    fits: float
    pairs: float
    rank: float
    similarity: float
    brief: float
    timely: float
    top: float
    long: float


@dataclass(frozen=True, slots=True)
class Supported:
    """A slice that may answer. `worth` orders slices of one answer; `support`, from 0 to 1, is to be trusted.

    It is 0 where a rule forbids the slice: a short question's name is not in it, or what is presumed is not said.
    """

    place: Place
    worth: float
    support: float
    signals: Signals


@dataclass
class _Desk:
    """A query with its evidence, and what has been read of it so far: every sentence and passage is read once."""

    query: Query
    evidence: Evidence
    record: dict[str, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    terms: dict[Place, frozenset[str]] = field(default_factory=dict)
    passages: dict[Place, frozenset[str]] = field(default_factory=dict)
    asks: Asks = field(init=False)
    verb: str | None = field(init=False)
    """What the query takes for done, if it asks why or when."""
    asks_of_a_year: bool = field(init=False)

    def __post_init__(self) -> None:
        self.asks = wanted.asks(self.query)
        self.verb = verb_presumed(self.query.standalone) if self.asks in {"why", "when"} else None
        self.asks_of_a_year = any(forms.CALENDAR_YEAR.search(term) for term in self.query.terms)
        for one in self.evidence.record:
            self.record[one.source].append(one)

    def held(self, place: Place) -> frozenset[str]:
        """The terms of the query that stand in a sentence, or in the name of whoever is speaking there.

        A year stands in every sentence up to the next one that names another.
        """
        if place not in self.terms:
            speakers = {one.speaker for one in self.record[place.source] if one.speaker and one.tells(place)}
            said = held(self.evidence.quote(place), self.query, self.evidence)
            told = held(" ".join([*speakers, self._year_before(place)]), self.query, self.evidence)
            self.terms[place] = said | told
        return self.terms[place]

    def _year_before(self, place: Place) -> str:
        """The year in which a sentence that names none is, by the nearest one before it; "" where that is far."""
        if not self.asks_of_a_year or forms.CALENDAR_YEAR.search(self.evidence.quote(place)):
            return ""
        start = place.span.start
        before = self.evidence.articles[place.source].text[max(0, start - LONGEST) : start]
        return next(reversed(forms.CALENDAR_YEAR.findall(before)), "")

    def around(self, hit: Hit) -> frozenset[str]:
        """The terms in a passage and in the title above it."""
        place = Place(hit.passage.source, hit.passage.span)
        if place not in self.passages:
            title = self.evidence.articles[place.source].title or ""
            self.passages[place] = held(f"{title} {hit.passage.text}", self.query, self.evidence)
        return self.passages[place]

    def voices(self, place: Place) -> frozenset[tuple[str | None, str | None]]:
        """Who is speaking in the place, each direct quote for itself; nobody where the article is."""
        told = [one for one in self.record[place.source] if one.tells(place)]
        return frozenset((one.speaker, one.id if one.kind == "direct" else None) for one in told)


@lru_cache(maxsize=8)
def supporting(query: Query, evidence: Evidence) -> tuple[Supported, ...]:
    """The slices of the evidence that could answer, best first; none overlaps a better one.

    Kept for the last few questions: the writer, a frame that declines and the near misses ask for the same.
    """
    desk = _Desk(query, evidence)
    top = _share(desk.around(evidence.hits[0]), query.terms, evidence) if evidence.hits else 0.0
    every = [
        _supported(desk, hit, window, (1 / rank, top))
        for rank, hit in enumerate(evidence.hits, start=1)
        for window in _windows(hit, desk)
    ]
    kept: list[Supported] = []
    for one in sorted(every, key=_order):
        if not any(_overlap(one.place, other.place) for other in kept):
            kept.append(one)
    return tuple(kept)


def _order(one: Supported) -> tuple[bool, float, int]:
    """Those that a rule forbids last; of equals, the shorter first."""
    return not one.support, -one.worth, one.place.span.end - one.place.span.start


def points_back(text: str) -> bool:
    """Whether a sentence begins with a word that points to the one before it: "He also said …"."""
    return _POINTS_BACK.match(text) is not None


def _windows(hit: Hit, desk: _Desk) -> Iterator[tuple[Place, ...]]:
    """Every sentence of the passage, and every two in a row by the same speaker that are short enough for one slice.

    A sentence that begins with a word that points back comes only with the one before it. Where it is asked what
    something is, a reporter's gloss behind what somebody is reported to say stands alone, too.
    """
    source = hit.passage.source
    article = desk.evidence.articles[source]
    every = desk.evidence.sentences.get(source) or hit.passage.sentences
    whole = [sentence for sentence in hit.passage.sentences if _ENDS.search(article.cut(sentence))]
    for sentence in whole or hit.passage.sentences:
        last = bisect_right(every, sentence.start, key=lambda span: span.end)
        before = every[last - 1] if last else sentence
        both = Place(source, before), Place(source, sentence)
        fits = before != sentence and bool(_ENDS.search(article.cut(before))) and sentence.end - before.start <= LONGEST
        fits = fits and article.is_quotable(Span(before.start, sentence.end))
        voices = [desk.voices(place) for place in both] if fits else []
        is_quote = any(quote for every in voices for _, quote in every)
        points_back = fits and not is_quote and bool(_POINTS_BACK.match(article.cut(sentence)))
        if points_back or (fits and voices[0] == voices[1]):
            yield both
        if not points_back:
            yield both[1:]
        if desk.asks == "identity":
            yield from ((gloss,) for gloss in _glosses(both[1], desk))


def _glosses(sentence: Place, desk: _Desk) -> Iterator[Place]:
    """Where a sentence that reports what somebody said tells in the reporter's words what a thing is."""
    behind = max((part.end for part in _reported(sentence, desk)), default=0)
    for key in _keys(sentence, desk) if behind else ():
        if key.start <= behind < key.end:
            yield Place(sentence.source, Span(key.start, sentence.span.end))


def _reported(place: Place, desk: _Desk) -> list[Span]:
    """What somebody is reported to say in a place that tells it."""
    told = [one for one in desk.record[place.source] if one.kind == "reported" and one.tells(place)]
    return [part for one in told for part in one.content]


def _keys(place: Place, desk: _Desk) -> list[Span]:
    """Where in the file the words stand that answer the question in a slice."""
    start = place.span.start
    found = wanted.key_spans(desk.evidence.quote(place), desk.query)
    return [Span(start + key.start, start + key.end) for key in found]


def _supported(desk: _Desk, hit: Hit, sentences: tuple[Place, ...], found: tuple[float, float]) -> Supported:
    """`found` says how early the passage was found, and how much of the question the first one holds."""
    query, evidence = desk.query, desk.evidence
    window = Place(hit.passage.source, Span(sentences[0].span.start, sentences[-1].span.end))
    text = evidence.quote(window)
    own = frozenset[str]().union(*map(desk.held, sentences))
    pairs = list(zip(query.terms, query.terms[1:], strict=False))
    signals = Signals(
        carried=_share(own, query.terms, evidence),
        nearby=_share(own | desk.around(hit), query.terms, evidence),
        names=_share(own, query.names, evidence) if query.names else 1.0,
        fits=_fit(text, query),
        pairs=sum(own.issuperset(pair) for pair in pairs) / len(pairs) if pairs else 0.0,
        rank=found[0],
        similarity=hit.similarity or 0.0,
        brief=max(0.0, 1 - (window.span.end - window.span.start) / LONGEST),
        timely=hit.timely,
        top=found[1],
        long=min(1.0, len(query.terms) / _LONG),
    )
    allowed = signals.fits and not evidence.unmentioned and _is_allowed(desk, own, text)
    allowed = allowed and _is_of_the_year(desk, hit, own)
    allowed = allowed and _tells_premise(desk, text) and not _is_anothers(window, desk)
    return Supported(window, likelihood("slice", signals), likelihood("answer", signals) if allowed else 0.0, signals)


def _is_allowed(desk: _Desk, own: frozenset[str], text: str) -> bool:
    """Whether no rule forbids a slice with these terms, whatever its signals are.

    Each name of a short question must stand in it, and every word of one that presumes something (why, how many), as it
    is asked and in no other.
    """
    query = desk.query
    if len(query.terms) <= _SHORT and not own.issuperset(query.names):
        return False
    is_strict = len(query.terms) <= _FEW_TERMS and desk.asks in {"why", "how_many"}
    plain = {term: desk.evidence.spellings.get(term, (term,)) for term in query.names}
    return not is_strict or all(words.holds(text, plain.get(term, words.alternatives(term))) for term in query.terms)


def _is_of_the_year(desk: _Desk, hit: Hit, own: frozenset[str]) -> bool:
    """Whether a slice may be of the year asked for: its passage names it, or its article is of that year or undated."""
    published = desk.evidence.articles[hit.passage.source].published
    years = {term for term in desk.query.terms if forms.CALENDAR_YEAR.fullmatch(term)}
    return published is None or all(published.startswith(year) for year in years - own - desk.around(hit))


def _tells_premise(desk: _Desk, text: str) -> bool:
    """Whether a slice tells what the question takes for granted: no slice without "left" says why or when A left B."""
    query, verb = desk.query, desk.verb
    if verb == "become":
        return all(words.holds(text, (term,)) for term in query.terms if term not in query.names and term != verb)
    return verb is None or verb in _LIGHT or words.holds(text, words.alternatives(verb))


def _is_anothers(window: Place, desk: _Desk) -> bool:
    """Whether a reporter's gloss, "the CSTO, an alliance", stands in a sentence that would be credited to another."""
    if desk.asks != "identity":
        return False
    contents = _reported(window, desk)
    return any(part.overlaps(key) and not part.covers(key) for key in _keys(window, desk) for part in contents)


def held(text: str, query: Query, evidence: Evidence) -> frozenset[str]:
    """The terms of the query that stand in the text."""
    return frozenset(term for term in query.terms if words.holds(text, evidence.spellings.get(term, (term,))))


def _share(own: frozenset[str], terms: Sequence[str], evidence: Evidence) -> float:
    """The share of the terms, by weight, that are among `own`."""
    weights = [(term in own, evidence.weights.get(term, 1.0)) for term in terms]
    every = sum(weight for _, weight in weights)
    return sum(weight for is_own, weight in weights if is_own) / every if every else 0.0


def _fit(text: str, query: Query) -> float:
    """Whether the text holds what is asked for; half where the question leaves it open, or a name is only likely.

    Half, too, for a number that stands beside something else than what is counted.
    """
    if wanted.form(query) is not None:
        if not wanted.key_spans(text, query):
            return 0.0
        return 1.0 if wanted.counts_it(text, query) else 0.5
    return (1.0 if wanted.new_names(text, query) else 0.5) if wanted.answers_with_a_name(query) else 0.5


def _overlap(one: Place, other: Place) -> bool:
    return one.source == other.source and one.span.overlaps(other.span)
