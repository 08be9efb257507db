"""Names in a model's sentence that the cited words give to nobody, or to somebody else. Knows names, and no truth."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from rag.answering import words
from rag.answering.checking.semantic_roles import Roles, roles
from rag.answering.checking.usable import read_around
from rag.answering.checking.wording import alike, same_name
from rag.text.name_matching import fold, sound
from rag.text.names import name_lists
from rag.types import Evidence, Place

_OFFICES = frozenset(
    {"lady", "capital", "leader", "head", "chief", "member", "ally", "wife", "husband", "son", "daughter"}
)
"""Nouns beside the titles of the lists that somebody or something is of somebody else."""

_TOGETHER = 6
"""Words from an office to whose it is: "the foreign minister and deputy head of government of Armenia"."""

_PAIR = re.compile(r"(?=\b([A-Z][\w-]*[a-z][\w-]*) ([A-Z][\w-]*[a-z][\w-]*))")
_RUN = re.compile(r"\b(?:[A-Z][\w-]* )*(?P<last>[A-Z][\w-]*[a-z][\w-]*)\b")


def objections_to_names(text: str, places: Sequence[Place], evidence: Evidence) -> Iterator[str]:
    """Why the names of a sentence may not be used so."""
    yield from _to_pairs(text, places, evidence)
    yield from _to_longer_names(text, places, evidence)
    yield from _to_offices(text, places, evidence)


def _to_pairs(text: str, places: Sequence[Place], evidence: Evidence) -> Iterator[str]:
    """Two words of one name must be beside each other in an article or on record too: no “Vladimir Lavrov”."""
    held = [evidence.articles[source].text for source in {place.source for place in places}]
    held += [name for one in evidence.record for name in (one.speaker, one.via) if name]
    heard = {(sound(one), sound(other)) for words_there in held for one, other in _pairs(words_there)}
    lists = name_lists()
    for first, second in _pairs(text):
        is_free = first in lists.nations or first in lists.titles or first in words.FUNCTION_WORDS
        if not is_free and (sound(first), sound(second)) not in heard:
            yield f"The article names no “{first.title()} {second.title()}”."


def _pairs(text: str) -> set[tuple[str, str]]:
    """Words with a capital that stand beside each other, folded."""
    return {(fold(one), fold(two)) for one, two in _PAIR.findall(text)}


def _to_longer_names(text: str, places: Sequence[Place], evidence: Evidence) -> Iterator[str]:
    """A name that an article only ever writes with another behind it is another's: Port is not Port Albena."""
    titles, own = name_lists().titles, {fold(word) for word in words.words(text)}
    read = "\n".join(evidence.articles[source].text for source in {place.source for place in places})
    for name in sorted({match["last"] for match in _RUN.finditer(text)}):
        behind = [match[1] for match in re.finditer(rf"\b{re.escape(name)}\b(?: ([A-Z][\w-]*[a-z][\w-]*))?", read)]
        if behind and all(word and fold(word) not in own | titles for word in behind):
            yield f"The articles say it of “{name} {behind[0]}”."


def _to_offices(text: str, places: Sequence[Place], evidence: Evidence) -> Iterator[str]:
    """An office, whose it is and who holds it must stand together.

    A first lady who went to Albena is not that of Albena; one who met that of Albena is not she.
    """
    read = [words.words(one) for one in read_around(places, evidence)]
    told = roles(text)
    speaking = {word.lower() for one in told.speeches for word in words.words(one.speaker)}  # proved by the record
    offices = (_OFFICES | name_lists().titles) - speaking
    of = {
        slot.head: [word for word in slot.filler if words.is_name(word)] for slot in told.slots if slot.relation == "of"
    }
    for office, whose in of.items():
        if office in offices and whose and not any(_together(office, [whose], one) for one in read):
            yield f"The cited words do not say “{office} of {' '.join(whose)}”."
    for office, holder in _said_to_hold(text, told, offices):
        if not any(_together(office, [names for names in (of.get(office), holder) if names], one) for one in read):
            yield f"The cited words do not say that {' '.join(holder)} is the {office}."


def _said_to_hold(text: str, told: Roles, offices: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """Who is said to be what: "the mayor was Ada Lund", "Ada Lund is the mayor"."""
    named = {word.lower(): word for word in words.words(text) if words.is_name(word)}
    said = {one.lemma for one in told.predicates}
    for slot in told.slots:
        if slot.relation == "subject" and slot.head in said:
            sides = [slot.head, *(word.lower() for word in slot.filler)]
            names = [named[word] for word in sides if word in named and word not in offices]
            yield from ((word, names) for word in sides if word in offices and names)


def _together(office: str, others: Sequence[Sequence[str]], read: Sequence[str]) -> bool:
    """Whether a word for the office stands a few words from one of each of the others' names, in any of its forms."""
    forms = [{part for word in names for form in words.alternatives(word) for part in form.split()} for names in others]
    return any(
        all(any(same_name(form, word) for form in own for word in _around(read, place)) for own in forms)
        for place, word in enumerate(read)
        if alike(office, word.lower())
    )


def _around(read: Sequence[str], place: int) -> Sequence[str]:
    return read[max(0, place - _TOGETHER) : place + _TOGETHER + 1]
