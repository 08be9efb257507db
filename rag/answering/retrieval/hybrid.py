"""Turns a Query into Evidence: full text, vectors and the record of statements, fused."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from math import exp
from typing import TypeVar

from rag.answering.reading.candidates import Pages
from rag.answering.reading.signals import Asked, FoundSentence, judge
from rag.answering.retrieval.counts import LISTED, count_record
from rag.answering.retrieval.filters import SearchScope, scope_of
from rag.answering.retrieval.near_duplicates import counterparts
from rag.answering.retrieval.ranking import (
    Meaning,
    cosines,
    in_nearest_passages,
    passages_naming,
    rank,
    reranked,
    spread,
)
from rag.answering.retrieval.statements import (
    SpeakerRole,
    ascribed,
    by_topic,
    by_turns,
    distinct,
    near_misses,
    said_near,
    saying,
    sides,
    statements_on_record,
)
from rag.answering.understanding.entity_index import EntityIndex, of_governments, spellings
from rag.core import Comparand, Evidence, Hit, Place, Query, ReadSlice, Statement, Tally
from rag.core.settings import Settings
from rag.library.queries import View
from rag.text import tokens
from rag.text.names import nation_of

Ranked = TypeVar("Ranked", Hit, ReadSlice)

_READ = 20
"""Passages of which every sentence is a candidate for the reader."""

_READ_WHOLE = 2
"""Articles of which every sentence is a candidate, whatever its passage's rank."""

_CITED_WHOLE = 3
"""Articles cited by the last answer of which every sentence is a candidate for a follow-up."""

_LEANS = 2.5
"""Taken from the logit of a slice of another article than the last answer cited, if a follow-up names nothing."""

_ASKED_ABOUT = 5
_SAID = 60
"""Statements by the people and bodies that a question of fact names, which are also candidates."""

_WHOLE_LIST = 40
"""Maximum statements of a list in the chat; `onrecord statements` has no limit."""

_VOICES = 10
"""Statements shown for everybody who spoke on a topic, one of each speaker first."""

_ASIDE = 3
"""Statements shown beside an answer because they do not count as the speaker's."""


def find(
    query: Query,
    view: View,
    known: EntityIndex,
    meaning: Meaning,
    settings: Settings,
    among: Collection[str] | None = None,
) -> Evidence:
    """Finds all evidence for the query in the one transaction of `view`.

    `among` are the sources of the only articles that may be used; None allows all.
    """
    if query.intent == "off_topic":
        return Evidence(articles={})
    scope = scope_of(query, view, among)
    rankings = [(part, rank(part, view, known, meaning, settings, scope)) for part in _parts(query)]
    first = dict.fromkeys(_in_turn(spread(ranked) for _, ranked in rankings))
    hits = [*passages_naming(query, view, among), *first][:_READ]
    told = _told(query, view, known, meaning, scope, settings)
    said = _candidates(query, view, known, meaning, scope, told)
    sources = [hit.passage.source for hit in hits] + [copy.source for hit in hits for copy in hit.copies]
    told_in = told.sources(max(_shown(query, settings), settings.evidence_statements), query.within.source)
    near = scope.within(query.near)[:_CITED_WHOLE]
    articles = view.articles([*sources, *told_in, *(statement.source for statement in said), *near])
    sentences, record = view.sentences(articles), view.statements(sources=list(articles))
    asked = _asked(query, view, known)
    pages = Pages(articles, sentences, record)
    said_here = list(pages.said_in(said))
    reads = []
    for part, ranked in rankings:
        found = said_here
        if not (told.is_counted or (query.quote and told.statements)):
            around = [*pages.found_in(hits), *_rest_of_best(part, ranked, near, pages, view, meaning)]
            found = [*said_here, *around] if told.statements else [*around, *said_here]
        reads.append(judge(meaning.reader, asked if part is query else _asked(part, view, known), _once(found)))
    read, answered = _best_of_each(_leaning(read, query, near) for read, _ in reads), max(likely for _, likely in reads)
    again = counterparts(read, hits, sentences, view, scope.sources) if query.intent == "fact" else ()
    further = {place.source for place in again} - set(articles)
    articles |= view.articles(further)
    sentences |= view.sentences(further)
    record += view.statements(sources=list(further)) if further else []
    return Evidence(
        articles=articles,
        hits=tuple(reranked(hits, read if query.is_english else ())[: settings.evidence_passages]),
        statements=_ordered(told.statements, read, query),
        topical=told.topical,
        spokesperson=told.spokesperson,
        unsaid=told.unsaid,
        unclear=told.unclear,
        aides=told.aides,
        beside=told.beside,
        record=tuple(record),
        weights=asked.weights,
        spellings=dict(asked.terms),
        unmentioned=_unmentioned(query, view, known),
        sentences=sentences,
        shown=_shown(query, settings),
        sides=told.sides,
        tally=told.tally,
        notes=_notes(scope),
        files={source: len(files) for source, files in view.stories().items()},
        outlets=_other_outlets(view),
        among=None if among is None else frozenset(among),
        read=read,
        answered=answered,
        counterparts=again,
    )


