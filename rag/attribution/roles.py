"""Reads what an article calls somebody (titles, offices, kin), and tells who of several bears a name.

News style gives a person's full name once and the family name from then on. Where two people of an article share it,
the bare family name belongs to whoever it stood for before the other one came in; where nothing tells, to nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import takewhile

from rag.core import Span
from rag.text.name_matching import (
    fold_name,
    generation_suffix,
    given_agree,
    given_names,
    parts,
    same_family,
    slip_of,
    sound,
)
from rag.text.names import (
    Gender,
    WrittenName,
    gender_of,
    is_given_name,
    is_person_noun,
    is_several,
    lookup_form,
    may_be_trade,
    name_lists,
    nation_of,
)
from rag.text.speech_verbs import is_told
from rag.text.tokens import word_list

_BEFORE = re.compile(r"((?:[\w’'.-]+ ){0,4}[a-z][\w-]*) $")
_DETERMINED = r"(?:\b(?:[Hh]is|[Hh]er|[Tt]heir|[Ii]ts|[Tt]he)|[’']s)"
_APPOSED = re.compile(rf"{_DETERMINED} ((?:[a-z-]+ ){{0,3}}[a-z-]+), $")
_APPOSED_OF = re.compile(
    rf"(?:^|[.:;\n“\"] ?){_DETERMINED} ((?:[\w-]+ ){{0,3}}?[a-z-]+)(?: (?:of|for|at|in) [^.,:;\n]+)?, $"
)
"""What somebody is as the subject, with a place or a body: “The leader of the council, Amos Gray,”."""
_AFTER = re.compile(r"[*_]{0,2}, (?:who is |now )?((?:the |a |an |his |her |its )?[\w’' .-]{3,70}?)[,.;]")
_IS = re.compile(r" (is|was|serves as|served as) ((?:the |an? )[\w’' .-]{3,70}?)[,.;]")
_BECAME = re.compile(r" (is|was|has been|will be) (?:[\w-]+ ){1,5}?as ((?:the |an? )?[\w’' .-]{3,50}?)[,.;]")
_RANK = re.compile(r"\b([Ff]ormer|[Tt]hen|[Aa]cting|[Ee]x|[Oo]utgoing)[ -]$")
_OWNER = re.compile(r"([\w.-]+)[’']s? $")
_OF = re.compile(r" (?:of|for|at|in|to|who|and|on|with) ")
_DETERMINERS = re.compile(r"^(?:the|an?|his|her|its|their) ")
_OF_GIVEN_NAME = {"prince", "princess", "king", "queen", "emperor", "empress", "pope"}
"""Titles of those who have no other name: Prince Charles is not Charles Kern."""
_SPOKES = {"spokesman", "spokeswoman", "spokesperson", "spokesmen"}
_OUTSIDE = word_list("outside a description")
"""Words in front of a description that are none of it."""
_OF_PERSON = re.compile(r",? \(?(?:aged )?\d{1,2}(?:[,.;)]| and\b)|,? who(?:se)?\b")
"""What stands behind the name of a person alone: an age, “who”."""
MARKUP = "*_"
"""Marks of Markdown that may stand around a name."""
_PASSING = word_list("passing modifiers")
_RANKS = word_list("ranks")
_NEAR = 60  # characters in front of a name that may describe it


@dataclass(frozen=True, slots=True)
class RoleTold:
    """What an article calls somebody: “Russian foreign minister” is head minister, modifier foreign, nation russia."""

    head: str
    modifiers: frozenset[str]
    nation: str | None

    def fits(self, known: RoleTold) -> bool:
        """Tells whether whoever is known by a role may be called this one."""
        if self.head != known.head or (self.nation is not None and known.nation != self.nation):
            return False
        return self.modifiers - _PASSING <= known.modifiers and not (known.modifiers & _RANKS) - self.modifiers


@dataclass(frozen=True, slots=True)
class Tie:
    """Kin or a lawyer of somebody: “his wife, Olga” (`owner` is he), “Trost's lawyer Nora Quade” (Trost).

    `leads`: it stands in front of the name, as it must before a name that the article does not know otherwise.
    """

    owner: str
    noun: str
    leads: bool = True

    @property
    def shares_name(self) -> bool:
        """Tells whether such kin as a rule have one family name."""
        return self.noun in name_lists().same_name

    @property
    def is_kin(self) -> bool:
        """Tells whether it is kin and not a lawyer or spokesman."""
        return self.noun in name_lists().kin


def role_of(words: Iterable[str]) -> RoleTold | None:
    """Returns the role that a phrase describes, None if its words name no office or work."""
    written = list(words)
    owners = {
        place for place, word in enumerate(written[1:]) if word in {"'s", "’s"} and nation_of(written[place]) is None
    }
    folded = [lookup_form(word) for place, word in enumerate(written) if place not in owners]
    behind = max(owners, default=-1)  # “Mrs. Holm's campaign” is not Mrs. Holm
    heads = [
        place
        for place, word in enumerate(folded)
        if place > behind and (word in name_lists().titles or is_person_noun(word))
    ]
    if not heads:
        return None
    head = folded[heads[-1]]
    before = folded[: heads[-1]]
    nation = next((nation for word in before if (nation := nation_of(word))), None)
    skip = {"the", "a", "an", "his", "her", "its", "their", "s", ""}
    modifiers = frozenset(word for word in before if word not in skip and nation_of(word) is None)
    return RoleTold("spokesperson" if head in _SPOKES else head, modifiers, nation)


def title_before(text: str, run: WrittenName) -> tuple[str, ...]:
    """Returns the lower-case title in front of a name: “Kremlin spokesperson Dmitry Peskov”, “her pupil, Mira Toft”."""
    near = text[max(0, run.span.start - _NEAR) : run.span.start].rstrip(MARKUP)
    if not near.endswith(" "):
        return ()
    words = near.rstrip(", ").rsplit(None, 1)
    if near.endswith((" elder ", " younger ")):  # of two who share a family name
        return (words[-1],)
    if not words or not words[-1][0].islower() or not _calls(text, run, words[-1]):
        return ()
    if near.endswith(", "):
        apposed = _APPOSED.search(near)
        return tuple(apposed.group(1).split()) if apposed else ()
    found = _BEFORE.search(near)
    if found is None:
        return ()
    title = re.split(r"\s", re.split(r"[,;:.] ", found.group(1))[-1])
    outside = (place + 1 for place, word in enumerate(title) if is_told(word) or word in _OUTSIDE)
    return tuple(title[max(outside, default=0) :])


def _calls(text: str, run: WrittenName, word: str) -> bool:
    """Tells whether a word in front of a name says what somebody is; in a tag it need not be a listed one.

    “The gate rusts, smith Ola Pint said”.
    """
    if is_person_noun(word):
        return True
    in_tag = text[: run.span.start].rstrip(MARKUP).endswith(f", {word} ") and len(run.name) > 1
    behind = re.match(r" ([a-z]+)\b", text[run.span.end :])
    return in_tag and may_be_trade(word) and behind is not None and is_told(behind.group(1))


def is_described(text: str, run: WrittenName) -> bool:
    """Tells whether the words beside a name show that it is a person's: an age, “who”, an office or work."""
    behind = text[run.span.end : run.span.end + _NEAR]
    if _OF_PERSON.match(behind):
        return True
    before = _APPOSED_OF.search(text, max(0, run.span.start - 2 * _NEAR), run.span.start)
    if before is not None and is_person_noun(before.group(1).split()[-1]) and behind[:1] == ",":
        return True
    phrase = apposition(text, run)
    return phrase is not None and not is_several(phrase.split()[-1:]) and _role_in(phrase) is not None


