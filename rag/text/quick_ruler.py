"""Does what spaCy's attribute ruler does, without matching its patterns anew for every word.

What the ruler makes of a word depends on its tag, its label, the few words that the patterns name, and the word beside
it; so each such case is matched once and kept. Does not look at articles.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from spacy.pipeline import AttributeRuler
    from spacy.tokens import Doc

_GIVEN: list[int | str] = ["POS", "MORPH", "LEMMA", "TAG", "DEP"]


class QuickRuler:
    """Stands in a pipeline in place of the attribute ruler that it is made of."""

    def __init__(self, ruler: AttributeRuler) -> None:
        rules: list[dict[str, Any]] = list(ruler.patterns)
        patterns: list[list[dict[str, Any]]] = [pattern for rule in rules for pattern in rule["patterns"]]
        self._ruler = ruler
        self._named = frozenset(ruler.vocab.strings.add(word) for pattern in patterns for word in _words(pattern))
        pairs = [pattern for pattern in patterns if len(pattern) > 1]
        self._first = frozenset(ruler.vocab.strings.add(word) for pattern in pairs for word in _words(pattern[:1]))
        self._expletive = ruler.vocab.strings.add("expl")
        self._kept: dict[tuple[int, ...], list[int]] = {}

    def __call__(self, doc: Doc) -> Doc:
        """Sets parts of speech, forms and some lemmas."""
        cases = self._cases(doc) if len(doc) else []
        if any(case not in self._kept for case in cases):
            self._ruler(doc)
            self._kept.update(zip(cases, doc.to_array(_GIVEN).tolist(), strict=True))
            return doc
        if not cases:
            return doc
        given: Any = np.array([self._kept[case] for case in cases], dtype="uint64").reshape(-1, len(_GIVEN))
        doc.from_array(_GIVEN[:3], given[:, :3])
        for index, case in enumerate(cases):
            if case[3]:  # only of blanks the ruler changes tag and label
                doc[index].tag, doc[index].dep = int(given[index, 3]), int(given[index, 4])
        return doc

    def _cases(self, doc: Doc) -> list[tuple[int, ...]]:
        rows = doc.to_array(["TAG", "LOWER", "DEP", "IS_SPACE"]).tolist()
        words = [lower if lower in self._named else 0 for _, lower, _, _ in rows]
        before = [0, *(word if word in self._first else 0 for word in words[:-1])]
        behind = [after if word in self._first else 0 for word, after in zip(words, [*words[1:], 0], strict=True)]
        expletive = [0, *(int(dep == self._expletive) for _, _, dep, _ in rows[:-1])]
        columns = zip(rows, words, before, behind, expletive, strict=True)
        return [(tag, word, dep, space, *beside) for (tag, _, dep, space), word, *beside in columns]


def _words(pattern: Iterable[dict[str, Any]]) -> list[str]:
    """The words that a pattern names; what it gives as an expression stands for “n't” and “y'”."""
    found: list[str] = []
    for word in pattern:
        match word.get("LOWER"):
            case str(one):
                found.append(one)
            case {"IN": several}:
                found += several
            case {"REGEX": _}:
                found += ["n't", "nt", "y", "y'"]
    return found
