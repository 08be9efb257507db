"""Cuts a body into units that hold whole quotes, and sets the quoted speech aside so that the rest can be parsed.

What is left, the skeleton, is what the journalist wrote: “…,” Peskov remarked, highlighting …
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from rag.core import Article, Span
from rag.text.quantities import MONTH_NAMES
from rag.text.quotation_marks import OPENING, Quotation
from rag.text.speech_verbs import may_attribute, participles, spoken

_ENDS = ".?!…"
_LEAST_WORDS = 3
_LONGEST_HEADING = 16  # words of a line that ends without a stop
_LEAST_ALONE = 4  # words of a quotation without a stop that stands in a line of its own
_TAG = re.compile(r"[,—–-]?\s*(?:[A-Z][\w.’'-]+|he|she|they|it|the|an?|his|her|said|says|according)\b")
_CLOSING_TAG = re.compile(
    r"\s*(?:he|she|they|it|[A-Z][\w.’'-]+(?: [A-Z][\w.’'-]+){0,3}|said|says|added|wrote|told|tweeted|asks|asked)\b"
)
_NAMES_A_WORK = re.compile(
    r"\b(?:book|novel|memoir|film|movie|song|album|play|essay|documentary|show|series|program|podcast|article|column),?$"
)
_SMALL = frozenset(
    {"a", "an", "the", "of", "and", "in", "on", "for", "to", "with", "at", "by", "from", "or", "as", "vs"}
)
_NO_TAG = re.compile(r",?\s*(?:for|which|who|that|in|of|with|and|or|is|was|are|were|has|had|as|to|at|by|from|on)\b")
_SIGNATURE = re.compile(
    r"\s*[-–—―]{1,2}\s?[A-Z][\w.’'-]*(?:\s(?:[a-z]+\s){0,2}[A-Z][\w.’'-]*){0,7}"
    r"(?:,(?:[^.!?]{0,80}| .{0,400}))?\.?\s*$"
    r"|\s*\([A-Z][\w.’'-]*(?: (?:[a-z]+ ){0,2}[A-Z][\w.’'-]*){1,3}(?:, [^()]{1,120})?\)\W*$"
)
"""What names the speaker behind a quote or under it: “— Ana Doral, mayor”, “(Kari Holm, baker)”."""
_NAME_LINE = re.compile(
    r"\s*(?:[-•·*] )?[^\W\d_a-z][\w.’'-]*(?: (?:[a-z]{2,3} ){0,2}[^\W\d_a-z][\w.’'-]*){1,3}"
    r"(?:,? \(?\d{1,3}\)?)?(?:, [^.!?:;]{2,80})?,?\s*"
)
_LARGE = r"[^\W\d_a-zß-öø-ÿ]"
_PLACE = rf"{_LARGE}[\w.'’/-]*(?:,? (?:and )?{_LARGE}[\w.'’/-]*){{0,5}},? ?"
_MONTH = "|".join(f"{name.title()}|{name[:3].title()}" for name in MONTH_NAMES)
_DATE = rf"(?:(?:{_MONTH}|Sept)\.? \d{{1,2}}|\d{{1,2}}\.? (?:{_MONTH}|Sept)\b\.?|\d{{4}}-\d\d-\d\d)(?:,? \d{{4}})?"
_AGENCY = rf"(?:\({_LARGE}[\w. &/-]{{1,25}}\)|/[\w ]{{2,25}}/)"
_DASH = r"\s*(?:[—–―]|-{1,2})\s+"
_CAPITALS = r"[A-Z]{2}[A-Z .'’/-]*(?:, [A-Z][\w.]*){0,2} ?(?:[—–]|--|\s-)\s+"
_CAPITAL_DATELINE = re.compile(rf"{_CAPITALS}(?=[A-Z“\"])")
_DATELINE = re.compile(
    rf"(?:(?:{_PLACE})?\((?:CNN|AP|AFP|UPI|TNS|Reuters|Bloomberg|Xinhua|TASS)\b[\w ]{{0,20}}\)\s*(?:[—–-]{{1,2}}\s+)?"
    rf"|{_PLACE}{_AGENCY}(?:,? {_DATE})?{_DASH}"
    rf"|(?:{_PLACE}|\({_PLACE})?{_DATE}\)?,?\s*{_AGENCY}?{_DASH}"
    rf"|{_CAPITALS})(?=\S)"
)
"""Where, when and for whom it was written: “KESSEL, June 3 (AP) — ”. Nothing that somebody says."""
_CLOCK = re.compile(
    r"\d{1,2}(?::\d{2}|[.:]\d{2}(?=\s?[ap]\.?m\b|\s?(?:[A-Z]{2,4}\b|[—–:|-])))(?::\d{2})?"
    r"(?:\s?[ap]\.?m\.?)?(?:\s(?:[A-Z]{2,4}\b|\([A-Z]{2,4}\)))?\s*[:|—–-]*\s+(?=\S)"
)
"""When an entry of a live blog was written: “14:32 GMT”, “10.15am:”."""
_MARKUP = re.compile(
    r"(?m:^)[ \t]*(?:>[ \t]?)+|"
    r"\*{1,3}(?!\s)|(?<=\S)\*{1,3}|(?<!\w)_{1,2}(?=\w)|(?<=[\w.,:!?])_{1,2}(?!\w)|\[(?=[^\[\]\n]+\]\((?:https?:|mailto:|[/#])[^()\s]*\))"
    r"|\]\((?:https?:|mailto:|[/#])[^()\s]*\)|<(?:https?:|mailto:)[^<>\s]*>"
)
"""What Markdown sets around words: stars, low lines, the signs of a block quotation, the brackets of a link."""
_DOT_INSIDE = re.compile(r"(?<=[a-z])\.(?=[A-Z]?[a-z])")
_HEAD = 2  # paragraphs that may open with a dateline of any form
_LONGEST_TAG = 5  # words of a tag that is a sentence by itself: “Foreign Minister Lavrov said.”


@cache
def _after_cue() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{spoken()}|say|{'|'.join(sorted(participles()))})$")


@cache
def _named_tag() -> re.Pattern[str]:
    """Matches a tag behind a mark that could end a sentence: “… paid!” LeVell declared, a point he likes to make."""
    return re.compile(rf"(?:[\w.’'-]+ ){{1,5}}?{spoken()}\b(?! that\b)")


@dataclass(frozen=True, slots=True)
class QuotedSpeech:
    """A quotation that stands for a whole utterance. `hole` is where it was cut out of the unit's skeleton.

    `last` is the final character of the quoted words, `lead` what stands in front of them.
    """

    quotation: Quotation
    hole: int
    last: str
    lead: Literal["none", "colon", "comma", "cue", "stop"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A run of sentences of one block that cuts no quotation.

    `skeleton` is the text without speeches and without the marks of fragments; `origin[i]` is the offset in the article
    of its character i. `is_line`: it is the whole of its block.
    """

    span: Span
    skeleton: str
    origin: tuple[int, ...]
    speeches: tuple[QuotedSpeech, ...]
    fragments: tuple[Quotation, ...]
    block: int = 0
    sentences: tuple[Span, ...] = ()
    is_line: bool = False

    @property
    def speaks(self) -> bool:
        """Tells whether the unit may hold an attribution and is worth parsing."""
        return (
            bool(self.skeleton.strip())
            and not self.is_heading
            and (
                bool(self.speeches)
                or bool(self.fragments)
                or self.is_signature
                or self.is_name_line
                or may_attribute(self.skeleton)
            )
        )

    @property
    def is_heading(self) -> bool:
        """Tells whether it is a short line without a stop, or one in capitals: “Clinton Said Of Wall Street”."""
        words = self.skeleton.split()
        alone = not self.speeches and len(words) > _LEAST_WORDS and words[-1][-1].isalnum()
        names_somebody = self.is_item or self.is_signature or self.is_name_line
        short = self.is_line and not names_somebody and len(words) <= _LONGEST_HEADING
        return alone and (short or ("," not in self.skeleton and _reads_as_title(self.skeleton)))

    @property
    def is_item(self) -> bool:
        """Tells whether it opens an item of a list."""
        return self.skeleton.lstrip()[:2] in {"- ", "* ", "• ", "· "} or self.skeleton.strip() in {"-", "*", "•", "·"}

    @property
    def is_signature(self) -> bool:
        """Tells whether it is no more than “— Ana Doral, mayor” or “(Kari Holm, baker)”, as it stands under a quote."""
        return self.is_signature_from(0)

    @property
    def is_name_line(self) -> bool:
        """Tells whether it is no more than “Kari Holm, 41, baker”, as it stands above a quote."""
        return not self.speeches and _NAME_LINE.fullmatch(self.skeleton) is not None

    def is_signature_from(self, start: int) -> bool:
        """Tells whether what stands behind `start` in the skeleton is no more than a signature."""
        return _SIGNATURE.match(self.skeleton, start) is not None

    def span_of(self, start: int, end: int) -> Span:
        """Returns the article's span of the skeleton's characters `start:end`."""
        return Span(self.origin[start], self.origin[end - 1] + 1)


