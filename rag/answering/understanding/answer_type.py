"""Reads what a question of fact must be answered with: a date, a number, a name."""

from __future__ import annotations

import re

from rag.answering.understanding import entity_index
from rag.answering.understanding.phrasings import phrasings
from rag.core import AnswerType, Citation, Query, Span
from rag.text import quantities, tokens

_ASKED: tuple[AnswerType, ...] = ("yes_no", "how_long", "when", "how_many", "where", "why", "who", "what")
"""In the order in which they are looked for."""

_INTERROGATIVE = re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how)\b|\?$|:$", re.IGNORECASE)
_BESIDES = re.compile(
    r",? and (?P<wh>why|when|where|since when|how long|how many|how|who|by whom|with whom)$", re.IGNORECASE
)
_BESIDES_ASKS: dict[str, AnswerType] = {
    "why": "why", "when": "when", "where": "where", "since when": "when", "how long": "how_long",
    "how many": "how_many", "who": "who", "by whom": "who", "with whom": "who",
}  # fmt: skip


def asks_of(question: str) -> AnswerType:
    """What the question wants to be told; "what" where its words do not say."""
    text = question.strip(" ?!.:")
    for kind in _ASKED:
        if any(pattern.search(text) for pattern in phrasings("fact", kind)):
            return kind
    return "what"


def without_question_words(question: str) -> str:
    """What a question asks about: it without the words by which it asks."""
    for pattern in phrasings("fact", "question_words"):
        question = pattern.sub("", question)
    return question


def besides(question: str) -> tuple[str, AnswerType | None]:
    """The question without a second one at its end, ", and why", and what that wants to be told."""
    match = _BESIDES.search(question)
    if match is None or not match.start():
        return question, None
    return question[: match.start()], _BESIDES_ASKS.get(match["wh"].lower(), "what")


def asked_sentence(sentences: list[str]) -> int:
    """Which of the sentences does the asking: the last with a question word or mark, else the last."""
    asking = [place for place, one in enumerate(sentences) if _INTERROGATIVE.search(one)]
    marked = [place for place in asking if sentences[place].rstrip("\"”’'").endswith(("?", ":"))]
    return (marked or asking or [len(sentences) - 1])[-1]


_DAY = re.compile(rf"\s*\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|{quantities.MONTHS})\b.*", re.IGNORECASE)
_MARKED = 3
_NAME = re.compile(r"\b[A-Z][\w’'.-]*\w(?:(?: (?:of|the|de|da|von|van|al|bin))? [A-Z][\w’'.-]*\w)*")
_TITLED = re.compile(r"[“\"‘'][A-Z][^”\"’']{2,60}[”\"’']")

_FORMS: tuple[tuple[AnswerType, str], ...] = (
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


def asks(query: Query) -> AnswerType:
    """What a fact must tell: as the question was understood, else as its words say."""
    if query.asks != "what":
        return query.asks
    return next((kind for kind, pattern in _ASKS if pattern.search(query.standalone)), "what")


def form(query: Query) -> re.Pattern[str] | None:
    """The form that an answer must have; None where it may be anything."""
    if short := entity_index.STANDS_FOR.search(query.standalone):
        return re.compile(rf"\({re.escape(short['short'])}\)")
    if _ASKS_YEAR.search(query.standalone):
        return quantities.YEAR
    if _ASKS_AGE.search(query.standalone):
        return quantities.AGE
    if asks(query) == "identity":
        return _introducing(query)
    if asks(query) == "how_many" and (amount := _amount(query.standalone)):
        return amount
    return {"when": quantities.DATE, "how_long": quantities.DURATION, "how_many": quantities.NUMBER}.get(asks(query))


def _amount(question: str) -> re.Pattern[str] | None:
    """How a share or a sum of money is written, if the question asks for one."""
    if _ASKS_SHARE.search(question):
        return quantities.PERCENT
    return quantities.MONEY if _ASKS_MONEY.search(question) else None


def _introducing(query: Query) -> re.Pattern[str]:
    """How a sentence says who or what a name is: by what follows it, "…, an alliance", or by an office before it."""
    every = (
        {*tokens.alternatives(" ".join(query.terms)), *tokens.alternatives(query.terms[-1])} if query.terms else {""}
    )
    name = rf"\b(?:{'|'.join(map(re.escape, sorted(every, key=len, reverse=True)))})\b(?: \([^)]{{1,20}}\))?"
    what = r"(?:an?|the|one of|\w+[’']s) \w+(?:[ -]\w+){0,6}"
    office = rf"(?:[A-Z]\w+ ){{0,3}}{entity_index.OFFICE.pattern}(?: [A-Z][\w’'.-]*){{0,2}}? "
    return re.compile(rf"{name}(?:,| [–—-]| (?:is|was|are|were)) {what}|(?i:{office}){name}")


def key_spans(text: str, query: Query) -> list[Span]:
    """Where in the text the words stand that answer a question for a date, a number, a duration or a name."""
    pattern = form(query)
    if entity_index.STANDS_FOR.search(query.standalone):
        return [Span(*match.span()) for match in pattern.finditer(text)] if pattern else []
    if pattern is not None:
        asked = {word.lower() for word in tokens.words(query.standalone)}
        found = [Span(*match.span()) for match in pattern.finditer(text)]
        found = [span for span in found if {word.lower() for word in tokens.words(text[span.start : span.end])} - asked]
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
