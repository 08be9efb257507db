"""Trains which candidates are attributions: `python -m evals.train_attribution --set FOLDER`.

On PolNeAR train: a candidate of `rag.attribution.indirect_speech` counts as right if its content has an F1 of one half
or more with what people marked. PolNeAR tells of American politics; so candidates of sport, business and more, read
for whether anybody speaks in them (`SPEAKING_GOLD`), are added from the sets beside it. Logistic regression with an L1
and an L2 penalty, in plain numpy; every fifth article is held out for choosing and for the figures that are printed.
Only features of words and grammar are written, no text.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals import polnear
from evals.sets import read_lines
from rag.attribution.candidates import BIAS, features
from rag.attribution.indirect_speech import frame_key, is_able, is_listed, possible_attributions, quoted_words
from rag.attribution.masking import units
from rag.attribution.unmarked_quotes import unmarked_quotes
from rag.core import Article, Span
from rag.ingestion.segmentation import sentences
from rag.text.quotation_marks import quotations
from rag.text.spacy_models import parser

Numbers = NDArray[np.float64]
Label = Callable[[set[int], str], bool | None]
"""Labels the letters of a candidate's content, at their offsets in a text; None if nobody has read it."""

WEIGHTS = Path(__file__).parent.parent / "rag" / "attribution" / "likelihood.tsv"
CUES = Path(__file__).parent.parent / "rag" / "text" / "learned_cues.toml"
SPEAKING_GOLD = Path(__file__).with_name("speaking_gold.jsonl")
"""Set, document, offsets of what was taken for reported speech, and whether anybody speaks there; no text."""
LEAST = 3
"""Candidates that must share a feature for it to be learned."""
SLIGHT = 0.02
"""Weight below which a feature is left out of the file."""
RIDGE, LASSO = 2e-5, 4e-5
HELD_OUT = 5
TIMES_READ = 2
"""How often a candidate of `SPEAKING_GOLD` counts: there are few, of the kinds of news that PolNeAR lacks."""
OFTEN, SELDOM, ALWAYS = 5, 3, 0.45
"""How many candidates of a cue beyond the lexicon must be right, how many in one frame, and which share of these."""
_NOT_SAYING = {"likely", "present", "quick", "ready", "responsible", "willing", "eager", "certain", "aware"}
"""Adjectives that people mark though they tell how somebody is, or what only seems so."""


@dataclass(frozen=True, slots=True)
class Example:
    """A candidate of an article, and whether people marked its content.

    `cue` is its lemma and frame; `is_open` tells that the lexicon does not give it that frame. `is_read` tells that it
    is one of `SPEAKING_GOLD`.
    """

    article: int
    features: frozenset[str]
    is_right: bool
    cue: str = ""
    is_open: bool = False
    is_read: bool = False


def main(words: Sequence[str] | None = None) -> int:
    """Trains, prints the figures on the held-out articles, writes the weights of all."""
    options = argparse.ArgumentParser(prog="python -m evals.train_attribution", description=__doc__.partition("\n")[0])
    options.add_argument("--set", type=Path, required=True, dest="folder", help="the folder of PolNeAR")
    folder = options.parse_args(words).folder
    examples = [
        example
        for number, annotated in enumerate(polnear.load(folder, "train"))
        for example in examples_of(number, annotated.article, _marked([mark.content for mark in annotated.marked]))
    ]
    cues = learned_cues(examples)
    examples += [
        replace(example, is_read=True)
        for number, (article, read) in enumerate(graded(folder.parent))
        for example in examples_of(number, article, read)
    ]
    examples = [example for example in examples if not example.is_open or example.cue in cues]
    held = [example for example in examples if example.article % HELD_OUT == 0]
    learned = train([example for example in examples if example.article % HELD_OUT])
    sys.stdout.writelines(f"{line}\n" for line in figures(held, learned))
    digest = hashlib.sha256((folder / "attributions_train.jsonl").read_bytes()).hexdigest()
    write(train(examples), card(examples, figures(held, learned), digest))
    write_cues(cues)
    return 0


