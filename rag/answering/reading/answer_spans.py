"""Finds in a sentence the words of a question, and those that answer it: a date, a number, a duration, a name."""

from __future__ import annotations

import re

from rag.answering.understanding import entity_index
from rag.core import Citation, Evidence, Query, Span
from rag.text import quantities, tokens

_DAY = re.compile(rf"\s*\b(?:{quantities.WEEKDAYS}|{quantities.MONTHS})\b.*", re.IGNORECASE)
_MARKED = 3
_SMALL = "|".join(word.capitalize() for word in sorted(tokens.FUNCTION_WORDS))
_NAME = re.compile(rf"\b(?!(?:{_SMALL})\b)[A-Z][\w’'.-]*\w(?:(?: (?:of|the|de|da|von|van|al|bin))? [A-Z][\w’'.-]*\w)*")
_TITLED = re.compile(r"[“\"‘'][A-Z][^”\"’']{2,60}[”\"’']")
_SHARE = re.compile(r"\b(?:what|which) (?:percentage|per ?cent|share|proportion)\b", re.IGNORECASE)
_MONEY = re.compile(
    r"(?=.*\bhow much\b).*\b(?:money|cash|pay|paid|costs?|fine[ds]?|worth|spen[dt]|earn(?:ed|s)?|charged?|sell"
    r"|sold|price|donated?|bid|salary|loan|owes?|owed|budget|compensation|bail)\b"
    r"|\bwhat (?:was|is|at) (?:the )?(?:price|cost)\b",
    re.IGNORECASE,
)
_AGE = re.compile(r"\bhow old\b|\b(?:what|which) age\b", re.IGNORECASE)
_KIND = re.compile(r"(?:^|[.,] )(?:(?:in|at|from) )?which (?!(?:year|month|day|date)s?\b)[a-z]", re.IGNORECASE)


def terms_held(text: str, query: Query, evidence: Evidence) -> list[str]:
    """Returns the terms of the query that a text holds in any spelling, in their order."""
    return [term for term in query.terms if tokens.holds(text, evidence.spellings.get(term, (term,)))]


def form(query: Query) -> re.Pattern[str] | None:
    """Returns the pattern that an answer must match; None if it may be anything."""
    if short := entity_index.STANDS_FOR.search(query.standalone):
        return re.compile(rf"\({re.escape(short['short'])}\)")
    if query.asks == "identity":
        return _introducing(query)
    forms = {"when": quantities.DATE, "how_long": quantities.DURATION, "how_many": _amount(query.standalone)}
    return forms.get(query.asks)


def _amount(question: str) -> re.Pattern[str]:
    """Returns the pattern of a share, a sum of money, an age or any other number."""
    asked = ((_SHARE, quantities.PERCENT), (_MONEY, quantities.MONEY), (_AGE, quantities.AGE))
    return next((written for pattern, written in asked if pattern.search(question)), quantities.NUMBER)


def _introducing(query: Query) -> re.Pattern[str]:
    """Returns the pattern of a description of a name: after it, "…, an alliance", or an office before it."""
    terms = (" ".join(query.terms), *query.terms[-1:])
    every = {spelling for term in terms if term for spelling in tokens.alternatives(term)} or {""}
    name = rf"\b(?:{'|'.join(map(re.escape, sorted(every, key=len, reverse=True)))})\b(?: \([^)]{{1,20}}\))?"
    what = r"(?:an?|the|one of|\w+[’']s) \w+(?:[ -]\w+){0,6}"
    office = rf"(?:[A-Z]\w+ ){{0,3}}{entity_index.OFFICE.pattern}(?: [A-Z][\w’'.-]*){{0,2}}? "
    return re.compile(rf"{name}(?:,| [–—-]| (?:is|was|are|were)) {what}|(?i:{office}){name}")


def key_spans(text: str, query: Query) -> list[Span]:
    """Finds the spans of the text that answer a question for a date, a number, a duration or a name."""
    pattern = form(query)
    if pattern is None:
        asks_for_a_name = query.asks in {"who", "where"} or _KIND.search(query.standalone)
        return _new_names(text, query)[:_MARKED] if asks_for_a_name else []
    asked = {word.lower() for word in tokens.words(query.standalone)}
    found = [Span(*match.span()) for match in pattern.finditer(text)]
    if entity_index.STANDS_FOR.search(query.standalone):
        return found
    return [span for span in found if {word.lower() for word in tokens.words(text[span.start : span.end])} - asked][
        :_MARKED
    ]


def key_places(citation: Citation, query: Query) -> tuple[Span, ...]:
    """Finds the spans in the file, within a citation, that answer the question, to be marked where it is shown."""
    start = citation.start
    found = key_spans(citation.quote, query) if query.intent == "fact" else []
    return tuple(Span(start + span.start, start + span.end) for span in found)


def _new_names(text: str, query: Query) -> list[Span]:
    """Returns the names in a sentence, and the titles in quotation marks, that are not in the question.

    The first word of a sentence counts as a name only if another capitalised word follows it.
    """
    asked = {tokens.stem(word) for word in tokens.words(query.standalone)}
    found = []
    for match in [*_NAME.finditer(text), *_TITLED.finditer(text)]:
        name = _DAY.sub("", match.group())
        parts = tokens.words(name)
        opens = match.start() == len(text) - len(text.lstrip(" “\"‘'"))
        if text[: match.start()].endswith("("):  # the agency or outlet at the head of a report
            continue
        told = [word for word in parts if word.lower() not in tokens.FUNCTION_WORDS and tokens.stem(word) not in asked]
        if told and not (opens and len(parts) == 1):
            found.append(Span(match.start(), match.start() + len(name)))
    return found
