"""Writes answers offline, in the articles' own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.answering.claims import templates
from rag.answering.claims.credits import is_attributed
from rag.answering.claims.quoting import (
    attribution_claim,
    neighbours,
    only_article,
    passage_claims,
    printable_sentences,
    shown,
    slice_claim,
    statement_claim,
)
from rag.answering.claims.templates import framed
from rag.answering.reading.answer_spans import key_spans, terms_held
from rag.answering.reading.candidates import begins_with_reference, is_item
from rag.answering.reading.signals import belonging
from rag.answering.retrieval.contradictions import contrasting
from rag.answering.retrieval.near_duplicates import repeats
from rag.answering.understanding.normalise import parts_of
from rag.answering.writing import layouts
from rag.answering.writing.declining import CLEAR, is_sure, may_be_shown
from rag.core import Article, Claim, Draft, Evidence, Place, Query, Span
from rag.core.protocols import Library

_AS_TIMELY = 0.5
"""Minimum share of its nearness to the time asked for: last year's prize is no second answer to this week's."""

_BEFORE = 2
"""Maximum sentences added before a paragraph that refers back to them."""

_LONGEST = 900
"""Maximum characters of a paragraph that was widened to hold a whole quote."""

_LONGEST_LIST = 2_000
"""Maximum characters of a list that is shown whole."""

_MOST_FURTHER = 5
"""Maximum sentences chosen beside statements on record, before they are widened to whole quotes and lists."""

_SHORT_TOPIC = 3
"""Terms of a topic that every statement beside those on record must hold half of."""

_SHARE_OF_THEIRS = 0.1
"""Minimum likelihood of words by those asked about, as a share of the likeliest slice's, for others to be left out."""

_OF_THE_TELLING = {"where", "when"}
"""Answer types that the words around a statement give."""

_BELONGS, _BELONGS_ELSEWHERE = 0.03, 0.1
"""Minimum likelihoods that a sentence of the best article, and one of another, belongs to the answer."""

_MOST_SENTENCES, _UNSURE_SENTENCES, _SHORT_SENTENCES = 10, 5, 4
"""Maximum sentences chosen, of an unsure and of a short answer; a paragraph may hold more, to be understood."""

_SHORT_ANSWERS = frozenset({"who", "when", "where", "how_many", "how_long", "identity"})
"""Answer types that one sentence can give."""


class OfflineWriter:
    """Prints what is on record, counts it, or shows the sentences that answer best; declines below `support`."""

    name = "offline"
    host = None

    def __init__(self, support: float, sure: float) -> None:
        """Minimum likelihoods: `support` for showing the nearest passage, `sure` for giving it as the answer."""
        self._support = support
        self._sure = sure

    def write(self, query: Query, evidence: Evidence, library: Library | None = None) -> Draft:  # noqa: ARG002 - the evidence is enough
        """Writes what the question asks for: statements, counts, a comparison, or the sentences that answer it."""
        planned = layouts.planned(query, evidence)
        if planned:
            return Draft([*planned, *(() if evidence.tally else _asides(query, evidence))], self.name)
        answer = self._answer(query, evidence) if planned is None else None
        return answer or replace(draft(query, evidence, [], self.name), confidence=evidence.answered)

    def _answer(self, query: Query, evidence: Evidence) -> Draft | None:
        """Writes the statements on record, or the sentences that may answer; returns None if there are neither."""
        is_named = query.is_of_the_record and bool(set(evidence.statements) - set(evidence.topical))
        is_likely = may_be_shown(query, evidence, self._support)
        if evidence.statements and (is_named or not is_likely):
            told = printable_claims(query, evidence)
            return draft(query, evidence, [*told, *_further(query, evidence, told)], self.name)
        return self._read(query, evidence) if is_likely else None

    def _read(self, query: Query, evidence: Evidence) -> Draft:
        """Writes the sentences that answer; where none is sure, says that they are nearest."""
        is_given = is_sure(query, evidence, self._sure)
        denied = list(
            framed(
                templates.told_otherwise(query, evidence)
                or templates.not_said_so(query, evidence)
                or (None if is_given else templates.not_granted(query, evidence))
            )
        )
        is_closest = bool(denied) or not is_given
        opening = denied or (list(framed(templates.nearest_passages(evidence))) if is_closest else [])
        shown = answering(query, _by_those_asked(query, evidence, is_given=not is_closest), opening)
        asides = _asides(query, evidence) if query.speaker else []
        return Draft([*shown, *asides], self.name, confidence=evidence.answered, is_closest=is_closest)


