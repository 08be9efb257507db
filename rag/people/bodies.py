"""Names of one body: long and short forms, and the ways in which ministries and parliaments are called."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from rag.text.name_matching import fold
from rag.text.names import nation_of, plain

_OF_STATE = frozenset({"ministry", "department", "government", "parliament", "embassy", "presidency"})
"""Bodies whose name is the same with its words in another order: the Ministry of Defence, the Defence Ministry."""
_SAME = {"defence": "defense", "affairs": "", "the": "", "of": "", "for": "", "and": "", "in": "", "s": ""}


def body_key(name: str) -> str:
    """What all obvious forms of one body's name have in common."""
    words = [word for word in name.replace("’s", "").replace("'s", "").split() if fold(word) != "the"]
    folded = [word for part in words for word in fold(part).split()]
    if not _OF_STATE.intersection(folded):
        return " ".join(folded)
    nations = {nation for word in words if (nation := nation_of(word))}
    rest = {_SAME.get(fold(word), fold(word)) for word in words if nation_of(word) is None and plain(word)}
    return " ".join(sorted(nations | rest - {""}))


@dataclass(frozen=True)
class LongForms:
    """The long forms of abbreviations: in the article that introduces one, and anywhere if all introduce the same."""

    in_article: dict[tuple[str, str], str] = field(default_factory=dict)
    anywhere: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, introduced: Iterable[tuple[str, str, str]]) -> LongForms:
        """From triples of article, long and short form. The usual long form also stands for what only lengthens it."""
        in_article: dict[tuple[str, str], str] = {}
        longs: dict[str, Counter[str]] = defaultdict(Counter)
        for article, long, short in sorted(introduced):
            in_article[(article, fold(short))] = long
            longs[fold(short)][long] += 1
        usual = {short: _usual(counts) for short, counts in longs.items()}
        for (article, short), long in in_article.items():
            form = usual[short]
            if form and f" {body_key(long)}".endswith(f" {body_key(form)}"):
                in_article[(article, short)] = form
        return cls(in_article, {short: form for short, form in usual.items() if form})

    def names_body(self, name: str) -> bool:
        """Whether an article introduces an abbreviation of the name, or the name as one."""
        return fold(name) in self.anywhere or body_key(name) in self._keys

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(body_key(long) for long in (*self.in_article.values(), *self.anywhere.values()))

    def long_of(self, name: str, article: str) -> str:
        """The long form of a name, or the name itself."""
        short = fold(name)
        return self.in_article.get((article, short)) or self.anywhere.get(short, name)


def _usual(counts: Counter[str]) -> str | None:
    """The long form of more than half of the articles."""
    by_key: Counter[str] = Counter()
    for long, count in counts.items():
        by_key[body_key(long)] += count
    key, count = by_key.most_common(1)[0]
    if 2 * count <= by_key.total():
        return None
    return max((long for long in counts if body_key(long) == key), key=lambda long: (counts[long], long))
