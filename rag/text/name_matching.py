"""Compares spellings of people's names, whatever their order, accents or transliteration."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from rag.core import Person
from rag.text.names import PARTICLES, SUFFIXES, gender_of, is_body, name_lists

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "ı": "i", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th"})
_SOUNDS = tuple(
    pair.split("=")
    for pair in "yi=i ey=ei y=i kh=h ph=f ck=k ks=x dj=j dzh=j tch=ch tz=ts w=v".split()  # noqa: SIM905
)
_INITIALS = re.compile(r"\b(\w)\.(?=\w\.)")
"""The initials that are written in one: J.R. Olsen is J. R. Olsen."""
_ARTICLE = re.compile(r"\b(?:[AaEe]l-|(?:al|el|la|le|ben) )")
"""Particles that are given names with a capital of their own: Al Gore, Ben Stone."""
_LONG_ENOUGH = 7  # letters of a family name in which one article may make a slip


@lru_cache(maxsize=20_000)
def fold_name(name: str) -> str:
    """Returns a name for comparing: lower case, no diacritics, no punctuation; hyphens part words."""
    plain = unicodedata.normalize("NFKD", name).lower().translate(_LETTERS)  # decomposed first: ℰ has no lower case
    decomposed = unicodedata.normalize("NFKD", plain)
    letters = "".join(" " if mark in "-‐‑–" else mark for mark in decomposed if not unicodedata.combining(mark))
    return " ".join("".join(mark for mark in letters if mark.isalnum() or mark.isspace()).split())


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """Returns a folded word as any transliteration would have it: Sergey is Sergei, Pashinyan is Pashinian."""
    for spelling, common in _SOUNDS:
        word = word.replace(spelling, common)
    return re.sub(r"(.)\1", r"\1", word)


def generation_suffix(name: str) -> str | None:
    """Returns the Jr. or III of a name, folded; None where it has none."""
    last = fold_name(name).rpartition(" ")[2]
    return last if last in SUFFIXES else None


@lru_cache(maxsize=20_000)
def parts(name: str) -> tuple[str, ...]:
    """Returns a name's folded words without Jr., in the order given name, middle names, family name."""
    written = tuple(fold_name(_INITIALS.sub(r"\1. ", name)).split())
    words = tuple(word for word in written if word not in SUFFIXES) or written
    if len(words) in {2, 3} and words[0] in name_lists().family_first - {"kim", "lee", "park", "jung", "sun"}:
        return (*words[1:], words[0])
    return words


def given_names(name: str) -> tuple[str, ...]:
    """Returns the folded words in front of the family name and its particles.

    None for “von der Leyen” or “al-Nasri”.
    """
    words = list(parts(_ARTICLE.sub("", name))[:-1])
    while words and words[-1] in PARTICLES:
        words.pop()
    return tuple(words)


def same_family(one: str, other: str) -> bool:
    """Tells whether two names end in the same family name, however it is transliterated."""
    first, second = parts(one), parts(other)
    return bool(first and second) and sound(first[-1]) == sound(second[-1])


def slip_of(one: str, other: str) -> bool:
    """Tells whether two long family names differ by one letter, as a typing error within one article makes them."""
    if not parts(one) or not parts(other):
        return False
    first, second = sound(parts(one)[-1]), sound(parts(other)[-1])
    return (
        min(len(first), len(second)) >= _LONG_ENOUGH
        and first[:2] == second[:2]
        and Levenshtein.distance(first, second, score_cutoff=1) <= 1
    )


def compatible(one: str, other: str) -> bool:
    """Tells whether both could name the same person: same family name, and no given name that speaks against it."""
    if is_body(tuple(one.split())) or is_body(tuple(other.split())):
        return fold_name(one) == fold_name(other)
    if not same_family(one, other) or generation_suffix(one) != generation_suffix(other):
        return False
    first, second = given_names(one), given_names(other)
    if not first or not second:
        return True
    return given_agree(first[0], second[0]) and _middle_agree(first[1:], second[1:]) and _genders_agree(one, other)


def gather(speakers: Iterable[str]) -> tuple[Person, ...]:
    """Finds who is meant by names from any number of articles; a name given more often counts more.

    Two people with one family name and different given names stay two; a name that fits more than one of them, such as
    the bare family name, stays by itself.
    """
    counts = Counter(name for name in speakers if parts(name))
    families: dict[str, list[list[str]]] = defaultdict(list)  # names of different families are never compatible
    for name in sorted(counts, key=lambda name: (-_fullness(name), -counts[name], name)):
        groups = families[sound(parts(name)[-1])]
        fitting = [group for group in groups if all(compatible(name, member) for member in group)]
        if len(fitting) == 1:
            fitting[0].append(name)
        else:
            groups.append([name])
    people = (_person(group, counts) for groups in families.values() for group in groups)
    return tuple(sorted(people, key=lambda person: fold_name(person.name)))


def _person(names: Sequence[str], counts: Counter[str]) -> Person:
    # A middle name alone does not make a name better known: "Donald Trump" printed often beats "Donald J. Trump".
    best = max(names, key=lambda name: (min(_fullness(name), 2), counts[name], _fullness(name), name))
    return Person(best, tuple(sorted(name for name in names if name != best)))


def _fullness(name: str) -> int:
    """Counts how many words of a name are written out; initials count for half, rounded down."""
    words = parts(name)
    return sum(2 if len(word) > 1 else 1 for word in words) // 2


def given_agree(one: str, other: str) -> bool:
    """Tells whether two folded given names may be one: an initial, another spelling, a nickname."""
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    known = name_lists().nicknames
    return sound(one) == sound(other) or sound(known.get(one, one)) == sound(known.get(other, other))


def _middle_agree(one: Sequence[str], other: Sequence[str]) -> bool:
    if not one or not other:
        return True
    return len(one) == len(other) and all(given_agree(left, right) for left, right in zip(one, other, strict=True))


def _genders_agree(one: str, other: str) -> bool:
    first, second = gender_of((), tuple(one.split())), gender_of((), tuple(other.split()))
    return first is None or second is None or first == second
