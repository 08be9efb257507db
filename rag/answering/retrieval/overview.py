"""Summarises a library, or the articles that name a topic: how many, from when, who speaks most, which topics."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from math import log

import numpy as np
from numpy.typing import NDArray

from rag.answering.reading.candidates import begins_with_reference
from rag.answering.retrieval.counts import mentioning
from rag.answering.retrieval.hybrid import articles_as_evidence
from rag.answering.retrieval.statements import ascribed, by_turns, distinct
from rag.answering.understanding.entity_index import EntityIndex, spellings
from rag.core import Article, Evidence, Overview, Place, Query, Span, Statement, Topic
from rag.core.protocols import Embedder
from rag.library.queries import Vectors, View
from rag.text import tokens
from rag.text.names import nation_of

_EACH = 8
"""Maximum articles to list one by one; for more, topics are listed."""

_TOPICS = 6
_VOICES, _OFTEN = 10, 40
"""Speakers that are named, and the most frequent speakers from whom they are chosen."""

_NEWEST = 5
_HEARD = 150
"""Maximum articles on a topic for which the most quoted are named."""

_NAMES = 3
_OPENING = 3
"""Sentences of an article, not counting quotes, that may represent it."""

_FIRST_WINS = 0.08
"""How much nearer to the article's centre a later sentence must be, for each before it: news gives the gist first."""

_SENTENCE = range(40, 400)
"""Characters of such a sentence."""

_NAME = re.compile(r"(?<![.!?“\"‘] )(?<!^)\b[A-Z][a-z]\w+(?: [A-Z]\w+)*")

_PHRASE = re.compile(
    r"(?<![.!?:“\"‘'] )(?<![“\"‘'])(?<!^)\b[A-Z][\w’'-]+(?: (?:of |the )?[A-Z][\w’'-]+)*", re.MULTILINE
)

Members = NDArray[np.int64]
"""Rows of the vectors that belong to one topic, the most central first."""

_CENTRES = 600
"""Articles that may be the centre of a topic; of a larger library, as many at equal distances."""

