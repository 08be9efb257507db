"""Checks the quotations of a draft against the library: verbatim, altered, wrong speaker, too short, not found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from rag.library.store import Store
from rag.types import Article, Place, Span, Statement
from rag.verification.comparing import (
    Wording,
    common_words,
    difference,
    fold,
    narrowed,
    notes,
    wording,
)
from rag.verification.drafts import Quoted, quoted
from rag.verification.nouns import Checked, DraftVerdict, Found, Piece
from rag.verification.reference import Reference

TOO_SHORT: Final = 2
"""Words. So few stand in many places, and prove nothing."""

ALTERED: Final = 0.6
"""Least share of a quotation's words that must stand in an article in the same order for it to be that, altered."""

SURE: Final = 0.6
"""Least confidence in how the draft's credit was read with which the draft is told that its speaker is wrong."""

_LEAST_RUN = 3
"""Words in a row that must be the same; two in a quotation of few."""
_FEW = 6
_NEAREST = 50
"""Least likeness, of 100, of the letters of a part and those beside it."""
_PASSAGES = 10
_STATEMENTS = 100
_MARGIN = 400
"""Characters around a passage in which a quotation may start or end."""
_PLACES = 20


def verify_draft(text: str, store: Store) -> tuple[Checked, ...]:
    """Every quotation of a draft, in order, with how it stands against the articles of the library."""
    found = quoted(text)
    with store.reading() as view:
        reference = Reference(view)
        return tuple(_checked(one, reference) for one in found)


@dataclass(frozen=True, slots=True)
class _Near:
    """The slice of an article that is nearest to a quotation. Ordered by how near it is."""

    share: float
    run: int
    article: Article
    span: Span
    pieces: tuple[Piece, ...]


def _checked(one: Quoted, reference: Reference) -> Checked:
    sought = wording(one.text)
    if len(sought.words) <= TOO_SHORT:
        return _short(one, sought, reference)
    places = list(islice(reference.verbatim(sought), _PLACES))
    if places:
        return _verbatim(one, sought, places, reference)
    near = _nearest(sought, _name(one, reference), reference)
    if near is None:
        return _result(one, "not_found")
    said = _credited(one, near.article, near.span, reference)
    remark: tuple[str, ...] = ()
    if said and said.speaker and (name := _name(one, reference)) and not reference.is_same(name, said):
        remark = (f"The record credits {said.speaker} with the nearest words.",)
    found = reference.found(near.article, near.span, said)
    return _result(one, "altered", found, difference=near.pieces, remarks=remark)


def _short(one: Quoted, sought: Wording, reference: Reference) -> Checked:
    """One or two words prove nothing, unless the credited speaker's own statement holds them."""
    name = _name(one, reference)
    for article, span, said in reference.by_speaker(name, sought) if name and sought.words else ():
        return _result(one, "verbatim", reference.found(article, span, said))
    for article, span in reference.verbatim(sought) if sought.words else ():
        found = reference.found(article, span, _credited(one, article, span, reference))
        return _result(one, "too_short", found, remarks=("So few words stand in many places.",))
    return _result(one, "too_short", remarks=("The words stand nowhere in the articles.",))


def _verbatim(one: Quoted, sought: Wording, places: Sequence[tuple[Article, Span]], reference: Reference) -> Checked:
    """The words are there; whose they are decides. A place where the record agrees with the draft comes first."""
    name = _name(one, reference)
    told = [(article, span, _credited(one, article, span, reference)) for article, span in places]
    agreeing = [place for place in told if place[2] and name and reference.is_same(name, place[2])]
    named = [place for place in told if place[2] and place[2].speaker]
    article, span, said = (agreeing or named or told)[0]
    found = reference.found(article, span, said)
    others = tuple(reference.found(*place) for place in told if place[:2] != (article, span))
    remarks = tuple(notes(one.text, article.cut(span), declared=sought.declared))
    if agreeing:
        if said and said.speaker and name and reference.speaks_for(said, name):
            remarks += (f"The draft credits {name}, the record {said.speaker}.",)
        return _result(one, "verbatim", found, remarks=remarks, elsewhere=others)
    if not named:
        remarks += ("The record names no speaker for these words.",)
    elif name is None:
        remarks += (_unread(one),)
    elif one.is_sure(SURE):
        return _result(one, "wrong_speaker", found, remarks=remarks, elsewhere=others)
    else:
        remarks += (f"The draft seems to credit {name}, the record {found.speaker}; look at both.",)
    return _result(one, "verbatim", found, remarks=remarks, elsewhere=others)


