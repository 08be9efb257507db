"""Measures on sets that others made, given by path: `python -m evals.outside SET --set FOLDER`.

Each is skipped with a sentence where its folder is missing. Knows the questions, not how they are answered.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evals.baseline import PlainRag
from evals.cases import Case
from evals.metrics import INSTALL, is_installed, mean_scores, plain
from evals.outside_sets import OutsideSet, Question, read_beir, read_clapnq, read_multihop
from evals.run import Examined
from evals.runs import Result, area, risk_coverage
from rag import Assistant, Settings, build
from rag.core import Answer
from rag.core.errors import OnrecordError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RANKED = ("nDCG@10", "R@10", "RR@10", "Success@4")
_PASSAGES = 50
_ARTICLES = 10
Figures = Iterator[tuple[str, float]]


def main(words: Sequence[str] | None = None) -> int:
    """Print every figure of one set. Returns 0 where it is skipped, too."""
    parser = argparse.ArgumentParser(prog="python -m evals.outside", description=__doc__.partition("\n")[0])
    parser.add_argument("name", choices=sorted(SETS), metavar="SET", help=", ".join(sorted(SETS)))
    parser.add_argument("--set", type=Path, dest="folder", required=True, help="the folder of the set")
    parser.add_argument("--library", type=Path, help="keep the indexed set here, or find it here (default: temporary)")
    options = parser.parse_args(words)
    if not options.folder.is_dir():
        sys.stdout.write(f"skipped: there is no folder {options.folder}; {options.name} does not come with onrecord.\n")
        return 0
    if not is_installed():
        sys.stderr.write(f"{INSTALL}\n")
        return 1
    read, measure = SETS[options.name]
    try:
        outside = read(options.folder)
        sys.stdout.write(f"{len(outside.documents)} documents, {len(outside.questions)} questions\n")
        with tempfile.TemporaryDirectory(prefix="onrecord-outside-") as scratch:
            for name, value in measure(outside, options.library or Path(scratch, "library")):
                sys.stdout.write(f"{name:<52} {value:.4f}\n")
                sys.stdout.flush()
    except OnrecordError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def embedder_alone(outside: OutsideSet, _library: Path) -> Figures:
    """How the embeddings rank whole texts, title and all, by exact search: the check of the model itself."""
    import numpy as np

    from rag.assembly import make_embedder

    embedder = make_embedder(Settings.from_environment())
    texts = [f"{document.title} {document.text}".strip() for document in outside.documents]
    vectors = np.array(embedder.embed_documents(texts), np.float32)
    ranked = {
        question.id: _nearest(np.array(embedder.embed_query(question.text), np.float32), vectors, outside)
        for question in outside.questions
    }
    yield from _ranked("embeddings alone", outside, ranked)


def retrieval(outside: OutsideSet, library: Path) -> Figures:
    """How articles are ranked: each by its best passage, ours and the baseline's."""
    with closing(indexed(outside, library)) as assistant:
        for name, examined in (("onrecord", assistant), ("baseline", PlainRag.beside(assistant))):
            ranked = {question.id: _articles(examined, question, outside) for question in outside.questions}
            yield from _ranked(name, outside, ranked)


def declining(outside: OutsideSet, library: Path) -> Figures:
    """Which questions are declined, which answers cite what people marked, and what confidence is worth.

    An answer is right if it cites a sentence that people marked. Areas under the risk-coverage curve are comparable
    over the same coverage alone; the baseline's is given over that of onrecord too.
    """
    with closing(indexed(outside, library)) as assistant:
        ours = [_judged(question, assistant.ask(question.text)) for question in outside.questions]
        baseline = PlainRag.beside(assistant)
        plain_rag = [_judged(question, baseline.ask(question.text)) for question in outside.questions]
    yield "onrecord: answerable, declined", _share_declined(ours, answerable=True)
    yield "onrecord: unanswerable, declined", _share_declined(ours, answerable=False)
    for name, results in (("onrecord", ours), ("baseline", plain_rag)):
        right = [result.is_right for result in results if not result.case.is_to_be_declined]
        yield f"{name}: answerable, a marked sentence cited", sum(right) / len(right)
    answered = [result for result in ours if result.answer.status == "answered"]
    coverage = len(answered) / len(ours)
    others = risk_coverage(plain_rag)
    within = [point for point in others if point.coverage <= coverage] or others[:1]
    yield "onrecord: coverage", coverage
    yield "onrecord: wrong of what it answers", sum(not result.is_right for result in answered) / (len(answered) or 1)
    yield "baseline: wrong over the same coverage", within[-1].risk
    if points := risk_coverage(ours):
        yield "onrecord: area under risk-coverage", area(points) or 0.0
    yield "baseline: area over the same coverage", area(within) or 0.0
    yield "baseline: area over all questions", area(others) or 0.0