_QUESTION_WORD = r"(?:who|whom|whose|what|which|where|when|why|how)\b"
_JOINED = re.compile(
    rf"(?<![.?!,]),? (?:and|but|or|while) (?=(?:(?:in|on|at|by|for|to|from|of) )?{_QUESTION_WORD})", re.IGNORECASE
)
_COMPARED_THINGS = re.compile(
    r"^compare (?P<one>.+?)(?:['’]s|(?<=s)['’]) (?P<thing>.+?) (?:with|and|to) (?P<other>.+?)(?:['’]s?)?[.?! ]*$",
    re.IGNORECASE,
)
_SHORTEST_PART = 3
"""Minimum words of a question that stands on its own."""


def parts_of(question: str) -> tuple[str, ...]:
    """Splits a question that asks several things at its conjunctions; returns nothing if it asks one.

    Each part keeps the text before a colon; otherwise a later part gets the names of the first, or its words if it has
    no names.
    """
    if compared := _COMPARED_THINGS.match(question):
        return f"{compared['one']}’s {compared['thing']}", f"{compared['other']}’s {compared['thing']}"
    head, colon, rest = question.rpartition(": ")
    clauses = _JOINED.split(rest)
    if len(clauses) == 1 or any(len(clause.split()) < _SHORTEST_PART for clause in clauses):
        return ()
    if colon:
        return tuple(f"{head}: {clause}" for clause in clauses)
    told = tokens.content_words(clauses[0])[1:]
    names = [word for word in told if tokens.is_name(word)] or told
    leads = (" ".join(name for name in names if name not in clause) for clause in clauses[1:])
    later = (f"{lead}: {clause}" if lead else clause for lead, clause in zip(leads, clauses[1:], strict=True))
    return clauses[0], *later


def _parts(query: Query) -> list[Query]:
    """Returns a query for each part of a question of fact, with the part's own terms."""
    parts = parts_of(query.standalone) if query.intent == "fact" else ()
    held = {part: [term for term in query.terms if tokens.holds(part, [term])] for part in parts}
    return [
        replace(query, standalone=part, terms=tuple(terms), names=tuple(term for term in terms if term in query.names))
        for part, terms in held.items()
    ] or [query]


def _in_turn(rankings: Iterable[Sequence[Ranked]]) -> Iterator[Ranked]:
    """Yields the first item of each ranking, then the second of each, and so on."""
    return (item for rank in zip_longest(*rankings) for item in rank if item is not None)


def _best_of_each(reads: Iterable[Sequence[ReadSlice]]) -> tuple[ReadSlice, ...]:
    """Merges the slices read for each part by turns, every slice once, with its greatest likelihood."""
    every = list(_in_turn(reads))
    best: dict[Place, ReadSlice] = {}
    for read in every:
        if read.place not in best or best[read.place].likelihood < read.likelihood:
            best[read.place] = read
    return tuple(best[place] for place in dict.fromkeys(read.place for read in every))


