"""Measures finding, answering and declining on RealTime QA: `python -m evals.realtimeqa --set FOLDER`.

The set (news quizzes of 2022 with 2,116 articles, and labels checked by reading; its README says what they mean) does
not come with onrecord. Plain BM25 and plain dense search run beside ours. With `--context` it measures instead whether
the sentence that answers is among the pieces that a chat model is given to read; no model is asked.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from evals.metrics import mean_scores
from evals.sets import FILE, article_of, index, is_indexed, read_lines, share
from rag import Answer, Article, Assistant, Settings, build
from rag.core import Place, Span

SLICES = 4
LONGEST = 400
DEEP = 50
MEASURES = {"hit@4": "Success@4", "hit@10": "Success@10", "MRR@10": "RR@10", "nDCG@10": "nDCG@10"}
NOBODY = "http://127.0.0.1:9/v1"
"""An address without a server: the prompt is made, and never sent."""

_LEAST_GRADE = 2
_READ = 3
"""The grade of the article in which a reader found the answer."""
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_MARKS = re.compile(r"[^\w\s$%.]")

Figures = Iterator[tuple[str, float]]


def normal(text: str) -> str:
    """Brings a text into the usual form for comparing answers (Rajpurkar et al., EMNLP 2016), spaces around words."""
    bare = _ARTICLES.sub(" ", _MARKS.sub(" ", text.lower()))
    return f" {' '.join(word.strip('.') for word in bare.split())} "


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its day, its gold answers in normal form, and the grade of every relevant article."""

    id: str
    text: str
    asked: dt.date
    answers: tuple[str, ...]
    relevant: Mapping[str, int]

    def is_answered_in(self, text: str) -> bool:
        """Returns whether the gold answer stands in the text."""
        words = normal(text)
        return any(answer in words for answer in self.answers)


@dataclass(frozen=True)
class Quiz:
    """The set. `articles` are as a library reads them, in order; `later` questions have no answer in them."""

    articles: tuple[Mapping[str, Any], ...]
    answerable: tuple[Question, ...]
    later: tuple[Question, ...]

    @cached_property
    def _normal(self) -> dict[str, str]:
        return {source_of(line): normal(article["text"]) for line, article in enumerate(self.articles, start=1)}

    def without_answer(self, question: Question) -> frozenset[str]:
        """Names the articles that do not hold the question's gold answer."""
        return frozenset(
            source for source, text in self._normal.items() if not any(answer in text for answer in question.answers)
        )


def source_of(line: int) -> str:
    """Names the source of the article on that line of FILE."""
    return f"{FILE}#{line}"


def load(folder: Path) -> Quiz:
    """Reads the questions whose labels a reader found right; those that refer to their choices are left out."""
    corpus = list(read_lines(folder / "corpus.jsonl"))
    sources = {article["_id"]: source_of(line) for line, article in enumerate(corpus, start=1)}
    questions = {question["_id"]: question for question in read_lines(folder / "queries.jsonl")}
    grades, copies = _grades(folder / "qrels.tsv", sources), _copies(corpus, sources)
    answerable, later = [], []
    for label in read_lines(folder / "verified.jsonl"):
        if not label["ok"] or label["needs_choices"]:
            continue
        question = questions[label["_id"]]
        if not label["answerable"]:
            later.append(_question(question, {}))
            continue
        relevant = grades[label["_id"]] | {sources[label["doc"]]: _READ}
        every = {copy: grade for source, grade in relevant.items() for copy in copies[source]}
        answerable.append(_question(question, every | relevant))
    return Quiz(tuple(map(article_of, corpus)), tuple(answerable), tuple(later))


def _question(line: Mapping[str, Any], relevant: Mapping[str, int]) -> Question:
    answers = tuple(normal(answer) for answer in line["answers"])
    return Question(line["_id"], line["text"], dt.date.fromisoformat(line["date"].replace("/", "-")), answers, relevant)


def _grades(path: Path, sources: Mapping[str, str]) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for row in path.read_text(encoding="utf-8").splitlines()[1:]:
        question, article, grade = row.split("\t")
        if int(grade) >= _LEAST_GRADE:
            grades[question][sources[article]] = int(grade)
    return grades


