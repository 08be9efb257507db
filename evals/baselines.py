"""What one would write in an afternoon to say who spoke: the rivals that the attribution is measured against.

Each takes an article and a quoted passage and gives a name, or None. Knows nothing of the attribution itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.core import Article, Span
from rag.text.quotation_marks import quotations
from rag.text.spacy_models import parser

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

Baseline = Callable[[Article, Span], str | None]

_NAME = r"[A-Z][\w’'-]+(?: [A-Z][\w.’'-]+){0,3}"
_VERB = "said|says|added|told|asked|wrote|tweeted|replied|explained|noted|continued|argued|insisted|warned|declared"
_SAID = re.compile(rf"(?P<before>{_NAME}) (?:{_VERB})\b|\b(?:{_VERB}) (?P<after>{_NAME})")
_LEMMAS = frozenset(
    """
    say add tell ask write tweet reply explain note continue argue insist warn declare state announce claim respond
    answer joke quip shout observe remark comment conclude recall suggest acknowledge admit
    """.split()  # noqa: SIM905 - a list of words reads better so
)
_NOT_NAMES = {"He", "She", "They", "It", "We", "I", "You", "The", "But", "And", "That", "This", "Who"}


def nearest_name_said(article: Article, quote: Span) -> str | None:
    """The name in the “NAME said” or “said NAME” that stands nearest to the passage, by a regular expression alone."""
    found = [match for match in _SAID.finditer(article.text) if not quote.overlaps(Span(*match.span()))]
    named = [match for match in found if (match["before"] or match["after"]) not in _NOT_NAMES]
    if not named:
        return None
    nearest = min(named, key=lambda match: max(match.start() - quote.end, quote.start - match.end()))
    return nearest["before"] or nearest["after"]


def nearest_verbs_subject(article: Article, quote: Span) -> str | None:
    """The subject of the nearest speech verb outside quotation marks in the same paragraph, by spaCy alone."""
    block = next((block for block in article.body if block.span.overlaps(quote)), None)
    if block is None:
        return None
    inside = [one.inner for one in quotations(article) if block.span.covers(one.inner)]
    verbs = [
        token
        for token in _parsed(article.cut(block.span))
        if token.lemma_ in _LEMMAS and not any(span.start <= block.start + token.idx < span.end for span in inside)
    ]
    if not verbs:
        return None
    nearest = min(verbs, key=lambda token: _distance(block.start + token.idx, quote))
    subject = next((child for child in nearest.children if child.dep_ == "nsubj"), None)
    return _name(subject) if subject is not None else None


def _name(subject: Token) -> str | None:
    if subject.pos_ != "PROPN":
        return None
    return " ".join(token.text for token in (*subject.lefts, subject) if token.pos_ == "PROPN")


def _distance(place: int, quote: Span) -> int:
    return max(quote.start - place, place - quote.end)


@lru_cache(maxsize=200)
def _parsed(text: str) -> Doc:
    return parser()(text)
