"""Tells how likely a candidate is an attribution: a logistic regression over its words, frame and speaker.

The weights, with where they come from, stand in `likelihood.tsv`, written by `python -m evals.train_attribution`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from rag.attribution.syntax import children, is_passive
from rag.text.speech_verbs import lexicon

if TYPE_CHECKING:
    from spacy.tokens import Token

    from rag.attribution.nesting import Attribution

BIAS = "bias"
_LENGTHS = (1, 2, 3, 5, 8, 13, 21)
"""Words of content up to which one class of length reaches."""


_OTHER = frozenset({"human", "said to", "noun"})


def probability(candidate: Attribution) -> float:
    """How likely it is that people would mark the candidate as an attribution, from 0 to 1."""
    weights = _weights()
    score = weights[BIAS] + sum(weights.get(feature, 0.0) for feature in features(candidate))
    return 1 / (1 + math.exp(-score))


@cache
def _weights() -> dict[str, float]:
    lines = resources.files("rag.attribution").joinpath("likelihood.tsv").read_text("utf-8").splitlines()
    rows = (line.rsplit("\t", 1) for line in lines if not line.startswith("#"))
    return {feature: float(weight) for feature, weight in rows}


def features(candidate: Attribution) -> set[str]:
    """What the regression sees of a candidate; every feature is there or not."""
    cue, frame = candidate.cue, candidate.frame
    lead = f"{frame}:{candidate.preposition.lower_}" if candidate.preposition is not None else frame
    voice = _kind(candidate.speaker)
    head = _head(candidate)
    return {
        f"frame {lead}",
        f"cue {cue.lemma_.lower()}",
        f"cue {cue.lemma_.lower()} {lead}",
        f"listed {frame} {frame in lexicon().frames(cue.lemma_)}",
        f"voice {voice}",
        f"voice {candidate.speaker.lemma_.lower() if candidate.speaker is not None else 'nobody'}",
        f"voice {frame} {voice}",
        f"size {frame} {_size(candidate)}",
        *(f"{name} {frame}" for name in _form(cue)),
        *_form(cue),
        *_content(head, frame),
    }


def _kind(speaker: Token | None) -> str:
    """What sort of word the speaker is."""
    if speaker is None:
        return "nobody"
    if speaker.pos_ == "PRON":
        return speaker.lower_
    if speaker.pos_ == "PROPN":
        return f"name {speaker.ent_type_}"
    human = "human" in lexicon().frames(speaker.lemma_.lower())
    return f"noun {speaker.tag_} {'human' if human else 'other'}"


def _form(cue: Token) -> Iterator[str]:
    """How the cue stands in its sentence."""
    yield f"tag {cue.tag_}"
    yield f"dep {cue.dep_}"
    if cue.head != cue:
        yield f"under {cue.dep_} {'cue' if 'clause' in lexicon().frames(cue.head.lemma_) else cue.head.pos_}"
    yield f"inside {_over(cue)}"
    if is_passive(cue):
        yield "passive"
    for child in cue.children:
        if child.dep_ in {"aux", "auxpass", "neg", "prt", "mark"}:
            yield f"{child.dep_} {child.lower_}"
    if cue.dep_ == "conj":
        yield f"beside {cue.head.pos_} {bool(lexicon().frames(cue.head.lemma_) - _OTHER)}"
    if cue.i == cue.sent.start:
        yield "opens"
    elif cue.nbor(-1).text == ",":
        yield "behind a comma"


def _over(cue: Token) -> str:
    """The nearest verb of speech in whose clause the cue stands; “none” where the journalist tells it."""
    while cue.head != cue:
        if cue.dep_ in {"ccomp", "parataxis"} and "clause" in lexicon().frames(cue.head.lemma_):
            return "that" if any(mark.lower_ == "that" for mark in children(cue, "mark")) else "clause"
        cue = cue.head
    return "none"


def _head(candidate: Attribution) -> Token | None:
    """The highest word of the content."""
    doc = candidate.cue.doc
    words = sorted(candidate.words)
    return next((doc[index] for index in words if doc[index].head.i not in candidate.words), None)


def _content(head: Token | None, frame: str) -> Iterator[str]:
    """What the content is."""
    if head is None:
        return
    yield f"said {frame} {head.tag_} {head.dep_}"
    yield f"said {frame} {head.ent_type_ or 'none'}"
    yield f"said {head.lemma_.lower()}"
    yield f"said {frame} {head.lemma_.lower()}"
    yield f"said {frame} {'pronoun' if head.pos_ == 'PRON' else 'words'}"
    for mark in children(head, "mark"):
        yield f"opened {frame} {mark.lower_}"
    if not children(head, "mark", "nsubj", "nsubjpass"):
        yield f"bare {frame}"


def _size(candidate: Attribution) -> int:
    return sum(len(candidate.words) > limit for limit in _LENGTHS)
