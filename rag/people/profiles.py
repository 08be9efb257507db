"""Mentions of people, what articles tell of a person beside the name, and whether two such tellings contradict."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Final

from rag.text.name_matching import fold_name
from rag.text.names import Gender, name_lists, nation_of
from rag.text.tokens import word_list

_FORMER = frozenset({"former", "ex", "late", "retired", "onetime", "then", "ousted"})
_NOBLE = word_list("noble")
_WITH_GIVEN_NAME = frozenset({"sir", "dame"})
_COMMON = frozenset({"mr", "mrs", "ms", "miss"})
_OF_ONE_PLACE = frozenset({"mayor", "governor", "king", "queen", "executive", "ceo"})
"""Offices that a person holds in one town or company at a time."""
_OF_A_NATION = frozenset({"minister", "president", "premier", "secretary", "chancellor"})
_RANKS = frozenset({"general", "major", "private"})
"""Ranks of soldiers that are mostly adjectives: general secretary, attorney general."""
_POSSESSIVE = re.compile("[’']s?$")
_STARTS = re.compile(r"^(?:the|an?|his|her|its|their|our)\s+", re.IGNORECASE)
_COMPLEMENT = re.compile(r"\s+(?:of|at|for|in|from|with|on|who|and)\s+|,\s*", re.IGNORECASE)

SAME_PERIOD: Final = 365
"""Days within which two offices are held at the same time."""
_KNIGHTED: Final = 180
"""Days within which nobody who is a lord or a knight is called Mr."""
_A_WORKING_LIFE: Final = 40 * 365
"""Days after which a person of the same name with other roles is another."""


@dataclass(frozen=True, slots=True)
class ArticleMention:
    """Somebody under one name in one article. `key` tells the mentions of all articles apart.

    `company` are the people whom the article also names in full, and its bodies but for countries. `statements` counts
    what they say in it.
    """

    key: tuple[str, str]
    name: str
    is_body: bool
    titles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    gender: Gender | None = None
    published: str | None = None
    mentions: int = 0
    statements: int = 0
    company: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Linked:
    """The mentions of one person or body. `name` is the fullest; a family name keeps a noble title."""

    name: str
    is_body: bool
    mentions: tuple[ArticleMention, ...]

    @property
    def statements(self) -> int:
        """Tells how much they said."""
        return sum(mention.statements for mention in self.mentions)


@dataclass(frozen=True, slots=True)
class Office:
    """An office and where it is held; `places` are folded words with a capital, and nations by their key."""

    head: str
    places: frozenset[str]
    is_national: bool


@dataclass(frozen=True, slots=True)
class PersonEvidence:
    """What one article or several tell of a person.

    `phrases` are titles and roles, folded. `spheres` and `offices` are those held now, not formerly. `days` are the
    first and the last day of publication, as ordinals; None without a date.
    """

    phrases: frozenset[str] = frozenset()
    spheres: frozenset[str] = frozenset()
    offices: frozenset[Office] = frozenset()
    styles: frozenset[str] = frozenset()
    genders: frozenset[Gender] = frozenset()
    days: tuple[int, int] | None = None

    @property
    def tells_nothing(self) -> bool:
        """Tells whether no title or role is told."""
        return not self.phrases

    def __or__(self, other: PersonEvidence) -> PersonEvidence:
        days = [day for span in (self.days, other.days) if span for day in span]
        return PersonEvidence(
            self.phrases | other.phrases,
            self.spheres | other.spheres,
            self.offices | other.offices,
            self.styles | other.styles,
            self.genders | other.genders,
            (min(days), max(days)) if days else None,
        )


def person_evidence(
    titles: Iterable[str], roles: Iterable[str], gender: Gender | None = None, published: str | None = None
) -> PersonEvidence:
    """Reads titles and roles, as they are written in one article."""
    written = [*titles, *roles]
    told = [_role(phrase) for phrase in written]
    words = {word for phrase in written for word in fold_name(phrase).split()}
    day = _day(published)
    return PersonEvidence(
        frozenset(role.phrase for role in told if role.phrase and not is_honorific(role.phrase)),
        frozenset(sphere for role in told if not role.is_former for sphere in role.spheres),
        frozenset(role.office for role in told if role.office and not role.is_former),
        frozenset(words & (_NOBLE | _COMMON)),
        frozenset({gender} if gender else ()),
        (day, day) if day else None,
    )


def share_a_role(one: PersonEvidence, other: PersonEvidence) -> bool:
    """Tells whether both are called the same, or one more closely than the other: minister, immigration minister."""
    few, many = sorted((one.phrases, other.phrases), key=len)
    if not few or not few.isdisjoint(many):
        return bool(few)
    ends = tuple(f" {phrase}" for phrase in few)
    return any(phrase.endswith(ends) for phrase in many) or any(not _shorter(phrase).isdisjoint(many) for phrase in few)


@lru_cache(maxsize=1 << 12)
def _shorter(phrase: str) -> frozenset[str]:
    """Returns a phrase without its first word, its first two, and so on: minister of immigration minister."""
    return frozenset(phrase[place + 1 :] for place, letter in enumerate(phrase) if letter == " ")


def speak_for_each_other(one: PersonEvidence, other: PersonEvidence) -> bool:
    """Tells whether something in both makes it likely that they are of one person."""
    return share_a_role(one, other) or bool(one.spheres & other.spheres)


def contradict(one: PersonEvidence, other: PersonEvidence) -> bool:
    """Tells whether the two cannot be of one person.

    A minister who changes office and a president who is a former one are one person: only offices of different spheres,
    or of different countries and companies at the same time, are two people's.
    """
    if bool(one.genders and other.genders and (not one.genders & other.genders)) or _hold_two_places(one, other):
        return True
    return not share_a_role(one, other) and (
        bool(one.spheres and other.spheres and (not one.spheres & other.spheres))
        or _styles_differ(one, other)
        or (bool(one.phrases and other.phrases) and (not _within(one, other, _A_WORKING_LIFE)))
    )


def is_noble(title: str) -> bool:
    """Tells whether a title is part of how a person is called for life: Lord, Dame."""
    return fold_name(title).rpartition(" ")[2] in _NOBLE


def goes_with_given_name(title: str) -> bool:
    """Tells whether a title stands before a given name alone, so that it tells as little: Sir John."""
    return fold_name(title).rpartition(" ")[2] in _WITH_GIVEN_NAME


def is_honorific(title: str) -> bool:
    """Tells whether a title tells nothing but a person's sex: Mr, Ms."""
    return fold_name(title).rpartition(" ")[2] in _COMMON


