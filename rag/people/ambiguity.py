"""Finds who may be meant by a name that several people share, and gives each of them a name of their own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from rag.core import Bearer
from rag.people.linking import Linked
from rag.people.naming import AskedName, body_key, full_name, names_agree
from rag.people.profiles import PersonEvidence, contradict, is_honorific, is_noble, person_evidence
from rag.text.name_matching import fold_name, sound
from rag.text.names import Gender, gender_of, nation_of


@dataclass(frozen=True, slots=True)
class Namesake:
    """Somebody on record with all names and all that articles tell of them."""

    bearer: Bearer
    names: frozenset[str]
    gender: Gender | None

    @property
    def evidence(self) -> PersonEvidence:
        """Tells what their titles and roles tell."""
        return person_evidence(self.bearer.titles, self.bearer.roles, self.gender)


def bearers_of(asked: AskedName, candidates: Sequence[Namesake]) -> tuple[Bearer, ...]:
    """Finds those of the candidates who bear the name, and the title if one was asked for, the most quoted first."""
    named = [candidate for candidate in candidates if _bears(candidate, asked)]
    held = _with_title(named, asked.titles) if asked.titles else named
    ranked = sorted(
        (candidate.bearer for candidate in held),
        key=lambda candidate: (-candidate.statements, -candidate.articles, candidate.person),
    )
    return tuple(ranked)


def gender_on_record(names: Collection[str], genders: Collection[Gender]) -> Gender | None:
    """Returns the gender that a given name tells, else the one that all articles tell."""
    by_name = {gender for name in names if (gender := gender_of((), tuple(name.split())))}
    told = by_name or set(genders)
    return told.pop() if len(told) == 1 else None


def _bears(candidate: Namesake, asked: AskedName) -> bool:
    whole = " ".join((*asked.titles, asked.name))
    if candidate.bearer.is_body:
        return any(body_key(name) in {body_key(asked.name), body_key(whole)} for name in candidate.names)
    wanted = full_name(asked.name)
    return any(
        names_agree(name, asked.name) if wanted.is_full else _has_family(name, wanted.family)
        for name in candidate.names
    )


def _has_family(name: str, family: tuple[str, ...]) -> bool:
    own = full_name(name)
    return tuple(map(sound, (*own.middle, *own.family)))[-len(family) :] == tuple(map(sound, family))


def _with_title(candidates: Sequence[Namesake], titles: Sequence[str]) -> list[Namesake]:
    """Finds those who are called by the title; else those whom nothing tells apart from it."""
    kept = [candidate for candidate in candidates if _gender_fits(candidate, titles)]
    telling = [title for title in titles if not is_honorific(title)]
    if not telling:
        common = [candidate for candidate in kept if not any(map(is_noble, candidate.bearer.titles))]
        return common or kept
    wanted = set(map(_key, telling))
    tests: list[Callable[[Namesake], bool]] = [
        lambda candidate: wanted <= _told(candidate),
        lambda candidate: _key(telling[-1]) in _told(candidate),
    ]
    if not any(map(is_noble, telling)):
        asked = person_evidence([" ".join(telling)], [])
        tests.append(lambda candidate: not contradict(asked, candidate.evidence))
    for fits in tests:
        if found := [candidate for candidate in kept if fits(candidate)]:
            return found
    return []


def _gender_fits(candidate: Namesake, titles: Sequence[str]) -> bool:
    wanted = gender_of(tuple(titles), ())
    return wanted is None or candidate.gender in {None, wanted} or candidate.bearer.is_body


def _told(candidate: Namesake) -> set[str]:
    phrases = (*candidate.bearer.titles, *candidate.bearer.roles)
    return {_key(word) for phrase in phrases for word in fold_name(phrase).split()}


def _key(word: str) -> str:
    return nation_of(word) or word


_LONGEST = 5
"""Words of a role that may stand behind a name."""


def labelled(people: Iterable[Linked], taken: Collection[str] = ()) -> Iterator[tuple[str, Linked]]:
    """Yields each with a label of its own: “John Reid”, “John Reid (music manager)”, “John Reid (2)”."""
    used = set(taken)
    namesakes: dict[str, list[Linked]] = defaultdict(list)
    for linked in people:
        namesakes[linked.name].append(linked)
    for name in sorted(namesakes):
        for linked in sorted(namesakes[name], key=lambda linked: (bool(_gender_alone(linked)), *_weight(linked))):
            label = next(label for label in _labels(linked) if label not in used)
            used.add(label)
            yield label, linked


def roles_of(linked: Linked) -> list[str]:
    """Returns roles and titles, those of the most articles first."""
    counts: Counter[str] = Counter()
    written: dict[str, str] = {}
    for mention in linked.mentions:
        for phrase in {*mention.roles, *mention.titles}:
            if not is_honorific(phrase):
                counts[fold_name(phrase)] += 1
                written.setdefault(fold_name(phrase), phrase)
    return [written[key] for key in sorted(counts, key=lambda key: (-counts[key], -len(key), key))]


def _telling(linked: Linked) -> list[str]:
    """Returns roles short enough to stand behind a name, without what the name says already."""
    own = set(fold_name(linked.name).split())
    return [role for role in roles_of(linked) if len(role.split()) <= _LONGEST and set(fold_name(role).split()) - own]


def _weight(linked: Linked) -> tuple[int, int, tuple[str, str]]:
    return (-linked.statements, -len(linked.mentions), linked.mentions[0].key)


def _labels(linked: Linked) -> Iterator[str]:
    yield linked.name
    for role in _telling(linked):
        yield f"{linked.name} ({role})"
    if gender := _gender_alone(linked):
        yield f"{linked.name} ({gender})"
    yield from (f"{linked.name} ({number})" for number in count(2))


def _gender_alone(linked: Linked) -> Gender | None:
    """Returns he or she for a family name of whose bearer nothing else is told: “Mr Vask”."""
    told = {mention.gender for mention in linked.mentions}
    return None if len(told) > 1 or full_name(linked.name).is_full else told.pop()
