"""Puts a statement or a slice as a claim: its credit, then the words as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.answering.claims import templates
from rag.answering.claims.credits import CLOSING, OMISSION, OPENING, credits_for
from rag.core import Article, Claim, Evidence, Place, Query, Span, Statement
from rag.text import tokens


def told_in(place: Place, evidence: Evidence) -> Statement | None:
    """The statement that the place tells, the one with most content there; None where the article is speaking."""
    told = [one for one in evidence.record if one.tells(place)]
    return max(told, key=lambda one: one.said_within(place.span), default=None)


def statement_at(place: Place, speaker: str | None, evidence: Evidence) -> Statement | None:
    """The statement that the place names; else the speaker's that it touches; else, for nobody, the one it tells."""
    touched = [one for one in evidence.record if touches(one, place)]
    if place.statement:
        return next((one for one in touched if one.id == place.statement), None)
    if speaker:
        return next((one for one in touched if one.speaker == speaker), None)
    return next((one for one in touched if one.tells(place)), None)


def touches(one: Statement, place: Place) -> bool:
    """Whether the place holds a part of what was said."""
    return one.source == place.source and any(part.overlaps(place.span) for part in one.content)


_RELATIVE = re.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"(?:this|last|next|past) (?:week|month|year|spring|summer|autumn|fall|winter))\b",
    re.IGNORECASE,
)
"""Dates that say nothing without the day of publication."""

_FULL, _SHORT, _DATED = range(3)
_LONGEST = 600
"""Characters of a slice that was widened to hold a quote whole."""

_NARRATION = 60
"""Characters of narration beside a quote that tell more than who said it."""


def framed(rule: templates.Rule, query: Query, evidence: Evidence, places: tuple[Place, ...] = ()) -> Iterator[Claim]:
    """The rule's sentence as a claim, where it says anything."""
    if frame := templates.frame(rule, query, evidence):
        yield Claim(frame.text, places, frame=frame)


def statement_claim(one: Statement, evidence: Evidence, *, short: bool = False, dated: bool = False) -> Claim:
    """A quote in quotation marks behind its credit; reported words as the sentence in which they are reported.

    What is only passed on, or only ascribed to somebody, is shown with the words that say so.
    """
    article = evidence.articles[one.source]
    if (one.via or not one.is_said) and (framed_in := _with_frame(one, article)):
        credit = _credit(one, framed_in, evidence, short=short, dated=dated)
        return Claim(credit + " ".join(article.cut(place.span) for place in framed_in), framed_in, one.speaker)
    places = evidence.printable(one)
    credit = _credit(one, places, evidence, short=short, dated=dated)
    if one.kind != "direct":
        return Claim(credit + " ".join(article.cut(place.span) for place in places), places, one.speaker)
    introduction = _introduction(one, article)
    quoted = OMISSION.join(f"{OPENING}{article.cut(place.span)}{CLOSING}" for place in places)
    if introduction is None:
        return Claim(credit + quoted, places, one.speaker)
    return Claim(
        f"{credit}{article.cut(introduction)} {quoted}", (Place(one.source, introduction), *places), one.speaker
    )


def attribution_claim(one: Statement, evidence: Evidence, *, short: bool = False) -> Claim:
    """A statement with all the words of the article that tell of it: these say where, when and to whom."""
    place = Place(one.source, one.span, one.id)
    return Claim(_credit(one, (place,), evidence, short=short) + evidence.quote(place), (place,), one.speaker)


def _with_frame(one: Statement, article: Article) -> tuple[Place, ...]:
    """The whole attribution where it holds the words that frame what was said; nothing where it does not, or is long.

    An introduction in a line of its own stands before the quote anyway.
    """
    lines = article.body_within(one.span)
    if one.span.end - one.span.start > _LONGEST or (len(lines) > 1 and _introduction(one, article)):
        return ()
    around = article.cut(one.span)
    for part in reversed(one.content):
        around = around[: part.start - one.span.start] + around[part.end - one.span.start :]
    if one.is_said and not any(word in tokens.words(around.lower()) for word in tokens.words((one.via or "").lower())):
        return ()
    return tuple(Place(one.source, span, one.id) for span in lines)


def _introduction(one: Statement, article: Article) -> Span | None:
    """The words before a quote that end in a colon: they say what it is about; a mere name before a turn does not."""
    if one.span.start >= one.content[0].start:
        return None
    before = article.cut(Span(one.span.start, one.content[0].start)).rstrip(f' \n\r\t\u00a0{OPENING}"')
    names = tokens.words(f"{one.speaker_as_written} {one.speaker or ''}".lower())
    if not before.endswith(":") or "\n" in before or set(tokens.words(before.lower())) <= set(names):
        return None
    return Span(one.span.start, one.span.start + len(before))


def slice_claim(place: Place, evidence: Evidence, *, short: bool = False, dated: bool = False) -> Claim:
    """A slice as it stands, credited to who speaks in it, else to the article; of a mere quote, all of it."""
    spoken = told_in(place, evidence)
    if spoken and spoken.kind == "direct":
        whole = _with_whole_quote(place, spoken)
        if _narrated(place, spoken) < _NARRATION or whole.span.end - whole.span.start > _LONGEST:
            return statement_claim(spoken, evidence, short=short, dated=dated)
        place = whole
    credit = _credit(spoken, (place,), evidence, short=short, dated=dated)
    speaker = spoken.speaker if spoken else None
    return Claim(credit + evidence.quote(place), (place,), speaker, also=_also(place, spoken, evidence))


def _credit(
    one: Statement | None, places: tuple[Place, ...], evidence: Evidence, *, short: bool = False, dated: bool = False
) -> str:
    """The credit in full, or short; with the day of publication where the words date something by it."""
    ways = credits_for(one, evidence.articles[places[0].source], places)
    if dated or _RELATIVE.search(" ".join(map(evidence.quote, places))):
        return ways[_DATED]
    return ways[_SHORT if short else _FULL]


def _also(place: Place, spoken: Statement | None, evidence: Evidence) -> tuple[Place, ...]:
    """Where other articles, copies of the same report, print the same words under the same speaker."""
    told = evidence.quote(place)
    copies = [copy for hit in evidence.hits if hit.passage.source == place.source for copy in hit.copies]
    found = []
    for copy in copies:
        start = evidence.articles[copy.source].text.find(told, copy.start, copy.end)
        again = Place(copy.source, Span(start, start + len(told))) if start >= 0 else None
        if again and getattr(told_in(again, evidence), "speaker", None) == getattr(spoken, "speaker", None):
            found.append(again)
    return tuple(found)


def _with_whole_quote(place: Place, spoken: Statement) -> Place:
    """The place widened to the whole attribution, so that no quotation mark is left without its other."""
    whole = Span(min(place.span.start, spoken.span.start), max(place.span.end, spoken.span.end))
    return Place(place.source, whole, spoken.id)


def _narrated(place: Place, spoken: Statement) -> int:
    """Characters of a place that the article itself tells."""
    return place.span.end - place.span.start - spoken.said_within(place.span)
