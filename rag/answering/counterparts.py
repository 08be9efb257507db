"""Finds sentences of other articles in nearly the words of the slices that answer: agreeing ones, and others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from rag.answering.alignment import Token, likeness, tokens
from rag.library.view import View
from rag.types import Hit, Passage, Place, ReadSlice, Span

_SLICES = 8
"""How many of the likeliest slices are looked up in other articles."""

_RUN = 4
"""Words in a row by which passages of other articles are found."""

_RUNS = 5
_PASSAGES = 10
_SHORTEST = 6
"""Words of a sentence that says enough to be told again."""


def counterparts(
    read: Sequence[ReadSlice],
    hits: Sequence[Hit],
    sentences: Mapping[str, Sequence[Span]],
    view: View,
    among: Collection[str] | None,
) -> tuple[Place, ...]:
    """Sentences of other articles that are near-duplicates of the likeliest slices, most alike first."""
    likeliest = [one.place for one in read[:_SLICES]]
    telling = {
        Place(one.source, span) for one in likeliest for span in sentences[one.source] if span.overlaps(one.span)
    }
    texts = {place: view.article(place.source).cut(place.span) for place in telling}
    passages = {passage for hit in hits for passage in (hit.passage, *hit.copies)}
    passages |= {passage for text in texts.values() for passage in _passages(text, view, among)}
    told = dict(_sentences(passages, view))
    own = [(place.source, tokens(text)) for place, text in texts.items()]
    alike = {place: _alike(place.source, sentence, own) for place, sentence in told.items()}
    found = [place for place, share in alike.items() if share]
    return tuple(sorted(found, key=lambda place: (-alike[place], place.source, place.span.start)))


def _passages(text: str, view: View, among: Collection[str] | None) -> list[Passage]:
    """The passages that hold most of a text's runs of words, the longest of them."""
    told = [token.folded for token in tokens(text)]
    runs = [" ".join(told[start : start + _RUN]) for start in range(0, len(told) - _RUN + 1, _RUN)]
    found = view.full_text([[run] for run in sorted(runs, key=len)[-_RUNS:]], _PASSAGES, among=among)
    return list(view.passages([passage for passage, _ in found]).values())


def _sentences(passages: Collection[Passage], view: View) -> Iterator[tuple[Place, tuple[Token, ...]]]:
    """The sentences of the passages that can be shown, and their words."""
    articles = view.articles({passage.source for passage in passages})
    for passage in passages:
        article = articles[passage.source]
        for span in passage.sentences:
            if article.is_quotable(span):
                yield Place(passage.source, span), tokens(article.cut(span))


def _alike(source: str, sentence: Sequence[Token], own: Sequence[tuple[str, Sequence[Token]]]) -> float:
    """How like a sentence is to that of the slices of other articles which it is most like."""
    return max(
        (likeness(sentence, told) for other, told in own if other != source and len(told) >= _SHORTEST), default=0.0
    )
