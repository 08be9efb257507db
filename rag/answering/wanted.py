"""What kind of words an answer must hold: a date, a number, a name. Knows questions and forms, and no article."""

from __future__ import annotations

import re

from rag.answering import patterns, words
from rag.types import Asks, Citation, Query, Span

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_ABBREVIATED = "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
DATE = re.compile(
    rf"\b(?:(?:{_MONTHS}|(?:{_ABBREVIATED})\.) \d{{1,2}}(?:, \d{{4}})?\b|\d{{1,2}} (?:{_MONTHS})(?:,? \d{{4}})?\b|"
    rf"(?:early |mid |late )?(?:{_MONTHS}),? \d{{4}}\b|"
    r"(?:early |mid-? ?|late )?(?:(?:1[0-9]{3}|20[0-9]{2})s?|\d0s)\b|"
    rf"(?:sun|mon|tues|wednes|thurs|fri|satur)day\b|(?:{_MONTHS})\b(?<!may)|(?<=in )may\b|\w+ century\b|decades?\b|"
    r"\w+ years? ago\b|(?:next|last|this|coming) (?:week|month|year|spring|summer|autumn|fall|winter)\b)",
    re.IGNORECASE,
)
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|half"
)
_SCALE = r"(?:[\s-](?:hundred|thousand|million|billion|trillion|percent|per cent))*"
NUMBER = re.compile(
    rf"[$€£]?\b(?!(?:1[0-9]|20)[0-9]{{2}}\b(?![,.]\d))\d[\d,.]*\d?(?:st|nd|rd|th)?\b%?{_SCALE}|\b(?:{_NUMBER_WORDS})\b{_SCALE}",
    re.IGNORECASE,
)
DURATION = re.compile(
    rf"(?:\d[\d,.]*|\b(?:{_NUMBER_WORDS}))[\s-]+(?:second|minute|hour|day|week|month|year|decade|centur)\w*",
    re.IGNORECASE,
)
YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})s?\b|\b\w+ years?\b")
_DAY = re.compile(rf"\s*\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|{_MONTHS})\b.*", re.IGNORECASE)
_MARKED = 3
_NAME = re.compile(r"\b[A-Z][\w’'.-]*\w(?:(?: (?:of|the|de|da|von|van|al|bin))? [A-Z][\w’'.-]*\w)*")
_TITLED = re.compile(r"[“\"‘'][A-Z][^”\"’']{2,60}[”\"’']")

_FORMS: tuple[tuple[Asks, str], ...] = (
    ("how_long", r"\b(?:for )?how long\b"),
    (
        "how_many",
        r"\bhow (?:many|much|old|large|big|high|far|fast)\b|\b(?:what|which) (?:percentage|share|proportion)\b",
    ),
    (
        "when",
        r"(?:(?:^|[.?!,] )(?:and )?(?:since |until |by )?when|(?:what|which) (?:year|month|day|date)|how soon)\b",
    ),
    ("where", r"(?:^|[.?!] )(?:from )?where\b"),
    ("who", r"(?:^|[.?!] )(?:whom?|whose)\b|\b(?:with|by|of|does \w+|is) who\W*$"),
    ("why", r"(?:^|[.?!] )(?:why|how come)\b"),
)
_ASKS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _FORMS)
_ASKS_YEAR = re.compile(r"\b(?:what|which) year\b", re.IGNORECASE)
_WHICH = re.compile(r"\b(?:which|what)\b", re.IGNORECASE)


def asks(query: Query) -> Asks:
    """What a fact must tell: as the question was understood, else as its words say."""
    if query.asks != "what":
        return query.asks
    return next((kind for kind, pattern in _ASKS if pattern.search(query.standalone)), "what")


def form(query: Query) -> re.Pattern[str] | None:
    """The form that an answer must have; None where it may be anything."""
    if short := patterns.STANDS_FOR.search(query.standalone):
        return re.compile(rf"\({re.escape(short['short'])}\)")
    if _ASKS_YEAR.search(query.standalone):
        return YEAR
    if asks(query) == "identity":
        return _introducing(query)
    return {"when": DATE, "how_long": DURATION, "how_many": NUMBER}.get(asks(query))


def _introducing(query: Query) -> re.Pattern[str]:
    """How a sentence says who or what a name is: by what follows it, "…, an alliance", or by an office before it."""
    every = {*words.alternatives(" ".join(query.terms)), *words.alternatives(query.terms[-1])} if query.terms else {""}
    name = rf"\b(?:{'|'.join(map(re.escape, sorted(every, key=len, reverse=True)))})\b(?: \([^)]{{1,20}}\))?"
    what = r"(?:an?|the|one of|\w+[’']s) \w+(?:[ -]\w+){0,6}"
    office = rf"(?:[A-Z]\w+ ){{0,3}}{patterns.OFFICE.pattern}(?: [A-Z][\w’'.-]*){{0,2}}? "
    return re.compile(rf"{name}(?:,| [–—-]| (?:is|was|are|were)) {what}|(?i:{office}){name}")


def answers_with_a_name(query: Query) -> bool:
    """Whether a name is as likely an answer as not: who, where, which."""
    kind = asks(query)
    return kind in {"who", "where"} or (kind == "what" and bool(_WHICH.search(query.standalone)))


def key_spans(text: str, query: Query) -> list[Span]:
    """Where in the text the words stand that answer a question for a date, a number, a duration or a name."""
    pattern = form(query)
    if patterns.STANDS_FOR.search(query.standalone):
        return [Span(*match.span()) for match in pattern.finditer(text)] if pattern else []
    if pattern is not None:
        asked = {word.lower() for word in words.words(query.standalone)}
        found = [Span(*match.span()) for match in pattern.finditer(text)]
        found = [span for span in found if {word.lower() for word in words.words(text[span.start : span.end])} - asked]
        return found[:_MARKED]
    return new_names(text, query)[:_MARKED] if asks(query) in {"who", "where"} else []


def key_places(citation: Citation, query: Query) -> tuple[Span, ...]:
    """The same in the file: the words of a citation that answer the question, to be marked where it is shown."""
    start = citation.start
    found = key_spans(citation.quote, query) if query.intent == "fact" else []
    return tuple(Span(start + span.start, start + span.end) for span in found)


def new_names(text: str, query: Query) -> list[Span]:
    """The names in a sentence, and the titles in quotation marks, that the question does not give.

    The word that opens a sentence is taken for a name only with another capitalised word behind it.
    """
    asked = {words.stem(word) for word in words.words(query.standalone)}
    found = []
    for match in [*_NAME.finditer(text), *_TITLED.finditer(text)]:
        name = _DAY.sub("", match.group())
        parts = words.words(name)
        opens = match.start() == len(text) - len(text.lstrip(" “\"‘'"))
        if text[: match.start()].endswith("("):  # the agency or outlet at the head of a report
            continue
        told = [word for word in parts if word.lower() not in words.FUNCTION_WORDS and words.stem(word) not in asked]
        if told and not (opens and len(parts) == 1):
            found.append(Span(match.start(), match.start() + len(name)))
    return found
