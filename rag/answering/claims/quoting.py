"""Writes a statement or a slice as a claim: its credit, then its exact words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rag.answering.claims.credits import CLOSING, OMISSION, OPENING, credits_for, is_attributed, told_in
from rag.answering.reading.answer_spans import terms_held
from rag.answering.retrieval.statements import distinct
from rag.core import Article, Claim, Evidence, Place, Query, ReadSlice, Span, Statement
from rag.text import tokens
from rag.text.quantities import WEEKDAYS


def statement_at(place: Place, speaker: str | None, evidence: Evidence) -> Statement | None:
    """Finds the statement that the place names; else the speaker's that it touches; else the one that it tells.

    A place that tells words of several people, or mostly none, is the article's own.
    """
    touched = [statement for statement in evidence.record if touches(statement, place)]
    if place.statement:
        return next((statement for statement in touched if statement.id == place.statement), None)
    if speaker:
        return next((one for one in touched if one.speaker == speaker), None)
    told = [statement for statement in touched if statement.tells(place)]
    said = sum(statement.said_within(place.span) - _length_of_cue(statement, evidence) for statement in told)
    is_theirs = len({statement.speaker for statement in told}) == 1 and _TELLING * said >= len(evidence.quote(place))
    return told_in(place, evidence) if is_theirs else None


def _length_of_cue(one: Statement, evidence: Evidence) -> int:
    """Returns the characters of a content that are the article's cue: "announcement of his intention to leave"."""
    content = evidence.articles[one.source].cut(one.content[0])
    return len(one.cue) if one.cue and content.lower().startswith(one.cue.lower()) else 0


def touches(one: Statement, place: Place) -> bool:
    """Returns whether the place holds a part of the statement's content."""
    return one.source == place.source and any(part.overlaps(place.span) for part in one.content)


_TELLING, _MOSTLY = 4, 2
"""A place tells a speaker's words, or mostly those, if they are at least one in so many of its characters."""

_NEARLY_ALL = 0.8
"""Minimum share of a sentence that is told as several people's statements: without the rest, a part would be maimed."""

_RELATIVE = re.compile(
    rf"\b(?:yesterday|today|tonight|tomorrow|{WEEKDAYS}|"
    r"(?:this|last|next|past) (?:week|month|year|spring|summer|autumn|fall|winter))\b",
    re.IGNORECASE,
)
"""Dates that mean nothing without the day of publication."""

NEAR_ENOUGH = 0.3
"""Minimum weighted term overlap for a passage offered as a near miss."""

_FULL, _SHORT, _DATED = range(3)
_LONGEST = 600
"""Maximum characters of a slice that was widened to hold a whole quote."""

_NARRATION = 60
"""Characters of narration beside a quote that say more than who said it."""


def statement_claim(one: Statement, evidence: Evidence, *, short: bool = False, dated: bool = False) -> Claim:
    """Writes a quote in quotation marks after its credit, or reported words as the reporting sentence.

    Words that are only relayed or ascribed are shown with the words that say so.
    """
    article = evidence.articles[one.source]
    if (one.via or not one.is_said) and (framed_in := _with_frame(one, article)):
        credit = _credit(one, framed_in, evidence, short=short, dated=dated)
        return Claim(credit + " ".join(article.cut(place.span) for place in framed_in), framed_in, one.speaker)
    places = evidence.printable(one)
    credit = _credit(one, places, evidence, short=short, dated=dated)
    if not evidence.stands_alone(one):
        return Claim(credit + " ".join(article.cut(place.span) for place in places), places, one.speaker)
    introduction = _introduction(one, article)
    quoted = OMISSION.join(f"{OPENING}{article.cut(place.span)}{CLOSING}" for place in places)
    if introduction is None:
        return Claim(credit + quoted, places, one.speaker)
    return Claim(
        f"{credit}{article.cut(introduction)} {quoted}", (Place(one.source, introduction), *places), one.speaker
    )


def attribution_claim(one: Statement, evidence: Evidence, *, short: bool = False) -> Claim:
    """Writes a statement with its whole attribution, which says where, when and to whom."""
    place = Place(one.source, one.span, one.id)
    return Claim(_credit(one, (place,), evidence, short=short) + evidence.quote(place), (place,), one.speaker)


