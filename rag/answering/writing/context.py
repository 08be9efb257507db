"""Chooses what a chat model reads, within a cap of tokens, and fills the prompts with it."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template

from rag.answering.claims.credits import remarks
from rag.answering.reading.candidates import begins_with_reference
from rag.answering.retrieval.statements import distinct
from rag.core import Article, Evidence, Message, Place, Query, Span, Statement, Tool, ToolRound, Turn
from rag.text import tokens as words

_OVERHEAD = 8
"""Tokens of a piece beside its words: the mark and the number."""

_SPEAKER = 9
"""Tokens that name its speaker, and the kind of quote."""

_HEADING = 40
"""Tokens of the line that names an article."""

_READ = 16
"""Likeliest slices, which come before the passages around them."""

_SHORT = 1_000
"""Maximum tokens of an article that is included whole."""

_OPENING = 3
"""Sentences with which a report introduces its subject."""

_LONGEST = 1_500
"""Maximum characters of a paragraph; a longer one is a text without paragraphs."""

_NEAREST = 40
"""Sentences with the most of the question's terms, anywhere in the articles."""

_USUAL = 40
"""Tokens of a usual sentence: a longer one must contain more."""

_SHARE_OF_STATEMENTS = 3
"""Statements on record may take one part in this many of the cap, before the passages found."""


_DEFINITE = re.compile(r"[“\"]?The ([a-z]+)\b")
"""A definite noun at the beginning of a sentence."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence and its speaker; None if the article itself speaks.

    The last of `places` is the sentence. One before it is the context of a sentence that refers back: "It employs …",
    "The studio …".
    """

    places: tuple[Place, ...]
    spoken: Statement | None

    @property
    def place(self) -> Place:
        """The sentence itself."""
        return self.places[-1]

    @property
    def source(self) -> str:
        """The article that contains it."""
        return self.places[0].source


