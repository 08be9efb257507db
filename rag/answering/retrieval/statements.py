"""Finds all statements that match a query, ranked, and near misses."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from rapidfuzz.distance import LCSseq

from rag.answering.retrieval.counts import depends_on_case, learn, tells, topic_groups
from rag.answering.retrieval.ranking import nearness
from rag.answering.understanding import entity_linking
from rag.answering.understanding.entity_index import EntityIndex, groups, spellings
from rag.core import Article, Bearer, Comparand, Evidence, Kind, Query, Span, Statement
from rag.core.errors import UsageError
from rag.core.protocols import Embedder
from rag.library.queries import View
from rag.library.statement_keys import SpeakerRole, StatementKey
from rag.library.statement_keys import distinct as distinct  # noqa: PLC0414 - whoever reads statements counts them so
from rag.text import tokens

_RAREST = 4
_NEARLY = 0.75
"""Minimum share of the quoted words that a nearly equal statement has in the same order."""


def saying(query: Query, view: View) -> list[Statement]:
    """Finds the statements with the quoted words: those with exactly these words if there are any, else the nearest."""
    if not query.quote:
        return []
    rare = sorted(view.frequency(tokens.content_words(query.quote)).items(), key=lambda entry: entry[1])
    about = [[word] for word, count in rare[:_RAREST] if count]
    found = view.statements(about=about or [[query.quote]])
    articles = view.articles({statement.source for statement in found})
    shares = {
        statement: share_of(query.quote, (articles[statement.source].cut(part) for part in statement.content))
        for statement in found
    }
    best = max(shares.values(), default=0.0)
    return [statement for statement, share in shares.items() if share >= _NEARLY and share == best]


def share_of(quote: str, content: Iterable[str]) -> float:
    """Returns the share of the quoted words in the content in the same order; 1 only for all in a row."""
    sought = [word.lower() for word in tokens.words(quote)]
    said = [word.lower() for word in tokens.words(" ".join(content))]
    if holds_in_a_row(said, sought):
        return 1.0
    return 0.99 * LCSseq.similarity(sought, said) / len(sought) if sought else 0.0


def holds_in_a_row(said: list[str], sought: list[str]) -> bool:
    """Returns whether the sought words are among those said, consecutively."""
    return bool(sought) and f" {' '.join(sought)} " in f" {' '.join(said)} "


def is_exact(query: Query, evidence: Evidence, one: Statement) -> bool:
    """Returns whether the statement contains the quoted words consecutively."""
    return share_of(query.quote or "", (evidence.articles[one.source].cut(part) for part in one.content)) == 1.0


_LEAST_OF_ITS_OWN = 0.3
"""Minimum share of a topic, by weight, in a statement that names it, or whose title has the rest."""

_AS_MUCH = 0.8
"""Minimum share of the best statement's part of a clause, for another statement to say the same."""

_SAME_SPEAKER = 2
_OPENING = 2
"""Sentences with which an article introduces its subject."""

_OFTEN = 3
"""Minimum sentences that name an article's subject if its title does not."""

_BESIDE = 50

NEAR: Final = 0.31
_NEAR_BY_ONE: Final = 0.36
"""Minimum similarity of a statement on a topic it does not name: by several who speak for a country, by one."""

_PARTLY_NEAR: Final = 0.28
"""Minimum similarity of one that contains only some of its words."""


@dataclass(frozen=True, slots=True)
class _Match:
    """The query's terms in a statement, and in the title of its article."""

    own: frozenset[str]
    titled: frozenset[str]


def statements_on_record(
    query: Query, view: View, known: EntityIndex, sources: Collection[str] | None = None
) -> list[Statement]:
    """Finds statements that count as said by the query's speaker (by anybody, if none is named) on its topic."""
    return [statement for statement in ascribed(query, view, known, sources) if statement.is_said]


