"""Names in a model's sentence that the cited words give to nobody, or to somebody else. Knows names, and no truth."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.answering import words
from rag.answering.usable import read_around
from rag.corpus.names import name_lists
from rag.corpus.people import fold, sound
from rag.types import Evidence, Place

_PAIR = re.compile(r"(?=\b([A-Z][\w-]*[a-z][\w-]*) ([A-Z][\w-]*[a-z][\w-]*))")
_RUN = re.compile(r"\b(?:[A-Z][\w-]* )*(?P<last>[A-Z][\w-]*[a-z][\w-]*)\b")


def objections_to_names(text: str, places: Sequence[Place], evidence: Evidence) -> Iterator[str]:
    """Why the names of a sentence may not be used so."""
    yield from _to_pairs(text, places, evidence)
    yield from _to_longer_names(text, places, evidence)


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
    """A name that the cited words only ever write with another behind it is another's: Port is not Port Albena."""
    titles, own = name_lists().titles, {fold(word) for word in words.words(text)}
    read = "\n".join(read_around(places, evidence))
    for name in sorted({match["last"] for match in _RUN.finditer(text)}):
        behind = [match[1] for match in re.finditer(rf"\b{re.escape(name)}\b(?: ([A-Z][\w-]*[a-z][\w-]*))?", read)]
        if behind and all(word and fold(word) not in own | titles for word in behind):
            yield f"The cited words say it of “{name} {behind[0]}”."
