"""Finds family names that differ from one another by a letter, among many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rag.text.name_matching import slip_of


class Slips:
    """Family names as they sound, looked up by what a slip of the pen makes of them."""

    def __init__(self, families: Iterable[str]) -> None:
        self._by_start: dict[str, list[str]] = defaultdict(list)
        for family in families:
            if " " not in family:
                self._by_start[family[:2]].append(family)
        self._rests: dict[str, dict[str, set[str]]] = {}

    def near(self, family: str) -> set[str]:
        """The other family names that are one slip away; short names have none."""
        if " " in family:
            return set()
        rests = self._of_start(family[:2])
        close = set().union(*(rests.get(rest, set()) for rest in _with_one_letter_less(family)))
        return {other for other in close if other != family and slip_of(family, other)}

    def _of_start(self, start: str) -> dict[str, set[str]]:
        """Families with these first letters, by themselves with any one letter taken out (Mor and Fraenkel, 1982)."""
        if start not in self._rests:
            found: dict[str, set[str]] = defaultdict(set)
            for family in self._by_start[start]:
                for rest in _with_one_letter_less(family):
                    found[rest].add(family)
            self._rests[start] = dict(found)
        return self._rests[start]


def _with_one_letter_less(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}