def estimated_tokens(text: str) -> int:
    """Estimates the tokens of a text: four letters of English each, three bytes of anything else."""
    size = len(text.encode(errors="replace"))
    others = size - len(text.encode("ascii", errors="ignore"))
    return -(-(size - others) // 4) + -(-others // 3)


def pieces(query: Query, evidence: Evidence, cap: int, shown: Iterable[Piece] = ()) -> list[Piece]:
    """Chooses the sentences that a model reads on a question, as many as fit, each once, none of those in `shown`.

    The articles with the best sentences come first; within one, sentences are in the order of the text.
    """
    sentences = _Sentences(evidence)
    return _fitting(_wanted(query, evidence, sentences, cap), sentences, cap, shown)


def pieces_of_statements(evidence: Evidence, cap: int, shown: Iterable[Piece] = ()) -> list[Piece]:
    """Chooses the sentences that contain the evidence's statements, as many as fit."""
    sentences = _Sentences(evidence)
    at_hand = (statement for statement in evidence.statements if statement.source in evidence.articles)
    places = ((place, 0) for statement in at_hand for place in sentences.within(statement.source, statement.span))
    return _fitting(places, sentences, cap, shown)


def pieces_of_articles(evidence: Evidence, cap: int, shown: Iterable[Piece] = ()) -> list[Piece]:
    """Chooses all sentences of the evidence's articles, as many as fit."""
    sentences = _Sentences(evidence)
    return _fitting(
        ((place, 0) for source in evidence.articles for place in sentences.sentences(source)), sentences, cap, shown
    )


def _fitting(
    places: Iterable[tuple[Place, int]], sentences: _Sentences, cap: int, shown: Iterable[Piece]
) -> list[Piece]:
    """Returns the first places that fit, each once, by article; each comes with the part of the cap it must leave."""
    before = list(shown)
    taken = {piece.place for piece in before}
    chosen: dict[Place, None] = {}
    named: set[str] = set()
    for place, left in places:
        if place in chosen or place in taken:
            continue
        cost = sentences.cost(place) + (0 if place.source in named else _HEADING)
        if cost > cap:
            break
        if cap - cost >= left:
            cap -= cost
            named.add(place.source)
            chosen[place] = None
    order = {source: number for number, source in enumerate(dict.fromkeys(place.source for place in chosen))}
    return [sentences.piece(place) for place in sorted(chosen, key=lambda place: (order[place.source], place.span))]


class _Sentences:
    """The evidence's quotable sentences and their statements, by article."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._sentences: dict[str, tuple[Place, ...]] = {}
        self._record: dict[str, list[Statement]] = defaultdict(list)
        for statement in evidence.record:
            self._record[statement.source].append(statement)

    def sentences(self, source: str) -> tuple[Place, ...]:
        """Returns the sentences of an article in order, without page furniture."""
        if source not in self._sentences:
            article = self._evidence.articles[source]
            spans = self._evidence.sentences.get(source, ())
            self._sentences[source] = tuple(Place(source, span) for span in spans if article.is_quotable(span))
        return self._sentences[source]

    def within(self, source: str, span: Span) -> Iterator[Place]:
        """Returns the sentences that a span of an article touches."""
        return (place for place in self.sentences(source) if place.span.overlaps(span))

    def cost(self, place: Place) -> int:
        """Counts the tokens of a sentence with its number."""
        return estimated_tokens(self._evidence.quote(place)) + _OVERHEAD + (_SPEAKER if self._spoken(place) else 0)

    def length(self, source: str) -> int:
        """Counts the tokens of an article's sentences."""
        return sum(map(self.cost, self.sentences(source)))

    def piece(self, place: Place) -> Piece:
        """Returns a sentence with its speaker, and with the sentence before if it refers back."""
        return Piece((*self._led_by(place), place), self._spoken(place))

    def _spoken(self, place: Place) -> Statement | None:
        """Returns the statement in a sentence, the one with most content there."""
        told = [statement for statement in self._record[place.source] if statement.tells(place)]
        return max(told, key=lambda statement: statement.said_within(place.span), default=None)

    def _led_by(self, place: Place) -> tuple[Place, ...]:
        """Returns the sentence before one that opens with a pronoun, or a noun introduced there: "The studio said"."""
        quote, within = self._evidence.quote(place), self.sentences(place.source)
        before = bisect_right(within, place.span.start, key=lambda earlier: earlier.span.end)
        led = within[max(0, before - 1) : before]
        noun = _DEFINITE.match(quote)
        introduced = {words.stem(word) for led_place in led for word in words.words(self._evidence.quote(led_place))}
        is_led = begins_with_reference(quote) or (noun is not None and words.stem(noun[1]) in introduced)
        return led if is_led else ()


def _wanted(query: Query, evidence: Evidence, sentences: _Sentences, cap: int) -> Iterator[tuple[Place, int]]:
    """Yields the sentences to read, the likeliest first, some several times; each with what must be left of the cap.

    Statements on the topic by those asked about come first, then the passages found, then the context of both: their
    paragraphs, the openings of their articles, and all of a short article.
    """
    for place in places_cited_last(query):
        if place.source in evidence.articles:
            yield from ((near, 0) for near in sentences.within(place.source, place.span))
    told = [
        (statement.source, statement.span)
        for statement in _told(query, evidence)
        if statement.source in evidence.articles
    ]
    told += [(read.place.source, read.place.span) for read in evidence.read[:_READ]]
    left = cap - cap // _SHARE_OF_STATEMENTS
    yield from ((place, left) for source, span in told for place in sentences.within(source, span))
    yield from ((place, 0) for place in _read_on(query, evidence, sentences))
    yield from ((place, 0) for source, span in told for place in sentences.within(source, span))


def _read_on(query: Query, evidence: Evidence, sentences: _Sentences) -> Iterator[Place]:
    """Yields the passages found, their paragraphs, and what else of their articles may answer."""
    found = [(hit.passage.source, span) for hit in evidence.hits for span in hit.passage.sentences]
    sources = list(dict.fromkeys([*(source for source, _ in found), *evidence.articles]))
    sources.sort(key=lambda source: source != query.within.source)
    for source, span in found:
        yield from sentences.within(source, span)
    nearest = _nearest(query, evidence, sentences, sources)
    yield from nearest[:_NEAREST]
    for source in dict.fromkeys(source for source, _ in found):
        yield from sentences.sentences(source)[:_OPENING]
    for source, span in found:
        yield from sentences.within(source, _paragraph(evidence.articles[source], span))
    yield from nearest[_NEAREST : 3 * _NEAREST]
    for source in sorted(
        sources, key=lambda source: source != query.within.source and sentences.length(source) > _SHORT
    ):
        yield from sentences.sentences(source)  # short ones whole, then as much of the others as fits


def _nearest(query: Query, evidence: Evidence, sentences: _Sentences, sources: Iterable[str]) -> list[Place]:
    """Returns the articles' sentences with the most of the question's terms, by weight."""
    spellings = [(evidence.weights.get(term, 0.0), evidence.spellings.get(term, (term,))) for term in query.terms]
    worth = {
        place: sum(weight for weight, ways in spellings if words.holds(evidence.quote(place), ways))
        / (_USUAL + sentences.cost(place))
        for source in sources
        for place in sentences.sentences(source)
    }
    return sorted(worth, key=lambda place: -worth[place])


def places_cited_last(query: Query) -> tuple[Place, ...]:
    """Returns the places that the previous answer cited."""
    answers = [turn for turn in query.history if turn.role == "assistant"]
    return tuple(cited.place for cited in answers[-1].cited) if answers else ()


def _told(query: Query, evidence: Evidence) -> list[Statement]:
    """Returns the statements that answer, those of each side of a comparison in turn, then near misses."""
    sides = [statement for rank in _in_turn(evidence) for statement in rank]
    answering = distinct([*evidence.statements, *sides])
    beside = [*evidence.aides, *evidence.unclear, *evidence.unsaid]
    return [*answering, *beside, *(evidence.beside if query.is_of_the_record else ())]


def _in_turn(evidence: Evidence) -> Iterator[list[Statement]]:
    """Yields the first statements of all sides, then the second ones."""
    longest = max((len(side.statements) for side in evidence.sides), default=0)
    for rank in range(longest):
        yield [side.statements[rank] for side in evidence.sides if rank < len(side.statements)]


def _paragraph(article: Article, span: Span) -> Span:
    """Returns the paragraphs that a span touches; the span itself in a text without paragraphs."""
    blocks = [block for block in article.body if block.span.overlaps(span) and block.end - block.start < _LONGEST]
    return Span(blocks[0].start, blocks[-1].end) if blocks else span


def latest(history: Sequence[Turn], cap: int) -> list[Turn]:
    """Returns the last turns that fit into `cap` tokens, oldest dropped first; they begin with a question."""
    kept: list[Turn] = []
    for turn in reversed(history):
        cap -= estimated_tokens(turn.content) + 4
        if cap < 0:
            break
        kept.insert(0, turn)
    while kept and kept[0].role != "user":
        kept.pop(0)
    return kept


_IN_ITS_LANGUAGE = (
    "Write in the language of the question. Words in quotation marks “ ” stay in the language of their piece, letter "
    "by letter. If the pieces are in another language, look further with words of that language."
)
_NUMBERS = re.compile(r" ?\[\d{1,3}\]")
_HISTORY_SHARE = 4
"""The conversation may take one part in this many of the cap."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A model's instructions and turns: the last of `turns` is the question with its pieces.

    Each line of the pieces begins with the `marker`, which no article can foresee.
    """

    system: str
    turns: tuple[Message, ...]
    marker: str

    def digest(self, tools: Sequence[Tool] = ()) -> str:
        """Identifies a prompt: equal for the same words, asked in the same way."""
        told = [self.system, *map(_written, self.turns), *(tool.name for tool in tools)]
        return hashlib.sha256("\0".join(told).replace(self.marker, "").encode()).hexdigest()


def _written(turn: Message) -> str:
    """Returns a turn for the digest; the ids of calls are left out, as they are always new."""
    if isinstance(turn, ToolRound):
        calls = [[call.name, dict(call.arguments), call.trouble] for call in turn.calls]
        return json.dumps([turn.content, calls, turn.results])
    return f"{turn.role}:{turn.content}"


def new_marker() -> str:
    """Returns a random mark that begins the lines of the pieces of one question."""
    return f"~{secrets.token_hex(2)}"


def prompt(query: Query, pieces: Sequence[Piece], evidence: Evidence, cap: int, marker: str | None = None) -> Prompt:
    """Makes the prompt: the part common to all questions, the conversation, the question with its pieces.

    Servers cache a prompt up to the first new word.
    """
    marker = marker or new_marker()
    asked = template("ask").substitute(
        question=query.question,
        reading="".join(f"{line}\n" for line in _readings(query)),
        marker=marker,
        pieces="\n".join(numbered_lines(pieces, evidence, marker)) or f"{marker} There are none.",
    )
    return Prompt(template("write").template, (*_conversation(query, cap), Turn("user", asked)), marker)


def cost_without_pieces(query: Query, cap: int) -> int:
    """Counts the tokens of the prompt without its pieces."""
    told = [template("write").template, template("ask").template, query.question, query.question, *_readings(query)]
    return sum(map(estimated_tokens, (*told, *(turn.content for turn in _conversation(query, cap)))))


def _readings(query: Query) -> Iterator[str]:
    """Says how an ambiguous question was read: its referents, the time that it names."""
    if query.standalone != query.question:
        yield f"It was read as: {query.standalone}"
    if query.time.since or query.time.until:
        yield f"It was asked on {query.asked}."
    if not query.is_english:
        yield _IN_ITS_LANGUAGE


def _conversation(query: Query, cap: int) -> list[Turn]:
    """Returns the last turns, without their citation numbers but with the articles that they cite."""
    return [_told_turn(turn) for turn in latest(query.history, cap // _HISTORY_SHARE)]


def _told_turn(turn: Turn) -> Turn:
    if turn.role == "user":
        return turn
    sources = list(dict.fromkeys(cited.place.source for cited in turn.cited))
    cited = f"\n(It cited {', '.join(sources)}.)" if sources else ""
    return Turn(turn.role, f"{_NUMBERS.sub('', turn.content)}{cited}")


@cache
def template(name: str) -> Template:
    """Returns the prompt of that name."""
    return Template(resources.files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8"))


def numbered_lines(pieces: Sequence[Piece], evidence: Evidence, marker: str, first: int = 1) -> list[str]:
    """Writes the pieces as numbered lines from number `first`, each article under its name."""
    lines: list[str] = []
    source = None
    for number, piece in enumerate(pieces, start=first):
        if piece.source != source:
            source = piece.source
            lines.append(f"{marker} From {_named(evidence.articles[source])}:")
        told = f"({kind(piece)}) " if piece.spoken else ""
        lines.append(f"{marker} [{number}] {told}{' '.join(evidence.quote(piece.place).split())}")
    return lines


def _named(article: Article) -> str:
    parts = [article.source, article.title, article.outlet, article.published or "no date"]
    return " ".join(", ".join(part for part in parts if part).split())


def kind(piece: Piece) -> str:
    """Returns the speaker, and the kind of quote."""
    statement = piece.spoken
    if statement is None:
        return "the article itself"
    speaker = statement.speaker or statement.speaker_as_written or "somebody without a name"
    speaker += f" ({'; '.join(told)})" if (told := remarks(statement)) else ""
    how = {"direct": "direct quote", "mixed": "reported, in part quoted"}.get(statement.kind, "reported")
    denied = {"denies": ", a denial", "asks": ", a question"}.get(statement.polarity, "")
    return " ".join(f"{speaker}, {how}{denied}{f', via {statement.via}' if statement.via else ''}".split())