def title_written(text: str, run: WrittenName) -> str:
    """Returns the capitalised titles in front of a name, as written; empty where there are none."""
    if not run.title:
        return ""
    words = text[run.span.start : run.span.end].split()
    title = " ".join(words[: len(run.title)])
    return title[:-1] if is_several(run.title) else title


def roles_at(text: str, run: WrittenName) -> Iterator[RoleTold]:
    """Yields the roles that the words around one mention give."""
    before = title_before(text, run)
    described = (*_possessor(text, run), *_rank_before(text, run), *run.title) if run.title else before
    found = (role_of(described), _role_in(apposition(text, run) or ""), _said_to_be(text, run))
    yield from filter(None, found)


def phrases_at(text: str, run: WrittenName) -> Iterator[str]:
    """Yields the same as written, without article: “immigration minister”, “chief executive of BP”."""
    before = title_before(text, run)
    said = _IS.match(text, run.span.end)
    phrases = (" ".join(before), apposition(text, run), said.group(2) if said else None)
    for phrase in phrases:
        if phrase and _role_in(phrase) is not None:
            yield _DETERMINERS.sub("", phrase.strip())


def apposition(text: str, run: WrittenName) -> str | None:
    """Returns the words between commas behind a name: “the immigration minister”."""
    found = _AFTER.match(text, run.span.end)
    return found.group(1) if found else None


def tie_at(text: str, run: WrittenName) -> Tie | None:
    """Finds whose kin, lawyer or spokesman the words in front of a name or behind it make of somebody."""
    start = max(0, run.span.start - _NEAR)
    before = _tie_before().search(text[start : run.span.start].rstrip(MARKUP))
    found = before or _tie_behind().match(text, run.span.end)
    return Tie(found.group("owner"), lookup_form(found.group("noun")), before is not None) if found else None


