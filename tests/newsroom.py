"""A small assistant for the tests of the page: real seed articles, true offsets, answers that are written down here."""

import datetime as dt
import hashlib
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.core import (
    Answer,
    Article,
    ArticleDetails,
    Block,
    Citation,
    Draft,
    Evidence,
    Hit,
    Kind,
    NearMiss,
    Overview,
    Passed,
    Place,
    Query,
    Sentence,
    Span,
    Statement,
    Step,
    Topic,
    Turn,
    Withheld,
)
from rag.core.errors import LibraryError
from ui.chat import FIRST_QUESTION

SEEDS = Path(__file__).parent.parent / "seeds"
ORDA = "001_b0ebb45aa22ba165.txt"
CALIBER = "000_c64a27a414760035.txt"

SOVEREIGN = (
    "Of course, the decision of the legitimate Armenian leadership to begin the process of joining any international "
    "structure where Armenia is expected is a sovereign decision. But weighing the pros and cons is probably also the "
    "responsibility of the Armenian government"
)
ENERGY = (
    "they, without hesitation, give the go-ahead to carry out terrorist activities to destroy the basis of the energy "
    "well-being of the European Union"
)
WARNED = (
    "Peskov emphasized that such a decision is Armenia's sovereign right but warned of the practical challenges "
    "involved"
)
POLL = (
    "A 2024 opinion poll revealed that 62% of Armenians trust the EU, marking a 19-point increase over two years and "
    "indicating a growing public endorsement for closer relations with the EU."
)


def article(name: str, outlet: str | None = None) -> Article:
    """A seed article whose first line is its title and whose lines from "Latest news" on are furniture."""
    text = (SEEDS / name).read_bytes().decode()
    blocks, start, body = [], 0, True
    for line in text.splitlines(keepends=True):
        words = line.strip()
        body = body and words != "Latest news"
        if words:
            role = "title" if not start else "body" if body else "furniture"
            blocks.append(Block(start, start + len(line.rstrip()), role))  # type: ignore[arg-type] # a Role, by the line above
        start += len(line)
    title = text.splitlines()[0]
    return Article(
        name, text, hashlib.sha256(text.encode()).hexdigest(), "text", tuple(blocks), "utf-8", title, outlet=outlet
    )


def printed(text: str, *citations: Citation) -> Sentence:
    """A sentence that ends with the words of its citations, with what comes before them as its credit."""
    quotes: list[tuple[int, int, int]] = []
    end = len(text)
    for cited in reversed(citations):
        end = text.rindex(cited.quote, 0, end)
        quotes.insert(0, (cited.number, end, end + len(cited.quote)))
    numbers = tuple(cited.number for cited in citations)
    return Sentence(text, numbers, "quoted", re.sub(r'(\[…\] )?[“"]?$', "", text[:end]), tuple(quotes))


def citation(number: int, source: Article, quote: str, speaker: str | None, kind: Kind = "direct") -> Citation:
    """A citation of the one place at which `quote` stands."""
    start = source.text.index(quote)
    return Citation(
        number, source.source, source.line_of(start), start, start + len(quote), quote, source.title, source.published,
        source.outlet, source.url, speaker, None, kind, "asserts", None, source.digest,
    )  # fmt: skip


@dataclass
class Offline:
    """A writer that has only a name."""

    name: str = "offline"