def _copies(corpus: Iterable[Mapping[str, Any]], sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Finds for every article those with the same text, itself among them."""
    same: dict[str, list[str]] = defaultdict(list)
    for article in corpus:
        same[article["text"]].append(sources[article["_id"]])
    return {source: group for group in same.values() for source in group}


def main(words: Sequence[str] | None = None) -> int:
    """Indexes the set unless a library is given, asks, prints the table."""
    parser = argparse.ArgumentParser(prog="python -m evals.realtimeqa", description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, required=True, help="the folder of the set")
    parser.add_argument("--data", type=Path, help="a library of the set's articles; made here where there is none")
    parser.add_argument("--context", action="store_true", help="measure what a chat model is given to read")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args(words)
    quiz = load(options.set)
    data = options.data or Path("artifacts", "realtimeqa")
    if not is_indexed(data):
        index(quiz.articles, data)
    settings = Settings.from_environment(data=data)
    if options.context:
        settings = replace(settings, model="openai:nobody", openai_base_url=NOBODY)
    figures: dict[str, float] = {}
    with closing(build(settings, writer="model" if options.context else "offline")) as assistant:
        if options.context:
            measured = offering(assistant, quiz, _answering_sentences(options.set))
        else:
            measured = (figure for part in (finding, answering, declining) for figure in part(assistant, quiz))
        for name, value in measured:
            figures[name] = value
            sys.stdout.write(f"{name:<74} {value:.3f}\n")
            sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def finding(assistant: Assistant, quiz: Quiz) -> Figures:
    """Measures how well articles are ranked: by us, by full text alone and by vectors alone."""
    relevant = {question.id: dict(question.relevant) for question in quiz.answerable}
    rankings: dict[str, Callable[[Question], list[str]]] = {
        "onrecord": lambda asked: [hit.passage.source for hit in assistant.search(asked.text, DEEP, asked=asked.asked)],
        "plain BM25": lambda asked: by_words(assistant, asked.text),
        "plain dense": lambda asked: by_meaning(assistant, asked.text),
    }
    for name, ranking in rankings.items():
        found = {
            question.id: {source: -float(place) for place, source in enumerate(dict.fromkeys(ranking(question)))}
            for question in quiz.answerable
        }
        means = mean_scores(relevant, found, tuple(MEASURES.values()))
        yield from ((f"{name}, article {ours}", means[theirs]) for ours, theirs in MEASURES.items())


def by_words(assistant: Assistant, question: str) -> list[str]:
    """Ranks articles by full text alone: BM25 over all words of the question."""
    with assistant.store.reading() as view:
        found = view.full_text([[word] for word in question.split()], DEEP)
        passages = view.passages([passage for passage, _ in found])
    return [passage.source for passage in passages.values()]


def by_meaning(assistant: Assistant, question: str) -> list[str]:
    """Ranks articles by vectors alone: the passages nearest to the question."""
    near = assistant.index.nearest(assistant.embedder.embed_query(question), DEEP)
    with assistant.store.reading() as view:
        passages = view.passages([passage for passage, _ in near])
    return [passage.source for passage in passages.values()]


def answering(assistant: Assistant, quiz: Quiz) -> Figures:
    """Measures how often an answer shows the gold words within the first few slices, and how much it shows."""
    answers = [(question, assistant.ask(question.text, asked=question.asked)) for question in quiz.answerable]
    slices = [len(answer.citations) for _, answer in answers if answer.status == "answered"]
    yield (
        f"answer string in the first {SLICES} slices of {LONGEST} characters",
        share(shows(answer, question) for question, answer in answers),
    )
    yield "slices shown in an answer, on average", sum(slices) / max(1, len(slices))


def shows(answer: Answer, asked: Question) -> bool:
    """Whether one of the first slices shown holds the gold answer; what stands beyond LONGEST is not counted."""
    return any(asked.is_answered_in(citation.quote[:LONGEST]) for citation in answer.citations[:SLICES])


def declining(assistant: Assistant, quiz: Quiz) -> Figures:
    """Measures how often questions are declined: as they are, without the articles that hold the answer, of 2024."""
    answers = {
        "answerable questions": [ask(assistant, question, None) for question in quiz.answerable],
        "the same without the articles that answer": [
            ask(assistant, question, quiz.without_answer(question)) for question in quiz.answerable
        ],
        "questions of 2024, day of asking not given": [assistant.ask(question.text) for question in quiz.later],
    }
    for name, given in answers.items():
        declined = [answer.status == "declined" for answer in given]
        yield f"declined, {name}", share(declined)
        unsure = (is_declined or answer.is_closest for is_declined, answer in zip(declined, given, strict=True))
        yield f"declined or only the closest, {name}", share(unsure)


def ask(assistant: Assistant, question: Question, among: Collection[str] | None) -> Answer:
    """Answers a question from some of the articles alone."""
    query = assistant.understand(question.text, asked=question.asked)
    evidence = assistant.find(query, among)
    return assistant.check(query, evidence, assistant.write(query, evidence))


def offering(assistant: Assistant, quiz: Quiz, evidence: Mapping[str, str]) -> Figures:
    """Measures whether the sentence that answers is among the numbered pieces of the prompt, and how long these are."""
    held, found, pieces, lengths = [], [], [], []
    for asked in (question for question in quiz.answerable if evidence.get(question.id)):
        query = assistant.understand(asked.text, asked=asked.asked)
        retrieved = assistant.find(query)
        places = [places[-1] for places in assistant.write(query, retrieved).pieces]
        held.append(any(holds(article, evidence[asked.id], places) for article in retrieved.articles.values()))
        found.append(any(place.source in asked.relevant for place in places))
        pieces.append(len(places))
        lengths.append(sum(len(retrieved.quote(place)) for place in places))
        if not held[-1]:
            sys.stdout.write(f"missing: {asked.id} {asked.text}{'' if found[-1] else ' (no article that answers)'}\n")
    yield "answering sentence among the pieces", share(held)
    yield "an article that answers among them", share(found)
    yield "pieces, median", statistics.median(pieces)
    yield "characters, median", statistics.median(lengths)


def _answering_sentences(folder: Path) -> dict[str, str]:
    """Returns the words in which a reader found the answer, by question."""
    return {line["_id"]: line["evidence"] for line in read_lines(folder / "verified.jsonl") if line["evidence"]}


def holds(article: Article, words: str, places: Sequence[Place]) -> bool:
    """Returns whether words of an article stand in the places, every letter of them."""
    start = article.text.find(words)
    if start < 0:
        return False
    wanted = Span(start, start + len(words))
    spans = [place.span for place in places if place.source == article.source]
    covered = {at for span in spans for at in range(max(span.start, wanted.start), min(span.end, wanted.end))}
    return all(at in covered or article.text[at].isspace() for at in range(wanted.start, wanted.end))


if __name__ == "__main__":
    sys.exit(main())
