"""Whom a written name means in an article: by title, given name, role, gender and nearness, in that order.

News style gives a person's full name once and the family name from then on. Where two people of an article share it,
the bare family name is that of whom it stood for before the other one came in; where nothing tells, it is nobody's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rag.attribution.roles import Role
from rag.core import Span
from rag.text.name_matching import fold_name, given_names, parts, same_family, slip_of, sound, suffix_of
from rag.text.names import Gender, WrittenName, gender_of, is_given_name, is_person_noun, lookup_form, name_lists

AGE = re.compile(r", (?:aged )?\d{1,3}\b")
"""An age behind a name, as it stands where somebody is brought in."""
_AGED = re.compile(r"\b\d{1,3}-year-old $")
_CLEAR = 2  # pronouns that tell whose a family name is
HEADLINE = -1
"""Where a headline stands that is no part of the text; it comes before everything."""


@dataclass(slots=True, eq=False)
class PersonSighted:
    """A person of the article.

    `is_sure`: more than a given name tells that it is a person. `introduced` are the offsets at which the article
    gives the full name. `kin_of` is in whose terms it introduces
    them, and `kin` as what: “his sister Hanne Renn”. Of a person who speaks for another, `phrase` is what it says
    (“spokesman for BP”) and `principal` for whom, if that is a person.
    """

    name: str
    gender: Gender | None = None
    is_told: bool = False
    is_sure: bool = True
    roles: set[Role] = field(default_factory=set)
    titles: dict[str, None] = field(default_factory=dict)
    described: dict[str, None] = field(default_factory=dict)
    introduced: list[int] = field(default_factory=list)
    kin_of: PersonSighted | None = None
    kin: str | None = None
    phrase: str | None = None
    principal: PersonSighted | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One mention by name. `figure` is None for a body. `is_subject`: somebody of whom the clause says something.

    `is_aside`: the name only describes something else (“Renn's sister”, where it `owns`; “the Renn report”). `speaks`:
    it is the subject of a verb of speech. `is_main`: it stands in no clause inside another.
    """

    span: Span
    name: str
    figure: PersonSighted | None
    is_subject: bool
    is_aside: bool = False
    owns: bool = False
    speaks: bool = False
    is_main: bool = True


def fitting(figures: Iterable[PersonSighted], name: Sequence[str], title: Sequence[str] = ()) -> list[PersonSighted]:
    """Everybody whom a name may mean, as far as the name and its title tell."""
    written = " ".join(name)
    known = list(figures)
    if not parts(written):
        return []
    found = [figure for figure in known if may_bear(figure.name, written)]
    if not found and len(name) == 1:
        found = [figure for figure in known if given_names(figure.name)[:1] == parts(written)]
        found = found or [figure for figure in known if fold_name(figure.name) == fold_name(written)]
    if not found and len(name) > 1 and is_person_noun(name[0]) and not is_given_name(name[0]):
        return fitting(known, name[1:], (*title, lookup_form(name[0])))  # “Nurse Lamm”
    if not found:
        found = [figure for figure in known if slip_of(figure.name, written)]
    of_suffix = [figure for figure in found if suffix_of(figure.name) == suffix_of(written)]
    found = of_suffix or (found if suffix_of(written) is None else [])  # “Trump Jr.” is nobody whom others call Trump
    exact = [figure for figure in found if fold_name(figure.name) == fold_name(written)] if len(name) > 1 else []
    return exact or _of_title(found, tuple(title))


def without_longer(figures: Sequence[PersonSighted]) -> list[PersonSighted]:
    """One figure where what somebody is stands in front of the name once more: “Kurvian PM Asta Roo”, “Asta Roo”."""
    names = [fold_name(figure.name) for figure in figures if len(parts(figure.name)) > 1]
    return [
        figure
        for figure in figures
        if is_given_name(figure.name.split()[0])
        or not any(fold_name(figure.name).endswith(f" {name}") for name in names)
    ]


def without_namesakes(found: Sequence[PersonSighted], text: str, run: WrittenName) -> list[PersonSighted]:
    """Those whom a name may mean; a given name with an age brings in somebody new: “Volodymyr, 53, waits”.

    Unless the article calls whom it may mean by no other name: kin, “Anna” of Anna Priymenko.
    """
    if len(run.name) != 1 or not (AGE.match(text, run.span.end) or _AGED.search(text, 0, run.span.start)):
        return list(found)
    named = [figure for figure in found if given_names(figure.name)[:1] == parts(run.text)]
    new = [figure for figure in named if figure.kin is None and _stands_alone(figure.name.split(), text)]
    return [figure for figure in found if figure not in new]