def units(article: Article, sentences: Sequence[Span], quotations: Sequence[Quotation]) -> tuple[Unit, ...]:
    """Returns the body, block by block, in units."""
    found: list[Unit] = []
    plain = _DOT_INSIDE.sub("_", re.sub(r"\s", " ", article.text))
    for number, block in enumerate(article.body):
        inside = [sentence for sentence in sentences if block.span.covers(sentence)]
        quoted = [quotation for quotation in quotations if block.span.covers(quotation.outer)]
        for group in _whole(article.text, inside, quoted):
            span = Span(group[0].start, group[-1].end)
            start = _behind_head(article.text, span, number) if group[0] == inside[0] else span.start
            held = [quote for quote in quoted if span.covers(quote.outer) and quote.outer.start >= start]
            unit = _unit(article.text, plain, span, held, start)
            found.append(replace(unit, block=number, sentences=tuple(group), is_line=group == inside))
    return tuple(found)


def _behind_head(text: str, span: Span, block: int) -> int:
    clock = _CLOCK.match(text, span.start, span.end)
    dateline = (_DATELINE if block < _HEAD else _CAPITAL_DATELINE).match(text, span.start, span.end)
    head = dateline or clock
    return head.end() if head else span.start


def _whole(text: str, sentences: Sequence[Span], quoted: Sequence[Quotation]) -> list[list[Span]]:
    groups: list[list[Span]] = []
    for sentence in sentences:
        if groups and _belongs(text, groups[-1], sentence, quoted):
            groups[-1].append(sentence)
        else:
            groups.append([sentence])
    return groups


