"""Decides whether what was read is given as the answer, as near to one, or not at all; finds what to offer then."""

from __future__ import annotations

from rag.answering.claims import templates
from rag.answering.claims.credits import remarks
from rag.answering.claims.quoting import NEAR_ENOUGH, near_enough, statement_at, telling_place
from rag.answering.reading.answer_spans import terms_held
from rag.answering.retrieval.statements import distinct
from rag.core import Evidence, NearMiss, Place, Query, ReadSlice, Statement
from rag.text import tokens
from rag.text.names import nation_of
from rag.text.synonyms import alike

LIKELIEST = 6
"""Slices to consider if nothing on record answers."""

CLEAR = 0.2
"""Likelihood that any slice answers, below which one must hold much of the question, and one article is shown."""

_AROUND, _WORDS_AROUND = 3, 2
"""Sentences on each side of words by those asked about, and how many words of a topic with names must stand there."""

_BEYOND_DOUBT, _READ_WELL = 0.8, 1.25
"""Minimum likelihood, or score of the reader, for an answer in other words than the question's."""

_TELLING, _WORDED = 3, 0.7
"""Minimum share of the question's words, names aside, in so many slices of an answer that the reader scores lower."""

_OF_SPEECH = 0.27
"""Share of an answer's minimum likelihood that words by those asked about need."""

_SHORT = 5
"""Terms of a question so short that each of its names must stand near an answer."""


def may_be_shown(query: Query, evidence: Evidence, least: float) -> bool:
    """Returns whether sentences were read that may answer, at least so likely, or are near enough to be offered."""
    is_named = query.link is None or query.link.by != "family"
    is_known = query.speaker_is_known or not query.voices or (is_named and bool(query.terms))
    is_read = query.is_english and bool(evidence.read) and is_known
    may_tell = is_read and _is_near_enough(query, evidence) and _may_be_theirs(query, evidence)
    return may_tell and evidence.answered >= least


def is_sure(query: Query, evidence: Evidence, least: float) -> bool:
    """Returns whether the sentences read are given as the answer: so likely, of the year and names asked for.

    Words of somebody are likely if a slice by those asked about is.
    """
    first = evidence.read[0]
    if first.signals.years == 0 or not _is_named(query, first) or not templates.is_granted(query, evidence):
        return False
    if not query.voices:
        return evidence.answered >= least and _is_told(query, evidence)
    theirs = (read.likelihood for read in evidence.read[:_TELLING] if read.speaker in evidence.voices)
    return max(theirs, default=0.0) >= _OF_SPEECH * least and _is_on_topic(query, evidence)


def _is_told(query: Query, evidence: Evidence) -> bool:
    """Returns whether the reader is sure of an answer to a question of fact, or its words tell what is asked."""
    is_read = evidence.answered >= _BEYOND_DOUBT or evidence.read[0].signals.score >= _READ_WELL
    return is_read or query.is_of_the_record or _share_worded(query, evidence) >= _WORDED


def _held_near(read: ReadSlice, query: Query, evidence: Evidence, around: int) -> set[str]:
    """Returns the terms in a slice's sentence, in so many on each side of it, and in the headline."""
    article, every = evidence.articles[read.place.source], evidence.sentences.get(read.place.source, ())
    first = next((at for at, sentence in enumerate(every) if sentence.overlaps(read.place.span)), 0)
    near = every[max(0, first - around) : first + around + 1]
    return set(terms_held(" ".join((article.title or "", *map(article.cut, near))), query, evidence))


def _is_named(query: Query, read: ReadSlice) -> bool:
    """Returns whether a slice's passage holds every name of a short question, one of a longer one's.

    An article on a country's own affairs need not name it.
    """
    around = read.signals.names_around
    return around >= 1 or (around > 0 and len(query.terms) > _SHORT) or all(map(nation_of, query.names))


