"""How texts are compared: without case, accents, spacing and form of quotation marks. Knows no case and no answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_ARTICLES = frozenset({"a", "an", "the"})
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {word: number for number, word in enumerate(_WORDS)} | {"none": 0, "once": 1, "twice": 2}


def plain(text: str) -> str:
    """The text for comparison: no case, no accents, one kind of quotation mark, single spaces."""
    letters = unicodedata.normalize("NFKD", text).translate(str.maketrans("‘’“”", "''\"\""))
    return re.sub(r"\s+", " ", "".join(mark for mark in letters if not unicodedata.combining(mark))).casefold().strip()


def is_worded(text: str, wording: str) -> bool:
    """Whether the text is this wording, in which words in (brackets) may be left out.

    Case, punctuation and articles do not count; the order of the words does.
    """
    parts = re.findall(r"\(([^()]*)\)|([^()]+)", wording)
    pattern = "".join(
        f"(?:{re.escape(_flat(optional))})?" if optional else re.escape(_flat(needed)) for optional, needed in parts
    )
    return re.fullmatch(pattern, _flat(text)) is not None


def numbers(text: str) -> Iterator[int]:
    """The whole numbers that the text tells, as digits ("1,204") or as words up to twelve."""
    for word in re.findall(r"\d[\d,]*|[a-z]+", plain(text)):
        if word[0].isdigit():
            yield int(word.replace(",", ""))
        elif word in _NUMBERS:
            yield _NUMBERS[word]


def quoted_texts(sentence: str) -> Iterator[str]:
    """The texts between quotation marks, “curly” or "straight"; of nested ones the outermost."""
    depth, start, straight = 0, 0, False
    for offset, mark in enumerate(sentence):
        if mark == "“" and not straight:
            depth, start = depth + 1, start if depth else offset + 1
        elif mark == "”" and depth:
            depth -= 1
            if not depth:
                yield sentence[start:offset]
        elif mark == '"' and not depth:
            if straight:
                yield sentence[start:offset]
            straight, start = not straight, offset + 1


def _flat(text: str) -> str:
    """The words that count, each followed by a space."""
    return "".join(f"{word} " for word in re.findall(r"[\w'-]+", plain(text)) if word not in _ARTICLES)
