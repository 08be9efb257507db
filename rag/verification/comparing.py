"""Finds where a quotation stands in the library, who is credited with it there, and how it differs from the article.

The shape of quotation marks and dashes, white space and the case of the first letter are folded away. Omissions (`[…]`)
and words in brackets (`[the EU]`) are declared, so what stands between them is compared part by part.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from rag.answering.understanding.entity_index import EntityIndex
from rag.answering.understanding.entity_linking import entity_link
from rag.attribution.unresolved import is_unsaid
from rag.core import Article, Passage, Place, Span, Standing, Statement
from rag.library.queries import View
from rag.text.name_matching import compatible, fold_name
from rag.text.names import is_body

Side = Literal["same", "draft", "article"]

_TYPESET = re.compile(
    r"(?P<nothing>[\u00ad\u200b-\u200f\u2060\ufeff]+)"
    r"|(?P<dash>\s*(?:[‒–—―−]|--+)\s*|\s+-\s+)"
    r"|(?P<space> \s+|[^\S ]\s*)"  # a single space stays, and most are
    r"|(?P<mark>''|``|[\"“”„‟«»‹›‘’‚‛`´′″])"
    r"|(?P<hyphen>[‐‑])"
    r"|(?P<dots>…)"
)
_AS = {"nothing": "", "dash": " - ", "space": " ", "mark": "'", "hyphen": "-", "dots": "..."}
_DECLARED = re.compile(
    r"(?P<sic>\s*\[sic\.?\])"
    r"|\[(?P<letter>\w)\](?=\w)"
    r"|(?P<omission>\s*(?:\[\s*(?:…|\.{2,4}|\. \. \.)\s*\]|\(\s*(?:…|\.{2,4})\s*\)|…|\.{3,4}|\. \. \.)\s*)"
    r"|(?P<words>\w*\[[^\[\]\n]{1,120}\]\w*)",
    re.IGNORECASE,
)
_ENDS = " ,.;:!?'-"
_OMITTED, _INSERTED = 1_000, 80
"""The most characters of an article that an omission, and words in brackets, may stand for."""
_TOKEN = re.compile(r"\w+(?:['-]\w+)*|[^\w\s']")
_BY_PHRASE, _BY_WORDS, _RAREST, _PHRASE_WORDS, _FULL_NAME = 40, 24, 5, 12, 2
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class DiffPart:
    """A run of words in a comparison: the same in both, or in the draft (the export) alone, or the article alone."""

    side: Side
    text: str


@dataclass(frozen=True, slots=True)
class FoundQuotation:
    """Where the words stand in an article, or those nearest to them; `quote` is the exact slice `start`:`end`.

    `speaker` is the speaker on record, None if it names nobody; `statement_id` is that statement, if any.
    `via`, `candidates` and `standing` are those of the statement.
    """

    source: str
    line: int
    start: int
    end: int
    quote: str
    title: str | None
    outlet: str | None
    published: str | None
    url: str | None
    speaker: str | None
    statement_id: str | None
    via: str | None = None
    candidates: tuple[str, ...] = ()
    standing: Standing = "said"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without typography; `origin[i]` is the original position of character i, plus one entry for the end."""

    text: str
    origin: Sequence[int]

    def span(self, start: int, end: int) -> Span:
        """Returns the original characters of `text[start:end]`."""
        return Span(self.origin[start], self.origin[end - 1] + 1)


@dataclass(frozen=True, slots=True)
class Wording:
    """A quotation prepared for search: folded `parts`, and between them up to `gaps` characters.

    `declared` says whether the quotation itself tells of an alteration.
    """

    parts: tuple[str, ...]
    gaps: tuple[int, ...]
    declared: bool

    @property
    def words(self) -> list[str]:
        """All words of the parts, in order."""
        return [word for part in self.parts for word in re.findall(r"\w+", part)]

    def may_stand_in(self, text: str) -> bool:
        """Returns whether the text holds all words in any order: quick, and True in doubt."""
        lower = text.lower()
        return "\u00ad" in lower or "\u200b" in lower or all(word.lower() in lower for word in self.words)

    def places(self, folded: Folded) -> Iterator[Span]:
        """Finds where the words stand in the text, in order and whole. Each part is joined to the nearest before it."""
        if not self.parts:
            return
        reached = [found.span() for found in _literal(self.parts[0]).finditer(folded.text)]
        for gap, part in zip(self.gaps, self.parts[1:], strict=True):
            reached = list(_joined(reached, _literal(part).finditer(folded.text), gap))
        for start, end in reached:
            yield folded.span(start, end)


def _joined(
    reached: Sequence[tuple[int, int]], following: Iterable[re.Match[str]], gap: int
) -> Iterator[tuple[int, int]]:
    """Extends each range to the first following match within `gap` characters."""
    ends = [end for _, end in reached]
    taken = -1
    for found in following:
        nearest = bisect_right(ends, found.start()) - 1
        if nearest > taken and found.start() - ends[nearest] <= gap:
            taken = nearest
            yield reached[nearest][0], found.end()


def fold_typography(text: str) -> Folded:
    """Returns the text without typographic variants."""
    pieces: list[str] = []
    origin: list[int] = []
    position = 0
    for found in _TYPESET.finditer(text):
        pieces.append(text[position : found.start()])
        origin.extend(range(position, found.start()))
        plain = _AS[str(found.lastgroup)]
        pieces.append(plain)
        origin.extend([found.start()] * len(plain))
        position = found.end()
    pieces.append(text[position:])
    origin.extend(range(position, len(text) + 1))
    return Folded("".join(pieces), origin)


