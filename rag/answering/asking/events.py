"""Questions for an overview, a timeline or a summary, as grammar. Knows English alone."""

from __future__ import annotations

import re

from rag.answering.asking.phrasings import matched, phrasings
from rag.answering.asking.reading import ONLY_THE_ARTICLE, Reading, bare_topic, group
from rag.types import Asks, Intent

_ARTICLE_ABOUT = re.compile(
    r"(?:the|that|this|an?) (?:\w+ )?(?:article|report|story|piece|text) "
    "(?:about|on|regarding|concerning|in which|where|(?:that|which) (?:says|tells|reports|deals with)) ",
    re.IGNORECASE,
)
_IN_EVENTS = re.compile(r"^(?:in|at|during|with|over|inside|around) ", re.IGNORECASE)


_OVERVIEWS: tuple[Asks, ...] = ("who", "when", "what")


def about_all_articles(question: str) -> Reading | None:
    """The reading of a question about all articles: what they are about, who speaks most, what is new."""
    asks = next((asks for asks in _OVERVIEWS if matched(question, "overview", asks)), None)
    return Reading("overview", asks=asks) if asks else _first("summary", question, "latest")


def event(question: str) -> Reading | None:
    """The reading of a question for a timeline or a summary; None for any other."""
    return _first("timeline", question) or _first("summary", question)


def _first(intent: Intent, question: str, name: str = "patterns") -> Reading | None:
    for pattern in phrasings(intent, name):
        if match := pattern.fullmatch(question):
            whole = bare_topic(_IN_EVENTS.sub("", (group(match, "topic") or "").strip()))
            topic = _ARTICLE_ABOUT.sub("", whole, count=1) if intent == "summary" else whole
            about = "" if ONLY_THE_ARTICLE.fullmatch(topic) else topic
            asks: Asks = "when" if intent == "timeline" or name == "latest" else "what"
            return Reading(intent, about, topic=about or None, asks=asks, of_article=topic != whole)
    return None
