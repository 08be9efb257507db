"""Finds sentences and passages that say the same in nearly the same words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from heapq import nsmallest
from itertools import groupby
from math import log

import numpy as np
from rapidfuzz.distance import Indel, Levenshtein
from rapidfuzz.process import cdist

from rag.core import Hit, Passage, Place, Span
from rag.library.queries import View
from rag.text.tokens import words

ALIKE = 0.6
"""Minimum share of common words of near-duplicate sentences."""

_ENDING = "s"
"""What `_TOKEN` leaves of a possessive ending."""

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
    found = ((_fold(match.group()), Span(*match.span())) for match in _TOKEN.finditer(text))
    return tuple(AlignedToken(folded, span) for folded, span in found if folded != _ENDING)


@lru_cache(maxsize=4096)
def _folded_tokens(text: str) -> tuple[str, ...]:
    """Returns the same words and numbers, without their positions."""
    return tuple(folded for folded in map(_fold, _TOKEN.findall(text)) if folded != _ENDING)


def _fold(token: str) -> str:
    return token.lower().replace("’", "'")


def likeness(one: Sequence[AlignedToken], other: Sequence[AlignedToken]) -> float:
    """Returns the share of two sentences' tokens that both have in the same order; 0 if it is less than ALIKE."""
    if min(len(one), len(other)) < ALIKE / 2 * (len(one) + len(other)):
        return 0.0
    return float(Indel.normalized_similarity(_folded(one), _folded(other), score_cutoff=ALIKE))


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
    shifted = [folded[start:] for start in range(_SHINGLE)]
    return frozenset(zip(*shifted, strict=False)) or frozenset([tuple(folded)])


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
_TELLING = 100
"""Passages of one run that are looked at: what more of them contain distinguishes none."""

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
    passages |= set(_passages(set(texts.values()), view, among))
    own = [(place.source, _folded_tokens(text)) for place, text in texts.items()]
    own = [(source, folded) for source, folded in own if len(folded) >= _SHORTEST]
    told = list({Place(passage.source, span) for passage in passages for span in passage.sentences})
    articles = view.articles({place.source for place in told})
    shares = _shares([(place.source, _folded_tokens(articles[place.source].cut(place.span))) for place in told], own)
    alike = {place: share for place, share in zip(told, shares, strict=True) if share}
    found = [place for place in alike if articles[place.source].is_quotable(place.span)]
    return tuple(sorted(found, key=lambda place: (-alike[place], place.source, place.span.start)))


def _passages(texts: Collection[str], view: View, among: Collection[str] | None) -> Collection[Passage]:
    """Finds, for each text, the passages with most of its longest runs of words; rare runs weigh more."""
    runs_of = {text: _runs(text) for text in texts}
    holding = {run: view.passages_holding(run, _TELLING) for runs in runs_of.values() for run in runs}
    allowed = None if among is None else view.sources_of_passages(among)
    wanted: set[int] = set()
    for runs in runs_of.values():
        scores: dict[int, float] = defaultdict(float)
        for run in runs:
            for passage in holding[run]:
                scores[passage] += log(1 + _TELLING / len(holding[run]))
        found = (passage for passage in scores if allowed is None or passage in allowed)
        wanted.update(nsmallest(_PASSAGES, found, key=lambda passage: (-scores[passage], passage)))
    return view.passages(sorted(wanted)).values()


def _runs(text: str) -> list[str]:
    """Returns a text's longest runs of words, in lower case."""
    told = _folded_tokens(text)
    runs = [" ".join(told[start : start + _RUN]) for start in range(0, len(told) - _RUN + 1, _RUN)]
    return sorted(runs, key=len)[-_RUNS:]


_Told = Sequence[tuple[str, Sequence[str]]]
"""Sources, each with the folded tokens of a sentence or slice of it."""


def _shares(sentences: _Told, own: _Told) -> list[float]:
    """Returns, for each sentence, its greatest likeness to the slices of other articles."""
    if not (sentences and own):
        return [0.0] * len(sentences)
    sources, texts = zip(*sentences, strict=True)
    own_sources, own_texts = zip(*own, strict=True)
    shares = cdist(texts, own_texts, scorer=Indel.normalized_similarity, score_cutoff=ALIKE, dtype=np.float64)
    shares[np.array(sources)[:, None] == np.array(own_sources)] = 0.0
    best: list[float] = shares.max(axis=1).tolist()
    return best
