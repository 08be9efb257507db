"""Questions that count or list articles, statements and speakers of the record, as grammar. Knows English alone."""

from __future__ import annotations

import re
from typing import Literal

from rag.answering.asking.phrasings import phrasings
from rag.answering.asking.reading import Reading, bare_topic, group
from rag.answering.asking.speech import MaySpeak
from rag.types import Asks, Counted

_OTHER_ARTICLES = re.compile(
    r"articles of (?:the |its |this )?(?:constitution|treaty|agreement|convention|faith|association|incorporation"
    r"|clothing|impeachment|war)"
    r"|(?:news|police|intelligence|annual|earnings) reports? (?:are|is|was|were) (?!about|on\b|there)",
    re.IGNORECASE,
)
_EVERY = re.compile(r"\b(?:list|all|every|each|everything|collect|enumerate)\b", re.IGNORECASE)


_KINDS: dict[Literal["count", "list"], tuple[Counted, ...]] = {
    "count": ("articles", "statements", "speakers"),
    "list": ("articles", "speakers", "statements"),
}


def tally(question: str, may_speak: MaySpeak) -> Reading | None:
    """The reading of a question that counts or lists what is on record; None for any other."""
    if _OTHER_ARTICLES.search(question):
        return None
    readings = (
        _reading(pattern, intent, counted, question, may_speak)
        for intent, kinds in _KINDS.items()
        for counted in kinds
        for pattern in phrasings(intent, counted)
    )
    return next((reading for reading in readings if reading is not None), None)


def _reading(
    pattern: re.Pattern[str], intent: Literal["count", "list"], counted: Counted, question: str, may_speak: MaySpeak
) -> Reading | None:
    match = pattern.fullmatch(question)
    if match is None:
        return None
    speaker = (group(match, "speaker") or "").strip(" ,") or None
    if speaker and not may_speak(speaker, openly=counted == "articles" or not speaker.islower()):
        return None
    if intent == "list" and counted == "statements" and speaker and not _EVERY.search(question):
        return None  # "show me Lund's remarks" asks what she said
    topic = bare_topic(group(match, "topic"))
    asks: Asks = "how_many" if intent == "count" else "who" if counted == "speakers" else "what"
    return Reading(intent, topic, speaker, topic=topic or None, counted=counted, asks=asks)