def _leaning(read: Sequence[ReadSlice], query: Query, near: Sequence[str]) -> Sequence[ReadSlice]:
    """Prefers the articles that the last answer cited, for a follow-up that names nothing itself."""
    if not near or any(tokens.holds(query.question, [name]) for name in query.names):
        return read
    odds = exp(-_LEANS)
    leant = [
        slice_
        if slice_.place.source in near
        else replace(slice_, likelihood=odds * slice_.likelihood / (1 - (1 - odds) * slice_.likelihood))
        for slice_ in read
    ]
    return sorted(leant, key=lambda slice_: -slice_.likelihood)


def _candidates(
    query: Query, view: View, known: EntityIndex, meaning: Meaning, scope: SearchScope, told: _Told
) -> list[Statement]:
    """Returns the statements for the reader: those on record on the query, else the speaker's near it.

    For a question of fact they are those of the people, bodies and countries that it names.
    """
    if query.intent == "fact":
        return said_by_those_named(query, view, known, scope)
    is_compared = any(side.statements for side in told.sides)
    if query.quote or not query.is_of_the_record or is_compared or told.tally:
        return []
    if told.statements or not query.speaker_is_known:
        return distinct(told.statements)[:_SAID]
    compared = (side.speaker for side in told.sides)
    people = (*query.voices, *known.spokespeople(query.speaker or ""), *compared)
    said = _of_the_time(view.statements(by=people, sources=scope.sources), scope, view)
    counted = [statement for statement in said if statement.is_said]
    return [statement for statement, _ in in_nearest_passages(query.standalone, counted, view, meaning.embedder)]


def said_by_those_named(query: Query, view: View, known: EntityIndex, scope: SearchScope) -> list[Statement]:
    """Finds statements by those whom a question of fact names, on its other words."""
    bearers = {bearer.person: bearer.statements for name in query.names for bearer in known.bearers(name)}
    people = sorted(bearers, key=lambda person: (-bearers[person], person))[:_ASKED_ABOUT]
    people += [person for name in query.names if nation_of(name) for person in known.officials(name)]
    if not people:
        return []
    others = tuple(name for term in query.terms if term not in query.names for name in spellings(term, known))
    found = view.statements(by=people, about=[others] if others else [], sources=scope.sources, limit=_SAID)
    return [statement for statement in found if statement.is_said]


def _asked(query: Query, view: View, known: EntityIndex) -> Asked:
    """Returns the question for the reader; the person asked about is one of its names."""
    speaker = tuple(tokens.content_words(query.speaker or ""))
    terms = tuple(dict.fromkeys((*query.terms, *speaker)))
    names = frozenset((*query.names, *speaker))
    spelt = {term: (of_governments if term in names else spellings)(term, known) for term in terms}
    return Asked(query.standalone, spelt, names, tokens.weights(view.frequency(terms), view.passage_count()))


def _ordered(statements: tuple[Statement, ...], read: Sequence[ReadSlice], query: Query) -> tuple[Statement, ...]:
    """Orders statements that were read by likelihood, then the others; for several speakers one of each first."""
    if not read:
        return statements
    likely: dict[str | None, float] = {}
    for read_slice in read:
        likely[read_slice.place.statement] = max(read_slice.likelihood, likely.get(read_slice.place.statement, 0.0))
    ordered = sorted(statements, key=lambda statement: -likely.get(statement.id, 0.0))
    return tuple(by_turns(ordered) if query.intent == "who_said" or len(query.voices) > 1 else ordered)


def _once(found: Iterable[FoundSentence]) -> list[FoundSentence]:
    """Removes candidates whose sentence is already among them."""
    return list(
        {(sentence.place.source, sentence.place.span.end): sentence for sentence in reversed(list(found))}.values()
    )[::-1]