def _by_those_asked(query: Query, evidence: Evidence, *, is_given: bool) -> Evidence:
    """Leaves out what others say if words of those asked about are likely enough.

    An answer that is given keeps the article's narration, but no words whose speaker is not known.
    """
    asked = {*evidence.voices, *query.others}
    theirs = max((read.likelihood for read in evidence.read if read.speaker in asked), default=0.0)
    if theirs < _SHARE_OF_THEIRS * evidence.read[0].likelihood or not theirs:
        return evidence
    unnamed = [read for read in evidence.read if read.speaker is None]
    if is_given:
        unnamed = [read for read in unnamed if not any(one.tells(read.place) for one in evidence.record)]
    kept = {read.place for read in unnamed}
    return replace(evidence, read=tuple(one for one in evidence.read if one.speaker in asked or one.place in kept))


def _further(query: Query, evidence: Evidence, told: Iterable[Claim]) -> list[Claim]:
    """Writes what else those asked about say that belongs to the answer, though it lacks words of the topic."""
    shown = [place for claim in told for place in claim.places]
    theirs = replace(evidence, read=tuple(read for read in evidence.read if read.speaker in query.voices))
    further: list[Claim] = []
    for places in paragraphs(query, theirs, _MOST_FURTHER):
        for run in neighbours([place for place in places if not _are_told([place], shown)], evidence):
            is_new = not repeats(" ".join(map(evidence.quote, run)), [evidence.quote(place) for place in shown])
            if is_new and any(_holds_half_the_topic(place, query, evidence) for place in run):
                claims = [claim for claim in passage_claims(run, evidence) if claim.speaker in {None, *query.voices}]
                further += claims
                shown += [place for claim in claims for place in claim.places]
    return further


def _holds_half_the_topic(place: Place, query: Query, evidence: Evidence) -> bool:
    """Returns whether a place holds half of a short topic; of a longer one the reader is the better judge."""
    topic = {term: evidence.weights.get(term, 1.0) for term in query.names or query.terms}
    held = terms_held(evidence.quote(place), query, evidence)
    is_short = bool(query.topic) and len(query.terms) <= _SHORT_TOPIC
    return not is_short or 2 * sum(topic[term] for term in topic if term in held) >= sum(topic.values())


def answering(query: Query, evidence: Evidence, opening: list[Claim]) -> list[Claim]:
    """Writes the sentences that answer as paragraphs, the likeliest first, under a heading."""
    apart = _side_by_side(query, evidence)
    told = [place for claim in apart for place in claim.places]
    is_short = query.asks in _SHORT_ANSWERS and not parts_of(query.standalone)
    most = _SHORT_SENTENCES if is_short else _UNSURE_SENTENCES if opening else _MOST_SENTENCES
    chosen = [places for places in paragraphs(query, evidence, most) if not _are_told(places, told)]
    before = [None, *(places[0].source for places in chosen)]
    shown = (
        claim
        for source, places in zip(before, chosen, strict=False)
        for claim in passage_claims(places, evidence, short=places[0].source == source)
    )
    return [*opening, *apart, *_together(shown, evidence)]


def _together(claims: Iterable[Claim], evidence: Evidence) -> list[Claim]:
    """Merges claims with the same sentence in several articles."""
    merged: dict[tuple[str | None, str], Claim] = {}
    for claim in claims:
        told = claim.speaker, " ".join(" ".join(map(evidence.quote, claim.places)).split())
        first = merged.setdefault(told, claim)
        sources = {place.source for place in (*first.places, *first.also)}
        further = [place for place in claim.places if len(claim.places) == 1 and place.source not in sources]
        merged[told] = replace(first, also=(*first.also, *further))
    return list(merged.values())