def several_hops(outside: OutsideSet, library: Path) -> Figures:
    """How articles are ranked for questions that need several, and how many of the sentences are cited."""
    asked = OutsideSet(outside.documents, tuple(one for one in outside.questions if one.documents))
    yield from retrieval(asked, library)
    with closing(indexed(outside, library)) as assistant:
        ours = [_judged(question, assistant.ask(question.text)) for question in outside.questions]
    yield "onrecord: answerable, declined", _share_declined(ours, answerable=True)
    yield "onrecord: unanswerable, declined", _share_declined(ours, answerable=False)
    shares = [
        sum(_cites(result.answer, sentence) for sentence in question.sentences) / len(question.sentences)
        for question, result in zip(outside.questions, ours, strict=True)
        if question.sentences
    ]
    yield "onrecord: share of the sentences that are cited", sum(shares) / len(shares)


SETS: dict[str, tuple[Callable[[Path], OutsideSet], Callable[[OutsideSet, Path], Figures]]] = {
    "clapnq": (read_clapnq, declining),
    "multihop": (read_multihop, several_hops),
    "scifact": (read_beir, embedder_alone),
    "time": (read_beir, retrieval),
}


def indexed(outside: OutsideSet, library: Path) -> Assistant:
    """An assistant over a library of the set's documents, indexed by the real command unless it is there already."""
    if not library.is_dir():
        with tempfile.TemporaryDirectory(prefix="onrecord-articles-") as folder:
            lines = (json.dumps(document.as_article(), ensure_ascii=False) for document in outside.documents)
            Path(folder, "corpus.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            command = [sys.executable, "-m", "rag.app.cli", "index", folder, "--data", str(library), "--json"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return build(Settings.from_environment(data=library), writer="offline")


def _articles(examined: Examined, question: Question, outside: OutsideSet) -> dict[str, float]:
    """The first articles by their best passage, with scores that fall."""
    sources = dict.fromkeys(hit.passage.source for hit in examined.search(question.text, _PASSAGES))
    ids = [outside.documents[int(source.rpartition("#")[2]) - 1].id for source in list(sources)[:_ARTICLES]]
    return {document: float(-place) for place, document in enumerate(ids)}


def _nearest(question: NDArray[np.float32], vectors: NDArray[np.float32], outside: OutsideSet) -> dict[str, float]:
    scores = vectors @ question
    return {outside.documents[number].id: float(scores[number]) for number in (-scores).argsort()[:_ARTICLES]}


def _ranked(name: str, outside: OutsideSet, ranked: dict[str, dict[str, float]]) -> Figures:
    means = mean_scores({one.id: one.documents for one in outside.questions}, ranked, RANKED)
    yield from ((f"{name}: {measure}", means[measure]) for measure in RANKED)


def _judged(question: Question, answer: Answer) -> Result:
    """The answer with the one score that counts here: right if it cites what people marked, where they marked any."""
    right = question.answerable and any(_cites(answer, sentence) for sentence in question.sentences)
    case = Case(question.id, "outside", question.text)
    case = case if question.answerable else replace(case, reasons=("fact_missing",))
    return Result(case, answer, {"right": float(right)}, answer.seconds)


def _cites(answer: Answer, sentence: str) -> bool:
    sought = plain(sentence)
    return any(sought in (quote := plain(citation.quote)) or quote in sought for citation in answer.citations)


def _share_declined(results: Sequence[Result], *, answerable: bool) -> float:
    of_kind = [result for result in results if result.case.is_to_be_declined != answerable]
    return sum(result.answer.status == "declined" for result in of_kind) / len(of_kind)


if __name__ == "__main__":
    sys.exit(main())