def _with_frame(one: Statement, article: Article) -> tuple[Place, ...]:
    """Returns the whole attribution if it holds the words that frame the quote and is not too long; else nothing.

    An introduction on its own line precedes the quote anyway.
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
    """Returns the words before a quote that end in a colon and give its topic; not a mere name before a turn."""
    if one.span.start >= one.content[0].start:
        return None
    before = article.cut(Span(one.span.start, one.content[0].start)).rstrip(f' \n\r\t\u00a0{OPENING}"')
    names = tokens.words(f"{one.speaker_as_written} {one.speaker or ''}".lower())
    if not before.endswith(":") or "\n" in before or set(tokens.words(before.lower())) <= set(names):
        return None
    return Span(one.span.start, one.span.start + len(before))


def slice_claim(place: Place, evidence: Evidence, *, short: bool = False, dated: bool = False) -> Claim:
    """Writes a slice in its exact words, credited to its speaker, else to the article; a mere quote in full.

    A sentence that names its speaker and mostly tells something else is the article's.
    """
    spoken = told_in(place, evidence)
    if spoken and spoken.kind == "direct":
        whole = _with_whole_quote(place, spoken)
        if _narrated(place, spoken) < _NARRATION or whole.span.end - whole.span.start > _LONGEST:
            return statement_claim(spoken, evidence, short=short, dated=dated)
        place = whole
    is_aside = spoken is not None and spoken.kind == "reported" and not _is_mostly_said(spoken, place)
    credited = None if is_aside and is_attributed([place], evidence) else spoken
    credit = _credit(credited, (place,), evidence, short=short, dated=dated)
    speaker = spoken.speaker if spoken else None
    return Claim(credit + evidence.quote(place), (place,), speaker, also=_also(place, spoken, evidence))


def printable_sentences(source: str, spans: Sequence[Span], evidence: Evidence) -> list[Place]:
    """Returns the printable places that do not repeat the headline."""
    article = evidence.articles[source]
    headline = tokens.words(article.title or "")
    return [
        Place(source, span)
        for span in spans
        if article.is_quotable(span) and tokens.words(article.cut(span)) != headline
    ]


def neighbours(places: Iterable[Place], evidence: Evidence) -> Iterator[list[Place]]:
    """Yields places of one article in runs between which nothing stands."""
    run: list[Place] = []
    for place in places:
        if run and evidence.articles[place.source].text[run[-1].span.end : place.span.start].strip():
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def passage_claims(places: Sequence[Place], evidence: Evidence, *, short: bool = False) -> list[Claim]:
    """Sentences that stand together, as few claims credited to the article as say by themselves who speaks in them.

    Any other sentence is a claim of its own, credited to its speaker.
    """
    made = list[Claim]()
    for run, spoken in _runs(_with_whole_quotes(places, evidence), evidence):
        is_short = short or bool(made)
        made += [statement_claim(one, evidence, short=is_short or one != spoken[0]) for one in spoken]
        told = [place.span for claim in made for place in claim.places]
        if not spoken and not all(any(span.overlaps(place.span) for span in told) for place in run):
            made.append(_run_claim(run, evidence, short=is_short))
    return made


def _runs(places: Sequence[Place], evidence: Evidence) -> Iterator[tuple[Sequence[Place], list[Statement]]]:
    """Cuts sentences into runs that say by themselves who speaks in them; any other sentence stands alone.

    So does one that reports several people, which comes with their statements.
    """
    spoken = [_by_several(place, evidence) for place in places]
    start = 0
    while start < len(places):
        last = next((at for at in range(start + 1, len(places)) if spoken[at]), len(places))
        last = start + 1 if spoken[start] else last
        end = next((end for end in range(last, start, -1) if is_attributed(places[start:end], evidence)), start + 1)
        yield places[start:end], spoken[start]
        start = end


def _by_several(place: Place, evidence: Evidence) -> list[Statement]:
    """Returns the statements of a sentence that does nothing but report several people, one each; else none."""
    within = [one for one in evidence.record if one.source == place.source and place.span.covers(one.span)]
    is_clear = len({one.speaker for one in within}) == len(within) > 1
    is_whole = sum(one.span.end - one.span.start for one in within) >= _NEARLY_ALL * (place.span.end - place.span.start)
    return within if is_clear and is_whole and all(one.is_said and one.kind != "direct" for one in within) else []


def _with_whole_quotes(places: Sequence[Place], evidence: Evidence) -> list[Place]:
    """Joins neighbouring sentences that cut a quotation in two."""
    joined: list[Place] = []
    for place in places:
        before = joined[-1] if joined else None
        if before and any(_is_cut(statement, before, place) for statement in evidence.record):
            joined[-1] = Place(place.source, Span(before.span.start, place.span.end))
        else:
            joined.append(place)
    return joined


def _is_cut(statement: Statement, before: Place, behind: Place) -> bool:
    """Whether words in quotation marks begin in one sentence and end in the next."""
    is_here = statement.source == behind.source and statement.kind != "reported"
    return is_here and any(part.overlaps(before.span) and part.overlaps(behind.span) for part in statement.content)


def _run_claim(places: Sequence[Place], evidence: Evidence, *, short: bool) -> Claim:
    if not is_attributed(places, evidence):
        return slice_claim(places[0], evidence, short=short)
    credit = _credit(None, tuple(places), evidence, short=short)
    also = _also(places[0], told_in(places[0], evidence), evidence) if len(places) == 1 else ()
    return Claim(credit + " ".join(map(evidence.quote, places)), tuple(places), also=also)


def _credit(
    one: Statement | None, places: tuple[Place, ...], evidence: Evidence, *, short: bool = False, dated: bool = False
) -> str:
    """Returns the full or short credit; with the day of publication if the words contain a relative date."""
    article = evidence.articles[places[0].source]
    ways = credits_for(one, article, places)
    if dated or (article.published and _RELATIVE.search(" ".join(map(evidence.quote, places)))):
        return ways[_DATED]
    return ways[_SHORT if short else _FULL]


def _also(place: Place, spoken: Statement | None, evidence: Evidence) -> tuple[Place, ...]:
    """Finds copies in other articles: the same words of the same speaker."""
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
    """Widens the place to the whole attribution, so that no quotation mark lacks its pair."""
    whole = Span(min(place.span.start, spoken.span.start), max(place.span.end, spoken.span.end))
    return Place(place.source, whole, spoken.id)


def _is_mostly_said(spoken: Statement, place: Place) -> bool:
    return _MOSTLY * spoken.said_within(place.span) >= place.span.end - place.span.start


def _narrated(place: Place, spoken: Statement) -> int:
    """Counts the characters of a place that are the article's own."""
    return place.span.end - place.span.start - spoken.said_within(place.span)


