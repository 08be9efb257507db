"""What of the evidence a model is shown: numbered pieces within a cap of tokens. Knows no model and no prompt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answering import frames
from rag.answering.reading.candidates import points_back
from rag.answering.spoken import told_in
from rag.answering.voice import OMISSION
from rag.types import Evidence, Place, Query, Statement, Turn

_MOST = 60
_OVERHEAD = 14
"""Tokens of a piece beside its words: the mark, the number, the kind."""

_HEADING = 40
"""Tokens of the line that names an article."""

_BEST = 8
"""Slices that answer a question of fact best, shown before all else that was found."""

_OPENINGS = 2
"""Articles whose first sentence is shown, too, behind as many slices."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one article and who is speaking in them; None where the article itself does."""

    places: tuple[Place, ...]
    spoken: Statement | None

    @property
    def source(self) -> str:
        """The article that it stands in."""
        return self.places[0].source


def tokens(text: str) -> int:
    """At most how many tokens the text takes: one for every three bytes is more than English needs, or Chinese."""
    return -(-len(text.encode()) // 3)


def pieces(query: Query, evidence: Evidence, cap: int) -> list[Piece]:
    """The statements on record that answer, then the sentences that were found, as many as fit; article by article."""
    chosen: list[Piece] = []
    seen: set[str] = set()
    for piece in _ranked(query, evidence):
        cost = tokens(words_of(piece, evidence)) + _OVERHEAD + (0 if piece.source in seen else _HEADING)
        if cost > cap or len(chosen) == _MOST:
            break
        cap -= cost
        seen.add(piece.source)
        chosen.append(piece)
    order = {source: place for place, source in enumerate(dict.fromkeys(piece.source for piece in chosen))}
    return sorted(chosen, key=lambda piece: (order[piece.source], piece.places[0].span))


def words_of(piece: Piece, evidence: Evidence) -> str:
    """The words of a piece on one line, with what stands between its places left out."""
    adjoin = all(two.span.start - one.span.end <= 1 for one, two in zip(piece.places, piece.places[1:], strict=False))
    return " ".join((" " if adjoin else OMISSION).join(map(evidence.quote, piece.places)).split())


def _ranked(query: Query, evidence: Evidence) -> Iterator[Piece]:
    """Pieces, the likeliest first, none twice: what was said, the sentences that answer best, then all that were found.

    Behind the very best stand the openings of the first articles: a report's first sentence says what it is about.
    """
    shown = frames.shown(evidence) if query.intent == "statement" else []
    taken: list[Place] = []
    for one in shown:
        places = evidence.printable(one)
        taken += places
        yield Piece(places, one)
    for place in _sentences(query, evidence):
        if not any(_is_told_in(place, other) for other in taken):
            taken.append(place)
            yield Piece((*_led_by(place, evidence), place), told_in(place, evidence))


def _sentences(query: Query, evidence: Evidence) -> Iterator[Place]:
    """The sentences of the evidence that may be quoted, the likeliest first; some come twice."""
    best = [one.place for one in evidence.read[:_BEST]] if query.intent == "fact" else []
    found = [Place(hit.passage.source, span) for hit in evidence.hits for span in hit.passage.sentences]
    sources = list(dict.fromkeys(place.source for place in (*best, *found)))[:_OPENINGS] if best else []
    openings = [place for source in sources for place in _within(source, evidence)[:1]]
    for near in (*best[:_OPENINGS], *openings, *best[_OPENINGS:]):
        yield from (place for place in _within(near.source, evidence) if place.span.overlaps(near.span))
    yield from (place for place in found if evidence.articles[place.source].is_quotable(place.span))


@lru_cache(maxsize=64)
def _within(source: str, evidence: Evidence) -> tuple[Place, ...]:
    """The sentences of an article that may be quoted, in order."""
    article = evidence.articles[source]
    return tuple(Place(source, span) for span in evidence.sentences.get(source, ()) if article.is_quotable(span))


def _led_by(place: Place, evidence: Evidence) -> tuple[Place, ...]:
    """The sentence before one that begins with a word that points back."""
    if not points_back(evidence.quote(place)):
        return ()
    within = _within(place.source, evidence)
    place_before = bisect_right(within, place.span.start, key=lambda other: other.span.end)
    return within[max(0, place_before - 1) : place_before]


def _is_told_in(place: Place, other: Place) -> bool:
    """Whether a piece of the same article already holds most of the place."""
    return place.source == other.source and 2 * place.span.shared(other.span) > place.span.end - place.span.start


def latest(history: Sequence[Turn], cap: int) -> list[Turn]:
    """The last turns that fit into `cap` tokens, oldest out first; it begins with a question."""
    kept: list[Turn] = []
    for turn in reversed(history):
        cap -= tokens(turn.content) + 4
        if cap < 0:
            break
        kept.insert(0, turn)
    while kept and kept[0].role != "user":
        kept.pop(0)
    return kept
