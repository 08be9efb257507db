"""Examines the reader on articles that its training never saw, and trains what weighs its scores: `make train-reader`.

`python -m evals.reader_eval held --set FOLDER` prints how the reader and the embedder order the sentences that onrecord
finds, and how well answered questions are told from the same ones without their article, cross-validated over articles;
`--write` keeps the weights. `python -m evals.reader_eval speed` times it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.reader_groups import Pages, held_out, is_same, length, library_keys, questions_fit
from evals.train_decline import logistic, probability
from rag import Assistant, Settings, build
from rag.answering.reading import signals as reading
from rag.answering.reading.minilm_reader import MiniLMReader
from rag.answering.reading.reader import Candidate
from rag.answering.reading.signals import Asked, Found, Signals, Summary
from rag.types import Hit, Span

LIKELIHOOD = Path(__file__).parent.parent / "rag" / "answering" / "reading" / "likelihood.toml"
FOLDS = 5
DEPTHS = (1, 4, 6, 10)
FALSE = 0.10
RUNS = 50
CANDIDATES = 30
LENGTH = 60

_HEAD = """\
# What each signal of `rag/answering/reading/signals.py` weighs; written by `make train-reader`.
"""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the sentences found for it, and which of them answer: none where its article is taken away."""

    article: str
    asked: Asked
    found: tuple[Found, ...]
    right: tuple[bool, ...]
    is_answerable: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine, or time."""
    parser = argparse.ArgumentParser(prog="python -m evals.reader_eval", description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["held", "speed"])
    parser.add_argument("--set", type=Path, help="the folder `reader-train`")
    parser.add_argument("--out", type=Path, default=Path("artifacts/reader"), help="where `evals.reader_groups` put it")
    parser.add_argument("--upper", type=Path, help="another network than the one that is shipped")
    parser.add_argument("--write", action="store_true", help="keep the weights of words, names and years")
    options = parser.parse_args(arguments)
    settings = Settings.from_environment(data=options.out / "library")
    reader = MiniLMReader(settings.models, **({"upper": options.upper} if options.upper else {}))
    if options.what == "speed":
        sys.stdout.write(speed(reader))
        return 0
    with closing(build(settings)) as assistant:
        examples = list(found_for(assistant, options.set, options.out))
        sys.stdout.write(ordering(examples, lambda one: [*_similarities(assistant, one)], "embedder's cosine"))
    every = [reading.signals(reader, one.asked, one.found) for one in examples]
    scored = dict(zip(map(id, examples), every, strict=True))
    sys.stdout.write(ordering(examples, lambda one: [signal.score for signal in scored[id(one)]], "reader"))
    given = validated(examples, every)
    sys.stdout.write(ordering(examples, lambda one: given[id(one)][0], "reader with words, names, years"))
    sys.stdout.write(
        answering(examples, {id(one): max(s.score for s in scored[id(one)]) for one in examples}, "reader")
    )
    sys.stdout.write(answering(examples, {key: value for key, (_, value) in given.items()}, "with words, names, years"))
    if options.write:
        sentence, answered = train(examples, every)
        tables = _table("sentence", Signals, sentence) + _table("answered", Summary, answered)
        LIKELIHOOD.write_text(_HEAD + tables, encoding="utf-8")
    return 0


def found_for(assistant: Assistant, folder: Path, out: Path) -> Iterator[Example]:
    """Each question of a held out article with the sentences of the passages found, and again without the article."""
    keys = library_keys(out)
    sources = {key: source for source, key in keys.items()}
    kept = questions_fit(folder)
    held = held_out({(one["set"], one["doc"]) for one in kept})
    with assistant.store.reading() as view:
        pages = Pages(view.articles(keys), view.sentences(keys), view.statements(sources=list(keys)))
    for question in kept:
        key = (question["set"], question["doc"])
        if key in held and sources.get(key) in pages.articles:
            yield from _examples(assistant, pages, sources[key], question)


def _examples(assistant: Assistant, pages: Pages, source: str, question: Mapping[str, Any]) -> Iterator[Example]:
    gold = [Span(*span) for span in question["spans"]]
    marked = [pages.text(source, span) for span in gold]
    query = assistant.understand(question["question"])
    for among in (None, frozenset(pages.articles) - {source})[: 2 if gold else 1]:
        evidence = assistant.find(query, among)
        places = _places(evidence.hits)
        kept = [
            place for place in places if among is None or not any(is_same(pages.text(*place), one) for one in marked)
        ]
        found = tuple(Found(Candidate(*_as_read(pages.candidate(*place))), places[place]) for place in kept)
        right = tuple(where == source and _is_marked(span, gold) for where, span in kept)
        if found:
            asked = Asked(question["question"], query.names)
            yield Example(source, asked, found, right, is_answerable=bool(gold) and among is None)


def _as_read(candidate: tuple[str, str, str]) -> tuple[str, str, str]:
    title, speaker, sentence = candidate
    return sentence, speaker, title


def _places(hits: Sequence[Hit]) -> dict[tuple[str, Span], float]:
    """The sentences of the passages, each with its passage's cosine."""
    found: dict[tuple[str, Span], float] = {}
    for hit in hits:
        for span in hit.passage.sentences:
            found.setdefault((hit.passage.source, span), hit.similarity or 0.0)
    return found