def ascribed(
    query: Query,
    view: View,
    known: EntityIndex,
    sources: Collection[str] | None = None,
    role: SpeakerRole | None = None,
) -> list[Statement]:
    """Finds the statements ascribed to the query's speaker (to anybody, if none is named) on its topic, ranked.

    `sources` are the only articles to search; None searches all. Statements that do not count as said are included.
    All names of the topic must be in the statement or the words that introduce it. Of a topic that is a clause ("that
    the pier is a mistake") or has no names, at least half of the words, by weight, must be there, except for those that
    no article uses; for a noun ("the pier at Portavia") a smaller share is enough, as others may put it in other words.
    Names may also be in the article's title, if the statement contains its share of the topic.
    """
    if query.speaker and not query.speaker_is_known:
        return []
    role = role or ("principal" if query.link and query.link.by == "aide" else "speaker")
    by = query.voices or None
    if not query.terms:
        return view.statements(by=by, role=role, sources=sources) if by or query.counted else []
    frequency = {term: count for term, count in view.frequency(query.terms).items() if count or term in query.names}
    weights = tokens.weights(frequency, view.passage_count())
    matches = _matches(query, view, known, role, sources, weights)
    found = {one.id: one for one in view.statements(ids=matches)} if matches else {}
    articles = view.articles({statement.source for statement in found.values()})
    names = {term: spellings(term, known) for term in query.names or query.terms}
    told = {key: _told(one, articles[one.source]) for key, one in found.items()}
    kept = [key for key in found if _is_named(matches[key], query, names, told[key])]
    sought = [name for group in names.values() for name in group]
    worth = {key: _worth(matches[key], weights) for key in kept}
    first_term = {key: min(map(query.terms.index, matches[key].own)) for key in kept}
    kept.sort(key=lambda key: (-worth[key], tokens.position_of(told[key], sought), first_term[key]))
    if query.intent == "who_said" and query.topic is None and kept:
        least = _AS_MUCH * worth[kept[0]]  # one clause was said: what holds less of it is another
        kept = [key for key in kept if worth[key] >= least]
    return [found[key] for key in kept]


def by_topic(
    query: Query,
    view: View,
    known: EntityIndex,
    embedder: Embedder,
    named: Sequence[Statement],
    sources: Collection[str] | None = None,
) -> tuple[list[Statement], list[Statement]]:
    """Sorts what the query's speaker says on its topic, a noun, into statements that name it and others.

    `named` are those that contain its words; one that contains only some of them must be near it in meaning. The others
    are in an article on the topic or near it in meaning; similarity does not help for a topic with names.
    """
    is_open = query.intent == "statement" and query.asks == "what"
    if not (is_open and query.speaker_is_known and query.topic and query.terms):
        return list(named), []
    said = view.statement_keys(query.voices, sources)
    partly = [] if query.names else _without_all(query.terms, named, view, known)
    likely = nearness(query.topic, partly, view, embedder) if partly else {}
    kept = [statement for statement in named if likely.get(statement, NEAR) >= _PARTLY_NEAR]
    taken = {statement.id for statement in kept}
    others = distinct(key for key in said if key.id not in taken and key.repeats not in taken)
    on_topic = _articles_on_topic(query, view, known, said)
    near = {} if query.names else nearness(query.topic, others, view, embedder, on_topic)
    least = NEAR if len(query.voices) > 1 else _NEAR_BY_ONE
    return kept, _read([key for key in others if key.source in on_topic or near.get(key, 0.0) >= least], view)


def _read(keys: Sequence[StatementKey], view: View) -> list[Statement]:
    """Reads the statements with these keys, in that order."""
    found = view.statements(ids=[key.id for key in keys], sources={key.source for key in keys}) if keys else []
    read = {(one.source, one.id): one for one in found}
    return [replace(read[key.source, key.id], repeats=key.repeats) for key in keys]


def said_near(query: Query, view: View, sources: Collection[str]) -> list[Statement]:
    """Finds what the query's speaker says in the articles that the last answer cited, if the query names no topic.

    It names none itself if its topic and its names come from the conversation.
    """
    own = [*query.names, *(query.terms if query.topic else ())]
    if query.intent != "statement" or not (sources and query.speaker_is_known) or tokens.holds(query.question, own):
        return []
    said = view.statements(by=query.voices, sources=sources)
    return distinct(statement for statement in said if statement.is_said and statement.polarity != "asks")


def _without_all(
    terms: Sequence[str], statements: Sequence[Statement], view: View, known: EntityIndex
) -> list[Statement]:
    """Returns the statements that lack one of the terms."""
    articles, ways = view.articles({statement.source for statement in statements}), groups(terms, known)
    told = ((statement, articles[statement.source].cut(statement.span)) for statement in statements)
    return [statement for statement, text in told if not all(tokens.holds(text, group) for group in ways)]