def _other_outlets(view: View) -> dict[str, tuple[str, ...]]:
    """Returns the other outlets that carry each article with copies, by the source that counts."""
    stories = {source: dict.fromkeys(outlet for _, outlet in files) for source, files in view.stories().items()}
    return {source: tuple(filter(None, list(outlets)[1:])) for source, outlets in stories.items()}


def _unmentioned(query: Query, view: View, known: EntityIndex) -> frozenset[str]:
    """Returns the names of the question that no article contains in any spelling, even outside its reporting."""
    unknown = (name for name in query.names if not any(view.frequency(of_governments(name, known)).values()))
    return frozenset(name for name in unknown if not view.is_printed(name))


def _shown(query: Query, settings: Settings) -> int:
    """Returns how many statements to print; a list has all, as far as a page can hold them."""
    if query.intent == "list" and query.counted == "statements":
        return _WHOLE_LIST
    return _VOICES if query.intent == "who_said" and not query.quote else settings.shown_statements


@dataclass(frozen=True, slots=True)
class _Told:
    """What the record of statements contains on a query."""

    statements: tuple[Statement, ...] = ()
    beside: tuple[Statement, ...] = ()
    sides: tuple[Comparand, ...] = ()
    tally: Tally | None = None
    spokesperson: str | None = None
    unsaid: tuple[Statement, ...] = ()
    unclear: tuple[Statement, ...] = ()
    aides: tuple[Statement, ...] = ()
    topical: tuple[Statement, ...] = ()

    @property
    def is_counted(self) -> bool:
        """Whether it counts or compares, so that no passage needs to be read."""
        return bool(any(side.statements for side in self.sides) or self.tally)

    def sources(self, shown: int, named: str | None) -> list[str]:
        """Returns the articles that may be shown for it, and the one that the query names."""
        every = [*distinct(self.statements)[:shown], *self.beside, *self.unsaid, *self.unclear, *self.aides]
        every += [statement for side in self.sides for statement in distinct(side.statements)[:shown]]
        counted = list(self.tally.entries[:LISTED]) if self.tally else []
        if self.tally and self.tally.counted == "speakers":
            first = {statement.speaker: statement.source for statement in reversed(self.statements)}
            counted = [(first[name], count) for name, count in counted]
        return [
            *(statement.source for statement in every),
            *(source for source, _ in counted),
            *([named] if named else []),
        ]


def _told(
    query: Query, view: View, known: EntityIndex, meaning: Meaning, scope: SearchScope, settings: Settings
) -> _Told:
    """Finds statements on record that answer the query, near misses, sides, counts."""
    timeline = query.intent == "timeline" and query.speaker is not None
    if not query.is_of_the_record and not timeline:
        return _Told()
    if query.quote:
        return _Told(tuple(saying(query, view)))
    both = sides(query, view, known, scope.sources)
    found = _of_the_time(ascribed(query, view, known, scope.sources), scope, view) if not both else []
    statements = [statement for statement in found if statement.is_said and statement.speaker not in query.besides]
    if not query.terms:
        statements.sort(key=lambda statement: statement.source not in query.near)
    mouth = None
    if query.intent == "statement" and query.speaker and not statements and not both:
        mouth, statements = _by_spokespeople(query, view, known, scope)
    topical: list[Statement] = []
    if not (both or mouth):
        statements, others = by_topic(query, view, known, meaning.embedder, statements, scope.sources)
        others = others if statements or others else said_near(query, view, scope.within(query.near))
        topical = _of_the_time(others, scope, view)
        statements += topical
    if query.intent == "who_said" or len(query.voices) > 1:
        statements = by_turns(statements)
    beside = (
        near_misses(query, view, known, statements, settings.shown_statements, _looked_in(query, scope))
        if not any(side.statements for side in both)
        else []
    )
    counted = count_record(query, view, known, distinct(statements), scope)
    return _Told(
        tuple(statements),
        tuple(beside),
        both,
        counted,
        mouth,
        unsaid=tuple(distinct(statement for statement in found if not statement.is_said))[:_ASIDE],
        unclear=_perhaps(query, view, known, scope, "candidate"),
        aides=tuple(
            statement for statement in _perhaps(query, view, known, scope, "principal") if statement.speaker != mouth
        ),
        topical=tuple(topical),
    )