def is_proxy(word: str) -> bool:
    """Tells whether a word is for somebody who speaks for another."""
    return lookup_form(word) in name_lists().proxies


def principal_in(phrase: str) -> Span | None:
    """Finds where a phrase names whom its spokesman, lawyer, aide, office or source speaks for; None if it has none."""
    found = next((match for pattern in _principals() if (match := pattern.search(phrase))), None)
    return Span(*found.span("principal")) if found else None


@cache
def _tie_before() -> re.Pattern[str]:
    owner = r"(?P<owner>[Hh]is|[Hh]er|[Tt]heir|[\w.-]+(?=[’']s? ))(?:[’']s?)?"
    return re.compile(rf"\b{owner} (?:[\w-]+ ){{0,2}}(?P<noun>{_ties()})(?:,? |, (?:[a-z][\w-]* ){{1,3}})$")


@cache
def _tie_behind() -> re.Pattern[str]:
    return re.compile(rf", (?P<owner>his|her) (?:[a-z-]+ ){{0,2}}(?P<noun>{_ties()})\b")


@cache
def _principals() -> tuple[re.Pattern[str], ...]:
    """Matches “Spokesman for X”, “source close to X”; “X's lawyer”; “X spokesman”."""
    spokes = "spokes(?:man|woman|person|men|people)"
    proxy = "|".join(sorted((f"{word}s?" for word in name_lists().proxies), key=len, reverse=True))
    proxy = rf"\b(?:{proxy}|{spokes})\b"
    behind = r"(?P<principal>(?:the |[Mm](?:r|rs|s)\.? )?(?:[\w’'.&-]+ ?){1,6})"
    owner = r"(?P<principal>(?:[\w’'.&-]+ ){0,5}?[\w.&-]+)[’']s?"
    beside = r"(?P<principal>[A-Z][\w.&-]*(?: [A-Z][\w.&-]*){0,5})"
    return (
        re.compile(rf"{proxy} (?:(?:for|of|to|representing) |[\w ]{{0,12}}\bclose to ){behind}", re.IGNORECASE),
        re.compile(rf"^{owner} (?:[\w-]+ ){{0,4}}?{proxy}", re.IGNORECASE),
        re.compile(rf"^(?:[Tt]he |[Aa] )?{beside} (?:[a-z-]+ )?{spokes}\b"),
    )


def _ties() -> str:
    return "|".join(sorted(name_lists().kin | name_lists().proxies, key=len, reverse=True))


def _rank_before(text: str, run: WrittenName) -> tuple[str, ...]:
    """Returns the “Former” of “Former Foreign Minister Anna Novak”, which no run of capitals keeps."""
    found = _RANK.search(text, max(0, run.span.start - 12), run.span.start)
    return (found.group(1).lower(),) if found else ()


def _said_to_be(text: str, run: WrittenName) -> RoleTold | None:
    """Returns the role in “Anna Novak is the foreign minister of Austria”; who was it is a former one."""
    found = _IS.match(text, run.span.end) or _BECAME.match(text, run.span.end)
    role = _role_in(found.group(2)) if found else None
    if found is None or role is None:
        return None
    over = found.re is _IS and found.group(1) in {"was", "served as"}
    past = frozenset({"former"}) if over else frozenset[str]()
    return replace(role, modifiers=role.modifiers | past)


def _possessor(text: str, run: WrittenName) -> tuple[str, ...]:
    found = _OWNER.search(text, max(0, run.span.start - 40), run.span.start)
    return (found.group(1),) if found else ()


def _is_part_of_nation(words: Sequence[str]) -> bool:
    """Tells whether words name a region or a body that a nation has, and not the nation: “the Alpine region”."""
    named = [word for word in words if word[0].isupper() and nation_of(word) is None]
    return bool(named) and not {"republic", "kingdom", "federation", "union", "states"} & {
        word.lower() for word in named
    }


def _role_in(phrase: str) -> RoleTold | None:
    first, *parts_of = _OF.split(phrase)
    words = first.split()
    if not words or not is_person_noun(words[-1]):
        return None
    near = takewhile(lambda part: not _is_part_of_nation(part.split()), parts_of)  # president of a region of France
    rest = phrase[len(first) :].split() if len(list(near)) == len(parts_of) else []
    return role_of([*words[:-1], *(word for word in rest if nation_of(word)), words[-1]])