def _articles_on_topic(query: Query, view: View, known: EntityIndex, said: Sequence[StatementKey]) -> set[str]:
    """Finds the speaker's articles on the topic.

    An article is on a topic that its title names, or its opening and several of its sentences; a name must be in the
    title, since news opens with the names of people and places that it is not about. An article counts as being on no
    person or body that it names. It must also be the speaker's article: it opens with them, or nobody says more in it.
    """
    if any(map(known.bearers, query.names)):
        return set()
    terms = [(spellings(term, known), term in query.names) for term in query.terms]
    sources = {statement.source for statement in said}
    for group, named in terms:
        sources &= view.titled(group) if named else view.holding(group)
    articles, sentences = view.articles(sources), view.sentences(sources)
    on_topic = {
        source
        for source, article in articles.items()
        if all(_is_about(group, article, () if named else sentences[source]) for group, named in terms)
    }
    voices = view.most_said(on_topic)
    told = Counter(key.source for key in said)
    names = [name.split()[-1] for name in query.voices]
    return {
        source
        for source in on_topic
        if told[source] >= voices.get(source, 0) or _opens_with(names, articles[source], sentences[source])
    }


def _opens_with(names: Sequence[str], article: Article, sentences: Sequence[Span]) -> bool:
    """Returns whether the title or the first sentences name somebody."""
    return any(tokens.holds(text, names) for text in (article.title or "", *map(article.cut, sentences[:_OPENING])))


def _is_about(group: Sequence[str], article: Article, sentences: Sequence[Span]) -> bool:
    """Returns whether the title contains a spelling of a term, or one of the first sentences and enough of all."""
    if tokens.holds(article.title or "", group):
        return True
    if not any(tokens.holds(article.cut(span), group) for span in sentences[:_OPENING]):
        return False
    holding = (span for span in sentences if tokens.holds(article.cut(span), group))
    return sum(1 for _ in islice(holding, _OFTEN)) == _OFTEN


def by_turns(statements: Sequence[Statement]) -> list[Statement]:
    """Orders statements: one of each speaker first, named before unnamed, then the rest in their order."""
    first: dict[str, Statement] = {}
    for statement in statements:
        if statement.speaker:
            first.setdefault(statement.speaker, statement)
    taken = {statement.id for statement in first.values()}
    return [*first.values(), *(statement for statement in statements if statement.id not in taken)]


def _told(one: Statement, article: Article) -> str:
    """Returns the words of an attribution without the reporter's own after reported words."""
    if one.kind == "direct":
        return article.cut(one.span)
    return article.cut(Span(one.span.start, max(one.content[-1].end, one.span.start + 1)))


def _is_named(match: _Match, query: Query, names: Mapping[str, Sequence[str]], told: str) -> bool:
    """Returns whether every name of the topic is in the attribution or in the title."""
    return all(term in match.titled or tokens.holds(told, names[term]) for term in query.names)


def sides(
    query: Query, view: View, known: EntityIndex, sources: Collection[str] | None = None
) -> tuple[Comparand, ...]:
    """Returns every speaker of a comparison, or everybody of an ambiguous name, with their statements on the topic."""
    if query.link and query.link.is_open:
        return _sides_of_bearers(query, view, known, sources)
    if query.intent != "compare" or query.speaker is None:
        return ()
    found = []
    for name in dict.fromkeys((query.speaker, *query.others)):
        link = entity_linking.entity_link(name, known)
        person = known.named(name)
        their_query = replace(query, speaker=person.name if person else name, speaker_is_known=person is not None)
        if link and link.by in {"nation", "body"}:
            their_query = replace(query, speaker=name, speaker_is_known=True, link=link)
        found.append(
            Comparand(their_query.speaker or name, tuple(statements_on_record(their_query, view, known, sources)))
        )
    return tuple(found)


def _sides_of_bearers(
    query: Query, view: View, known: EntityIndex, sources: Collection[str] | None
) -> tuple[Comparand, ...]:
    """Returns the people of one name who are on record on the topic; all of them if nobody is."""
    people = [bearer.person for bearer in query.link.bearers] if query.link else []
    found = [Comparand(name, tuple(statements_on_record(of_one(query, name), view, known, sources))) for name in people]
    return tuple(side for side in found if side.statements) or tuple(found)