def _stands_alone(name: Sequence[str], text: str) -> bool:
    """Whether the article calls somebody by the family name alone, or by it and a title."""
    found = re.finditer(rf"(?:(\S+) )?\b{re.escape(name[-1])}\b", text)
    return any(
        not before or not before[0].isupper() or lookup_form(before) in name_lists().titles
        for (before,) in (match.groups() for match in found)
    )


@lru_cache(maxsize=20_000)
def may_bear(figure: str, written: str) -> bool:
    """Whether a name may be somebody's: the same family name, and no given name that speaks against it."""
    if not same_family(figure, written):
        return False
    if fold_name(figure).endswith(f" {fold_name(written)}"):  # Suu Kyi is Aung San Suu Kyi
        return True
    if len(parts(figure)) > 1 and fold_name(written).endswith(f" {fold_name(figure)}"):  # “Kurvian PM Asta Roo”
        return True
    given, other = given_names(figure), given_names(written)
    if not given or not other:
        return bool(given) or not other or len(parts(figure)) > 1
    nicknames = name_lists().nicknames
    one, two = given[0], other[0]
    return sound(nicknames.get(one, one)) == sound(nicknames.get(two, two)) or (
        1 in {len(one), len(two)} and one[0] == two[0]
    )


def owners(
    figures: Sequence[PersonSighted], bare: Mapping[str, Sequence[int]], told: Mapping[str, Counter[Gender]]
) -> dict[str, PersonSighted]:
    """Whose each shared family name is when it stands alone.

    `bare` are the offsets at which it does, `told` the pronouns that go on with it there; both by its sound.
    """
    families: dict[str, list[PersonSighted]] = {}
    for figure in figures:
        if given_names(figure.name):
            families.setdefault(sound(parts(figure.name)[-1]), []).append(figure)
    shared = {family: bearers for family, bearers in families.items() if len(bearers) > 1}
    found = {
        family: _of_pronouns(bearers, told.get(family, Counter())) or _owner(bearers, bare.get(family, ()))
        for family, bearers in shared.items()
    }
    return {family: owner for family, owner in found.items() if owner is not None}


def decide(
    found: Sequence[PersonSighted], offset: int, owner: PersonSighted | None, near: Sequence[Sighting]
) -> tuple[PersonSighted, ...]:
    """Who of several is meant at `offset`: one where the article tells, else all of them.

    `near` are the mentions in the same paragraph in front of it, the nearest first.
    """
    if len(found) < 2:  # noqa: PLR2004
        return tuple(found)
    begun = [figure for figure in found if figure.introduced and figure.introduced[0] <= offset]
    if len(begun) == 1:
        return tuple(begun)
    beside = {id(seen.figure): seen.figure for seen in near if seen.figure in found}
    if owner in found and owner is not None and (not beside or id(owner) in beside):
        return (owner,)
    if owner is None and len(beside) == 1:
        return tuple(figure for figure in beside.values() if figure is not None)
    return tuple(found)


def _of_title(found: Sequence[PersonSighted], title: tuple[str, ...]) -> list[PersonSighted]:
    """Those whom a title fits: “Senator Vask” is the one who is called so, “Mrs Vask” the one who may be a woman."""
    held = [figure for figure in found if _heads(figure) & {lookup_form(word) for word in title}]
    left = held or list(found)
    gender = gender_of(title, ())
    same = [figure for figure in left if gender is None or figure.gender == gender]
    return same or [figure for figure in left if figure.gender is None]


def _heads(figure: PersonSighted) -> set[str]:
    return {role.head for role in figure.roles} | {
        lookup_form(word) for title in figure.titles for word in title.split()
    }


def _of_pronouns(bearers: Sequence[PersonSighted], told: Counter[Gender]) -> PersonSighted | None:
    """Who alone agrees with the pronouns behind the bare name, if these are clear."""
    (most, count), *_ = told.most_common() or [("he", 0)]
    fitting = [figure for figure in bearers if figure.gender in {None, most}]
    clear = count >= _CLEAR and count >= 3 * (told.total() - count)
    return fitting[0] if clear and len(fitting) == 1 else None


def _owner(bearers: Sequence[PersonSighted], bare: Sequence[int]) -> PersonSighted | None:
    """Who had the family name first, whom the headline names, or in whose terms the others come in."""
    order = sorted((figure for figure in bearers if figure.introduced), key=lambda figure: figure.introduced[0])
    if len(order) < 2:  # noqa: PLR2004
        return order[0] if order else None
    first, second = order[0], order[1]
    alone = any(first.introduced[0] <= offset < second.introduced[0] for offset in bare)
    headed = first.introduced[0] == HEADLINE != second.introduced[0]
    return first if alone or headed or all(other.kin_of is first for other in order[1:]) else None
