"""Gives each person a name that nobody else has: the one with most to say the plain one, namesakes a role beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator

from rag.people.evidence import is_honorific
from rag.people.linking import Linked
from rag.text.name_matching import fold

_LONGEST = 5
"""Words of a role that may stand behind a name."""


def labelled(people: Iterable[Linked], taken: Collection[str] = ()) -> Iterator[tuple[str, Linked]]:
    """Each with a label: “John Reid”, “John Reid (music manager)”, or an article where no role is told."""
    used = set(taken)
    namesakes: dict[str, list[Linked]] = defaultdict(list)
    for linked in people:
        namesakes[linked.name].append(linked)
    for name in sorted(namesakes):
        for linked in sorted(namesakes[name], key=_weight):
            label = next(label for label in _labels(linked) if label not in used)
            used.add(label)
            yield label, linked


def roles_of(linked: Linked) -> list[str]:
    """Roles and titles, those of the most articles first."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for mention in linked.mentions:
        for phrase in {*mention.roles, *mention.titles}:
            if not is_honorific(phrase):
                counts[fold(phrase)] += 1
                written.setdefault(fold(phrase), phrase)
    return [written[key] for key in sorted(counts, key=lambda key: (-counts[key], -len(key), key))]


def _telling(linked: Linked) -> list[str]:
    """Roles short enough to stand behind a name, without what the name says already."""
    own = set(fold(linked.name).split())
    return [role for role in roles_of(linked) if len(role.split()) <= _LONGEST and set(fold(role).split()) - own]


def _weight(linked: Linked) -> tuple[int, int, tuple[str, str]]:
    return (-linked.statements, -len(linked.mentions), linked.mentions[0].key)


def _labels(linked: Linked) -> Iterator[str]:
    yield linked.name
    for role in _telling(linked):
        yield f"{linked.name} ({role})"
    for mention in linked.mentions:
        yield f"{linked.name} (in {mention.key[0]})"
    number = 2
    while True:
        yield f"{linked.name} ({number})"
        number += 1
