"""Takes names apart, compares them, and tells whose they are.

People's full names, slips of a letter, long and short names of bodies; who may be meant by a name that several people
share, and a label of their own for each of these.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from rag.core import Bearer
from rag.people.profiles import Linked, PersonEvidence, contradict, is_honorific, is_noble, person_evidence
from rag.text.name_matching import fold_name, given_agree, parts, slip_of, sound
from rag.text.names import Gender, gender_of, lookup_form, name_lists, nation_of

_PARTICLES = frozenset(
    {"al", "el", "bin", "ibn", "bint", "abu", "de", "del", "della", "da", "di", "dos", "du", "la", "le"}
    | {"van", "von", "der", "den", "ter", "of"}
)
_GENERATIONS = {"sr": "senior", "jr": "junior", "ii": "second", "iii": "third", "iv": "fourth"}
_GENERATIONS |= {word: word for word in ("senior", "junior")}
_INITIALS = re.compile(r"(?:[^\W\d_a-z]\.?-?){1,3}")
_ARTICLE_IN_FRONT = re.compile(r"(?:al|el|Al|El)-(?=\w)|^(?:Al|El)(?=[A-Z])")
_LONG_GIVEN_NAME = 6
"""Letters of a given name in which a slip of the pen may stand: Maria and Mario are two people."""


@dataclass(frozen=True, slots=True)
class FullName:
    """A name taken apart, folded. An initial is a word of one letter; a double-barrelled family name has two words.

    `given` is empty for a family name alone.
    """

    given: str
    middle: tuple[str, ...]
    family: tuple[str, ...]
    generation: str | None = None

    @property
    def is_full(self) -> bool:
        """Tells whether a given name or an initial stands in it."""
        return bool(self.given)


@lru_cache(maxsize=50_000)
def full_name(name: str) -> FullName:
    """Splits a name without titles into its parts. Chinese and Korean names may have the family name first."""
    words = [word for word in name.replace("\u00a0", " ").split() if fold_name(word)]
    behind = [fold_name(word) for word in words if "." not in word[:-1]]  # J.R. Olsen is no junior
    generation = next((_GENERATIONS[word] for word in behind if word in _GENERATIONS), None)
    words = [word for word in words if "." in word[:-1] or fold_name(word) not in _GENERATIONS] or words
    if not words:
        return FullName("", (), ())
    if 1 < len(words) <= 3 and parts(name)[:1] != (fold_name(words[0]),) and parts(name)[-1:] == (fold_name(words[0]),):  # noqa: PLR2004  Xi Jinping, Deng Xiao Ping
        words = [*words[1:], words[0]]
    family = tuple(fold_name(_ARTICLE_IN_FRONT.sub("", words[-1])).split()) or (fold_name(words[-1]),)
    before = words[:-1]
    if before and (before[0].islower() or (fold_name(before[0]) in {"al", "el"} and "-" in before[0])):
        return FullName("", (), family, generation)  # de Villepin, al-Nasri
    forenames = [part for word in before if not _is_particle(word) for part in _forenames(word)]
    return FullName(forenames[0] if forenames else "", tuple(forenames[1:]), family, generation)


def family_of(name: str) -> str:
    """Returns the last word of the family name as it sounds, by which people are looked up; empty without a letter."""
    family = full_name(name).family
    return sound(family[-1]) if family else ""


def names_agree(one: str, other: str) -> bool:
    """Tells whether two full names may be one person's.

    Initials, nicknames, transliterations and a slip in a long given name are folded; a middle name may be missing. A
    family name alone agrees with nothing.
    """
    first, second = full_name(one), full_name(other)
    return (
        first.is_full
        and second.is_full
        and _families_agree(first, second)
        and _may_be_one(first.given, second.given)
        and _middles_agree(first, second)
        and (first.generation == second.generation or None in {first.generation, second.generation})
    )


def differ_by_a_slip(one: str, other: str) -> bool:
    """Tells whether two full names agree but for one letter of a long family name."""
    first, second = full_name(one), full_name(other)
    return (
        first.is_full
        and second.is_full
        and first.given == second.given
        and len(first.given) > 1
        and family_of(one) != family_of(other)
        and slip_of(one, other)
    )


def differ_by_a_nickname(one: FullName, other: FullName) -> bool:
    """Tells whether two given names are one person's only if one is short for the other: Mike, Michael."""
    written = len(one.given) > 1 and len(other.given) > 1 and sound(one.given) != sound(other.given)
    return written and given_agree(one.given, other.given)


