"""A question without what is said around it: courtesies, contractions, words meant for the assistant.

Knows how people talk to a chat, and nothing of what they ask about.
"""

from __future__ import annotations

import re
from functools import cache

from rag.answering.asking.phrasings import matched, phrasings

_SHORT = re.compile(r"\b(what|who|where|when|how|why|that|there)[’'](s|d|re|ve|ll)\b", re.IGNORECASE)
_FULL = {"s": "is", "d": "did", "re": "are", "ve": "have", "ll": "will"}
_NOT_OPENING = re.compile(r"^(did|does|do|has|have|had|is|was|were|are|would|could)n[’']?t\b", re.IGNORECASE)
_NOT = re.compile(r"\b(did|does|do|has|have|had|is|was|were|are|would|could)n[’']?t\b", re.IGNORECASE)

_ASIDE = re.compile(r", (?:according to|in) (?:the|these|your) (?:articles?|library|sources|texts?),? ", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+(?=[\"“‘(]*[A-Z0-9])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|No|Nos|Gov|Sen|Rep|Gen|Prof|vs|Jr|Sr|Inc|Co)\.|\b(?:[A-Z]\.){2,})$"
)


def plain(question: str) -> str:
    """The question alone: without "Can you tell me", "please", "in the articles", its mark; "What's" in full."""
    text = _in_full(question).strip(" ?!.…")
    for trimming in (_opening(), _lead_ins(), _opening()):
        text = trimming.sub("", text) or text
    text = _NOT.sub(r"\1 not", _NOT_OPENING.sub(r"\1", text))
    text = _ASIDE.sub(" ", text)
    return (_closing().sub("", text) or text).strip(" ?!.,…")


def opened(question: str) -> str:
    """The question without its "And", "But", "Thanks!", and nothing else."""
    return _opening().sub("", question) or question


def without_mark(question: str) -> str:
    """The question without the mark that ends it."""
    return question.rstrip(" ?!.…")


def announced(question: str) -> str | None:
    """The question behind "New question:", which leans on nothing before it; None where it says no such thing."""
    found = (pattern.match(question) for pattern in phrasings("chat", "alone"))
    return next((question[match.end() :] for match in found if match and match.end() < len(question)), None)


def sentences(text: str) -> list[str]:
    """The sentences of a question."""
    parts: list[str] = []
    for part in _SENTENCE.split(text):
        if parts and _ABBREVIATED.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return parts


def is_small_talk(sentence: str) -> bool:
    """Whether the words greet, thank, or are about the assistant or for its amusement."""
    texts = (_in_full(sentence).strip(" ?!.…,"), plain(sentence))
    return any(matched(text, "chat", "small_talk") for text in texts)


def is_instruction(sentence: str) -> bool:
    """Whether the words tell the assistant what to do instead of asking."""
    return matched(plain(sentence), "chat", "instruction") is not None


def without_chat(question: str) -> tuple[str, tuple[str, ...]]:
    """What of the question asks something, "" if nothing does, and the instructions that were left out of it."""
    every = sentences(question)
    instructions = tuple(one for one in every if is_instruction(one))
    asking = [one for one in every if one not in instructions and not is_small_talk(one)]
    if instructions and not any(one.endswith("?") for one in asking):
        return "", instructions
    return " ".join(asking), instructions


def _in_full(text: str) -> str:
    """The text with "What's" and "who'd" in full."""
    return _SHORT.sub(lambda match: f"{match[1]} {_FULL[match[2].lower()]}", text)


@cache
def _opening() -> re.Pattern[str]:
    return re.compile(rf"^(?:[\s….,!-]*(?:{_any('opening')})[\s,.!:…-]*)+", re.IGNORECASE)


@cache
def _lead_ins() -> re.Pattern[str]:
    return re.compile(rf"^(?:(?:{_any('lead_in')})[\s,:-]*)+", re.IGNORECASE)


@cache
def _closing() -> re.Pattern[str]:
    return re.compile(f"(?:{_any('closing')})+$", re.IGNORECASE)


def _any(name: str) -> str:
    return "|".join(pattern.pattern for pattern in phrasings("chat", name))