AGE_BEHIND_COMMA = re.compile(r", (?:aged )?\d{1,3}\b")
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
    roles: set[RoleTold] = field(default_factory=set)
    titles: dict[str, None] = field(default_factory=dict)
    described: dict[str, None] = field(default_factory=dict)
    introduced: list[int] = field(default_factory=list)
    kin_of: PersonSighted | None = None
    kin: str | None = None
    phrase: str | None = None
    principal: PersonSighted | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One mention by name. `figure` is None for a body. `is_subject`: the clause says something of it.

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
    """Finds everybody whom a name may mean, as far as the name and its title tell."""
    written = " ".join(name)
    known = list(figures)
    if not parts(written):
        return []
    found = [figure for figure in known if may_bear(figure.name, written)]
    if not found and len(name) == 1 and not _OF_GIVEN_NAME & set(title):
        found = [figure for figure in known if given_names(figure.name)[:1] == parts(written)]
        found = found or [figure for figure in known if fold_name(figure.name) == fold_name(written)]
    if not found and len(name) > 1 and is_person_noun(name[0]) and not is_given_name(name[0]):
        return fitting(known, name[1:], (*title, lookup_form(name[0])))  # “Nurse Lamm”
    if not found:
        found = [figure for figure in known if slip_of(figure.name, written)]
    of_suffix = [figure for figure in found if generation_suffix(figure.name) == generation_suffix(written)]
    found = of_suffix or (
        found if generation_suffix(written) is None else []
    )  # “Trump Jr.” is nobody whom others call Trump
    exact = [figure for figure in found if fold_name(figure.name) == fold_name(written)] if len(name) > 1 else []
    return exact or _of_title(found, tuple(title))


def without_namesakes(found: Sequence[PersonSighted], text: str, run: WrittenName) -> list[PersonSighted]:
    """Finds those whom a name may mean; a given name with an age brings in somebody new: “Volodymyr, 53, waits”.

    Unless the article calls whom it may mean by no other name: kin, “Anna” of Anna Priymenko. Nor is a given name that
    of somebody who is brought in only further down: “Kim said”, in front of “Editing by Kim Holm”.
    """
    late = [figure for figure in found if figure.introduced and run.span.start < figure.introduced[0]]
    if len(run.name) == 1 and late:
        found = [figure for figure in found if figure not in late or given_names(figure.name)[:1] != parts(run.text)]
    if len(run.name) != 1 or not (
        AGE_BEHIND_COMMA.match(text, run.span.end) or _AGED.search(text, max(0, run.span.start - _NEAR), run.span.start)
    ):
        return list(found)
    named = [figure for figure in found if given_names(figure.name)[:1] == parts(run.text)]
    new = [figure for figure in named if figure.kin is None and _stands_alone(figure.name.split(), text)]
    return [figure for figure in found if figure not in new]


def _stands_alone(name: Sequence[str], text: str) -> bool:
    """Tells whether the article calls somebody by the family name alone, or by it and a title."""
    found = re.finditer(rf"(?:(\S+) )?\b{re.escape(name[-1])}\b", text)
    return any(
        not before or not before[0].isupper() or lookup_form(before) in name_lists().titles
        for (before,) in (match.groups() for match in found)
    )


@lru_cache(maxsize=20_000)
def may_bear(figure: str, written: str) -> bool:
    """Tells whether a name may be somebody's: the same family name, and no given name that speaks against it."""
    if not same_family(figure, written):
        return False
    if fold_name(figure).endswith(f" {fold_name(written)}"):  # Suu Kyi is Aung San Suu Kyi
        return True
    if len(parts(figure)) > 1 and fold_name(written).endswith(f" {fold_name(figure)}"):  # “Kurvian PM Asta Roo”
        return True
    given, other = given_names(figure), given_names(written)
    if not given or not other:
        return bool(given) or not other or len(parts(figure)) > 1
    return given_agree(given[0], other[0])


def owners_of_names(
    figures: Sequence[PersonSighted], bare: Mapping[str, Sequence[int]], told: Mapping[str, Counter[Gender]]
) -> dict[str, PersonSighted]:
    """Finds whose each shared family name is when it stands alone.

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
    """Finds who of several is meant at `offset`: one where the article tells, else all of them.

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
    """Finds those whom a title fits: “Senator Vask” is the senator, “Mrs Vask” the one who may be a woman."""
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
    (most, count), *_ = told.most_common() or [("he", 0)]
    fitting = [figure for figure in bearers if figure.gender in {None, most}]
    clear = count >= _CLEAR and count >= 3 * (told.total() - count)
    return fitting[0] if clear and len(fitting) == 1 else None


def _owner(bearers: Sequence[PersonSighted], bare: Sequence[int]) -> PersonSighted | None:
    """Finds who had the family name first, whom the headline names, or in whose terms the others come in."""
    order = sorted((figure for figure in bearers if figure.introduced), key=lambda figure: figure.introduced[0])
    if len(order) < 2:  # noqa: PLR2004
        return order[0] if order else None
    first, second = order[0], order[1]
    alone = any(first.introduced[0] <= offset < second.introduced[0] for offset in bare)
    headed = first.introduced[0] == HEADLINE != second.introduced[0]
    return first if alone or headed or all(other.kin_of is first for other in order[1:]) else None
