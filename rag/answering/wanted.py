"""What kind of words an answer must hold: a date, a number, a name. Knows questions and forms, and no article."""

from __future__ import annotations

import re

from rag.answering import forms, patterns, words
from rag.types import Asks, Citation, Query, Span

_DAY = re.compile(rf"\s*\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|{forms.MONTHS})\b.*", re.IGNORECASE)
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
_ASKS_SHARE = re.compile(r"\b(?:what|which) (?:percentage|per ?cent|share|proportion)\b", re.IGNORECASE)
_ASKS_MONEY = re.compile(
    r"\bhow much (?:money|cash)\b|\bhow much\b.*\b(?:pay|paid|costs?|fine[ds]?|worth|spen[dt]|earn(?:ed|s)?|charged?"
    r"|sell|sold|price|donated?|bid|salary|loan|owes?|owed|budget|compensation|bail)\b|\bat what price\b"
    r"|\b(?:pay|cost|price|fine|salary|bail|worth) of how much\b|\bwhat (?:was|is) the (?:price|cost)\b",
    re.IGNORECASE,
)
_ASKS_AGE = re.compile(r"\bhow old\b(?! (?:is|are|was) (?:the|this|that) \w+$)|\b(?:what|which) age\b", re.IGNORECASE)
_ASKS_YEAR = re.compile(r"\b(?:what|which) year\b", re.IGNORECASE)


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
        return forms.YEAR
    if _ASKS_AGE.search(query.standalone):
        return forms.AGE
    if asks(query) == "identity":
        return _introducing(query)
    if asks(query) == "how_many" and (amount := _amount(query.standalone)):
        return amount
    return {"when": forms.DATE, "how_long": forms.DURATION, "how_many": forms.NUMBER}.get(asks(query))


def _amount(question: str) -> re.Pattern[str] | None:
    """How a share or a sum of money is written, if the question asks for one."""
    if _ASKS_SHARE.search(question):
        return forms.PERCENT
    return forms.MONEY if _ASKS_MONEY.search(question) else None


def _introducing(query: Query) -> re.Pattern[str]:
    """How a sentence says who or what a name is: by what follows it, "…, an alliance", or by an office before it."""
    every = {*words.alternatives(" ".join(query.terms)), *words.alternatives(query.terms[-1])} if query.terms else {""}
    name = rf"\b(?:{'|'.join(map(re.escape, sorted(every, key=len, reverse=True)))})\b(?: \([^)]{{1,20}}\))?"
    what = r"(?:an?|the|one of|\w+[’']s) \w+(?:[ -]\w+){0,6}"
    office = rf"(?:[A-Z]\w+ ){{0,3}}{patterns.OFFICE.pattern}(?: [A-Z][\w’'.-]*){{0,2}}? "
    return re.compile(rf"{name}(?:,| [–—-]| (?:is|was|are|were)) {what}|(?i:{office}){name}")


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
