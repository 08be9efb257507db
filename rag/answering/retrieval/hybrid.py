"""Turns a Query into Evidence: full text, vectors and the record of statements, fused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TypeVar

from rag.answering.reading.candidates import Pages
from rag.answering.reading.signals import Asked, FoundSentence, judge
from rag.answering.retrieval.contradictions import compared_slices
from rag.answering.retrieval.counts import LISTED, count_record
from rag.answering.retrieval.near_duplicates import counterparts
from rag.answering.retrieval.ranking import (
    Meaning,
    SearchScope,
    cosines,
    in_nearest_passages,
    passages_naming,
    rank,
    reranked,
    scope_of,
    spread,
)
from rag.answering.retrieval.statements import (
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
from rag.answering.understanding.normalise import parts_of
from rag.core import Evidence, Hit, Place, Query, ReadSlice, Statement
from rag.core.settings import Settings
from rag.library.queries import View
from rag.library.statement_keys import SpeakerRole
from rag.text import tokens
from rag.text.names import nation_of

Ranked = TypeVar("Ranked", Hit, ReadSlice)

_READ = 20
"""Passages of which every sentence is a candidate for the reader."""

_READ_WHOLE = 2
"""Articles of which every sentence is a candidate, whatever its passage's rank."""

_CITED_WHOLE = 3
"""Articles cited by the last answer of which every sentence is a candidate for a follow-up."""

_ASKED_ABOUT = 5
_SAID = 60
"""Statements by the people and bodies that a question of fact names, which are also candidates."""

_WHOLE_LIST = 40
"""Maximum statements of a list in the chat; `onrecord statements` has no limit."""

_VOICES = 10
"""Statements shown for everybody who spoke on a topic, one of each speaker first."""

_ASIDE = 3
"""Statements shown beside an answer because they do not count as the speaker's."""


@dataclass(frozen=True, slots=True)
class _Search:
    """A query, and where its evidence is looked for: in the part of the library that `scope` and `among` allow."""

    query: Query
    view: View
    known: EntityIndex
    meaning: Meaning
    settings: Settings
    scope: SearchScope
    among: frozenset[str] | None

    @property
    def near(self) -> list[str]:
        """The articles that the last answer cited, of which every sentence is a candidate."""
        return self.scope.within(self.query.near)[:_CITED_WHOLE]

    def ranked(self, part: Query) -> list[Hit]:
        """Returns the passages for the query, or a part of it, best first."""
        return rank(part, self.view, self.known, self.meaning, self.settings, self.scope)

    def asked(self, part: Query) -> Asked:
        """Returns the question, or a part of it, for the reader; the person asked about is one of its names."""
        speaker = tuple(tokens.content_words(part.speaker or ""))
        terms = tuple(dict.fromkeys((*part.terms, *speaker)))
        names = frozenset((*part.names, *speaker))
        spelt = {term: (of_governments if term in names else spellings)(term, self.known) for term in terms}
        weights = tokens.weights(self.view.frequency(terms), self.view.passage_count())
        names_itself = any(tokens.holds(self.query.question, [name]) for name in self.query.names)
        near = frozenset(() if names_itself else self.near)
        return Asked(part.standalone, spelt, names, weights, near)

    def of_the_time(self, statements: list[Statement]) -> list[Statement]:
        """Removes statements of undated articles whose sentence does not name the time asked for."""
        worded = {statement.source for statement in statements if statement.source in self.scope.worded}
        if not worded:
            return statements
        articles, sentences = self.view.articles(worded), self.view.sentences(worded)

        def names_it(one: Statement) -> bool:
            told = [span for span in sentences[one.source] if span.overlaps(one.span)]
            return any(tokens.holds(articles[one.source].cut(span), [self.scope.dated]) for span in told)

        return [statement for statement in statements if statement.source not in worded or names_it(statement)]


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
    only = None if among is None else frozenset(among)
    search = _Search(query, view, known, meaning, settings, scope_of(query, view, among), only)
    parts = [(part, search.ranked(part)) for part in _parts(query)]
    first = dict.fromkeys(_in_turn(spread(ranked) for _, ranked in parts))
    hits = [*passages_naming(query, view, among), *first][:_READ]
    told = _on_record(search)
    said = _candidates(told, search)
    sources = [hit.passage.source for hit in hits] + [copy.source for hit in hits for copy in hit.copies]
    sources += [*_sources_told(told, search), *(statement.source for statement in said), *search.near]
    evidence = joined(told, articles_as_evidence(sources, view))
    return _with_counterparts(_read(evidence, parts, hits, said, search), hits, search)


