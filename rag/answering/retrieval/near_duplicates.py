"""Finds sentences and passages that say the same in nearly the same words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from rapidfuzz.distance import Indel, Levenshtein

from rag.core import Hit, Passage, Place, Span
from rag.library.queries import View
from rag.text.tokens import words

ALIKE = 0.6
"""Minimum share of common words of near-duplicate sentences."""

_TOKEN = re.compile(r"[$€£]?\d+(?:[.,]\d+)*%?|\w+(?:[.-]\w+)*(?:[’'](?![sS]\b)\w+)?")


@dataclass(frozen=True, slots=True)
class AlignedToken:
    """A word or a number of a sentence, folded, and its position."""

    folded: str
    span: Span


@dataclass(frozen=True, slots=True)
class WordChange:
    """The differing words of two sentences at the same position; one side may be empty."""

    one: tuple[AlignedToken, ...]
    other: tuple[AlignedToken, ...]


@lru_cache(maxsize=4096)
def aligned_tokens(text: str) -> tuple[AlignedToken, ...]:
    """Returns the words and numbers of a text, without possessive endings and case."""
    return tuple(
        AlignedToken(match.group().lower().replace("’", "'"), Span(*match.span()))
        for match in _TOKEN.finditer(text)
        if match.group().lower() != "s"
    )


def likeness(one: Sequence[AlignedToken], other: Sequence[AlignedToken]) -> float:
    """Returns the share of two sentences' tokens that both have in the same order; 0 if it is less than ALIKE."""
    return _share(_folded(one), _folded(other))


def _share(one: Sequence[str], other: Sequence[str]) -> float:
    if min(len(one), len(other)) < ALIKE / 2 * (len(one) + len(other)):
        return 0.0
    return float(Indel.normalized_similarity(one, other, score_cutoff=ALIKE))


def changes(one: Sequence[AlignedToken], other: Sequence[AlignedToken]) -> tuple[WordChange, ...]:
    """Finds the differing words of two sentences, in order; neighbouring changes are one."""
    edits = groupby(Levenshtein.opcodes(_folded(one), _folded(other)), key=lambda edit: edit.tag == "equal")
    runs = (list(run) for is_equal, run in edits if not is_equal)
    return tuple(
        WordChange(tuple(one[run[0].src_start : run[-1].src_end]), tuple(other[run[0].dest_start : run[-1].dest_end]))
        for run in runs
    )


def _folded(sentence: Sequence[AlignedToken]) -> list[str]:
    return [token.folded for token in sentence]


_SHINGLE = 4
_SAME = 0.7
"""Minimum share of the shorter passage's shingles in the other. Quotes shared by two reports stay below it."""


def collapse(hits: Iterable[Hit]) -> list[Hit]:
    """Removes hits with the same words as an earlier one; the earlier one lists them as its copies."""
    kept: list[tuple[Hit, frozenset[tuple[str, ...]]]] = []
    for hit in hits:
        own = _shingles(hit.passage.text)
        same = next((place for place, (_, others) in enumerate(kept) if _is_copy(own, others)), None)
        if same is None:
            kept.append((hit, own))
        elif hit.passage.source != kept[same][0].passage.source:
            kept[same] = (_with_copy(kept[same][0], hit.passage), kept[same][1])
    return [hit for hit, _ in kept]


def repeats(text: str, told: Iterable[str]) -> bool:
    """Returns whether a text says the same as one of those told, in nearly the same words."""
    own = _shingles(text)
    return any(_is_copy(own, _shingles(other)) for other in told)


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Returns every run of four words, lower case (Broder, 1997); the whole text if it has fewer."""
    folded = [word.lower() for word in words(text)]
    return frozenset(tuple(folded[start : start + _SHINGLE]) for start in range(max(1, len(folded) - _SHINGLE + 1)))


def _is_copy(own: frozenset[tuple[str, ...]], others: frozenset[tuple[str, ...]]) -> bool:
    """Returns whether most of the shingles of the shorter text are in the other."""
    return len(own & others) >= _SAME * min(len(own), len(others))


def _with_copy(hit: Hit, copy: Passage) -> Hit:
    if copy.source in {duplicate.source for duplicate in hit.copies}:
        return hit
    return replace(hit, copies=(*hit.copies, copy))


_SLICES = 16
"""How many of the likeliest slices are looked up in other articles."""

_RUN = 4
"""Consecutive words by which passages of other articles are found."""

_RUNS = 5
_PASSAGES = 10
_SHORTEST = 6
"""Minimum words of a sentence that can be recognised as repeated."""


def counterparts(
    compared: Sequence[Place],
    hits: Sequence[Hit],
    sentences: Mapping[str, Sequence[Span]],
    view: View,
    among: Collection[str] | None,
) -> tuple[Place, ...]:
    """Finds sentences of other articles that are near-duplicates of the slices compared, most alike first."""
    telling = {
        Place(place.source, span)
        for place in compared[:_SLICES]
        for span in sentences[place.source]
        if span.overlaps(place.span)
    }
    texts = {place: view.article(place.source).cut(place.span) for place in telling}
    passages = {passage for hit in hits for passage in (hit.passage, *hit.copies)}
    passages |= {passage for text in set(texts.values()) for passage in _passages(text, view, among)}
    told = dict(_sentences(passages, view))
    own = [(place.source, _folded(aligned_tokens(text))) for place, text in texts.items()]
    own = [(source, folded) for source, folded in own if len(folded) >= _SHORTEST]
    alike = {place: _alike(place.source, _folded(sentence), own) for place, sentence in told.items()}
    found = [place for place, share in alike.items() if share]
    return tuple(sorted(found, key=lambda place: (-alike[place], place.source, place.span.start)))


def _passages(text: str, view: View, among: Collection[str] | None) -> list[Passage]:
    """Finds the passages with most of a text's longest runs of words."""
    told = [token.folded for token in aligned_tokens(text)]
    runs = [" ".join(told[start : start + _RUN]) for start in range(0, len(told) - _RUN + 1, _RUN)]
    found = view.full_text([[run] for run in sorted(runs, key=len)[-_RUNS:]], _PASSAGES, among=among)
    return list(view.passages([passage for passage, _ in found]).values())


def _sentences(passages: Collection[Passage], view: View) -> Iterator[tuple[Place, tuple[AlignedToken, ...]]]:
    """Yields the printable sentences of the passages, and their words."""
    articles = view.articles({passage.source for passage in passages})
    for passage in passages:
        article = articles[passage.source]
        for span in passage.sentences:
            if article.is_quotable(span):
                yield Place(passage.source, span), aligned_tokens(article.cut(span))


def _alike(source: str, sentence: Sequence[str], own: Sequence[tuple[str, Sequence[str]]]) -> float:
    """Returns the greatest likeness of a sentence to the slices of other articles."""
    return max((_share(sentence, told) for own_source, told in own if own_source != source), default=0.0)