def wording(quotation: str) -> Wording:
    """Returns the quotation cut at what it declares, each part without the punctuation at its ends."""
    parts, gaps = [""], list[int]()
    declared, position = False, 0
    for found in _DECLARED.finditer(quotation):
        parts[-1] += quotation[position : found.start()]
        position = found.end()
        if found["letter"]:
            parts[-1] += found["letter"]
        elif not found["sic"]:
            parts.append("")
            gaps.append(_OMITTED if found["omission"] else _INSERTED)
        declared = declared or not (found["omission"] and found.end() == len(quotation))
    parts[-1] += quotation[position:]
    plain = [fold_typography(part).text.strip(_ENDS) for part in parts]
    kept = [number for number, part in enumerate(plain) if part]
    between = tuple(sum(gaps[before:after]) for before, after in pairwise(kept))
    return Wording(tuple(plain[number] for number in kept), between, declared)


def notes(quotation: str, original: str, *, declared: bool) -> Iterator[str]:
    """Describes in a sentence each way in which the quotation departs from otherwise equal words."""
    if declared:
        yield "Alterations that it declares were allowed for."
        return
    inner = quotation.strip(_ENDS + '…’”"')
    if inner[:1] != original[:1] and inner[:1].lower() == original[:1].lower():
        yield "The first letter differs in case."
    for what, pattern in (
        ("quotation marks or apostrophes", r"''|``|[\"“”„‟«»‹›‘’‚‛`´′″']"),
        ("dashes", r"[‒–—―−‐‑-]+"),
        ("white space", r"\s+"),
    ):
        if re.findall(pattern, inner) != re.findall(pattern, original):
            yield f"The {what} differ."


def difference(quotation: str, original: str) -> tuple[DiffPart, ...]:
    """Tells how the words differ, in the order of the text. Folded: what only the typesetter changed is the same."""
    draft, article = fold_typography(quotation).text, fold_typography(original).text
    ours, theirs = _tokens(draft), _tokens(article)
    pieces: list[DiffPart] = []
    for tag, *places in _opcodes(ours, theirs):
        if tag == "equal":
            pieces.append(DiffPart("same", _cut(draft, ours[places[0] : places[1]])))
            continue
        if places[0] < places[1]:
            pieces.append(DiffPart("draft", _cut(draft, ours[places[0] : places[1]])))
        if places[2] < places[3]:
            pieces.append(DiffPart("article", _cut(article, theirs[places[2] : places[3]])))
    return tuple(pieces)


def common_words(quotation: str, original: str) -> tuple[int, int]:
    """Counts the quotation's words that the original has in the same order, and the longest run."""
    ours, theirs = (
        [found.group().lower() for found in _words(fold_typography(text).text)] for text in (quotation, original)
    )
    blocks = difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks), max(block.size for block in blocks)


def nearest_words(quotation: str, text: str, around: Span, least: float) -> Span | None:
    """Returns the words within a stretch of the text that are most like the quotation; None below `least` of 100."""
    from rapidfuzz import fuzz

    folded = fold_typography(text[around.start : around.end])
    at = fuzz.partial_ratio_alignment(quotation.lower(), folded.text.lower(), score_cutoff=least)
    if at is None or at.dest_start >= at.dest_end:
        return None
    inner = folded.span(*_whole_words(folded.text, at.dest_start, at.dest_end))
    return narrowed(quotation, text, Span(around.start + inner.start, around.start + inner.end))


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end


def narrowed(quotation: str, text: str, span: Span) -> Span:
    """Returns the span without words at its ends that the quotation has no counterpart for."""
    folded = fold_typography(text[span.start : span.end])
    ours, theirs = _tokens(fold_typography(quotation).text), _tokens(folded.text)
    codes = list(_opcodes(ours, theirs))
    first, last = 0, len(theirs)
    if codes and codes[0][0] == "insert":
        first = codes[0][4]
    if codes and codes[-1][0] == "insert":
        last = codes[-1][3]
    if first >= last:
        return span
    inner = folded.span(theirs[first].start(), theirs[last - 1].end())
    return Span(span.start + inner.start, span.start + inner.end)


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


def _opcodes(ours: Sequence[re.Match[str]], theirs: Sequence[re.Match[str]]) -> list[tuple[str, int, int, int, int]]:
    words = [found.group() for found in ours], [found.group() for found in theirs]
    matcher = difflib.SequenceMatcher(None, *words, autojunk=False)
    return list(matcher.get_opcodes())


def _tokens(folded: str) -> list[re.Match[str]]:
    return list(_TOKEN.finditer(folded))


def _words(folded: str) -> list[re.Match[str]]:
    return [token for token in _tokens(folded) if token.group()[0].isalnum()]


def _cut(text: str, tokens: Sequence[re.Match[str]]) -> str:
    return text[tokens[0].start() : tokens[-1].end()]


def _literal(part: str) -> re.Pattern[str]:
    """Returns the part in whole words, its first letter in either case."""
    first = part[0]
    either = f"(?:{re.escape(first.lower())}|{re.escape(first.upper())})"  # one letter may have a capital of two
    return re.compile(rf"(?<!\w){either}{re.escape(part[1:])}(?!\w)")
