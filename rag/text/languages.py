"""Tells which language a text is in, and finds the other forms of its words.

Statements are found by English cues and an English parser; on other languages both would find nothing, or worse,
something. Articles in two languages count as the one that most of their words are in.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice
from threading import Lock
from typing import Final

import snowballstemmer  # type: ignore[import-untyped]  # it has no types

from rag.core import Article
from rag.text import tokens
from rag.text.spacy_models import function_words

_SHORTEST = 4
"""Minimum letters of a word that is another's beginning."""

_LONGEST_ENDING = 3
"""Maximum letters that the other has more: stemmers take "Лавров" and "Лаврова" for two words."""

_LEAST_BEGINNING = 3
_OTHERS = ("en", "sv", "da", "nb", "fi", "cs", "sk", "hr", "sl", "ro", "hu", "id")
"""Languages in Latin letters that are told apart, but not answered in."""

_IN_A_WORD = str.maketrans("", "", "՛՜՞")
"""Marks of Armenian that stand on a letter inside the word that is asked about."""

_ELIDED = re.compile(r"^\w{1,4}['’](?=\w)")
_STEMMING = Lock()  # a stemmer keeps the word that it works on


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its two letters, English name and script, the letters that no neighbour writes, and its stemmer.

    `sentence` asks politely, in the language, for a question in English. `has_common_words` tells whether spaCy lists
    the commonest words of the language.
    """

    code: str
    name: str
    script: str
    sentence: str
    letters: str = ""
    stemmer: str | None = None
    has_common_words: bool = True


@cache
def languages() -> Mapping[str, Language]:
    """Returns the languages of `languages.toml` by their two letters."""
    told = tomllib.loads(resources.files("rag.text").joinpath("languages.toml").read_text("utf-8"))
    return {code: Language(code, **row) for code, row in told.items()}


def language_of(text: str) -> Language | None:
    """Returns the language of a text by its script, letters and commonest words.

    None for English, for a language that is not listed, and where nothing tells.
    """
    script = _script(text)
    found = [word.lower() for word in tokens.words(text)]
    lower = text.lower()
    likely: dict[str, int] = {}
    for code, language in languages().items():
        if language.script == script:
            own = sum(letter in lower for letter in language.letters)
            likely[code] = 2 * own + _common(found, code)
    if not likely:
        return None
    best = max(likely, key=lambda code: likely[code])
    if script == "LATIN" and likely[best] <= max(_common(found, code) for code in _OTHERS):
        return None
    return languages()[best]


def _script(text: str) -> str:
    """Returns the script that most letters are in: the first word of their Unicode names."""
    names = Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha())
    return max(names, key=lambda name: names[name], default="")


def _common(found: Iterable[str], code: str) -> int:
    return sum(word in _common_words(code) for word in found)


def _common_words(code: str) -> frozenset[str]:
    is_listed = code not in languages() or languages()[code].has_common_words
    return function_words(code) if is_listed else frozenset()


def topic_words(text: str, language: Language) -> list[str]:
    """Returns the words of a text that are not among the commonest of its language, each once, without "l’" or "d’"."""
    found = tokens.words(text.translate(_IN_A_WORD))
    if language.script == "LATIN":
        found = [_ELIDED.sub("", word) for word in found]
    common = _common_words(language.code)
    return list(dict.fromkeys(word for word in found if word.lower() not in common))


def forms(word: str, language: Language, printed: Iterable[str]) -> list[str]:
    """Returns those of the printed words, folded as in the full text, that are forms of the word.

    They have its stem, or one is the beginning of the other and a short ending is all that differs.
    """
    wanted, stems = _folded(word), _stems(word, language)
    return [
        other
        for other in printed
        if not stems.isdisjoint(_stems(other, language)) or _differ_by_ending(wanted, _folded(other))
    ]


def beginnings(word: str, language: Language) -> tuple[str, ...]:
    """Returns what every form of the word begins with: as it is written, and without accents."""
    shortest = min(len(stem) for stem in _stems(word, language))
    length = max(shortest - 1, min(len(word), _LEAST_BEGINNING))
    return tuple(dict.fromkeys((word.lower()[:length], _folded(word)[:length])))


def _differ_by_ending(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    is_near = len(shorter) >= _SHORTEST and len(longer) - len(shorter) <= _LONGEST_ENDING
    return is_near and longer.startswith(shorter)


def _stems(word: str, language: Language) -> frozenset[str]:
    """Returns the word folded, and its stems; the full text has stemmed all Latin letters by the English rules."""
    folded = _folded(word)
    own = folded
    if language.stemmer:
        with _STEMMING:
            own = str(_stemmer(language.stemmer).stemWord(folded))
    return frozenset((folded, tokens.stem(folded), tokens.stem(own)))


def _folded(word: str) -> str:
    return tokens.without_accents(word.lower())


@cache
def _stemmer(name: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(name)


NOT_ENGLISH: Final = (
    "It does not seem to be in English: it can be searched and quoted, but who says what in it is not recorded."
)
"""The warning that such an article carries."""

_CONTRACTED = re.compile(r"[^\W\d_](?:n['’]t|['’](?:s|re|ve|ll|d|m))\b", re.IGNORECASE)
"""What English joins to a word; of the other languages none does so often."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FUNCTION_WORDS = tokens.word_list("english")
_LEAST_ENGLISH = (
    0.03  # of the words: of 3,040 English news articles none had less than 0.053; elsewhere they are 0 to 0.01
)
_LATIN = tuple("de fr es it pt nl sv da nb fi pl cs sk hr sl ro hu tr id".split())  # noqa: SIM905
"""Languages in Latin letters whose commonest words are known, beside English."""

_COMMON = 0.3  # of the words of a question; in "3g switch-off dates att, t-mobile" two of eight are Swedish by chance
_ENOUGH = 20  # words that tell a language
_MOST = 3000


def is_english(article: Article) -> bool:
    """Tells whether the body reads as English; one too short to tell does, if its letters are."""
    words = list(islice(_words(article), _MOST))
    if len(words) < _ENOUGH:
        return not words or sum(word.isascii() for word in words) * 2 >= len(words)
    return sum(word in _FUNCTION_WORDS for word in words) >= _LEAST_ENGLISH * len(words)


def is_english_question(text: str) -> bool:
    """Tells whether a question reads as English; one whose words tell nothing does, if its letters are Latin.

    The language whose commonest words it holds the most of is taken; where two are even, English.
    """
    letters = [letter for letter in text if letter.isalpha()]
    if 2 * sum("LATIN" in unicodedata.name(letter, "") for letter in letters) < len(letters):
        return False
    written = re.findall(r"[^\W\d_]+", _CONTRACTED.sub("", text))
    found = [word.lower() for word in written if len(word) > 1 or word.islower()]  # no initials
    english = _count_common(found, "en") + len(_CONTRACTED.findall(text))
    if 2 * english >= len(found):
        return True
    foreign = [word for word in found if word not in function_words("en")]
    commonest = max(_count_common(foreign, language) for language in _LATIN)
    return commonest <= max(english, 1) or commonest < _COMMON * len(found)


def _count_common(found: list[str], language: str) -> int:
    return sum(word in function_words(language) for word in found)


def _words(article: Article) -> Iterator[str]:
    for block in article.body:
        for found in _WORD.finditer(article.text, block.start, block.end):
            yield found.group().lower()
