"""Whom a mention means in the article, read from top to bottom. Knows one cast; when in doubt, nobody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from rag.attribution.article_people import Cast, Figure, Role, Sighting, role_of
from rag.attribution.mentions import Mention
from rag.text.name_matching import same_family
from rag.text.names import Gender, WrittenName, gender_of, is_body
from rag.types import Article, Span

_THINGS_THAT_SHOW = {
    *("video", "footage", "hindsight", "research", "evidence", "analysis", "survey", "polls", "studies", "records"),
    *("testing", "history", "experience", "photos", "images", "surveillance", "testimony", "hospital"),
}
_PASSING = {
    "presumptive",
    "current",
    "longtime",
    "top",
    "first",
    "second",
    "new",
    "outgoing",
    "incoming",
    "own",
    "young",
    "old",
}
_RANKS = {
    "vice",
    "deputy",
    "former",
    "acting",
    "assistant",
    "associate",
    "ex",
    "then",
    "presidential",
    "campaign",
    "late",
}


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom a mention means: the fullest name the article gives, or None; and how certain that is, from 0 to 1.

    `candidates` are the names between which nothing decides. `speaks_for` is whose spokesman, lawyer or office it is.
    """

    name: str | None
    certainty: float
    candidates: tuple[str, ...] = ()
    speaks_for: str | None = None