def _side_by_side(query: Query, evidence: Evidence) -> list[Claim]:
    """Writes what two articles say differently, each with its day, under a heading; nothing if they agree."""
    places = contrasting(query, evidence)
    if places is None:
        return []
    sides = [slice_claim(place, evidence, dated=True) for place in places]
    return [*framed(templates.articles_differ(query, evidence, places)), *sides]


def _are_told(places: Sequence[Place], told: Sequence[Place]) -> bool:
    """Returns whether all of a paragraph is shown already."""
    return all(any(_overlap(place, told_place) for told_place in told) for place in places)


def _overlap(one: Place, other: Place) -> bool:
    return one.source == other.source and one.span.overlaps(other.span)


def paragraphs(query: Query, evidence: Evidence, most: int) -> list[list[Place]]:
    """Chooses at most so many sentences that belong to the answer; those that stand together are a paragraph.

    The likeliest paragraph comes first, behind it the others of its article, then other articles.
    """
    likely = _likely(query, evidence)
    if not likely:
        return []
    best = next(iter(likely))
    elsewhere = _BELONGS_ELSEWHERE if evidence.answered >= CLEAR else 1.0
    least = {place: _BELONGS if place.source == best.source else elsewhere for place in likely}
    chosen = [place for place in likely if place == best or likely[place] >= least[place]][:most]
    order = {
        source: printable_sentences(source, evidence.sentences.get(source, ()), evidence)
        for source in dict.fromkeys(place.source for place in chosen)
    }
    groups = [group for source, places in order.items() for group in _groups(source, chosen, places)]
    return _joined([_whole(group, evidence) for group in groups])


def _likely(query: Query, evidence: Evidence) -> dict[Place, float]:
    """Returns the likelihood that each printable sentence belongs to the answer, best first; a gloss comes first."""
    timely = _AS_TIMELY * max((read_slice.signals.timely for read_slice in evidence.read[:1]), default=0.0)
    read = [read_slice for read_slice in evidence.read if read_slice.signals.timely >= timely]
    likely = {
        place: share + (query.asks == "identity" and bool(key_spans(evidence.quote(place), query)))
        for place, share in belonging(read, evidence.sentences).items()
        if printable_sentences(place.source, [place.span], evidence)
    }
    return dict(sorted(likely.items(), key=lambda item: -item[1]))


def _groups(source: str, chosen: Sequence[Place], order: Sequence[Place]) -> list[list[Place]]:
    """Groups an article's chosen sentences by adjacency, that with the likeliest first, the others in their order."""
    groups: list[list[Place]] = []
    for at, place in enumerate(order):
        if place not in chosen:
            continue
        if groups and order[at - 1] == groups[-1][-1]:
            groups[-1].append(place)
        else:
            groups.append([place])
    best = next(place for place in chosen if place.source == source)
    return sorted(groups, key=lambda group: best not in group)


def _whole(window: list[Place], evidence: Evidence) -> list[Place]:
    """Extends the window to the sentence it refers back to, and to the whole of a quote that it cuts."""
    source = window[0].source
    article, every = evidence.articles[source], list(evidence.sentences.get(source, ()))
    span = Span(window[0].span.start, window[-1].span.end)
    for statement in evidence.record:
        if statement.source == source and statement.kind != "reported" and statement.span.overlaps(span):
            both = Span(min(span.start, statement.span.start), max(span.end, statement.span.end))
            span = both if both.end - both.start <= _LONGEST else span
    inside = [at for at, sentence in enumerate(every) if sentence.overlaps(span)]
    listed = _whole_list(inside[0], inside[-1], every, article)
    if listed != (inside[0], inside[-1]):
        return printable_sentences(source, every[listed[0] : listed[1] + 1], evidence)
    shown = printable_sentences(source, every[inside[0] : inside[-1] + 1], evidence) or window
    for first in range(inside[0], max(-1, inside[0] - _BEFORE - 1), -1):
        wider = printable_sentences(source, every[first : inside[-1] + 1], evidence)
        if wider and _opens_in_a_quote(wider[0], evidence):
            continue
        if wider and not begins_with_reference(article.cut(wider[0].span)) and is_attributed(wider, evidence):
            return wider
    return shown