def statements_in(source: str, evidence: Evidence) -> list[Statement]:
    """Returns an article's statements by named speakers other than its outlet."""
    outlet = evidence.articles[source].outlet
    said = distinct(statement for statement in evidence.record if statement.source == source and statement.is_said)
    return [statement for statement in said if statement.speaker not in {None, outlet}]


def holds_name_or_term(place: Place, query: Query, evidence: Evidence) -> bool:
    """Returns whether a place holds a name of the query, or a term if the query has no names."""
    said = evidence.quote(place)
    if query.names:
        return tokens.holds_name(said, query.names)
    return bool(terms_held(said, query, evidence))


def near_enough(evidence: Evidence) -> list[ReadSlice]:
    """Returns the likeliest slices with enough of the question's words for near misses."""
    return [read_slice for read_slice in evidence.read if read_slice.signals.overlap >= NEAR_ENOUGH]


def shown(evidence: Evidence) -> list[Statement]:
    """Returns the statements to print: the first few whose articles are available."""
    at_hand = (statement for statement in distinct(evidence.statements) if statement.source in evidence.articles)
    return list(islice(at_hand, evidence.shown))


def only_article(evidence: Evidence) -> str | None:
    """Returns the only source of all statements; None if there are several."""
    sources = {statement.source for statement in distinct(evidence.statements)}
    return sources.pop() if len(sources) == 1 else None


def telling_place(one: Statement, query: Query, evidence: Evidence) -> Place:
    """Returns the part of a statement with most words of the query."""
    places = evidence.printable(one)
    held = [len(terms_held(evidence.quote(place), query, evidence)) for place in places]
    return places[held.index(max(held))]
