"""Finds short forms that a text explains itself: “European Union (EU)”. Knows one text and no list of abbreviations.

The search is that of Schwartz and Hearst, *A Simple Algorithm for Identifying Abbreviation Definitions in Biomedical
Text* (Pacific Symposium on Biocomputing, 2003): the letters of the short form are looked for from right to left in the
words beside it, and the first must open a word. News is less tidy than abstracts, so two conditions are added: a short
form is written in capitals, and at least half of its letters, two at the least, open words of the long form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SHORT = r"[^\W\d_a-z][\w&./-]{1,9}"
_BRACKETED = re.compile(rf"[ \u00a0]\((?:or |the |also |known as ){{0,2}}(?P<short>{_SHORT})(?=[);,])")
_AFTER_OR = re.compile(rf",? \(?or (?:the )?[“\"]?(?P<short>{_SHORT})[”\"]?(?=[,.;:)\n]|$)")
_LONG_IN_BRACKETS = re.compile(rf"(?<![\w(])(?P<short>{_SHORT}) \((?:or |the ){{0,2}}(?P<long>[^()\n]{{5,120}})\)")
_LONG_AFTER_OR = re.compile(rf"(?<!\w)(?P<short>{_SHORT}), or (?:the )?(?P<long>[^(),;:\n]{{5,120}})(?=[,.;:)\n]|$)")
_BORDER = re.compile(
    r"[()\[\]\n“”\"!?;:]|(?<=\w\w\w)\.\s|\bknown as\b"
)  # words before one of these belong to something else
_WORD = re.compile(r"[^\s,]+")
_PART = re.compile(r"[^\W\d_][\w’']*")
_OF_A_PARTY = re.compile(r"[RDI]-[A-Z]")  # “Rubio (R-Fla.)”


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A long form and the short form that a text introduces for it, both as written."""

    long: str
    short: str


def abbreviations(text: str) -> Iterator[Abbreviation]:
    """Every pair that the text introduces, once each, in the order of their short forms."""
    found: dict[Abbreviation, int] = {}
    for pattern in (_BRACKETED, _AFTER_OR, _LONG_IN_BRACKETS, _LONG_AFTER_OR):
        for match in pattern.finditer(text):
            short = _as_short(match.group("short"))
            if short is None:
                continue
            given = match.groupdict().get("long")
            long = _whole(given, short) if given else _before(text[: match.start()], short)
            if long is not None:
                found.setdefault(Abbreviation(long, short), match.start("short"))
    yield from sorted(found, key=lambda one: (found[one], one.long))


def _as_short(written: str) -> str | None:
    """The short form without a closing full stop that ends the sentence; None for what is no abbreviation."""
    short = written if written.count(".") > 1 else written.rstrip(".")
    short = short.rstrip("-/&")
    letters = [letter for letter in short if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    if capitals < 2 or 2 * capitals < len(letters) or _OF_A_PARTY.match(short):  # noqa: PLR2004  one capital is a word
        return None
    return short


def _before(lead: str, short: str) -> str | None:
    """The long form at the end of `lead`: the fewest words that hold the letters, of as many as there may be."""
    border = max((match.end() for match in _BORDER.finditer(lead, max(0, len(lead) - 200))), default=0)
    letters = len(_letters(short))
    words = list(_WORD.finditer(lead, max(border, len(lead) - 200)))[-min(letters + 5, 2 * letters) :]
    if not words:
        return None
    window = lead[words[0].start() :].rstrip(" ,\u00a0")
    spelt = _spelt_by_openers(window, short)
    if spelt is not None:
        return spelt
    start = _start_of_long(window, short)
    return None if start is None else _fitting(window[start:], short)


def _whole(long: str, short: str) -> str | None:
    """The words given as the long form, if the short form spells all of them."""
    start = _start_of_long(long.strip(), short)
    return _fitting(long.strip(), short) if start == 0 else None


def _spelt_by_openers(window: str, short: str) -> str | None:
    """The last words of `window` whose first letters are the short form, but for lower-case words in between."""
    letters = _letters(short)
    end: int | None = None
    for part in reversed(list(_PART.finditer(window))):
        if part.group()[0].lower() == letters[-1]:
            letters.pop()
            end = end or part.end()
        elif part.group()[0].isupper():
            return None
        if not letters:
            return window[window.rfind(" ", 0, part.start()) + 1 : end]
    return None


def _start_of_long(window: str, short: str) -> int | None:
    """Where the long form begins that ends with `window`, None if the letters are not there in order."""
    place = len(window)
    letters = _letters(short)
    for number, letter in reversed(list(enumerate(letters))):
        place -= 1
        while place >= 0 and not (
            window[place].lower() == letter and (number > 0 or place == 0 or not window[place - 1].isalnum())
        ):
            place -= 1
        if place < 0:
            return None
    return max(window.rfind(" ", 0, place + 1) + 1, 0)


def _fitting(long: str, short: str) -> str | None:
    """The long form if enough of the short form's letters open its words and it does not hold the short form."""
    openers = [part.group()[0].lower() for part in _PART.finditer(long)]
    letters = _letters(short)
    opening = _in_order(letters, openers)
    if opening < 2 or 2 * opening < len(letters) or re.search(rf"(?<!\w){re.escape(short)}(?!\w)", long):  # noqa: PLR2004  one letter is chance
        return None
    return long


def _letters(short: str) -> list[str]:
    """The letters to be found, in lower case; the s of a plural is none of them."""
    return [letter.lower() for letter in re.sub(r"(?<=[^\W\d_a-z.])[’']?s$", "", short) if letter.isalnum()]


def _in_order(letters: list[str], openers: list[str]) -> int:
    """The most letters that open words in the order of the short form (longest common subsequence)."""
    most = [0] * (len(openers) + 1)
    for letter in letters:
        row = most[:]
        for place, opener in enumerate(openers, 1):
            row[place] = max(most[place - 1] + 1 if letter == opener else most[place], row[place - 1])
        most = row
    return most[-1]
