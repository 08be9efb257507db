"""The tools with which a model looks things up: a search, the record of statements, one article."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from rag.answering.claims.credits import called, enumerated, where
from rag.answering.retrieval.hybrid import joined
from rag.answering.writing.context import Piece, numbered_lines, pieces, pieces_of_articles, pieces_of_statements
from rag.core import Bounds, Evidence, Kind, Looked, Place, Statement, Tool, ToolCall, ToolRound
from rag.core.amounts import with_noun
from rag.core.errors import OnrecordError
from rag.core.protocols import Library

_MOST_CALLS = 4
"""Look-ups of one round that are carried out."""

_BEST = 5
"""Passages of a search whose numbers are given if a model has them already."""

_DAY = "a day, YYYY-MM-DD"


class Search(BaseModel):
    """Finds sentences in all articles by a question or by words that stand in them, names above all."""

    query: str = Field(min_length=2, max_length=400)
    since: dt.date | None = Field(None, description=f"published on or after {_DAY}")
    until: dt.date | None = Field(None, description=f"published on or before {_DAY}")
    outlet: str | None = Field(None, description="only articles of this outlet")


class Statements(BaseModel):
    """Lists who said what in all articles, and how often: by a person or body, on a topic of a word or two, or both."""

    by: str | None = Field(None, max_length=200, description="a name, an office or a country")
    about: str | None = Field(None, max_length=200, description="a topic, as short as it can be put")
    kind: Kind | None = Field(None, description="only direct quotes, or only reported speech")
    since: dt.date | None = Field(None, description=f"published on or after {_DAY}")
    until: dt.date | None = Field(None, description=f"published on or before {_DAY}")


class ReadArticle(BaseModel):
    """Reads one article as a whole."""

    source: str = Field(min_length=1, max_length=400, description="its file, as named in front of its pieces")


_ARGUMENTS: Mapping[str, type[Search | Statements | ReadArticle]] = {
    "search": Search,
    "statements": Statements,
    "article": ReadArticle,
}


def _schema(arguments: type[BaseModel]) -> dict[str, Any]:
    """Returns the JSON schema in its simplest form: optional arguments are not nullable."""
    schema = arguments.model_json_schema()
    properties = {
        name: {**next((option for option in told.get("anyOf", ()) if option["type"] != "null"), {}), **told}
        for name, told in schema["properties"].items()
    }
    left_out = {"anyOf", "default", "title"}
    plain = {name: {key: told[key] for key in told.keys() - left_out} for name, told in properties.items()}
    return {"type": "object", "properties": plain, "required": schema.get("required", [])}


TOOLS = tuple(Tool(name, str(made.__doc__), _schema(made)) for name, made in _ARGUMENTS.items())
"""The tools that a model is offered."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The result of one call: a line for the reader, words for the model, the evidence, the pieces chosen from it.

    `told` is what code counted, in words that a sentence may use: none that only the model used.
    """

    line: str
    reply: str = ""
    told: str = ""
    evidence: Evidence = field(default_factory=lambda: Evidence(articles={}))
    pieces: tuple[Piece, ...] = ()


class Workspace:
    """A model's working context: the pieces that it has been shown, their evidence, and the library."""

    def __init__(
        self,
        library: Library | None,
        bounds: Bounds,
        evidence: Evidence,
        shown: Iterable[Piece],
        marker: str,
        cap: int,
    ) -> None:
        """`shown` are the first pieces. Their lines begin with `marker`. `cap` are the tokens of all look-ups."""
        self.evidence = evidence
        self.pieces = list(shown)
        self.marker = marker
        self._library = library
        self._bounds = bounds
        self._cap = cap

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools that a model may call; none without a library."""
        return TOOLS if self._library else ()

    @property
    def can_look(self) -> bool:
        """Whether there is a library to search, and room for the results."""
        return self._library is not None and self._cap > 0

    @property
    def count(self) -> int:
        """The number of pieces."""
        return len(self.pieces)

    @property
    def places(self) -> tuple[tuple[Place, ...], ...]:
        """The places of every number, from 1."""
        return tuple(piece.places for piece in self.pieces)

    def look(self, content: str, calls: Sequence[ToolCall]) -> tuple[Looked, ToolRound]:
        """Carries out the calls of one reply; returns a step for the reader, and the results for the model."""
        lines, told, results = [], [], []
        for number, call in enumerate(calls):
            if number >= _MOST_CALLS:
                results.append(f"No more than {_MOST_CALLS} look-ups at once.")
                continue
            found = self._found(call, self._cap // (min(len(calls), _MOST_CALLS) - number))
            lines.append(found.line)
            told += [found.told] if found.told else []
            results.append(self._result(found))
        looked = Looked("; ".join(lines), self.places, self.evidence, " ".join(told))
        return looked, ToolRound(content, tuple(calls), tuple(results))

    def _found(self, call: ToolCall, cap: int) -> _Found:
        """Carries out one call; if that is impossible, says what is wrong with it."""
        made = _ARGUMENTS.get(call.name)
        if self._library is None or made is None or call.trouble:
            return _Found("A look-up that could not be read", call.trouble or f"There is no tool {call.name}.")
        given = {name: value for name, value in call.arguments.items() if value not in ("", None)}
        try:
            return self._carried_out(made.model_validate(given), self._library, cap)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
            return _Found("A look-up that could not be read", f"That call was wrong: {wrong}.")
        except OnrecordError as error:
            return _Found(f"{_TITLES[call.name]}: nothing", str(error))

    def _carried_out(self, asked: Search | Statements | ReadArticle, library: Library, cap: int) -> _Found:
        match asked:
            case Search():
                return self._searched(asked, library, cap)
            case Statements():
                return self._listed(asked, library, cap)
            case ReadArticle():
                return self._read(asked, library, cap)

    def _searched(self, asked: Search, library: Library, cap: int) -> _Found:
        bounds = replace(self._bounds, since=asked.since, until=asked.until, outlet=asked.outlet)
        query, evidence = library.search(asked.query, bounds)
        new = pieces(query, evidence, cap, self.pieces)
        sources = {piece.source for piece in new}
        many = f"{with_noun(len(new), 'sentence')} of {with_noun(len(sources), 'article')}" if new else "nothing new"
        line = f"Searching for “{asked.query}”{_when(asked.since, asked.until)}: {many}"
        return _Found(line, " ".join(evidence.notes), evidence=evidence, pieces=tuple(new))

    def _listed(self, asked: Statements, library: Library, cap: int) -> _Found:
        if not (asked.by or asked.about):
            return _Found("A look-up of no statements", "Say by whom or about what.")
        bounds = replace(self._bounds, since=asked.since, until=asked.until)
        evidence = library.statements(asked.by, asked.about, asked.kind, bounds)
        by, on = _by(asked.by, evidence.statements), f" on {asked.about}" if asked.about else ""
        when = _when(asked.since, asked.until)
        count = with_noun(len(evidence.statements), "statement")
        line = f"Looking up what {' and '.join(by) if by else 'was'} said{on}{when}: {count}"
        counts = _each(asked.by, evidence.statements)
        counted = f"{count}{f' by {enumerated(by)}' if by else ''}{on}"
        reply = f"{counted}{when}{counts}. {' '.join(evidence.notes)}".rstrip()
        told = f"{counted}{counts}." if evidence.statements else ""  # their words hold every word of the topic
        return _Found(line, reply, told, evidence, tuple(pieces_of_statements(evidence, cap, self.pieces)))

    def _read(self, asked: ReadArticle, library: Library, cap: int) -> _Found:
        evidence = library.article(asked.source, self._bounds)
        line = f"Reading {where(next(iter(evidence.articles.values())))}"
        return _Found(line, evidence=evidence, pieces=tuple(pieces_of_articles(evidence, cap, self.pieces)))

    def _result(self, found: _Found) -> str:
        """Writes the result for the model: the counts, the numbers it has already, the new pieces."""
        known = self._already(found.evidence)
        self.evidence = joined(self.evidence, found.evidence)
        lines = numbered_lines(found.pieces, self.evidence, self.marker, first=len(self.pieces) + 1)
        self.pieces += found.pieces
        self._cap -= sum(len(line) // 4 + 4 for line in lines)
        reply = [found.reply] if found.reply else []
        reply += [f"Shown above: {' '.join(f'[{number}]' for number in known)}."] if known else []
        return "\n".join([*reply, *lines]) or "Nothing was found."

    def _already(self, evidence: Evidence) -> list[int]:
        """Returns numbers already shown for what was found: the statements, else the best passages, else all."""
        statements = [Place(statement.source, statement.span) for statement in evidence.statements]
        passages = [Place(hit.passage.source, hit.passage.span) for hit in evidence.hits[:_BEST]]
        return [
            number
            for number, piece in enumerate(self.pieces, start=1)
            if any(
                place.source == piece.source and place.span.overlaps(piece.place.span)
                for place in statements or passages
            )
            or (not statements and not passages and piece.source in evidence.articles)
        ]


_TITLES = {"search": "Searching", "statements": "Looking up statements", "article": "Reading an article"}


def _by(asked: str | None, statements: Iterable[Statement]) -> list[str]:
    """Returns the statements' speakers as a sentence names them; whoever was asked for if too many or none."""
    if asked is None:
        return []
    names = list(dict.fromkeys(statement.speaker for statement in statements if statement.speaker))
    return [called(name) for name in names] if 0 < len(names) <= 2 else [asked]  # noqa: PLR2004 - two names read well


def _each(asked: str | None, statements: Iterable[Statement]) -> str:
    """Returns the statement count of each of several speakers, the most first."""
    counts = Counter(statement.speaker for statement in statements if statement.speaker)
    if len(counts) < 2 and asked:  # noqa: PLR2004 - one speaker has made all
        return ""
    return f" ({', '.join(f'{name} {count}' for name, count in counts.most_common(8))})" if counts else ""


def _when(since: dt.date | None, until: dt.date | None) -> str:
    return f"{f' from {since}' if since else ''}{f' until {until}' if until else ''}"