def _perhaps(
    query: Query, view: View, known: EntityIndex, scope: SearchScope, role: SpeakerRole
) -> tuple[Statement, ...]:
    """Returns the first few statements on the topic that may be the speaker's, or that were made on their behalf."""
    if not query.speaker or (query.link and query.link.by in {"nation", "aide"}):
        return ()
    asked = replace(query, speaker_is_known=True, link=None)
    found = _of_the_time(ascribed(asked, view, known, scope.sources, role), scope, view)
    return tuple(
        distinct(statement for statement in found if statement.is_said and statement.speaker != query.speaker)
    )[:_ASIDE]


def _by_spokespeople(
    query: Query, view: View, known: EntityIndex, scope: SearchScope
) -> tuple[str | None, list[Statement]]:
    """Finds who speaks for the body asked about, and what they said on the topic; the first who said anything."""
    for name in known.spokespeople(query.speaker or ""):
        asked = replace(query, speaker=name, speaker_is_known=True)
        if found := _of_the_time(statements_on_record(asked, view, known, scope.sources), scope, view):
            return name, found
    return None, []


def _looked_in(query: Query, scope: SearchScope) -> Collection[str] | None:
    """Returns where near misses may come from: the article or outlet that is named, at any time."""
    return scope.sources if query.within.source or query.within.outlet else None


def _of_the_time(statements: list[Statement], scope: SearchScope, view: View) -> list[Statement]:
    """Removes statements of undated articles whose sentence does not name the time asked for."""
    if not scope.worded:
        return statements
    sources = {statement.source for statement in statements if statement.source in scope.worded}
    articles, sentences = view.articles(sources), view.sentences(sources)

    def names_it(one: Statement) -> bool:
        told = [span for span in sentences[one.source] if span.overlaps(one.span)]
        return any(tokens.holds(articles[one.source].cut(span), [scope.dated]) for span in told)

    return [statement for statement in statements if statement.source not in scope.worded or names_it(statement)]


def _notes(scope: SearchScope) -> tuple[str, ...]:
    if not scope.undated:
        return ()
    articles = "one article" if scope.undated == 1 else f"{scope.undated:,} articles"
    return (f"No date of publication is known of {articles}, which may be of the time asked for.",)


def search_passages(
    query: Query,
    view: View,
    known: EntityIndex,
    meaning: Meaning,
    settings: Settings,
    among: Collection[str] | None = None,
) -> list[Hit]:
    """Finds the passages that fit a query, best first; those for a query in English are reranked by the reader."""
    ranked = rank(query, view, known, meaning, settings, scope_of(query, view, among))
    if not query.is_english:
        return spread(ranked)
    first = spread(ranked)[:_READ]
    articles = view.articles(hit.passage.source for hit in first)
    pages = Pages(articles, view.sentences(articles), view.statements(sources=list(articles)))
    read, _ = judge(meaning.reader, _asked(query, view, known), list(pages.found_in(first)))
    return reranked(dict.fromkeys([*first, *ranked]), read)


def _rest_of_best(
    query: Query, ranked: Sequence[Hit], near: Sequence[str], pages: Pages, view: View, meaning: Meaning
) -> Iterator[FoundSentence]:
    """Yields all sentences of the few articles found first and of those `near`, each with the rank of its article.

    The sentence that answers is often in another passage than the words by which the article is found.
    """
    first = {hit.passage.source: rank for rank, hit in reversed(list(enumerate(ranked, start=1)))}
    best = list(dict.fromkeys([*sorted(first, key=first.__getitem__)[:_READ_WHOLE], *near]))
    similar = cosines(query.standalone, view.sources_of_passages(best), view, meaning.embedder)
    for number, passage in view.passages(list(similar)).items():
        for found in pages.found_in([Hit(passage, 0.0, similar[number])]):
            yield replace(found, rank=first.get(passage.source, len(ranked) + 1))
