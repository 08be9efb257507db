"""Names of one body: long and short forms, and the ways in which ministries and parliaments are called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class LongForms:
    """The long forms of abbreviations: in the article that introduces one, and anywhere if all introduce the same."""

    in_article: dict[tuple[str, str], str] = field(default_factory=dict)
    anywhere: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, introduced: Iterable[tuple[str, str, str]]) -> LongForms:
        """From triples of article, long and short form."""
        in_article: dict[tuple[str, str], str] = {}
        longs: dict[str, dict[str, str]] = defaultdict(dict)
        for article, long, short in sorted(introduced):
            in_article[(article, fold(short))] = long
            longs[fold(short)].setdefault(body_key(long), long)
        return cls(in_article, {short: next(iter(forms.values())) for short, forms in longs.items() if len(forms) == 1})

    def long_of(self, name: str, article: str) -> str:
        """The long form of a name, or the name itself."""
        short = fold(name)
        return self.in_article.get((article, short)) or self.anywhere.get(short, name)
