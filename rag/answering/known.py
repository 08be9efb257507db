"""Who is on record, ready to be looked up by name. Knows names, and nothing of what anybody said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rag.answering import patterns
from rag.answering.words import words
from rag.corpus.people import fold
from rag.types import Person


class Known:
    """The people of a library by every name they bear, by the last word of each, and by how they are introduced."""

    def __init__(self, people: Sequence[Person], introductions: Iterable[tuple[str, str]] = ()) -> None:
        """`introductions` are pairs of words and name: "Russian Foreign Minister Sergei Lavrov", "Sergei Lavrov"."""
        self._introduced = [
            (offices, name)
            for written, name in introductions
            if (offices := frozenset(fold(written).split()) - frozenset(fold(name).split()))
        ]
        self._by_name: dict[str, Person] = {}
        self._by_last: dict[str, dict[str, Person]] = defaultdict(dict)
        for person in people:
            for alias in (person.name, *person.aliases):
                self._by_name.setdefault(fold(bare(alias)), person)
                self._by_last[_last(alias)][person.name] = person

    def named(self, name: str) -> Person | None:
        """The one person of that name, in full or by the last word of a name; None where two would fit."""
        wanted = fold(bare(name))
        if wanted in self._by_name:
            return self._by_name[wanted]
        bearers = self._by_last.get(wanted, {})
        return next(iter(bearers.values())) if len(bearers) == 1 else None

    def holder(self, office: str) -> str | None:
        """The one person whom articles introduce so, "the Russian foreign minister"; None if there is not just one."""
        wanted = frozenset(fold(bare_office(office)).split())
        holders = {name for offices, name in self._introduced if wanted <= offices} if wanted else set()
        return holders.pop() if len(holders) == 1 else None

    def surnames(self, word: str) -> list[str]:
        """All the ways in which articles spell the last name of those who bear it."""
        bearers = self._by_last.get(fold(word), {}).values()
        return [name.split()[-1] for person in bearers for name in (person.name, *person.aliases)]


def bare(name: str) -> str:
    """A name without article and title: "the President Macron" gives Macron."""
    while (shorter := patterns.SPEAKER_LEAD.sub("", name)) not in {name, ""}:
        name = shorter
    return name


def bare_office(phrase: str) -> str:
    """An office without article and possessive endings: "the Kremlin's spokesman" gives Kremlin spokesman."""
    return " ".join(word for word in words(phrase) if word.lower() not in patterns.PARTICLES)


def _last(name: str) -> str:
    return fold(name).rsplit(" ", 1)[-1]