def fullness(name: str) -> int:
    """Tells how much of a name is written out: words count for two, initials for one."""
    written = full_name(name)
    return sum(2 if len(word) > 1 else 1 for word in (written.given, *written.middle) if word)


@dataclass(frozen=True, slots=True)
class AskedName:
    """A name with the titles in front of it, folded; `name` is what is left."""

    titles: tuple[str, ...]
    name: str


def asked_name(written: str) -> AskedName:
    """Splits a name into its titles and the name proper, whatever its capitals: “the foreign minister Lavrov”."""
    words = [word.title() if written.islower() and word not in _PARTICLES else word for word in written.split()]
    given = name_lists().given_male | name_lists().given_female
    last = -1
    for place, word in enumerate(words[:-1]):
        if fold_name(word) in name_lists().titles:
            last = place
        elif fold_name(word) in given:
            break
    titles = tuple(fold_name(word) for word in words[: last + 1] if fold_name(word) not in {"the", "a", "an"})
    return AskedName(titles, " ".join(word for word in words[last + 1 :] if fold_name(word) != "the"))


def _is_particle(word: str) -> bool:
    return fold_name(word) in _PARTICLES and (word.islower() or fold_name(word) not in {"al", "el", "van", "le"})


def _forenames(word: str) -> list[str]:
    """Returns the forenames in a word: Jean-Claude, J.K."""
    if _INITIALS.fullmatch(word) and (len(fold_name(word)) == 1 or "." in word or word.isupper()):
        return [letter for letter in fold_name(word) if letter.isalpha()]
    return fold_name(word).split()


def _families_agree(one: FullName, other: FullName) -> bool:
    first, second = tuple(map(sound, one.family)), tuple(map(sound, other.family))
    if first == second:
        return True
    # Al Aynsley-Green and Al Aynsley Green
    longer, shorter = (one, other) if len(first) > len(second) else (other, one)
    whole = tuple(map(sound, (*shorter.middle, *shorter.family)))
    return len(first) != len(second) and whole[-len(longer.family) :] == tuple(map(sound, longer.family))


def _may_be_one(one: str, other: str) -> bool:
    return given_agree(one, other) or _is_slip(one, other)


def _is_slip(one: str, other: str) -> bool:
    """Tells whether two given names differ by a letter, or two letters swapped, and are not both known as names."""
    known = name_lists().given_male | name_lists().given_female
    if min(len(one), len(other)) < _LONG_GIVEN_NAME or one[0] != other[0] or {one, other} <= known:
        return False
    return DamerauLevenshtein.distance(one, other, score_cutoff=1) <= 1


def _middles_agree(one: FullName, other: FullName) -> bool:
    if len(one.family) != len(other.family):
        return True
    return all((_may_be_one(left, right) for left, right in zip(one.middle, other.middle, strict=False)))


_OF_STATE = frozenset({"ministry", "department", "government", "parliament", "embassy", "presidency"})
"""Bodies whose name is the same with its words in another order: the Ministry of Defence, the Defence Ministry."""
_SAME = {"defence": "defense", "affairs": "", "the": "", "of": "", "for": "", "and": "", "in": "", "s": ""}


def body_key(name: str) -> str:
    """Tells what all obvious forms of one body's name have in common."""
    words = [word for word in name.replace("’s", "").replace("'s", "").split() if fold_name(word) != "the"]
    folded = [word for part in words for word in fold_name(part).split()]
    if not _OF_STATE.intersection(folded):
        return " ".join(folded)
    nations = {nation for word in words if (nation := nation_of(word))}
    rest = {
        _SAME.get(fold_name(word), fold_name(word)) for word in words if nation_of(word) is None and lookup_form(word)
    }
    return " ".join(sorted(nations | rest - {""}))


