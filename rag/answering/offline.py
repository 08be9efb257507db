"""The writer without a model: an answer made of the articles' own words. Knows the evidence and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rag.answering import frames
from rag.answering.support import Supported, supporting
from rag.answering.voice import CLOSING, OMISSION, OPENING, credits_for
from rag.types import Article, Claim, Draft, Evidence, Place, Query, Span, Statement

_LONGEST_ANSWER = 3
_CLOSE_TO_BEST = 0.92


class OfflineWriter:
    """Prints statements on record, or the sentences that answer best; declines below `support`."""

    name = "offline"
    host = None

    def __init__(self, support: float) -> None:
        self._support = support

    def write(self, query: Query, evidence: Evidence) -> Draft:
        """Statements with their count, or the few sentences that carry most of the question."""
        if query.is_of_the_record:
            return draft(query, evidence, candidates(query, evidence), self.name)
        found = [one for one in supporting(query, evidence) if one.support >= self._support]
        close = [one for one in found if one.support >= _CLOSE_TO_BEST * found[0].support]
        return draft(query, evidence, _sentence_claims(close, evidence)[:_LONGEST_ANSWER], self.name)


def candidates(query: Query, evidence: Evidence) -> list[Claim]:
    """All that could be printed in answer: the statements on record, or the sentences of the evidence, best first."""
    if not query.is_of_the_record:
        return _sentence_claims(supporting(query, evidence), evidence)
    claims = []
    named = frames.only_article(evidence)
    for one in frames.shown(evidence):
        claims.append(_statement_claim(one, evidence, short=one.source == named))
        named = one.source
    return claims


def draft(query: Query, evidence: Evidence, chosen: list[Claim], writer: str) -> Draft:
    """The chosen claims, among the frames that count and delimit them; a frame that declines where none is chosen."""
    if not chosen:
        decline = frames.decline(query, evidence)
        return Draft([Claim(decline.text, frame=decline)], writer)
    if not query.is_of_the_record:
        return Draft(chosen, writer)
    before = _framed(frames.on_record, query, evidence)
    printed = frozenset(place.statement for claim in chosen for place in claim.places if place.statement)
    rules = (partial(frames.unmarked, among=printed), frames.more)
    after = [claim for rule in rules for claim in _framed(rule, query, evidence)]
    others = tuple(evidence.printable(one)[0] for one in frames.other_speakers(query, evidence))
    return Draft([*before, *chosen, *after, *_framed(frames.also_spoke, query, evidence, others)], writer)


def _framed(rule: frames.Rule, query: Query, evidence: Evidence, places: tuple[Place, ...] = ()) -> Iterator[Claim]:
    if frame := frames.frame(rule, query, evidence):
        yield Claim(frame.text, places, frame=frame)


def _statement_claim(one: Statement, evidence: Evidence, *, short: bool) -> Claim:
    """A quote in quotation marks behind its credit; reported words as the sentence in which they are reported."""
    article = evidence.articles[one.source]
    credit = credits_for(one, article)[short]
    places = evidence.printable(one)
    if one.kind != "direct":
        return Claim(credit + " ".join(article.cut(place.span) for place in places), places, one.speaker)
    introduction = _introduction(one, article)
    quoted = OMISSION.join(f"{OPENING}{article.cut(place.span)}{CLOSING}" for place in places)
    if introduction is None:
        return Claim(credit + quoted, places, one.speaker)
    return Claim(
        f"{credit}{article.cut(introduction)} {quoted}", (Place(one.source, introduction), *places), one.speaker
    )


def _introduction(one: Statement, article: Article) -> Span | None:
    """The words before a quote that end in a colon: they say what it is about."""
    if one.span.start >= one.content[0].start:
        return None
    words = article.cut(Span(one.span.start, one.content[0].start)).rstrip(f' \n\r\t\u00a0{OPENING}"')
    if not words.endswith(":") or "\n" in words:
        return None
    return Span(one.span.start, one.span.start + len(words))


def _sentence_claims(found: list[Supported], evidence: Evidence) -> list[Claim]:
    """Each sentence once; sentences of one quote make one claim."""
    return list(dict.fromkeys(_sentence_claim(one, evidence) for one in found))


def _sentence_claim(one: Supported, evidence: Evidence) -> Claim:
    """A sentence as it stands, credited to who speaks in it, else to the article; for part of a quote, all of it."""
    article = evidence.articles[one.places[-1].source]
    spoken = _spoken_in(one.places[-1], evidence)
    if spoken and spoken.kind == "direct":
        return _statement_claim(spoken, evidence, short=False)
    text = " ".join(article.cut(part.span) for part in one.places)
    return Claim(credits_for(spoken, article)[0] + text, one.places, spoken.speaker if spoken else None)


def _spoken_in(place: Place, evidence: Evidence) -> Statement | None:
    """The statement that the place tells, the one with most content there; None where the article is speaking."""
    told = [one for one in evidence.record if one.tells(place)]
    return max(told, key=lambda one: sum(_shared(part, place.span) for part in one.content), default=None)


def _shared(one: Span, other: Span) -> int:
    return max(0, min(one.end, other.end) - max(one.start, other.start))
