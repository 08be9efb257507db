"""Examines the reader on articles that its training never saw, and trains what weighs its scores: `make train-reader`.

`python -m evals.reader_eval held --set FOLDER` prints how the reader and the embedder order the sentences that onrecord
finds, and how well answered questions are told from the same ones without their article, cross-validated over articles;
`--write` keeps the weights. `python -m evals.reader_eval speed` times it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
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
from rag.answering.reading.reader import Candidate, Reader
from rag.answering.reading.signals import Asked, Found, Judgement, Signals, Summary, asked_by
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
    """A question with the sentences found for it, and which of them answer: none where it is robbed of its article."""

    article: str
    asked: Asked
    found: tuple[Found, ...]
    right: tuple[bool, ...]
    is_answerable: bool
    is_robbed: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine, or time."""
    parser = argparse.ArgumentParser(prog="python -m evals.reader_eval", description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["held", "speed"])
    parser.add_argument("--set", type=Path, help="the folder `reader-train`")
    parser.add_argument("--out", type=Path, default=Path("artifacts/reader"), help="where `evals.reader_groups` put it")
    parser.add_argument("--upper", type=Path, help="another network than the one that is shipped")
    parser.add_argument("--every", type=int, default=1, help="examine with one in so many of the questions")
    parser.add_argument("--embedder", action="store_true", help="order the sentences by the embedder's cosine, too")
    parser.add_argument("--write", action="store_true", help="keep the weights of words, names and years")
    options = parser.parse_args(arguments)
    settings = Settings.from_environment(data=options.out / "library")
    reader = MiniLMReader(settings.models, **({"upper": options.upper} if options.upper else {}))
    if options.what == "speed":
        sys.stdout.write(speed(reader))
        return 0
    with closing(build(settings)) as assistant:
        examples = list(found_for(assistant, options.set, options.out, options.every))
        if options.embedder:
            cosines = [_cosines(assistant, one) if one.is_answerable else [] for one in examples]
            sys.stdout.write(ordering(examples, cosines, "embedder's cosine"))
    remembering = Remembering(reader)
    every = [reading.signals(remembering, one.asked, one.found) for one in examples]
    scores = [[signal.score for signal in given] for given in every]
    weighed = validated(examples, every)
    sys.stdout.write(ordering(examples, scores, "reader"))
    sys.stdout.write(ordering(examples, [given.sentences for given in weighed], "reader, words, names, years"))
    sys.stdout.write(answering(examples, list(map(max, scores)), "reader"))
    sys.stdout.write(answering(examples, [given.answered for given in weighed], "reader, words, names, years"))
    if options.write:
        sentence, answered = train(examples, every)
        tables = _table("sentence", Signals, sentence) + _table("answered", Summary, answered)
        LIKELIHOOD.write_text(_HEAD + tables, encoding="utf-8")
    return 0


