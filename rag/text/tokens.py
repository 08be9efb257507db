"""Cuts questions and sentences into words, folded, stemmed and weighed."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import resources
from math import log
from threading import Lock

import snowballstemmer  # type: ignore[import-untyped]  # it has no types

_WORD = re.compile(r"(?:[A-Z]\.){2,}|\w+(?:[’']\w+)*")
_POSSESSIVE = re.compile(r"[’'](s|S)?$")
_STEMMER = snowballstemmer.stemmer("porter")
_STEMMING = Lock()  # a stemmer keeps the word that it works on
_SPACE = re.compile(" ")
_ACRONYM = re.compile(r"(?:[A-Z]\.?){2,}s?$")


def lines(name: str) -> list[str]:
    """Returns the lines of a file of words that stands beside this module, without comments and empty ones."""
    every = resources.files("rag.text").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [line for line in every if line.strip() and not line.startswith("#")]


@cache
def _word_lists() -> Mapping[str, str]:
    table: dict[str, str] = tomllib.loads(resources.files("rag.text").joinpath("word_lists.toml").read_text("utf-8"))
    return table


@cache
def word_list(name: str) -> frozenset[str]:
    """Returns the words of a list in `word_lists.toml`."""
    return frozenset(_word_lists()[name].split())


FUNCTION_WORDS = frozenset(word for line in lines("function_words.txt") for word in line.split())

PRONOUNS = frozenset(
    {"he", "she", "it", "they", "him", "her", "them", "his", "its", "their", "we", "us", "our", "i", "me", "my", "you"}
    | {"this", "that", "these", "those", "which", "who", "whom", "whose", "what", "one", "there", "itself", "himself"}
)


def words(text: str) -> list[str]:
    """Returns the words of a text as written, possessive endings removed: "Armenia's EU bid" gives Armenia, EU, bid."""
    found: list[str] = _WORD.findall(text)
    return [_POSSESSIVE.sub("", word) for word in found] if "'" in text or "’" in text else found


def has_words(text: str) -> bool:
    """Tells whether there is a letter or a digit in the text."""
    return any(character.isalnum() for character in text)


def content_words(text: str) -> list[str]:
    """Returns the words that carry the topic, as written, without repetition. `US` stays where `us` goes."""
    kept = dict.fromkeys(word for word in words(text) if is_acronym(word) or word.lower() not in FUNCTION_WORDS)
    return list(kept)


def is_acronym(word: str) -> bool:
    """Tells whether a word is written as an acronym: EU, U.S., CSTO."""
    return bool(_ACRONYM.match(word))


def is_name(word: str) -> bool:
    """Tells whether a word is written as a name: a capital or an acronym."""
    return word[:1].isupper()


def without_accents(text: str) -> str:
    """Returns a text without accents and other combining marks."""
    if text.isascii():
        return text
    return "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))


def letters_only(text: str) -> str:
    """Returns the letters and digits of a text, in lower case, for comparing."""
    return "".join(filter(str.isalnum, text.casefold()))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Returns the word folded and stemmed as SQLite's `porter unicode61 remove_diacritics 2` does (Porter, 1980)."""
    with _STEMMING:
        return str(_STEMMER.stemWord(without_accents(word.lower())))


@cache
def _aliases() -> Mapping[str, tuple[str, ...]]:
    rows = [tuple(name.strip() for name in line.split("=")) for line in lines("aliases.txt")]
    return {name.lower(): row for row in rows for name in row}


@cache
def _verbs() -> Mapping[str, tuple[str, ...]]:
    """Finds every form of the irregular verbs, with all forms of its verb; a form of two verbs has those of both."""
    forms: dict[str, tuple[str, ...]] = {}
    for line in lines("irregular_verbs.txt"):
        verb = tuple(line.split())
        forms |= {form: (*forms.get(form, ()), *verb) for form in verb}
    return forms