def _is_marked(span: Span, gold: Sequence[Span]) -> bool:
    return any(2 * span.shared(one) >= min(length(span), length(one)) for one in gold)


def _similarities(assistant: Assistant, example: Example) -> Numbers:
    texts = [f"{one.candidate.title} | {one.candidate.sentence}" for one in example.found]
    rows = np.array(assistant.embedder.embed_documents(texts))
    cosines: Numbers = rows @ np.array(assistant.embedder.embed_query(example.asked.question))
    return cosines


def ordering(examples: Sequence[Example], scores: Callable[[Example], Sequence[float]], name: str) -> str:
    """How early the first right sentence comes, among the questions that one of those found answers."""
    ranks = []
    answerable = [one for one in examples if one.is_answerable]
    for example in answerable:
        if any(example.right):
            given = np.array(scores(example))
            best = given[np.array(example.right)].max()
            ranks.append(1 + int((given > best).sum()))
    firsts = " ".join(f"first {depth} {sum(rank <= depth for rank in ranks) / len(answerable):.3f}" for depth in DEPTHS)
    mrr = sum(1 / rank for rank in ranks) / len(answerable)
    return f"{name:<32} {firsts} MRR {mrr:.3f} (of {len(answerable)}; possible {len(ranks) / len(answerable):.3f})\n"


def answering(examples: Sequence[Example], given: Mapping[int, float], name: str) -> str:
    """How well questions with an answer are told from those without."""
    whole = np.array([given[id(one)] for one in examples if one.is_answerable and any(one.right)])
    marked = {one.asked.question for one in examples if one.is_answerable}
    robbed = np.array([given[id(one)] for one in examples if not one.is_answerable and one.asked.question in marked])
    none = np.array([given[id(one)] for one in examples if not one.is_answerable and one.asked.question not in marked])
    limit = float(np.quantile(whole, FALSE))
    return (
        f"{name:<32} answerable or not: AUC {_auc(whole, robbed):.3f} against robbed ({len(robbed)}), "
        f"{_auc(whole, none):.3f} against unanswerable ({len(none)}); at {FALSE:.0%} declined in vain "
        f"{np.mean(robbed < limit):.3f} and {np.mean(none < limit):.3f} declined rightly\n"
    )


def _auc(above: Numbers, below: Numbers) -> float:
    return float(np.mean(above[:, None] > below[None]))


def train(examples: Sequence[Example], every: Sequence[Sequence[Signals]]) -> tuple[Numbers, Numbers]:
    """Weights, the bias last, for a sentence to answer, and for a question to be answered by the likeliest one."""
    pairs = [
        (signal, right)
        for example, given in zip(examples, every, strict=True)
        for signal, right in zip(given, example.right, strict=True)
    ]
    sentence = logistic(_matrix([signal for signal, _ in pairs]), np.array([right for _, right in pairs], float))
    rows = _matrix(
        [reading.summary(one.asked, given, _named(sentence)) for one, given in zip(examples, every, strict=True)]
    )
    return sentence, logistic(rows, np.array([any(one.right) for one in examples], float))


def validated(
    examples: Sequence[Example], every: Sequence[Sequence[Signals]]
) -> dict[int, tuple[Sequence[float], float]]:
    """For each example by its id, the likelihoods of its sentences and of an answer, by weights of other articles."""
    articles = sorted({one.article for one in examples})
    order = np.random.default_rng(0).permutation(len(articles)) % FOLDS
    folds = dict(zip(articles, order, strict=True))
    given: dict[int, tuple[Sequence[float], float]] = {}
    for fold in range(FOLDS):
        known = [place for place, one in enumerate(examples) if folds[one.article] != fold]
        sentence, answered = train([examples[place] for place in known], [every[place] for place in known])
        for place in set(range(len(examples))) - set(known):
            one, signals = examples[place], every[place]
            likely = probability(_matrix(signals), sentence).tolist()
            whole = probability(_matrix([reading.summary(one.asked, signals, _named(sentence))]), answered)
            given[id(one)] = likely, float(whole[0])
    return given


def _named(weights: Numbers) -> dict[str, float]:
    return dict(zip([*(field.name for field in fields_of(Signals)), "bias"], weights.tolist(), strict=True))


def _matrix(every: Sequence[Signals] | Sequence[Summary]) -> Numbers:
    return np.array([[getattr(one, field.name) for field in fields_of(one)] for one in every], float)


def _table(name: str, of: type[Signals | Summary], weights: Numbers) -> str:
    names = [*(field.name for field in fields_of(of)), "bias"]
    return "\n".join(
        ["", f"[{name}]", *(f"{one} = {value:.3f}" for one, value in zip(names, weights, strict=True)), ""]
    )


def speed(reader: MiniLMReader) -> str:
    """How long thirty sentences of sixty tokens take."""
    sentence = " ".join(["minister"] * (LENGTH - 2))
    candidates = [Candidate(sentence)] * CANDIDATES
    question = "What did the minister say about the price of bread?"
    times = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        reader.scores(question, candidates)
        times.append(1000 * (time.perf_counter() - began))
    p50, p95 = np.quantile(times[1:], [0.5, 0.95])
    return f"{CANDIDATES} candidates of {LENGTH} tokens: p50 {p50:.0f} ms, p95 {p95:.0f} ms ({RUNS} runs)\n"


if __name__ == "__main__":
    sys.exit(main())
