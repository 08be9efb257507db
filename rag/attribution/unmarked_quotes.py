"""Finds quotes printed without quotation marks: after a line that ends in a colon, or closed by “, he said”.

Knows line ends and surface forms, no grammar. Without a colon line only the first person tells a quote from reported
speech ("Our friends have decided, Peskov said." against "The economy grew, officials said.").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache

from rag.attribution.interviews import FIRST_PERSON, LABEL, Interview, interview_of
from rag.core import Article, Span
from rag.text.quotation_marks import Quotation
from rag.text.speech_verbs import may_attribute, participles, spoken

_NAME = r"(?:[^\W\d_a-z][\w.’'-]*)"
_OFFICE = "minister|president|spokesman|spokeswoman|spokesperson|official|diplomat|leader|ministry|statement|report"
_SUBJECT = (
    r"(?:he|she|they|I|we|(?:also )?(?:the |an? |his |her )?(?:[\w-]+ ){0,4}?"
    rf"(?:{_NAME}(?: {_NAME}){{0,3}}|{_OFFICE}))"
)
_RELAY = rf"{_SUBJECT} (?:quotes|quoted|cites|cited) {_SUBJECT} as (?:saying|telling \w+)"
_WHERE = "on|in|at|to|during|after|by|via|this|last|of|while|when|about|with|for|yesterday|today|earlier|later"
_BULLET = re.compile(r"\s*(?:[-•*–—·]\s|\d+[.)]\s)")
_STOP = re.compile(r"[.!?…—–][”’\"')]*$")
_LEAST_WORDS = 4


@cache
def _tag() -> re.Pattern[str]:
    """“, he said” and its like at the end of a paragraph."""
    told = rf"{_SUBJECT} (?:also |has |then |later )?{spoken()}|{spoken()} {_SUBJECT}"
    aside = rf"(?: (?:{_WHERE})\b[^.!?“”\"]{{0,80}})?"
    return re.compile(rf"(?P<stop>[,?!]|(?<=\w)[—–])\s*(?P<tag>(?:{_RELAY}|{told}){aside})\s*[.]?\s*$")


@cache
def _says_colon() -> re.Pattern[str]:
    words = f"{spoken()}|{'|'.join(sorted(participles()))}|as follows|following|statement|words"
    return re.compile(rf"\b(?:{words})(?: [\w.-]+){{0,6}}:$")


def unmarked_quotes(article: Article, sentences: Sequence[Span], quoted: Sequence[Quotation]) -> tuple[Quotation, ...]:
    """Quotes of the body without marks, at most one a block."""
    found: list[Quotation] = []
    interview = interview_of(article)
    labels = _labels(article, interview)
    lead = False
    for block in article.body:
        inside = [sentence for sentence in sentences if block.span.covers(sentence)]
        if not inside:
            lead = False
            continue
        quotation = _labelled(article.text, block.span, labels) or _in_block(article.text, inside, lead=lead)
        if block.start in interview.answers:
            quotation = _whole(article.text, block.span)
        if quotation is not None and not _is_marked(quotation, quoted):
            found.append(quotation)
        last = article.text[inside[-1].start : inside[-1].end].rstrip()
        lead = last.endswith(":") and may_attribute(last)
        lead = lead and not (quotation is not None and quotation.outer.end == inside[-1].end)
    return tuple(found)


def _labels(article: Article, interview: Interview) -> set[str]:
    """Who speaks in a transcript: what stands before a colon at the head of two paragraphs, or names a person."""
    heads = Counter(
        found["label"] for block in article.body if (found := LABEL.match(article.text, block.start, block.end))
    )
    named = {head for head, count in heads.items() if count > 1 or head in interview.labels}
    return named & interview.turns


def _labelled(text: str, block: Span, labels: Collection[str]) -> Quotation | None:
    found = LABEL.match(text, block.start, block.end)
    if found is None or found["label"] not in labels:
        return None
    span = _trimmed(text, Span(found.end(), block.end))
    words = text[span.start : span.end]
    if not _STOP.search(words):  # “Doral: Sea Eagles”, what each of them picks, or a heading
        return None
    return Quotation(span, span, marked=False)


def _whole(text: str, block: Span) -> Quotation:
    span = _trimmed(text, block)
    return Quotation(span, span, marked=False)


def _trimmed(text: str, span: Span) -> Span:
    """The span without spaces, and without the stars that close what a label opened."""
    return Span(span.start, span.start + len(text[span.start : span.end].rstrip().rstrip("*_").rstrip()))


def _in_block(text: str, sentences: Sequence[Span], *, lead: bool) -> Quotation | None:
    start, end = sentences[0].start, sentences[-1].end
    if _BULLET.match(text[start:end]) or text[start] in '“"«„‘':
        return None
    tag = _tag().search(text, max(start, sentences[-1].start), end)
    if tag is not None:
        end = tag.start("stop") + (tag.group("stop") in "?!")
        if not lead:
            spoken = [
                sentence for sentence in sentences if FIRST_PERSON.search(text[sentence.start : min(sentence.end, end)])
            ]
            if not spoken or _opens_reported(text[spoken[0].start : end]):
                return None
            start = spoken[0].start
    elif not (lead and _leads_in(text, sentences[0].start) and _reads_as_speech(text[start:end])):
        return None
    if len(text[start:end].split()) < _LEAST_WORDS:
        return None
    span = Span(start, start + len(text[start:end].rstrip()))
    return Quotation(span, span, marked=False)


def _reads_as_speech(text: str) -> bool:
    """Whether a paragraph behind a colon line may be what was said: in the first person, or sentences without a cue."""
    return FIRST_PERSON.search(text) is not None or (_STOP.search(text) is not None and not may_attribute(text))


def _leads_in(text: str, start: int) -> bool:
    """Whether the line in front ends in a cue and a colon: “Lavrov said on Tuesday:”."""
    return _says_colon().search(text[max(0, start - 200) : start].rstrip()) is not None


def _opens_reported(text: str) -> bool:
    """Whether the journalist speaks in the first person or reports: “We asked officials, who said …, Smith said.”."""
    return re.match(r"(?:According to|When|After|As|In)\b", text) is not None and not FIRST_PERSON.search(text[:40])


def _is_marked(quotation: Quotation, quoted: Sequence[Quotation]) -> bool:
    """Whether quotation marks other than single ones stand inside, so that the marks say what was quoted."""
    inside = [other for other in quoted if other.outer.overlaps(quotation.outer)]
    length = sum(other.inner.end - other.inner.start for other in inside)
    return length * 4 > quotation.inner.end - quotation.inner.start