def _opens_in_a_quote(place: Place, evidence: Evidence) -> bool:
    """Returns whether a place begins in the middle of somebody's words."""
    start = place.span.start
    quotes = (one for one in evidence.record if one.source == place.source and one.kind != "reported")
    return any(one.content[0].start < start < one.content[-1].end for one in quotes)


def _whole_list(first: int, last: int, every: Sequence[Span], article: Article) -> tuple[int, int]:
    """Widens a run of sentences to the whole of a list that it cuts, or that stands right behind it."""
    items = [is_item(article.cut(span)) for span in every]
    leads_in = [article.cut(span).endswith(":") for span in every]

    def announces(at: int) -> bool:
        return at + 2 < len(every) and leads_in[at] and items[at + 1] and items[at + 2]

    start, end = first, last + 1 if announces(last + 1) else last
    if not (items[end] or announces(end)):
        return first, last
    while end + 1 < len(every) and items[end + 1]:
        end += 1
    while start and items[start] and (items[start - 1] or leads_in[start - 1]):
        start -= 1
    return (start, end) if every[end].end - every[start].start <= _LONGEST_LIST else (first, last)


def _joined(chosen: list[list[Place]]) -> list[list[Place]]:
    """Joins paragraphs that share a sentence, in the order of the article, at the place of the likelier one."""
    joined: list[list[Place]] = []
    for places in chosen:
        shared = next((paragraph for paragraph in joined if any(place in paragraph for place in places)), None)
        if shared is None:
            joined.append(list(places))
        else:
            shared[:] = sorted({*shared, *places}, key=lambda place: place.span)
    return joined


def printable_claims(query: Query, evidence: Evidence) -> list[Claim]:
    """Returns all claims that could answer: the statements on record, or the slices of the evidence, best first."""
    claims = []
    named = only_article(evidence)
    put = attribution_claim if query.asks in _OF_THE_TELLING else statement_claim
    for statement in shown(evidence):
        claims.append(put(statement, evidence, short=statement.source == named))
        named = statement.source
    return claims


def draft(query: Query, evidence: Evidence, chosen: list[Claim], writer: str) -> Draft:
    """Makes a draft of the claims with frames that count and delimit them; one that declines if there are none."""
    if not chosen:
        return Draft([_declined(query, evidence), *_asides(query, evidence)], writer)
    before = list(framed(templates.speaker_on_record(query, evidence)))
    namesakes = list(framed(templates.namesakes(query)))
    leads_in = bool(before) and before[-1].text.endswith(":")  # nothing comes between such a line and the words
    before, behind = (before, namesakes) if leads_in else ([*before, *namesakes], [])
    printed = frozenset(place.statement for claim in chosen for place in claim.places if place.statement)
    delimiting = [*framed(templates.unmarked(evidence, printed)), *framed(templates.more(query, evidence))]
    after = [*behind, *_asides(query, evidence), *delimiting]
    others = tuple(evidence.printable(statement)[0] for statement in templates.other_speakers(query, evidence))
    return Draft([*before, *chosen, *after, *framed(templates.also_spoke(query, evidence), others)], writer)


def _asides(query: Query, evidence: Evidence) -> list[Claim]:
    """Writes what is near the answer but must not be mistaken for it: not said, perhaps another's, or an aide's."""
    claims = []
    for heading, statements in (
        (framed(templates.unsaid(query, evidence)), evidence.unsaid),
        (framed(templates.unclear(evidence)), evidence.unclear),
    ):
        at_hand = [statement for statement in statements if statement.source in evidence.articles]
        if at_hand:
            claims += [*heading, *(statement_claim(statement, evidence) for statement in at_hand)]
    said = tuple(
        evidence.printable(statement)[0] for statement in evidence.aides if statement.source in evidence.articles
    )
    return [*claims, *framed(templates.aides(query, evidence), said)]


def _declined(query: Query, evidence: Evidence) -> Claim:
    decline = templates.decline(query, evidence)
    return Claim(decline.text, frame=decline)
