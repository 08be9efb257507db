"""Invents articles, and questions about them: of any number, the same ones each time."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WORLD = 1_000
"""Articles that share their people, places and things."""
MOVED = 0.75
"""The share of these that an article of another world has for itself; the others are known everywhere."""
_PLAIN = re.compile(r"[A-Za-z]+")


def _words(text: str, between: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(between))


SPEAKERS = tuple(
    f"{first} {last}"
    for first, last in zip(
        _words("Maren Tobias Ilka Jonas Petra Anselm Ruta Viktor Elin Stepan Dora Karl Mila Oskar Vera Emil"),
        _words("Kolvik Brandt Sorel Ostrova Haldane Merrick Tamm Lisk Norell Varga Quist Dolan Petrik Roth Amsel Falk"),
        strict=True,
    )
)
OFFICES = ("the foreign minister", "the mayor", "a spokesman for the ministry", "the chairwoman of the union")
PLACES = _words("Dravonia Leskov Marrin Tolvane Ostrel Karst Belmora Vint")
TOPICS = _words(
    "the harbour,the railway,the budget,the border,grain exports,the dam,wages,the election,gas prices", ","
)
NOUNS = _words(
    "council company village court school bridge committee market ministry hospital factory port "
    "newspaper parliament region station airline bank river museum treaty loan contract report"
)
ADJECTIVES = _words("new old northern joint public costly quiet early final open heavy local foreign narrow former")
PAST = _words("rejected approved delayed praised closed rebuilt visited sold inspected opened signed changed")
BASE = _words("accept delay repair sell support leave finance rebuild discuss close extend publish")
MONTHS = _words("January March May June August October December")


VARIED = (
    *(name.split()[1] for name in SPEAKERS),
    *PLACES,
    *NOUNS,
    *_words("harbour railway budget border grain exports dam wages election gas prices"),
)


@dataclass(frozen=True, slots=True)
class Invented:
    """An invented article as a text file: a headline, a byline, and paragraphs in which people speak or nobody does."""

    name: str
    text: str


def invented_articles(count: int, *, paragraphs: int = 12, seed: int = 1) -> Iterator[Invented]:
    """Invents articles of about 370 words each, every one different; the same seed gives the same words.

    The words and people of an archive grow with it, so each further thousand articles is set in a world of its own.
    """
    for number in range(count):
        choice = random.Random(f"{seed}/{number}")  # noqa: S311  # it decides what is written, not who may read it
        headline = f"{choice.choice(PLACES)} {choice.choice(PAST)} {_thing(choice)} over {choice.choice(TOPICS)}"
        body = [_paragraph(choice) for _ in range(paragraphs)]
        text = "\n\n".join([headline, f"By {choice.choice(SPEAKERS)}", *body]) + "\n"
        yield Invented(f"{number:06}.txt", moved(choice, number // WORLD)(text) if number >= WORLD else text)


def moved(choice: random.Random, world: int, *, before: int = 0) -> Callable[[str], str]:
    """Returns what tells the same of other people, places and things; of the first world it moves three in four.

    Every word keeps its length, so that each place in a text stays where it is.
    """
    names = zip(_names(before), _names(world), strict=True)
    other = {old: new for old, new in names if before or choice.random() < MOVED}
    return lambda text: _PLAIN.sub(lambda found: other.get(found[0], found[0]), text)


@cache
def _names(world: int) -> tuple[str, ...]:
    """Returns the words that differ between worlds: vowels for vowels, other letters for others."""
    letters = random.Random(world)  # noqa: S311  # likewise
    table: dict[str, str] = {}
    for kind in ("aeiou", "bcdfghklmnprstvz"):
        table |= zip(kind, letters.sample(kind, len(kind)), strict=True)
    told = str.maketrans(table | {old.upper(): new.upper() for old, new in table.items()})
    return tuple(word.translate(told) if world else word for word in VARIED)


def invented_texts(count: int, *, words: int = 120, seed: int = 2) -> list[str]:
    """Invents passages of exactly `words` words."""
    return [" ".join(article.text.split()[:words]) for article in invented_articles(count, seed=seed)]


def invented_questions(count: int, *, seed: int = 3) -> list[str]:
    """Invents questions about these articles: who said what, and when something was."""
    choice = random.Random(seed)  # noqa: S311  # likewise
    asked = []
    for number in range(count):
        if number % 2:
            asked.append(f"When was the {choice.choice(NOUNS)} in {choice.choice(PLACES)} {choice.choice(PAST)}?")
        else:
            asked.append(f"What did {choice.choice(SPEAKERS)} say about {choice.choice(TOPICS)}?")
    return asked


def write_articles(folder: Path, count: int) -> None:
    """Writes invented articles into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for article in invented_articles(count):
        (folder / article.name).write_text(article.text, encoding="utf-8")


def _paragraph(choice: random.Random) -> str:
    speaker = choice.choice(SPEAKERS)
    plan = f"{choice.choice(BASE)} the {choice.choice(NOUNS)} before {choice.choice(MONTHS)}"
    kinds = (
        f"“We will not {plan},” said {speaker}, {choice.choice(OFFICES)} of {choice.choice(PLACES)}.",
        f"{speaker} said that {choice.choice(PLACES)} would {plan} because of {choice.choice(TOPICS)}.",
        f"“{choice.choice(TOPICS).capitalize()} cannot wait,” {speaker.split()[1]} told reporters. “We must {plan}.”",
        _narration(choice),
    )
    return " ".join([choice.choice(kinds), _narration(choice)])


def _narration(choice: random.Random) -> str:
    return (
        f"In {choice.choice(MONTHS)} {choice.randint(1990, 2024)} {_thing(choice)} in {choice.choice(PLACES)} "
        f"{choice.choice(PAST)} {_thing(choice)} worth {choice.randint(2, 900)} million."
    )


def _thing(choice: random.Random) -> str:
    return f"the {choice.choice(ADJECTIVES)} {choice.choice(NOUNS)}"
