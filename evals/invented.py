"""Invented news for measuring speed, as much as is wanted; the same seed gives the same words. None of it happened."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


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


@dataclass(frozen=True, slots=True)
class Invented:
    """An article as a text file: a headline, a byline, and paragraphs in which people speak or nobody does."""

    name: str
    text: str


def articles(count: int, *, paragraphs: int = 12, seed: int = 1) -> Iterator[Invented]:
    """So many articles of about 370 words each (with twelve paragraphs), every one different."""
    for number in range(count):
        choice = random.Random(f"{seed}/{number}")  # noqa: S311  # it decides what is written, not who may read it
        headline = f"{choice.choice(PLACES)} {choice.choice(PAST)} {_thing(choice)} over {choice.choice(TOPICS)}"
        body = [_paragraph(choice) for _ in range(paragraphs)]
        yield Invented(f"{number:06}.txt", "\n\n".join([headline, f"By {choice.choice(SPEAKERS)}", *body]) + "\n")


def texts(count: int, *, words: int = 120, seed: int = 2) -> list[str]:
    """So many passages of exactly `words` words."""
    return [" ".join(article.text.split()[:words]) for article in articles(count, seed=seed)]


def questions(count: int, *, seed: int = 3) -> list[str]:
    """What a reader of these articles might ask: who said what, and when and where something was."""
    choice = random.Random(seed)  # noqa: S311  # likewise
    asked = []
    for number in range(count):
        if number % 2:
            asked.append(f"When was the {choice.choice(NOUNS)} in {choice.choice(PLACES)} {choice.choice(PAST)}?")
        else:
            asked.append(f"What did {choice.choice(SPEAKERS)} say about {choice.choice(TOPICS)}?")
    return asked


def write(folder: Path, count: int) -> None:
    """Put so many articles into `folder`, which need not be there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for article in articles(count):
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