_ALIKE = (0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
"""Cosines to the centre from which an article belongs to a topic; the first at which no topic swallows the library."""

_SWALLOWED = 0.25
_READ, _TRIED = 20, 12
"""Articles of a topic whose names are counted, and names that are looked up in the whole library."""

Centres = Mapping[str, Vectors]
"""The mean of the vectors of an article's passages, by source."""


class Overviews:
    """Makes overviews of one library. The overview of all articles is kept until the library changes."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: tuple[tuple[int, int], Overview] | None = None

    def of_library(self, view: View) -> Overview:
        """Returns the overview of all articles."""
        state = (view.vectors.last_change(), view.people_version())
        if self._kept is None or self._kept[0] != state:
            self._kept = state, self._seen(view)
        return self._kept[1]

    def evidence(self, query: Query, view: View) -> Evidence:
        """Collects the evidence for a question for an overview, or small talk."""
        of_time = _of_time(query, view) if query.time.since or query.time.until else None
        seen = of_time if of_time and of_time.articles else self.of_library(view)
        if query.intent == "small_talk":
            return Evidence(articles={}, overview=seen)
        shown = [topic.best.source for topic in seen.topics]
        if query.asks == "when" or not shown:
            newest = [self._best(source, view, centres(view, seen.newest)) for source in seen.newest]
            seen = replace(seen, topics=tuple(Topic(1, place) for place in newest if place) or seen.topics)
            shown += seen.newest
        said = tuple(filter(None, (_first_of(name, view) for name, _ in seen.voices))) if query.asks == "who" else ()
        shown = [statement.source for statement in said] or shown
        return replace(articles_as_evidence(shown, view), overview=seen, statements=said)

    def _seen(self, view: View) -> Overview:
        sources = view.originals()
        shelf = view.shelf()
        dated = sorted((shelf[source].published or "", source) for source in sources if shelf[source].published)
        topics = self._articles(sources, view) if len(sources) <= _EACH else self._clusters(sources, view)
        return Overview(
            articles=len(sources),
            undated=len(sources) - len(dated),
            published=(dated[0][0], dated[-1][0]) if dated else None,
            names=_names(view.articles(sources)) if len(sources) <= _EACH else (),
            voices=voices_of(view.statements(by=view.summary().speakers[:_OFTEN])),
            topics=tuple(topics),
            newest=tuple(source for _, source in reversed(dated[-_NEWEST:])),
        )

    def _articles(self, sources: Sequence[str], view: View) -> Iterator[Topic]:
        """Makes each article a topic of its own."""
        middle = centres(view, sources)
        places = (self._best(source, view, middle) for source in sources)
        yield from (Topic(1, place) for place in places if place)

    def _clusters(self, sources: Sequence[str], view: View) -> Iterator[Topic]:
        """Yields the largest topics, each represented by its most central article that can be read alone."""
        middle = centres(view)
        kept = [source for source in sources if source in middle]
        if not kept:
            return
        for members in topics_of(np.stack([middle[source] for source in kept]), _TOPICS):
            within = [kept[at] for at in members.tolist()]
            best = next(filter(None, (self._best(source, view, middle) for source in within[:_EACH])), None)
            if best:
                name, named = name_of(within, view, len(kept))
                yield Topic(len(within), best, name, named)

    def _best(self, source: str, view: View, middle: Centres) -> Place | None:
        """Returns the sentence nearest to the article's centre, among its first that can be read alone."""
        article = view.article(source)
        every = [span for span in view.sentences([source]).get(source, ()) if _opens(article, span)]
        quoted = [
            part
            for statement in view.statements(source=source)
            if statement.kind == "direct"
            for part in statement.content
        ]
        opening = [span for span in every if not any(span.overlaps(part) for part in quoted)] or every
        opening = opening[:_OPENING]
        if not opening or source not in middle:
            return Place(source, opening[0]) if opening else None
        vectors = np.asarray(self._embedder.embed_documents([article.cut(span) for span in opening]), np.float32)
        first_wins = _FIRST_WINS * np.arange(len(opening))
        return Place(source, opening[int(np.argmax(vectors @ middle[source] - first_wins))])


def _of_time(query: Query, view: View) -> Overview:
    """Returns an overview of the articles of the time asked about, the latest to be listed."""
    since, until = (day.isoformat() if day else None for day in (query.time.since, query.time.until))
    dates = view.dates(since=since, until=until)
    sources = view.originals(source for source, date in dates.items() if date)
    dated = sorted((dates[source] or "", source) for source in sources)
    return Overview(
        articles=len(sources),
        published=(dated[0][0], dated[-1][0]) if dated else None,
        voices=voices_of(view.statements(sources=sources)) if sources else (),
        newest=tuple(source for _, source in reversed(dated[-_NEWEST:])),
        is_of_a_time=True,
    )


def with_topic(query: Query, evidence: Evidence, view: View, known: EntityIndex) -> Evidence:
    """Adds to the evidence for a summary an overview of all articles that name its topic, or quote its person."""
    if query.intent != "summary" or query.within.source or query.within.of_article:
        return evidence
    said = (
        distinct(statement for statement in ascribed(query, view, known) if statement.is_said)
        if query.speaker_is_known
        else []
    )
    sources = list(dict.fromkeys(statement.source for statement in said)) if said else _holding(query, view, known)
    titled = set.intersection(*(view.titled(spellings(term, known)) for term in query.terms)) if query.terms else set()
    shelf = view.shelf()
    sources.sort(key=lambda source: shelf[source].published or "" if query.asks == "when" else "", reverse=True)
    sources.sort(key=lambda source: source not in titled)
    dates = sorted(published for source in sources if (published := shelf[source].published))
    seen = Overview(
        articles=len(sources),
        undated=len(sources) - len(dates),
        titled=sum(source in titled for source in sources),
        published=(dates[0], dates[-1]) if dates else None,
        voices=voices_of(view.statements(sources=sources)) if 0 < len(sources) <= _HEARD else (),
    )
    beside = articles_as_evidence(
        [*evidence.articles, *sources[:_TOPICS], *(statement.source for statement in by_turns(said)[:_VOICES])], view
    )
    return replace(
        evidence,
        articles=beside.articles,
        record=beside.record,
        sentences=beside.sentences,
        statements=tuple(said),
        overview=replace(seen, newest=tuple(sources[:_TOPICS])),
    )


def _holding(query: Query, view: View, known: EntityIndex) -> list[str]:
    """Returns the articles that contain every word of the topic, without copies."""
    if not query.terms or any(term.lower() in tokens.FUNCTION_WORDS for term in query.terms):  # the US is no "us"
        return list(mentioning(query, view, known, None)) if query.terms else []
    return view.originals(set.intersection(*(view.holding(spellings(term, known)) for term in query.terms)))


def centres(view: View, sources: Collection[str] | None = None) -> Centres:
    """Returns the mean vector of each article."""
    of_passage = view.sources_of_passages(sources)
    ids, vectors = view.vectors.after(0) if sources is None else view.vectors.of(of_passage)
    order = {source: at for at, source in enumerate(dict.fromkeys(of_passage.values()))}
    kept = [at for at, number in enumerate(ids.tolist()) if number in of_passage]
    if not kept:
        return {}
    sums = np.zeros((len(order), vectors.shape[1]), np.float32)
    np.add.at(sums, [order[of_passage[int(ids[at])]] for at in kept], vectors[kept])
    sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return {source: sums[at] for source, at in order.items()}


def voices_of(statements: Sequence[Statement]) -> tuple[tuple[str, int], ...]:
    """Returns the most frequent speakers with their counts; a country that "signals" something is no speaker."""
    counts = Counter(statement.speaker for statement in distinct(statements) if statement.is_said and statement.speaker)
    ranked = sorted(counts.items(), key=lambda voice: (-voice[1], voice[0]))
    return tuple(islice((voice for voice in ranked if not nation_of(voice[0])), _VOICES))


def _first_of(name: str, view: View) -> Statement | None:
    """Returns somebody's first words that an article quotes, else reports."""
    said = sorted(
        view.statements(by=[name]), key=lambda statement: (statement.kind == "reported", not statement.is_certain)
    )
    return next((statement for statement in said if statement.is_said), None)


def _opens(article: Article, span: Span) -> bool:
    """Returns whether a sentence is reporting that can be read without the one before it."""
    text = article.cut(span)
    return len(text) in _SENTENCE and article.is_quotable(span) and not begins_with_reference(text)


def _names(articles: Mapping[str, Article]) -> tuple[tuple[str, int], ...]:
    """Returns what most of a few articles name, each with its count."""
    counts: Counter[str] = Counter()
    for article in articles.values():
        counts.update({name for block in article.body for name in _NAME.findall(article.cut(block.span))})
    lasting = sorted(
        ((name, count) for name, count in counts.items() if count > 1), key=lambda pair: (-pair[1], pair[0])
    )
    return tuple(lasting[:_NAMES])


def topics_of(vectors: Vectors, most: int) -> Iterator[Members]:
    """Yields the largest topics of at least two articles each; an article belongs to one topic at most.

    `vectors` has a row of length 1 for each article. The same vectors give the same topics.
    """
    centres = np.unique(np.linspace(0, len(vectors) - 1, min(len(vectors), _CENTRES)).astype(int))
    cosines = vectors[centres] @ vectors.T
    largest = max(3, _SWALLOWED * len(vectors))
    near = next((near for near in _ALIKE if (cosines >= near).sum(axis=1).max() <= largest), _ALIKE[-1])
    belongs = cosines >= near
    for _ in range(most):
        sizes = belongs.sum(axis=1)
        centre = int(np.argmax(sizes))
        if sizes[centre] < 2:  # noqa: PLR2004 - one article is no topic
            return
        members = np.flatnonzero(belongs[centre])
        yield members[np.argsort(-cosines[centre, members], kind="stable")]
        belongs[:, members] = False


def name_of(sources: Sequence[str], view: View, every: int) -> tuple[str, int]:
    """Returns the name that best tells these articles, the most central first, from the others; and how many have it.

    It stands in at least half of them, and in at most half of all `every` articles of the library. Empty if none does.
    """
    within, articles = set(sources), view.articles(sources[:_READ]).values()
    counts = Counter(name for article in articles for name in set(_names_in(article)))
    best, best_worth, having = "", (0.0, 0), 0
    for name, count in counts.most_common(_TRIED):
        holding = view.holding([name])
        inside, titled = len(holding & within), len(view.titled([name]) & within)
        if 2 * count < len(articles) or 2 * inside < len(within) or 2 * len(holding) > every:
            continue
        worth = (inside + titled) / len(within) * log(every / len(holding)), len(name)
        if worth > best_worth:
            best, best_worth, having = name, worth, inside
    return best, having


def _names_in(article: Article) -> Iterable[str]:
    """Yields the capitalised phrases of an article that do not begin a sentence."""
    for text in (f"· {article.title or ''}", *(article.cut(block.span) for block in article.body)):
        for found in _PHRASE.findall(text):
            name = re.sub(r"[’']s$", "", found)
            if name.casefold() not in tokens.FUNCTION_WORDS:
                yield name


_DAMPING, _ROUNDS, _NOTHING = 0.85, 50, 1e-9
_RANKED = 400
"""Sentences of the beginning of an article that are ranked: each is compared with all."""

_REPEATS = 0.5
"""How much likeness to a sentence that is chosen already counts against centrality."""


def central_sentences(texts: Sequence[str], opening: int, most: int) -> list[int]:
    """Returns the places of at most `most` sentences that represent all, in order: the first few, and central ones.

    Central by LexRank (Erkan and Radev, 2004: PageRank over the cosines of tf-idf vectors), chosen one by one so that
    none repeats another (maximal marginal relevance: Carbonell and Goldstein, 1998).
    """
    texts = texts[:_RANKED]
    alike = _likenesses(texts)
    steps = alike / np.maximum(alike.sum(axis=1, keepdims=True), _NOTHING)
    rank = np.full(len(texts), 1 / max(1, len(texts)))
    for _ in range(_ROUNDS):
        rank = (1 - _DAMPING) / max(1, len(texts)) + _DAMPING * (steps.T @ rank)
    rank /= max(float(rank.max(initial=0.0)), _NOTHING)
    chosen = list(range(min(opening, most, len(texts))))
    while len(chosen) < min(most, len(texts)):
        value = rank - _REPEATS * alike[:, chosen].max(axis=1, initial=0.0)
        value[chosen] = -np.inf
        chosen.append(int(value.argmax()))
    return sorted(chosen)


def _likenesses(texts: Sequence[str]) -> NDArray[np.float64]:
    """Returns the cosine of the tf-idf vectors of each two texts, 0 of each with itself; (texts, texts)."""
    stems = [[tokens.stem(word) for word in tokens.content_words(text)] for text in texts]
    columns = {stem: at for at, stem in enumerate(dict.fromkeys(stem for told in stems for stem in told))}
    counts = np.zeros((len(texts), len(columns)))
    for row, told in enumerate(stems):
        np.add.at(counts[row], [columns[stem] for stem in told], 1.0)
    vectors = counts * np.log1p(len(texts) / np.maximum(1, (counts > 0).sum(axis=0)))
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _NOTHING)
    alike: NDArray[np.float64] = vectors @ vectors.T
    np.fill_diagonal(alike, 0.0)
    return alike
