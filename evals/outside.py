"""Measures on public sets, given by path: `python -m evals.outside SET --set FOLDER`. None comes with onrecord.

- SciFact and TIME, in the form of BEIR (Thakur et al., NeurIPS 2021): `corpus.jsonl`, `queries.jsonl`, `qrels.tsv`
- ClapNQ (Rosenthal et al., TACL 2025): `answerable.jsonl` and `unanswerable.jsonl`, a passage to each question
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evals.baseline import PlainRag
from evals.cases import Case
from evals.metrics import INSTALL, is_installed, mean_scores, plain
from evals.run import Examined
from evals.runs import Result, area, risk_coverage
from evals.sets import SetError, index_folder, read_lines, share, write_lines
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


@dataclass(frozen=True, slots=True)
class Document:
    """A text to be found."""

    id: str
    text: str
    title: str = ""

    def as_article(self) -> dict[str, str]:
        """Gives the document as an article that onrecord indexes."""
        return {"text": self.text} | ({"title": self.title} if self.title else {})


@dataclass(frozen=True, slots=True)
class Question:
    """A question, how relevant each document is to it, by id, and the sentences that an answer should cite."""

    id: str
    text: str
    documents: dict[str, int]
    sentences: tuple[str, ...] = ()
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class OutsideSet:
    """Documents and questions."""

    documents: tuple[Document, ...]
    questions: tuple[Question, ...]


def read_beir(folder: Path) -> OutsideSet:
    """Reads a set in the form of BEIR; questions without a judgement are left out."""
    judged: dict[str, dict[str, int]] = {}
    path = folder / "qrels.tsv"
    try:
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t"):
            judged.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    except (OSError, ValueError, KeyError) as error:
        raise SetError(f"{path} cannot be read ({error}); give the folder of the set with `--set`.") from error
    texts = read_lines(folder / "corpus.jsonl")
    asked = (query for query in read_lines(folder / "queries.jsonl") if query["_id"] in judged)
    return OutsideSet(
        tuple(Document(row["_id"], row["text"], row.get("title") or "") for row in texts),
        tuple(Question(query["_id"], query["text"], judged[query["_id"]]) for query in asked),
    )


def read_clapnq(folder: Path) -> OutsideSet:
    """Reads ClapNQ; each question's passage is a document, and the documents of all questions are searched together."""
    documents: dict[tuple[str, str], Document] = {}
    questions = []
    for name, answerable in (("answerable", True), ("unanswerable", False)):
        for row in read_lines(folder / f"{name}.jsonl"):
            passage = row["passages"][0]
            place = (passage["title"], passage["text"])
            document = documents.setdefault(place, Document(f"d{len(documents)}", passage["text"], passage["title"]))
            sentences = tuple(sentence for output in row["output"] for sentence in output["selected_sentences"])
            relevant = {document.id: 1} if answerable else {}
            questions.append(Question(row["id"], row["input"], relevant, sentences, answerable))
    return OutsideSet(tuple(documents.values()), tuple(questions))


def main(words: Sequence[str] | None = None) -> int:
    """Prints every figure of one set. Returns 0 where it is skipped, too."""
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
    """Measures how the embeddings rank whole texts, titles included, by exact search: a check of the model itself."""
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
    """Measures how we and the baseline rank articles, each by its best passage."""
    with closing(indexed(outside, library)) as assistant:
        for name, examined in (("onrecord", assistant), ("baseline", PlainRag.beside(assistant))):
            ranked = {question.id: _articles(examined, question, outside) for question in outside.questions}
            yield from _ranked(name, outside, ranked)


def declining(outside: OutsideSet, library: Path) -> Figures:
    """Measures which questions are declined, which answers cite what people marked, and what confidence is worth.

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
        right = share(result.is_right for result in results if not result.case.is_to_be_declined)
        yield f"{name}: answerable, a marked sentence cited", right
    answered = [result for result in ours if result.answer.status == "answered"]
    coverage = len(answered) / len(ours)
    others = risk_coverage(plain_rag)
    within = [point for point in others if point.coverage <= coverage] or others[:1]
    yield "onrecord: coverage", coverage
    yield "onrecord: wrong of what it answers", share(not result.is_right for result in answered)
    yield "baseline: wrong over the same coverage", within[-1].risk
    if points := risk_coverage(ours):
        yield "onrecord: area under risk-coverage", area(points) or 0.0
    yield "baseline: area over the same coverage", area(within) or 0.0
    yield "baseline: area over all questions", area(others) or 0.0


SETS: dict[str, tuple[Callable[[Path], OutsideSet], Callable[[OutsideSet, Path], Figures]]] = {
    "clapnq": (read_clapnq, declining),
    "scifact": (read_beir, embedder_alone),
    "time": (read_beir, retrieval),
}


def indexed(outside: OutsideSet, library: Path) -> Assistant:
    """Opens a library of the set's documents, indexed by the real command unless it is there already."""
    if not library.is_dir():
        with tempfile.TemporaryDirectory(prefix="onrecord-articles-") as folder:
            write_lines(Path(folder, "corpus.jsonl"), (document.as_article() for document in outside.documents))
            index_folder(Path(folder), library, "--json")
    return build(Settings.from_environment(data=library), writer="offline")


def _articles(examined: Examined, question: Question, outside: OutsideSet) -> dict[str, float]:
    """Ranks articles by their best passage."""
    sources = dict.fromkeys(hit.passage.source for hit in examined.search(question.text, _PASSAGES))
    ids = [outside.documents[int(source.rpartition("#")[2]) - 1].id for source in list(sources)[:_ARTICLES]]
    return {document: float(-place) for place, document in enumerate(ids)}


def _nearest(question: NDArray[np.float32], vectors: NDArray[np.float32], outside: OutsideSet) -> dict[str, float]:
    scores = vectors @ question
    return {outside.documents[number].id: float(scores[number]) for number in (-scores).argsort()[:_ARTICLES]}


def _ranked(name: str, outside: OutsideSet, ranked: dict[str, dict[str, float]]) -> Figures:
    means = mean_scores({question.id: question.documents for question in outside.questions}, ranked, RANKED)
    yield from ((f"{name}: {measure}", means[measure]) for measure in RANKED)


def _judged(question: Question, answer: Answer) -> Result:
    """Scores an answer: right if it cites what people marked, where they marked any."""
    right = question.answerable and any(_cites(answer, sentence) for sentence in question.sentences)
    case = Case(question.id, "outside", question.text)
    case = case if question.answerable else replace(case, reasons=("fact_missing",))
    return Result(case, answer, {"right": float(right)}, answer.seconds)


def _cites(answer: Answer, sentence: str) -> bool:
    sought = plain(sentence)
    return any(sought in (quote := plain(citation.quote)) or quote in sought for citation in answer.citations)


def _share_declined(results: Sequence[Result], *, answerable: bool) -> float:
    of_kind = (result for result in results if result.case.is_to_be_declined != answerable)
    return share(result.answer.status == "declined" for result in of_kind)


if __name__ == "__main__":
    sys.exit(main())
