"""Keeps an answer whole where sentences fell: the article's own words, the other side of a dispute."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from rag.answering.checking.gate import Pieces, cited_by, places_of
from rag.answering.checking.source_words import touching
from rag.answering.claims.credits import called, capital, enumerated
from rag.answering.claims.quoting import framed, slice_claim, statement_claim, told_in
from rag.core import Claim, Evidence, Place, Query, Statement
from rag.text import tokens


def objection_to_copies(claim: Claim, evidence: Evidence) -> str | None:
    """Why one of the further places may not be cited with the claim, as a sentence; None if all may."""
    words = {tuple(evidence.quote(place).split()) for place in claim.places}
    for place in claim.also:
        article = evidence.articles.get(place.source)
        if article is None or place.span.end > len(article.text) or not article.is_quotable(place.span):
            return "It cites a copy that is not in the evidence."
        if tuple(evidence.quote(place).split()) not in words:
            return "It cites a copy that has other words."
        if _speakers(place, evidence) - {claim.speaker}:
            return "It cites a copy that somebody else is speaking in."
    return None


def _speakers(place: Place, evidence: Evidence) -> set[str | None]:
    return {one.speaker for one in evidence.record if one.tells(place)}


LEAST_SUPPORT = 0.15
"""Least support that words have which bear on a question of fact."""

_AS_GOOD = 0.5
"""Share of the best slice's support that words must have: else the articles answer otherwise."""


def own_words(claim: Claim, pieces: Pieces, evidence: Evidence) -> Claim | None:
    """The sentence among those that the claim cites which is most like it, credited to who speaks; None without any."""
    sought = {tokens.stem(word) for word in tokens.content_words(claim.text)}
    cited = [whole for place in places_of(cited_by(claim, pieces), pieces) for whole in _sentences(place, evidence)]
    quotable = [place for place in cited if evidence.articles[place.source].is_quotable(place.span)]
    if not quotable:
        return None
    return slice_claim(max(quotable, key=lambda place: _shared(sought, place, evidence)), evidence)


def _shared(sought: set[str], place: Place, evidence: Evidence) -> int:
    return len(sought & {tokens.stem(word) for word in tokens.words(evidence.quote(place))})


def _sentences(place: Place, evidence: Evidence) -> Iterator[Place]:
    """The whole sentences that the place touches; the place itself where none are known."""
    touched = [span for span in evidence.sentences.get(place.source, ()) if span.overlaps(place.span)]
    yield from (Place(place.source, span) for span in touched or [place.span])


def bears_on(claim: Claim, query: Query, evidence: Evidence) -> bool:
    """Whether what a claim cites answers: by the record of what was said, by its support for anything else."""
    if query.intent == "statement" and evidence.statements:
        asked = {one.id for one in evidence.statements}
        return any(one.id in asked for place in claim.places if (one := told_in(place, evidence)))
    if query.intent != "fact":
        return True
    best = evidence.answered if evidence.read else 0.0
    return support_of(claim.places, evidence) >= max(LEAST_SUPPORT, _AS_GOOD * best)


def support_of(places: Iterable[Place], evidence: Evidence) -> float:
    """How likely a question of fact is answered, by what the reader read around the likeliest of the places."""
    return max(
        (
            evidence.answered * read.likelihood / evidence.read[0].likelihood
            for place in places
            for read in evidence.read
            if read.place.source == place.source and read.place.span.overlaps(place.span)
        ),
        default=0.0,
    )


_IS_VERDICT = re.compile(r"\W*(?:yes|no)\b", re.IGNORECASE)
_MOST = 3
"""Statements of those who would not be heard that are printed."""


def other_side(
    fell: Sequence[Claim], shown: Sequence[Place], pieces: Pieces, query: Query, evidence: Evidence
) -> Iterator[Claim]:
    """Says that the answer lost a side or its yes or no, and prints the words of all whom the lost sentences cite.

    `fell` are the sentences that were withheld and gave way to nothing, `shown` is what the others rest on.
    """
    if query.asks != "yes_no" and query.intent != "compare":
        return
    lost = _said_in([place for claim in fell for place in places_of(cited_by(claim, pieces), pieces)], evidence)
    heard = {one.speaker for one in touching(shown, evidence)}
    unheard = [one for one in lost if one.speaker not in heard]
    if not unheard:
        if query.asks == "yes_no" and any(_IS_VERDICT.match(claim.text) for claim in fell):
            yield from framed(without_verdict, query, evidence)
        return
    speakers = tuple(dict.fromkeys(str(one.speaker) for one in unheard))
    yield from framed(partial(one_sided, speakers=speakers), query, evidence)
    beside = [one for one in _said_in(shown, evidence) if one.speaker not in speakers]
    yield from (statement_claim(one, evidence) for one in (*unheard[:_MOST], *beside[:1]))


def without_verdict(query: Query, evidence: Evidence) -> str | None:  # noqa: ARG001 - a rule of frames
    """That the yes or no of a model could not be confirmed."""
    return "The yes or no that was written to this question could not be confirmed."


def one_sided(query: Query, evidence: Evidence, speakers: Sequence[str]) -> str | None:  # noqa: ARG001 - a rule of frames
    """That what a model told of these speakers could not be confirmed, and that their words follow."""
    names = capital(enumerated(list(map(called, speakers))))
    return f"{names}: what was written of them on this could not be confirmed; here are the articles' own words."


def _said_in(places: Sequence[Place], evidence: Evidence) -> list[Statement]:
    """The statements by people known by name that the places tell."""
    return [one for one in touching(places, evidence) if one.speaker and any(one.tells(place) for place in places)]
