"""Whether a sentence in other words says no more than its source: word by word. Knows stems, synonyms, names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from rag.answering import words
from rag.text.name_matching import sound
from rag.text.names import name_lists

_LIGHT = frozenset(
    """
    also however meanwhile regarding concerning including such both further moreover additionally furthermore when asked
    respectively instead thus therefore reporter reporters journalist journalists news outlet source sources according
    state stated states say said says add added adds tell told tells note noted notes comment commented comments remark
    remarked speak spoke speaking spoken mention mentioned express expressed report reported reports statement
    statements interview following due order which ones particular particularly specifically set
    percent per cent percentage
    """.split()  # noqa: SIM905 - a list of words reads better so
)
"""Words that tell how something is told, and nothing of what."""

_TELLING = frozenset(
    """
    more most less fewer least only all every before after until since never always still already again few against
    without above below nearly almost no not none nor neither too yet ever once
    """.split()  # noqa: SIM905 - a list of words reads better so
)
"""Function words that change what is said: they may not be put in."""

_ENDINGS = (
    "ment|ments|ion|ions|ation|ations|ing|er|ers|or|ors|ship|ships|ity|ities|ly|al|ally|ance|ence|ed|es|s|e|y|ive|ure|"
    "ian|"
    "ied|ies|ance|ful|fully|ise|ize|ised|ized|ising|izing|isation|ization|ic|ist|ists|t|ts|ant|ants|"
)
_DERIVED = re.compile(rf"(?:{_ENDINGS})$")
_PARTICLE_VERBS = {
    re.compile(rf"\b(?:{forms})\b", re.IGNORECASE): verb
    for forms, verb in {
        "br(?:eak|eaks|oke|oken|eaking) out": "begin",
        "t(?:ake|akes|ook|aken|aking) place": "happen",
        "(?:set|sets|setting) up": "establish",
        "carr(?:y|ies|ied|ying) out": "conduct",
        "call(?:s|ed|ing)? off": "cancel",
        "put(?:s|ting)? off": "postpone",
        "step(?:s|ped|ping)? down": "resign",
        "turn(?:s|ed|ing)? down": "reject",
        "pull(?:s|ed|ing)? out": "withdraw",
        "t(?:ake|akes|ook|aken|aking) part": "participate",
    }.items()
}
"""Verbs of two words that one word may stand for."""

_SPELLS_OUT = re.compile(r"\b(?P<short>[A-Z]{2,}) (?P<verb>stands for|is short for|is an abbreviation of)\b")
_BETWEEN = frozenset({"of", "the", "and", "for", "on", "in"})
"""Words of a name that give no letter to its short form."""

_LONG_ENOUGH = 5  # letters that two words must share before their endings
_LONG_STEM = 4


@cache
def _synonyms() -> Mapping[str, frozenset[str]]:
    """Every stem of the synonyms' file with the stems of its lines."""
    found: dict[str, frozenset[str]] = {}
    for line in words.lines("synonyms.txt"):
        group = frozenset(map(words.stem, line.split()))
        for one in group:
            found[one] = found.get(one, frozenset()) | group
    return found


@lru_cache(maxsize=50_000)
def _own(word: str) -> frozenset[str]:
    """The stems that are the word itself: its own, its verb forms', its nation."""
    nation = name_lists().nations.get(word.lower())
    forms = {words.stem(other) for other in words.alternatives(word) if " " not in other}
    return frozenset({words.stem(word), *forms, *([f"nation:{nation}"] if nation else [])})


@lru_cache(maxsize=50_000)
def kin(word: str) -> frozenset[str]:
    """All the stems under which the word may stand in a source: its own and its synonyms'."""
    own = _own(word)
    return own.union(*(_synonyms().get(one, ()) for one in own))


def alike(one: str, other: str) -> bool:
    """Whether two words may stand for each other: synonyms, or of one root ("withdraw", "withdrawal")."""
    return bool(kin(one) & _own(other)) or _of_one_root(words.stem(one), words.stem(other))


def _of_one_root(one: str, other: str) -> bool:
    shared = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        shared += 1
    if shared < (_LONG_STEM if shared in {len(one), len(other)} else _LONG_ENOUGH):
        return False
    return all(_DERIVED.fullmatch(word[shared:]) is not None for word in (one, other))


def uncovered(sentence: str, source: str, free: Iterable[str] = ()) -> list[str]:
    """The telling words of the sentence that no word of the source stands for; `free` need no proof."""
    meant = [verb for said, verb in _PARTICLE_VERBS.items() if said.search(source)]
    for said, verb in _PARTICLE_VERBS.items():  # what broke away did not break out
        sentence = said.sub(verb, sentence)
    spelled = _SPELLS_OUT.search(sentence)
    if spelled and f"({spelled['short']})" in source:
        free = [*free, *words.words(spelled["verb"])]
    held = tuple(dict.fromkeys([*words.words(source), *meant]))
    stems = frozenset(stem for word in held for stem in _own(word))
    phrases = _spelled_out(source)
    let = {words.stem(word) for word in free}
    missing = []
    for word in dict.fromkeys(words.words(sentence)):
        if not _tells(word) or words.stem(word) in let or word.lower() in phrases:
            continue
        if not (kin(word) & stems or any(_of_one_root(words.stem(word), words.stem(other)) for other in held)):
            missing.append(word)
    return missing


def _tells(word: str) -> bool:
    """Whether the word needs proof: not a figure (proved apart), not a word of telling, not a function word."""
    lower = word.lower()
    if word[:1].isdigit() or (lower in _LIGHT and not words.is_acronym(word)):
        return False
    return words.is_acronym(word) or lower in _TELLING or lower not in words.FUNCTION_WORDS


def _spelled_out(source: str) -> frozenset[str]:
    """The words of names that the source has in another form: EU lets "European Union" pass, and the other way."""
    found: set[str] = set()
    lower = f" {' '.join(words.words(source)).lower()} "
    for word in words.phrases(source):
        for other in words.alternatives(word):
            found.update(part.lower() for part in words.words(other))
    for short, parts in _long_names():
        if f" {parts} " in lower:
            found.add(short)
    return frozenset(found)


@cache
def _long_names() -> tuple[tuple[str, str], ...]:
    rows = [[name.strip() for name in line.split("=")] for line in words.lines("aliases.txt")]
    return tuple((row[0].lower(), name.lower()) for row in rows for name in row[1:] if " " in name)


def is_short_for(word: str, source: str) -> bool:
    """Whether a word is made of the first letters of words that stand there in a row: "AP", "W.H.O."."""
    initials = "".join(one[0] for one in words.words(source) if one not in _BETWEEN)
    return words.is_acronym(word) and word.replace(".", "") in initials


def same_name(one: str, other: str) -> bool:
    """Whether two words may be the same name, however it is transliterated: Pashinyan, Pashinian."""
    return sound(one.lower()) == sound(other.lower()) or alike(one, other)