def _belongs(text: str, group: Sequence[Span], sentence: Span, quoted: Sequence[Quotation]) -> bool:
    """Tells whether the border before `sentence` falls inside a quotation or between a quotation and its “he said”."""
    if any(quotation.outer.start < sentence.start < quotation.outer.end for quotation in quoted):
        return True
    if text[sentence.start].islower() or text[sentence.start] in ",;":
        return True
    ending = [quotation for quotation in quoted if quotation.outer.end == group[-1].end]
    if any(text[quotation.inner.end - 1] in "?!" for quotation in ending):
        return _named_tag().match(text, sentence.start, sentence.end) is not None
    return bool(ending) and _is_tag(text[sentence.start : sentence.end])


def _is_tag(sentence: str) -> bool:
    """Tells whether a sentence is no more than “Foreign Minister Lavrov said.”."""
    words = sentence.strip(" .").split()
    return len(words) <= _LONGEST_TAG and bool(_after_cue().search(words[-1]) or _after_cue().search(words[0]))


def _unit(text: str, plain: str, span: Span, quoted: Sequence[Quotation], start: int) -> Unit:
    """Returns the unit of `span`; its skeleton begins at `start`, behind a dateline.

    `plain` is the text as the parser should see it, no character moved: no line ends, and Caliber.Az is one word.
    """
    skeleton: list[str] = []
    origin: list[int] = []
    speeches: list[QuotedSpeech] = []
    fragments: list[Quotation] = []
    position, told = start, Span(start, span.end)
    dropped = {place for found in _MARKUP.finditer(text, start, span.end) for place in range(*found.span())}

    def keep(start: int, end: int) -> None:
        places = [place for place in range(start, end) if place not in dropped]
        skeleton.append("".join([plain[place] for place in places]) if dropped else plain[start:end])
        origin.extend(places)

    for quotation in quoted:
        keep(position, quotation.outer.start)
        position = quotation.outer.start
        lead = _lead(text, told, quotation, spoken_before=bool(speeches))
        if lead is not None:
            if (stop := _stop_kept(text, span, quotation, lead)) is not None:
                skeleton.append(stop)
                origin.append(quotation.inner.end - 1)
            speeches.append(QuotedSpeech(quotation, len(origin), _words_in(text, quotation)[-1], lead))
        else:
            fragments.append(quotation)
            if quotation.marked:
                keep(quotation.inner.start, quotation.inner.end)
        position = quotation.outer.end
    keep(position, span.end)
    return Unit(span, "".join(skeleton), tuple(origin), tuple(speeches), tuple(fragments))