def _hold_two_places(one: PersonEvidence, other: PersonEvidence) -> bool:
    """Tells whether each holds an office, at the same time, in a place where the other holds none."""
    if not _within(one, other, SAME_PERIOD):
        return False
    national = [
        {place for office in side.offices if office.is_national for place in office.places} for side in (one, other)
    ]
    if national[0] and national[1] and not national[0] & national[1]:
        return True
    heads = {office.head for office in one.offices} & {office.head for office in other.offices}
    for head in heads:
        places = [
            {place for office in side.offices if office.head == head for place in office.places}
            for side in (one, other)
        ]
        if head in _OF_ONE_PLACE and places[0] and places[1] and not places[0] & places[1]:
            return True
    return False


def _styles_differ(one: PersonEvidence, other: PersonEvidence) -> bool:
    if not _within(one, other, _KNIGHTED):
        return False
    sides = [(bool(side.styles & _NOBLE), bool(side.styles & _COMMON)) for side in (one, other)]
    return sides in [[(True, False), (False, True)], [(False, True), (True, False)]] and not (
        one.spheres & other.spheres
    )


def _within(one: PersonEvidence, other: PersonEvidence, days: int) -> bool:
    """Tells whether the two are told of within so many days; without dates they are."""
    if one.days is None or other.days is None:
        return True
    return one.days[0] - other.days[1] <= days and other.days[0] - one.days[1] <= days


@dataclass(frozen=True, slots=True)
class _Role:
    phrase: str
    is_former: bool
    spheres: frozenset[str]
    office: Office | None


@lru_cache(maxsize=20_000)
def _role(phrase: str) -> _Role:
    written = _STARTS.sub("", phrase.strip())
    is_former = any(word in _FORMER for word in fold_name(written).split()[:2])
    whole = " ".join(word for word in fold_name(written).split() if word not in _FORMER | _NOBLE)
    main, *complements = _COMPLEMENT.split(written)
    words = [word for word in fold_name(main).split() if word not in _FORMER]
    table = _spheres()
    known = [word for word in words if word in table]
    known = [word for word in known if word not in _RANKS] or known
    spheres: frozenset[str] = table[known[-1]] if known else frozenset()
    for word in reversed(known[:-1]):
        spheres = spheres & table[word] or spheres
    return _Role(whole, is_former, spheres, _office(known[-1] if known else "", main, complements))


def _office(head: str, main: str, complements: Iterable[str]) -> Office | None:
    """Returns the office with its places: BP chief executive, mayor of London, Russian minister."""
    if not head:
        return None
    words = [_POSSESSIVE.sub("", word) for part in (main, *complements) for word in part.split()]
    nations = frozenset(nation for word in words if (nation := nation_of(word)))
    if nations and head in _OF_A_NATION:
        return Office(head, nations, is_national=True)
    other = name_lists().titles | name_lists().never | {"executive"}
    named = frozenset(fold_name(word) for word in words if word[:1].isupper() and fold_name(word) not in other)
    return Office(head, named | nations, is_national=False) if named or nations else None


def _day(published: str | None) -> int | None:
    try:
        return date.fromisoformat(published[:10]).toordinal() if published else None
    except ValueError:
        return None


@cache
def _spheres() -> dict[str, frozenset[str]]:
    table: dict[str, str] = tomllib.loads(resources.files("rag.people").joinpath("spheres.toml").read_text("utf-8"))
    found: dict[str, set[str]] = {}
    for sphere, words in table.items():
        for word in words.split():
            for part in fold_name(word).split()[-1:]:
                found.setdefault(part, set()).add(sphere)
    return {word: frozenset(spheres) for word, spheres in found.items()}
