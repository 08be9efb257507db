"""The occasion or the place at which something was said: "at their meeting in Moscow". Knows English alone."""

from __future__ import annotations

import re
from functools import cache

from rag.answering import words
from rag.answering.asking.phrasings import expression

_NOUNS = (
    r"meetings?|talks|interviews?|briefings?|conferences?|press conference|summits?|speech|address|visit|forum|session"
    "|debate|hearing|rally|phone call|call|telephone conversation|conversation|ceremony|reception|sidelines|event|trip"
)
_NO_PLACE = (
    "favou?r|defen[cs]e|response|reply|support|general|detail|full|public|private|short|fact|particular|return|turn"
)
_AT = (
    rf"(?:at|in|during|after|before|on(?= the sidelines)) (?!(?:{_NO_PLACE})\b)"
    "(?:(?:the|an?|his|her|their|its|this|that|last|yesterday[’']s) )?"
    rf"(?:[\w’'-]+ ){{0,3}}?(?:{_NOUNS})(?: (?:with|in|to|at|of|by|between|for|given|he|she|they) [^?,;]+?)?"
)
_THEN = r"(?= (?:about|regarding|concerning|on the (?:subject|topic|question|issue|matter) of) |$)"
_OCCASION = re.compile(rf"(?P<words> {_AT}){_THEN}", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Z][\w’'-]*\w(?: [A-Z][\w’'-]*\w)+")


def placed(question: str) -> tuple[str, tuple[str, ...]]:
    """A question about speech without the words that say where or on what occasion, and what must stand around it then.

    Of an occasion these are the content words, of a place its name with the preposition. A place counts only right
    behind the verb: "say in Moscow", and not "say about the war in Ukraine".
    """
    for pattern in (_OCCASION, _place()):
        if match := pattern.search(question):
            rest = f"{question[: match.start('words')]} {question[match.end('words') :]}"
            told = match["words"].strip()
            return " ".join(rest.split()), (told,) if pattern is _place() else _words(told)
    return question, ()


def _words(told: str) -> tuple[str, ...]:
    """The content words, a name of several in one piece."""
    names = _NAME.findall(told)
    return (*words.content_words(_NAME.sub(" ", told)), *names)


@cache
def _place() -> re.Pattern[str]:
    """A name behind a verb of saying, and whom it was said to or a preposition that has lost its noun."""
    said = rf"\b{expression('any_form')}(?: (?i:reporters|journalists|the press|parliament))?(?: (?i:about|of|on))?"
    name = r"(?:the )?[A-Z][\w’'.-]*(?: [A-Z][\w’'.-]*)*"
    return re.compile(rf"(?:{said})(?P<words> (?:in|at) (?!(?i:{_NO_PLACE})\b){name}){_THEN}")