def articles_as_evidence(sources: Iterable[str], view: View) -> Evidence:
    """Returns whole articles as evidence."""
    articles = view.articles(sources)
    record = tuple(view.statements(sources=list(articles)))
    return Evidence(articles=articles, record=record, sentences=view.sentences(articles))


def joined(evidence: Evidence, found: Evidence) -> Evidence:
    """Adds the found articles, and everything needed about them, to the evidence."""
    record = {statement.id: statement for statement in (*evidence.record, *found.record)}
    return replace(
        evidence,
        articles={**evidence.articles, **found.articles},
        record=tuple(record.values()),
        sentences={**evidence.sentences, **found.sentences},
        files={**evidence.files, **found.files},
        outlets={**evidence.outlets, **found.outlets},
    )


def _pages(evidence: Evidence) -> Pages:
    return Pages(evidence.articles, evidence.sentences, evidence.record)


def _read(
    evidence: Evidence,
    parts: Iterable[tuple[Query, Sequence[Hit]]],
    hits: Sequence[Hit],
    said: Iterable[Statement],
    search: _Search,
) -> Evidence:
    """Reads the candidates for each part of the question; adds them, and orders what was found by them."""
    query, pages, asked = search.query, _pages(evidence), search.asked(search.query)
    said_here, reads = list(pages.said_in(said)), []
    for part, ranked in parts:
        found = said_here
        if not (_is_counted(evidence) or (query.quote and evidence.statements)):
            around = [*pages.found_in(hits), *_rest_of_best(part, ranked, pages, search)]
            found = [*said_here, *around] if evidence.statements else [*around, *said_here]
        reads.append(judge(search.meaning.reader, asked if part is query else search.asked(part), _once(found)))
    read = _best_of_each(read for read, _ in reads)
    return replace(
        evidence,
        hits=tuple(reranked(hits, read if query.is_english else ())[: search.settings.evidence_passages]),
        statements=_ordered(evidence.statements, read, query),
        weights=asked.weights,
        spellings=dict(asked.terms),
        read=read,
        answered=max(likely for _, likely in reads),
    )


def _with_counterparts(evidence: Evidence, hits: Sequence[Hit], search: _Search) -> Evidence:
    """Adds the near-duplicates of what was read for a question of fact, with their articles."""
    if search.query.intent != "fact":
        return evidence
    compared = compared_slices(evidence.read)
    again = counterparts(compared, hits, evidence.sentences, search.view, search.scope.sources)
    further = {place.source for place in again} - evidence.articles.keys()
    found = joined(evidence, articles_as_evidence(further, search.view)) if further else evidence
    return replace(found, counterparts=again)


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


def _candidates(told: Evidence, search: _Search) -> list[Statement]:
    """Returns the statements for the reader: those on record on the query, else the speaker's near it.

    For a question of fact they are those of the people, bodies and countries that it names.
    """
    query, view, known, scope = search.query, search.view, search.known, search.scope
    if query.intent == "fact":
        return said_by_those_named(query, view, known, scope)
    is_compared = any(side.statements for side in told.sides)
    if query.quote or not query.is_of_the_record or is_compared or told.tally:
        return []
    if told.statements or not query.speaker_is_known:
        return distinct(told.statements)[:_SAID]
    compared = (side.speaker for side in told.sides)
    people = (*told.voices, *compared)
    said = search.of_the_time(view.statements(by=people, sources=scope.sources))
    counted = [statement for statement in said if statement.is_said]
    return [statement for statement, _ in in_nearest_passages(query.standalone, counted, view, search.meaning.embedder)]


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


