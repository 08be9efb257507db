"""Questions that set two or more speakers side by side, as grammar. Knows English, and asks who may be a speaker."""

from __future__ import annotations

import re

from rag.answering.asking.phrasings import expression, phrasings
from rag.answering.asking.reading import Reading, bare_topic, group
from rag.answering.asking.speech import MaySpeak

_AND = re.compile(
    r",? (?:and|with|to|against|vs\.?|versus|from|or)(?: (?:with|to|of|by|from|that of))? |, | & ", re.IGNORECASE
)
_OWN = re.compile(f"(?:[’']s?)?(?: {expression('views')})?$", re.IGNORECASE)


def comparison(question: str, may_speak: MaySpeak) -> Reading | None:
    """The reading of a question that compares speakers, one of them on record at least; None for any other."""
    for pattern in phrasings("compare", "two_views"):
        if match := pattern.fullmatch(question):
            found = _of([match["first"], match["second"]], group(match, "topic"), may_speak)
            if found:
                return found
    for pattern in (*phrasings("compare", "pairs"), *phrasings("compare", "both_said")):
        if match := pattern.fullmatch(question):
            joined = match["pair"].removeprefix("both ").strip(" ,")
            if may_speak(joined, openly=False):  # one body that bears an "and" in its name
                continue
            names = [_OWN.sub("", name).strip(" ,") for name in _AND.split(joined)]
            found = _of(names, group(match, "topic"), may_speak, openly=group(match, "verb") is not None)
            if found:
                return found
    return None


def _of(names: list[str], topic: str | None, may_speak: MaySpeak, *, openly: bool = False) -> Reading | None:
    """A comparison of these speakers; None unless there are two who may speak, and one on record.

    Countries are compared as speakers only where the question is `openly` of what they said.
    """
    every = [name for name in names if name]
    if len(every) < 2 or not all(may_speak(name, openly=True) for name in every):  # noqa: PLR2004 - two are compared
        return None
    if not any(may_speak(name, openly=openly) for name in every):
        return None
    about = bare_topic(topic)
    return Reading("compare", about, every[0], tuple(every[1:]), topic=about or None)
