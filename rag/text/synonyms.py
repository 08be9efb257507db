"""Tells which words may stand for another: synonyms, forms of a verb, names of a nation, and words of one root."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from rag.text import tokens
from rag.text.names import name_lists

_ENDINGS = (
    "ment|ments|ion|ions|ation|ations|ing|er|ers|or|ors|ship|ships|ity|ities|ly|al|ally|ance|ence|ed|es|s|e|y|ive|ure|"
    "ian|"
    "ied|ies|ance|ful|fully|ise|ize|ised|ized|ising|izing|isation|ization|ic|ist|ists|t|ts|ant|ants|"
)
_DERIVED = re.compile(rf"(?:{_ENDINGS})$")

_LONG_ENOUGH, _LONG_STEM = 5, 4
"""Letters that two stems must share before their endings, and where one of them is no longer."""


@cache
def _synonyms() -> Mapping[str, frozenset[str]]:
    """Returns every stem of the synonyms' file with the stems of its lines."""
    found: dict[str, frozenset[str]] = {}
    for line in tokens.lines("synonyms.txt"):
        group = frozenset(map(tokens.stem, line.split()))
        for stem in group:
            found[stem] = found.get(stem, frozenset()) | group
    return found


@lru_cache(maxsize=50_000)
def own_stems(word: str) -> frozenset[str]:
    """Returns the stems of the word itself: its own, its verb forms', its nation."""
    nation = name_lists().nations.get(word.lower())
    forms = {tokens.stem(form) for form in tokens.alternatives(word) if " " not in form}
    return frozenset({tokens.stem(word), *forms, *([f"nation:{nation}"] if nation else [])})


@lru_cache(maxsize=50_000)
def kin(word: str) -> frozenset[str]:
    """Returns all stems that may represent the word in a source: its own and its synonyms'."""
    own = own_stems(word)
    return own.union(*(_synonyms().get(stem, ()) for stem in own))


def alike(one: str, other: str) -> bool:
    """Returns whether two words are synonyms, or of one root ("withdraw", "withdrawal")."""
    return bool(kin(one) & own_stems(other)) or of_one_root(tokens.stem(one), tokens.stem(other))


def of_one_root(one: str, other: str) -> bool:
    """Returns whether two stems differ only in how they were derived."""
    shared = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        shared += 1
    if shared < (_LONG_STEM if shared in {len(one), len(other)} else _LONG_ENOUGH):
        return False
    return all(_DERIVED.fullmatch(word[shared:]) is not None for word in (one, other))
