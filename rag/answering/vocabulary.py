"""How the articles write a word: with which capitals, and which of their words was meant by one that they do not use.

Knows the words of a library, and no question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.answering.words import is_name, stem, words
from rag.library.view import View

_LOOKED_AT = 12
"""Passages in which the writing of a word that is not in use is looked at."""

_READ = 400
"""Passages that are read for a word's capitals: a name may be far more frequent than the verb that is spelt like it."""

_SHORTEST = 6
_LONG = 9
"""Letters of a word in which a slip of the pen may be told from another word, and in which two may."""

_INSIDE = re.compile(r"[a-z,;] [“\"‘]?$")


def written(word: str, view: View) -> str | None:
    """The word with the capitals that it has in the articles; None if they write it without, or do not use it.

    A capital counts only inside a sentence.
    """
    forms: Counter[str] = Counter()
    for text in view.examples(word, _READ):
        for match in re.finditer(rf"\b{re.escape(word)}\b", text, re.IGNORECASE):
            if match.group().islower():
                return None
            if _INSIDE.search(text[: match.start()]):
                forms[match.group()] += 1
    return forms.most_common(1)[0][0] if forms else None


def meant(word: str, vocabulary: Sequence[str], view: View) -> str | None:
    """The word of the articles, as they write it, that differs from this one by a slip of the pen.

    One letter added, left out, mistaken or swapped with its neighbour (Damerau, 1964), the first of all left alone; two
    in a long word. None for a word in use, and where two words come equally close.
    """
    sought = stem(word)
    if len(word) < _SHORTEST:
        return None
    slips = 2 if len(word) >= _LONG else 1
    found = process.extract(sought, vocabulary, scorer=OSA.distance, score_cutoff=slips, limit=None)
    near = [(term, distance) for term, distance, _ in found if term[0] == sought[0]]
    least = min((distance for _, distance in near), default=0)
    nearest = [term for term, distance in near if distance == least]
    form = _form_of(nearest[0], view.examples(nearest[0], _LOOKED_AT)) if least and len(nearest) == 1 else None
    return form if form and OSA.distance(word.lower(), form.lower()) <= slips else None


def _form_of(term: str, texts: Iterable[str]) -> str | None:
    """How most of the texts write a word of this stem; with a capital only if most do."""
    forms = Counter(word for text in texts for word in words(text) if stem(word) == term)
    if not forms:
        return None
    small = sum(count for form, count in forms.items() if not is_name(form))
    return max(forms, key=lambda form: (is_name(form) != (small > 0), forms[form]))
