"""A small world for the tests of question and answer: two made-up articles and their statements, at true offsets."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import replace

from rag.answering.checking.gate import Beside, Settled, proved
from rag.answering.reading.candidates import Pages
from rag.answering.reading.signals import Asked, judge
from rag.core import Article, Block, Claim, Evidence, Hit, Kind, Person, Place, Query, Span, Statement
from tests.case_files import table
from tests.library_parts import WordReader

HARBOUR = "harbour.txt"
COUNCIL = "council.txt"

HARBOUR_TEXT = (
    "Harbour will grow, mayor says\n"
    "The harbour of Portavia was built in 1923. It employs 400 people.\n"
    "“We will build a second pier,” Mayor Ada Lund said on Monday. “It will be ready in spring.”\n"
    "Lund said that the town would not borrow money.\n"
    "On the ferry, Lund was blunt, according to Radio Tern:\n"
    "The ferry is late because nobody counted the boats, she said.\n"
    "Latest news\n"
)
COUNCIL_TEXT = (
    "Council rejects the pier\nCouncillor Bo Quist told reporters: “The pier is a mistake.”\nThe vote was close.\n"
)

_NEAR = 0.6
"""The cosine of a passage with a question that it answers."""

PEOPLE = (Person("Ada Lund", ("Lund",)), Person("Bo Quist", ("Quist",)))


def article(source: str, text: str, outlet: str | None = None, furniture: Iterable[str] = ("Latest news",)) -> Article:
    """An article whose first line is its title and whose lines named in `furniture` are none of its reporting."""
    blocks, start = [], 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        role = "title" if not start else "furniture" if bare in set(furniture) else "body"
        if bare:
            blocks.append(Block(start, start + len(line.rstrip()), role))  # type: ignore[arg-type] # a Role, by the line above
        start += len(line)
    return Article(source, text, "0" * 64, "text", tuple(blocks), "utf-8", text.splitlines()[0], outlet=outlet)


def span(within: Article, words: str) -> Span:
    """Where the words stand in the article."""
    start = within.text.index(words)
    return Span(start, start + len(words))


def place(within: Article, words: str) -> Place:
    """The same, as a place."""
    return Place(within.source, span(within, words))


def statement(  # noqa: PLR0913 - a statement has that many sides
    identity: str,
    within: Article,
    whole: str,
    content: Iterable[str],
    speaker: str | None,
    kind: Kind = "direct",
    *,
    via: str | None = None,
    marked: bool = True,
    written: str = "she",
) -> Statement:
    """A statement found by its words."""
    slices = tuple(span(within, words) for words in content)
    whole_span = span(within, whole)
    return Statement(
        identity, within.source, whole_span, slices, speaker, written, via, "said", kind, "asserts", marked, 0.9
    )


HARBOUR_ARTICLE = article(HARBOUR, HARBOUR_TEXT, "The Gull")
COUNCIL_ARTICLE = article(COUNCIL, COUNCIL_TEXT)

_ARTICLES = {HARBOUR: HARBOUR_ARTICLE, COUNCIL: COUNCIL_ARTICLE}
PIER, LOAN, FERRY, MISTAKE = (statement(within=_ARTICLES[one], **told) for one, told in table("world", "statement"))


def hit(within: Article, *sentences: str) -> Hit:
    """A passage of these sentences, as retrieval would hand it over."""
    return Hit(within.passage(tuple(span(within, words) for words in sentences)), 1.0, _NEAR)


FACTS = hit(HARBOUR_ARTICLE, "The harbour of Portavia was built in 1923.", "It employs 400 people.")


def sentences(within: Article) -> tuple[Span, ...]:
    """The sentences of its reporting."""
    return tuple(
        Span(block.start + found.start(), block.start + found.end())
        for block in within.body
        for found in re.finditer(r"\S.*?(?:[.!?]”?(?=\s|$)|$)", within.cut(block.span))
    )


def evidence(
    statements: Iterable[Statement] = (), beside: Iterable[Statement] = (), hits: Iterable[Hit] = ()
) -> Evidence:
    """Evidence over both articles."""
    articles = dict(_ARTICLES)
    return Evidence(
        articles=articles,
        sentences={source: sentences(one) for source, one in articles.items()},
        hits=tuple(hits),
        statements=tuple(statements),
        beside=tuple(beside),
        record=(PIER, LOAN, FERRY, MISTAKE),
    )


def reading(query: Query, found: Evidence, answered: float | None = None) -> Evidence:
    """The evidence with the sentences of its hits as a reader of words leaves them."""
    sentences = {hit.passage.source: hit.passage.sentences for hit in found.hits}
    pages = Pages(found.articles, sentences, found.record)
    asked = Asked(query.standalone, {term: (term,) for term in query.terms}, frozenset(query.names))
    read, likely = judge(WordReader(), asked, list(pages.found_in(found.hits)))
    return replace(found, read=read, answered=likely if answered is None else answered)


def query(question: str = "What did Lund say?", **parts: object) -> Query:
    """A query about what Ada Lund said, unless `parts` say otherwise."""
    given: dict[str, object] = {"intent": "statement", "speaker": "Ada Lund", "speaker_is_known": True} | parts
    return Query(question=question, standalone=question, asked=dt.date(2024, 5, 1), **given)  # type: ignore[arg-type] # by name


def proven(text: str, places: Iterable[Place], found: Evidence) -> Settled:
    """What comes of a model's sentence that cites these places, where no judge reads it."""
    return proved(Claim(text, rephrased=True, numbers=(1,)), (tuple(places),), found, Beside())