def examples_of(number: int, article: Article, label: Label) -> Iterator[Example]:
    """Finds the candidates of an article that have a label; those inside a quote count as wrong.

    For people mark only the outer one.
    """
    text = article.text
    within = sentences(article)
    marked = quotations(article)
    plain = unmarked_quotes(article, within, marked)
    quoted = [quote for quote in marked if not any(quote.outer.overlaps(plain_quote.outer) for plain_quote in plain)]
    parts = [unit for unit in units(article, within, sorted([*quoted, *plain])) if unit.skeleton.strip()]
    docs = parser().pipe([unit.skeleton for unit in parts], batch_size=64)
    for unit, doc in zip(parts, docs, strict=True):
        inside = quoted_words(unit, doc)
        for candidate in possible_attributions(doc, every=True):
            words = [doc[index] for index in candidate.words]
            told = {unit.origin[at] for word in words for at in range(word.idx, word.idx + len(word.text))}
            told = {at for at in told if text[at].isalnum()}
            if candidate.cue.i not in inside and is_able(candidate) and (is_right := label(told, text)) is not None:
                cue = f"{candidate.cue.lemma_.lower()} {frame_key(candidate.frame, candidate.preposition)}"
                yield Example(number, frozenset(features(candidate)), is_right, cue, not is_listed(candidate))


def _marked(contents: Sequence[Sequence[Span]]) -> Label:
    """Labels a candidate right if people marked much the same content, else wrong."""
    every = [{place for span in content for place in range(span.start, span.end)} for content in contents]
    return lambda told, text: any(is_much_the_same(told, content, text) for content in every)


def graded(sets: Path) -> Iterator[tuple[Article, Label]]:
    """Reads the articles of `SPEAKING_GOLD` from the folder of the sets, each with a label for what was read in it."""
    read: defaultdict[tuple[str, str], list[tuple[set[int], bool]]] = defaultdict(list)
    for row in read_lines(SPEAKING_GOLD):
        places = {place for start, end in row["content"] for place in range(start, end)}
        read[row["set"], row["document"]].append((places, row["speaks"]))
    for name in sorted({name for name, _ in read}):
        for line in read_lines(sets / name / "corpus.jsonl"):
            document = str(line.get("_id") or line["doc_id"])
            if found := read.get((name, document)):
                yield polnear.laid_out(document, line["text"]), partial(_label_of_read, found)


def _label_of_read(read: Sequence[tuple[set[int], bool]], told: set[int], text: str) -> bool | None:
    return next((speaks for content, speaks in read if is_much_the_same(told, content, text)), None)


def is_much_the_same(told: set[int], content: set[int], text: str) -> bool:
    """Returns whether F1 of the letters of both is one half or more."""
    both = len(told & content)
    return bool(both) and 4 * both >= len(told) + sum(text[at].isalnum() for at in content)


def train(examples: Sequence[Example]) -> dict[str, float]:
    """Learns the weights by feature, the bias included."""
    examples = [example for example in examples for _ in range(TIMES_READ if example.is_read else 1)]
    counts = Counter(feature for example in examples for feature in example.features)
    names = sorted(feature for feature, count in counts.items() if count >= LEAST)
    places = {name: place for place, name in enumerate(names)}
    rows = [[places[feature] for feature in example.features if feature in places] for example in examples]
    is_right = np.array([example.is_right for example in examples], float)
    weights, bias = _descend(rows, is_right, len(names))
    found = {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}
    return {**{name: weight for name, weight in found.items() if abs(weight) >= SLIGHT}, BIAS: round(bias, 3)}


