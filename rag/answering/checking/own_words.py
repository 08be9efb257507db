"""The article's own words where a model's sentence may not be shown: the sentence that it cites, as it stands there.

Nothing of the model's sentence is shown by this way: it only chooses among the sentences that it cites.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rag.answering import words
from rag.answering.checking.gate import Pieces, cited_by, places_of
from rag.answering.claims import slice_claim
from rag.answering.spoken import told_in
from rag.types import Claim, Evidence, Place, Query

LEAST_SUPPORT = 0.15
"""Least support that words have which bear on a question of fact."""

_AS_GOOD = 0.5
"""Share of the best slice's support that words must have: else the articles answer otherwise."""


def own_words(claim: Claim, pieces: Pieces, evidence: Evidence) -> Claim | None:
    """The sentence among those that the claim cites which is most like it, credited to who speaks; None without any."""
    sought = {words.stem(word) for word in words.content_words(claim.text)}
    cited = [whole for place in places_of(cited_by(claim, pieces), pieces) for whole in _sentences(place, evidence)]
    quotable = [place for place in cited if evidence.articles[place.source].is_quotable(place.span)]
    if not quotable:
        return None
    return slice_claim(max(quotable, key=lambda place: _shared(sought, place, evidence)), evidence)


def _shared(sought: set[str], place: Place, evidence: Evidence) -> int:
    return len(sought & {words.stem(word) for word in words.words(evidence.quote(place))})


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
