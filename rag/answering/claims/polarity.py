"""Compares the act that a question takes for done with a sentence: told, or with its roles exchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.answering.checking.semantic_roles import roles
from rag.text import tokens

_LIGHT = tokens.word_list("no acts")
"""Verbs that describe no act by themselves."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what to whom: a verb, the words of its subject, and those of its other arguments.

    `subject` is empty for a pronoun.
    """

    verb: str
    subject: frozenset[str]
    object: frozenset[str]
    others: tuple[frozenset[str], ...]
    negated: bool

    def is_turned_in(self, other: Deed) -> bool:
        """Returns whether the other exchanges the subject with another argument."""
        names = frozenset(word for words in self.others for word in words if tokens.is_name(word))
        return bool(names & other.subject) and self._goes_with(self.subject, other) and not self.subject & other.subject

    @staticmethod
    def _goes_with(words: frozenset[str], other: Deed) -> bool:
        return any(words & held for held in other.others)


def deeds(text: str) -> Iterator[Deed]:
    """Yields the acts in a text."""
    found = roles(text)
    for predicate in found.predicates:
        slots = [slot for slot in found.slots if slot.head == predicate.lemma]
        objects = frozenset(word for slot in slots if slot.relation == "object" for word in slot.filler)
        nested = [slot for slot in found.slots if slot.head in {word.lower() for word in objects}]
        subjects = [slot.filler for slot in slots if slot.relation == "subject"]
        others = [slot.filler for slot in (*slots, *nested) if slot.relation != "subject" and slot.filler]
        yield Deed(
            predicate.lemma,
            frozenset[str]().union(*subjects),
            objects,
            tuple(others),
            predicate.negated,
        )


_TAKES_FOR_DONE = re.compile(
    r"^(?i:why|when|how|where) did (?P<subject>(?:the )?[A-Z][\w’'.-]*(?: [A-Z][\w’'.-]*)*) "
    r"(?P<verb>[a-z]+)(?P<rest>.*?)[?.! ]*$"
)


def verb_presumed(question: str) -> str | None:
    """Returns the act that a question presupposes of a named subject: "leave" in "Why did Armenia leave the EAEU?"."""
    found = _TAKES_FOR_DONE.match(question)
    return found["verb"] if found else None


def presumed(question: str) -> str | None:
    """Returns the presupposition as a sentence, "Armenia left the EAEU"; None if the verb's past is not sure."""
    found = _TAKES_FOR_DONE.match(question)
    past = _past(found["verb"]) if found else None
    return f"{found['subject']} {past}{found['rest']}" if found and past else None


def _past(verb: str) -> str | None:
    if forms := tokens.irregular_forms(verb):
        return forms[1] if forms[0] == verb else None
    if re.search(r"[^aeiou][aeiou][^aeiouwxy]$", verb):
        return None
    return re.sub(r"(?<=[^aeiou])y$", "i", verb) + ("d" if verb.endswith("e") else "ed")


def deed_asked(question: str) -> Deed | None:
    """Returns the first act that a question asks about or presupposes."""
    return next((deed for deed in deeds(question) if deed.verb not in _LIGHT and deed.subject), None)


def is_told_only_otherwise(said: str, sentences: list[str]) -> bool:
    """Returns whether sentences tell an act only with its names exchanged, never as given."""
    asked = deed_asked(said)
    told = [deed for sentence in sentences for deed in deeds(sentence) if asked and deed.verb == asked.verb]
    if asked is None or any(asked.subject & deed.subject for deed in told):
        return False
    return any(asked.is_turned_in(deed) and not deed.negated for deed in told)