@dataclass(slots=True)
class Resolver:
    """Says whom a mention means, reading the article from top to bottom.

    `spoken` remembers who spoke last: pairs of offset and name, in order.
    """

    article: Article
    cast: Cast
    sentences: Sequence[Span] = ()
    spoken: list[tuple[int, str]] = field(default_factory=list)

    def whom(self, mention: Mention | None) -> Meant:
        """Resolves a mention; None stands for words that nobody is named for."""
        return Meant(*self._whom(mention))

    def _whom(self, mention: Mention | None) -> tuple[str | None, float]:
        if mention is None:
            return None, 0.3
        if mention.kind == "name" and mention.name is not None:
            return self._named(mention.name)
        if mention.kind in {"he", "she"}:
            return self._pronoun(mention.span.start, "he" if mention.kind == "he" else "she")
        if mention.kind == "it":
            return self._thing(mention.span.start)
        if mention.kind == "noun":
            return self._by_noun(mention)
        return None, 0.6

    def remember(self, offset: int, speaker: str | None) -> None:
        """Notes that somebody spoke at `offset`."""
        if speaker is not None:
            self.spoken.append((offset, speaker))

    def _named(self, name: WrittenName) -> tuple[str | None, float]:
        if len(name.text) == 1:  # the Q and A of an interview
            return None, 0.5
        owner = (
            *name.name[:-1],
            re.sub("['’]s$", "", name.name[-1]),
        )  # Moody's, or what is Moody's where there is a Moody
        figure = self.cast.named(owner, name.title)
        if figure is not None:
            return figure.name, 0.97
        if len(name.name) == 1 and self._is_common(name.text):
            return None, 0.6
        return name.text, 0.9 if is_body(name.name) or len(name.name) > 1 else 0.8

    def _is_common(self, word: str) -> bool:
        """Whether a capital stands only because a line opens with the word, which the article writes small: “Video”."""
        if not word.istitle():
            return False
        if word.lower() in _THINGS_THAT_SHOW:
            return True
        inside = re.compile(rf"(?:[a-z,;]|\bI) {re.escape(word)}\b")
        small = re.compile(rf"\b{re.escape(word.lower())}\b")
        text = self.article.text
        return small.search(text) is not None and inside.search(text) is None

    def _by_noun(self, mention: Mention) -> tuple[str | None, float]:
        """By role; or by a name that the parser takes for a noun (“Sanders replied”), if the article knows it."""
        name = mention.name
        figure = self.cast.named(name.name, name.title) if name is not None and name.name else None
        if name is not None and not name.name and len(name.title) == 1 and mention.written.lower() == name.title[0]:
            figure = self.cast.named((mention.written,))  # “King said”, of Billie Jean King
        if figure is not None:
            return figure.name, 0.9
        return self._by_role(mention) if mention.definite else (None, 0.6)

    def _by_role(self, mention: Mention) -> tuple[str | None, float]:
        role = role_of(mention.words)
        if role is None:
            return None, 0.6
        fitting = [figure for figure in self.cast.figures if any(_fits(role, known) for known in figure.roles)]
        wanted = gender_of(tuple(word.lower() for word in mention.words), ())
        fitting = [figure for figure in fitting if wanted is None or figure.gender in {None, wanted}]
        if len(fitting) > 1:
            near = {sighting.name for sighting in self._near(mention.span.start) if sighting.figure}
            fitting = [figure for figure in fitting if figure.name in near]
        if len(fitting) != 1 or (role.nation is None and not self._is_near(mention.span.start, fitting[0])):
            return None, 0.6
        return fitting[0].name, 0.85

    def _pronoun(self, offset: int, gender: Gender) -> tuple[str | None, float]:
        """The last subject or speaker that agrees, in this paragraph and then in the two before.

        Whoever the same sentence names behind the pronoun is not meant by it ("he declared Cruz to be anointed").
        """
        avoid = self._named_after(offset)
        for paragraph in self._paragraphs(offset)[:3]:
            end = min(offset, paragraph.end)
            near = [seen for seen in self.cast.before(end, paragraph.start) if _agrees(seen.figure, gender, avoid)]
            said = [(place, name) for place, name in self.spoken if paragraph.start <= place < end]
            said = [(place, name) for place, name in said if self._may_be(name, gender, avoid)]
            acting = self._main_subject(near)
            if said and acting and acting.figure and acting.figure.name != said[-1][1]:
                # A subject behind the last speaker's words takes over.
                return (acting.figure.name if acting.span.start > said[-1][0] else said[-1][1]), 0.7
            if said or acting:
                name = said[-1][1] if said else acting.figure.name if acting and acting.figure else None
                return name, 0.85
            names = {seen.figure.name for seen in near if seen.figure}
            if names and not self._goes_on(paragraph.start, near[-1].span.start, gender):
                return (names.pop(), 0.6) if len(names) == 1 else (None, 0.5)
        return None, 0.5

    def _may_be(self, name: str, gender: Gender, avoid: Collection[str]) -> bool:
        """Whether a pronoun may mean who was last said to speak, by a family name of two people of the article too."""
        return name not in avoid and _agrees(self._figure(name) or self._foremost(name), gender, avoid)

    def _foremost(self, family: str) -> Figure | None:
        """Whom a family name of several most likely means: the one whom the article names most often."""
        known = [figure for figure in self.cast.figures if same_family(figure.name, family)]
        named = Counter(seen.figure.name for seen in self.cast.sightings if seen.figure)
        return max(known, key=lambda figure: named[figure.name]) if len(known) > 1 else None

    def _goes_on(self, start: int, end: int, gender: Gender) -> bool:
        """Whether a pronoun in front of the first name of a paragraph tells that it goes on with somebody else."""
        return re.search(rf"\b{gender}\b", self.article.text[start:end], re.IGNORECASE) is not None

    def _named_after(self, offset: int) -> set[str]:
        end = next((sentence.end for sentence in self.sentences if sentence.start <= offset < sentence.end), offset)
        return {seen.figure.name for seen in self.cast.before(end + 1, offset) if seen.figure}

    def _main_subject(self, near: Sequence[Sighting]) -> Sighting | None:
        """The first subject of the nearest sentence that has one; `near` is ordered nearest first."""
        found: Sighting | None = None
        start = 0
        for seen in near:
            if found is not None and seen.span.start < start:
                break
            if seen.is_subject:
                found = seen
                start = next((one.start for one in reversed(self.sentences) if one.start <= seen.span.start), 0)
        return found

    def _figure(self, name: str) -> Figure | None:
        return next((figure for figure in self.cast.figures if figure.name == name), None)

    def _thing(self, offset: int) -> tuple[str | None, float]:
        """“It” is a body only if that was the last subject of this paragraph and no other body stands between."""
        paragraph = self._paragraphs(offset)[0]
        for sighting in self.cast.before(offset, paragraph.start):
            if sighting.is_subject:
                return (sighting.name, 0.7) if sighting.figure is None else (None, 0.5)
        return None, 0.5

    def _paragraphs(self, offset: int) -> list[Span]:
        """The paragraph of `offset` and those before it, nearest first."""
        return [block.span for block in reversed(self.article.body) if block.start <= offset]

    def _near(self, offset: int) -> list[Sighting]:
        paragraphs = self._paragraphs(offset)[:3]
        return list(self.cast.before(offset, paragraphs[-1].start)) if paragraphs else []

    def _is_near(self, offset: int, figure: Figure) -> bool:
        return any(sighting.figure is figure for sighting in self._near(offset))


def _agrees(figure: Figure | None, gender: Gender, avoid: Collection[str]) -> bool:
    return figure is not None and figure.gender in {None, gender} and figure.name not in avoid


def _fits(role: Role, known: Role) -> bool:
    if role.head != known.head:
        return False
    if role.nation is not None and known.nation != role.nation:
        return False
    return role.modifiers - _PASSING <= known.modifiers and not (known.modifiers & _RANKS) - role.modifiers
