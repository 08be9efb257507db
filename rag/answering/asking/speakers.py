"""Whom the words of a question name: somebody on record, somebody whom no article quotes, or nobody at all."""

from __future__ import annotations

import re

from rag.answering import patterns, words
from rag.answering.known import Known, bare
from rag.text.name_matching import fold
from rag.text.names import is_body, nation_of

_LONGEST_NAME = 5
_LONGEST_TYPED_SMALL = 2
_CLASS = re.compile(
    "people|police|media|press|staff|public|everyone|everybody|anyone|anybody|someone|somebody|nobody|others|"
    "experts|officials|scientists|researchers|critics|analysts|doctors|residents|voters|authorities|sources|"
    "reporters|journalists|lawmakers|prosecutors|economists|investors|fans|parents|workers|articles|article|"
    "study|report|reports|survey|poll|paper|newspaper|book|government|company|bible|law|text|story|website|"
    "data|research|letter|film|movie",
    re.IGNORECASE,
)
"""Words for whoever it may be; to ask what they said is to ask what the articles say."""

_PRONOUN = re.compile(
    "he|she|it|they|him|her|them|this|that|these|those|i|you|we|us|me|who|whom|what|which", re.IGNORECASE
)
_ENDS_OR_OPENS_NO_NAME = re.compile(
    r"^(?:an?|any|all|some|many|most|several|few|no|every|each|both|what|which|how|considering|based|given|[\"“‘'].*)\b"
    r"|\b(?:of|the|and|or|in|on|at|to|for|by|from|with|s)$",
    re.IGNORECASE,
)

_AFFILIATED = re.compile(
    r"(?:the )?[A-Z][\w&.-]*(?: [A-Z][\w&.-]*)*[’']s? (?P<behind>[A-Z]\S*(?: [A-Z]\S*)+)"
    r"|(?P<before>[A-Z]\S*(?: [A-Z]\S*)+?)(?: (?:of|from|at|with) (?:the )?[A-Z].*|, (?:the|an?) .*)"
)
"""Two words or more that are a name, and whose they are: "Reuters's Ada Lund", "Ada Lund of the Ferry Union"."""


def alone(name: str) -> str:
    """A person's name without the body that the question names beside it; any other words as they are."""
    beside = _AFFILIATED.fullmatch(name.strip())
    person = (beside["behind"] or beside["before"]) if beside else name
    return name if is_body(tuple(person.split())) or patterns.OFFICE.search(person) else person


def on_record(name: str, known: Known) -> str | None:
    """The name under which the library knows the speaker, named or called by an office; None if it knows nobody so."""
    if _PRONOUN.fullmatch(bare(name)):
        return None
    person = known.named(name) or known.named(name.removesuffix("'s").removesuffix("’s")) or known.named(alone(name))
    if person:
        return person.name
    return known.holder(name) if patterns.OFFICE.search(name) else None


def person_or_body(name: str, known: Known) -> str | None:
    """The same, but for countries and their capitals: they act more than they speak."""
    return None if nation_of(bare(name)) else on_record(name, known)


def resembled(name: str, known: Known) -> str | None:
    """The name of the person on record whose name was misspelt so; None if it was not, or two would fit."""
    if _PRONOUN.fullmatch(bare(name)) or _CLASS.fullmatch(bare(name)):
        return None
    person = known.resembling(bare(name))
    return person.name if person else None


def may_speak(name: str, *, known: Known, openly: bool) -> bool:
    """Whether the words can name a speaker.

    Somebody on record can; a country or its capital, which does more than it says, only where the question is `openly`
    of speech. There so can what is written as a name, and an office that articles give to several people or to nobody.
    """
    if on_record(name, known) or (len(name.split()) <= _LONGEST_NAME and resembled(name, known)):
        return openly or nation_of(bare(name)) is None
    parts = [word for word in words.words(bare(name)) if word.lower() not in patterns.PARTICLES]
    if not openly or not parts or _ENDS_OR_OPENS_NO_NAME.search(name):
        return False
    if patterns.OFFICE.search(name):
        return _is_unsettled_office(name, known)
    if nation_of(bare(name)) or any(
        word.lower() in words.FUNCTION_WORDS and not words.is_acronym(word) for word in parts
    ):
        return False
    if all(map(words.is_name, parts)):
        return len(parts) <= _LONGEST_NAME
    return len(parts) <= _LONGEST_TYPED_SMALL and _is_typed_small(name, known)


def _is_unsettled_office(name: str, known: Known) -> bool:
    """Whether articles give the office to several people, or do not know it at all."""
    if words.is_name(bare(name)) and name[:4].lower() != "the " and "’s" not in name and "'s" not in name:
        return True  # "Minister Quist": somebody is named
    office = [word for word in fold(name).split() if word not in patterns.PARTICLES]
    return len(known.holders(name)) > 1 or not all(map(known.holdings.occurs, office))


def _is_typed_small(name: str, known: Known) -> bool:
    """Whether a name was typed without its capital: a word that no article uses, nor English for a group."""
    parts = name.split()
    return name == bare(name) and not any(
        _CLASS.fullmatch(part)
        or part.lower() in patterns.PARTICLES
        or not part.isalpha()
        or known.holdings.occurs(part)
        for part in parts
    )