def _descend(rows: Sequence[Sequence[int]], is_right: Numbers, width: int) -> tuple[Numbers, float]:
    """Minimises the mean log loss with both penalties by accelerated proximal gradient descent."""
    lengths = np.array([len(row) for row in rows])
    columns = np.concatenate([np.array(row, int) for row in rows])
    lines = np.repeat(np.arange(len(rows)), lengths)
    weights, ahead, bias, bias_ahead, pace = np.zeros(width), np.zeros(width), 0.0, 0.0, 1.0
    step = 4.0 / float(np.mean(lengths) + 1)
    for _ in range(1500):
        score = np.bincount(lines, ahead[columns], len(rows)) + bias_ahead
        error = (1 / (1 + np.exp(-score)) - is_right) / len(rows)
        slope = np.bincount(columns, error[lines], width) + RIDGE * ahead
        moved = ahead - step * slope
        new = np.sign(moved) * np.maximum(np.abs(moved) - step * LASSO, 0)
        new_bias = bias_ahead - step * float(error.sum())
        next_pace = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        ahead = new + (pace - 1) / next_pace * (new - weights)
        bias_ahead = new_bias + (pace - 1) / next_pace * (new_bias - bias)
        weights, bias, pace = new, new_bias, float(next_pace)
    return weights, bias


def figures(examples: Sequence[Example], weights: dict[str, float]) -> Iterator[str]:
    """Tells precision and recall among the candidates by threshold, and the calibration."""
    score = np.array([sum(weights.get(name, 0.0) for name in example.features) + weights[BIAS] for example in examples])
    given, is_right = 1 / (1 + np.exp(-score)), np.array([example.is_right for example in examples])
    for least in (0.5, 0.6, 0.7, 0.8):
        taken = given >= least
        share, found = is_right[taken].mean(), is_right[taken].sum() / is_right.sum()
        yield f"held out, from {least}: precision {share:.3f}, recall {found:.3f} of {is_right.sum()} right candidates"
    for low in np.arange(0.5, 1.0, 0.1):
        band = (given >= low) & (given < low + 0.1)
        yield f"held out, given {low:.1f} to {low + 0.1:.1f}: right {is_right[band].mean():.3f} of {band.sum()}"


def card(examples: Sequence[Example], held: Iterator[str], digest: str) -> list[str]:
    """Writes the head of the file, which describes the model."""
    articles = len({example.article for example in examples if not example.is_read})
    right = sum(example.is_right for example in examples)
    return [
        "Which candidates of rag/attribution/candidates.py are attributions: features and weights of a logistic",
        "regression, read by rag/attribution/candidates.py, written by `python -m evals.train_attribution`.",
        f"Data: PolNeAR train, {articles} articles, and {SPEAKING_GOLD.name};",
        f"{len(examples)} candidates, of which {right} right; attributions_train.jsonl sha256 {digest}.",
        "Features are lemmas, tags, dependencies and entity labels; nothing of the articles' text is here.",
        f"L1 {LASSO}, L2 {RIDGE}, features of at least {LEAST} candidates.",
        *held,
    ]


def write(weights: dict[str, float], head: Sequence[str]) -> None:
    """Writes the file that the package reads."""
    lines = [*(f"# {line}" for line in head), *(f"{name}\t{weight:g}" for name, weight in sorted(weights.items()))]
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def learned_cues(examples: Sequence[Example]) -> frozenset[str]:
    """Finds adjectives that people often mark as cues, with what they introduce."""
    opened = [example for example in examples if example.is_open and "tag JJ" in example.features]
    given = Counter(example.cue for example in opened)
    right = Counter(example.cue for example in opened if example.is_right)
    lemmas = Counter(example.cue.split()[0] for example in opened if example.is_right)
    return frozenset(
        cue
        for cue, count in right.items()
        if lemmas[cue.split()[0]] >= OFTEN
        and count >= max(SELDOM, ALWAYS * given[cue])
        and cue.split()[0].isalpha()
        and cue.split()[0] not in _NOT_SAYING
    )


def write_cues(cues: Collection[str]) -> None:
    """Writes the cues beyond the lexicon."""
    head = "# Adjectives that tell a view, with what they introduce; written by `python -m evals.train_attribution`."
    frames: dict[str, list[str]] = defaultdict(list)
    for cue, frame in sorted(cue.split() for cue in cues):
        frames[cue].append(frame)
    lines = [f'{cue} = "{" ".join(found)}"' for cue, found in frames.items()]
    CUES.write_text("\n".join([head, "[frames]", *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
