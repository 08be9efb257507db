"""Chooses the slices that the reader reads for a question: every sentence found, and relevant statements.

A slice is what an answer would show: a sentence, with the one before it if it refers back.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress

from rag.answering.reading.signals import Candidate, FoundSentence
from rag.core import Article, Hit, Place, Span, Statement

LONGEST_SLICE = 400
"""Maximum characters of a slice, to be read at a glance; two sentences are shown as one slice up to this length."""

_ENDS = re.compile(r"[.!?…][\"'”’»)\]]*$")
"""The end of a sentence; headlines of links between the paragraphs end otherwise."""

_ITEM = re.compile(r"(?:[•▪‣*-]|\d{1,2}[.)])\s")
"""A dash in front is no mark of an item: dialogues have them."""

_SEVERAL = 2

_POINTS_BACK = re.compile(
    r"^(?:\w[^,.;]{0,60}, )?[“\"'‘]?(?:he|she|it|they|this|that|these|those|his|her|its|their)\b", re.IGNORECASE
)


def begins_with_reference(text: str) -> bool:
    """Returns whether a sentence begins with a word that refers to the one before it: "He also said …"."""
    return _POINTS_BACK.match(text) is not None


def is_item(text: str) -> bool:
    """Returns whether a sentence is an item of a list: "2. Ada Lund, £3m"."""
    return _ITEM.match(text) is not None


class Pages:
    """The available articles with their sentences and speakers."""

    def __init__(
        self,
        articles: Mapping[str, Article],
        sentences: Mapping[str, Sequence[Span]],
        record: Iterable[Statement],
    ) -> None:
        self._articles = articles
        self._sentences = sentences
        self._record: dict[str, list[Statement]] = defaultdict(list)
        for statement in record:
            self._record[statement.source].append(statement)

    def found_in(self, hits: Sequence[Hit]) -> Iterator[FoundSentence]:
        """Yields every printable sentence of the passages, once each, in the order of the passages."""
        seen: set[Place] = set()
        for rank, hit in enumerate(hits, start=1):
            source = hit.passage.source
            for sentence in self._whole(source, hit.passage.sentences):
                place = Place(source, sentence)
                if place in seen:
                    continue
                seen.add(place)
                known = (hit.similarity or 0.0, rank, hit.timely, hit.passage.text, self._published(source))
                for part, speaker in self._parts(place):
                    yield FoundSentence(self._candidate(part, speaker), self._shown(part), *known)

    def said_in(self, statements: Iterable[Statement]) -> Iterator[FoundSentence]:
        """Yields the sentence of each statement in order, or only its clause if the journalist writes the rest."""
        for rank, statement in enumerate(statements, start=1):
            source = statement.source
            touched = [span for span in self._sentences.get(source, ()) if span.overlaps(statement.span)]
            for sentence in self._whole(source, touched):
                place = Place(source, sentence, statement.id)
                if sentence.covers(statement.span) and not statement.tells(place):
                    place = Place(source, statement.span, statement.id)  # the journalist tells the rest
                around = self._articles[source].text[
                    max(0, sentence.start - LONGEST_SLICE) : sentence.end + LONGEST_SLICE
                ]
                candidate = self._candidate(place, statement.speaker)
                yield FoundSentence(candidate, place, rank=rank, passage=around, published=self._published(source))

    def speaker(self, place: Place) -> str | None:
        """Returns the speaker of a place; None if the article itself speaks."""
        return next((statement.speaker for statement in self._told(place) if statement.speaker), None)

    def _parts(self, place: Place) -> list[tuple[Place, str | None]]:
        """Returns a sentence; if several people are on record in it, what each of them says."""
        within = [statement for statement in self._record[place.source] if place.span.covers(statement.span)]
        apart = {statement.speaker: statement for statement in within if statement.kind != "direct"}
        if len(apart) < _SEVERAL or len({statement.speaker for statement in within}) != len(apart):
            return [(place, None)]
        return [(Place(place.source, statement.span, statement.id), speaker) for speaker, statement in apart.items()]

    def _published(self, source: str) -> str:
        return self._articles[source].published or ""

    def _candidate(self, place: Place, speaker: str | None = None) -> Candidate:
        article = self._articles[place.source]
        return Candidate(
            _one_line(article, place.span),
            speaker or self.speaker(place) or "",
            article.title or "",
            self._before(place),
        )

    def _before(self, place: Place) -> str:
        """Returns the sentence before the one in which a place begins; "" if there is none."""
        every = self._sentences.get(place.source, ())
        holding = bisect_right(every, place.span.start, key=lambda span: span.start) - 1
        return _one_line(self._articles[place.source], every[holding - 1]) if holding > 0 else ""

    def _whole(self, source: str, sentences: Sequence[Span]) -> Sequence[Span]:
        """Returns the sentences that end with a stop and the items of lists; all sentences if there are none."""
        article = self._articles[source]
        quotable = [sentence for sentence in sentences if article.is_quotable(sentence)]
        texts = map(article.cut, quotable)
        is_whole = [bool(_ENDS.search(text)) or is_item(text) for text in texts]
        return list(compress(quotable, is_whole)) or quotable

    def _shown(self, place: Place) -> Place:
        """Returns the place, widened to the sentence before if it refers back and both fit into one slice."""
        article, sentence = self._articles[place.source], place.span
        every = self._sentences.get(place.source, ())
        last = bisect_right(every, sentence.start, key=lambda span: span.end)
        if place.statement or not last or not begins_with_reference(article.cut(sentence)):
            return place
        before = every[last - 1]
        both = Span(before.start, sentence.end)
        fits = (
            both.end - both.start <= LONGEST_SLICE and _ENDS.search(article.cut(before)) and article.is_quotable(both)
        )
        told = [*self._told(place), *self._told(Place(place.source, before))]
        is_quote = any(statement.kind == "direct" for statement in told)
        return Place(place.source, both) if fits and not is_quote else place

    def _told(self, place: Place) -> list[Statement]:
        return [statement for statement in self._record[place.source] if statement.tells(place)]


def _one_line(article: Article, span: Span) -> str:
    return " ".join(article.cut(span).split())