def of_one(query: Query, person: str) -> Query:
    """Returns the query restricted to one person on record."""
    return replace(query, speaker=person, speaker_is_known=True, link=None)


def near_misses(
    query: Query,
    view: View,
    known: EntityIndex,
    statements: Sequence[Statement],
    limit: int,
    sources: Collection[str] | None = None,
) -> list[Statement]:
    """Finds near misses: the speaker on other topics, if silent on this one; then others on it, quotes first.

    `sources` are the only articles to search; None searches all.
    """
    near: list[Statement] = []
    if not statements and query.speaker and query.speaker_is_known:
        role: SpeakerRole = "principal" if query.link and query.link.by == "aide" else "speaker"
        near = view.statements(by=query.voices, role=role, limit=_SAME_SPEAKER, sources=sources)
    if query.link and query.link.by == "family":
        near = view.statements(
            by=[bearer.person for bearer in query.link.bearers], limit=_SAME_SPEAKER, sources=sources
        )
    if query.terms:
        topic = groups(query.names or query.terms, known)
        others = view.statements(about=topic, limit=_BESIDE, sources=sources)
        near += sorted(
            (statement for statement in others if statement.speaker not in query.voices),
            key=lambda statement: statement.kind == "reported",
        )
    near = [statement for statement in near if statement.is_said]
    taken = {statement.id for statement in statements}
    return [statement for statement in dict.fromkeys(near) if statement.id not in taken][:limit]


def _matches(
    query: Query,
    view: View,
    known: EntityIndex,
    role: SpeakerRole,
    sources: Collection[str] | None,
    weights: Mapping[str, float],
) -> dict[str, _Match]:
    """Finds the statements on the topic, by id; only for a name like US, a word in small letters, are they read."""
    own: dict[str, list[str]] = defaultdict(list)
    source_of: dict[str, str] = {}
    titles: dict[str, set[str]] = {}
    for term in query.terms:
        group = spellings(term, known)
        titles[term] = view.titled(group) if len(query.terms) > 1 else set()
        found = _as_written(group, view.told_in_words(group, query.voices or None, role, sources), view)
        source_of |= found
        for key in found:
            own[key].append(term)
    titled = {
        source: frozenset(term for term in titles if source in titles[term]) for source in set(source_of.values())
    }
    matches = {key: _Match(frozenset(terms), titled[source_of[key]]) for key, terms in own.items()}
    on_topic = {match: _is_on_topic(match, query, weights) for match in set(matches.values())}
    return {key: match for key, match in matches.items() if on_topic[match]}


def _as_written(group: Sequence[str], found: dict[str, str], view: View) -> dict[str, str]:
    """Removes statements that only contain `us` or `who` if the question asks for the US or the WHO."""
    if not any(tokens.is_acronym(name) and name.lower() in tokens.FUNCTION_WORDS for name in group):
        return found
    articles, statements = view.articles(set(found.values())), view.statements(ids=found)
    texts = {statement.id: articles[statement.source].cut(statement.span) for statement in statements}
    return {name: source for name, source in found.items() if tokens.holds_name(texts[name], group)}


def _is_on_topic(match: _Match, query: Query, weights: Mapping[str, float]) -> bool:
    names = frozenset(query.names)
    every = sum(weights.values())
    if query.asks == "why" and not match.own.issuperset(query.terms):
        return False  # "why did A reject B?" takes it for granted that A did
    if names <= match.own:
        least = _LEAST_OF_ITS_OWN if query.topic and names else 0.5
        return _weight(match.own, weights) >= least * every
    enough = _weight(match.own, weights) >= _LEAST_OF_ITS_OWN * every and _worth(match, weights) >= every / 2
    return enough and names <= match.own | match.titled


def _worth(match: _Match, weights: Mapping[str, float]) -> float:
    """Returns how much of the topic the statement contains; words only in the title count half."""
    return _weight(match.own, weights) + _weight(match.titled - match.own, weights) / 2


def _weight(terms: Iterable[str], weights: Mapping[str, float]) -> float:
    return sum(weights.get(term, 0.0) for term in terms)


