"""What a question of fact wants to be told, and which of its words say so. Knows English question words alone."""

from __future__ import annotations

import re

from rag.answering.asking.phrasings import phrasings
from rag.types import Asks

_ASKED: tuple[Asks, ...] = ("yes_no", "how_long", "when", "how_many", "where", "why", "who", "what")
"""In the order in which they are looked for."""

_INTERROGATIVE = re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how)\b|\?$|:$", re.IGNORECASE)
_BESIDES = re.compile(
    r",? and (?P<wh>why|when|where|since when|how long|how many|how|who|by whom|with whom)$", re.IGNORECASE
)
_BESIDES_ASKS: dict[str, Asks] = {
    "why": "why", "when": "when", "where": "where", "since when": "when", "how long": "how_long",
    "how many": "how_many", "who": "who", "by whom": "who", "with whom": "who",
}  # fmt: skip


def asks_of(question: str) -> Asks:
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


def besides(question: str) -> tuple[str, Asks | None]:
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
