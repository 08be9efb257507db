"""The words that introduce a statement, read from `cues.toml`. Knows the lexicon, not grammar."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources

from rag.types import Polarity


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What each lemma may introduce; prepositional cues stand as "warn:of".

    `takes` maps a lemma to the frames of `cues.toml`, `denials` and `asking` hold pairs of lemma and frame.
    """

    takes: dict[str, frozenset[str]]
    polarities: dict[tuple[str, str], Polarity]

    def frames(self, lemma: str) -> frozenset[str]:
        """The frames that `lemma` may open, none if it is no cue."""
        return self.takes.get(lemma, frozenset())

    def polarity(self, lemma: str, frame: str) -> Polarity:
        """How what follows `lemma` in `frame` is meant."""
        return self.polarities.get((lemma, frame), "asserts")


@cache
def lexicon() -> Lexicon:
    """The lexicon that ships with the package."""
    table = tomllib.loads(resources.files("rag.corpus").joinpath("cues.toml").read_text("utf-8"))
    takes: dict[str, set[str]] = defaultdict(set)
    polarities: dict[tuple[str, str], Polarity] = {}
    for group in table["class"]:
        for word in group["words"].split():
            takes[word].update(group["takes"])
            if "polarity" in group:
                polarities.update({(word, frame): group["polarity"] for frame in group["takes"]})
    return Lexicon({word: frozenset(frames) for word, frames in takes.items()}, polarities)


@cache
def cue_pattern() -> re.Pattern[str]:
    """Matches any form that a cue may take in running text; it overshoots, the parser decides."""
    unspoken = {"said to", "human"}
    words = {word.split(":")[0] for word, frames in lexicon().takes.items() if frames - unspoken}
    stems = sorted({_stem(word) for word in words}, key=len, reverse=True)
    irregular = r"said|told|wrote|written|swore|sworn|thought|felt|knew|known|saw|seen|held|read|began|begun|put|found|shown|sang|understood|foresaw|foreseen|taught|heard"
    return re.compile(
        rf"\b(?:{irregular}|(?:{'|'.join(map(re.escape, stems))})(?:e|es|ed|d|s|ies|ied|ying|y|ing|[a-z]?ed|[a-z]?ing)?)\b"
        rf"|\baccording to\b|\bin (?:the words of|\S+ (?:view|opinion|words))\b",
        re.IGNORECASE,
    )


def may_attribute(text: str) -> bool:
    """Whether a stretch of text holds a word that might introduce a statement."""
    return cue_pattern().search(text) is not None


def _stem(lemma: str) -> str:
    return lemma[:-1] if lemma[-1] in "ey" and len(lemma) > len("say") else lemma