_PERHAPS: Final = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """The statements to list. `by` and `about` are in anybody's words; days are inclusive."""

    by: str | None = None
    about: str | None = None
    source: str | None = None
    kind: Kind | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    outlet: str | None = None


@dataclass(frozen=True, slots=True)
class StatementListing:
    """The statements found. `undated` pass every filter except the dates, because their articles have none.

    `speaker` is the name on record that `by` means; None if nobody was asked for, or several people may be meant.
    `bearers` are all who may be meant and are quoted, the most quoted first; the statements are by any of them. `count`
    is the number of `statements` as a reader counts them: repetitions of the same words in one article, and what one
    sentence tells twice, count once.
    """

    statements: tuple[Statement, ...]
    undated: tuple[Statement, ...]
    speaker: str | None = None
    bearers: tuple[Bearer, ...] = ()

    @property
    def count(self) -> int:
        """The number of statements."""
        return len(distinct(self.statements))

    @property
    def by_speaker(self) -> dict[str, int]:
        """Counts the statements of each named speaker, the most quoted first."""
        counts = Counter(statement.speaker for statement in distinct(self.statements) if statement.speaker)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def list_statements(view: View, wanted: Wanted) -> StatementListing:
    """Lists statements by source and place. Raises UsageError for a topic without a searchable word."""
    known = EntityIndex(view.people())
    bearers = _bearers(view, wanted.by) if wanted.by else ()
    by = None if wanted.by is None else [bearer.person for bearer in bearers]
    about = _about(view, wanted, known)
    since, until = (day.isoformat() if day else None for day in (wanted.since, wanted.until))

    def passing(*, undated: bool) -> tuple[Statement, ...]:
        found = view.statements(
            by=by,
            about=about,
            source=wanted.source,
            kind=wanted.kind,
            since=None if undated else since,
            until=None if undated else until,
            undated=undated,
        )
        return tuple(_in_outlet(view, _in_the_case_asked(view, found, about), wanted.outlet))

    speaker = bearers[0].person if len(bearers) == 1 else None
    return StatementListing(passing(undated=False), passing(undated=True) if since or until else (), speaker, bearers)


def perhaps(view: View, wanted: Wanted, listing: StatementListing, embedder: Embedder) -> list[Statement]:
    """Finds a few statements by the same speaker that are near the topic in meaning but do not contain its words.

    Returns nothing without a speaker and a topic. Nearest first; never counted.
    """
    if not wanted.by or not wanted.about:
        return []
    told = {statement.id for statement in (*listing.statements, *listing.undated)}
    every = list_statements(view, replace(wanted, about=None)).statements
    others = [statement for statement in every if statement.id not in told and statement.repeats not in told]
    near = nearness(wanted.about, others, view, embedder)
    return distinct(statement for statement, likely in near.items() if likely >= NEAR)[:_PERHAPS]


def _in_the_case_asked(view: View, found: list[Statement], about: Sequence[Sequence[str]]) -> list[Statement]:
    """Removes statements that only contain `us` or `start` if the topic is the US or START."""
    if not depends_on_case(about):
        return found
    articles = view.articles({statement.source for statement in found})
    return [statement for statement in found if tells(articles[statement.source].cut(statement.span), about)]


def _in_outlet(view: View, found: list[Statement], outlet: str | None) -> list[Statement]:
    if outlet is None:
        return found
    shelf = view.shelf()
    return [statement for statement in found if (shelf[statement.source].outlet or "").casefold() == outlet.casefold()]


def _bearers(view: View, name: str) -> tuple[Bearer, ...]:
    """Returns everybody quoted whom a name or an office may mean, else those mentioned."""
    found = view.bearers(name)
    if not found and (holder := EntityIndex((), view.introductions()).holder(name)):
        found = view.bearers(holder)
    return tuple(bearer for bearer in found if bearer.statements) or found


def _about(view: View, wanted: Wanted, known: EntityIndex) -> Sequence[Sequence[str]]:
    if not wanted.about:
        return ()
    groups = topic_groups(wanted.about, known, learn(view.abbreviations()))
    if not groups:
        raise UsageError(f"“{wanted.about}” holds no word to look for; name the topic.")
    return groups
