"""The world that `cases/questions.jsonl` and `cases/follow_ups.jsonl` ask about, and their rows.

A row of questions is a question as people type it, its intent, and the fields that matter, as in `Query`. One of
follow-ups is the conversation (questions, with whom the answer cited where that matters), the question, and the whole
one that it stands for.
"""

import datetime as dt
import re
from typing import Any

from rag.answering.understanding.entity_index import EntityIndex, LibraryLookup
from rag.core import Cited, Person, Place, Span, Turn
from tests.case_files import table
from tests.small_world import PEOPLE

ASKED = dt.date(2026, 11, 22)


SPEAKERS = (*PEOPLE, *(Person(name, tuple(aliases)) for name, aliases in table("world", "person")))
INTRODUCTIONS = [(text, name) for text, name in table("world", "introduction")]
SOURCES = (
    "000_c64a27a4.txt", "001_b0ebb45a.txt", "002_4fd4d0f3.txt", "003_e2b51aae.txt", "004_73f86607.txt", "harbour.txt",
)  # fmt: skip
OUTLETS = ("Caliber.Az", "Orda", "The Caspian Times", "The Gull", "Radio Tern")
PRINTED = re.compile(
    "putin|aliyev|armenia|azerbaijan|scientists|government|minister|foreign|prime|war|harbour|pier|mayor|council|defence"
    "|experts|president|town|ferry|russia|america|pashinian|united|states|georgia|the|kremlin|spokesperson",
    re.IGNORECASE,
)
"""Words that articles use."""

TITLES = dict(table("world", "title"))


class Shelf(LibraryLookup):
    """A library that is known by these words, titles, outlets and sources."""

    outlets = OUTLETS
    sources = SOURCES

    def occurs(self, word: str) -> bool:
        return PRINTED.fullmatch(word) is not None

    def titled(self, text: str) -> set[str]:
        return {source for title, source in TITLES.items() if text.lower() in title.lower()}


KNOWN = EntityIndex(SPEAKERS, INTRODUCTIONS, Shelf())

Said = str | dict[str, Any]


def field(name: str, value: Any) -> object:  # noqa: ANN401 - as JSON has it
    """A field of `Query` as a row writes it down."""
    if name in {"since", "until"} and value:
        return dt.date.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value


def turns(*said: Said) -> list[Turn]:
    """The conversation as an assistant is given it."""
    history = []
    for one in said:
        told: dict[str, Any] = {"asked": one, "cited": []} if isinstance(one, str) else one
        cited = tuple(Cited(Place("a.txt", Span(0, 9)), 1, name, told.get("key")) for name in told["cited"])
        history += [Turn("user", told["asked"]), Turn("assistant", "…", cited=cited)]
    return history
