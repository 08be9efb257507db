"""Looks up the words that introduce a statement, as `speech_verbs.toml` lists them."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from rag.core import Polarity

_UNSPOKEN = {"said to", "human"}
_IRREGULAR = (
    "said|told|wrote|written|swore|sworn|thought|felt|knew|known|saw|seen|held|read|began|begun|put|found|shown|sang|"
    "understood|foresaw|foreseen|heard"
)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What each lemma may introduce; prepositional cues stand as "warn:of".

    `takes` maps a lemma to the frames of `speech_verbs.toml`, `denials` and `asking` hold pairs of lemma and frame.
    """

    takes: dict[str, frozenset[str]]
    polarities: dict[tuple[str, str], Polarity]

    def frames(self, lemma: str) -> frozenset[str]:
        """Returns the frames that `lemma` may open, none if it is no cue."""
        return self.takes.get(lemma, frozenset())

    def polarity(self, lemma: str, frame: str) -> Polarity:
        """Tells how what follows `lemma` in `frame` is meant."""
        return self.polarities.get((lemma, frame), "asserts")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("rag.text").joinpath("speech_verbs.toml").read_text("utf-8"))


@cache
def learned_cues() -> dict[str, frozenset[str]]:
    """Reads frames beyond the lexicon in which a cue attributes; `python -m evals.train_attribution` writes them."""
    text = resources.files("rag.text").joinpath("learned_cues.toml").read_text("utf-8")
    return {cue: frozenset(frames.split()) for cue, frames in tomllib.loads(text)["frames"].items()}


@cache
def lexicon() -> Lexicon:
    """Returns the lexicon that ships with the package."""
    takes: dict[str, set[str]] = defaultdict(set)
    polarities: dict[tuple[str, str], Polarity] = {}
    for group in _table()["class"]:
        for word in group["words"].split():
            takes[word].update(group["takes"])
            takes[word.split(":")[0]].update(group["takes"])
            if "polarity" in group:
                polarities.update({(word, frame): group["polarity"] for frame in group["takes"]})
    return Lexicon({word: frozenset(frames) for word, frames in takes.items()}, polarities)


@cache
def spoken() -> str:
    """Returns a regular expression for the finite verbs beside a quotation: said, told reporters, went on."""
    forms = _table()["forms"]
    return f"(?:{forms['phrases']}|{'|'.join(forms['finite'].split())})"


def is_told(word: str) -> bool:
    """Tells whether a word in lower case is one of the finite verbs that stand beside a quotation."""
    return _told().fullmatch(word) is not None


@cache
def _told() -> re.Pattern[str]:
    return re.compile(spoken())


@cache
def participles() -> frozenset[str]:
    """Returns the participles that lead in a quotation: saying, noting."""
    return frozenset(_table()["forms"]["participles"].split())


@cache
def cue_pattern() -> re.Pattern[str]:
    """Matches any form that a cue may take in running text; it overshoots, the parser decides."""
    words = {
        word.split(":")[0] for word, frames in lexicon().takes.items() if frames - _UNSPOKEN
    } | learned_cues().keys()
    stems = "|".join(re.escape(stem) for stem in sorted({_stem(word) for word in words}, key=len, reverse=True))
    endings = "(?:e|es|ed|d|s|ies|ied|ying|y|ing|[a-z]?ed|[a-z]?ing)?"
    return re.compile(rf"\b(?:{_IRREGULAR}|(?:{stems}){endings})\b|\baccording to\b", re.IGNORECASE)


def may_attribute(text: str) -> bool:
    """Tells whether a stretch of text holds a word that might introduce a statement."""
    return cue_pattern().search(text) is not None


def _stem(lemma: str) -> str:
    return lemma[:-1] if lemma[-1] in "ey" and len(lemma) > len("say") else lemma