def _share_worded(query: Query, evidence: Evidence) -> float:
    """Returns the share of the question's words, names aside, that the likeliest slices of the best article tell.

    Synonyms and words of one root count: of "What is Ada Lund paid?", a slice on her talks tells nothing.
    """
    first = evidence.read[:_TELLING]
    told = " ".join(evidence.quote(read.place) for read in first if read.place.source == first[0].place.source)
    words = set(tokens.words(told))
    weights = {term: evidence.weights.get(term, 1.0) for term in query.terms if term not in query.names}
    found = terms_held(told, query, evidence)
    held = [weight for term, weight in weights.items() if term in found or any(alike(term, word) for word in words)]
    return sum(held) / sum(weights.values()) if weights else 1.0


def _is_near_enough(query: Query, evidence: Evidence) -> bool:
    """Returns whether slices may be shown as nearest: one must be near a name, and hold much if hardly any answers."""
    first = evidence.read[:LIKELIEST]
    is_named = all(map(nation_of, query.names)) or any(read.signals.names_around > 0 for read in first)
    return is_named and (evidence.answered >= CLEAR or any(read.signals.overlap >= NEAR_ENOUGH for read in first))


def _may_be_theirs(query: Query, evidence: Evidence) -> bool:
    """Returns whether a likely slice may tell what is asked of somebody: theirs or naming them, and near the topic."""
    asked = (*evidence.voices, *query.others)
    near = (read for read in evidence.read[:LIKELIEST] if _is_near_topic(read, query, evidence))
    return not asked or any(read.speaker in asked or tokens.holds(evidence.quote(read.place), asked) for read in near)


def _is_near_topic(read: ReadSlice, query: Query, evidence: Evidence) -> bool:
    """Returns whether a slice or its headline holds a name of the topic, or several of its words stand around it."""
    if _held_near(read, query, evidence, 0).intersection(query.names):
        return True
    least = _WORDS_AROUND if query.names else min(1, len(query.terms))
    return len(_held_near(read, query, evidence, _AROUND)) >= least


def _is_on_topic(query: Query, evidence: Evidence) -> bool:
    """Returns whether a likely slice by those asked about holds a word of the topic, or was found for it."""
    told = [read for read in evidence.read[:LIKELIEST] if read.speaker in evidence.voices]
    words = " ".join(evidence.quote(read.place) for read in told)
    is_told = bool(terms_held(words, query, evidence))
    return is_told or any(one.tells(read.place) for one in evidence.topical for read in told)


_MOST, _MOST_OF_THEIRS = 4, 1
"""Near misses offered, and how many of them are by those asked about."""

_THEIRS = 0.15
"""Minimum likelihood of words by those asked about, to be offered where none is on record on the topic."""


def nearest(query: Query, evidence: Evidence) -> tuple[NearMiss, ...]:
    """Finds statements on the same topic or by the same speaker, else the sentences with most of the question."""
    if query.intent == "off_topic":
        return ()
    statements = [statement for statement in distinct(evidence.beside) if statement.source in evidence.articles]
    near = [_miss(read.place, None, "near in meaning", evidence) for read in _theirs(query, evidence)]
    near += dict.fromkeys(_statement(statement, query, evidence) for statement in statements)
    if not near:
        near = [
            _miss(read_slice.place, statement_at(read_slice.place, None, evidence), "near in words", evidence)
            for read_slice in near_enough(evidence)
        ]
    return tuple(near[:_MOST])


def _theirs(query: Query, evidence: Evidence) -> list[ReadSlice]:
    """Returns likely slices by those asked about, though none of their statements on record is on the topic."""
    asked = (query.speaker, *query.voices, *query.others)
    likely = (read for read in evidence.read[:LIKELIEST] if read.likelihood >= _THEIRS)
    return [read for read in likely if read.speaker and read.speaker in asked][:_MOST_OF_THEIRS]


def _statement(one: Statement, query: Query, evidence: Evidence) -> NearMiss:
    why = "by the same speaker" if one.speaker in query.voices else "near in words"
    if query.link and query.link.by == "family" and one.speaker in {bearer.person for bearer in query.link.bearers}:
        why = "of that name"
    return _miss(telling_place(one, query, evidence), one, why, evidence)


def _miss(place: Place, spoken: Statement | None, why: str, evidence: Evidence) -> NearMiss:
    speaker = spoken.speaker if spoken else None
    told = "; ".join((why, *(remarks(spoken) if spoken else ())))
    return NearMiss(place.source, place.span.start, place.span.end, evidence.quote(place), speaker, told)