def is_irregular_verb(word: str) -> bool:
    """Tells whether a word is a form of a verb that no stemmer joins: fought, begun."""
    return word.lower() in _verbs()


def irregular_forms(word: str) -> tuple[str, ...]:
    """Finds all forms of an irregular verb, the first its infinitive and the second its past."""
    return _verbs().get(word.lower(), ())


def has_other_names(word: str) -> bool:
    """Tells whether a word is one of several names for a thing, or a form of an irregular verb: no name of a person."""
    return bool(_listed(word))


@lru_cache(maxsize=100_000)
def alternatives(word: str) -> tuple[str, ...]:
    """Finds all the ways in which a name or a verb may be written, itself first: EU, European Union.

    Break, broke, broken.
    """
    return tuple(dict.fromkeys([word, *_listed(word)]))


def other_names(name: str) -> tuple[str, ...]:
    """Returns all names of a thing that is known under several, this one among them: EU, European Union; else none."""
    return _aliases().get(name.lower().replace(".", ""), ())


def _listed(word: str) -> tuple[str, ...]:
    return other_names(word) or _verbs().get(word.lower(), ())


def phrases(text: str) -> list[str]:
    """Returns the content words of a text, with a known name of several words ("European Union") kept as one term."""
    terms: list[str] = []
    for name in filter(_SPACE.search, _aliases()):
        match = re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)
        if match:
            terms.append(match.group())
            text = f"{text[: match.start()]} {text[match.end() :]}"
    return terms + content_words(text)


def weights(frequencies: Mapping[str, int], passages: int) -> dict[str, float]:
    """Returns the inverse document frequency of each word, log(1 + N / (1 + n)): rare words weigh most."""
    return {word: log(1 + passages / (1 + count)) for word, count in frequencies.items()}


def holds_name(text: str, names: Iterable[str]) -> bool:
    """Tells whether the text holds one of the names; acronyms must be written in capitals, `us` is not the US."""
    read = _read(text)
    return any(
        re.search(rf"\b{re.escape(name)}\b", read.written) if is_acronym(name) else _read(name).folded in read.folded
        for name in names
    )


def holds(text: str, spellings: Iterable[str]) -> bool:
    """Tells whether the text holds a term in one of its spellings, or a form of one; `us` is not the US."""
    return bool(held(text, {"": spellings}))


def held(text: str, terms: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Returns those of the terms that the text holds in one of their spellings, as `holds` tells."""
    told = _read(text).stems
    sought = {term: _sought(tuple(spellings)) for term, spellings in terms.items()}
    return frozenset(
        term
        for term, (stems, names) in sought.items()
        if not stems.isdisjoint(told) or (names and holds_name(text, names))
    )


@lru_cache(maxsize=20_000)
def _sought(spellings: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Returns what to look for: stems of single words, and names of several words or that depend on capitals."""
    names = tuple(
        spelling
        for spelling in spellings
        if len(words(spelling)) > 1 or (is_acronym(spelling) and spelling.lower() in FUNCTION_WORDS)
    )
    return frozenset(stem(spelling) for spelling in spellings if spelling not in names), names


@dataclass(frozen=True)
class _Read:
    """A text cut into words: as written, folded with a space around each word, and as stems."""

    written: str
    folded: str

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of the words; a text that is only asked for names needs none."""
        return frozenset(map(stem, self.written.split()))


@lru_cache(maxsize=2_000)
def _read(text: str) -> _Read:
    """Returns the text ready to be asked; a question asks the same few dozen sentences for each of its terms."""
    written = " ".join(words(text))
    return _Read(written, f" {written.lower()} ")


def position_of(text: str, names: Iterable[str]) -> float:
    """Tells how far into the text the first of the names stands, from 0 to 1; 1 if none does."""
    lower = text.lower()
    found = [match.start() for name in names if (match := re.search(rf"\b{re.escape(name.lower())}", lower))]
    return min(found) / len(text) if found else 1.0