class Remembering:
    """A reader that scores no pair twice: most sentences are found again when a question's article is taken away."""

    def __init__(self, reader: Reader) -> None:
        self.name = reader.name
        self._reader = reader
        self._known: dict[tuple[str, Candidate], float] = {}

    def scores(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
        """One score a candidate, in order."""
        new = [one for one in dict.fromkeys(candidates) if (question, one) not in self._known]
        for candidate, score in zip(new, self._reader.scores(question, new), strict=True):
            self._known[question, candidate] = float(score)
        return np.array([self._known[question, one] for one in candidates], np.float32)


def found_for(assistant: Assistant, folder: Path, out: Path, every: int = 1) -> Iterator[Example]:
    """One in so many questions on held out articles with the sentences found, and again without the article."""
    keys = library_keys(out)
    sources = {key: source for source, key in keys.items()}
    kept = questions_fit(folder)
    held = held_out({(one["set"], one["doc"]) for one in kept})
    with assistant.store.reading() as view:
        pages = Pages(view.articles(keys), view.sentences(keys), view.statements(sources=list(keys)))
    asked = [question for question in kept if (question["set"], question["doc"]) in held]
    for question in asked[::every]:
        yield from _examples(assistant, pages, sources[question["set"], question["doc"]], question)


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
        found = tuple(Found(Candidate(*_as_read(pages.candidate(*place))), *places[place]) for place in kept)
        right = tuple(where == source and _is_marked(span, gold) for where, span in kept)
        if found:
            is_robbed = among is not None
            yield Example(source, asked_by(query, evidence), found, right, bool(gold) and not is_robbed, is_robbed)


def _as_read(candidate: tuple[str, str, str]) -> tuple[str, str, str]:
    title, speaker, sentence = candidate
    return sentence, speaker, title


def _places(hits: Sequence[Hit]) -> dict[tuple[str, Span], tuple[float, int]]:
    """The sentences of the passages, each with its passage's cosine and rank."""
    found: dict[tuple[str, Span], tuple[float, int]] = {}
    for rank, hit in enumerate(hits, start=1):
        for span in hit.passage.sentences:
            found.setdefault((hit.passage.source, span), (hit.similarity or 0.0, rank))
    return found


def _is_marked(span: Span, gold: Sequence[Span]) -> bool:
    return any(2 * span.shared(one) >= min(length(span), length(one)) for one in gold)


def _cosines(assistant: Assistant, example: Example) -> list[float]:
    texts = [f"{one.candidate.title} | {one.candidate.sentence}" for one in example.found]
    rows = np.array(assistant.embedder.embed_documents(texts))
    cosines: list[float] = (rows @ np.array(assistant.embedder.embed_query(example.asked.question))).tolist()
    return cosines


def ordering(examples: Sequence[Example], scores: Sequence[Sequence[float]], name: str) -> str:
    """How early the first right sentence comes; a question for which none was found counts as never."""
    ranks, count = [], 0
    for example, given in zip(examples, scores, strict=True):
        count += example.is_answerable
        if example.is_answerable and any(example.right):
            best = max(score for score, right in zip(given, example.right, strict=True) if right)
            ranks.append(1 + sum(score > best for score in given))
    firsts = " ".join(f"first {depth} {sum(rank <= depth for rank in ranks) / count:.3f}" for depth in DEPTHS)
    mrr = sum(1 / rank for rank in ranks) / count
    return f"{name:<28} {firsts} MRR {mrr:.3f} (of {count}, possible {len(ranks) / count:.3f})\n"


def answering(examples: Sequence[Example], given: Sequence[float], name: str) -> str:
    """How well questions whose answer was found are told from those without one."""
    pairs = list(zip(examples, given, strict=True))
    whole = np.array([value for one, value in pairs if one.is_answerable and any(one.right)])
    robbed = np.array([value for one, value in pairs if one.is_robbed])
    never = np.array([value for one, value in pairs if not one.is_answerable and not one.is_robbed])
    limit = float(np.quantile(whole, FALSE))
    return (
        f"{name:<28} AUC {_auc(whole, robbed):.3f} against the same without their article ({len(robbed)}), "
        f"{_auc(whole, never):.3f} against unanswerable ones ({len(never)}); where {FALSE:.0%} are declined in vain, "
        f"{np.mean(robbed < limit):.3f} and {np.mean(never < limit):.3f} are declined rightly\n"
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


def validated(examples: Sequence[Example], every: Sequence[Sequence[Signals]]) -> list[Judgement]:
    """What is made of each example, by weights that were trained on other articles."""
    articles = sorted({one.article for one in examples})
    folds = dict(zip(articles, np.random.default_rng(0).permutation(len(articles)) % FOLDS, strict=True))
    given: dict[int, Judgement] = {}
    for fold in range(FOLDS):
        known = [place for place, one in enumerate(examples) if folds[one.article] != fold]
        sentence, answered = train([examples[place] for place in known], [every[place] for place in known])
        for place in sorted(set(range(len(examples))) - set(known)):
            likely = probability(_matrix(every[place]), sentence).tolist()
            whole = reading.summary(examples[place].asked, every[place], _named(sentence))
            given[place] = Judgement(tuple(likely), float(probability(_matrix([whole]), answered)[0]))
    return [given[place] for place in range(len(examples))]


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
    times, spent = list[float](), list[float]()
    for _ in range(RUNS + 1):
        began, worked = time.perf_counter(), time.process_time()
        reader.scores(question, candidates)
        times.append(1000 * (time.perf_counter() - began))
        spent.append(1000 * (time.process_time() - worked))
    p50, p95 = np.quantile(times[1:], [0.5, 0.95])
    processor = np.median(spent[1:])
    what = f"{CANDIDATES} candidates of {LENGTH} tokens"
    return f"{what}: p50 {p50:.0f} ms, p95 {p95:.0f} ms, of the processors' time {processor:.0f} ms ({RUNS} runs)\n"


if __name__ == "__main__":
    sys.exit(main())