class Newsroom:
    """Answers two questions, declines the rest; breaks when it is asked to."""

    def __init__(self, *articles: Article) -> None:
        self.writer = Offline()
        self.shelf = {one.source: one for one in articles or (article(ORDA, "Orda"), article(CALIBER, "Caliber.Az"))}
        self.heard: list[Sequence[Turn]] = []

    def summary(self) -> ArticleDetails:
        return ArticleDetails(
            "seeds",
            len(self.shelf),
            20,
            9,
            ("Caliber.Az", "Orda"),
            ("Dmitry Peskov", "Sergei Lavrov"),
            None,
            2,
            "minilm",
        )

    def article(self, source: str) -> Article:
        if source not in self.shelf:
            raise LibraryError(f"The library holds no article {source}; `onrecord index` reads the folder again.")
        return self.shelf[source]

    def understand(self, question: str, history: Sequence[Turn] = ()) -> Query:
        self.heard.append(history)
        if "break" in question:
            raise ZeroDivisionError("a secret of the machine room")
        if "locked" in question:
            raise LibraryError("The library cannot be read; run `onrecord doctor`.")
        return Query(
            question,
            question,
            "statement",
            dt.date(2026, 1, 1),
            speaker="Dmitry Peskov" if "Peskov" in question else "Sergei Lavrov",
            speaker_is_known=True,
            topic="the EU",
        )

    def find(self, query: Query) -> Evidence:
        if query.question == "What did Dmitry Peskov say about the EU?":
            return Evidence({}, statements=(self.said("Dmitry Peskov"),))
        if query.question == FIRST_QUESTION:
            return Evidence(self.shelf, overview=self.seen())
        if "Lavrov" not in query.question:
            return Evidence({})
        source = self.shelf[ORDA]
        first = source.body[0]
        beside = self.said("Dmitry Peskov")
        passage = source.passage((Span(first.start, first.end),))
        return Evidence(self.shelf, (Hit(passage, 1.0),), beside=(beside,))

    def seen(self) -> Overview:
        """What the shelf holds, seen from above: each article by its first paragraph."""
        topics = tuple(Topic(1, Place(one.source, one.body[0].span)) for one in self.shelf.values())
        return Overview(len(self.shelf), voices=(("Sergei Lavrov", 2), ("Dmitry Peskov", 1)), topics=topics)

    def said(self, speaker: str) -> Statement:
        """The first paragraph, as a statement of that speaker."""
        first = self.shelf[ORDA].body[0]
        return Statement(
            "s", ORDA, first.span, (first.span,), speaker, speaker, None, "said", "direct", "asserts", marked=True,
            confidence=1.0,
        )  # fmt: skip

    def write(self, query: Query, evidence: Evidence) -> Draft:  # noqa: ARG002 - the answers are written down
        return Draft((), self.writer.name)

    def check(self, query: Query, evidence: Evidence, draft: Draft) -> Answer:  # noqa: ARG002 - likewise
        return self.lavrov(query.question) if "Lavrov" in query.question else self.decline(query.question)

    def answer(self, query: Query, evidence: Evidence) -> Generator[Step]:
        answer = self.check(query, evidence, self.write(query, evidence))
        if "slowly" in query.question:
            yield Passed(answer.sentences[0], ())
            yield None
            yield Passed(answer.sentences[1], answer.citations[:1])
        yield answer

    def lavrov(self, question: str) -> Answer:
        orda, caliber = self.shelf[ORDA], self.shelf[CALIBER]
        citations = (
            citation(1, orda, SOVEREIGN, "Sergei Lavrov"),
            citation(2, orda, ENERGY, "Sergei Lavrov"),
            citation(3, caliber, WARNED, "Dmitry Peskov", "reported"),
            citation(4, caliber, POLL, None, "narration"),
        )
        sentences = (
            Sentence(f"Sergei Lavrov is quoted on the EU twice, both times in *{orda.title}* (Orda).", (), "frame"),
            printed(f"Sergei Lavrov in *{orda.title}* (Orda): “{SOVEREIGN}”", citations[0]),
            printed(f"On American intentions: […] “{ENERGY}” […]", citations[1]),
            printed(f"Dmitry Peskov, as reported in *{caliber.title}* (Caliber.Az): {WARNED}", citations[2]),
            printed(f"Caliber.Az: {POLL}", citations[3]),
            Sentence("Not Lavrov: Dmitry Peskov also spoke about the EU.", (3,), "frame"),
        )
        return Answer(
            question, question, "answered", sentences, citations, "offline",
            seconds=0.08, withheld=(Withheld("Lavrov hates the EU.", "No statement of his bears this out."),),
        )  # fmt: skip

    def decline(self, question: str) -> Answer:
        orda = self.shelf[ORDA]
        start = orda.text.index(SOVEREIGN)
        near = NearMiss(ORDA, start, start + len(SOVEREIGN), SOVEREIGN, "Sergei Lavrov", "on joining other structures")
        sentence = Sentence("Ararat Mirzoyan is not quoted on NATO.", (), "frame")
        return Answer(
            question, question, "declined", (sentence,), (), "offline", "not_quoted_on_topic", near_misses=(near,)
        )
