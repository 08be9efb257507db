"""Which lines of a news page are no reporting: menus, counters, advertisements, forms, lists of other articles.

Judges lines by the patterns of `furniture.toml` and by where they stand; knows nothing of titles, bylines or dates.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import takewhile

_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_LONGEST = 8000
"""No furniture is longer than this many characters: the captions of a long row of pictures come near."""
_LONGEST_HEADLINE = 160
_SENTENCE_LENGTH = 40
"""A line of at least so many characters that ends like a sentence is prose."""
_PARAGRAPH_LENGTH = 120
"""A line of at least so many is prose however it ends."""


def find_furniture(lines: Sequence[str]) -> list[bool]:
    """For each line of a page, in order and without blank ones, whether it is furniture."""
    marks = [_matches("everywhere", line) or not any(map(str.isalnum, line)) for line in lines]
    prose = [is_prose(line) and not mark for line, mark in zip(lines, marks, strict=True)]
    end = _end_of_reporting(lines, prose)
    for number in range(end, len(lines)):
        marks[number], prose[number] = True, False
    first, last = _edges(prose)
    for number in (*range(first), *range(last + 1, end)):
        marks[number] = marks[number] or _matches("edges", lines[number])
    for number, line in enumerate(lines[:end]):
        if _matches("opens_list", line):
            items = sum(1 for _ in takewhile(_is_headline, lines[number + 1 : end]))
            marks[number : number + 1 + items] = [True] * (1 + items)
    return marks


def find_captions(lines: Sequence[str], furniture: Sequence[bool]) -> list[bool]:
    """For each line whether it tells what a picture shows; behind the reporting none does, but for other articles'."""
    prose = [number for number, line in enumerate(lines) if not furniture[number] and is_prose(line)]
    last = prose[-1] if prose else len(lines)
    return [number <= last and _matches("captions", line) for number, line in enumerate(lines)]


def is_prose(line: str) -> bool:
    """Whether a line reads like a paragraph: a full sentence of some length, or very long."""
    return len(line) >= _PARAGRAPH_LENGTH or (len(line) >= _SENTENCE_LENGTH and _SENTENCE_END.search(line) is not None)


def own_name(line: str) -> str | None:
    """The name by which an outlet speaks of itself on this line of furniture ("X is a platform … We aim to …")."""
    match = _pattern("everywhere").fullmatch(_plain(line)) if len(line) <= _LONGEST else None
    return match["outlet"] if match else None


def _edges(prose: Sequence[bool]) -> tuple[int, int]:
    """Numbers of the first and last paragraph of prose; with no prose at all, everything is edge."""
    numbers = [number for number, is_paragraph in enumerate(prose) if is_paragraph]
    return (numbers[0], numbers[-1]) if numbers else (len(prose), len(prose))


def _end_of_reporting(lines: Sequence[str], prose: Sequence[bool]) -> int:
    """Number of the heading after which nothing is reporting; as many as there are lines if there is none.

    Such words also stand above an article, as a link ("Leave a comment"): a third of the prose must come before.
    """
    total = sum(prose)
    before = 0
    for number, line in enumerate(lines):
        if before * 3 >= total and before and _matches("opens_end", line):
            return number
        before += prose[number]
    return len(lines)


def _is_headline(line: str) -> bool:
    return len(line) <= _LONGEST_HEADLINE and not line.endswith((".", ".”", '."', ".’", ":"))


def _matches(group: str, line: str) -> bool:
    return len(line) <= _LONGEST and _pattern(group).fullmatch(_plain(line)) is not None


def _plain(line: str) -> str:
    return line.replace("’", "'")


@cache
def _pattern(group: str) -> re.Pattern[str]:
    rules = tomllib.loads(resources.files("rag.ingestion").joinpath("boilerplate.toml").read_text("utf-8"))
    return re.compile("|".join(f"(?:{rule})" for rule in rules[group]), re.IGNORECASE)
