"""What a question asks, in its own words. Knows no library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from rag.answering.asking.phrasings import expression
from rag.types import Asks, Counted, Intent

_MEDIA = "twitter|facebook|instagram|telegram|tiktok|youtube|television|tv|the radio|social media|truth social"
_VAGUE = "that|anything|something|everything|a lot|much|so"
_IN_THE_ARTICLES = re.compile(
    r"(?:^|[ ,]+)(?:so far|in (?:public|total|all)|at all|altogether"
    r"|(?:according to|in|from|across|within|by|of) (?:all |any )?(?:of )?"
    r"(?:the|these|those|your|my|our|this) (?:\w+ )?"
    r"(?:articles?|files|library|documents|texts|sources|corpus|archive|news|reports|reporting|press|media))$",
    re.IGNORECASE,
)
ONLY_THE_ARTICLE = re.compile(
    r"(?:(?:the|this|that|these|those|all) )*(?:\w+ )?(?:articles?|reports?|story|text|file|document|piece|news)"
    "|everything|all",
    re.IGNORECASE,
)
"""Words that point at an article and name no topic."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A question taken apart. `speaker`, `others` and `topic` are words of the question, nobody looked up.

    `about` are the words that say what it is about, `topic` those of them that are a noun ("the EU").
    `of_article` is that of `Query`.
    """

    intent: Intent
    about: str = ""
    speaker: str | None = None
    others: tuple[str, ...] = ()
    topic: str | None = None
    counted: Counted | None = None
    asks: Asks | None = None
    of_article: bool = False


def bare_topic(words: str | None) -> str:
    """A topic without the words that lead in to it, or that only say "in the articles"."""
    text = _lead().sub("", (words or "").strip(" ,:-"))
    while (shorter := _IN_THE_ARTICLES.sub("", text)) != text:
        text = shorter
    return text.strip(" ,")


@cache
def _lead() -> re.Pattern[str]:
    return re.compile(rf"^(?:(?:on (?:{_MEDIA})|{_VAGUE}|{expression('about')}) )+", re.IGNORECASE)


def group(match: re.Match[str], name: str) -> str | None:
    """What a named group matched; None where the pattern has no such group."""
    return match.groupdict().get(name)
