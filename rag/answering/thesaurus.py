"""Words for the same thing: those that may stand for each other, and those that may mean it. Knows no sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache

from rag.answering.words import alternatives, lines, stem


@lru_cache(maxsize=10_000)
def kindred(word: str) -> tuple[str, ...]:
    """The words by which an article may name what a question calls so: its synonyms, its family, others that come near.

    Irregular verbs are given in all their forms; of others one form finds all.
    """
    return _kindred().get(stem(word), ())


@cache
def _kindred() -> Mapping[str, tuple[str, ...]]:
    groups: dict[str, dict[str, None]] = defaultdict(dict)
    for line in (*lines("synonyms.txt"), *lines("related.txt"), *lines("families.txt")):
        group = dict.fromkeys(form for word in line.split() for form in alternatives(word))
        for form in group:
            groups[stem(form)] |= group
    return {one: tuple(group) for one, group in groups.items()}