def without_markup(text: str) -> str:
    """Returns the text without the stars, low lines and link addresses of Markdown."""
    return _MARKUP.sub("", text)


def _words_in(text: str, quotation: Quotation) -> str:
    inner = text[quotation.inner.start : quotation.inner.end]
    return without_markup(inner).strip() or inner


def _stop_kept(text: str, unit: Span, quotation: Quotation, lead: str) -> str | None:
    """Returns the quote's own stop if the sentence around it needs it too: the comma before “added Novak”."""
    last, rest = _words_in(text, quotation)[-1], without_markup(text[quotation.outer.end : unit.end]).lstrip()
    if last == "," and rest[:1].isalnum():
        return ","
    if not rest[:1].isupper():
        return None
    return "." if (last == "." and not _is_tag(rest)) or (last in "?!" and lead == "colon") else None


def _lead(
    text: str, unit: Span, quotation: Quotation, *, spoken_before: bool
) -> Literal["none", "colon", "comma", "cue", "stop"] | None:
    """Tells what stands in front of a quotation that is an utterance of its own; None for a fragment or a title."""
    before = without_markup(text[unit.start : quotation.outer.start]).rstrip()
    after = without_markup(text[quotation.outer.end : unit.end])
    inner = _words_in(text, quotation)
    if not quotation.marked:
        return "none" if not before else "colon" if before.endswith(":") else "stop"
    if not before or before[-1] in '.?!…”"’)]*-•':
        return _opening(inner, after, "none" if not before else "stop")
    if before.endswith(":"):
        return None if _reads_as_title(inner) and after.lstrip(" ,")[:1] in tuple(OPENING) else "colon"
    large = inner[0].isupper() or inner[0] in "[(…¿¡‘'“" or inner[0].isdigit() or inner.startswith("...")
    if before[-1] in ",—–;" and not _NAMES_A_WORK.search(before):  # “In his book, “Doomed to Sink,” …” quotes a title
        told = _after_cue().search(before[:-1].rstrip()) or (inner[-1] in ",?!" and _CLOSING_TAG.match(after))
        # “their seventh album, “Against the Sea””
        speech = told or ((large or spoken_before) and not _reads_as_title(inner))
        return "comma" if speech and _is_utterance(inner, _LEAST_WORDS - 1) else None
    if _after_cue().search(before):
        return "cue" if large and _is_utterance(inner, _LEAST_WORDS) else None
    return None


def _opening(inner: str, after: str, lead: Literal["none", "stop"]) -> Literal["none", "stop"] | None:
    """Returns a quotation at the head of a sentence is speech unless the sentence goes on with it as with a word."""
    rest = after.lstrip()
    short = len(inner.split()) < _LEAST_WORDS or _reads_as_title(inner)
    if short and _NO_TAG.match(rest):  # “Race,” for instance, …
        return None
    if rest.startswith("(") and _reads_as_title(inner):  # “The Old Mill” (Kino, Thursdays): …
        return None
    if not rest and lead == "none":  # a line of its own, which may be a heading
        return lead if _is_utterance(inner, _LEAST_ALONE) else None
    if not rest or inner[-1] in ",?!" or rest[0] in ",.—–[(;" or inner[-1] in _ENDS + "—–-":
        return lead if _is_utterance(inner, 1) else None
    return lead if _is_utterance(inner, _LEAST_WORDS) and _TAG.match(rest) else None


def is_title(text: str, start: int, quotation: Quotation) -> bool:
    """Tells whether the marks are those of a work or a name: “Doomed to Sink”, with capitals or behind "her book".

    `start` is where its sentence begins.
    """
    if _NAMES_A_WORK.search(text[start : quotation.outer.start].rstrip()):
        return True
    return _reads_as_title(text[quotation.inner.start : quotation.inner.end])


def _reads_as_title(inner: str) -> bool:
    """Tells whether all its words have capitals but those that no title gives one: “The House of Salt”."""
    words = re.findall(r"[^\W_][\w’'.-]*", inner.rstrip(",."))
    told = [word for word in words if word.lower() not in _SMALL]
    return bool(told) and all(word[0].isupper() or word[0].isdigit() for word in told) and words[0][0].isupper()


def _is_utterance(inner: str, least: int) -> bool:
    return len(inner.split()) >= least or inner[-1] in ",.?!"
