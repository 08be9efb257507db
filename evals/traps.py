"""Lays traps for the check: true quotes with another speaker, another word, another article. All must be refused.

Each claim is made as a writer would make it, with the credit that the check accepts for the speaker it names, so that
nothing but the lie can be the reason to refuse it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.polnear import Annotated, Quoted, last_name
from rag.answering.checking.check import check
from rag.answering.claims.credits import CLOSING, OPENING, credits_for
from rag.core import Article, Claim, Draft, Evidence, Place, Query, Span, Statement

_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Caught:
    """How many claims of one kind were laid, and how many of them were withheld."""

    laid: int
    withheld: int

    @property
    def share(self) -> float | None:
        """The share withheld; None where none was laid."""
        return self.withheld / self.laid if self.laid else None


@dataclass(frozen=True, slots=True)
class _Scene:
    """A quoted passage, the statements of its article, and another article with its own."""

    article: Article
    record: tuple[Statement, ...]
    quoted: Quoted
    other: Article
    others_record: tuple[Statement, ...]

    @property
    def evidence(self) -> Evidence:
        articles = {article.source: article for article in (self.article, self.other)}
        return Evidence(articles, record=(*self.record, *self.others_record))

    def claim(self, speaker: str | Statement, *, words: str | None = None, place: Place | None = None) -> Claim:
        """Writes “Speaker, in *Title*: “words””, resting on the passage unless another place is given."""
        place = place or Place(self.article.source, self.quoted.span)
        article = self.article if place.source == self.article.source else self.other
        told = speaker if isinstance(speaker, Statement) else _statement(speaker, place)
        text = (
            f"{credits_for(told, article, (place,))[0]}{OPENING}{words or self.article.cut(self.quoted.span)}{CLOSING}"
        )
        return Claim(text, (place,), told.speaker)


def _statement(speaker: str, place: Place) -> Statement:
    """Makes the statement that the speaker would have made, for its credit."""
    return Statement(
        id="",
        source=place.source,
        span=place.span,
        content=(place.span,),
        speaker=speaker,
        speaker_as_written=speaker,
        via=None,
        cue="said",
        kind="direct",
        polarity="asserts",
        marked=True,
        confidence=1.0,
    )


def spring(read: Sequence[tuple[Annotated, tuple[Statement, ...]]], limit: int) -> dict[str, Caught]:
    """Lays every trap for `limit` quotes whose speaker is known; "genuine" are the same quotes as they are."""
    laid: Counter[str] = Counter()
    withheld: Counter[str] = Counter()
    for scene in list(_scenes(read))[:limit]:
        for name, claims in _traps(scene).items():
            laid[name] += bool(claims)
            # One claim that passes is a miss, however many were laid for the same quote.
            withheld[name] += bool(claims) and all(_is_withheld(claim, scene.evidence) for claim in claims)
    return {name: Caught(laid[name], withheld[name]) for name in laid}


def _scenes(read: Sequence[tuple[Annotated, tuple[Statement, ...]]]) -> Iterator[_Scene]:
    for index, (annotated, record) in enumerate(read):
        other, others_record = read[(index + 1) % len(read)]
        for quoted in annotated.quoted:
            if quoted.last_name is not None and other is not annotated:
                yield _Scene(annotated.article, record, quoted, other.article, others_record)


def _traps(scene: _Scene) -> dict[str, list[Claim]]:
    own = _on_record(scene)
    true = own or scene.quoted.source
    moved = _moved(scene)
    return {
        "genuine": [scene.claim(own)] if own else [],
        "swapped speaker": [scene.claim(name) for name in _others(scene)],
        "altered word": [scene.claim(true, words=words) for words in _altered(scene)],
        "moved to another article": [scene.claim(name, place=moved) for name in _voices(scene)] if moved else [],
    }


def _on_record(scene: _Scene) -> Statement | None:
    """Finds the statement that gives the whole passage as a direct quote by the true speaker."""
    for statement in scene.record:
        whole = statement.kind == "direct" and any(span.covers(scene.quoted.span) for span in statement.content)
        if whole and statement.speaker and last_name(statement.speaker) == scene.quoted.last_name:
            return statement
    return None


def _others(scene: _Scene) -> list[str]:
    """Names everybody else who speaks in the article, by the record and by the annotators."""
    names = {statement.speaker for statement in scene.record if statement.speaker} | set(scene.quoted.others)
    return sorted(name for name in names if last_name(name) not in {None, scene.quoted.last_name})


def _altered(scene: _Scene) -> list[str]:
    """Alters the passage: its longest word changed, and its start negated."""
    words = scene.article.cut(scene.quoted.span)
    longest = max(_WORD.finditer(words), key=lambda found: len(found.group()), default=None)
    if longest is None:
        return []
    changed = f"{words[: longest.start()]}not{words[longest.end() :]}"
    return [changed, f"Not {words}"]


def _moved(scene: _Scene) -> Place | None:
    """Finds a place in the other article that is as wide as the passage."""
    for block in scene.other.body:
        if block.end - block.start >= scene.quoted.span.end - scene.quoted.span.start:
            length = scene.quoted.span.end - scene.quoted.span.start
            return Place(scene.other.source, Span(block.start, block.start + length))
    return None


def _voices(scene: _Scene) -> list[str]:
    """Names the true speaker and everybody who speaks in the other article."""
    return sorted({scene.quoted.source, *(statement.speaker for statement in scene.others_record if statement.speaker)})


def _is_withheld(claim: Claim, evidence: Evidence) -> bool:
    today = dt.date(2000, 1, 1)  # unused by a claim that rests on words
    query = Query("?", "?", "statement", today)
    answer = check(query, evidence, Draft([claim], "offline"))
    return len(answer.withheld) == 1 and not answer.citations