def _unmentioned(search: _Search) -> frozenset[str]:
    """Returns the names of the question that no article contains in any spelling, even outside its reporting."""
    view, known = search.view, search.known
    unknown = (name for name in search.query.names if not any(view.frequency(of_governments(name, known)).values()))
    return frozenset(name for name in unknown if not view.is_printed(name))


def _shown(query: Query, settings: Settings) -> int:
    """Returns how many statements to print; a list has all, as far as a page can hold them."""
    if query.intent == "list" and query.counted == "statements":
        return _WHOLE_LIST
    return _VOICES if query.intent == "who_said" and not query.quote else settings.shown_statements


def _is_counted(told: Evidence) -> bool:
    """Returns whether the record answers by counting or comparing, so that no passage needs to be read."""
    return bool(any(side.statements for side in told.sides) or told.tally)


def _sources_told(told: Evidence, search: _Search) -> list[str]:
    """Returns the articles that may be shown for what is on record, and the one that the query names."""
    printed, named = max(told.shown, search.settings.evidence_statements), search.query.within.source
    every = [*distinct(told.statements)[:printed], *told.beside, *told.unsaid, *told.unclear, *told.aides]
    every += [statement for side in told.sides for statement in distinct(side.statements)[:printed]]
    counted = list(told.tally.entries[:LISTED]) if told.tally else []
    if told.tally and told.tally.counted == "speakers":
        first = {statement.speaker: statement.source for statement in reversed(told.statements)}
        counted = [(first[name], count) for name, count in counted]
    return [
        *(statement.source for statement in every),
        *(source for source, _ in counted),
        *([named] if named else []),
    ]


def _on_record(search: _Search) -> Evidence:
    """Finds statements on record that answer the query, near misses, sides, counts; no articles yet."""
    query, view, known, scope = search.query, search.view, search.known, search.scope
    told = _nothing_yet(search)
    if not query.is_of_the_record and not (query.intent == "timeline" and query.speaker is not None):
        return told
    if query.quote:
        return replace(told, statements=tuple(saying(query, view)))
    both = sides(query, view, known, scope.sources)
    found = search.of_the_time(ascribed(query, view, known, scope.sources)) if not both else []
    statements, mouth, topical = _answering(found, search) if not both else ([], None, [])
    if query.intent == "who_said" or len(query.voices) > 1:
        statements = by_turns(statements)
    beside = (
        near_misses(query, view, known, statements, search.settings.shown_statements, _looked_in(query, scope))
        if not any(side.statements for side in both)
        else []
    )
    return replace(
        told,
        statements=tuple(statements),
        beside=tuple(beside),
        sides=both,
        tally=count_record(query, view, known, distinct(statements), scope),
        spokesperson=mouth,
        unsaid=tuple(distinct(statement for statement in found if not statement.is_said))[:_ASIDE],
        unclear=_perhaps("candidate", search),
        aides=tuple(one for one in _perhaps("principal", search) if one.speaker != mouth),
        topical=tuple(topical),
    )


def _nothing_yet(search: _Search) -> Evidence:
    """Returns evidence with what is known before anything is found."""
    stories = search.view.stories()
    outlets = {source: dict.fromkeys(outlet for _, outlet in files) for source, files in stories.items()}
    query = search.query
    return Evidence(
        articles={},
        voices=(*query.voices, *search.known.spokespeople(query.speaker or "")),
        unmentioned=_unmentioned(search),
        shown=_shown(query, search.settings),
        notes=_notes(search.scope),
        files={source: len(files) for source, files in stories.items()},
        outlets={source: tuple(filter(None, list(others)[1:])) for source, others in outlets.items()},
        among=search.among,
    )


