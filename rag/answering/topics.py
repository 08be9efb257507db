"""A topic in anybody's words -> what to look for in the record: terms, each with the ways in which it is written.

Knows the general aliases, the names of people and the short forms that articles explain; knows no question.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from rag.answering.known import Known
from rag.answering.spelling import Groups, spellings
from rag.answering.words import is_acronym, phrases, stem, words

Learned = Mapping[str, tuple[str, ...]]
"""Names as articles write them, in lower case, with the other names of the same thing."""

_LONGEST_DOTTED = 8
"""Characters of an acronym that some papers print with full stops: U.S., U.N.D.P. The full-text index parts them."""

_PLAIN_LONG = re.compile(r"[^\W_].*[^\W_]$", re.DOTALL)


def learn(pairs: Iterable[tuple[str, str]]) -> Learned:
    """Short forms with their long forms and the other way round, from pairs of long and short, the commonest first.

    A short form that stands for several things ("AP") finds them all; only what it mostly stands for finds it.
    """
    longs: dict[str, list[str]] = defaultdict(list)
    others: dict[str, list[str]] = defaultdict(list)
    for long, short in pairs:
        if not _PLAIN_LONG.match(long):
            continue
        longs[short].append(long)
        others[short.lower()].append(long)
        is_commonest = stems(longs[short][0]) == stems(long)
        others[long.lower()] += [short] if is_commonest else []
    return {name: tuple(dict.fromkeys(found)) for name, found in others.items()}


def topic_groups(text: str, known: Known, learned: Learned) -> Groups:
    """The terms of a topic with their spellings. Long forms that articles explain stay in one piece."""
    terms: list[str] = []
    for name in sorted((name for name in learned if " " in name), key=len, reverse=True):
        if name in text.lower() and (match := re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)):
            terms.append(match.group())
            text = f"{text[: match.start()]} {text[match.end() :]}"
    return tuple(_spellings(term, known, learned) for term in [*terms, *phrases(text)])


def _spellings(term: str, known: Known, learned: Learned) -> tuple[str, ...]:
    """One step through what was learned, and no further: what a short form stands for may have another in turn."""
    general = spellings(term, known)
    names = [*general, *(name for one in general for name in learned.get(one.lower(), ()))]
    dotted = [f"{'.'.join(name)}." for name in names if is_acronym(name) and name.isalpha() and name.isupper()]
    return tuple(dict.fromkeys([*names, *(name for name in dotted if len(name) <= _LONGEST_DOTTED)]))


def tells(text: str, groups: Sequence[Sequence[str]]) -> bool:
    """Whether the text holds one spelling of each term; acronyms must stand in capitals, `us` is not the US."""
    return all(any(_holds(text, spelling) for spelling in group) for group in groups)


def depends_on_case(groups: Sequence[Sequence[str]]) -> bool:
    """Whether a search that folds case may find what `tells` does not."""
    return any(is_acronym(spelling) for group in groups for spelling in group)


def _holds(text: str, spelling: str) -> bool:
    if is_acronym(spelling):
        plain = spelling.replace(".", "")
        return plain in {word.replace(".", "") for word in words(text)}
    return f" {stems(spelling)} " in f" {stems(text)} "


@lru_cache(maxsize=10_000)
def stems(text: str) -> str:
    """The stems of a text's words, with spaces between; hyphens part words, as in the full-text index."""
    return " ".join(stem(word) for word in words(text.replace("-", " ")))