def _unread(one: Quoted) -> str:
    if one.credited_as_written:
        return f"Whom the draft means by “{one.credited_as_written}” could not be told."
    return "The draft names no speaker here that could be read."


def _name(one: Quoted, reference: Reference) -> str | None:
    """Whom the draft credits: by name, or by an office that one person on record holds."""
    if one.credited:
        return one.credited
    return reference.known.holder(one.credited_as_written) if one.credited_as_written else None


def _credited(one: Quoted, article: Article, span: Span, reference: Reference) -> Statement | None:
    """The statement of these words that is the draft's speaker's, or else the first."""
    name = _name(one, reference)
    holding = reference.credited(article.source, span)
    return next((said for said in holding if name and reference.is_same(name, said)), next(iter(holding), None))


def _nearest(sought: Wording, name: str | None, reference: Reference) -> _Near | None:
    """The place that has most of the words in their order, if that is enough of them.

    It is looked for where the rarest words stand, and in all that the credited speaker is on record with: a short
    quotation may have lost its one telling word.
    """
    windows = [Place(one.source, one.span) for one in reference.similar(sought)[:_PASSAGES]]
    windows += [Place(one.source, one.span) for one in reference.said_by(name)[:_STATEMENTS]] if name else []
    near = [found for window in windows if (found := _near(sought, window, reference))]
    best = max(near, key=lambda one: (one.share, one.run), default=None)
    if best is None or best.share < ALTERED or best.run < (_LEAST_RUN if len(sought.words) > _FEW else 2):
        return None
    return best


def _near(sought: Wording, window: Place, reference: Reference) -> _Near | None:
    """What stands in and around the window, part by part."""
    from rapidfuzz import fuzz

    article = reference.article(window.source)
    start = max(0, window.span.start - _MARGIN)
    around = fold(article.text[start : window.span.end + _MARGIN])
    spans: list[Span] = []
    pieces: list[Piece] = []
    common = run = 0
    for part in sought.parts:
        at = fuzz.partial_ratio_alignment(part.lower(), around.text.lower(), score_cutoff=_NEAREST)
        if at is None or at.dest_start >= at.dest_end:
            continue
        inner = around.span(*_whole_words(around.text, at.dest_start, at.dest_end))
        span = narrowed(part, article.text, Span(start + inner.start, start + inner.end))
        spans.append(span)
        pieces += [Piece("same", "[…]"), *difference(part, article.cut(span))]
        shared, longest = common_words(part, article.cut(span))
        common, run = common + shared, max(run, longest)
    if not spans or any(block.role == "furniture" and block.span.overlaps(spans[0]) for block in article.blocks):
        return None
    whole = Span(min(span.start for span in spans), max(span.end for span in spans))
    return _Near(common / len(sought.words), run, article, whole, tuple(pieces[1:]))


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end


def _result(
    one: Quoted,
    verdict: DraftVerdict,
    found: Found | None = None,
    *,
    difference: tuple[Piece, ...] = (),
    remarks: tuple[str, ...] = (),
    elsewhere: tuple[Found, ...] = (),
) -> Checked:
    return Checked(
        text=one.text,
        line=one.line,
        start=one.span.start,
        end=one.span.end,
        credited=one.credited,
        credited_as_written=one.credited_as_written,
        verdict=verdict,
        found=found,
        difference=difference,
        notes=remarks,
        elsewhere=elsewhere,
    )