def _answering(found: Iterable[Statement], search: _Search) -> tuple[list[Statement], str | None, list[Statement]]:
    """Returns the statements that answer, who spoke them for a body, and those of them near the topic alone."""
    query = search.query
    statements = [statement for statement in found if statement.is_said and statement.speaker not in query.besides]
    if not query.terms:
        statements.sort(key=lambda statement: statement.source not in query.near)
    if query.intent == "statement" and query.speaker and not statements:
        mouth, statements = _by_spokespeople(search)
        if mouth:
            return statements, mouth, []
    embedder, sources = search.meaning.embedder, search.scope.sources
    statements, others = by_topic(query, search.view, search.known, embedder, statements, sources)
    others = others if statements or others else said_near(query, search.view, search.scope.within(query.near))
    topical = search.of_the_time(others)
    return statements + topical, None, topical


def _perhaps(role: SpeakerRole, search: _Search) -> tuple[Statement, ...]:
    """Returns the first few statements on the topic that may be the speaker's, or that were made on their behalf."""
    query = search.query
    if not query.speaker or (query.link and query.link.all_speak):
        return ()
    asked = replace(query, speaker_is_known=True, link=None)
    found = search.of_the_time(ascribed(asked, search.view, search.known, search.scope.sources, role))
    return tuple(
        distinct(statement for statement in found if statement.is_said and statement.speaker != query.speaker)
    )[:_ASIDE]


def _by_spokespeople(search: _Search) -> tuple[str | None, list[Statement]]:
    """Finds who speaks for the body asked about, and what they said on the topic; the first who said anything."""
    for name in search.known.spokespeople(search.query.speaker or ""):
        asked = replace(search.query, speaker=name, speaker_is_known=True)
        found = statements_on_record(asked, search.view, search.known, search.scope.sources)
        if found := search.of_the_time(found):
            return name, found
    return None, []


def _looked_in(query: Query, scope: SearchScope) -> Collection[str] | None:
    """Returns where near misses may come from: the article or outlet that is named, at any time."""
    return scope.sources if query.within.source or query.within.outlet else None


def _notes(scope: SearchScope) -> tuple[str, ...]:
    if not scope.undated:
        return ()
    articles = "one article" if scope.undated == 1 else f"{scope.undated:,} articles"
    return (f"No date of publication is known of {articles}, which may be of the time asked for.",)


def search_passages(query: Query, view: View, known: EntityIndex, meaning: Meaning, settings: Settings) -> list[Hit]:
    """Finds the passages that fit a query, best first; those for a query in English are reranked by the reader."""
    search = _Search(query, view, known, meaning, settings, scope_of(query, view), None)
    ranked = search.ranked(query)
    if not query.is_english:
        return spread(ranked)
    first = spread(ranked)[:_READ]
    pages = _pages(articles_as_evidence((hit.passage.source for hit in first), view))
    read, _ = judge(meaning.reader, search.asked(query), list(pages.found_in(first)))
    return reranked(dict.fromkeys([*first, *ranked]), read)


def _rest_of_best(part: Query, ranked: Sequence[Hit], pages: Pages, search: _Search) -> Iterator[FoundSentence]:
    """Yields all sentences of the few articles found first and of those cited last, each with the rank of its article.

    The sentence that answers is often in another passage than the words by which the article is found.
    """
    first = {hit.passage.source: rank for rank, hit in reversed(list(enumerate(ranked, start=1)))}
    best = list(dict.fromkeys([*sorted(first, key=first.__getitem__)[:_READ_WHOLE], *search.near]))
    view = search.view
    similar = cosines(part.standalone, view.sources_of_passages(best), view, search.meaning.embedder)
    for number, passage in view.passages(list(similar)).items():
        for found in pages.found_in([Hit(passage, 0.0, similar[number])]):
            yield replace(found, rank=first.get(passage.source, len(ranked) + 1))
