"""A newsroom in which every word of unknown origin is hostile: titles, names, files, quotes, a model's sentences."""

import hashlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from rag import Checked, DiffPart, FoundQuotation, Recorded, Wanted
from rag.core import (
    Answer,
    Article,
    ArticleDetails,
    ArticleListing,
    Bearer,
    Block,
    Citation,
    Evidence,
    NearMiss,
    Overview,
    Place,
    Profile,
    Query,
    Sentence,
    Span,
    Statement,
    Step,
    Topic,
    Withheld,
)
from rag.core.errors import ModelError
from rag.library.source_status import SourceStatus as Stands
from tests.case_files import rows
from tests.newsroom import Newsroom, Offline
from tests.test_view_draft import FOUND, quotation
from tests.test_view_statements import held, told
from ui.chat import FIRST_QUESTION

OWN_FORMS = (
    *(form for _, form in rows("hostile")),
    "Supercalifragilistic" * 40,
    "Z\u0351\u036b\u0343a\u0349\u034a\u033cl\u0340g\u0328o\u0321" * 20,
    "</p></div></section></main>" * 5,
)
"""One of each kind of attack that the collections of others are made of, written by ourselves."""

WORDS = "What is planted?"
FEW = 6
"""How many stand where the page has room for a few."""


class Planted(Newsroom):
    """Answers with every planted string in every place of an answer; is the record, the shelf and the draft's judge."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: tuple[str, ...] = ()

    def plant(self, strings: Iterable[str]) -> None:
        """Puts these in the place of what was planted before."""
        self.strings = tuple(dict.fromkeys(strings))
        self.shelf = {one: planted_article(one) for one in self.strings}
        self.writer = Offline(f"model:{self.strings[0]}")

    def summary(self) -> ArticleDetails:
        few = self.strings[:FEW]
        return replace(super().summary(), folder=few[0], outlets=few, speakers=few, published=(few[0], few[1]))

    def understand(self, question: str, history: Sequence[Any] = ()) -> Query:
        return replace(super().understand(question, history), speaker=None, topic=None)

    def find(self, query: Query) -> Evidence:
        few = self.strings[:FEW]
        topics = tuple(Topic(1, Place(one, Span(*spoken(one)))) for one in few)
        seen = Overview(len(self.shelf), voices=tuple((one, 1) for one in few), topics=topics)
        return Evidence(self.shelf, overview=seen) if query.question == FIRST_QUESTION else Evidence({})

    def answer(self, query: Query, evidence: Evidence) -> Generator[Step]:  # noqa: ARG002 - it is written down
        if "in vain" in query.question:
            raise ModelError(" ".join(self.strings[:FEW]))
        yield self.planted(query.question)

    def planted(self, question: str) -> Answer:
        """One citation for each string, and the string in every other place too."""
        citations = tuple(planted_citation(number, one) for number, one in enumerate(self.shelf.values(), start=1))
        quoted = [quoted_sentence(one) for one in citations]
        framed = [Sentence(f"*{one.quote}* `{one.quote}`", (one.number,), "frame") for one in citations[:FEW]]
        few = self.strings[:FEW]
        misses = [NearMiss(one, *spoken(one), one, one, one) for one in few]
        return Answer(
            question, few[1], "answered", (*quoted, *framed), citations, self.writer.name, None, few, ((1, 2),), few,
            {few[2]: 1}, tuple(Withheld(one, one) for one in self.strings), tuple(misses),
        )  # fmt: skip

    def recorded(self, wanted: Wanted) -> Recorded:
        """Everything, or why there is nothing."""
        statements = tuple(planted_statement(number, one) for number, one in enumerate(self.strings))
        shelf = {one: ArticleListing(one, one, one, None, "d", 1) for one in self.strings}
        return Recorded(statements, (), shelf, len(statements), wanted.by)

    def bearers(self, name: str) -> list[Bearer]:
        """One person of that name, or many, all of them called as the strings are."""
        return [
            Bearer(one, one, is_body=False, statements=2, articles=1, roles=(one, one))
            for one in (self.strings if name == self.strings[0] else (name,))
        ]

    def profile(self, person: str) -> Profile:
        """Everything that may be told, in those words."""
        roles = tuple(held(one, one, one) for one in self.strings[:FEW])
        return told(person, self.strings[:FEW], roles, namesakes=self.strings[:FEW], first=person, last=person)

    def correct(self, statement: str, speaker: str | None) -> None:
        """Nothing is kept."""

    def articles(self, sources: Iterable[str]) -> Mapping[str, Article]:
        return {one: self.shelf[one] for one in sources}

    def in_article(self, source: str) -> list[Statement]:
        return [planted_statement(0, source)]

    def standing(self) -> tuple[Stands, ...]:
        """Half of them are articles, half are files that cannot be read."""
        read = (Stands(one, "indexed", ArticleListing(one, one, one, one, "d", 1), 1) for one in self.strings[::2])
        return (*read, *(Stands(one, "failed", reason=one) for one in self.strings[1::2]))

    def verify(self, text: str) -> tuple[Checked, ...]:  # noqa: ARG002 - the findings are written down
        """Every string as a quotation, as its speaker, and in what it was altered from."""
        return tuple(
            quotation(
                text=one, credited=one, verdict="altered", found=found_in(one), difference=parts_of(one), notes=(one,)
            )
            for one in self.strings
        )


def found_in(words: str) -> FoundQuotation:
    """A place that is nothing but these words."""
    start, end = spoken(words)
    return replace(
        FOUND,
        source=words,
        start=start,
        end=end,
        quote=words,
        title=words,
        outlet=words,
        published=words,
        speaker=words,
    )


def parts_of(words: str) -> tuple[DiffPart, ...]:
    """A difference on every side."""
    return DiffPart("same", words), DiffPart("draft", words), DiffPart("article", words)


def quoted_sentence(one: Citation) -> Sentence:
    """A quotation under a name, both the same words."""
    credit, start = f"{one.quote}: ", len(one.quote) + len(": “")
    return Sentence(
        f"{credit}“{one.quote}”", (one.number,), "quoted", credit, ((one.number, start, start + len(one.quote)),)
    )


def planted_article(words: str) -> Article:
    """A title, one line of reporting and one of furniture, all of them the same words."""
    text = "\n".join([words] * 3)
    title, body, furniture = (Block(at, at + len(words), role) for at, role in zip(starts(words), ROLES, strict=True))
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    return Article(words, text, digest, "text", (title, body, furniture), "utf-8", words, words, words, None, words)


ROLES: tuple[Any, ...] = ("title", "body", "furniture")


def starts(words: str) -> range:
    return range(0, 3 * (len(words) + 1), len(words) + 1)


def spoken(words: str) -> tuple[int, int]:
    """Where the line of reporting stands."""
    return len(words) + 1, 2 * len(words) + 1


def planted_citation(number: int, article: Article) -> Citation:
    words = article.source
    told = Citation(
        number, words, 2, *spoken(words), words, words, words, words, words, words, words, "direct", "asserts", None,
        article.digest, speaks_for=words, confidence=0.5, standing="disputed",
    )  # fmt: skip
    return told if number % 3 else replace(told, speaker=None, candidates=(words, f"{words}2"))


def planted_statement(number: int, words: str) -> Statement:
    place = Span(*spoken(words))
    told = Statement(
        f"{number}-{words}", words, place, (place,), words, words, words, words, "direct", "asserts", marked=True,
        confidence=0.5, standing="withdrawn", speaks_for=words,
    )  # fmt: skip
    return told if number % 3 else replace(told, speaker=None, candidates=(words, f"{words}2"))


def batches(strings: Iterable[str], size: int) -> Generator[tuple[str, ...]]:
    """The strings, so many at a time."""
    rest = iter(strings)
    while batch := tuple(islice(rest, size)):
        yield batch
