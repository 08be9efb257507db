"""Tells whether an article gives words only as what was not said. Knows one sentence at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.attribution.masking import Unit, units
from rag.attribution.quote_cues import is_said
from rag.attribution.syntax import is_cue
from rag.text.english import is_english
from rag.text.quotation_marks import quotations
from rag.text.spacy_models import parser
from rag.types import Article, Span

if TYPE_CHECKING:
    from spacy.tokens import Token


def is_unsaid(article: Article, sentences: Sequence[Span], span: Span) -> bool:
    """Whether the sentence around the words tells of speech, and of none that took place: “Toll could say “…””."""
    if not is_english(article):
        return False
    unit = next((unit for unit in units(article, sentences, quotations(article)) if unit.span.covers(span)), None)
    around = next((sentence for sentence in unit.sentences if sentence.overlaps(span)), None) if unit else None
    if unit is None or around is None:
        return False
    words = _narrated(unit, around)
    cues = [token for token in words if is_cue(token, "quote")] or [token for token in words if is_cue(token, "clause")]
    return bool(cues) and not any(map(is_said, cues))


def _narrated(unit: Unit, sentence: Span) -> list[Token]:
    """The words of a sentence that the journalist wrote."""
    return [token for token in parser()(unit.skeleton) if sentence.start <= unit.origin[token.idx] < sentence.end]
