"""Finds where words occur in one state of the library and who is credited with them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from rag.answering.understanding.entity_index import EntityIndex
from rag.answering.understanding.entity_linking import entity_link
from rag.attribution.unresolved import is_unsaid
from rag.core import Article, Passage, Place, Span, Statement
from rag.library.queries import View
from rag.text.name_matching import compatible, fold_name
from rag.text.names import is_body
from rag.verification.comparing import Folded, Wording, fold_typography
from rag.verification.results import FoundQuotation

_BY_PHRASE, _BY_WORDS, _RAREST, _PHRASE_WORDS, _FULL_NAME = 40, 24, 5, 12, 2
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def is_one_name(one: str, other: str) -> bool:
    """Returns whether two names can be one person's; a title or an occupation before one of them does not matter."""
    shorter, longer = sorted((fold_name(one).split(), fold_name(other).split()), key=len)
    is_titled = len(shorter) >= _FULL_NAME and longer[-len(shorter) :] == shorter
    return is_titled or compatible(one, other)


class Reference:
    """A view of the library that caches what it has read and folded; one for each draft or export."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._folded: dict[str, Folded] = {}
        self._statements: dict[str, list[Statement]] = {}
        self._said: dict[str, list[Statement]] = {}

    @cached_property
    def known(self) -> EntityIndex:
        """Who is on record, by name and by office."""
        return EntityIndex(self._view.people(), self._view.introductions())

    @cached_property
    def _introductions(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for written, name in self._view.introductions():
            found[name].append(written)
        return found

    def article(self, source: str) -> Article:
        """Reads an article of the library; the view keeps it."""
        return self._view.article(source)

    def holds(self, source: str, digest: str) -> bool:
        """Returns whether the library read the article from these very bytes."""
        held = self._view.articles([source])
        return source in held and held[source].digest == digest

    def statements(self, source: str) -> list[Statement]:
        """Lists the statements of an article; empty if the library has no such article."""
        if source not in self._statements:
            self._statements[source] = self._view.statements(source=source)
        return self._statements[source]

    def verbatim(self, wording: Wording) -> Iterator[tuple[Article, Span]]:
        """Yields every place with these words, headlines included, page furniture not, nearest article first."""
        seen: set[str] = set()
        for find in (self._with_phrase, self._with_rare_words):
            sources = dict.fromkeys(passage.source for passage in find(wording) if passage.source not in seen)
            seen.update(sources)
            places = [(self.article(source), span) for source in sources for span in self._places(source, wording)]
            yield from places
            if places:
                return

    def similar(self, wording: Wording) -> list[Passage]:
        """Returns the passages that share the wording's rarest words, the most telling first."""
        return list(self._with_rare_words(wording))

    def credited(self, source: str, span: Span) -> list[Statement]:
        """Returns the statements that hold or tell most of the span; those with a named speaker first."""
        holding = [
            statement
            for statement in self.statements(source)
            if statement.said_within(span) * 2 >= span.end - span.start
        ]
        holding = holding or [
            statement for statement in self.statements(source) if statement.tells(Place(source, span))
        ]
        return sorted(holding, key=lambda statement: (statement.speaker is None, statement.kind == "reported"))

    def is_unsaid(self, article: Article, span: Span) -> bool:
        """Returns whether the article gives the words only as what nobody said: “Toll could say “…””."""
        return is_unsaid(article, self._view.sentences([article.source]).get(article.source, ()), span)

    def found(self, article: Article, span: Span, said: Statement | None) -> FoundQuotation:
        """Returns the place with all that is known of it."""
        return FoundQuotation(
            source=article.source,
            line=article.line_of(span.start),
            start=span.start,
            end=span.end,
            quote=article.cut(span),
            title=article.title,
            outlet=article.outlet,
            published=article.published,
            url=article.url,
            speaker=said.speaker if said else None,
            statement_id=said.id if said else None,
            via=said.via if said else None,
            candidates=said.candidates if said else (),
            standing=said.standing if said else "said",
        )

    def is_same(self, credited: str, one: Statement) -> bool:
        """Returns whether a name, title or role means the statement's speaker or the body they speak for."""
        if one.speaker is None:
            return False
        person = self.known.named(credited)
        names = {credited, *(person.name, *person.aliases)} if person else {credited}
        if one.speaker in names or any(is_one_name(name, one.speaker) for name in names):
            return True
        return one.speaker in self._meant(credited) or self.speaks_for(one, credited)

    def is_candidate(self, credited: str, one: Statement) -> bool:
        """Returns whether a name may mean one of those between whom the article leaves open who speaks."""
        meant = self._meant(credited)
        return any(is_one_name(credited, name) or name in meant for name in one.candidates)

    def passes_on(self, credited: str, one: Statement) -> bool:
        """Returns whether a name means who passed the words on to the article."""
        return one.via is not None and any(
            is_one_name(credited, name) for name in (one.via, *one.via.split(", citing "))
        )

    def _meant(self, credited: str) -> frozenset[str]:
        found = entity_link(credited, self.known)
        return frozenset(bearer.person for bearer in found.bearers) if found else frozenset()

    def speaks_for(self, one: Statement, body: str) -> bool:
        """Returns whether articles introduce the speaker by that body: the Kremlin, for its spokesman Dmitry Peskov."""
        if one.speaker is None or not is_body(tuple(body.split())):
            return False
        if one.speaks_for and is_one_name(body, one.speaks_for):
            return True
        wanted = set(fold_name(body).split()) - {"the"}
        named = self._introductions.get(one.speaker, ())
        return any(wanted <= set(fold_name(words).split()) for words in (one.speaker_as_written, *named))

    def by_speaker(self, name: str, wording: Wording) -> Iterator[tuple[Article, Span, Statement]]:
        """Yields the places of the words in statements by the one person of that name."""
        person = self.known.named(name)
        if person is None:
            return
        for statement in self._view.statements(by=[person.name], about=[[" ".join(wording.words)]]):
            for span in self._places(statement.source, wording):
                if any(part.covers(span) for part in statement.content):
                    yield self.article(statement.source), span, statement

    def said_by(self, name: str) -> list[Statement]:
        """Returns all statements by the one person of that name."""
        person = self.known.named(name)
        if person is None:
            return []
        if person.name not in self._said:
            self._said[person.name] = self._view.statements(by=[person.name])
        return self._said[person.name]

    def _places(self, source: str, wording: Wording) -> Iterator[Span]:
        article = self.article(source)
        if not wording.may_stand_in(article.text):
            return
        if source not in self._folded:
            self._folded[source] = fold_typography(article.text)
        for span in wording.places(self._folded[source]):
            if not any(block.role == "furniture" and block.span.overlaps(span) for block in article.blocks):
                yield span

    def _with_phrase(self, wording: Wording) -> list[Passage]:
        """Finds the passages that hold the longest run of the quotation within one sentence."""
        runs = [" ".join(run.split()[:_PHRASE_WORDS]) for part in wording.parts for run in _SENTENCE.split(part)]
        longest = max(runs, key=len, default="")
        return self._passages(self._view.full_text([[longest]], _BY_PHRASE))

    def _with_rare_words(self, wording: Wording) -> list[Passage]:
        frequency = self._view.frequency(dict.fromkeys(word.lower() for word in wording.words))
        rare = sorted((word for word in frequency if frequency[word]), key=frequency.__getitem__)[:_RAREST]
        return self._passages(self._view.full_text([[word] for word in rare], _BY_WORDS))

    def _passages(self, hits: Sequence[tuple[int, float]]) -> list[Passage]:
        return list(self._view.passages([number for number, _ in hits]).values())