@dataclass(frozen=True)
class LongForms:
    """The long forms of abbreviations: in the article that introduces one, and anywhere if all introduce the same."""

    in_article: dict[tuple[str, str], str] = field(default_factory=dict)
    anywhere: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, introduced: Iterable[tuple[str, str, str]]) -> LongForms:
        """Builds the table from triples of article, long and short form; the usual long form wins."""
        in_article: dict[tuple[str, str], str] = {}
        longs: dict[str, Counter[str]] = defaultdict(Counter)
        for article, long, short in sorted(introduced):
            in_article[(article, fold_name(short))] = long
            longs[fold_name(short)][long] += 1
        usual = {short: _usual(counts) for short, counts in longs.items()}
        for (article, short), long in in_article.items():
            form = usual[short]
            if form and f" {body_key(long)}".endswith(f" {body_key(form)}"):
                in_article[(article, short)] = form
        return cls(in_article, {short: form for short, form in usual.items() if form})

    def names_body(self, name: str) -> bool:
        """Tells whether an article introduces an abbreviation of the name, or the name as one."""
        return fold_name(name) in self.anywhere or body_key(name) in self._keys

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(body_key(long) for long in (*self.in_article.values(), *self.anywhere.values()))

    def long_of(self, name: str, article: str) -> str:
        """Returns the long form of a name, or the name itself."""
        short = fold_name(name)
        return self.in_article.get((article, short)) or self.anywhere.get(short, name)


def _usual(counts: Counter[str]) -> str | None:
    by_key: Counter[str] = Counter()
    for long, count in counts.items():
        by_key[body_key(long)] += count
    key, count = by_key.most_common(1)[0]
    if 2 * count <= by_key.total():
        return None
    return max((long for long in counts if body_key(long) == key), key=lambda long: (counts[long], long))


class Slips:
    """Full names, looked up by what a slip of the pen makes of them."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """Indexes names, which come with the block of each."""
        self._blocks: dict[str, dict[str, str]] = defaultdict(dict)
        self._names: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, block in names:
            if given := full_name(name).given:
                self._blocks[given][name] = block
                self._names[block].append((given, name))

    def near(self, block: str) -> set[str]:
        """Returns the other blocks in which a name stands that is one slip away from a name of this block."""
        return {
            other
            for given, name in self._names.get(block, ())
            for near, other in self._blocks[given].items()
            if other != block and differ_by_a_slip(name, near)
        }


@dataclass(frozen=True, slots=True)
class Namesake:
    """A person or body on record, with all names and everything that articles say about them."""

    bearer: Bearer
    names: frozenset[str]
    gender: Gender | None

    @property
    def evidence(self) -> PersonEvidence:
        """What their titles, roles and gender say about who they are."""
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


def _roles_of(linked: Linked) -> list[str]:
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
    return [role for role in _roles_of(linked) if len(role.split()) <= _LONGEST and set(fold_name(role).split()) - own]


def _weight(linked: Linked) -> tuple[int, int, tuple[str, str]]:
    return (-linked.statements, -len(linked.mentions), linked.mentions[0].key)


def _labels(linked: Linked) -> Iterator[str]:
    yield linked.name
    for role in _telling(linked):
        yield f"{linked.name} ({role})"
    if gender := _gender_alone(linked):
        yield f"{linked.name} ({gender})"
    yield from (f"{linked.name} ({number})" for number in itertools.count(2))


def _gender_alone(linked: Linked) -> Gender | None:
    """Returns he or she for a family name of whose bearer nothing else is told: “Mr Vask”."""
    told = {mention.gender for mention in linked.mentions}
    return None if len(told) > 1 or full_name(linked.name).is_full else told.pop()
